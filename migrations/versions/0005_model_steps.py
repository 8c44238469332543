"""The steps of models, criteria sets, further places and hosts; descent without circles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STEPS = (
    "register", "inspect", "survey", "appraise", "recognise", "not_recognise", "replicate",
    "return", "suspend", "end", "withdraw", "resume", "merge",
)  # fmt: skip
NEW_RECORDS = ("criteria_set", "model_inspection", "model_appraisal", "model_transition")
ELSEWHERE = (
    ("model_locality", "locality_id", "locality"),
    ("model_host", "organisation_id", "organisation"),
)
NOW_RECORDS = ("model_registration", "model_recognition")

DESCENT = """
    create function check_descent() returns trigger language plpgsql as $$
    declare
        generations integer;
    begin
        -- One at a time: of two changes that close a circle only together, one must see the other.
        perform pg_advisory_xact_lock(hashtextextended('emulation_model.derived_from', 0));
        with recursive origin (id, generation) as (
            select new.derived_from_id, 1
            union all
            select model.derived_from_id, generation + 1
            from origin join emulation_model model on model.id = origin.id
            where model.derived_from_id is not null and origin.id <> new.id and generation < 100
        ), adopter (id, generation) as (
            select new.id, 0
            union all
            select model.id, generation + 1
            from adopter join emulation_model model on model.derived_from_id = adopter.id
            where generation < 100
        )
        select case when exists (select from origin where id = new.id) then null
            else (select max(generation) from origin)
                + case when tg_op = 'INSERT' then 0
                  else (select max(generation) from adopter) end end
        into generations;
        if generations is null then
            raise exclusion_violation
                using table = 'emulation_model', constraint = 'ex_emulation_model_circle';
        elsif generations > 32 then
            raise exclusion_violation
                using table = 'emulation_model', constraint = 'ex_emulation_model_depth';
        end if;
        return null;
    end $$
