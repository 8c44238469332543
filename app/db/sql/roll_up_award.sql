-- Insert the difference that a statement makes to the counts of awards by writing their lines.
-- Meanwhile their decisions stay as they are: who changes one waits, then sees the lines.
create or replace function roll_up_award() returns trigger language plpgsql as $$
declare
    sign integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
    if tg_op = 'UPDATE' then
        perform from award_decision
        where id in (select decision_id from new_rows union select decision_id from old_rows)
        order by id for share;
        insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
            level, status, issued_year, count)
        select province_class_id, campaign_period_id, form, participant_kind, level, status,
            extract(year from issued_on_first), sum(one * count)
        from (select 1 as one, * from new_rows union all select -1, * from old_rows) line
            join award_decision decision on decision.id = decision_id
        group by 1, 2, 3, 4, 5, 6, 7
        having sum(one * count) <> 0;
    else
        perform from award_decision where id in (select decision_id from written)
        order by id for share;
        insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
            level, status, issued_year, count)
        select province_class_id, campaign_period_id, form, participant_kind, level, status,
            extract(year from issued_on_first), sign * sum(count)
        from written join award_decision decision on decision.id = decision_id
        group by 1, 2, 3, 4, 5, 6, 7;
    end if;
    return null;
end $$;

create or replace trigger roll_up_insert after insert on award
referencing new table as written for each statement execute function roll_up_award();

create or replace trigger roll_up_update after update on award
referencing old table as old_rows new table as new_rows
for each statement execute function roll_up_award();

create or replace trigger roll_up_delete after delete on award
referencing old table as written for each statement execute function roll_up_award();
