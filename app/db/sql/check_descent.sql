create or replace function check_descent() returns trigger language plpgsql as $$
declare
    generations integer;
begin
    -- One at a time: of two changes that close a circle only together, one must see the other.
    perform pg_advisory_xact_lock(hashtextextended('emulation_model.derived_from', 0));
    with recursive origin (id, generation) as (
        select new.derived_from_id, 1
        union all
        select model.derived_from_id, generation + 1
        from origin join emulation_model model on model.id = origin.id
        where model.derived_from_id is not null and origin.id <> new.id and generation < 100
    ), adopter (id, generation) as (
        select new.id, 0
        union all
        select model.id, generation + 1
        from adopter join emulation_model model on model.derived_from_id = adopter.id
        where generation < 100
    )
    select case when exists (select from origin where id = new.id) then null
        else (select max(generation) from origin)
            + case when tg_op = 'INSERT' then 0
              else (select max(generation) from adopter) end end
    into generations;
    if generations is null then
        raise exclusion_violation
            using table = 'emulation_model', constraint = 'ex_emulation_model_circle';
    elsif generations > 32 then
        raise exclusion_violation
            using table = 'emulation_model', constraint = 'ex_emulation_model_depth';
    end if;
    return null;
end $$;

create or replace trigger descent_insert after insert on emulation_model
for each row when (new.derived_from_id is not null) execute function check_descent();

create or replace trigger descent_update after update of derived_from_id on emulation_model
for each row
when (new.derived_from_id is not null and new.derived_from_id is distinct from old.derived_from_id)
execute function check_descent();
