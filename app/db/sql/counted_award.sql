-- The lines of decisions as they are counted.
create or replace view counted_award as
select first_province_id, recorded_province_id, province_id, campaign_period_id, form,
    participant_kind, level, status, extract(year from issued_on_first)::integer as issued_year,
    award.count
from award join award_decision decision on decision.id = award.decision_id;
