"""Indexes for the lists that would read long to find few."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEWEST = sa.text("coalesce(registered_on_first, '-infinity')")
LATER = "(registered_on_first > recognised_on_first)"
# What comes before the newest in an index, which rows are in it, and what it holds of them beside.
INDEXES: dict[str, tuple[list[str], str | None, list[str]]] = {
    "field_newest": (["field"], None, []),
    "registered_level_newest": (["registered_level"], None, []),
    "recognised_level_newest": (["recognised_level"], "recognised_level is not null", []),
    "no_field_newest": ([], "field is null", []),
    "no_registered_level_newest": ([], "registered_level is null", []),
    "newest_recognised": (
        [],
        "recognised_level is not null",
        ["recognised_level", "registered_on_first", "recognised_on_first", "recognised_on_last"],
    ),
    "newest_registered_later": ([], f"{LATER} is true", []),
}


def upgrade() -> None:
    for name, (columns, where, beside) in INDEXES.items():
        op.create_index(
            f"ix_emulation_model_{name}",
            "emulation_model",
            [*columns, NEWEST, "id"],
            postgresql_include=beside,
            postgresql_where=None if where is None else sa.text(where),
        )
    # How few models were registered later than recognised, PostgreSQL would not know.
    op.execute(
        f"create statistics emulation_model_registered_later on {LATER} from emulation_model"
    )
    op.create_index("ix_organisation_kind", "organisation", ["kind"])


def downgrade() -> None:
    op.drop_index("ix_organisation_kind", "organisation")
    op.execute("drop statistics emulation_model_registered_later")
    for name in INDEXES:
        op.drop_index(f"ix_emulation_model_{name}", "emulation_model")
