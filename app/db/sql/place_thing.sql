-- Places a row at the locality in one of its columns, on the day in another (a date, or a partial
-- one): place_thing('locality_id', 'held_on'). Without a day it has the locality's last placement.
create or replace function place_thing() returns trigger language plpgsql as $$
declare
    columns jsonb := to_jsonb(new);
begin
    new.placement_id := placement_on(
        (columns ->> tg_argv[0])::uuid, first_day(columns ->> tg_argv[1]));
    return new;
end $$;
