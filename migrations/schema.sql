CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

CREATE FUNCTION public.bump_reference_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update reference_revision set revision = revision + 1;
    return null;
end $$;

CREATE FUNCTION public.bump_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
    return new;
end $$;

CREATE FUNCTION public.change_horizon() RETURNS bigint
    LANGUAGE sql STABLE
    RETURN ((pg_snapshot_xmin(pg_current_snapshot()))::text)::bigint;

CREATE FUNCTION public.check_descent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    generations integer;
begin
    -- One at a time: of two changes that close a circle only together, one must see the other.
    perform pg_advisory_xact_lock(hashtextextended('emulation_model.derived_from', 0));
    with recursive origin (id, generation) as (
        select new.derived_from_id, 1
        union all
        select model.derived_from_id, generation + 1
        from origin join emulation_model model on model.id = origin.id
        where model.derived_from_id is not null and origin.id <> new.id and generation < 100
    ), adopter (id, generation) as (
        select new.id, 0
        union all
        select model.id, generation + 1
        from adopter join emulation_model model on model.derived_from_id = adopter.id
        where generation < 100
    )
    select case when exists (select from origin where id = new.id) then null
        else (select max(generation) from origin)
            + case when tg_op = 'INSERT' then 0
              else (select max(generation) from adopter) end end
    into generations;
    if generations is null then
        raise exclusion_violation
            using table = 'emulation_model', constraint = 'ex_emulation_model_circle';
    elsif generations > 32 then
        raise exclusion_violation
            using table = 'emulation_model', constraint = 'ex_emulation_model_depth';
    end if;
    return null;
end $$;

CREATE FUNCTION public.classify_placement() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    loop
        select id into new.province_class_id from province_class
        where first_province_id is not distinct from new.first_province_id
            and recorded_province_id is not distinct from new.ancestors[2]
            and last_province_id is not distinct from new.province_id;
        if found then
            return new;
        end if;
        insert into province_class (first_province_id, recorded_province_id, last_province_id)
        values (new.first_province_id, new.ancestors[2], new.province_id) on conflict do nothing;
    end loop;
end $$;

CREATE FUNCTION public.copy_host_kind() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.host_kind := (select kind from organisation where id = new.host_id);
    return new;
end $$;

CREATE FUNCTION public.first_day(partial text) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
begin
    if partial ~ '^\d{4}-\d\d-\d\d$' then
        return make_date(left(partial, 4)::int, substr(partial, 6, 2)::int, right(partial, 2)::int);
    elsif partial ~ '^\d{4}-\d\d$' then
        return make_date(left(partial, 4)::int, right(partial, 2)::int, 1);
    elsif partial ~ '^\d{4}$' then
        return make_date(partial::int, 1, 1);
    elsif partial ~ '^--\d\d-\d\d$' then  -- spans no days, but is checked
        perform make_date(2000, substr(partial, 3, 2)::int, right(partial, 2)::int);
        return null;
    end if;
    return make_date(0, 0, length(partial));  -- raises
end $_$;

CREATE FUNCTION public.unmarked(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower((public.unaccent('public.unaccent'::regdictionary, CASE WHEN (value IS NFKC NORMALIZED) THEN value ELSE NORMALIZE(value, NFKC) END) COLLATE pg_c_utf8));

CREATE FUNCTION public.fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(regexp_replace(public.unmarked(value), ('[^[:alnum:]]+'::text COLLATE pg_unicode_fast), ' '::text, 'g'::text), '(\S{255})\S+'::text, '\1'::text, 'g'::text));

CREATE FUNCTION public.follow_placements() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
declare
    units uuid[];
    placements integer[];
    placed record;
begin
    if tg_op = 'INSERT' then
        units := array(select distinct locality_id from new_rows);
    else
        units := array(select locality_id from new_rows union select locality_id from old_rows);
    end if;
    placements := array(select id from locality_placement where locality_id = any(units));

    for placed in
        select tgrelid::regclass as name, arguments[1] as place, nullif(arguments[2], '') as day
        from pg_trigger, string_to_array(encode(tgargs, 'escape'), '\000') as arguments
        where tgfoid = 'place_thing'::regproc
        order by tgrelid
    loop
        execute format(
            'update %1$s set placement_id = null
             where placement_id = any($1)
                 and placement_id is distinct from placement_on(%2$I, first_day(%3$s::text))
                 or placement_id is null and %2$I = any($2)',
            placed.name, placed.place, coalesce(quote_ident(placed.day), 'null'))
        using placements, units;
    end loop;

    update award_decision t set placement_id = null
    where t.placement_id = any(placements)
        and (t.placement_id is distinct from placement_on(
                (select locality_id from organisation where id = t.authority_id),
                first_day(t.issued_on))
            or t.province_class_id is distinct from (
                select p.province_class_id from locality_placement p where p.id = t.placement_id));
    update award_decision t set placement_id = null
    where t.placement_id is null
        and (select locality_id from organisation where id = t.authority_id) = any(units);

    update dataset t set placement_id = null
    from (
        select id, coalesce(
            subject_locality_id,
            (select locality_id from organisation where id = subject_organisation_id),
            (select locality_id from event where id = subject_event_id),
            (select locality_id from emulation_model where id = subject_model_id)) as place
        from dataset
    ) subject
    where subject.id = t.id
        and (t.placement_id = any(placements)
            and t.placement_id is distinct from placement_on(
                place, coalesce(t.period_end, last_day(t.observed_through)))
            or t.placement_id is null and place = any(units));

    update emulation_model t set placement_id = null
    where t.placement_id = any(placements)
        and (t.placement_id is distinct from placement_on(t.locality_id, t.dated_on)
            or t.province_class_id is distinct from (
                select p.province_class_id from locality_placement p where p.id = t.placement_id));
    update emulation_model t set placement_id = null
    where t.placement_id is null and t.locality_id = any(units);
    return null;
end $_$;

CREATE FUNCTION public.joined(parts text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_string(parts, ' '::text);

CREATE FUNCTION public.last_day(partial text) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
begin
    if partial ~ '^\d{4}-\d\d-\d\d$' then
        return make_date(left(partial, 4)::int, substr(partial, 6, 2)::int, right(partial, 2)::int);
    elsif partial ~ '^\d{4}-\d\d$' then
        return make_date(left(partial, 4)::int, right(partial, 2)::int, 1)
            + interval '1 month - 1 day';
    elsif partial ~ '^\d{4}$' then
        return make_date(partial::int, 12, 31);
    elsif partial ~ '^--\d\d-\d\d$' then  -- spans no days, but is checked
        perform make_date(2000, substr(partial, 3, 2)::int, right(partial, 2)::int);
        return null;
    end if;
    return make_date(0, 0, length(partial));  -- raises
end $_$;

CREATE FUNCTION public.learn_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_commended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op <> 'DELETE' then
        perform from emulation_model where id in (select model_id from new_rows) and not commended
        order by id for no key update;
        update emulation_model set commended = true where id in (select model_id from new_rows) and
            not commended;
    end if;
    if tg_op <> 'INSERT' then
        perform from emulation_model where id in (select model_id from old_rows) and commended
        order by id for update;
        update emulation_model model set commended = false
        where id in (select model_id from old_rows) and commended
        and not exists (select from award_recipient where model_id = model.id);
    end if;
    return null;
end $$;

CREATE FUNCTION public.mark_replicated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op <> 'DELETE' then
        perform from emulation_model where id in (select new.derived_from_id) and not replicated
        order by id for no key update;
        update emulation_model set replicated = true where id in (select new.derived_from_id) and
            not replicated;
    end if;
    if tg_op <> 'INSERT' then
        perform from emulation_model where id in (select old.derived_from_id) and replicated
        order by id for update;
        update emulation_model model set replicated = false
        where id in (select old.derived_from_id) and replicated
        and not exists (select from emulation_model where derived_from_id = model.id);
    end if;
    return null;
end $$;

CREATE FUNCTION public.note_criteria_set() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        case tg_op when 'DELETE' then '{}' else array_remove(array[placement_on(
            (select locality_id from organisation where id = thing.owner_id for share),
            null)], null) end
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_dataset() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select 'publications', thing.id, thing.version,
        array(
            select distinct placement_id from dataset
            where publication_id = thing.id and placement_id is not null)
    from publication thing
    where thing.id in (select publication_id from changed)
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_document() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        case tg_op when 'DELETE' then '{}' else array_remove(array[placement_on(
            (select locality_id from organisation where id = thing.issuer_id for share),
            first_day(thing.issued_on))], null) end
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_locality() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        array(
            select id from locality_placement where locality_id = thing.id)
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_locality_part() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    changed uuid[] := '{}';
    successors uuid[] := '{}';
begin
    if tg_table_name <> 'locality_succession' then
        if tg_op <> 'DELETE' then
            changed := array(select locality_id from new_rows);
        end if;
        if tg_op <> 'INSERT' then
            changed := changed || array(select locality_id from old_rows);
        end if;
    else
        if tg_op <> 'DELETE' then
            changed := array(select predecessor_id from new_rows);
            successors := array(select successor_id from new_rows);
        end if;
        if tg_op <> 'INSERT' then
            changed := changed || array(select predecessor_id from old_rows);
            successors := successors || array(select successor_id from old_rows);
        end if;
    end if;
    update locality set life = life where id = any(changed) and updated_at < now();
    perform note_start();
    insert into change as known (type, id, version, places)
    select 'localities', thing.id, thing.version,
        array(
            select id from locality_placement where locality_id = thing.id)
    from locality thing
    where thing.id = any(changed || successors)
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_placed_thing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        case tg_op when 'DELETE' then '{}' else array_remove(array[thing.placement_id], null) end
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_publication() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform note_start();
    insert into change as known (type, id, version, places)
    select tg_argv[0], thing.id, thing.version,
        array(
            select distinct placement_id from dataset
            where publication_id = thing.id and placement_id is not null)
    from changed thing
    order by thing.id
    on conflict (type, id) do update set
        xid = excluded.xid,
        version = excluded.version,
        changed_at = excluded.changed_at,
        places = excluded.places,
        left_places = case when known.places = excluded.places then known.left_places else
            array(
                select distinct place from unnest(known.left_places || known.places) place
                where place <> all (excluded.places)) end;
    return null;
end $$;

CREATE FUNCTION public.note_start() RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    this text := current_setting('kheo.start', true);  -- asked once in a session
begin
    if coalesce(this, '') = '' then
        this := set_config('kheo.start', this_start(), false);
    end if;
    if exists (select from database_start where name = this)
        -- Another transaction is about to: a write must not wait for it.
        or not pg_try_advisory_xact_lock(hashtextextended('database_start', 0))
    then
        return;
    end if;
    if exists (
        select from database_start
        where split_part(name, '/', 1) <> split_part(this, '/', 1)
            or split_part(name, '/', 2) <> split_part(this, '/', 2))
    then  -- it came here by a dump or a copy: numbers of transactions mean nothing here
        delete from database_start;
        update change set xid = pg_current_xact_id()::text::bigint;
    end if;
    insert into database_start (name, begins)
    values (this, change_horizon());
end $$;

CREATE FUNCTION public.place_award_decision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.placement_id := placement_on(
        (select locality_id from organisation where id = new.authority_id for share),
        first_day(new.issued_on));
    select province_id, province_class_id into new.province_id, new.province_class_id
    from locality_placement where id = new.placement_id;
    return new;
end $$;

CREATE FUNCTION public.place_dataset() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.placement_id := placement_on(
        coalesce(
            new.subject_locality_id,
            (select locality_id from organisation where id = new.subject_organisation_id for share),
            (select locality_id from event where id = new.subject_event_id for share),
            (select locality_id from emulation_model where id = new.subject_model_id for share)),
        coalesce(new.period_end, last_day(new.observed_through)));
    return new;
end $$;

CREATE FUNCTION public.place_dependents() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
declare
    dependent text;
begin
    foreach dependent in array tg_argv loop
        execute format(
            'update %1$I set %2$I = $1 where %2$I = $1',
            split_part(dependent, '.', 1), split_part(dependent, '.', 2)) using new.id;
    end loop;
    return null;
end $_$;

CREATE FUNCTION public.place_emulation_model() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.dated_on := coalesce(
        first_day(new.registered_on),
        first_day(new.recognised_on),
        first_day(new.started_on),
        (select end_on from campaign_period where id = new.campaign_period_id for share));
    new.placement_id := placement_on(new.locality_id, new.dated_on);
    select province_id, province_class_id into new.province_id, new.province_class_id
    from locality_placement where id = new.placement_id;
    return new;
end $$;

CREATE FUNCTION public.place_models_of_period() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update emulation_model set campaign_period_id = new.id
    where campaign_period_id = new.id
        and registered_on is null and recognised_on is null and started_on is null;
    return null;
end $$;

CREATE FUNCTION public.place_thing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    columns jsonb := to_jsonb(new);
begin
    new.placement_id := placement_on(
        (columns ->> tg_argv[0])::uuid, first_day(columns ->> tg_argv[1]));
    return new;
end $$;

CREATE TABLE public.locality_placement (
    id integer NOT NULL,
    locality_id uuid NOT NULL,
    valid daterange NOT NULL,
    ancestors uuid[] NOT NULL,
    within uuid[] NOT NULL,
    province_id uuid,
    first_province_id uuid,
    province_class_id smallint NOT NULL
);

CREATE FUNCTION public.placement_on(place uuid, day date) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((SELECT locality_placement.id FROM public.locality_placement WHERE ((locality_placement.locality_id = placement_on.place) AND (lower_inf(locality_placement.valid) OR (lower(locality_placement.valid) <= COALESCE(placement_on.day, 'infinity'::date)))) ORDER BY (lower(locality_placement.valid)) DESC NULLS LAST LIMIT 1), (SELECT locality_placement.id FROM public.locality_placement WHERE (locality_placement.locality_id = placement_on.place) ORDER BY (lower(locality_placement.valid)) LIMIT 1));

CREATE FUNCTION public.refuse_change_of_audit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin  -- a redaction, which takes a personal name out, says so for its transaction
    if tg_op = 'UPDATE' and current_setting('kheo.redacts', true) = 'yes'
        and (new.id, new.at, new.agency_id, new.key_id, new.request_id, new.action)
            = (old.id, old.at, old.agency_id, old.key_id, old.request_id, old.action)
    then
        return new;
    end if;
    raise exception 'the audit cannot be changed' using errcode = '42501';
end $$;

CREATE FUNCTION public.refuse_ids_of_deleted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from new_rows join deleted_thing using (id)) then
        raise unique_violation
        using table = tg_table_name, constraint = 'pk_' || tg_table_name;
    end if;
    return null;
