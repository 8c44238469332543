-- A locality lies at its own placements.
create or replace function note_locality() returns trigger language plpgsql as $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        array(
            select id from locality_placement where locality_id = thing.id)
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;
