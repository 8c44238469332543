-- Find the class of a placement: of those with the same three provinces.
create or replace function classify_placement() returns trigger language plpgsql as $$
begin
    loop
        select id into new.province_class_id from province_class
        where first_province_id is not distinct from new.first_province_id
            and recorded_province_id is not distinct from new.ancestors[2]
            and last_province_id is not distinct from new.province_id;
        if found then
            return new;
        end if;
        insert into province_class (first_province_id, recorded_province_id, last_province_id)
        values (new.first_province_id, new.ancestors[2], new.province_id) on conflict do nothing;
    end loop;
end $$;

create or replace trigger classify before insert or update on locality_placement
for each row execute function classify_placement();
