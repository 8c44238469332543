-- What a text is searched for: all its words, or its signs where it has no word.
create or replace function search_query(words text) returns tsquery
language plpgsql stable strict parallel safe as $$
declare
    given text;
    term tsquery;
    result tsquery;
begin
    if fold(words) = '' then
        select string_agg('\' || sign, ' & ')::tsquery into result
        from unnest(tsvector_to_array(search_vector(words))) as sign;
    end if;
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
end $$;