end $$;

CREATE FUNCTION public.roll_up_award() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    sign integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
    if tg_op = 'UPDATE' then
        perform from award_decision
        where id in (select decision_id from new_rows union select decision_id from old_rows)
        order by id for share;
        insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
            level, status, issued_year, count)
        select province_class_id, campaign_period_id, form, participant_kind, level, status,
            extract(year from issued_on_first), sum(one * count)
        from (select 1 as one, * from new_rows union all select -1, * from old_rows) line
            join award_decision decision on decision.id = decision_id
        group by 1, 2, 3, 4, 5, 6, 7
        having sum(one * count) <> 0;
    else
        perform from award_decision where id in (select decision_id from written)
        order by id for share;
        insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
            level, status, issued_year, count)
        select province_class_id, campaign_period_id, form, participant_kind, level, status,
            extract(year from issued_on_first), sign * sum(count)
        from written join award_decision decision on decision.id = decision_id
        group by 1, 2, 3, 4, 5, 6, 7;
    end if;
    return null;
end $$;

CREATE FUNCTION public.roll_up_award_decision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into award_roll_up (province_class_id, campaign_period_id, form, participant_kind,
        level, status, issued_year, count)
    select province_class_id, campaign_period_id, form, participant_kind, level, status,
        extract(year from issued_on_first), sum(one * count)
    from (select 1 as one, * from new_rows union all select -1, * from old_rows) decision
        join award line on line.decision_id = decision.id
    group by 1, 2, 3, 4, 5, 6, 7
    having sum(one * count) <> 0;
    return null;
end $$;

CREATE FUNCTION public.roll_up_model() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    sign integer := case tg_op when 'DELETE' then -1 else 1 end;
begin
    if tg_op = 'UPDATE' then
        insert into model_roll_up (province_class_id, campaign_period_id, field, participant_kind,
            state, count, registered, recognised, commended, replicated)
        select province_class_id, campaign_period_id, field, participant_kind, state,
            sum(one),
            coalesce(sum(one) filter (where registered_level is not null), 0),
            coalesce(sum(one) filter (where recognised_level is not null), 0),
            coalesce(sum(one) filter (where commended), 0),
            coalesce(sum(one) filter (where replicated), 0)
        from (select 1 as one, * from new_rows union all select -1, * from old_rows) written
        group by 1, 2, 3, 4, 5
        having sum(one) <> 0
            or sum(one) filter (where registered_level is not null) <> 0
            or sum(one) filter (where recognised_level is not null) <> 0
            or sum(one) filter (where commended) <> 0
            or sum(one) filter (where replicated) <> 0;
    else
        insert into model_roll_up (province_class_id, campaign_period_id, field, participant_kind,
            state, count, registered, recognised, commended, replicated)
        select province_class_id, campaign_period_id, field, participant_kind, state,
            sign * count(*),
            sign * count(registered_level),
            sign * count(recognised_level),
            sign * count(*) filter (where commended),
            sign * count(*) filter (where replicated)
        from written
        group by 1, 2, 3, 4, 5;
    end if;
    return null;
end $$;

CREATE FUNCTION public.search_query(words text) RETURNS tsquery
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
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

CREATE FUNCTION public.search_vector(value text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (COALESCE(((replace(NULLIF(public.fold(value), ''::text), ' '::text, ':1 '::text) || ':1'::text))::tsvector, ''::tsvector) || array_to_tsvector(COALESCE(string_to_array(NULLIF(regexp_replace(public.unmarked(value), ('[[:alnum:][:space:]]+'::text COLLATE pg_unicode_fast), ''::text, 'g'::text), ''::text), NULL::text), '{}'::text[])));

CREATE VIEW public.model_word_share AS
 SELECT common.word,
    common.share
   FROM pg_stats,
    LATERAL UNNEST(((pg_stats.most_common_elems)::text)::text[], pg_stats.most_common_elem_freqs) common(word, share)
  WHERE ((pg_stats.schemaname = "current_schema"()) AND (pg_stats.tablename = 'emulation_model'::name) AND (pg_stats.attname = 'search'::name) AND (common.word IS NOT NULL));

CREATE FUNCTION public.seldom_words(query tsquery) RETURNS tsquery
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
 SELECT (string_agg(seldom.term, ' & '::text))::tsquery AS string_agg
    FROM ( SELECT asked.term
            FROM (unnest(string_to_array((seldom_words.query)::text, ' & '::text)) asked(term)
              LEFT JOIN public.model_word_share ON ((asked.term = quote_literal(model_word_share.word))))
           ORDER BY COALESCE(model_word_share.share, (
                 CASE
                     WHEN (asked.term ~ '[|*]'::text) THEN 0.01
                     ELSE (0)::numeric
                 END)::real), asked.term
          LIMIT 6) seldom;
END;

CREATE FUNCTION public.stamp_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    select revision into new.revision from reference_revision;
    return new;
end $$;

CREATE FUNCTION public.strike_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    delete from award where decision_id = old.id;
    return old;
end $$;

CREATE FUNCTION public.this_start() RETURNS text
    LANGUAGE sql STABLE
    RETURN concat_ws('/'::text, (SELECT pg_control_system.system_identifier FROM pg_control_system() pg_control_system(pg_control_version, catalog_version_no, system_identifier, pg_control_last_modified)), (SELECT pg_database.oid FROM pg_database WHERE (pg_database.datname = current_database())), CASE WHEN (NOT pg_is_in_recovery()) THEN "left"(pg_walfile_name(pg_current_wal_lsn()), 8) ELSE NULL::text END, EXTRACT(epoch FROM pg_postmaster_start_time()));

CREATE FUNCTION public.vietnamese_sort_key(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
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

CREATE TABLE public.agency (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    name text NOT NULL,
    organisation_id uuid,
    locality_id uuid NOT NULL,
    roles text[] NOT NULL,
    levels text[] NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE public.agency_key (
    id uuid NOT NULL,
    agency_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    digest bytea NOT NULL,
    roles text[] NOT NULL,
    expires_on date,
    revoked_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    levels text[] DEFAULT '{}'::text[] NOT NULL,
    parent_id uuid
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.applied_sql (
    key text NOT NULL,
    "position" integer NOT NULL,
    digest text NOT NULL,
    release text NOT NULL
);

CREATE TABLE public.appraisal_score (
    appraisal_id uuid NOT NULL,
    criterion text NOT NULL,
    criteria_set_id uuid NOT NULL,
    score numeric NOT NULL,
    note text,
    CONSTRAINT ck_appraisal_score_score CHECK ((score >= (0)::numeric))
);

CREATE TABLE public.audit_entry (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    agency_id uuid NOT NULL,
    key_id uuid NOT NULL,
    request_id text NOT NULL,
    action text NOT NULL,
    type text NOT NULL,
    thing_id uuid,
    status smallint NOT NULL,
    before jsonb,
    after jsonb
);

CREATE TABLE public.award (
    id uuid NOT NULL,
    decision_id uuid CONSTRAINT award_decision_id_not_null1 NOT NULL,
    "position" integer NOT NULL,
    form character varying(40) NOT NULL,
    title text,
    merit text,
    participant_kind character varying(40) NOT NULL,
    count integer NOT NULL,
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(COALESCE(title, ''::text)), 'A'::"char") || setweight(public.search_vector(COALESCE(merit, ''::text)), 'B'::"char"))) STORED,
    CONSTRAINT ck_award_awardform CHECK (((form)::text = ANY ((ARRAY['commemorative_medal'::character varying, 'insignia'::character varying, 'merit_certificate'::character varying, 'commendation_certificate'::character varying, 'public_praise'::character varying, 'praise_letter'::character varying, 'emulation_flag'::character varying, 'emulation_title'::character varying, 'order'::character varying, 'medal'::character varying, 'state_honorary_title'::character varying, 'prize'::character varying])::text[]))),
    CONSTRAINT ck_award_count CHECK ((count > 0)),
    CONSTRAINT ck_award_participantkind CHECK (((participant_kind)::text = ANY ((ARRAY['collective'::character varying, 'individual'::character varying, 'household'::character varying])::text[])))
);

CREATE TABLE public.award_decision (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    number text,
    issued_on text,
    issued_on_first date GENERATED ALWAYS AS (public.first_day(issued_on)) STORED,
    issued_on_last date GENERATED ALWAYS AS (public.last_day(issued_on)) STORED,
    authority_id uuid NOT NULL,
    capacity character varying(40) NOT NULL,
    signer text,
    level character varying(40) NOT NULL,
    event_id uuid,
    campaign_period_id uuid,
    occasion text,
    status character varying(40) NOT NULL,
    status_reason text,
    status_on date,
    verification_code text NOT NULL,
    placement_id integer,
    province_id uuid,
    agency_id uuid,
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(COALESCE(number, ''::text)), 'A'::"char") || setweight(public.search_vector(COALESCE(occasion, ''::text)), 'B'::"char"))) STORED,
    province_class_id smallint,
    CONSTRAINT ck_award_decision_authoritycapacity CHECK (((capacity)::text = ANY ((ARRAY['as_body'::character varying, 'as_head'::character varying])::text[]))),
    CONSTRAINT ck_award_decision_awardstatus CHECK (((status)::text = ANY ((ARRAY['issued'::character varying, 'corrected'::character varying, 'revoked'::character varying])::text[]))),
    CONSTRAINT ck_award_decision_level CHECK (((level)::text = ANY ((ARRAY['grassroots'::character varying, 'district'::character varying, 'province'::character varying, 'central'::character varying])::text[]))),
    CONSTRAINT ck_award_decision_revocation CHECK ((((status)::text <> 'revoked'::text) OR ((status_reason IS NOT NULL) AND (status_on IS NOT NULL))))
);
ALTER TABLE ONLY public.award_decision ALTER COLUMN campaign_period_id SET STATISTICS 1000;

