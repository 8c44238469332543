-- A model is replicated while another was derived from it; locked as in `mark_commended`.
create or replace function mark_replicated() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        perform from emulation_model where id in (select new.derived_from_id) and not replicated
        order by id for no key update;
        update emulation_model set replicated = true where id in (select new.derived_from_id) and
            not replicated;
    end if;
    if tg_op <> 'INSERT' then
        perform from emulation_model where id in (select old.derived_from_id) and replicated
        order by id for update;
        update emulation_model model set replicated = false
        where id in (select old.derived_from_id) and replicated
        and not exists (select from emulation_model where derived_from_id = model.id);
    end if;
    return null;
end $$;

create or replace trigger stages_delete after delete on emulation_model
for each row when (old.derived_from_id is not null) execute function mark_replicated();

create or replace trigger stages_insert after insert on emulation_model
for each row when (new.derived_from_id is not null) execute function mark_replicated();

create or replace trigger stages_update after update of derived_from_id on emulation_model
for each row when (new.derived_from_id is distinct from old.derived_from_id) execute function
mark_replicated();
