create or replace function learn_words() returns trigger language plpgsql as $$
begin
    if current_setting('kheo.learns_later', true) = 'yes' then
        insert into word_to_learn  -- a temporary table of the transaction
        select distinct found.lexeme
        from new_rows cross join unnest(new_rows.search) as found
        where found.positions is not null  -- a sign is no word
            and not exists (select from search_word known where known.word = found.lexeme);
        return null;
    end if;
    insert into search_word
    select distinct found.lexeme
    from new_rows cross join unnest(new_rows.search) as found
    where found.positions is not null
        and not exists (select from search_word known where known.word = found.lexeme)
    order by found.lexeme  -- one order for all writers, so that they never wait in a circle
    on conflict do nothing;
    return null;
end $$;