CREATE TABLE public.award_decision_correction (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    agency_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    document_id uuid,
    changed json NOT NULL
);

CREATE TABLE public.award_decision_revocation (
    decision_id uuid NOT NULL,
    reason text NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    agency_id uuid NOT NULL,
    effective_on date NOT NULL
);

CREATE TABLE public.award_recipient (
    id uuid NOT NULL,
    award_id uuid NOT NULL,
    award_count integer NOT NULL,
    "position" integer NOT NULL,
    name text NOT NULL,
    organisation_id uuid,
    locality_id uuid,
    model_id uuid,
    search tsvector GENERATED ALWAYS AS (setweight(public.search_vector(name), 'A'::"char")) STORED,
    CONSTRAINT ck_award_recipient_within_count CHECK ((("position" >= 1) AND ("position" <= award_count)))
);

CREATE TABLE public.award_roll_up (
    province_class_id smallint,
    campaign_period_id uuid,
    form text,
    participant_kind text,
    level text,
    status text,
    issued_year integer,
    count bigint NOT NULL,
    settled boolean DEFAULT false NOT NULL
);

CREATE TABLE public.campaign_period (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    name text NOT NULL,
    kind character varying(40) NOT NULL,
    locality_id uuid,
    organisation_id uuid,
    start_on date NOT NULL,
    end_on date,
    "precision" character varying(40) NOT NULL,
    stated_duration text,
    theme text,
    parent_id uuid,
    placement_id integer,
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(name), 'A'::"char") || setweight(public.search_vector(COALESCE(theme, ''::text)), 'B'::"char"))) STORED,
    revision bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT ck_campaign_period_campaignkind CHECK (((kind)::text = ANY ((ARRAY['multi_year'::character varying, 'annual'::character varying, 'drive'::character varying])::text[]))),
    CONSTRAINT ck_campaign_period_dateprecision CHECK ((("precision")::text = ANY ((ARRAY['day'::character varying, 'day_without_year'::character varying, 'month'::character varying, 'year'::character varying])::text[]))),
    CONSTRAINT ck_campaign_period_nesting CHECK ((parent_id <> id)),
    CONSTRAINT ck_campaign_period_order CHECK ((start_on <= end_on))
);

CREATE TABLE public.campaign_period_document (
    campaign_period_id uuid NOT NULL,
    document_id uuid NOT NULL,
    role character varying(40) NOT NULL,
    CONSTRAINT ck_campaign_period_document_documentrole CHECK (((role)::text = ANY ((ARRAY['launches'::character varying, 'guides'::character varying, 'mandates_report'::character varying, 'decides'::character varying, 'amends'::character varying, 'revokes'::character varying, 'cites'::character varying])::text[])))
);

CREATE TABLE public.change (
    type text NOT NULL,
    id uuid NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    version integer NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    places integer[] NOT NULL,
    left_places integer[] DEFAULT '{}'::integer[] NOT NULL
);

CREATE VIEW public.counted_award AS
 SELECT decision.province_class_id,
    decision.campaign_period_id,
    award.form,
    award.participant_kind,
    decision.level,
    decision.status,
    (EXTRACT(year FROM decision.issued_on_first))::integer AS issued_year,
    award.count
   FROM (public.award
     JOIN public.award_decision decision ON ((decision.id = award.decision_id)));

