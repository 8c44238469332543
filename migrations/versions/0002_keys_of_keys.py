"""A key knows which key made it, and at which levels it acts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

squawk_accepts = {
    "adding-foreign-key-constraint": "keys are few",
    "constraint-missing-not-valid": "keys are few",
    "require-concurrent-index-creation": "keys are few",
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '10s'")
    op.execute("set local statement_timeout = '60s'")
    levels = postgresql.ARRAY(sa.Text())
    op.add_column("agency_key", sa.Column("levels", levels, server_default="{}", nullable=False))
    op.add_column("agency_key", sa.Column("parent_id", sa.Uuid()))
    op.create_foreign_key(None, "agency_key", "agency_key", ["parent_id"], ["id"])
    op.create_index(None, "agency_key", ["parent_id"])


def downgrade() -> None:
    op.drop_column("agency_key", "parent_id")
    op.drop_column("agency_key", "levels")
