"""Years, and the kind of its host, stand with each model: counts need not work them out."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# No year is known of `--06-05`.
YEAR = "case when {text} not like '-%' then left({text}, 4)::integer end"
YEARS = {"registered_year": "registered_on", "recognised_year": "recognised_on"}
YEAR_OF_WORDS = "(extract(year from registered_on_first)::integer)"
COUNTED = (
    "province_id", "campaign_period_id", "placement_id", "field", "participant_kind", "state",
    "registered_level", "recognised_level", "registered_on_first", "recognised_on_first",
)  # fmt: skip
KEY = "fk_emulation_model_host_id"
STAGES = ("commended", "replicated")
NEWEST = sa.text("coalesce(registered_on_first, '-infinity')")


def upgrade() -> None:
    for name, text in YEARS.items():
        year = sa.Computed(YEAR.format(text=text), persisted=True)
        op.add_column("emulation_model", sa.Column(name, sa.Integer(), year))
    _index_words("registered_year")
    know_hosts()
    _count_by("registered_on_last", "recognised_on_last", "host_kind", *YEARS, *STAGES, "id")


def know_hosts() -> None:
    op.add_column("emulation_model", sa.Column("host_kind", sa.Text()))
    op.execute("alter table emulation_model disable trigger user")
    op.execute(
        "update emulation_model set host_kind = (select kind from organisation where id = host_id)"
        " where host_id is not null"
    )
    op.execute("alter table emulation_model enable trigger user")
    # A kind that is corrected is corrected in the models: their key follows it.
    op.create_unique_constraint("uq_organisation_id_kind", "organisation", ["id", "kind"])
    op.drop_constraint(KEY, "emulation_model")
    op.create_foreign_key(
        KEY,
        "emulation_model",
        "organisation",
        ["host_id", "host_kind"],
        ["id", "kind"],
        match="FULL",
        onupdate="CASCADE",
    )
    op.execute(
        """
        create function know_host() returns trigger language plpgsql as $$
        begin
            new.host_kind := (select kind from organisation where id = new.host_id);
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger host before insert or update of host_id on emulation_model"
        " for each row execute function know_host()"
    )
    op.create_index(
        "ix_emulation_model_host_kind_newest", "emulation_model", ["host_kind", NEWEST, "id"]
    )


def _index_words(year: str) -> None:
    op.drop_index("ix_emulation_model_words")
    op.execute(
        "create index ix_emulation_model_words on emulation_model"
        f" using gin (ts_filter(search, '{{a}}'), search, {year})"
    )


def _count_by(*others: str) -> None:
    name = "ix_emulation_model_counted"
    op.drop_index(name)
    op.create_index(name, "emulation_model", [*COUNTED, *others])


def downgrade() -> None:
    _count_by("host_id", *STAGES)
    op.drop_index("ix_emulation_model_host_kind_newest")
    op.execute("drop function know_host cascade")
    op.drop_constraint(KEY, "emulation_model")
    op.create_foreign_key(KEY, "emulation_model", "organisation", ["host_id"], ["id"])
    op.drop_constraint("uq_organisation_id_kind", "organisation")
    op.drop_column("emulation_model", "host_kind")
    _index_words(YEAR_OF_WORDS)
    for name in YEARS:
        op.drop_column("emulation_model", name)
