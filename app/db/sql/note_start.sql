create or replace function note_start() returns void language plpgsql as $$
declare
    this text := current_setting('kheo.start', true);  -- asked once in a session
begin
    if coalesce(this, '') = '' then
        this := set_config('kheo.start', this_start(), false);
    end if;
    if exists (select from database_start where name = this)
        -- Another transaction is about to: a write must not wait for it.
        or not pg_try_advisory_xact_lock(hashtextextended('database_start', 0))
    then
        return;
    end if;
    if exists (
        select from database_start
        where split_part(name, '/', 1) <> split_part(this, '/', 1)
            or split_part(name, '/', 2) <> split_part(this, '/', 2))
    then  -- it came here by a dump or a copy: numbers of transactions mean nothing here
        delete from database_start;
        update change set xid = pg_current_xact_id()::text::bigint;
    end if;
    insert into database_start (name, begins)
    values (this, change_horizon());
end $$;
