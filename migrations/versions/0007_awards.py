"""Corrections and revocations of award decisions; delegations to events; decisions by event."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "award_decision_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        *act(),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("changed", sa.JSON(), nullable=False),
        *foreign_keys("award_decision_correction", document_id="document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_decision_correction")),
    )
    op.create_index(
        op.f("ix_award_decision_correction_decision_id"),
        "award_decision_correction",
        ["decision_id"],
    )
    op.execute(
        "create trigger version before update on award_decision_correction"
        " for each row execute function raise_version()"
    )
    op.create_table(
        "award_decision_revocation",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        *act(),
        sa.Column("effective_on", sa.Date(), nullable=False),
        *foreign_keys("award_decision_revocation"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_award_decision_revocation")),
    )
    op.create_table(
        "event_delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_event_delegation_size")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["event.id"],
            name=op.f("fk_event_delegation_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_event_delegation_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_delegation")),
    )
    for column in ("event_id", "organisation_id"):
        op.create_index(op.f(f"ix_event_delegation_{column}"), "event_delegation", [column])
    op.drop_index(op.f("ix_award_decision_event_id"), table_name="award_decision")
    op.create_index(
        "ix_award_decision_event_newest",
        "award_decision",
        ["event_id", sa.text("coalesce(issued_on_first, '-infinity')"), "id"],
    )
    # Periods differ much in how many decisions they have: know the share of each.
    op.execute("alter table award_decision alter campaign_period_id set statistics 1000")


def act() -> list[sa.Column[object]]:
    return [
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.clock_timestamp(),
            nullable=False,
        ),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
    ]


def foreign_keys(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["award_decision.id"],
            name=op.f(f"fk_{table}_decision_id"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, to in {"agency_id": "agency", **others}.items()
        ),
    ]


def downgrade() -> None:
    op.execute("alter table award_decision alter campaign_period_id set statistics default")
    op.drop_index("ix_award_decision_event_newest", table_name="award_decision")
    op.create_index(op.f("ix_award_decision_event_id"), "award_decision", ["event_id"])
    op.drop_table("event_delegation")
    op.drop_table("award_decision_revocation")
    op.drop_table("award_decision_correction")
