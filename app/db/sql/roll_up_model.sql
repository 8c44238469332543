-- Insert the difference that a statement makes to the counts of models, however many it writes.
create or replace function roll_up_model() returns trigger language plpgsql as $$
declare
    sign integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
    if tg_op = 'UPDATE' then
        insert into model_roll_up (province_class_id, campaign_period_id, field, participant_kind,
            state, count, registered, recognised, commended, replicated)
        select province_class_id, campaign_period_id, field, participant_kind, state,
            sum(one),
            coalesce(sum(one) filter (where registered_level is not null), 0),
            coalesce(sum(one) filter (where recognised_level is not null), 0),
            coalesce(sum(one) filter (where commended), 0),
            coalesce(sum(one) filter (where replicated), 0)
        from (select 1 as one, * from new_rows union all select -1, * from old_rows) written
        group by 1, 2, 3, 4, 5
        having sum(one) <> 0
            or sum(one) filter (where registered_level is not null) <> 0
            or sum(one) filter (where recognised_level is not null) <> 0
            or sum(one) filter (where commended) <> 0
            or sum(one) filter (where replicated) <> 0;
    else
        insert into model_roll_up (province_class_id, campaign_period_id, field, participant_kind,
            state, count, registered, recognised, commended, replicated)
        select province_class_id, campaign_period_id, field, participant_kind, state,
            sign * count(*),
            sign * count(registered_level),
            sign * count(recognised_level),
            sign * count(*) filter (where commended),
            sign * count(*) filter (where replicated)
        from written
        group by 1, 2, 3, 4, 5;
    end if;
    return null;
end $$;

create or replace trigger roll_up_insert after insert on emulation_model
referencing new table as written for each statement execute function roll_up_model();

create or replace trigger roll_up_update after update on emulation_model
referencing old table as old_rows new table as new_rows
for each statement execute function roll_up_model();

create or replace trigger roll_up_delete after delete on emulation_model
referencing old table as written for each statement execute function roll_up_model();
