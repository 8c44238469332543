create or replace function note_decision_counts() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from award award join new_rows decision on decision.id = award.decision_id
) made) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            elsif tg_op = 'DELETE' then
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, -count as count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from award award join old_rows decision on decision.id = award.decision_id
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            else
            insert into award_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, form, participant_kind, level, status, issued_year, count)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, sum(count) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, form,
                participant_kind, level, status, issued_year, count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from award award join new_rows decision on decision.id = award.decision_id
) made union all select first_province_id, recorded_province_id, province_id, campaign_period_id,
    form, participant_kind, level, status, issued_year, -count as count from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status,
        extract(year from issued_on_first)::integer as issued_year, award.count
    from award award join old_rows decision on decision.id = award.decision_id
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, form, participant_kind, level, status, issued_year
            having (sum(count)) is distinct from (0);
            end if;
            return null;
        end
$$;

create or replace trigger counts_update after update on award_decision
referencing old table as old_rows new table as new_rows
for each statement execute function note_decision_counts();
