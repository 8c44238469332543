-- The awards as `award_roll_up` counts them: by their decision.
create or replace view counted_award as
select province_class_id, campaign_period_id, form, participant_kind, level, status,
    extract(year from issued_on_first)::integer as issued_year, award.count
from award join award_decision decision on decision.id = award.decision_id;
