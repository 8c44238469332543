-- Frequent words of models, as ANALYZE last counted them, and the share of models with each.
create or replace view model_word_share as
select word, share
from pg_stats,
    unnest(most_common_elems::text::text[], most_common_elem_freqs) as common (word, share)
where schemaname = current_schema() and tablename = 'emulation_model'
    and attname = 'search' and word is not null;
