-- The models as they are counted, with what is kept of them made anew.
create or replace view counted_model as
select first_province_id, recorded_province_id, province_id, campaign_period_id, field,
    participant_kind, state, registered_level, recognised_level,
    1 as count,
    (registered_level is not null)::integer as registered,
    (recognised_level is not null)::integer as recognised,
    exists (select from award_recipient where model_id = model.id)::integer as commended,
    exists (select from emulation_model adopter where derived_from_id = model.id)::integer
        as replicated
from emulation_model model;
