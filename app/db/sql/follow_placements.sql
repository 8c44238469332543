-- After a reform, rows whose placement has become another are written again: their own triggers find
-- it. Tables that `place_thing` places are known by its arguments, all others are named here.
create or replace function follow_placements() returns trigger language plpgsql as $$
declare
    units uuid[];
    placements integer[];
    placed record;
begin
    if tg_op = 'INSERT' then
        units := array(select distinct locality_id from new_rows);
    else
        units := array(select locality_id from new_rows union select locality_id from old_rows);
    end if;
    placements := array(select id from locality_placement where locality_id = any(units));

    for placed in
        select tgrelid::regclass as name, arguments[1] as place, nullif(arguments[2], '') as day
        from pg_trigger, string_to_array(encode(tgargs, 'escape'), '\000') as arguments
        where tgfoid = 'place_thing'::regproc
        order by tgrelid
    loop
        execute format(
            'update %1$s set placement_id = null
             where placement_id = any($1)
                 and placement_id is distinct from placement_on(%2$I, first_day(%3$s::text))
                 or placement_id is null and %2$I = any($2)',
            placed.name, placed.place, coalesce(quote_ident(placed.day), 'null'))
        using placements, units;
    end loop;

    update award_decision t set placement_id = null
    where t.placement_id = any(placements)
        and (t.placement_id is distinct from placement_on(
                (select locality_id from organisation where id = t.authority_id),
                first_day(t.issued_on))
            or t.province_class_id is distinct from (
                select p.province_class_id from locality_placement p where p.id = t.placement_id));
    update award_decision t set placement_id = null
    where t.placement_id is null
        and (select locality_id from organisation where id = t.authority_id) = any(units);

    update dataset t set placement_id = null
    from (
        select id, coalesce(
            subject_locality_id,
            (select locality_id from organisation where id = subject_organisation_id),
            (select locality_id from event where id = subject_event_id),
            (select locality_id from emulation_model where id = subject_model_id)) as place
        from dataset
    ) subject
    where subject.id = t.id
        and (t.placement_id = any(placements)
            and t.placement_id is distinct from placement_on(
                place, coalesce(t.period_end, last_day(t.observed_through)))
            or t.placement_id is null and place = any(units));

    update emulation_model t set placement_id = null
    where t.placement_id = any(placements)
        and (t.placement_id is distinct from placement_on(t.locality_id, t.dated_on)
            or t.province_class_id is distinct from (
                select p.province_class_id from locality_placement p where p.id = t.placement_id));
    update emulation_model t set placement_id = null
    where t.placement_id is null and t.locality_id = any(units);
    return null;
end $$;

create or replace trigger followers_insert after insert on locality_placement
referencing new table as new_rows for each statement execute function follow_placements();

create or replace trigger followers_update after update on locality_placement
referencing old table as old_rows new table as new_rows
for each statement execute function follow_placements();
