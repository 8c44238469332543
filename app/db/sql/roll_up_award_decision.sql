-- Insert the difference that a change of decisions makes to the counts of their awards. New
-- decisions have no lines yet, and of deleted ones the lines went before (`strike_lines`).
create or replace function roll_up_award_decision() returns trigger language plpgsql as $$
begin
    insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
        level, status, issued_year, count)
    select province_class_id, campaign_period_id, form, participant_kind, level, status,
        extract(year from issued_on_first), sum(one * count)
    from (select 1 as one, * from new_rows union all select -1, * from old_rows) decision
        join award line on line.decision_id = decision.id
    group by 1, 2, 3, 4, 5, 6, 7
    having sum(one * count) <> 0;
    return null;
end $$;

create or replace trigger roll_up_update after update on award_decision
referencing old table as old_rows new table as new_rows
for each statement execute function roll_up_award_decision();
