"""Counts of models exact with every write; rows that follow a reform of their places."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEYS = (
    "recorded_province_id",
    "province_id",
    "campaign_period_id",
    "field",
    "participant_kind",
    "state",
    "registered_level",
    "recognised_level",
)
WITHOUT_PERIOD = tuple(key for key in KEYS if key != "campaign_period_id")
SETTLED = {"model_count": KEYS, "model_count_of_all_periods": WITHOUT_PERIOD}

_KEYS = ", ".join(KEYS)
_WITHOUT_PERIOD = ", ".join(WITHOUT_PERIOD)

COUNTING = (
    f"""
    create function note_model_counts() returns trigger language plpgsql as $$
    begin  -- the difference that one statement makes, however many models it writes
        if tg_op = 'INSERT' then
            insert into model_count_change ({_KEYS}, count)
            select {_KEYS}, count(*) from new_rows group by {_KEYS};
        elsif tg_op = 'DELETE' then
            insert into model_count_change ({_KEYS}, count)
            select {_KEYS}, -count(*) from old_rows group by {_KEYS};
        else
            insert into model_count_change ({_KEYS}, count)
            select {_KEYS}, sum(n)
            from (
                select {_KEYS}, -1 as n from old_rows
                union all
                select {_KEYS}, 1 from new_rows
            ) both_rows
            group by {_KEYS} having sum(n) <> 0;
        end if;
        return null;
    end $$
    """,
    f"""
    create function settle_model_counts() returns bigint language plpgsql as $$
    declare
        settled bigint;
    begin  -- one at a time; whoever comes second has nothing to do
        if not pg_try_advisory_xact_lock({0x6B68656F73}) then
            return 0;
        end if;
        with gone as (
            delete from model_count_change returning *
        ), added as (
            insert into model_count ({_KEYS}, count)
            select {_KEYS}, sum(count) from gone group by {_KEYS} having sum(count) <> 0
            on conflict on constraint uq_model_count
            do update set count = model_count.count + excluded.count
        ), added_without_period as (
            insert into model_count_of_all_periods ({_WITHOUT_PERIOD}, count)
            select {_WITHOUT_PERIOD}, sum(count) from gone
            group by {_WITHOUT_PERIOD} having sum(count) <> 0
            on conflict on constraint uq_model_count_of_all_periods
            do update set count = model_count_of_all_periods.count + excluded.count
        )
        select count(*) into settled from gone;
        return settled;
    end $$
    """,
    f"""
    create function recount_models() returns void language plpgsql as $$
    begin  -- from the rows, while nobody writes models
        lock table emulation_model in share mode;
        truncate model_count_change, model_count, model_count_of_all_periods;
        insert into model_count ({_KEYS}, count)
        select {_KEYS}, count(*) from emulation_model group by {_KEYS};
        insert into model_count_of_all_periods ({_WITHOUT_PERIOD}, count)
        select {_WITHOUT_PERIOD}, sum(count) from model_count group by {_WITHOUT_PERIOD};
    end $$
    """,
)  # fmt: skip

PLACE_MODEL = """
    create or replace function place_emulation_model() returns trigger language plpgsql as $$
    begin
        new.dated_on := coalesce(
            first_day(new.registered_on),
            first_day(new.recognised_on),
            first_day(new.started_on),
            (select end_on from campaign_period where id = new.campaign_period_id));
        new.placement_id := placement_on(new.locality_id, new.dated_on);
        {provinces}
        return new;
    end $$
"""
BOTH_PROVINCES = """
        select province_id, ancestors[2] into new.province_id, new.recorded_province_id
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
PROVINCES = {
    "award_decision": ("t.province_id", "p.province_id"),
    "emulation_model": (
        "(t.province_id, t.recorded_province_id)",
        "(p.province_id, p.ancestors[2])",
    ),
}


def _replacing(table: str) -> str:
    """Write the rows of some units again whose placement has become another."""
    place, day = PLACED[table]
    moved = f"t.placement_id is distinct from placement_on({place}, {day})"
    if table in PROVINCES:
        own, right = PROVINCES[table]
        moved = (
            f"({moved} or {own} is distinct from"
            f" (select {right} from locality_placement p where p.id = t.placement_id))"
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
    op.add_column("emulation_model", sa.Column("recorded_province_id", sa.Uuid()))
    op.execute(PLACE_MODEL.format(provinces=BOTH_PROVINCES))
    op.execute("alter table emulation_model disable trigger user")
    op.execute(
        "update emulation_model set recorded_province_id ="
        " (select ancestors[2] from locality_placement p where p.id = placement_id)"
    )
    op.execute("alter table emulation_model enable trigger user")
    for table, keys in SETTLED.items():
        op.create_table(
            table,
            *(sa.Column(key, sa.Uuid() if key.endswith("_id") else sa.Text()) for key in keys),
            sa.Column("count", sa.BigInteger(), nullable=False),
            sa.UniqueConstraint(*keys, name=f"uq_{table}", postgresql_nulls_not_distinct=True),
        )
    op.create_index("ix_model_count_campaign_period_id", "model_count", ["campaign_period_id"])
    op.create_table(
        "model_count_change",
        *(sa.Column(key, sa.Uuid() if key.endswith("_id") else sa.Text()) for key in KEYS),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    for function in COUNTING:
        op.execute(function)
    for event, tables in TRANSITION.items():
        trigger(f"counts_{event}", "emulation_model", event, tables, "note_model_counts")
    op.execute("select recount_models()")

    for table in PLACED:
        key(table, "on delete set null")
    op.create_index(
        "ix_emulation_model_unplaced",
        "emulation_model",
        ["locality_id"],
        postgresql_where=sa.text("placement_id is null"),
    )
    # What one province and period has of anything is counted without reading the rows.
    op.create_index(
        "ix_emulation_model_counted",
        "emulation_model",
        [
            "province_id", "campaign_period_id", "placement_id", "field", "participant_kind",
            "state", "registered_level", "recognised_level", "registered_on_first",
            "recognised_on_first", "host_id",
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
    op.drop_index("ix_emulation_model_unplaced")
    for table in PLACED:
        key(table, "")
    for function in ("note_model_counts", "settle_model_counts", "recount_models"):
        op.execute(f"drop function {function} cascade")
    for table in ("model_count_change", *SETTLED):
        op.drop_table(table)
    op.execute(PLACE_MODEL.format(provinces=LAST_PROVINCE))
    op.drop_column("emulation_model", "recorded_province_id")