CREATE TABLE public.emulation_model (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    title text NOT NULL,
    aliases text[] NOT NULL,
    summary text,
    field character varying(40),
    participant_kind character varying(40),
    locality_id uuid NOT NULL,
    host_id uuid,
    owner_name text,
    campaign_period_id uuid,
    objective text,
    target text,
    started_on text,
    distinct_because text,
    derived_from_id uuid,
    merged_into_id uuid,
    transition character varying(40),
    state character varying(40),
    registered_level character varying(40),
    registered_on text,
    registered_on_first date GENERATED ALWAYS AS (public.first_day(registered_on)) STORED,
    registered_on_last date GENERATED ALWAYS AS (public.last_day(registered_on)) STORED,
    recognised_level character varying(40),
    recognised_on text,
    recognised_on_first date GENERATED ALWAYS AS (public.first_day(recognised_on)) STORED,
    recognised_on_last date GENERATED ALWAYS AS (public.last_day(recognised_on)) STORED,
    dated_on date,
    placement_id integer,
    province_id uuid,
    agency_id uuid,
    sort_key text GENERATED ALWAYS AS (public.vietnamese_sort_key(title)) STORED NOT NULL COLLATE pg_catalog."C",
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(((title || ' '::text) || public.joined(aliases))), 'A'::"char") || setweight(public.search_vector(COALESCE(summary, ''::text)), 'B'::"char"))) STORED,
    commended boolean DEFAULT false NOT NULL,
    replicated boolean DEFAULT false NOT NULL,
    province_class_id smallint,
    registered_year integer GENERATED ALWAYS AS (
CASE
    WHEN (registered_on !~~ '-%'::text) THEN ("left"(registered_on, 4))::integer
    ELSE NULL::integer
END) STORED,
    recognised_year integer GENERATED ALWAYS AS (
CASE
    WHEN (recognised_on !~~ '-%'::text) THEN ("left"(recognised_on, 4))::integer
    ELSE NULL::integer
END) STORED,
    host_kind text,
    CONSTRAINT ck_emulation_model_merge CHECK ((merged_into_id <> id)),
    CONSTRAINT ck_emulation_model_movementfield CHECK (((field)::text = ANY ((ARRAY['economy'::character varying, 'culture_society'::character varying, 'defence_security'::character varying, 'political_system'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_emulation_model_origin CHECK ((derived_from_id <> id)),
    CONSTRAINT ck_emulation_model_participantkind CHECK (((participant_kind)::text = ANY ((ARRAY['collective'::character varying, 'individual'::character varying, 'household'::character varying])::text[]))),
    CONSTRAINT ck_emulation_model_recognised_level CHECK (((recognised_level)::text = ANY ((ARRAY['grassroots'::character varying, 'district'::character varying, 'province'::character varying, 'central'::character varying])::text[]))),
    CONSTRAINT ck_emulation_model_registered_level CHECK (((registered_level)::text = ANY ((ARRAY['grassroots'::character varying, 'district'::character varying, 'province'::character varying, 'central'::character varying])::text[]))),
    CONSTRAINT ck_emulation_model_state CHECK (((state)::text = ANY ((ARRAY['draft'::character varying, 'registered'::character varying, 'under_survey'::character varying, 'returned'::character varying, 'recognised'::character varying, 'not_recognised'::character varying, 'replicating'::character varying, 'suspended'::character varying, 'ended'::character varying, 'withdrawn'::character varying, 'merged'::character varying])::text[]))),
    CONSTRAINT ck_emulation_model_transition CHECK (((transition)::text = ANY ((ARRAY['draft'::character varying, 'registered'::character varying, 'under_survey'::character varying, 'returned'::character varying, 'recognised'::character varying, 'not_recognised'::character varying, 'replicating'::character varying, 'suspended'::character varying, 'ended'::character varying, 'withdrawn'::character varying, 'merged'::character varying])::text[])))
);

CREATE VIEW public.counted_model AS
 SELECT province_class_id,
    campaign_period_id,
    field,
    participant_kind,
    state,
    1 AS count,
    ((registered_level IS NOT NULL))::integer AS registered,
    ((recognised_level IS NOT NULL))::integer AS recognised,
    ((EXISTS ( SELECT
           FROM public.award_recipient
          WHERE (award_recipient.model_id = model.id))))::integer AS commended,
    ((EXISTS ( SELECT
           FROM public.emulation_model adopter
          WHERE (adopter.derived_from_id = model.id))))::integer AS replicated
   FROM public.emulation_model model;

CREATE TABLE public.criteria_set (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    name text NOT NULL,
    owner_id uuid NOT NULL,
    number integer NOT NULL,
    supersedes_id uuid,
    valid_from date,
    frozen boolean DEFAULT false NOT NULL,
    agency_id uuid,
    sort_key text GENERATED ALWAYS AS (public.vietnamese_sort_key(name)) STORED NOT NULL COLLATE pg_catalog."C",
    search tsvector GENERATED ALWAYS AS (setweight(public.search_vector(name), 'A'::"char")) STORED,
    CONSTRAINT ck_criteria_set_number CHECK ((number > 0)),
    CONSTRAINT ck_criteria_set_order CHECK ((supersedes_id <> id))
);

CREATE TABLE public.criterion (
    criteria_set_id uuid NOT NULL,
    code text NOT NULL,
    "position" integer NOT NULL,
    label text NOT NULL,
    max_score numeric NOT NULL,
    CONSTRAINT ck_criterion_max_score CHECK ((max_score > (0)::numeric))
);

CREATE TABLE public.database_start (
    number integer NOT NULL,
    token uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    begins bigint NOT NULL
);

ALTER TABLE public.database_start ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.database_start_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dataset (
    id uuid NOT NULL,
    publication_id uuid NOT NULL,
    "position" integer NOT NULL,
    label text,
    subject_locality_id uuid,
    subject_organisation_id uuid,
    subject_event_id uuid,
    subject_model_id uuid,
    reported_by_id uuid,
    measure text NOT NULL,
    claim_status character varying(40) NOT NULL,
    levels text[] NOT NULL,
    period_start date,
    period_end date,
    period_precision character varying(40),
    period_wording text,
    observed_through text,
    observed_through_last date GENERATED ALWAYS AS (public.last_day(observed_through)) STORED,
    unit text,
    labels jsonb NOT NULL,
    overlapping text[] NOT NULL,
    note text,
    placement_id integer,
    CONSTRAINT ck_dataset_claimstatus CHECK (((claim_status)::text = ANY ((ARRAY['result'::character varying, 'target'::character varying, 'proposed'::character varying])::text[]))),
    CONSTRAINT ck_dataset_dateprecision CHECK (((period_precision)::text = ANY ((ARRAY['day'::character varying, 'day_without_year'::character varying, 'month'::character varying, 'year'::character varying])::text[]))),
    CONSTRAINT ck_dataset_period CHECK ((period_start <= period_end)),
    CONSTRAINT ck_dataset_subject CHECK ((num_nonnulls(subject_locality_id, subject_organisation_id, subject_event_id, subject_model_id) = 1))
);

CREATE TABLE public.deleted_thing (
    id uuid NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    agency_id uuid NOT NULL,
    content json,
    deleted_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.document (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    number text,
    kind character varying(40) NOT NULL,
    family character varying(40),
    issuer_id uuid,
    issued_on text,
    issued_on_first date GENERATED ALWAYS AS (public.first_day(issued_on)) STORED,
    issued_on_last date GENERATED ALWAYS AS (public.last_day(issued_on)) STORED,
    title text NOT NULL,
    url text,
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(title), 'A'::"char") || setweight(public.search_vector(COALESCE(number, ''::text)), 'B'::"char"))) STORED,
    CONSTRAINT ck_document_documentfamily CHECK (((family)::text = ANY ((ARRAY['party'::character varying, 'state'::character varying, 'front'::character varying])::text[]))),
    CONSTRAINT ck_document_documentkind CHECK (((kind)::text = ANY ((ARRAY['law'::character varying, 'decree'::character varying, 'circular'::character varying, 'resolution'::character varying, 'directive'::character varying, 'decision'::character varying, 'regulation'::character varying, 'plan'::character varying, 'official_letter'::character varying, 'guidance'::character varying, 'report'::character varying, 'conclusion'::character varying, 'programme'::character varying, 'notice'::character varying, 'news_article'::character varying, 'other'::character varying])::text[])))
);

CREATE TABLE public.event (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kind character varying(40) NOT NULL,
    name text NOT NULL,
    held_on text,
    held_on_first date GENERATED ALWAYS AS (public.first_day(held_on)) STORED,
    held_on_last date GENERATED ALWAYS AS (public.last_day(held_on)) STORED,
    ends_on text,
    ends_on_last date GENERATED ALWAYS AS (public.last_day(ends_on)) STORED,
    locality_id uuid NOT NULL,
    campaign_period_id uuid,
    organiser_id uuid,
    description text,
    placement_id integer,
    search tsvector GENERATED ALWAYS AS ((setweight(public.search_vector(name), 'A'::"char") || setweight(public.search_vector(COALESCE(description, ''::text)), 'B'::"char"))) STORED,
    CONSTRAINT ck_event_eventkind CHECK (((kind)::text = ANY ((ARRAY['launch'::character varying, 'mid_term_review'::character varying, 'final_review'::character varying, 'survey_visit'::character varying, 'inspection'::character varying, 'training'::character varying, 'contest'::character varying, 'award_ceremony'::character varying, 'dialogue'::character varying, 'meeting'::character varying])::text[]))),
    CONSTRAINT ck_event_order CHECK ((public.first_day(held_on) <= public.last_day(ends_on)))
);

CREATE TABLE public.event_delegation (
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    "position" integer NOT NULL,
    organisation_id uuid,
    name text NOT NULL,
    head text,
    size integer,
    CONSTRAINT ck_event_delegation_size CHECK ((size > 0))
);

CREATE TABLE public.event_visit (
    event_id uuid NOT NULL,
    model_id uuid NOT NULL
);

CREATE TABLE public.figure_check (
    id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    at jsonb NOT NULL,
    dimension text,
    stated numeric NOT NULL,
    stated_by uuid[] NOT NULL,
    computed numeric,
    computed_from uuid[] NOT NULL,
    other_dataset_id uuid,
    status character varying(40) NOT NULL,
    explanations json NOT NULL,
    figures text NOT NULL,
    CONSTRAINT ck_figure_check_checkstatus CHECK (((status)::text = ANY ((ARRAY['consistent'::character varying, 'discrepant'::character varying, 'incomplete'::character varying, 'not_comparable'::character varying])::text[])))
);

CREATE TABLE public.figure_resolution (
    id uuid NOT NULL,
    check_id uuid NOT NULL,
    figures text NOT NULL,
    status character varying(40) NOT NULL,
    note text NOT NULL,
    resolved_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    agency_id uuid NOT NULL,
    lapsed_at timestamp with time zone,
    CONSTRAINT ck_figure_resolution_resolution CHECK (((status)::text = ANY ((ARRAY['explained'::character varying, 'accepted'::character varying, 'source_error'::character varying])::text[])))
);

CREATE TABLE public.idempotent_answer (
    agency_id uuid NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    answered_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.locality (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    level character varying(40) NOT NULL,
    code text,
    life daterange NOT NULL,
    search tsvector,
    revision bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT ck_locality_code CHECK (((code IS NOT NULL) OR ((level)::text = 'hamlet'::text))),
    CONSTRAINT ck_locality_life CHECK ((NOT isempty(life))),
    CONSTRAINT ck_locality_localitylevel CHECK (((level)::text = ANY ((ARRAY['country'::character varying, 'province'::character varying, 'district'::character varying, 'commune'::character varying, 'hamlet'::character varying])::text[])))
);

CREATE SEQUENCE public.locality_placement_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.locality_placement_id_seq OWNED BY public.locality_placement.id;

CREATE TABLE public.locality_succession (
    predecessor_id uuid NOT NULL,
    successor_id uuid NOT NULL,
    extent character varying(40) NOT NULL,
    effective_on date NOT NULL,
    CONSTRAINT ck_locality_succession_extent CHECK (((extent)::text = ANY ((ARRAY['whole'::character varying, 'part'::character varying])::text[])))
);

CREATE TABLE public.locality_version (
    locality_id uuid NOT NULL,
    valid daterange NOT NULL,
    level character varying(40) NOT NULL,
    code text,
    name text NOT NULL,
    full_name text NOT NULL,
    kind character varying(40) NOT NULL,
    parent_id uuid,
    dates_exact boolean NOT NULL,
    sort_key text GENERATED ALWAYS AS (public.vietnamese_sort_key(name)) STORED NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_locality_version_localitykind CHECK (((kind)::text = ANY ((ARRAY['country'::character varying, 'province'::character varying, 'municipality'::character varying, 'rural_district'::character varying, 'urban_district'::character varying, 'district_town'::character varying, 'district_city'::character varying, 'rural_commune'::character varying, 'ward'::character varying, 'township'::character varying, 'special_zone'::character varying, 'ap'::character varying, 'khom'::character varying, 'thon'::character varying, 'ban'::character varying, 'buon'::character varying, 'xom'::character varying, 'to_dan_pho'::character varying, 'khu_pho'::character varying, 'khu_dan_cu'::character varying])::text[]))),
    CONSTRAINT ck_locality_version_localitylevel CHECK (((level)::text = ANY ((ARRAY['country'::character varying, 'province'::character varying, 'district'::character varying, 'commune'::character varying, 'hamlet'::character varying])::text[])))
);

CREATE TABLE public.model_appraisal (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    model_id uuid NOT NULL,
    criteria_set_id uuid NOT NULL,
    appraised_on date NOT NULL,
    agency_id uuid
);

CREATE TABLE public.model_host (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    "position" integer NOT NULL,
    organisation_id uuid NOT NULL
);

CREATE TABLE public.model_inspection (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    model_id uuid NOT NULL,
    inspected_on text NOT NULL,
    inspected_on_first date GENERATED ALWAYS AS (public.first_day(inspected_on)) STORED,
    inspected_on_last date GENERATED ALWAYS AS (public.last_day(inspected_on)) STORED,
    event_id uuid,
    inspectors text[] NOT NULL,
    findings text,
    follow_up_due_on date,
    agency_id uuid
);

CREATE TABLE public.model_locality (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    "position" integer NOT NULL,
    locality_id uuid NOT NULL
);

CREATE TABLE public.model_outcome (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    "position" integer NOT NULL,
    what text NOT NULL,
    amount numeric,
    minimum numeric,
    maximum numeric,
    qualifier character varying(40) NOT NULL,
    unit text,
    period text,
    quote text,
    CONSTRAINT ck_model_outcome_qualifier CHECK (((qualifier)::text = ANY ((ARRAY['exact'::character varying, 'at_least'::character varying, 'at_most'::character varying, 'about'::character varying])::text[]))),
    CONSTRAINT ck_model_outcome_range CHECK ((minimum <= maximum))
);

CREATE TABLE public.model_recognition (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    level character varying(40) NOT NULL,
    recognised boolean NOT NULL,
    decided_on text,
    decided_on_first date GENERATED ALWAYS AS (public.first_day(decided_on)) STORED,
    decided_on_last date GENERATED ALWAYS AS (public.last_day(decided_on)) STORED,
    decided_by_id uuid,
    document_id uuid,
    reason text,
    agency_id uuid,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_recognition_level CHECK (((level)::text = ANY ((ARRAY['grassroots'::character varying, 'district'::character varying, 'province'::character varying, 'central'::character varying])::text[])))
);

CREATE TABLE public.model_registration (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    level character varying(40) NOT NULL,
    registered_on text,
    registered_on_first date GENERATED ALWAYS AS (public.first_day(registered_on)) STORED,
    registered_on_last date GENERATED ALWAYS AS (public.last_day(registered_on)) STORED,
    registered_by_id uuid,
    agency_id uuid,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_model_registration_level CHECK (((level)::text = ANY ((ARRAY['grassroots'::character varying, 'district'::character varying, 'province'::character varying, 'central'::character varying])::text[])))
);

CREATE TABLE public.model_roll_up (
    province_class_id smallint,
    campaign_period_id uuid,
    field text,
    participant_kind text,
    state text,
    count integer NOT NULL,
    registered integer NOT NULL,
    recognised integer NOT NULL,
    commended integer NOT NULL,
    replicated integer NOT NULL,
    settled boolean DEFAULT false NOT NULL
);

CREATE TABLE public.model_source (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    "position" integer NOT NULL,
    document_id uuid,
    url text,
    quote text,
    note text
);

CREATE TABLE public.model_transition (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    model_id uuid NOT NULL,
    step character varying(40) NOT NULL,
    made_on date NOT NULL,
    reason text NOT NULL,
    into_id uuid,
    agency_id uuid,
    CONSTRAINT ck_model_transition_step CHECK (((step)::text = ANY ((ARRAY['register'::character varying, 'inspect'::character varying, 'survey'::character varying, 'appraise'::character varying, 'recognise'::character varying, 'not_recognise'::character varying, 'replicate'::character varying, 'return'::character varying, 'suspend'::character varying, 'end'::character varying, 'withdraw'::character varying, 'resume'::character varying, 'merge'::character varying])::text[])))
);

CREATE TABLE public.observation (
    id uuid NOT NULL,
    dataset_id uuid NOT NULL,
    measure text NOT NULL,
    "position" integer NOT NULL,
    dimensions jsonb NOT NULL,
    amount numeric,
    minimum numeric,
    maximum numeric,
    magnitude text,
    qualifier character varying(40) NOT NULL,
    unit text,
    comparison jsonb,
    note text,
    quote text,
    CONSTRAINT ck_observation_count CHECK (((measure <> ALL (ARRAY['registered'::text, 'built'::text, 'existing'::text, 'effective'::text, 'recognised'::text, 'not_recognised'::text, 'replicated'::text, 'commended'::text])) OR (LEAST(amount, minimum, maximum) >= (0)::numeric))),
    CONSTRAINT ck_observation_qualifier CHECK (((qualifier)::text = ANY ((ARRAY['exact'::character varying, 'at_least'::character varying, 'at_most'::character varying, 'about'::character varying])::text[]))),
    CONSTRAINT ck_observation_range CHECK ((minimum <= maximum))
);

CREATE TABLE public.organisation (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    name text NOT NULL,
    kind character varying(40) NOT NULL,
    tier character varying(40) NOT NULL,
    locality_id uuid,
    parent_id uuid,
    valid_from date,
    valid_to date,
    placement_id integer,
    sort_key text GENERATED ALWAYS AS (public.vietnamese_sort_key(name)) STORED NOT NULL COLLATE pg_catalog."C",
    search tsvector GENERATED ALWAYS AS (setweight(public.search_vector(name), 'A'::"char")) STORED,
    revision bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT ck_organisation_organisationkind CHECK (((kind)::text = ANY ((ARRAY['party_committee'::character varying, 'party_standing_board'::character varying, 'mass_mobilisation_commission'::character varying, 'propaganda_mobilisation_commission'::character varying, 'commune_mobilisation_bloc'::character varying, 'steering_committee'::character varying, 'peoples_council'::character varying, 'peoples_committee'::character varying, 'state_department'::character varying, 'fatherland_front'::character varying, 'womens_union'::character varying, 'farmers_union'::character varying, 'youth_union'::character varying, 'veterans_association'::character varying, 'trade_union'::character varying, 'red_cross'::character varying, 'public_security'::character varying, 'military_command'::character varying, 'border_guard'::character varying, 'judicial_body'::character varying, 'public_service_unit'::character varying, 'enterprise'::character varying, 'cooperative'::character varying, 'community_group'::character varying, 'party_cell'::character varying, 'religious_community'::character varying, 'media_body'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_organisation_organisationtier CHECK (((tier)::text = ANY ((ARRAY['central'::character varying, 'region'::character varying, 'province'::character varying, 'district'::character varying, 'commune'::character varying, 'branch'::character varying])::text[]))),
    CONSTRAINT ck_organisation_validity CHECK ((valid_from < valid_to))
);

CREATE TABLE public.organisation_succession (
    predecessor_id uuid NOT NULL,
    successor_id uuid NOT NULL,
    CONSTRAINT ck_organisation_succession_other CHECK ((predecessor_id <> successor_id))
);

CREATE TABLE public.province_class (
    id smallint NOT NULL,
    first_province_id uuid,
    recorded_province_id uuid,
    last_province_id uuid
);

ALTER TABLE public.province_class ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.province_class_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.publication (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    title text NOT NULL,
    publisher_id uuid,
    url text,
    published_on text,
    published_on_first date GENERATED ALWAYS AS (public.first_day(published_on)) STORED,
    published_on_last date GENERATED ALWAYS AS (public.last_day(published_on)) STORED,
    search tsvector GENERATED ALWAYS AS (setweight(public.search_vector(title), 'A'::"char")) STORED
);

CREATE TABLE public.publication_correction (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    publication_id uuid NOT NULL,
    observation_id uuid NOT NULL,
    reason text NOT NULL,
    changed json NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    agency_id uuid NOT NULL
);

CREATE TABLE public.reference_revision (
    only_row boolean NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT ck_reference_revision_only_row CHECK (only_row)
);

CREATE TABLE public.search_word (
    word text NOT NULL
);

CREATE TABLE public.secret (
    name text NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE public.submission (
    id uuid NOT NULL,
    agency_id uuid NOT NULL,
    digest bytea NOT NULL
);

ALTER TABLE ONLY public.locality_placement ALTER COLUMN id SET DEFAULT nextval('public.locality_placement_id_seq'::regclass);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.agency
    ADD CONSTRAINT pk_agency PRIMARY KEY (id);

ALTER TABLE ONLY public.agency_key
    ADD CONSTRAINT pk_agency_key PRIMARY KEY (id);

ALTER TABLE ONLY public.applied_sql
    ADD CONSTRAINT pk_applied_sql PRIMARY KEY (key);

ALTER TABLE ONLY public.appraisal_score
    ADD CONSTRAINT pk_appraisal_score PRIMARY KEY (appraisal_id, criterion);

ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT pk_audit_entry PRIMARY KEY (id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT pk_award PRIMARY KEY (id);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT pk_award_decision PRIMARY KEY (id);

ALTER TABLE ONLY public.award_decision_correction
    ADD CONSTRAINT pk_award_decision_correction PRIMARY KEY (id);

ALTER TABLE ONLY public.award_decision_revocation
    ADD CONSTRAINT pk_award_decision_revocation PRIMARY KEY (decision_id);

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT pk_award_recipient PRIMARY KEY (id);

ALTER TABLE ONLY public.campaign_period
    ADD CONSTRAINT pk_campaign_period PRIMARY KEY (id);

ALTER TABLE ONLY public.campaign_period_document
    ADD CONSTRAINT pk_campaign_period_document PRIMARY KEY (campaign_period_id, document_id, role);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT pk_change PRIMARY KEY (type, id);

ALTER TABLE ONLY public.criteria_set
    ADD CONSTRAINT pk_criteria_set PRIMARY KEY (id);

ALTER TABLE ONLY public.criterion
    ADD CONSTRAINT pk_criterion PRIMARY KEY (criteria_set_id, code);

ALTER TABLE ONLY public.database_start
    ADD CONSTRAINT pk_database_start PRIMARY KEY (number);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT pk_dataset PRIMARY KEY (id);

ALTER TABLE ONLY public.deleted_thing
    ADD CONSTRAINT pk_deleted_thing PRIMARY KEY (id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT pk_document PRIMARY KEY (id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT pk_emulation_model PRIMARY KEY (id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT pk_event PRIMARY KEY (id);

ALTER TABLE ONLY public.event_delegation
    ADD CONSTRAINT pk_event_delegation PRIMARY KEY (id);

ALTER TABLE ONLY public.event_visit
    ADD CONSTRAINT pk_event_visit PRIMARY KEY (event_id, model_id);

ALTER TABLE ONLY public.figure_check
    ADD CONSTRAINT pk_figure_check PRIMARY KEY (id);

ALTER TABLE ONLY public.figure_resolution
    ADD CONSTRAINT pk_figure_resolution PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotent_answer
    ADD CONSTRAINT pk_idempotent_answer PRIMARY KEY (agency_id, path, key);

ALTER TABLE ONLY public.locality
    ADD CONSTRAINT pk_locality PRIMARY KEY (id);

ALTER TABLE ONLY public.locality_placement
    ADD CONSTRAINT pk_locality_placement PRIMARY KEY (id);

ALTER TABLE ONLY public.locality_succession
    ADD CONSTRAINT pk_locality_succession PRIMARY KEY (predecessor_id, successor_id);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT pk_locality_version PRIMARY KEY (locality_id, valid);

ALTER TABLE ONLY public.model_appraisal
    ADD CONSTRAINT pk_model_appraisal PRIMARY KEY (id);

ALTER TABLE ONLY public.model_host
    ADD CONSTRAINT pk_model_host PRIMARY KEY (id);

ALTER TABLE ONLY public.model_inspection
    ADD CONSTRAINT pk_model_inspection PRIMARY KEY (id);

ALTER TABLE ONLY public.model_locality
    ADD CONSTRAINT pk_model_locality PRIMARY KEY (id);

ALTER TABLE ONLY public.model_outcome
    ADD CONSTRAINT pk_model_outcome PRIMARY KEY (id);

ALTER TABLE ONLY public.model_recognition
    ADD CONSTRAINT pk_model_recognition PRIMARY KEY (id);

ALTER TABLE ONLY public.model_registration
    ADD CONSTRAINT pk_model_registration PRIMARY KEY (id);

ALTER TABLE ONLY public.model_source
    ADD CONSTRAINT pk_model_source PRIMARY KEY (id);

ALTER TABLE ONLY public.model_transition
    ADD CONSTRAINT pk_model_transition PRIMARY KEY (id);

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT pk_observation PRIMARY KEY (id);

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT pk_organisation PRIMARY KEY (id);

ALTER TABLE ONLY public.organisation_succession
    ADD CONSTRAINT pk_organisation_succession PRIMARY KEY (predecessor_id, successor_id);

ALTER TABLE ONLY public.province_class
    ADD CONSTRAINT pk_province_class PRIMARY KEY (id);

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT pk_publication PRIMARY KEY (id);

ALTER TABLE ONLY public.publication_correction
    ADD CONSTRAINT pk_publication_correction PRIMARY KEY (id);

ALTER TABLE ONLY public.reference_revision
    ADD CONSTRAINT pk_reference_revision PRIMARY KEY (only_row);

ALTER TABLE ONLY public.search_word
    ADD CONSTRAINT pk_search_word PRIMARY KEY (word);

ALTER TABLE ONLY public.secret
    ADD CONSTRAINT pk_secret PRIMARY KEY (name);

ALTER TABLE ONLY public.submission
    ADD CONSTRAINT pk_submission PRIMARY KEY (id);

ALTER TABLE ONLY public.agency_key
    ADD CONSTRAINT uq_agency_key_digest UNIQUE (digest);

ALTER TABLE ONLY public.agency
    ADD CONSTRAINT uq_agency_name UNIQUE (name);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT uq_award_decision_verification_code UNIQUE (verification_code);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT uq_award_id_count UNIQUE (id, count);

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT uq_award_recipient_award_id_position UNIQUE (award_id, "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.criteria_set
    ADD CONSTRAINT uq_criteria_set_supersedes_id UNIQUE (supersedes_id);

ALTER TABLE ONLY public.database_start
    ADD CONSTRAINT uq_database_start_name UNIQUE (name);

ALTER TABLE ONLY public.database_start
    ADD CONSTRAINT uq_database_start_token UNIQUE (token);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT uq_dataset_id_measure UNIQUE (id, measure);

ALTER TABLE ONLY public.locality
    ADD CONSTRAINT uq_locality_id_level_code UNIQUE (id, level, code);

ALTER TABLE ONLY public.locality
    ADD CONSTRAINT uq_locality_life UNIQUE (id, life WITHOUT OVERLAPS);

ALTER TABLE ONLY public.locality_placement
    ADD CONSTRAINT uq_locality_placement_valid UNIQUE (locality_id, valid WITHOUT OVERLAPS);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT uq_locality_version_code UNIQUE (level, code, valid WITHOUT OVERLAPS);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT uq_locality_version_valid UNIQUE (locality_id, valid WITHOUT OVERLAPS);

ALTER TABLE ONLY public.model_registration
    ADD CONSTRAINT uq_model_registration_model_id_level UNIQUE (model_id, level);

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT uq_observation_dataset_id_dimensions UNIQUE (dataset_id, dimensions);

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT uq_organisation_id_kind UNIQUE (id, kind);

ALTER TABLE ONLY public.province_class
    ADD CONSTRAINT uq_province_class UNIQUE NULLS NOT DISTINCT (first_province_id, recorded_province_id, last_province_id);

CREATE INDEX ix_agency_key_agency_id ON public.agency_key USING btree (agency_id);

CREATE INDEX ix_agency_key_parent_id ON public.agency_key USING btree (parent_id);

CREATE INDEX ix_agency_key_prefix ON public.agency_key USING btree (prefix);

CREATE INDEX ix_appraisal_score_criteria_set_id_criterion ON public.appraisal_score USING btree (criteria_set_id, criterion);

CREATE INDEX ix_audit_entry_agency_id_id ON public.audit_entry USING btree (agency_id, id);

CREATE INDEX ix_audit_entry_at_id ON public.audit_entry USING btree (at, id);

CREATE INDEX ix_audit_entry_key_id_id ON public.audit_entry USING btree (key_id, id);

CREATE INDEX ix_audit_entry_thing_id_id ON public.audit_entry USING btree (thing_id, id);

CREATE INDEX ix_award_decision_authority_newest ON public.award_decision USING btree (authority_id, COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_correction_decision_id ON public.award_decision_correction USING btree (decision_id);

CREATE INDEX ix_award_decision_event_newest ON public.award_decision USING btree (event_id, COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_id ON public.award USING btree (decision_id) INCLUDE (count, form, participant_kind);

CREATE INDEX ix_award_decision_level_newest ON public.award_decision USING btree (level, COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_newest ON public.award_decision USING btree (COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_number ON public.award_decision USING btree (number);

CREATE INDEX ix_award_decision_oldest ON public.award_decision USING btree (COALESCE(issued_on_first, 'infinity'::date), id);

CREATE INDEX ix_award_decision_period_newest ON public.award_decision USING btree (campaign_period_id, COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_placement_newest ON public.award_decision USING btree (placement_id, COALESCE(issued_on_first, '-infinity'::date), id) INCLUDE (status);

CREATE INDEX ix_award_decision_province_newest ON public.award_decision USING btree (province_id, COALESCE(issued_on_first, '-infinity'::date), id) INCLUDE (placement_id, campaign_period_id, level, status, issued_on_first, issued_on_last);

CREATE INDEX ix_award_decision_search ON public.award_decision USING gin (search);

CREATE INDEX ix_award_decision_status_newest ON public.award_decision USING btree (status, COALESCE(issued_on_first, '-infinity'::date), id);

CREATE INDEX ix_award_decision_updated_at_id ON public.award_decision USING btree (updated_at, id);

CREATE INDEX ix_award_form_decision_id ON public.award USING btree (form, decision_id);

CREATE INDEX ix_award_participant_kind_decision_id ON public.award USING btree (participant_kind, decision_id);

CREATE INDEX ix_award_recipient_model_id ON public.award_recipient USING btree (model_id);

CREATE INDEX ix_award_recipient_organisation_id ON public.award_recipient USING btree (organisation_id);

CREATE INDEX ix_award_recipient_search ON public.award_recipient USING gin (search);

CREATE INDEX ix_award_roll_up_campaign_period_id ON public.award_roll_up USING btree (campaign_period_id);

CREATE INDEX ix_award_roll_up_unsettled ON public.award_roll_up USING btree (settled) WHERE (NOT settled);

CREATE INDEX ix_award_search ON public.award USING gin (search);

CREATE INDEX ix_campaign_period_document_document_id ON public.campaign_period_document USING btree (document_id);

CREATE INDEX ix_campaign_period_organisation_id ON public.campaign_period USING btree (organisation_id);

CREATE INDEX ix_campaign_period_parent_id ON public.campaign_period USING btree (parent_id);

CREATE INDEX ix_campaign_period_placement_id ON public.campaign_period USING btree (placement_id);

CREATE INDEX ix_campaign_period_revision ON public.campaign_period USING btree (revision);

CREATE INDEX ix_campaign_period_search ON public.campaign_period USING gin (search);

CREATE INDEX ix_change_xid_type_id ON public.change USING btree (xid, type, id);

CREATE INDEX ix_criteria_set_owner_id ON public.criteria_set USING btree (owner_id);

CREATE INDEX ix_criteria_set_search ON public.criteria_set USING gin (search);

CREATE INDEX ix_criteria_set_sort_key_id ON public.criteria_set USING btree (sort_key, id);

CREATE INDEX ix_dataset_measure ON public.dataset USING btree (measure);

CREATE INDEX ix_dataset_placement_id ON public.dataset USING btree (placement_id);

CREATE INDEX ix_dataset_publication_id ON public.dataset USING btree (publication_id);

CREATE INDEX ix_dataset_reported_by_id ON public.dataset USING btree (reported_by_id);

CREATE INDEX ix_dataset_subject ON public.dataset USING btree (COALESCE(subject_locality_id, subject_organisation_id, subject_event_id, subject_model_id), measure);

CREATE INDEX ix_dataset_subject_event_id ON public.dataset USING btree (subject_event_id);

CREATE INDEX ix_dataset_subject_model_id ON public.dataset USING btree (subject_model_id);

CREATE INDEX ix_dataset_subject_organisation_id ON public.dataset USING btree (subject_organisation_id);

CREATE INDEX ix_deleted_thing_deleted_at ON public.deleted_thing USING btree (deleted_at) WHERE (content IS NOT NULL);

CREATE INDEX ix_document_issuer_id ON public.document USING btree (issuer_id);

CREATE INDEX ix_document_number ON public.document USING btree (number);

CREATE INDEX ix_document_search ON public.document USING gin (search);

CREATE INDEX ix_emulation_model_commended_newest ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) WHERE commended;

CREATE INDEX ix_emulation_model_counted ON public.emulation_model USING btree (province_id, placement_id, campaign_period_id, field, participant_kind, state, registered_level, recognised_level, host_kind, registered_year, recognised_year, commended, replicated);

CREATE INDEX ix_emulation_model_derived_from_id ON public.emulation_model USING btree (derived_from_id) WHERE (derived_from_id IS NOT NULL);

CREATE INDEX ix_emulation_model_field ON public.emulation_model USING btree (field);

CREATE INDEX ix_emulation_model_host_kind ON public.emulation_model USING btree (host_kind);

CREATE INDEX ix_emulation_model_host_newest ON public.emulation_model USING btree (host_id, COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_merged_into_id ON public.emulation_model USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX ix_emulation_model_newest ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_newest_recognised ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) INCLUDE (recognised_level, registered_on_first, recognised_on_first, recognised_on_last) WHERE (recognised_level IS NOT NULL);

CREATE INDEX ix_emulation_model_newest_registered_later ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) WHERE ((registered_on_first > recognised_on_first) IS TRUE);

CREATE INDEX ix_emulation_model_no_field_newest ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) WHERE (field IS NULL);

CREATE INDEX ix_emulation_model_no_registered_level_newest ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) WHERE (registered_level IS NULL);

CREATE INDEX ix_emulation_model_oldest ON public.emulation_model USING btree (COALESCE(registered_on_first, 'infinity'::date), id);

CREATE INDEX ix_emulation_model_period_newest ON public.emulation_model USING btree (campaign_period_id, COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_placement_newest ON public.emulation_model USING btree (placement_id, COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_province_newest ON public.emulation_model USING btree (province_id, COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_recognised_level_newest ON public.emulation_model USING btree (recognised_level, COALESCE(registered_on_first, '-infinity'::date), id) WHERE (recognised_level IS NOT NULL);

CREATE INDEX ix_emulation_model_recognised_newest ON public.emulation_model USING btree (COALESCE(recognised_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_recognised_oldest ON public.emulation_model USING btree (COALESCE(recognised_on_first, 'infinity'::date), id);

CREATE INDEX ix_emulation_model_registered_level ON public.emulation_model USING btree (registered_level);

CREATE INDEX ix_emulation_model_replicated_newest ON public.emulation_model USING btree (COALESCE(registered_on_first, '-infinity'::date), id) WHERE replicated;

CREATE INDEX ix_emulation_model_sort_key_id ON public.emulation_model USING btree (sort_key, id);

CREATE INDEX ix_emulation_model_state_newest ON public.emulation_model USING btree (state, COALESCE(registered_on_first, '-infinity'::date), id);

CREATE INDEX ix_emulation_model_unplaced ON public.emulation_model USING btree (locality_id) WHERE (placement_id IS NULL);

CREATE INDEX ix_emulation_model_updated_at_id ON public.emulation_model USING btree (updated_at, id);

CREATE INDEX ix_emulation_model_words ON public.emulation_model USING gin (ts_filter(search, '{a}'::"char"[]), search, registered_year);

CREATE INDEX ix_event_campaign_period_id ON public.event USING btree (campaign_period_id);

CREATE INDEX ix_event_delegation_event_id ON public.event_delegation USING btree (event_id);

CREATE INDEX ix_event_delegation_organisation_id ON public.event_delegation USING btree (organisation_id);

CREATE INDEX ix_event_organiser_id ON public.event USING btree (organiser_id);

CREATE INDEX ix_event_placement_id ON public.event USING btree (placement_id);

CREATE INDEX ix_event_search ON public.event USING gin (search);

CREATE INDEX ix_event_visit_model_id ON public.event_visit USING btree (model_id);

CREATE INDEX ix_figure_check_dataset_id ON public.figure_check USING btree (dataset_id);

CREATE INDEX ix_figure_check_other_dataset_id ON public.figure_check USING btree (other_dataset_id);

CREATE INDEX ix_figure_check_status_kind ON public.figure_check USING btree (status, kind);

CREATE INDEX ix_idempotent_answer_answered_at ON public.idempotent_answer USING btree (answered_at);

CREATE INDEX ix_locality_placement_ancestors ON public.locality_placement USING gin (ancestors);

CREATE INDEX ix_locality_placement_locality_id ON public.locality_placement USING btree (locality_id);

CREATE INDEX ix_locality_placement_within ON public.locality_placement USING gin (within);

CREATE INDEX ix_locality_revision ON public.locality USING btree (revision);

CREATE INDEX ix_locality_search ON public.locality USING gin (search);

CREATE INDEX ix_locality_succession_successor_id ON public.locality_succession USING btree (successor_id);

CREATE INDEX ix_locality_version_parent_id ON public.locality_version USING btree (parent_id);

CREATE INDEX ix_locality_version_sort_key_locality_id ON public.locality_version USING btree (sort_key, locality_id);

CREATE INDEX ix_model_appraisal_criteria_set_id ON public.model_appraisal USING btree (criteria_set_id);

CREATE INDEX ix_model_appraisal_model_id ON public.model_appraisal USING btree (model_id);

CREATE INDEX ix_model_host_model_id ON public.model_host USING btree (model_id);

CREATE INDEX ix_model_host_organisation_id ON public.model_host USING btree (organisation_id);

CREATE INDEX ix_model_inspection_event_id ON public.model_inspection USING btree (event_id);

CREATE INDEX ix_model_inspection_follow_up_due_on ON public.model_inspection USING btree (follow_up_due_on) WHERE (follow_up_due_on IS NOT NULL);

CREATE INDEX ix_model_inspection_model_id_inspected_on_first ON public.model_inspection USING btree (model_id, inspected_on_first);

CREATE INDEX ix_model_locality_locality_id ON public.model_locality USING btree (locality_id);

CREATE INDEX ix_model_locality_model_id ON public.model_locality USING btree (model_id);

CREATE INDEX ix_model_outcome_model_id ON public.model_outcome USING btree (model_id);

CREATE INDEX ix_model_recognition_model_id ON public.model_recognition USING btree (model_id);

CREATE INDEX ix_model_roll_up_campaign_period_id ON public.model_roll_up USING btree (campaign_period_id);

CREATE INDEX ix_model_roll_up_unsettled ON public.model_roll_up USING btree (settled) WHERE (NOT settled);

CREATE INDEX ix_model_source_document_id ON public.model_source USING btree (document_id);

CREATE INDEX ix_model_source_model_id ON public.model_source USING btree (model_id);

CREATE INDEX ix_model_transition_into_id ON public.model_transition USING btree (into_id);

CREATE INDEX ix_model_transition_model_id ON public.model_transition USING btree (model_id);

CREATE INDEX ix_organisation_kind ON public.organisation USING btree (kind);

CREATE INDEX ix_organisation_parent_id ON public.organisation USING btree (parent_id);

CREATE INDEX ix_organisation_placement_id ON public.organisation USING btree (placement_id);

CREATE INDEX ix_organisation_revision ON public.organisation USING btree (revision);

CREATE INDEX ix_organisation_search ON public.organisation USING gin (search);

CREATE INDEX ix_organisation_sort_key_id ON public.organisation USING btree (sort_key, id);

CREATE INDEX ix_organisation_succession_successor_id ON public.organisation_succession USING btree (successor_id);

CREATE INDEX ix_publication_correction_publication_id ON public.publication_correction USING btree (publication_id);

CREATE INDEX ix_publication_publisher_id ON public.publication USING btree (publisher_id);

CREATE INDEX ix_publication_search ON public.publication USING gin (search);

CREATE INDEX ix_search_word_trigrams ON public.search_word USING gin (word public.gin_trgm_ops);

CREATE UNIQUE INDEX uq_award_roll_up ON public.award_roll_up USING btree (province_class_id, campaign_period_id, form, participant_kind, level, status, issued_year) NULLS NOT DISTINCT WHERE settled;

CREATE UNIQUE INDEX uq_document_identity ON public.document USING btree (number, issuer_id, issued_on) NULLS NOT DISTINCT WHERE ((number IS NOT NULL) AND (issuer_id IS NOT NULL));

CREATE UNIQUE INDEX uq_figure_resolution_check ON public.figure_resolution USING btree (check_id) WHERE (lapsed_at IS NULL);

CREATE UNIQUE INDEX uq_model_recognition_level ON public.model_recognition USING btree (model_id, level) WHERE recognised;

CREATE UNIQUE INDEX uq_model_roll_up ON public.model_roll_up USING btree (province_class_id, campaign_period_id, field, participant_kind, state) NULLS NOT DISTINCT WHERE settled;

CREATE STATISTICS public.emulation_model_registered_later ON (registered_on_first > recognised_on_first) FROM public.emulation_model;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_audit();

CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_audit();

CREATE TRIGGER change_delete AFTER DELETE ON public.award_decision REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('award-decisions');

CREATE TRIGGER change_delete AFTER DELETE ON public.campaign_period REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('campaign-periods');

CREATE TRIGGER change_delete AFTER DELETE ON public.criteria_set REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_criteria_set('criteria-sets');

CREATE TRIGGER change_delete AFTER DELETE ON public.dataset REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_dataset();

CREATE TRIGGER change_delete AFTER DELETE ON public.document REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_document('documents');

CREATE TRIGGER change_delete AFTER DELETE ON public.emulation_model REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('models');

CREATE TRIGGER change_delete AFTER DELETE ON public.event REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('events');

CREATE TRIGGER change_delete AFTER DELETE ON public.locality REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality('localities');

CREATE TRIGGER change_delete AFTER DELETE ON public.locality_placement REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_delete AFTER DELETE ON public.locality_succession REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_delete AFTER DELETE ON public.locality_version REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_delete AFTER DELETE ON public.organisation REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('organisations');

CREATE TRIGGER change_delete AFTER DELETE ON public.publication REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_publication('publications');

CREATE TRIGGER change_insert AFTER INSERT ON public.award_decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('award-decisions');

CREATE TRIGGER change_insert AFTER INSERT ON public.campaign_period REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('campaign-periods');

CREATE TRIGGER change_insert AFTER INSERT ON public.criteria_set REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_criteria_set('criteria-sets');

CREATE TRIGGER change_insert AFTER INSERT ON public.dataset REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_dataset();

CREATE TRIGGER change_insert AFTER INSERT ON public.document REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_document('documents');

CREATE TRIGGER change_insert AFTER INSERT ON public.emulation_model REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('models');

CREATE TRIGGER change_insert AFTER INSERT ON public.event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('events');

CREATE TRIGGER change_insert AFTER INSERT ON public.locality REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality('localities');

CREATE TRIGGER change_insert AFTER INSERT ON public.locality_placement REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_insert AFTER INSERT ON public.locality_succession REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_insert AFTER INSERT ON public.locality_version REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_insert AFTER INSERT ON public.organisation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('organisations');

CREATE TRIGGER change_insert AFTER INSERT ON public.publication REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_publication('publications');

CREATE TRIGGER change_update AFTER UPDATE ON public.award_decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('award-decisions');

CREATE TRIGGER change_update AFTER UPDATE ON public.campaign_period REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('campaign-periods');

CREATE TRIGGER change_update AFTER UPDATE ON public.criteria_set REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_criteria_set('criteria-sets');

CREATE TRIGGER change_update AFTER UPDATE ON public.dataset REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_dataset();

CREATE TRIGGER change_update AFTER UPDATE ON public.document REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_document('documents');

CREATE TRIGGER change_update AFTER UPDATE ON public.emulation_model REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('models');

CREATE TRIGGER change_update AFTER UPDATE ON public.event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('events');

CREATE TRIGGER change_update AFTER UPDATE ON public.locality REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality('localities');

CREATE TRIGGER change_update AFTER UPDATE ON public.locality_placement REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_update AFTER UPDATE ON public.locality_succession REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_update AFTER UPDATE ON public.locality_version REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.note_locality_part();

CREATE TRIGGER change_update AFTER UPDATE ON public.organisation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_placed_thing('organisations');

CREATE TRIGGER change_update AFTER UPDATE ON public.publication REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_publication('publications');

CREATE TRIGGER classify BEFORE INSERT OR UPDATE ON public.locality_placement FOR EACH ROW EXECUTE FUNCTION public.classify_placement();

CREATE TRIGGER dependents AFTER UPDATE OF end_on ON public.campaign_period FOR EACH ROW WHEN ((old.end_on IS DISTINCT FROM new.end_on)) EXECUTE FUNCTION public.place_models_of_period();

CREATE TRIGGER dependents AFTER UPDATE OF locality_id ON public.emulation_model FOR EACH ROW WHEN ((old.locality_id IS DISTINCT FROM new.locality_id)) EXECUTE FUNCTION public.place_dependents('dataset.subject_model_id');

CREATE TRIGGER dependents AFTER UPDATE OF locality_id ON public.event FOR EACH ROW WHEN ((old.locality_id IS DISTINCT FROM new.locality_id)) EXECUTE FUNCTION public.place_dependents('dataset.subject_event_id');

CREATE TRIGGER dependents AFTER UPDATE OF locality_id ON public.organisation FOR EACH ROW WHEN ((old.locality_id IS DISTINCT FROM new.locality_id)) EXECUTE FUNCTION public.place_dependents('award_decision.authority_id', 'dataset.subject_organisation_id', 'document.issuer_id', 'criteria_set.owner_id');

CREATE TRIGGER descent_insert AFTER INSERT ON public.emulation_model FOR EACH ROW WHEN ((new.derived_from_id IS NOT NULL)) EXECUTE FUNCTION public.check_descent();

CREATE TRIGGER descent_update AFTER UPDATE OF derived_from_id ON public.emulation_model FOR EACH ROW WHEN (((new.derived_from_id IS NOT NULL) AND (new.derived_from_id IS DISTINCT FROM old.derived_from_id))) EXECUTE FUNCTION public.check_descent();

CREATE TRIGGER followers_insert AFTER INSERT ON public.locality_placement REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_placements();

CREATE TRIGGER followers_update AFTER UPDATE ON public.locality_placement REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_placements();

CREATE TRIGGER host BEFORE INSERT OR UPDATE OF host_id ON public.emulation_model FOR EACH ROW EXECUTE FUNCTION public.copy_host_kind();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.award_decision REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.campaign_period REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.criteria_set REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.document REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.emulation_model REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.event REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER ids_stay_taken AFTER INSERT ON public.publication REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_ids_of_deleted();

CREATE TRIGGER lines BEFORE DELETE ON public.award_decision FOR EACH ROW EXECUTE FUNCTION public.strike_lines();

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.award_decision FOR EACH ROW EXECUTE FUNCTION public.place_award_decision();

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.campaign_period FOR EACH ROW EXECUTE FUNCTION public.place_thing('locality_id', 'start_on');

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.dataset FOR EACH ROW EXECUTE FUNCTION public.place_dataset();

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.emulation_model FOR EACH ROW EXECUTE FUNCTION public.place_emulation_model();

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION public.place_thing('locality_id', 'held_on');

CREATE TRIGGER place BEFORE INSERT OR UPDATE ON public.organisation FOR EACH ROW EXECUTE FUNCTION public.place_thing('locality_id');

CREATE TRIGGER reference BEFORE INSERT OR DELETE OR UPDATE ON public.campaign_period FOR EACH STATEMENT EXECUTE FUNCTION public.bump_reference_revision();

CREATE TRIGGER reference BEFORE INSERT OR DELETE OR UPDATE ON public.locality FOR EACH STATEMENT EXECUTE FUNCTION public.bump_reference_revision();

CREATE TRIGGER reference BEFORE INSERT OR DELETE OR UPDATE ON public.organisation FOR EACH STATEMENT EXECUTE FUNCTION public.bump_reference_revision();

CREATE TRIGGER revision BEFORE INSERT OR UPDATE ON public.campaign_period FOR EACH ROW EXECUTE FUNCTION public.stamp_revision();

CREATE TRIGGER revision BEFORE INSERT OR UPDATE ON public.locality FOR EACH ROW EXECUTE FUNCTION public.stamp_revision();

CREATE TRIGGER revision BEFORE INSERT OR UPDATE ON public.organisation FOR EACH ROW EXECUTE FUNCTION public.stamp_revision();

CREATE TRIGGER roll_up_delete AFTER DELETE ON public.award REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_award();

CREATE TRIGGER roll_up_delete AFTER DELETE ON public.emulation_model REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_model();

CREATE TRIGGER roll_up_insert AFTER INSERT ON public.award REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_award();

CREATE TRIGGER roll_up_insert AFTER INSERT ON public.emulation_model REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_model();

CREATE TRIGGER roll_up_update AFTER UPDATE ON public.award REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_award();

CREATE TRIGGER roll_up_update AFTER UPDATE ON public.award_decision REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_award_decision();

CREATE TRIGGER roll_up_update AFTER UPDATE ON public.emulation_model REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_model();

CREATE TRIGGER stages_delete AFTER DELETE ON public.award_recipient REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_commended();

CREATE TRIGGER stages_delete AFTER DELETE ON public.emulation_model FOR EACH ROW WHEN ((old.derived_from_id IS NOT NULL)) EXECUTE FUNCTION public.mark_replicated();

CREATE TRIGGER stages_insert AFTER INSERT ON public.award_recipient REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_commended();

CREATE TRIGGER stages_insert AFTER INSERT ON public.emulation_model FOR EACH ROW WHEN ((new.derived_from_id IS NOT NULL)) EXECUTE FUNCTION public.mark_replicated();

CREATE TRIGGER stages_update AFTER UPDATE ON public.award_recipient REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_commended();

CREATE TRIGGER stages_update AFTER UPDATE OF derived_from_id ON public.emulation_model FOR EACH ROW WHEN ((new.derived_from_id IS DISTINCT FROM old.derived_from_id)) EXECUTE FUNCTION public.mark_replicated();

CREATE TRIGGER version BEFORE UPDATE ON public.agency FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.agency_key FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.award_decision FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.award_decision_correction FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.campaign_period FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.criteria_set FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.document FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.emulation_model FOR EACH ROW WHEN (((new.commended = old.commended) AND (new.replicated = old.replicated))) EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE OF life ON public.locality FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.model_appraisal FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.model_inspection FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.model_recognition FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.model_registration FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.model_transition FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.organisation FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.publication FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER version BEFORE UPDATE ON public.publication_correction FOR EACH ROW EXECUTE FUNCTION public.bump_version();

CREATE TRIGGER words_insert AFTER INSERT ON public.award REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.award_decision REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.award_recipient REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.campaign_period REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.criteria_set REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.document REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.emulation_model REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.event REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.locality REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_insert AFTER INSERT ON public.publication REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.award REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.award_decision REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.award_recipient REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.campaign_period REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.criteria_set REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.document REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.emulation_model REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.event REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.locality REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

CREATE TRIGGER words_update AFTER UPDATE ON public.publication REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.learn_words();

ALTER TABLE ONLY public.agency_key
    ADD CONSTRAINT fk_agency_key_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.agency_key
    ADD CONSTRAINT fk_agency_key_parent_id FOREIGN KEY (parent_id) REFERENCES public.agency_key(id);

ALTER TABLE ONLY public.agency
    ADD CONSTRAINT fk_agency_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.agency
    ADD CONSTRAINT fk_agency_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.appraisal_score
    ADD CONSTRAINT fk_appraisal_score_appraisal_id FOREIGN KEY (appraisal_id) REFERENCES public.model_appraisal(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.appraisal_score
    ADD CONSTRAINT fk_appraisal_score_criteria_set_id FOREIGN KEY (criteria_set_id, criterion) REFERENCES public.criterion(criteria_set_id, code);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_authority_id FOREIGN KEY (authority_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_campaign_period_id FOREIGN KEY (campaign_period_id) REFERENCES public.campaign_period(id);

ALTER TABLE ONLY public.award_decision_correction
    ADD CONSTRAINT fk_award_decision_correction_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.award_decision_correction
    ADD CONSTRAINT fk_award_decision_correction_decision_id FOREIGN KEY (decision_id) REFERENCES public.award_decision(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.award_decision_correction
    ADD CONSTRAINT fk_award_decision_correction_document_id FOREIGN KEY (document_id) REFERENCES public.document(id);

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_event_id FOREIGN KEY (event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.award
    ADD CONSTRAINT fk_award_decision_id FOREIGN KEY (decision_id) REFERENCES public.award_decision(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.award_decision
    ADD CONSTRAINT fk_award_decision_province_id FOREIGN KEY (province_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.award_decision_revocation
    ADD CONSTRAINT fk_award_decision_revocation_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.award_decision_revocation
    ADD CONSTRAINT fk_award_decision_revocation_decision_id FOREIGN KEY (decision_id) REFERENCES public.award_decision(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT fk_award_recipient_award_id FOREIGN KEY (award_id, award_count) REFERENCES public.award(id, count) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT fk_award_recipient_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT fk_award_recipient_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.award_recipient
    ADD CONSTRAINT fk_award_recipient_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.campaign_period_document
    ADD CONSTRAINT fk_campaign_period_document_campaign_period_id FOREIGN KEY (campaign_period_id) REFERENCES public.campaign_period(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.campaign_period_document
    ADD CONSTRAINT fk_campaign_period_document_document_id FOREIGN KEY (document_id) REFERENCES public.document(id);

ALTER TABLE ONLY public.campaign_period
    ADD CONSTRAINT fk_campaign_period_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.campaign_period
    ADD CONSTRAINT fk_campaign_period_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.campaign_period
    ADD CONSTRAINT fk_campaign_period_parent_id FOREIGN KEY (parent_id) REFERENCES public.campaign_period(id);

ALTER TABLE ONLY public.campaign_period
    ADD CONSTRAINT fk_campaign_period_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.criteria_set
    ADD CONSTRAINT fk_criteria_set_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.criteria_set
    ADD CONSTRAINT fk_criteria_set_owner_id FOREIGN KEY (owner_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.criteria_set
    ADD CONSTRAINT fk_criteria_set_supersedes_id FOREIGN KEY (supersedes_id) REFERENCES public.criteria_set(id);

ALTER TABLE ONLY public.criterion
    ADD CONSTRAINT fk_criterion_criteria_set_id FOREIGN KEY (criteria_set_id) REFERENCES public.criteria_set(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_publication_id FOREIGN KEY (publication_id) REFERENCES public.publication(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_reported_by_id FOREIGN KEY (reported_by_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_subject_event_id FOREIGN KEY (subject_event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_subject_locality_id FOREIGN KEY (subject_locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_subject_model_id FOREIGN KEY (subject_model_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.dataset
    ADD CONSTRAINT fk_dataset_subject_organisation_id FOREIGN KEY (subject_organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.deleted_thing
    ADD CONSTRAINT fk_deleted_thing_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT fk_document_issuer_id FOREIGN KEY (issuer_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_campaign_period_id FOREIGN KEY (campaign_period_id) REFERENCES public.campaign_period(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_derived_from_id FOREIGN KEY (derived_from_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_host_id FOREIGN KEY (host_id, host_kind) REFERENCES public.organisation(id, kind) MATCH FULL ON UPDATE CASCADE;

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_merged_into_id FOREIGN KEY (merged_into_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.emulation_model
    ADD CONSTRAINT fk_emulation_model_province_id FOREIGN KEY (province_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_campaign_period_id FOREIGN KEY (campaign_period_id) REFERENCES public.campaign_period(id);

ALTER TABLE ONLY public.event_delegation
    ADD CONSTRAINT fk_event_delegation_event_id FOREIGN KEY (event_id) REFERENCES public.event(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.event_delegation
    ADD CONSTRAINT fk_event_delegation_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_organiser_id FOREIGN KEY (organiser_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.event_visit
    ADD CONSTRAINT fk_event_visit_event_id FOREIGN KEY (event_id) REFERENCES public.event(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.event_visit
    ADD CONSTRAINT fk_event_visit_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.figure_check
    ADD CONSTRAINT fk_figure_check_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.dataset(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.figure_check
    ADD CONSTRAINT fk_figure_check_other_dataset_id FOREIGN KEY (other_dataset_id) REFERENCES public.dataset(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.figure_resolution
    ADD CONSTRAINT fk_figure_resolution_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.locality_placement
    ADD CONSTRAINT fk_locality_placement_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_placement
    ADD CONSTRAINT fk_locality_placement_province_class_id FOREIGN KEY (province_class_id) REFERENCES public.province_class(id);

ALTER TABLE ONLY public.locality_placement
    ADD CONSTRAINT fk_locality_placement_province_id FOREIGN KEY (province_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_succession
    ADD CONSTRAINT fk_locality_succession_predecessor_id FOREIGN KEY (predecessor_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_succession
    ADD CONSTRAINT fk_locality_succession_successor_id FOREIGN KEY (successor_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT fk_locality_version_identity FOREIGN KEY (locality_id, level, code) REFERENCES public.locality(id, level, code);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT fk_locality_version_life FOREIGN KEY (locality_id, PERIOD valid) REFERENCES public.locality(id, PERIOD life);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT fk_locality_version_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT fk_locality_version_parent_id FOREIGN KEY (parent_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.locality_version
    ADD CONSTRAINT fk_locality_version_parent_life FOREIGN KEY (parent_id, PERIOD valid) REFERENCES public.locality(id, PERIOD life);

ALTER TABLE ONLY public.model_appraisal
    ADD CONSTRAINT fk_model_appraisal_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.model_appraisal
    ADD CONSTRAINT fk_model_appraisal_criteria_set_id FOREIGN KEY (criteria_set_id) REFERENCES public.criteria_set(id);

ALTER TABLE ONLY public.model_appraisal
    ADD CONSTRAINT fk_model_appraisal_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_host
    ADD CONSTRAINT fk_model_host_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_host
    ADD CONSTRAINT fk_model_host_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.model_inspection
    ADD CONSTRAINT fk_model_inspection_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.model_inspection
    ADD CONSTRAINT fk_model_inspection_event_id FOREIGN KEY (event_id) REFERENCES public.event(id);

ALTER TABLE ONLY public.model_inspection
    ADD CONSTRAINT fk_model_inspection_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_locality
    ADD CONSTRAINT fk_model_locality_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.model_locality
    ADD CONSTRAINT fk_model_locality_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_outcome
    ADD CONSTRAINT fk_model_outcome_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_recognition
    ADD CONSTRAINT fk_model_recognition_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.model_recognition
    ADD CONSTRAINT fk_model_recognition_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.model_recognition
    ADD CONSTRAINT fk_model_recognition_document_id FOREIGN KEY (document_id) REFERENCES public.document(id);

ALTER TABLE ONLY public.model_recognition
    ADD CONSTRAINT fk_model_recognition_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_registration
    ADD CONSTRAINT fk_model_registration_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.model_registration
    ADD CONSTRAINT fk_model_registration_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_registration
    ADD CONSTRAINT fk_model_registration_registered_by_id FOREIGN KEY (registered_by_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.model_source
    ADD CONSTRAINT fk_model_source_document_id FOREIGN KEY (document_id) REFERENCES public.document(id);

ALTER TABLE ONLY public.model_source
    ADD CONSTRAINT fk_model_source_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_transition
    ADD CONSTRAINT fk_model_transition_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.model_transition
    ADD CONSTRAINT fk_model_transition_into_id FOREIGN KEY (into_id) REFERENCES public.emulation_model(id);

ALTER TABLE ONLY public.model_transition
    ADD CONSTRAINT fk_model_transition_model_id FOREIGN KEY (model_id) REFERENCES public.emulation_model(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT fk_observation_dataset_id FOREIGN KEY (dataset_id, measure) REFERENCES public.dataset(id, measure) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_locality_id FOREIGN KEY (locality_id) REFERENCES public.locality(id);

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_parent_id FOREIGN KEY (parent_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_placement_id FOREIGN KEY (placement_id) REFERENCES public.locality_placement(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.organisation_succession
    ADD CONSTRAINT fk_organisation_succession_predecessor_id FOREIGN KEY (predecessor_id) REFERENCES public.organisation(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.organisation_succession
    ADD CONSTRAINT fk_organisation_succession_successor_id FOREIGN KEY (successor_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.publication_correction
    ADD CONSTRAINT fk_publication_correction_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);

ALTER TABLE ONLY public.publication_correction
    ADD CONSTRAINT fk_publication_correction_publication_id FOREIGN KEY (publication_id) REFERENCES public.publication(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT fk_publication_publisher_id FOREIGN KEY (publisher_id) REFERENCES public.organisation(id);

ALTER TABLE ONLY public.submission
    ADD CONSTRAINT fk_submission_agency_id FOREIGN KEY (agency_id) REFERENCES public.agency(id);
