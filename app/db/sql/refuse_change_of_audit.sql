create or replace function refuse_change_of_audit() returns trigger language plpgsql as $$
begin  -- a redaction, which takes a personal name out, says so for its transaction
    if tg_op = 'UPDATE' and current_setting('kheo.redacts', true) = 'yes'
        and (new.id, new.at, new.agency_id, new.key_id, new.request_id, new.action)
            = (old.id, old.at, old.agency_id, old.key_id, old.request_id, old.action)
    then
        return new;
    end if;
    raise exception 'the audit cannot be changed' using errcode = '42501';
end $$;

create or replace trigger append_only before update or delete on audit_entry
for each row execute function refuse_change_of_audit();

create or replace trigger append_only_truncate before truncate on audit_entry
for each statement execute function refuse_change_of_audit();
