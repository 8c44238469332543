-- A publication lies where the subjects of its datasets do.
create or replace function note_publication() returns trigger language plpgsql as $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        array(
            select distinct placement_id from dataset
            where publication_id = thing.id and placement_id is not null)
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
