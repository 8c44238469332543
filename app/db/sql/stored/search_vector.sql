-- All that a text can be found by: its words, each at a position, so that they can be weighed, and its
-- signs (`★`, `%`), which have none. to_tsvector would lose signs, and take apart what looks like a
-- number or an address.
create or replace function search_vector(value text) returns tsvector
language sql immutable strict parallel safe
return coalesce((replace(nullif(fold(value), ''), ' ', ':1 ') || ':1')::tsvector, '')
    || array_to_tsvector(coalesce(
        string_to_array(
            nullif(
                regexp_replace(
                    unmarked(value), '[[:alnum:][:space:]]+' collate pg_unicode_fast, '', 'g'),
                ''),
            null),
        '{}'));
