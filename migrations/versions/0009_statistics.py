"""Counts of models and awards exact with every write; rows that follow reforms of places."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PROVINCES = ("first_province_id", "recorded_province_id", "province_id")
PLACE_KEYS = (*PROVINCES, "campaign_period_id")
# What is counted: by what, and how much of each measure one row is.
KEYS = {
    "model": (
        *PLACE_KEYS,
        "field",
        "participant_kind",
        "state",
        "registered_level",
        "recognised_level",
    ),
    "award": (
        *PLACE_KEYS,
        "form",
        "participant_kind",
        "level",
        "status",
        "issued_year",
    ),
}
STAGES = ("commended", "replicated")
MEASURES = {"model": ("count", "registered", "recognised", *STAGES), "award": ("count",)}
# Fewer keys, that have fewer rows: awards are never asked for without their status.
BROAD = {
    "model": {
        "periods": PLACE_KEYS,
        "fields": (*PROVINCES, "field", "participant_kind"),
        "states": (*PROVINCES, "state", "registered_level", "recognised_level"),
    },
    "award": {
        "periods": (*PLACE_KEYS, "status"),
        "forms": (*PROVINCES, "form", "participant_kind", "status"),
        "years": (*PROVINCES, "level", "status", "issued_year"),
    },
}
MODEL = f"""
    select {", ".join(KEYS["model"])},
        1 as count,
        (registered_level is not null)::integer as registered,
        (recognised_level is not null)::integer as recognised,
        {{commended}}::integer as commended, {{replicated}}::integer as replicated
    from {{models}} model
"""
AWARD = f"""
    select {", ".join(PLACE_KEYS)}, form, participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from {{awards}} award join {{decisions}} decision on decision.id = award.decision_id
"""
COMMENDED = "exists (select from award_recipient where model_id = model.id)"
REPLICATED = "exists (select from emulation_model adopter where derived_from_id = model.id)"
# The rows with the keys and measures, made from nothing that is kept.
ROWS = {
    "model": MODEL.format(models="emulation_model", commended=COMMENDED, replicated=REPLICATED),
    "award": AWARD.format(awards="award", decisions="award_decision"),
}


def _settled(kind: str) -> dict[str, tuple[str, ...]]:
    keys = KEYS[kind]
    without_period = tuple(key for key in keys if key != "campaign_period_id")
    return {
        f"{kind}_count": keys,
        f"{kind}_count_of_all_periods": without_period,
        **{f"{kind}_count_of_{name}": broad for name, broad in BROAD[kind].items()},
    }


def _sums(kind: str) -> str:
    return ", ".join(f"sum({measure})" for measure in MEASURES[kind])


def _noting(function: str, kind: str, rows: Callable[[str], str], locked: str = "") -> str:
    """A trigger that notes the difference which one statement makes, however many rows it writes.

    `rows` gives the rows counted of a transition table; `locked` are what their keys come from.
    """
    keys, measures = ", ".join(KEYS[kind]), ", ".join(MEASURES[kind])
    lessened = ", ".join(f"-{measure} as {measure}" for measure in MEASURES[kind])
    made = f"select {keys}, {measures} from ({rows('new_rows')}) made"
    gone = f"select {keys}, {lessened} from ({rows('old_rows')}) gone"

    def note(difference: str, *written: str) -> str:
        locks = "".join(f"perform {locked.format(written=table)};" for table in written if locked)
        return f"""
            {locks}
            insert into {kind}_count_change ({keys}, {measures})
            select {keys}, {_sums(kind)} from ({difference}) difference group by {keys}
            having ({_sums(kind)}) is distinct from ({", ".join("0" for _ in MEASURES[kind])});
        """

    return f"""
        create function {function}() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then {note(made, "new_rows")}
            elsif tg_op = 'DELETE' then {note(gone, "old_rows")}
            else {note(f"{made} union all {gone}", "old_rows", "new_rows")}
            end if;
            return null;
        end $$
    """


NOTING = (
    _noting(
        "note_model_counts",
        "model",
        lambda rows: MODEL.format(models=rows, commended="commended", replicated="replicated"),
    ),
    # While a line is written its decision stays as it is; who changes that waits, then sees it.
    _noting(
        "note_award_counts",
        "award",
        lambda rows: AWARD.format(awards=rows, decisions="award_decision"),
        "from award_decision where id in (select decision_id from {written}) order by id for share",
    ),
    _noting(
        "note_decision_counts",
        "award",
        lambda rows: AWARD.format(awards="award", decisions=rows),
    ),
)
# Lines that go with their decision go before it, while it still tells what they were.
STRIKE_LINES = """
    create function strike_lines() returns trigger language plpgsql as $$
    begin
        delete from award where decision_id = old.id;
        return old;
    end $$
