"""The latest change of every thing, and the starts of the database by which cursors are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _placed_at(placement: str) -> str:
    return f"array_remove(array[{placement}], null)"


# Of each table of things: what the feed calls them, and the placements of a row `thing`.
THINGS = {
    "locality": (
        "localities",
        "array(select id from locality_placement where locality_id = thing.id)",
    ),
    "organisation": ("organisations", _placed_at("thing.placement_id")),
    "document": (
        "documents",
        _placed_at(
            # Locked, lest the issuer be moved by who cannot see this document yet.
            """placement_on(
                (select locality_id from organisation where id = thing.issuer_id for share),
                first_day(thing.issued_on))"""
        ),
    ),
    "criteria_set": (
        "criteria-sets",
        # Locked, like the issuer of a document.
        _placed_at(
            "placement_on("
            "(select locality_id from organisation where id = thing.owner_id for share), null)"
        ),
    ),
    "campaign_period": ("campaign-periods", _placed_at("thing.placement_id")),
    "event": ("events", _placed_at("thing.placement_id")),
    "emulation_model": ("models", _placed_at("thing.placement_id")),
    "award_decision": ("award-decisions", _placed_at("thing.placement_id")),
    "publication": (
        "publications",
        """array(
            select distinct placement_id from dataset
            where publication_id = thing.id and placement_id is not null)""",
    ),
}
# Tables whose rows are facts, or places, of a thing without raising its version.
PARTS = {
    "locality_version": ("locality", "select locality_id from changed"),
    "locality_succession": (
        "locality",
        "select predecessor_id from changed union select successor_id from changed",
    ),
    "locality_placement": ("locality", "select locality_id from changed"),
    "dataset": ("publication", "select publication_id from changed"),
}

FUNCTIONS = (
    # Below it no transaction is open any more, so none can still commit.
    """
    create function change_horizon() returns bigint language sql stable
    return pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    """,
    # After a restart, a promotion or a restore this is another text.
    """
    create function this_start() returns text language sql stable return concat_ws(
        '/',
        (select system_identifier from pg_control_system()),
        (select oid from pg_database where datname = current_database()),
        case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
        extract(epoch from pg_postmaster_start_time()))
    """,
    """
    create function note_start() returns void language plpgsql as $$
    declare
        this text := current_setting('kheo.start', true);  -- asked once in a session
    begin
        if coalesce(this, '') = '' then
            this := set_config('kheo.start', this_start(), false);
        end if;
        if exists (select from database_start where name = this)
            -- Another transaction is about to: a write must not wait for it.
            or not pg_try_advisory_xact_lock(hashtextextended('database_start', 0))
        then
            return;
        end if;
        if exists (
            select from database_start
            where split_part(name, '/', 1) <> split_part(this, '/', 1)
                or split_part(name, '/', 2) <> split_part(this, '/', 2))
        then  -- it came here by a dump or a copy: numbers of transactions mean nothing here
            delete from database_start;
            update change set xid = pg_current_xact_id()::text::bigint;
        end if;
        insert into database_start (name, begins)
        values (this, change_horizon());
    end $$
    """,
)


FOLLOW_ISSUER = """
    create function follow_issuer() returns trigger language plpgsql as $$
    begin  -- what lies where its issuer or owner does moves with a correction of its place
        update document set issuer_id = issuer_id where issuer_id = new.id;
        update criteria_set set owner_id = owner_id where owner_id = new.id;
        return null;
    end $$
"""


def note(kind: str, things: str, places: str) -> str:
    """Make things the latest changed ones; `places` are the placements of a `thing`."""
    return f"""
        insert into change as known (type, id, version, places)
        select '{kind}', thing.id, thing.version, {places} from {things} order by thing.id
        on conflict (type, id) do update set
            xid = excluded.xid,
            version = excluded.version,
            changed_at = excluded.changed_at,
            places = excluded.places,
            left_places = case when known.places = excluded.places then known.left_places else
                array(
                    select distinct place from unnest(known.left_places || known.places) place
                    where place <> all (excluded.places)) end;
    """


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.clock_timestamp(),
            nullable=False,
        ),
        sa.Column("places", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "left_places", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("type", "id", name="pk_change"),
    )
    op.create_index("ix_change_xid_type_id", "change", ["xid", "type", "id"])
    op.create_table(
        "database_start",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("token", sa.Uuid(), server_default=sa.func.gen_random_uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_database_start"),
        sa.UniqueConstraint("token", name="uq_database_start_token"),
        sa.UniqueConstraint("name", name="uq_database_start_name"),
    )
    for function in (*FUNCTIONS, FOLLOW_ISSUER):
        op.execute(function)
    op.execute(
        """
        create trigger issued_documents after update of locality_id on organisation
        for each row when (old.locality_id is distinct from new.locality_id)
        execute function follow_issuer()
        """
    )
    for table, (kind, places) in THINGS.items():
        op.execute(note(kind, f"{table} thing", places))
        gone = "'{}'::integer[]"
        op.execute(
            f"""
            create function note_{table}() returns trigger language plpgsql as $$
            begin
                perform note_start();
                if tg_op = 'DELETE' then {note(kind, "changed thing", gone)}
                else {note(kind, "changed thing", places)} end if;
                return null;
            end $$
            """
        )
        add_triggers(table)
    for table, (whole, ids) in PARTS.items():
        things = f"{whole} thing where thing.id in ({ids})"
        op.execute(
            f"""
            create function note_{table}() returns trigger language plpgsql as $$
            begin
                perform note_start();
                {note(THINGS[whole][0], things, THINGS[whole][1])}
                return null;
            end $$
            """
        )
        add_triggers(table)


def add_triggers(table: str) -> None:
    for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
        op.execute(
            f"""
            create trigger change_{event} after {event} on {table}
            referencing {rows} table as changed
            for each statement execute function note_{table}()
            """
        )


def downgrade() -> None:
    for table in (*THINGS, *PARTS):
        op.execute(f"drop function note_{table} cascade")
    op.execute("drop function follow_issuer cascade")
    for function in ("note_start", "this_start", "change_horizon"):
        op.execute(f"drop function {function}")
    op.drop_table("database_start")
    op.drop_table("change")
