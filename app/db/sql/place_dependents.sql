-- Rows that lie where this one does are written again when its place is corrected: their own triggers
-- place them. The arguments name their columns: `event.organiser_id`.
create or replace function place_dependents() returns trigger language plpgsql as $$
declare
    dependent text;
begin
    foreach dependent in array tg_argv loop
        execute format(
            'update %1$I set %2$I = $1 where %2$I = $1',
            split_part(dependent, '.', 1), split_part(dependent, '.', 2)) using new.id;
    end loop;
    return null;
end $$;

create or replace trigger dependents after update of locality_id on organisation
for each row when (old.locality_id is distinct from new.locality_id)
execute function place_dependents(
    'award_decision.authority_id', 'dataset.subject_organisation_id', 'document.issuer_id',
    'criteria_set.owner_id');

create or replace trigger dependents after update of locality_id on event
for each row when (old.locality_id is distinct from new.locality_id)
execute function place_dependents('dataset.subject_event_id');

create or replace trigger dependents after update of locality_id on emulation_model
for each row when (old.locality_id is distinct from new.locality_id)
execute function place_dependents('dataset.subject_model_id');