"""


def _settle(table: str, keys: tuple[str, ...], kind: str) -> str:
    listed, measures = ", ".join(keys), ", ".join(MEASURES[kind])
    added = ", ".join(f"{name} = known.{name} + excluded.{name}" for name in MEASURES[kind])
    return f"""
        insert into {table} as known ({listed}, {measures})
        select {listed}, {_sums(kind)} from settled_changes group by {listed}
        on conflict on constraint uq_{table} do update set {added}
    """


def _settling(kind: str) -> str:
    added = ", ".join(
        f"to_{table} as ({_settle(table, keys, kind)})" for table, keys in _settled(kind).items()
    )
    return f"""
        create function settle_{kind}_counts() returns bigint language plpgsql as $$
        declare
            settled bigint;
        begin  -- one at a time; whoever comes second has nothing to do
            if not pg_try_advisory_xact_lock(hashtextextended('{kind}_count', 0)) then
                return 0;
            end if;
            with settled_changes as (delete from {kind}_count_change returning *), {added}
            select count(*) into settled from settled_changes;
            return settled;
        end $$
    """


def _recount(kind: str, written: str, first: str = "") -> str:
    counted = "".join(
        f"""
        insert into {table} ({", ".join(keys)}, {", ".join(MEASURES[kind])})
        select {", ".join(keys)}, {_sums(kind)}
        from {f"counted_{kind}" if keys == KEYS[kind] else f"{kind}_count"}
        group by {", ".join(keys)};
        """
        for table, keys in _settled(kind).items()
    )
    return f"""
        create function recount_{kind}s() returns void language plpgsql as $$
        begin  -- from the rows, while nobody writes them
            lock table {written} in share row exclusive mode;
            {first}
            truncate {kind}_count_change, {", ".join(_settled(kind))};
            {counted}
        end $$
    """


RECOUNTING = (
    _recount(
        "model",
        "emulation_model, award_recipient",
        f"""
        update emulation_model model set commended = {COMMENDED}, replicated = {REPLICATED}
        where (commended, replicated) is distinct from ({COMMENDED}, {REPLICATED});
        """,
    ),
    _recount("award", "award_decision, award"),
)


def _reaching(stage: str, part: str, new: str, old: str) -> str:
    """A trigger that keeps with a model whether any part names it.

    Who names a model shares a lock on it, by the foreign key; who lets go of it takes it alone,
    then looks whether that was the last that named it. So none misses another.
    """
    table, column = part.split(".")
    return f"""
        create function keep_{stage}() returns trigger language plpgsql as $$
        begin
            if tg_op <> 'DELETE' then
                perform from emulation_model where id in ({new}) and not {stage}
                order by id for no key update;
                update emulation_model set {stage} = true where id in ({new}) and not {stage};
            end if;
            if tg_op <> 'INSERT' then
                perform from emulation_model where id in ({old}) and {stage}
                order by id for update;
                update emulation_model model set {stage} = false
                where id in ({old}) and {stage}
                and not exists (select from {table} where {column} = model.id);
            end if;
            return null;
        end $$
    """


REACHING = (
    _reaching(
        "commended",
        "award_recipient.model_id",
        "select model_id from new_rows",
        "select model_id from old_rows",
    ),
    _reaching(
        "replicated",
        "emulation_model.derived_from_id",
        "select new.derived_from_id",
        "select old.derived_from_id",
    ),
)
ADOPTIONS = {  # few models have an origin: the others do not wait for a function
    "insert": "new.derived_from_id is not null",
    "update of derived_from_id": "new.derived_from_id is distinct from old.derived_from_id",
    "delete": "old.derived_from_id is not null",
}
# How far a model came is no part of what it states: its version stays.
RAISE_VERSION = """
    create or replace trigger version before update on emulation_model for each row {when}
    execute function raise_version()
"""
STATED = "when ((new.commended, new.replicated) = (old.commended, old.replicated))"

PLACE_MODEL = """
    create or replace function place_emulation_model() returns trigger language plpgsql as $$
    begin
        new.dated_on := coalesce(
            first_day(new.registered_on),
            first_day(new.recognised_on),
            first_day(new.started_on),
            (select end_on from campaign_period where id = new.campaign_period_id for share));
        new.placement_id := placement_on(new.locality_id, new.dated_on);
        {provinces}
        return new;
    end $$
"""
PLACE_DECISION = """
    create or replace function place_award_decision() returns trigger language plpgsql as $$
    begin
        new.placement_id := placement_on(
            (select locality_id from organisation where id = new.authority_id for share),
            first_day(new.issued_on));
        {provinces}
        return new;
    end $$
"""
ALL_PROVINCES = """
        select province_id, ancestors[2], first_province_id
        into new.province_id, new.recorded_province_id, new.first_province_id
        from locality_placement where id = new.placement_id;
