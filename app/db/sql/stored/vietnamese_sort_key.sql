-- Sorts by the Vietnamese alphabet, tones after letters, when compared byte by byte.
--
-- Each letter has a code, from A (a) to ` (y) in the order of the alphabet, where f, j, w and z stand
-- as in dictionaries, and a tone, from 1 to 5 in theirs: huyền, hỏi, ngã, sắc, nặng. translate() looks
-- letters up one after the other: the frequent ones stand first. In PL/pgSQL for the reasons given at
-- first_day.
create or replace function vietnamese_sort_key(value text) returns text
language plpgsql immutable strict parallel safe as $$
declare
    letters constant text := ' nhtgciauođmvrpêxôạlásbeyếơàộảưăâồởợờấdfjkqwzãằẳẵắặầẩẫậèẻẽéẹ'
        'ềểễệìỉĩíịòỏõóọổỗốỡớùủũúụừửữứựỳỷỹýỵ';
    codes constant text := ' RLZKEMA[SGQ]XVI_TAPAYDH`IUATA\BCTUUUCFJNOW^aABBBBBCCCCHHHHH'
        'IIIIMMMMMSSSSSTTTUU[[[[[\\\\\`````';
    tones constant text := '000000000000000000504000040152000125140000000312345123512345'
        '1235123451234523434123451234512345';
    lowered text := lower(
        case when value is nfc normalized then value else normalize(value, NFC) end
        collate pg_c_utf8);
begin
    return translate(lowered, letters, codes)
        || chr(1)
        || regexp_replace(translate(lowered, letters, tones), '[^0-5]', '0', 'g');
end $$;
