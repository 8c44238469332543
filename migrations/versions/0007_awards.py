"""Corrections and revocations of award decisions."""

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
    op.drop_table("award_decision_revocation")
    op.drop_table("award_decision_correction")
