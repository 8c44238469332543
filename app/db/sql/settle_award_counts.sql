create or replace function settle_award_counts() returns bigint language plpgsql as $$
    declare
        settled bigint;
    begin  -- one at a time; whoever comes second has nothing to do
        if not pg_try_advisory_xact_lock(hashtextextended('award_count', 0)) then
            return 0;
        end if;
        with settled_changes as (delete from award_count_change returning *), to_award_count as (
    insert into award_count as known (first_province_id, recorded_province_id, province_id,
        campaign_period_id, form, participant_kind, level, status, issued_year, count)
    select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status, issued_year, sum(count) from settled_changes group by
        first_province_id, recorded_province_id, province_id, campaign_period_id, form,
        participant_kind, level, status, issued_year
    on conflict on constraint uq_award_count do update set count = known.count + excluded.count
), to_award_count_of_all_periods as (
    insert into award_count_of_all_periods as known (first_province_id, recorded_province_id,
        province_id, form, participant_kind, level, status, issued_year, count)
    select first_province_id, recorded_province_id, province_id, form, participant_kind, level,
        status, issued_year, sum(count) from settled_changes group by first_province_id,
        recorded_province_id, province_id, form, participant_kind, level, status, issued_year
    on conflict on constraint uq_award_count_of_all_periods do update set count = known.count +
        excluded.count
), to_award_count_of_periods as (
    insert into award_count_of_periods as known (first_province_id, recorded_province_id,
        province_id, campaign_period_id, status, count)
    select first_province_id, recorded_province_id, province_id, campaign_period_id, status,
        sum(count) from settled_changes group by first_province_id, recorded_province_id,
        province_id, campaign_period_id, status
    on conflict on constraint uq_award_count_of_periods do update set count = known.count +
        excluded.count
), to_award_count_of_forms as (
    insert into award_count_of_forms as known (first_province_id, recorded_province_id, province_id,
        form, participant_kind, status, count)
    select first_province_id, recorded_province_id, province_id, form, participant_kind, status,
        sum(count) from settled_changes group by first_province_id, recorded_province_id,
        province_id, form, participant_kind, status
    on conflict on constraint uq_award_count_of_forms do update set count = known.count +
        excluded.count
), to_award_count_of_years as (
    insert into award_count_of_years as known (first_province_id, recorded_province_id, province_id,
        level, status, issued_year, count)
    select first_province_id, recorded_province_id, province_id, level, status, issued_year,
        sum(count) from settled_changes group by first_province_id, recorded_province_id,
        province_id, level, status, issued_year
    on conflict on constraint uq_award_count_of_years do update set count = known.count +
        excluded.count
)
        select count(*) into settled from settled_changes;
        return settled;
    end
$$;
