-- The placement of a locality on a day; its last without a day, its first before it was founded.
create or replace function placement_on(place uuid, day date) returns integer
language sql stable parallel safe
return coalesce(
    (select id from locality_placement
     where locality_id = place
         and (lower_inf(valid) or lower(valid) <= coalesce(day, 'infinity'))
     order by lower(valid) desc nulls last limit 1),
    (select id from locality_placement
     where locality_id = place order by lower(valid) limit 1));
