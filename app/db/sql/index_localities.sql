-- What localities are found by, made anew whenever a version or a placement is written: the words of
-- their names of all times and of those of the units they lay in (`locality.search`), and each name
-- followed by those of any of these units (`locality_name`).
create or replace function index_localities() returns trigger language plpgsql as $$
declare
    units uuid[] := '{}';
begin
    if tg_op <> 'DELETE' then
        units := array(select locality_id from new_rows);
    end if;
    if tg_op <> 'INSERT' then
        units := units || array(select locality_id from old_rows);
    end if;
    if tg_table_name = 'locality_version' then  -- what lies in a unit is found by its name too
        units := array(
            select distinct locality_id from locality_placement where ancestors && units);
    end if;

    delete from locality_name where locality_id = any(units);
    with recursive lineage (locality_id, valid, rest, names, full_names) as (
        select locality_id, valid, ancestors, '{}'::text[], '{}'::text[]
        from locality_placement
        where locality_id = any(units)
        union all
        select below.locality_id, below.valid * v.valid, trim_array(rest, 1),
            names || v.name, full_names || v.full_name
        from lineage below
            join locality_version v
                on v.locality_id = rest[cardinality(rest)] and v.valid && below.valid
    ),
    path as (select distinct locality_id, names, full_names from lineage where rest = '{}'),
    named as (
        insert into locality_name (locality_id, key, written)
        select distinct locality_id, place_key(names),
            left(regexp_replace(
                translate(lower(full_names collate pg_unicode_fast), '''’ʼ‘`', ''),
                '[^[:alnum:]]+' collate pg_unicode_fast, ' ', 'g'), 255)
        from (
            select locality_id, chosen,
                string_agg(name, ' ' order by position) as names,
                string_agg(full_name, ' ' order by position) as full_names
            from path
                cross join generate_series(
                    0, (1 << greatest(cardinality(path.names) - 2, 0)) - 1) as chosen
                cross join unnest(path.names, path.full_names) with ordinality
                    as part (name, full_name, position)
            -- Its own name, and those chosen of the units that it lay in, but for the country's.
            where position = 1
                or position < cardinality(path.names) and chosen >> position::int - 2 & 1 = 1
            group by locality_id, path.names, path.full_names, chosen
        ) chosen_names
    ),
    called as (
        select distinct locality_id, name, full_name, position = 1 as own
        from path
            cross join unnest(names, full_names) with ordinality
                as part (name, full_name, position)
    ),
    spelt as materialized (
        select name, full_name, place_words(name, full_name) as words
        from (select distinct name, full_name from called) once
    ),
    worded as (
        select locality_id,
            string_agg(words, ' ') filter (where own) as own,
            string_agg(words, ' ') filter (where not own) as above
        from called join spelt using (name, full_name)
        group by locality_id
    )
    update locality set search = setweight(search_vector(own), 'A')
        || setweight(search_vector(coalesce(above, '')), 'B')
    from worded where worded.locality_id = locality.id;
    return null;
end $$;

create or replace trigger index_insert after insert on locality_placement
referencing new table as new_rows for each statement execute function index_localities();

create or replace trigger index_update after update on locality_placement
referencing old table as old_rows new table as new_rows
for each statement execute function index_localities();

create or replace trigger index_delete after delete on locality_placement
referencing old table as old_rows for each statement execute function index_localities();

create or replace trigger index_insert after insert on locality_version
referencing new table as new_rows for each statement execute function index_localities();

create or replace trigger index_update after update on locality_version
referencing old table as old_rows new table as new_rows
for each statement execute function index_localities();

create or replace trigger index_delete after delete on locality_version
referencing old table as old_rows for each statement execute function index_localities();
