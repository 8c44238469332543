-- Processes read again what they hold in memory when this revision has moved on.
create or replace function bump_reference_revision() returns trigger language plpgsql as $$
begin
    update reference_revision set revision = revision + 1;
    return null;
end $$;
