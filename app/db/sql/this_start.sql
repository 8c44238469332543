-- The name of the database's present start: after a restart, a promotion or a restore another text.
create or replace function this_start() returns text language sql stable
return concat_ws(
    '/',
    (select system_identifier from pg_control_system()),
    (select oid from pg_database where datname = current_database()),
    case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end,
    extract(epoch from pg_postmaster_start_time()));
