-- Text without case, tones, marks and punctuation, for matching: đ, Đ and Ð become d.
create or replace function fold(value text) returns text
language sql immutable strict parallel safe
return btrim(regexp_replace(
    lower(unaccent(
        'unaccent', case when value is nfc normalized then value else normalize(value, NFC) end
    ) collate pg_c_utf8),
    '[\W_]+' collate pg_c_utf8, ' ', 'g'));
