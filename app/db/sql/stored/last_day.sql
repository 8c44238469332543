-- The last day that a partial date spans, null without a year; raises if it is no partial date.
--
-- In PL/pgSQL, which prepares an expression once in a session: a function in SQL would be taken apart
-- anew by every statement that writes one row. It calls no other function of ours: a dump is restored
-- without a search path.
create or replace function last_day(partial text) returns date
language plpgsql immutable strict parallel safe as $$
begin
    if partial ~ '^\d{4}-\d\d-\d\d$' then
        return make_date(left(partial, 4)::int, substr(partial, 6, 2)::int, right(partial, 2)::int);
    elsif partial ~ '^\d{4}-\d\d$' then
        return make_date(left(partial, 4)::int, right(partial, 2)::int, 1)
            + interval '1 month - 1 day';
    elsif partial ~ '^\d{4}$' then
        return make_date(partial::int, 12, 31);
    elsif partial ~ '^--\d\d-\d\d$' then  -- spans no days, but is checked
        perform make_date(2000, substr(partial, 3, 2)::int, right(partial, 2)::int);
        return null;
    end if;
    return make_date(0, 0, length(partial));  -- raises
end $$;
