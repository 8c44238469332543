-- The localities that a text names, alone or with units they lay in, each with the rank of its best name:
-- written as it is, without marks, or with other spaces and with i for y; then any of the same key (see
-- `place_key`), at last one that only begins so.
--
-- What looks like the word for a kind (`Thành phố`, `TP.`) may be part of a name (`Xã Xuân Phương`): the
-- text is read with and without each of them, and with what it may stand for.
create or replace function find_localities(words text)
returns table (id uuid, rank integer)
language plpgsql stable strict parallel safe rows 200 as $$
#variable_conflict use_column
declare
    kinds constant text := '(tp|tx|tt|đk|dk|q|h|p|x|tinh|tỉnh|thanh ?pho|thành ?phố|thi ?xa|thị ?xã'
        '|thi ?tran|thị ?trấn|dac ?khu|đặc ?khu|quan|quận|huyen|huyện|phuong|phường|xa|xã'
        '|ap|ấp|khom|khóm|thon|thôn|ban|bản|buon|buôn|xom|xóm'
        '|to ?dan ?pho|tổ ?dân ?phố|khu ?pho|khu ?phố|khu ?dan ?cu|khu ?dân ?cư)';
    in_full constant jsonb := '{"tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "đk": "đặc khu",
        "dk": "đặc khu", "q": "quận", "h": "huyện", "p": "phường", "x": "xã"}';
    typed text := translate(lower(normalize(words, NFC) collate pg_c_utf8), '''’ʼ‘`', '');
    part text;
    readings text[] := '{""}';
    spelt text := '';
    with_marks text;
    without_marks text;
    in_one_word text;
begin
    typed := regexp_replace(typed, '\m' || kinds || '(?=\d)', '\1 ', 'g');  -- `Q1`
    typed := ' ' || btrim(regexp_replace(
        typed, '[^[:alnum:]]+' collate pg_unicode_fast, ' ', 'g'));
    typed := btrim(regexp_replace(typed, ' ' || kinds || '(?= )', ' <\1>', 'g'));
    for part in select piece[1] from regexp_matches(typed, '<[^>]+>|[^<]+', 'g') as piece loop
        if part not like '<%' then
            readings := array(select reading || part from unnest(readings) as reading);
            spelt := spelt || part;
        elsif cardinality(readings) < 64 then
            part := btrim(part, '<>');
            readings := array(
                select reading || form
                from unnest(readings) as reading, unnest(array['', part, in_full ->> part]) as form
                where form is not null);
            spelt := spelt || coalesce(in_full ->> part, part);
        end if;
    end loop;
    readings := array(
        select distinct place_key(reading) from unnest(readings) as reading
        where fold(reading) <> '');
    with_marks := '^(' || kinds || ' )?' || replace(spelt, ' ', '\M.*\m') || '\M';
    without_marks := '^(' || kinds || ' )?' || replace(unmarked(spelt), ' ', '\M.*\m') || '\M';
    in_one_word := translate('^' || kinds || '?' || replace(unmarked(spelt), ' ', '.*'), 'y', 'i');
    return query
        select locality_id, min(case
            when key <> reading then 4
            when written ~ with_marks then 0
            when unmarked(written) ~ without_marks then 1
            when translate(unmarked(written), 'y ', 'i') ~ in_one_word then 2
            else 3 end)
        from unnest(readings) as reading
            join locality_name on key between reading and reading || E'\U0010FFFF'
        group by locality_id;
end $$;
