-- Text without case, tones and marks: đ, Đ and Ð become d, ㎡ and m² become m2.
create or replace function unmarked(value text) returns text
language sql immutable strict parallel safe
return lower(unaccent(
    'unaccent', case when value is nfkc normalized then value else normalize(value, NFKC) end
) collate pg_c_utf8);
