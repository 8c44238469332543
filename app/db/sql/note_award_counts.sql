create or replace function note_award_counts() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
            perform from award_decision where id in (select decision_id from new_rows) order by id
                for share;
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from new_rows award join award_decision decision on decision.id = award.decision_id
) made) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            elsif tg_op = 'DELETE' then
            perform from award_decision where id in (select decision_id from old_rows) order by id
                for share;
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, -count as count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from old_rows award join award_decision decision on decision.id = award.decision_id
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            else
            perform from award_decision where id in (select decision_id from old_rows) order by id
                for share;perform from award_decision where id in (select decision_id from new_rows)
                order by id for share;
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from new_rows award join award_decision decision on decision.id = award.decision_id
) made union all select first_province_id, recorded_province_id, province_id, campaign_period_id,
    form, participant_kind, level, status, issued_year, -count as count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from old_rows award join award_decision decision on decision.id = award.decision_id
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            end if;
            return null;
        end
$$;

create or replace trigger counts_delete after delete on award
referencing old table as old_rows for each statement execute function note_award_counts();

create or replace trigger counts_insert after insert on award
referencing new table as new_rows for each statement execute function note_award_counts();

create or replace trigger counts_update after update on award
referencing old table as old_rows new table as new_rows
for each statement execute function note_award_counts();
