-- The models as `model_roll_up` counts them, the stages they reached from the facts themselves.
create or replace view counted_model as
select province_class_id, campaign_period_id, field, participant_kind, state,
    1 as count,
    (registered_level is not null)::integer as registered,
    (recognised_level is not null)::integer as recognised,
    exists (select from award_recipient where model_id = model.id)::integer as commended,
    exists (select from emulation_model adopter where derived_from_id = model.id)::integer
        as replicated
from emulation_model model;
