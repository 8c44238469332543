"""Functions, views and triggers: made anew by `migrate` whenever their text has changed.

Functions and views stand in `sql/`, one in a file named after it, then the triggers that only it
serves; the other triggers follow from the tables (`things.py`). Revisions hold tables alone.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from app import VERSION
from app.db.tables import AppliedSql
from app.db.things import tables, triggers

SQL = Path(__file__).parent / "sql"
EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin", "btree_gist", "fuzzystrmatch")

_STATEMENT = re.compile(r"^(?=create or replace )", re.MULTILINE)
_NAMED = re.compile(
    r"create or replace (?:(function|view) (\w+)|trigger (\w+)\b.*?\bon (\w+))", re.DOTALL
)
_CALLED = re.compile(r"execute\s+function\s+(\w+)\(")
_APPLIED = SQLModel.metadata.tables[str(AppliedSql.__tablename__)]


class Refused(Exception):
    """The database cannot be migrated by this release; the message says why and what to do."""


# ---- What there is to be ------------------------------------------------------------------


def _statements(path: Path) -> Iterator[str]:
    """The statements of a file: its function or view, then triggers."""
    _, *statements = _STATEMENT.split(path.read_text(encoding="utf-8"))
    makes = _name(statements[0]).partition(" ")[2] if statements else "nothing"
    assert makes == path.stem, f"{path.name} makes {makes}: name it after its function or view"
    for statement in statements:
        yield statement.strip().removesuffix(";")


def _name(statement: str) -> str:
    """What stands after `drop` to drop what a statement makes: `trigger version on event`."""
    found = _NAMED.match(statement)
    assert found is not None, f"makes no function, view or trigger: {statement}"
    kind, name, trigger, table = found.groups()
    return f"{kind} {name}" if kind else f"trigger {trigger} on {table}"


def _called(trigger: str) -> str:
    """The function that a trigger calls."""
    found = _CALLED.search(trigger)
    assert found is not None, f"executes no function: {trigger}"
    return found[1]


def _named(statements: Iterator[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for statement in statements:
        assert _name(statement) not in named, f"{_name(statement)} is made twice"
        named[_name(statement)] = statement
    return named


@cache
def stored() -> dict[str, str]:
    """Functions whose results stand in rows or indexes, by their names, in the order to make."""
    return _in_order(
        _named(chain.from_iterable(map(_statements, sorted(SQL.glob("stored/*.sql")))))
    )


@cache
def items() -> dict[str, str]:
    """All else by its name, in an order in which it can be made."""
    declared = [trigger for table, thing in tables() for trigger in triggers(table, thing)]
    assert declared, "the tables are not imported: import app.tables first"
    files = sorted(SQL.glob("*.sql"))
    made = _named(chain(*map(_statements, files), declared))
    functions = {name: sql for name, sql in made.items() if not name.startswith("trigger")}
    for name, sql in made.items():
        if name.startswith("trigger") and f"function {_called(sql)}" not in functions:
            raise Refused(
                f"`{name.removeprefix('trigger ')}` calls {_called(sql)}, which is not there:"
                f" write app/db/sql/{_called(sql)}.sql."
            )
    return _in_order(functions) | made


def _in_order(made: dict[str, str]) -> dict[str, str]:
    """Functions and views, each after those that it uses."""
    # A body in PL/pgSQL is not looked into before it runs: any order will do.
    needs = {
        name: [
            other
            for other in made
            if other != name and "language plpgsql" not in sql
            if re.search(rf"\b{other.partition(' ')[2]}\b", sql)
        ]
        for name, sql in made.items()
    }
    return {name: made[name] for name in TopologicalSorter(needs).static_order()}


@cache
def digests() -> dict[str, str]:
    """What `applied_sql` holds once everything is applied."""
    every = stored() | items()
    return {name: hashlib.sha256(sql.encode()).hexdigest() for name, sql in every.items()}


def is_older(release: str) -> bool:
    """Whether this release is older than another."""
    return _numbers(VERSION) < _numbers(release)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in release.split(".")]


# ---- Around the revisions -----------------------------------------------------------------


def before(connection: Connection) -> None:
    """Make what the tables need: extensions, and the functions of their generated columns."""
    for extension in EXTENSIONS:
        connection.exec_driver_sql(f"create extension if not exists {extension}")
    for name, sql in stored().items():
        if not _exists(connection, f"to_regproc('{name.partition(' ')[2]}')"):
            connection.exec_driver_sql(sql)


def after(connection: Connection, *, revised: bool) -> None:
    """Apply what changed, or everything if a revision ran, and drop what is no longer here.

    A release older than the one that applied last changes nothing. Raises `Refused` if a function
    changed whose results are stored, or has other parameters than before.
    """
    applied = {row.key: row for row in connection.execute(sa.select(_APPLIED))}
    if any(is_older(row.release) for row in applied.values()):
        return
    for name in stored():
        if name in applied and applied[name].digest != digests()[name]:
            function = name.partition(" ")[2]
            raise Refused(
                f"{function} changed, and rows hold its results: add a revision that calls"
                f' replace_stored(op.get_bind(), "{function}").'
            )
    known = set(sa.inspect(connection).get_table_names())
    current = {
        name: sql
        for name, sql in items().items()
        # One of a table that is declared, but that no revision makes yet, has to wait for it.
        if not name.startswith("trigger") or name.rpartition(" ")[2] in known
    }
    for name, sql in current.items():
        if revised or name not in applied or applied[name].digest != digests()[name]:
            connection.exec_driver_sql(sql)
    _drop(connection, applied.keys() - current.keys() - stored().keys())
    twice = connection.scalars(sa.text(_SEVERAL)).all()
    if twice:
        raise Refused(
            f"{', '.join(twice)} has other parameters than before: add a revision that drops it."
        )
    connection.execute(sa.delete(_APPLIED))
    connection.execute(
        sa.insert(_APPLIED),
        [
            {"position": position, "key": key, "digest": digests()[key], "release": VERSION}
            for position, key in enumerate((*stored(), *current))
        ],
    )


def drop(connection: Connection) -> None:
    """Drop all functions, views and triggers but those that stored rows rest on."""
    if _exists(connection, "to_regclass('applied_sql')"):
        _drop(connection, set(connection.scalars(sa.select(_APPLIED.c.key))) - stored().keys())
        # The release that is gone back to may be an older one, and must not take it for a newer's.
        connection.execute(sa.update(_APPLIED).values(release="0"))


def drop_stored(connection: Connection) -> None:
    """Drop what `before` made, once there are no tables."""
    for name in reversed(stored()):
        connection.exec_driver_sql(f"drop {name}")
    for extension in reversed(EXTENSIONS):
        connection.exec_driver_sql(f"drop extension {extension}")


def replace_stored(connection: Connection, function: str) -> None:
    """Replace a function of `stored/`, for a revision, and generate anew the columns that use it.

    Their tables are rewritten under an exclusive lock. An index on the function itself has to be
    made anew by the revision, and so has what the application wrote with it (`locality.search`).
    A downgrade does not bring the old text back: the release before will refuse the database.
    """
    name = f"function {function}"
    connection.exec_driver_sql(stored()[name])
    for table, columns in connection.execute(sa.text(_GENERATED), {"function": function}):
        connection.exec_driver_sql(f"alter table {table} {columns}")
    connection.execute(
        sa.update(_APPLIED).where(_APPLIED.c.key == name).values(digest=digests()[name])
    )


def _drop(connection: Connection, names: set[str]) -> None:
    """Drop what was applied; what was made last goes first, so that nothing rests on it."""
    gone = sa.delete(_APPLIED).where(_APPLIED.c.key.in_(names))
    rows = connection.execute(gone.returning(_APPLIED.c.key, _APPLIED.c.position)).all()
    for key, _ in sorted(rows, key=lambda row: -row.position):
        kind, name = key.split(" ", 1)
        connection.exec_driver_sql(f"drop {kind} if exists {name}")


def _exists(connection: Connection, found: str) -> bool:
    return connection.scalar(sa.text(f"select {found} is not null")) is True


_SEVERAL = """
    select proname from pg_proc
    where pronamespace = current_schema()::regnamespace
        and 'function ' || proname in (select key from applied_sql)
    group by proname having count(*) > 1
"""
_GENERATED = """
    with recursive resting as (
        select to_regproc(:function)::oid as function
        union
        select objid from pg_depend join resting on refobjid = function
        where classid = 'pg_proc'::regclass and refclassid = 'pg_proc'::regclass
    )
    select adrelid::regclass::text, string_agg(
        format('alter %I set expression as (%s)', attname, pg_get_expr(adbin, adrelid)), ', ')
    from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
    where pg_attrdef.oid in (
        select objid from pg_depend join resting on refobjid = function
        where classid = 'pg_attrdef'::regclass and refclassid = 'pg_proc'::regclass)
    group by adrelid
"""
