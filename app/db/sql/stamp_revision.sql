create or replace function stamp_revision() returns trigger language plpgsql as $$
begin
    select revision into new.revision from reference_revision;
    return new;
end $$;
