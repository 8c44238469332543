"""Rules the database keeps itself: temporal keys, versions, places of rows, known words."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEMPORAL_KEYS = {
    ("locality", "uq_locality_life"): "unique (id, life without overlaps)",
    ("locality_version", "uq_locality_version_valid"): (
        "unique (locality_id, valid without overlaps)"
    ),
    ("locality_version", "uq_locality_version_code"): (
        "unique (level, code, valid without overlaps)"
    ),
    ("locality_version", "fk_locality_version_life"): (
        "foreign key (locality_id, period valid) references locality (id, period life)"
    ),
    ("locality_version", "fk_locality_version_parent_life"): (
        "foreign key (parent_id, period valid) references locality (id, period life)"
    ),
    ("locality_placement", "uq_locality_placement_valid"): (
        "unique (locality_id, valid without overlaps)"
    ),
}

VERSIONED = (
    "organisation",
    "document",
    "campaign_period",
    "event",
    "emulation_model",
    "award_decision",
    "publication",
    "agency",
)
KEPT_IN_MEMORY = ("locality", "organisation", "campaign_period")
SEARCHED = (
    "locality",
    "organisation",
    "document",
    "campaign_period",
    "event",
    "emulation_model",
    "award_decision",
    "award",
    "award_recipient",
    "publication",
)

# The place of a row and the day it stood there; a null day means the place's last placement. What
# they are taken from is held until the row is there: a correction of it waits, and then follows.
PLACED = {
    "organisation": ("new.locality_id", "null::date"),
    "campaign_period": ("new.locality_id", "new.start_on"),
    "event": ("new.locality_id", "first_day(new.held_on)"),
    "award_decision": (
        "(select locality_id from organisation where id = new.authority_id for share)",
        "first_day(new.issued_on)",
    ),
    "dataset": (
        """coalesce(
            new.subject_locality_id,
            (select locality_id from organisation where id = new.subject_organisation_id for share),
            (select locality_id from event where id = new.subject_event_id for share),
            (select locality_id from emulation_model where id = new.subject_model_id for share))""",
        "coalesce(new.period_end, last_day(new.observed_through))",
    ),
}

SUBJECTS = {"event": "subject_event_id", "emulation_model": "subject_model_id"}  # of datasets
PROVINCE = """new.province_id :=
                    (select province_id from locality_placement where id = new.placement_id);"""

FUNCTIONS = (
    """
    create function placement_on(place uuid, day date) returns integer
    language sql stable parallel safe
    return coalesce(
        (select id from locality_placement
         where locality_id = place
             and (lower_inf(valid) or lower(valid) <= coalesce(day, 'infinity'))
         order by lower(valid) desc nulls last limit 1),
        (select id from locality_placement
         where locality_id = place order by lower(valid) limit 1))
    """,
    """
    create function place_emulation_model() returns trigger language plpgsql as $$
    begin
        new.dated_on := coalesce(
            first_day(new.registered_on),
            first_day(new.recognised_on),
            first_day(new.started_on),
            (select end_on from campaign_period where id = new.campaign_period_id for share));
        new.placement_id := placement_on(new.locality_id, new.dated_on);
        new.province_id :=
            (select province_id from locality_placement where id = new.placement_id);
        return new;
    end $$
    """,
    """
    create function follow_organisation() returns trigger language plpgsql as $$
    begin  -- rows placed where an organisation is move with a correction of its place
        update award_decision set authority_id = authority_id where authority_id = new.id;
        update dataset set subject_organisation_id = new.id
        where subject_organisation_id = new.id;
        return null;
    end $$
    """,
    *(
        f"""
        create function follow_{subject}() returns trigger language plpgsql as $$
        begin
            update dataset set {column} = new.id where {column} = new.id;
            return null;
        end $$
        """
        for subject, column in SUBJECTS.items()
    ),
    """
    create function follow_campaign_period() returns trigger language plpgsql as $$
    begin  -- models dated by the end of a period follow a correction of it
        update emulation_model set campaign_period_id = new.id
        where campaign_period_id = new.id
            and registered_on is null and recognised_on is null and started_on is null;
        return null;
    end $$
    """,
)


def upgrade() -> None:
    op.execute("insert into reference_revision values (true, 1)")
    op.execute(
        "insert into secret values ('cursor',"
        " sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))"
    )
    for (table, name), definition in TEMPORAL_KEYS.items():
        op.execute(f"alter table {table} add constraint {name} {definition}")
    for function in FUNCTIONS:
        op.execute(function)
    for table, (place, day) in PLACED.items():
        op.execute(
            f"""
            create function place_{table}() returns trigger language plpgsql as $$
            begin
                new.placement_id := placement_on({place}, {day});
                {PROVINCE if table == "award_decision" else ""}
                return new;
            end $$
            """
        )
    for table in (*PLACED, "emulation_model"):
        trigger("place", table, "before insert or update", "for each row", f"place_{table}")
    for table in VERSIONED:
        trigger("version", table, "before update", "for each row", "raise_version")
    trigger("version", "locality", "before update of life", "for each row", "raise_version")
    for table in KEPT_IN_MEMORY:
        trigger(
            "reference",
            table,
            "before insert or update or delete",
            "for each statement",
            "raise_reference_revision",
        )
        trigger("revision", table, "before insert or update", "for each row", "stamp_revision")
    for table in SEARCHED:
        for event in ("insert", "update"):
            trigger(
                f"words_{event}",
                table,
                f"after {event}",
                "referencing new table as new_rows for each statement",
                "learn_words",
            )
    for table in ("organisation", *SUBJECTS):
        trigger(
            "followers",
            table,
            "after update of locality_id",
            "for each row when (old.locality_id is distinct from new.locality_id)",
            f"follow_{table}",
        )
    trigger(
        "followers",
        "campaign_period",
        "after update of end_on",
        "for each row when (old.end_on is distinct from new.end_on)",
        "follow_campaign_period",
    )


def trigger(name: str, table: str, event: str, scope: str, function: str) -> None:
    op.execute(f"create trigger {name} {event} on {table} {scope} execute function {function}()")


def downgrade() -> None:
    for table in KEPT_IN_MEMORY:
        op.execute(f"drop trigger reference on {table}")
        op.execute(f"drop trigger revision on {table}")
    for table in (*VERSIONED, "locality"):
        op.execute(f"drop trigger version on {table}")
    for table in SEARCHED:
        for event in ("insert", "update"):
            op.execute(f"drop trigger words_{event} on {table}")
    for function in (
        "follow_campaign_period",
        "follow_organisation",
        *(f"follow_{table}" for table in SUBJECTS),
        "place_emulation_model",
        *(f"place_{table}" for table in PLACED),
    ):
        op.execute(f"drop function {function} cascade")
    op.execute("drop function placement_on")
    for table, name in reversed(TEMPORAL_KEYS):
        op.execute(f"alter table {table} drop constraint {name}")
