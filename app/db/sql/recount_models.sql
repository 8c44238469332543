create or replace function recount_models() returns void language plpgsql as $$
begin  -- from the rows, while nobody writes them
    lock table emulation_model, award_recipient in share row exclusive mode;
update emulation_model model set commended = exists (select from award_recipient where model_id =
    model.id), replicated = exists (select from emulation_model adopter where derived_from_id =
    model.id)
where (commended, replicated) is distinct from (exists (select from award_recipient where model_id =
    model.id), exists (select from emulation_model adopter where derived_from_id = model.id));
    truncate model_count_change, model_count, model_count_of_all_periods, model_count_of_periods,
        model_count_of_fields, model_count_of_states;
insert into model_count (first_province_id, recorded_province_id, province_id, campaign_period_id,
    field, participant_kind, state, registered_level, recognised_level, count, registered,
    recognised, commended, replicated)
select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
    participant_kind, state, registered_level, recognised_level, sum(count), sum(registered),
    sum(recognised), sum(commended), sum(replicated)
from counted_model
group by first_province_id, recorded_province_id, province_id, campaign_period_id, field,
    participant_kind, state, registered_level, recognised_level;
insert into model_count_of_all_periods (first_province_id, recorded_province_id, province_id, field,
    participant_kind, state, registered_level, recognised_level, count, registered, recognised,
    commended, replicated)
select first_province_id, recorded_province_id, province_id, field, participant_kind, state,
    registered_level, recognised_level, sum(count), sum(registered), sum(recognised),
    sum(commended), sum(replicated)
from model_count
group by first_province_id, recorded_province_id, province_id, field, participant_kind, state,
    registered_level, recognised_level;
insert into model_count_of_periods (first_province_id, recorded_province_id, province_id,
    campaign_period_id, count, registered, recognised, commended, replicated)
select first_province_id, recorded_province_id, province_id, campaign_period_id, sum(count),
    sum(registered), sum(recognised), sum(commended), sum(replicated)
from model_count
group by first_province_id, recorded_province_id, province_id, campaign_period_id;
insert into model_count_of_fields (first_province_id, recorded_province_id, province_id, field,
    participant_kind, count, registered, recognised, commended, replicated)
select first_province_id, recorded_province_id, province_id, field, participant_kind, sum(count),
    sum(registered), sum(recognised), sum(commended), sum(replicated)
from model_count
group by first_province_id, recorded_province_id, province_id, field, participant_kind;
insert into model_count_of_states (first_province_id, recorded_province_id, province_id, state,
    registered_level, recognised_level, count, registered, recognised, commended, replicated)
select first_province_id, recorded_province_id, province_id, state, registered_level,
    recognised_level, sum(count), sum(registered), sum(recognised), sum(commended), sum(replicated)
from model_count
group by first_province_id, recorded_province_id, province_id, state, registered_level,
    recognised_level;
end $$;
