create or replace function settle_model_counts() returns bigint language plpgsql as $$
    declare
        settled bigint;
    begin  -- one at a time; whoever comes second has nothing to do
        if not pg_try_advisory_xact_lock(hashtextextended('model_count', 0)) then
            return 0;
        end if;
        with settled_changes as (delete from model_count_change returning *), to_model_count as (
    insert into model_count as known (first_province_id, recorded_province_id, province_id,
        campaign_period_id, field, participant_kind, state, registered_level, recognised_level,
        count, registered, recognised, commended, replicated)
    select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level, sum(count), sum(registered),
        sum(recognised), sum(commended), sum(replicated) from settled_changes group by
        first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level
    on conflict on constraint uq_model_count do update set count = known.count + excluded.count,
        registered = known.registered + excluded.registered, recognised = known.recognised +
        excluded.recognised, commended = known.commended + excluded.commended, replicated =
        known.replicated + excluded.replicated
), to_model_count_of_all_periods as (
    insert into model_count_of_all_periods as known (first_province_id, recorded_province_id,
        province_id, field, participant_kind, state, registered_level, recognised_level, count,
        registered, recognised, commended, replicated)
    select first_province_id, recorded_province_id, province_id, field, participant_kind, state,
        registered_level, recognised_level, sum(count), sum(registered), sum(recognised),
        sum(commended), sum(replicated) from settled_changes group by first_province_id,
        recorded_province_id, province_id, field, participant_kind, state, registered_level,
        recognised_level
    on conflict on constraint uq_model_count_of_all_periods do update set count = known.count +
        excluded.count, registered = known.registered + excluded.registered, recognised =
        known.recognised + excluded.recognised, commended = known.commended + excluded.commended,
        replicated = known.replicated + excluded.replicated
), to_model_count_of_periods as (
    insert into model_count_of_periods as known (first_province_id, recorded_province_id,
        province_id, campaign_period_id, count, registered, recognised, commended, replicated)
    select first_province_id, recorded_province_id, province_id, campaign_period_id, sum(count),
        sum(registered), sum(recognised), sum(commended), sum(replicated) from settled_changes group
        by first_province_id, recorded_province_id, province_id, campaign_period_id
    on conflict on constraint uq_model_count_of_periods do update set count = known.count +
        excluded.count, registered = known.registered + excluded.registered, recognised =
        known.recognised + excluded.recognised, commended = known.commended + excluded.commended,
        replicated = known.replicated + excluded.replicated
), to_model_count_of_fields as (
    insert into model_count_of_fields as known (first_province_id, recorded_province_id,
        province_id, field, participant_kind, count, registered, recognised, commended, replicated)
    select first_province_id, recorded_province_id, province_id, field, participant_kind,
        sum(count), sum(registered), sum(recognised), sum(commended), sum(replicated) from
        settled_changes group by first_province_id, recorded_province_id, province_id, field,
        participant_kind
    on conflict on constraint uq_model_count_of_fields do update set count = known.count +
        excluded.count, registered = known.registered + excluded.registered, recognised =
        known.recognised + excluded.recognised, commended = known.commended + excluded.commended,
        replicated = known.replicated + excluded.replicated
), to_model_count_of_states as (
    insert into model_count_of_states as known (first_province_id, recorded_province_id,
        province_id, state, registered_level, recognised_level, count, registered, recognised,
        commended, replicated)
    select first_province_id, recorded_province_id, province_id, state, registered_level,
        recognised_level, sum(count), sum(registered), sum(recognised), sum(commended),
        sum(replicated) from settled_changes group by first_province_id, recorded_province_id,
        province_id, state, registered_level, recognised_level
    on conflict on constraint uq_model_count_of_states do update set count = known.count +
        excluded.count, registered = known.registered + excluded.registered, recognised =
        known.recognised + excluded.recognised, commended = known.commended + excluded.commended,
        replicated = known.replicated + excluded.replicated
)
        select count(*) into settled from settled_changes;
        return settled;
    end
$$;