"""
LAST_PROVINCE = """
        new.province_id :=
            (select province_id from locality_placement where id = new.placement_id);
"""

# What has a place: the place of a row and the day it stood there (null: at last).
PLACED = {
    "organisation": ("t.locality_id", "null::date"),
    "campaign_period": ("t.locality_id", "t.start_on"),
    "event": ("t.locality_id", "first_day(t.held_on)"),
    "award_decision": (
        "(select locality_id from organisation where id = t.authority_id)",
        "first_day(t.issued_on)",
    ),
    "dataset": (
        """coalesce(
            t.subject_locality_id,
            (select locality_id from organisation where id = t.subject_organisation_id),
            (select locality_id from event where id = t.subject_event_id),
            (select locality_id from emulation_model where id = t.subject_model_id))""",
        "coalesce(t.period_end, last_day(t.observed_through))",
    ),
    "emulation_model": ("t.locality_id", "t.dated_on"),
}
# They have the provinces of their place too: the one recorded, and the one when the data begins.
WITH_PROVINCES = ("award_decision", "emulation_model")


def _replacing(table: str) -> str:
    """Write the rows of some units again whose placement has become another."""
    place, day = PLACED[table]
    moved = f"t.placement_id is distinct from placement_on({place}, {day})"
    if table in WITH_PROVINCES:
        moved = (
            f"({moved} or (t.province_id, t.recorded_province_id, t.first_province_id)"
            " is distinct from (select (p.province_id, p.ancestors[2], p.first_province_id)"
            " from locality_placement p where p.id = t.placement_id))"
        )
    return f"""
        update {table} t set placement_id = null  -- the row's own trigger finds it
        where t.placement_id = any(placements) and {moved};
        update {table} t set placement_id = null
        where t.placement_id is null and {place} = any(units);
    """


REPLACING = f"""
    create function follow_placements() returns trigger language plpgsql as $$
    declare
        units uuid[];
        placements integer[];
    begin
        if tg_op = 'INSERT' then
            units := array(select distinct locality_id from new_rows);
        else
            units := array(
                select locality_id from new_rows union select locality_id from old_rows);
        end if;
        placements := array(select id from locality_placement where locality_id = any(units));
        {"".join(map(_replacing, PLACED))}
        return null;
    end $$
