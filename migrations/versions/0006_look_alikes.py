"""What bounds a search for models: one index of words in titles, anywhere, and of a year.

Words of a search that stand in few models are told by what ANALYZE last counted. The latest model
of a place comes from an index.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MODEL_WORDS = """
    create view model_word_share as
    select word, share
    from pg_stats,
        unnest(most_common_elems::text::text[], most_common_elem_freqs) as common (word, share)
    where schemaname = current_schema() and tablename = 'emulation_model'
        and attname = 'search' and word is not null
"""
SELDOM_WORDS = """
    create function seldom_words(query tsquery) returns tsquery
    language sql stable strict parallel safe
    begin atomic
        select string_agg(term, ' & ')::tsquery
        from (
            select term
            from unnest(string_to_array(query::text, ' & ')) as asked (term)
                left join model_word_share on term = quote_literal(word)
            -- What has no share is rare, unless it stands for several words.
            order by coalesce(share, case when term ~ '[|*]' then 0.01 else 0 end), term
            limit 6
        ) seldom;
    end
"""


def upgrade() -> None:
    op.execute("create extension if not exists btree_gin")
    op.execute(MODEL_WORDS)
    op.execute(SELDOM_WORDS)
    op.execute(
        "comment on function seldom_words is"
        " 'The terms of a search that stand in the fewest models; enough to ask an index for.'"
    )
    op.drop_index("ix_emulation_model_search", table_name="emulation_model")
    op.execute(
        """
        create index ix_emulation_model_words on emulation_model using gin (
            ts_filter(search, '{a}'), search, (extract(year from registered_on_first)::integer))
        """
    )
    op.drop_index("ix_emulation_model_placement_id", table_name="emulation_model")
    op.execute(
        """
        create index ix_emulation_model_placement_newest on emulation_model
            (placement_id, coalesce(registered_on_first, '-infinity'), id)
        """
    )


def downgrade() -> None:
    op.drop_index("ix_emulation_model_placement_newest", table_name="emulation_model")
    op.create_index("ix_emulation_model_placement_id", "emulation_model", ["placement_id"])
    op.drop_index("ix_emulation_model_words", table_name="emulation_model")
    op.create_index(
        "ix_emulation_model_search", "emulation_model", ["search"], postgresql_using="gin"
    )
    op.execute("drop function seldom_words")
    op.execute("drop view model_word_share")
    op.execute("drop extension btree_gin")
