create or replace function learn_words() returns trigger language plpgsql as $$
begin
    if current_setting('kheo.learns_later', true) = 'yes' then
        insert into word_to_learn  -- a temporary table of the transaction
        select distinct found.word
        from new_rows cross join unnest(tsvector_to_array(new_rows.search)) as found (word)
        where not exists (select from search_word known where known.word = found.word);
        return null;
    end if;
    insert into search_word
    select distinct found.word
    from new_rows cross join unnest(tsvector_to_array(new_rows.search)) as found (word)
    where not exists (select from search_word known where known.word = found.word)
    order by found.word  -- one order for all writers, so that they never wait in a circle
    on conflict do nothing;
    return null;
end $$;
