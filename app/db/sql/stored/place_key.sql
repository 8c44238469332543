-- What places are compared by, however they are written: `Mỹ Thuận` and `Mĩ Thuận`, `Đắk Lắk` and
-- `Daklak`, `Ea H'leo` and `Ea Hleo`, `06` and `6`. Numbers side by side stay apart (`1-3hochiminh`).
create or replace function place_key(names text) returns text
language sql immutable strict parallel safe
return left(translate(
    regexp_replace(
        regexp_replace(fold(names), '(?<!\d)0+(?=\d)', '', 'g'), '(\d) (?=\d)', '\1-', 'g'),
    'y ', 'i'), 255);
