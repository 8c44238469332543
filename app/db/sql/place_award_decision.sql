-- The authority's row is locked: a correction of its place waits, and then places this row too.
create or replace function place_award_decision() returns trigger language plpgsql as $$
begin
    new.placement_id := placement_on(
        (select locality_id from organisation where id = new.authority_id for share),
        first_day(new.issued_on));
    select province_id, province_class_id into new.province_id, new.province_class_id
    from locality_placement where id = new.placement_id;
    return new;
end $$;
