-- The words that a place is found by in any order: those of its full name; with apostrophes left out
-- (`Ea Hleo`); with i and y (`Mỹ`, `Mĩ`); its name in one word (`Daklak`); its kind by initials (`TP.`),
-- alone and before its name (`Q1`).
create or replace function place_words(name text, full_name text) returns text
language sql immutable strict parallel safe
return (
    select string_agg(distinct word, ' ')
    from (
        select replace(fold(name), ' ', '') as in_one_word,
            regexp_replace(
                fold(left(full_name, length(full_name) - length(name))), '(\w)\w* ?', '\1', 'g'
            ) as initials
    ) short
        cross join string_to_table(concat_ws(' ',
            fold(full_name),
            fold(replace(unmarked(name), '''', '')),
            regexp_replace(fold(name), '\m([hklmstv]|qu)y\M', '\1i', 'g'),
            regexp_replace(fold(name), '\m([hklmstv]|qu)i\M', '\1y', 'g'),
            in_one_word,
            initials,
            initials || in_one_word), ' ') as word
    where word <> '');
