"""Keys found by their prefix and told with versions; what is deleted is kept aside."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DELETABLE = (
    "organisation",
    "document",
    "campaign_period",
    "criteria_set",
    "event",
    "emulation_model",
    "award_decision",
    "publication",
)


def upgrade() -> None:
    op.add_column(
        "agency_key", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "agency_key",
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    )
    op.execute(
        "create trigger version before update on agency_key"
        " for each row execute function raise_version()"
    )
    op.create_index("ix_agency_key_prefix", "agency_key", ["prefix"])
    op.create_index("ix_audit_entry_at_id", "audit_entry", ["at", "id"])
    op.create_table(
        "deleted_thing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.JSON()),
        sa.Column(
            "deleted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deleted_thing"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_deleted_thing_agency_id"),
    )
    op.create_index(
        "ix_deleted_thing_deleted_at",
        "deleted_thing",
        ["deleted_at"],
        postgresql_where=sa.text("content is not null"),
    )
    op.execute(
        """
        create function refuse_ids_of_deleted() returns trigger language plpgsql as $$
        begin
            if exists (select from new_rows join deleted_thing using (id)) then
                raise unique_violation
                using table = tg_table_name, constraint = 'pk_' || tg_table_name;
            end if;
            return null;
        end $$
        """
    )
    for table in DELETABLE:
        op.execute(
            f"create trigger ids_stay_taken after insert on {table} referencing new table"
            " as new_rows for each statement execute function refuse_ids_of_deleted()"
        )


def downgrade() -> None:
    op.execute("drop function refuse_ids_of_deleted cascade")
    op.drop_table("deleted_thing")
    op.drop_index("ix_audit_entry_at_id", "audit_entry")
    op.drop_index("ix_agency_key_prefix", "agency_key")
    op.execute("drop trigger version on agency_key")
    op.drop_column("agency_key", "updated_at")
    op.drop_column("agency_key", "version")
