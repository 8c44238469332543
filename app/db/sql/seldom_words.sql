-- The terms of a search that stand in the fewest models; enough to ask an index for.
create or replace function seldom_words(query tsquery) returns tsquery
language sql stable strict parallel safe
begin atomic
    select string_agg(term, ' & ')::tsquery
    from (
        select term
        from unnest(string_to_array(query::text, ' & ')) as asked (term)
            left join model_word_share on term = quote_literal(word)
        -- What has no share is rare, unless it stands for several words.
        order by coalesce(share, case when term ~ '[|*]' then 0.01 else 0 end), term
        limit 6
    ) seldom;
end;
