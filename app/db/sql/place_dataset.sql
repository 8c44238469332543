-- The subject's row is locked: a correction of its place waits, and then places this row too.
create or replace function place_dataset() returns trigger language plpgsql as $$
begin
    new.placement_id := placement_on(
        coalesce(
            new.subject_locality_id,
            (select locality_id from organisation where id = new.subject_organisation_id for share),
            (select locality_id from event where id = new.subject_event_id for share),
            (select locality_id from emulation_model where id = new.subject_model_id for share)),
        coalesce(new.period_end, last_day(new.observed_through)));
    return new;
end $$;
