create or replace function note_model_counts() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
            insert into model_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, field, participant_kind, state, registered_level,
                recognised_level, count, registered, recognised, commended, replicated)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, sum(count),
                sum(registered), sum(recognised), sum(commended), sum(replicated) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, count, registered,
                recognised, commended, replicated from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level,
        1 as count,
        (registered_level is not null)::integer as registered,
        (recognised_level is not null)::integer as recognised,
        commended::integer as commended, replicated::integer as replicated
    from new_rows model
) made) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, field, participant_kind, state, registered_level, recognised_level
            having (sum(count), sum(registered), sum(recognised), sum(commended), sum(replicated))
                is distinct from (0, 0, 0, 0, 0);
            elsif tg_op = 'DELETE' then
            insert into model_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, field, participant_kind, state, registered_level,
                recognised_level, count, registered, recognised, commended, replicated)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, sum(count),
                sum(registered), sum(recognised), sum(commended), sum(replicated) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, -count as count,
                -registered as registered, -recognised as recognised, -commended as commended,
                -replicated as replicated from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level,
        1 as count,
        (registered_level is not null)::integer as registered,
        (recognised_level is not null)::integer as recognised,
        commended::integer as commended, replicated::integer as replicated
    from old_rows model
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, field, participant_kind, state, registered_level, recognised_level
            having (sum(count), sum(registered), sum(recognised), sum(commended), sum(replicated))
                is distinct from (0, 0, 0, 0, 0);
            else
            insert into model_count_change (first_province_id, recorded_province_id, province_id,
                campaign_period_id, field, participant_kind, state, registered_level,
                recognised_level, count, registered, recognised, commended, replicated)
            select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, sum(count),
                sum(registered), sum(recognised), sum(commended), sum(replicated) from (select
                first_province_id, recorded_province_id, province_id, campaign_period_id, field,
                participant_kind, state, registered_level, recognised_level, count, registered,
                recognised, commended, replicated from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level,
        1 as count,
        (registered_level is not null)::integer as registered,
        (recognised_level is not null)::integer as recognised,
        commended::integer as commended, replicated::integer as replicated
    from new_rows model
) made union all select first_province_id, recorded_province_id, province_id, campaign_period_id,
    field, participant_kind, state, registered_level, recognised_level, -count as count, -registered
    as registered, -recognised as recognised, -commended as commended, -replicated as replicated
    from (
    select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
        participant_kind, state, registered_level, recognised_level,
        1 as count,
        (registered_level is not null)::integer as registered,
        (recognised_level is not null)::integer as recognised,
        commended::integer as commended, replicated::integer as replicated
    from old_rows model
) gone) difference group by first_province_id, recorded_province_id, province_id,
    campaign_period_id, field, participant_kind, state, registered_level, recognised_level
            having (sum(count), sum(registered), sum(recognised), sum(commended), sum(replicated))
                is distinct from (0, 0, 0, 0, 0);
            end if;
            return null;
        end
$$;

create or replace trigger counts_delete after delete on emulation_model
referencing old table as old_rows for each statement execute function note_model_counts();

create or replace trigger counts_insert after insert on emulation_model
referencing new table as new_rows for each statement execute function note_model_counts();

create or replace trigger counts_update after update on emulation_model
referencing old table as old_rows new table as new_rows
for each statement execute function note_model_counts();
