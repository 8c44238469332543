-- A dataset changes the places of its publication, whose version stays.
create or replace function note_dataset() returns trigger language plpgsql as $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select 'publications', thing.id, thing.version,
        array(
            select distinct placement_id from dataset
            where publication_id = thing.id and placement_id is not null)
    from publication thing
    where thing.id in (select publication_id from changed)
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

create or replace trigger change_insert after insert on dataset
referencing new table as changed for each statement execute function note_dataset();

create or replace trigger change_update after update on dataset
referencing new table as changed for each statement execute function note_dataset();

create or replace trigger change_delete after delete on dataset
referencing old table as changed for each statement execute function note_dataset();
