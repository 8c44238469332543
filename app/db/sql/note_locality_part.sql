-- Notes changes of localities of which a version, placement or succession was written. The version of
-- a predecessor, or of the locality itself, is raised, unless this transaction made or changed it too.
create or replace function note_locality_part() returns trigger language plpgsql as $$
declare
    changed uuid[] := '{}';
    successors uuid[] := '{}';
begin
    if tg_table_name <> 'locality_succession' then
        if tg_op <> 'DELETE' then
            changed := array(select locality_id from new_rows);
        end if;
        if tg_op <> 'INSERT' then
            changed := changed || array(select locality_id from old_rows);
        end if;
    else
        if tg_op <> 'DELETE' then
            changed := array(select predecessor_id from new_rows);
            successors := array(select successor_id from new_rows);
        end if;
        if tg_op <> 'INSERT' then
            changed := changed || array(select predecessor_id from old_rows);
            successors := successors || array(select successor_id from old_rows);
        end if;
    end if;
    update locality set life = life where id = any(changed) and updated_at < now();
    perform note_start();
    insert into change as known (type, id, version, places)
    select 'localities', thing.id, thing.version,
        array(
            select id from locality_placement where locality_id = thing.id)
    from locality thing
    where thing.id = any(changed || successors)
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

create or replace trigger change_insert after insert on locality_version
referencing new table as new_rows for each statement execute function note_locality_part();

create or replace trigger change_update after update on locality_version
referencing old table as old_rows new table as new_rows
for each statement execute function note_locality_part();

create or replace trigger change_delete after delete on locality_version
referencing old table as old_rows for each statement execute function note_locality_part();

create or replace trigger change_insert after insert on locality_succession
referencing new table as new_rows for each statement execute function note_locality_part();

create or replace trigger change_update after update on locality_succession
referencing old table as old_rows new table as new_rows
for each statement execute function note_locality_part();

create or replace trigger change_delete after delete on locality_succession
referencing old table as old_rows for each statement execute function note_locality_part();

create or replace trigger change_insert after insert on locality_placement
referencing new table as new_rows for each statement execute function note_locality_part();

create or replace trigger change_update after update on locality_placement
referencing old table as old_rows new table as new_rows
for each statement execute function note_locality_part();

create or replace trigger change_delete after delete on locality_placement
referencing old table as old_rows for each statement execute function note_locality_part();
