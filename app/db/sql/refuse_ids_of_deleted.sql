create or replace function refuse_ids_of_deleted() returns trigger language plpgsql as $$
begin
    if exists (select from new_rows join deleted_thing using (id)) then
        raise unique_violation
        using table = tg_table_name, constraint = 'pk_' || tg_table_name;
    end if;
    return null;
end $$;
