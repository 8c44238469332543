-- A model is commended while an award names it. Who names it shares a lock on it, by the foreign key;
-- who takes a name away locks it alone, then looks whether that was the last.
create or replace function mark_commended() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then
        perform from emulation_model where id in (select model_id from new_rows) and not commended
        order by id for no key update;
        update emulation_model set commended = true where id in (select model_id from new_rows) and
            not commended;
    end if;
    if tg_op <> 'INSERT' then
        perform from emulation_model where id in (select model_id from old_rows) and commended
        order by id for update;
        update emulation_model model set commended = false
        where id in (select model_id from old_rows) and commended
        and not exists (select from award_recipient where model_id = model.id);
    end if;
    return null;
end $$;

create or replace trigger stages_delete after delete on award_recipient
referencing old table as old_rows for each statement execute function mark_commended();

create or replace trigger stages_insert after insert on award_recipient
referencing new table as new_rows for each statement execute function mark_commended();

create or replace trigger stages_update after update on award_recipient
referencing old table as old_rows new table as new_rows
for each statement execute function mark_commended();