"""

# Processes keep the map in memory, current by the revision of each unit.
TOLD_OF = {
    "locality_version": "locality_id",
    "locality_placement": "locality_id",
    "locality_succession": "predecessor_id",
}


def _telling(table: str) -> str:
    unit = TOLD_OF[table]
    return f"""
        create function tell_of_{table}() returns trigger language plpgsql as $$
        declare
            changed uuid[];
        begin  -- a unit that this very transaction made or changed is told of already
            if tg_op = 'INSERT' then
                changed := array(select {unit} from new_rows);
            elsif tg_op = 'DELETE' then
                changed := array(select {unit} from old_rows);
            else
                changed := array(select {unit} from new_rows union select {unit} from old_rows);
            end if;
            update locality set life = life where id = any(changed) and updated_at < now();
            return null;
        end $$
    """


TRANSITION = {
    "insert": "referencing new table as new_rows",
    "delete": "referencing old table as old_rows",
    "update": "referencing old table as old_rows new table as new_rows",
}


def upgrade() -> None:
    keep_counts()
    follow_reforms()


def keep_counts() -> None:
    for stage in STAGES:
        op.add_column(
            "emulation_model",
            sa.Column(stage, sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.execute(PLACE_MODEL.format(provinces=ALL_PROVINCES))
    op.execute(PLACE_DECISION.format(provinces=ALL_PROVINCES))
    for table in WITH_PROVINCES:
        op.add_column(table, sa.Column("recorded_province_id", sa.Uuid()))
        op.add_column(table, sa.Column("first_province_id", sa.Uuid()))
        op.execute(f"alter table {table} disable trigger user")
        op.execute(
            f"update {table} set (recorded_province_id, first_province_id) = (select ancestors[2],"
            " p.first_province_id from locality_placement p where p.id = placement_id)"
        )
        op.execute(f"alter table {table} enable trigger user")
    op.execute(RAISE_VERSION.format(when=STATED))
    for kind, keys in KEYS.items():
        for table, settled_by in _settled(kind).items():
            once = sa.UniqueConstraint(
                *settled_by, name=f"uq_{table}", postgresql_nulls_not_distinct=True
            )
            op.create_table(table, *columns(kind, settled_by), once)
        op.create_table(f"{kind}_count_change", *columns(kind, keys))
        for by in ((), ("province_id",), ("recorded_province_id",)):
            by_period = (*by, "campaign_period_id")
            op.create_index(f"ix_{kind}_count_{'_'.join(by_period)}", f"{kind}_count", by_period)
        op.execute(f"create view counted_{kind} as {ROWS[kind]}")
    for function in (*NOTING, STRIKE_LINES, *map(_settling, KEYS), *RECOUNTING, *REACHING):
        op.execute(function)
    for event, tables in TRANSITION.items():
        trigger(f"counts_{event}", "emulation_model", event, tables, "note_model_counts")
        trigger(f"counts_{event}", "award", event, tables, "note_award_counts")
        trigger(f"stages_{event}", "award_recipient", event, tables, "keep_commended")
    update = TRANSITION["update"]
    trigger("counts_update", "award_decision", "update", update, "note_decision_counts")
    op.execute(
        "create trigger lines before delete on award_decision"
        " for each row execute function strike_lines()"
    )
    for event, condition in ADOPTIONS.items():
        op.execute(
            f"create trigger stages_{event.split()[0]} after {event} on emulation_model"
            f" for each row when ({condition}) execute function keep_replicated()"
        )
    for kind in KEYS:
        op.execute(f"select recount_{kind}s()")


def follow_reforms() -> None:
    for table in PLACED:
        key(table, "on delete set null")
    op.create_index(
        "ix_emulation_model_unplaced",
        "emulation_model",
        ["locality_id"],
        postgresql_where=sa.text("placement_id is null"),
    )
    for stage in STAGES:
        op.create_index(
            f"ix_emulation_model_{stage}_newest",
            "emulation_model",
            [sa.text("coalesce(registered_on_first, '-infinity')"), "id"],
            postgresql_where=sa.text(stage),
        )
    # What one province and period has of anything is counted without reading the rows.
    op.create_index(
        "ix_emulation_model_counted",
        "emulation_model",
        [
            "province_id", "campaign_period_id", "placement_id", "field", "participant_kind",
            "state", "registered_level", "recognised_level", "registered_on_first",
            "recognised_on_first", "host_id", "commended", "replicated",
        ],
    )  # fmt: skip
    op.execute(REPLACING)
    for event in ("insert", "update"):
        trigger(
            f"followers_{event}",
            "locality_placement",
            event,
            TRANSITION[event],
            "follow_placements",
        )
    for table in TOLD_OF:
        op.execute(_telling(table))
        for event, tables in TRANSITION.items():
            trigger(f"telling_{event}", table, event, tables, f"tell_of_{table}")


def columns(kind: str, keys: tuple[str, ...]) -> list[sa.Column[Any]]:
    kinds = {"issued_year": sa.Integer()}
    return [
        *(
            sa.Column(key, sa.Uuid() if key.endswith("_id") else kinds.get(key, sa.Text()))
            for key in keys
        ),
        *(sa.Column(measure, sa.BigInteger(), nullable=False) for measure in MEASURES[kind]),
    ]


def trigger(name: str, table: str, event: str, tables: str, function: str) -> None:
    op.execute(
        f"create trigger {name} after {event} on {table} {tables}"
        f" for each statement execute function {function}()"
    )


def key(table: str, when_deleted: str) -> None:
    name = f"fk_{table}_placement_id"
    op.execute(f"alter table {table} drop constraint {name}")
    op.execute(
        f"alter table {table} add constraint {name} foreign key (placement_id)"
        f" references locality_placement (id) {when_deleted}"
    )


def downgrade() -> None:
    for table in TOLD_OF:
        op.execute(f"drop function tell_of_{table} cascade")
    op.execute("drop function follow_placements cascade")
    op.drop_index("ix_emulation_model_counted")
    for stage in STAGES:
        op.drop_index(f"ix_emulation_model_{stage}_newest")
    op.drop_index("ix_emulation_model_unplaced")
    for table in PLACED:
        key(table, "")
    for kind in KEYS:
        op.execute(f"drop view counted_{kind}")
        for function in (f"settle_{kind}_counts", f"recount_{kind}s"):
            op.execute(f"drop function {function}")
        for table in (f"{kind}_count_change", *_settled(kind)):
            op.drop_table(table)
    for function in (
        "note_model_counts",
        "note_award_counts",
        "note_decision_counts",
        "strike_lines",
        "keep_commended",
        "keep_replicated",
    ):
        op.execute(f"drop function {function} cascade")
    op.execute(RAISE_VERSION.format(when=""))
    op.execute(PLACE_MODEL.format(provinces=LAST_PROVINCE))
    op.execute(PLACE_DECISION.format(provinces=LAST_PROVINCE))
    for table in WITH_PROVINCES:
        op.drop_column(table, "recorded_province_id")
        op.drop_column(table, "first_province_id")
    for stage in STAGES:
        op.drop_column("emulation_model", stage)
