-- The words of a text; the last one may have been begun only.
create or replace function place_query(words text) returns tsquery
language sql stable strict parallel safe
return (
    select search_query(words) || coalesce(
        search_query(array_to_string(trim_array(word, 1), ' '))
            && (quote_literal(word[cardinality(word)]) || ':*')::tsquery,
        '')
    from string_to_array(fold(words), ' ') as word);
