-- The words of a text for matching: runs of letters and digits without case, tones and marks. Of
-- longer ones the first 255 characters: an index could not hold them.
create or replace function fold(value text) returns text
language sql immutable strict parallel safe
return btrim(regexp_replace(
    regexp_replace(unmarked(value), '[^[:alnum:]]+' collate pg_unicode_fast, ' ', 'g'),
    '(\S{255})\S+', '\1', 'g'));
