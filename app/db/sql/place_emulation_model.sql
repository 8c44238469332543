create or replace function place_emulation_model() returns trigger language plpgsql as $$
begin
    new.dated_on := coalesce(
        first_day(new.registered_on),
        first_day(new.recognised_on),
        first_day(new.started_on),
        (select end_on from campaign_period where id = new.campaign_period_id for share));
    new.placement_id := placement_on(new.locality_id, new.dated_on);
    select province_id, province_class_id into new.province_id, new.province_class_id
    from locality_placement where id = new.placement_id;
    return new;
end $$;
