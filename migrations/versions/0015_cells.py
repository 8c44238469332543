"""What the models of a place and period are counted by, one number for each, kept side by side."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LEVELS = ("grassroots", "district", "province", "central")
# The bits of each column begin at a shift: 0 for null, else the place of its term, counted from a
# first number. Levels begin with 4: the highest of their bits tells whether there is one.
TERMS = {
    "field": (
        0,
        1,
        ("economy", "culture_society", "defence_security", "political_system", "other"),
    ),
    "participant_kind": (3, 1, ("collective", "individual", "household")),
    "state": (
        5,
        1,
        (
            "draft", "registered", "under_survey", "returned", "recognised", "not_recognised",
            "replicating", "suspended", "ended", "withdrawn", "merged",
        ),
    ),
    "registered_level": (9, 4, LEVELS),
    "recognised_level": (12, 4, LEVELS),
    "host_kind": (
        15,
        1,
        (
            "party_committee", "party_standing_board", "mass_mobilisation_commission",
            "propaganda_mobilisation_commission", "commune_mobilisation_bloc",
            "steering_committee", "peoples_council", "peoples_committee", "state_department",
            "fatherland_front", "womens_union", "farmers_union", "youth_union",
            "veterans_association", "trade_union", "red_cross", "public_security",
            "military_command", "border_guard", "judicial_body", "public_service_unit",
            "enterprise", "cooperative", "community_group", "party_cell", "religious_community",
            "media_body", "other",
        ),
    ),
}  # fmt: skip
NUMBERS = {"commended": 20, "replicated": 21, "registered_year": 22, "recognised_year": 36}


def _number(name: str, first: int, terms: tuple[str, ...]) -> str:
    place = f"array_position('{{{','.join(terms)}}}'::text[], {name}::text)"
    return f"coalesce({place} + {first - 1}, 0)"


CELL = " | ".join(
    f"({code}::bigint << {shift})"
    for code, shift in (
        *((_number(name, first, terms), shift) for name, (shift, first, terms) in TERMS.items()),
        *((f"coalesce({name}::integer, 0)", shift) for name, shift in NUMBERS.items()),
    )
)
KEYS = "placement_id, campaign_period_id"


def _celled(models: str) -> str:
    return f"select {KEYS}, {CELL} as cell from {models} where placement_id is not null"


def _note(*differences: str) -> str:
    return f"""
        insert into model_cell_change ({KEYS}, cell, count)
        select {KEYS}, cell, sum(count) from ({" union all ".join(differences)}) difference
        group by {KEYS}, cell having sum(count) <> 0;
    """


MADE = f"select *, 1 as count from ({_celled('new_rows')}) made"
GONE = f"select *, -1 as count from ({_celled('old_rows')}) gone"
NOTING = f"""
    create function note_model_cells() returns trigger language plpgsql as $$
    begin
        if tg_op = 'INSERT' then {_note(MADE)}
        elsif tg_op = 'DELETE' then {_note(GONE)}
        else {_note(MADE, GONE)}
        end if;
        return null;
    end $$
"""
# Changes are settled with the cells they touch alone: rows need not be read.
SETTLING = f"""
    create function settle_model_cells() returns bigint language plpgsql as $$
    declare
        settled bigint;
    begin  -- one at a time; whoever comes second has nothing to do
        if not pg_try_advisory_xact_lock(hashtextextended('model_cells', 0)) then
            return 0;
        end if;
        with settled_changes as (
            delete from model_cell_change returning *
        ), touched as (
            select distinct {KEYS} from settled_changes
        ), known as (
            delete from model_cells using touched
            where model_cells.placement_id = touched.placement_id
            and model_cells.campaign_period_id is not distinct from touched.campaign_period_id
            returning model_cells.*
        ), added_up as (
            select {KEYS}, cell, sum(count) as count
            from (
                select {KEYS}, unnest(cells) as cell, 1 as count from known
                union all select {KEYS}, cell, count from settled_changes
            ) every
            group by {KEYS}, cell
        ), written as (
            insert into model_cells ({KEYS}, cells)
            select {KEYS}, array_agg(cell order by cell)
            from added_up, generate_series(1, added_up.count) group by {KEYS}
        )
        select count(*) into settled from settled_changes;
        return settled;
    end $$
"""
RECOUNTING = f"""
    create function recount_model_cells() returns void language plpgsql as $$
    begin  -- from the rows, while nobody writes them
        lock table emulation_model in share row exclusive mode;
        truncate model_cell_change, model_cells;
        insert into model_cells ({KEYS}, cells)
        select {KEYS}, array_agg(cell order by cell) from celled_model group by {KEYS};
    end $$
"""
TRANSITION = {
    "insert": "referencing new table as new_rows",
    "delete": "referencing old table as old_rows",
    "update": "referencing old table as old_rows new table as new_rows",
}


def upgrade() -> None:
    for name, *columns in (
        ("model_cells", sa.Column("cells", ARRAY(sa.BigInteger()), nullable=False)),
        (
            "model_cell_change",
            sa.Column("cell", sa.BigInteger(), nullable=False),
            sa.Column("count", sa.Integer(), nullable=False),
        ),
    ):
        op.create_table(
            name,
            sa.Column("placement_id", sa.Integer()),
            sa.Column("campaign_period_id", sa.Uuid()),
            *columns,
        )
    op.create_unique_constraint(
        "uq_model_cells",
        "model_cells",
        ["campaign_period_id", "placement_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_model_cells_placement_id", "model_cells", ["placement_id"])
    op.execute(f"create view celled_model as {_celled('emulation_model')}")
    for function in (NOTING, SETTLING, RECOUNTING):
        op.execute(function)
    for event, tables in TRANSITION.items():
        op.execute(
            f"create trigger cells_{event} after {event} on emulation_model {tables}"
            " for each statement execute function note_model_cells()"
        )
    op.execute("select recount_model_cells()")


def downgrade() -> None:
    op.execute("drop function note_model_cells cascade")
    op.execute("drop function settle_model_cells")
    op.execute("drop function recount_model_cells")
    op.execute("drop view celled_model")
    op.drop_table("model_cell_change")
    op.drop_table("model_cells")
