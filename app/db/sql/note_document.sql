-- A document lies where its issuer does. That is locked: who moves it may not see this document yet.
create or replace function note_document() returns trigger language plpgsql as $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        case tg_op when 'DELETE' then '{}' else array_remove(array[placement_on(
            (select locality_id from organisation where id = thing.issuer_id for share),
            first_day(thing.issued_on))], null) end
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
