"""Functions the tables rest on: folding, sorting, partial dates, search, versions."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"  # f, j, w and z where dictionaries put them
VOWELS = {  # each with its five tones in dictionary order: huyền, hỏi, ngã, sắc, nặng
    "a": "àảãáạ",
    "ă": "ằẳẵắặ",
    "â": "ầẩẫấậ",
    "e": "èẻẽéẹ",
    "ê": "ềểễếệ",
    "i": "ìỉĩíị",
    "o": "òỏõóọ",
    "ô": "ồổỗốộ",
    "ơ": "ờởỡớợ",
    "u": "ùủũúụ",
    "ư": "ừửữứự",
    "y": "ỳỷỹýỵ",
}
TONED = "".join(VOWELS.values())
LETTERS = ALPHABET + TONED
# Each letter becomes one ASCII character in alphabetical order, after space and the digits.
POSITIONS = "".join(chr(ord("A") + i) for i in range(len(ALPHABET)))
LETTER_CODES = POSITIONS + "".join(POSITIONS[ALPHABET.index(vowel)] * 5 for vowel in VOWELS)
CODE_OF = dict(zip(LETTERS, LETTER_CODES, strict=True)) | {" ": " "}
TONE_OF = dict(zip(TONED, "12345" * len(VOWELS), strict=True))
# translate() looks letters up one after the other: the frequent ones stand first.
FREQUENT = " nhtgciauođmvrpêxôạlásbeyếơàộảưăâồởợờấ"
KNOWN = FREQUENT + "".join(letter for letter in LETTERS if letter not in FREQUENT)
KNOWN_CODES = "".join(CODE_OF[letter] for letter in KNOWN)
KNOWN_TONES = "".join(TONE_OF.get(letter, "0") for letter in KNOWN)
NFC = "case when value is nfc normalized then value else normalize(value, NFC) end"
DAY = "make_date(left(partial, 4)::int, substr(partial, 6, 2)::int, right(partial, 2)::int)"
FIRST_OF_MONTH = "make_date(left(partial, 4)::int, right(partial, 2)::int, 1)"
NO_YEAR = """if partial ~ '^--\\d\\d-\\d\\d$' then  -- spans no days, but is checked
            perform make_date(2000, substr(partial, 3, 2)::int, right(partial, 2)::int);
            return null;
        end if;
        return make_date(0, 0, length(partial));  -- raises: it is no partial date"""

STATEMENTS = (
    f"""
    create function fold(value text) returns text
    language sql immutable strict parallel safe
    return btrim(regexp_replace(
        lower(unaccent('unaccent', {NFC}) collate pg_c_utf8),
        '[\\W_]+' collate pg_c_utf8, ' ', 'g'))
    """,
    """
    comment on function fold is
        'Text without case, tones, marks and punctuation, for matching: đ, Đ and Ð become d.'
    """,
    f"""
    create function vietnamese_sort_key(value text) returns text
    language plpgsql immutable strict parallel safe as $$
    declare
        lowered text := lower({NFC} collate pg_c_utf8);
    begin
        return translate(lowered, '{KNOWN}', '{KNOWN_CODES}')
            || chr(1)
            || regexp_replace(translate(lowered, '{KNOWN}', '{KNOWN_TONES}'), '[^0-5]', '0', 'g');
    end $$
    """,
    """
    comment on function vietnamese_sort_key is
        'Sorts by the Vietnamese alphabet, tones after letters, when compared byte by byte.'
    """,
    """
    create function joined(parts text[]) returns text
    language sql immutable strict parallel safe
    return array_to_string(parts, ' ')
    """,
    # In PL/pgSQL, which prepares an expression once in a session: a function in SQL would be taken
    # apart anew by every statement that writes one row. Neither they nor the sort key call another
    # function of ours: a dump is restored without a search path.
    f"""
    create function first_day(partial text) returns date
    language plpgsql immutable strict parallel safe as $$
    begin
        if partial ~ '^\\d{{4}}-\\d\\d-\\d\\d$' then
            return {DAY};
        elsif partial ~ '^\\d{{4}}-\\d\\d$' then
            return {FIRST_OF_MONTH};
        elsif partial ~ '^\\d{{4}}$' then
            return make_date(partial::int, 1, 1);
        end if;
        {NO_YEAR}
    end $$
    """,
    f"""
    create function last_day(partial text) returns date
    language plpgsql immutable strict parallel safe as $$
    begin
        if partial ~ '^\\d{{4}}-\\d\\d-\\d\\d$' then
            return {DAY};
        elsif partial ~ '^\\d{{4}}-\\d\\d$' then
            return {FIRST_OF_MONTH} + interval '1 month - 1 day';
        elsif partial ~ '^\\d{{4}}$' then
            return make_date(partial::int, 12, 31);
        end if;
        {NO_YEAR}
    end $$
    """,
    """
    create function learn_words() returns trigger language plpgsql as $$
    begin
        insert into search_word
        select distinct found.word
        from new_rows cross join unnest(tsvector_to_array(new_rows.search)) as found (word)
        where not exists (select from search_word known where known.word = found.word)
        order by found.word  -- one order for all writers, so that they never wait in a circle
        on conflict do nothing;
        return null;
    end $$
    """,
    """
    create function search_query(words text) returns tsquery
    language plpgsql stable strict parallel safe as $$
    declare
        given text;
        term tsquery;
        result tsquery;
    begin
        foreach given in array string_to_array(fold(words), ' ') loop
            if exists (select from search_word where word = given) then
                term := quote_literal(given)::tsquery;
            elsif exists (select from search_word where word like given || '%') then
                term := (quote_literal(given) || ':*')::tsquery;
            else  -- misspelt: the words nearest to it
                select string_agg(quote_literal(near.word), ' | ')::tsquery into term
                from (
                    select word
                    from search_word
                    where word % given
                        and levenshtein_less_equal(left(word, 60), left(given, 60), 2) <= 2
                    order by levenshtein(left(word, 60), left(given, 60)), word
                    limit 4
                ) near;
                term := coalesce(term, quote_literal(given)::tsquery);
            end if;
            result := case when result is null then term else result && term end;
        end loop;
        return coalesce(result, ''::tsquery);
    end $$
    """,
    """
    comment on function search_query is
        'All words of a text, each as it stands, as a beginning, or corrected by the known words.'
    """,
    """
    create function raise_version() returns trigger language plpgsql as $$
    begin
        new.version := old.version + 1;
        new.updated_at := clock_timestamp();
        return new;
    end $$
    """,
    """
    create function raise_reference_revision() returns trigger language plpgsql as $$
    begin
        update reference_revision set revision = revision + 1;
        return null;
    end $$
    """,
    """
    create function stamp_revision() returns trigger language plpgsql as $$
    begin
        select revision into new.revision from reference_revision;
        return new;
    end $$
    """,
)

FUNCTION_NAMES = (
    "stamp_revision",
    "raise_reference_revision",
    "raise_version",
    "search_query",
    "learn_words",
    "last_day",
    "first_day",
    "joined",
    "vietnamese_sort_key",
    "fold",
)


def upgrade() -> None:
    for extension in ("unaccent", "pg_trgm", "btree_gist", "fuzzystrmatch"):
        op.execute(f"create extension if not exists {extension}")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for name in FUNCTION_NAMES:
        op.execute(f"drop function {name}")
    for extension in ("fuzzystrmatch", "btree_gist", "pg_trgm", "unaccent"):
        op.execute(f"drop extension {extension}")
