"""One index of the words of models: in titles, anywhere, and of a year of registration.

Common words are looked for among the registrations of a few years, in titles before other text.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists btree_gin")
    op.drop_index("ix_emulation_model_search", table_name="emulation_model")
    op.execute(
        """
        create index ix_emulation_model_words on emulation_model using gin (
            ts_filter(search, '{a}'), search, (extract(year from registered_on_first)::integer))
        """
    )


def downgrade() -> None:
    op.drop_index("ix_emulation_model_words", table_name="emulation_model")
    op.create_index(
        "ix_emulation_model_search", "emulation_model", ["search"], postgresql_using="gin"
    )
    op.execute("drop extension btree_gin")
