create or replace function recount_awards() returns void language plpgsql as $$
begin  -- from the rows, while nobody writes them
    lock table award_decision, award in share row exclusive mode;
    truncate award_count_change, award_count, award_count_of_all_periods, award_count_of_periods,
        award_count_of_forms, award_count_of_years;
insert into award_count (first_province_id, recorded_province_id, province_id, campaign_period_id,
    form, participant_kind, level, status, issued_year, count)
select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
    participant_kind, level, status, issued_year, sum(count)
from counted_award
group by first_province_id, recorded_province_id, province_id, campaign_period_id, form,
    participant_kind, level, status, issued_year;
insert into award_count_of_all_periods (first_province_id, recorded_province_id, province_id, form,
    participant_kind, level, status, issued_year, count)
select first_province_id, recorded_province_id, province_id, form, participant_kind, level, status,
    issued_year, sum(count)
from award_count
group by first_province_id, recorded_province_id, province_id, form, participant_kind, level,
    status, issued_year;
insert into award_count_of_periods (first_province_id, recorded_province_id, province_id,
    campaign_period_id, status, count)
select first_province_id, recorded_province_id, province_id, campaign_period_id, status, sum(count)
from award_count
group by first_province_id, recorded_province_id, province_id, campaign_period_id, status;
insert into award_count_of_forms (first_province_id, recorded_province_id, province_id, form,
    participant_kind, status, count)
select first_province_id, recorded_province_id, province_id, form, participant_kind, status,
    sum(count)
from award_count
group by first_province_id, recorded_province_id, province_id, form, participant_kind, status;
insert into award_count_of_years (first_province_id, recorded_province_id, province_id, level,
    status, issued_year, count)
select first_province_id, recorded_province_id, province_id, level, status, issued_year, sum(count)
from award_count
group by first_province_id, recorded_province_id, province_id, level, status, issued_year;
end $$;
