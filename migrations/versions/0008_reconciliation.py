"""Checks of published figures, what people found about them, corrections of what was printed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SUBJECT = (
    "coalesce(subject_locality_id, subject_organisation_id, subject_event_id, subject_model_id)"
)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("ix_dataset_subject", "dataset", [sa.text(SUBJECT), "measure"])
    op.create_table(
        "figure_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", postgresql.JSONB(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=True),
        sa.Column("stated", sa.Numeric(), nullable=False),
        sa.Column("stated_by", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("computed", sa.Numeric(), nullable=True),
        sa.Column("computed_from", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("other_dataset_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("explanations", sa.JSON(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status in ('consistent', 'discrepant', 'incomplete', 'not_comparable')",
            name=op.f("ck_figure_check_checkstatus"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["dataset.id"],
                name=op.f(f"fk_figure_check_{column}"),
                ondelete="CASCADE",
            )
            for column in ("dataset_id", "other_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_check")),
    )
    for columns in (["dataset_id"], ["other_dataset_id"], ["status", "kind"]):
        op.create_index(op.f(f"ix_figure_check_{'_'.join(columns)}"), "figure_check", columns)
    op.create_table(
        "figure_resolution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        recorded("resolved_at"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("lapsed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "status in ('explained', 'accepted', 'source_error')",
            name=op.f("ck_figure_resolution_resolution"),
        ),
        by_agency("figure_resolution"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_resolution")),
    )
    op.create_index(
        "uq_figure_resolution_check",
        "figure_resolution",
        ["check_id"],
        unique=True,
        postgresql_where=sa.text("lapsed_at is null"),
    )
    op.create_table(
        "publication_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        recorded("recorded_at"),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_publication_correction_publication_id"),
            ondelete="CASCADE",
        ),
        by_agency("publication_correction"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_correction")),
    )
    op.create_index(
        op.f("ix_publication_correction_publication_id"),
        "publication_correction",
        ["publication_id"],
    )


def recorded(name: str) -> sa.Column[object]:
    return sa.Column(name, MOMENT, server_default=sa.func.clock_timestamp(), nullable=False)


def by_agency(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f(f"fk_{table}_agency_id"))


def downgrade() -> None:
    for table in ("publication_correction", "figure_resolution", "figure_check"):
        op.drop_table(table)
    op.drop_index("ix_dataset_subject", "dataset")