"""


def upgrade() -> None:
    op.create_table(
        "criteria_set",
        *record(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid()),
        sa.Column("valid_from", sa.Date()),
        sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("agency_id", sa.Uuid()),
        sa.Column(
            "sort_key",
            sa.Text(collation="C"),
            sa.Computed("vietnamese_sort_key(name)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("setweight(to_tsvector('simple', fold(name)), 'A')", persisted=True),
        ),
        sa.CheckConstraint("supersedes_id <> id", name="order"),
        sa.CheckConstraint("number > 0", name="number"),
        foreign_key("criteria_set", "owner_id", "organisation"),
        foreign_key("criteria_set", "supersedes_id", "criteria_set"),
        foreign_key("criteria_set", "agency_id", "agency"),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_criteria_set_supersedes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_set")),
    )
    index("criteria_set", "owner_id")
    index("criteria_set", "sort_key", "id")
    op.create_index("ix_criteria_set_search", "criteria_set", ["search"], postgresql_using="gin")
    op.create_table(
        "criterion",
        sa.Column("criteria_set_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("max_score", sa.Numeric(), nullable=False),
        sa.CheckConstraint("max_score > 0", name="max_score"),
        foreign_key("criterion", "criteria_set_id", "criteria_set", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("criteria_set_id", "code", name=op.f("pk_criterion")),
    )
    op.create_table(
        "model_inspection",
        *record(),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("inspected_on", sa.Text(), nullable=False),
        day("inspected_on_first", "first_day(inspected_on)"),
        day("inspected_on_last", "last_day(inspected_on)"),
        sa.Column("event_id", sa.Uuid()),
        sa.Column("inspectors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("findings", sa.Text()),
        sa.Column("follow_up_due_on", sa.Date()),
        sa.Column("agency_id", sa.Uuid()),
        foreign_key("model_inspection", "model_id", "emulation_model", ondelete="CASCADE"),
        foreign_key("model_inspection", "event_id", "event"),
        foreign_key("model_inspection", "agency_id", "agency"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_inspection")),
    )
    index("model_inspection", "model_id", "inspected_on_first")
    index("model_inspection", "event_id")
    op.create_index(
        "ix_model_inspection_follow_up_due_on",
        "model_inspection",
        ["follow_up_due_on"],
        postgresql_where=sa.text("follow_up_due_on is not null"),
    )
    op.create_table(
        "model_appraisal",
        *record(),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("criteria_set_id", sa.Uuid(), nullable=False),
        sa.Column("appraised_on", sa.Date(), nullable=False),
        sa.Column("agency_id", sa.Uuid()),
        foreign_key("model_appraisal", "model_id", "emulation_model", ondelete="CASCADE"),
        foreign_key("model_appraisal", "criteria_set_id", "criteria_set"),
        foreign_key("model_appraisal", "agency_id", "agency"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_appraisal")),
    )
    index("model_appraisal", "model_id")
    index("model_appraisal", "criteria_set_id")
    op.create_table(
        "appraisal_score",
        sa.Column("appraisal_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("criteria_set_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Numeric(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.CheckConstraint("score >= 0", name="score"),
        foreign_key("appraisal_score", "appraisal_id", "model_appraisal", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["criteria_set_id", "criterion"],
            ["criterion.criteria_set_id", "criterion.code"],
            name=op.f("fk_appraisal_score_criteria_set_id"),
        ),
        sa.PrimaryKeyConstraint("appraisal_id", "criterion", name=op.f("pk_appraisal_score")),
    )
    index("appraisal_score", "criteria_set_id", "criterion")
    op.create_table(
        "model_transition",
        *record(),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(*STEPS, name="step", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("into_id", sa.Uuid()),
        sa.Column("agency_id", sa.Uuid()),
        foreign_key("model_transition", "model_id", "emulation_model", ondelete="CASCADE"),
        foreign_key("model_transition", "into_id", "emulation_model"),
        foreign_key("model_transition", "agency_id", "agency"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_transition")),
    )
    index("model_transition", "model_id")
    index("model_transition", "into_id")
    for table, column, target in ELSEWHERE:
        op.create_table(
            table,
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("model_id", sa.Uuid(), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column(column, sa.Uuid(), nullable=False),
            foreign_key(table, "model_id", "emulation_model", ondelete="CASCADE"),
            foreign_key(table, column, target),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        index(table, "model_id")
        index(table, column)
    for table in NOW_RECORDS:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        op.add_column(table, updated_at())
    for table in (*NEW_RECORDS, *NOW_RECORDS):
        op.execute(
            f"create trigger version before update on {table}"
            " for each row execute function raise_version()"
        )
    for event in ("insert", "update"):
        op.execute(
            f"create trigger words_{event} after {event} on criteria_set"
            " referencing new table as new_rows for each statement execute function learn_words()"
        )
    op.execute(DESCENT)
    for event, changed in (
        ("insert", ""),
        (
            "update of derived_from_id",
            "and new.derived_from_id is distinct from old.derived_from_id",
        ),
    ):
        op.execute(
            f"create trigger descent_{event.split()[0]} after {event} on emulation_model"
            f" for each row when (new.derived_from_id is not null {changed})"
            " execute function check_descent()"
        )


def downgrade() -> None:
    op.execute("drop function check_descent cascade")
    for table in NOW_RECORDS:
        op.execute(f"drop trigger version on {table}")
        op.drop_column(table, "updated_at")
        op.drop_column(table, "version")
    for table in (
        "model_host",
        "model_locality",
        "model_transition",
        "appraisal_score",
        "model_appraisal",
        "model_inspection",
        "criterion",
        "criteria_set",
    ):
        op.drop_table(table)


def record() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        updated_at(),
    )


def updated_at() -> sa.Column[object]:
    return sa.Column(
        "updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def day(name: str, expression: str) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), sa.Computed(expression, persisted=True))


def foreign_key(
    table: str, column: str, target: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
