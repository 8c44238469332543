-- Models dated by the end of a period are placed anew when that is corrected.
create or replace function place_models_of_period() returns trigger language plpgsql as $$
begin
    update emulation_model set campaign_period_id = new.id
    where campaign_period_id = new.id
        and registered_on is null and recognised_on is null and started_on is null;
    return null;
end $$;

create or replace trigger dependents after update of end_on on campaign_period
for each row when (old.end_on is distinct from new.end_on)
execute function place_models_of_period();
