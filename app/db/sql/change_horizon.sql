-- Below this transaction none is open any more, so none can still commit.
create or replace function change_horizon() returns bigint language sql stable
return pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
