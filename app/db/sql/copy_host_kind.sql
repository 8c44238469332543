create or replace function copy_host_kind() returns trigger language plpgsql as $$
begin
    new.host_kind := (select kind from organisation where id = new.host_id);
    return new;
end $$;

create or replace trigger host before insert or update of host_id on emulation_model
for each row execute function copy_host_kind();
