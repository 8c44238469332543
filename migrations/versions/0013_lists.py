"""Indexes for the lists that would read long to find few."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEWEST = sa.text("coalesce(registered_on_first, '-infinity')")
LEVELS = ("registered_level", "recognised_level")
UNKNOWN = ("field", "registered_level")


def upgrade() -> None:
    for column in LEVELS:
        name = f"ix_emulation_model_{column}_newest"
        op.create_index(name, "emulation_model", [column, NEWEST, "id"])
    for column in UNKNOWN:
        op.create_index(
            f"ix_emulation_model_no_{column}_newest",
            "emulation_model",
            [NEWEST, "id"],
            postgresql_where=sa.text(f"{column} is null"),
        )
    op.create_index("ix_organisation_kind", "organisation", ["kind"])


def downgrade() -> None:
    op.drop_index("ix_organisation_kind", "organisation")
    for column in LEVELS:
        op.drop_index(f"ix_emulation_model_{column}_newest", "emulation_model")
    for column in UNKNOWN:
        op.drop_index(f"ix_emulation_model_no_{column}_newest", "emulation_model")
