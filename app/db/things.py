"""What a table declares: the kind of thing it holds, and the triggers that follow from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.main import default_registry


@dataclass(frozen=True)
class Thing:
    """What the class of a table of things says in its `thing: ClassVar[Thing]`.

    All else follows from the columns: see `triggers`. A thing without a placement of its own needs
    a function `note_<table>`, which notes its changes in the feed.
    """

    feed: str  # what the things are called in the feed and in addresses: `models`
    deletable: bool = False  # by DELETE, and restored by POST …/restoration
    # What a placed row is placed by: its column of the locality and, where it has one, of the day.
    # Without it, the function `place_<table>` does that.
    place: tuple[str, ...] = ()
    # Members that are personal names, each with the column that holds it, of the thing or a part:
    # `{"inspectors": "model_inspection.inspectors"}`. A redaction takes them out.
    personal: Mapping[str, str] = field(default_factory=dict)
    version_of: str = ""  # `of life`: the columns whose change raises the version
    version_when: str = ""  # `when (…)`: the changes that raise the version


def thing_of(table: sa.Table) -> Thing | None:
    """What the class of a table declares; None if its rows are no things."""
    for mapper in default_registry.mappers:
        if mapper.local_table is table:
            thing: Thing | None = getattr(mapper.class_, "thing", None)
            return thing
    return None


def tables() -> Iterator[tuple[sa.Table, Thing | None]]:
    """Every table, with what its class declares."""
    for _, table in sorted(SQLModel.metadata.tables.items()):
        yield table, thing_of(table)


def triggers(table: sa.Table, thing: Thing | None) -> Iterator[str]:
    """The statements that make the triggers of a table that follow from its columns and thing."""
    yield from _by_columns(table, thing or Thing(""))
    if thing:
        for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
            scope = f"referencing {rows} table as changed for each statement"
            note = "note_placed_thing" if _is_placed(table) else f"note_{table.name}"
            function = f"{note}('{thing.feed}')"
            yield _trigger(table, f"change_{event}", f"after {event}", scope, function)
        if thing.deletable:
            yield _trigger(table, "ids_stay_taken", "after insert", NEW, "refuse_ids_of_deleted()")


def _by_columns(table: sa.Table, thing: Thing) -> Iterator[str]:
    if {"version", "updated_at"} <= set(table.columns.keys()):
        event = f"before update {thing.version_of}".strip()
        scope = f"for each row {thing.version_when}".strip()
        yield _trigger(table, "version", event, scope, "bump_version()")
    if "search" in table.c:
        for event in ("insert", "update"):
            yield _trigger(table, f"words_{event}", f"after {event}", NEW, "learn_words()")
    if _is_placed(table):
        columns = ", ".join(f"'{column}'" for column in thing.place)
        function = f"place_thing({columns})" if thing.place else f"place_{table.name}()"
        yield _trigger(table, "place", "before insert or update", "for each row", function)
    if {"version", "revision"} <= set(table.columns.keys()):  # in the lookup cache
        event, scope = "before insert or update or delete", "for each statement"
        yield _trigger(table, "reference", event, scope, "bump_reference_revision()")
        event = "before insert or update"
        yield _trigger(table, "revision", event, "for each row", "stamp_revision()")


def _is_placed(table: sa.Table) -> bool:
    return any(key.target_fullname == "locality_placement.id" for key in table.foreign_keys)


NEW = "referencing new table as new_rows for each statement"


def _trigger(table: sa.Table, name: str, event: str, scope: str, function: str) -> str:
    return (
        f"create or replace trigger {name} {event} on {table.name}"
        f" {scope} execute function {function}"
    )
