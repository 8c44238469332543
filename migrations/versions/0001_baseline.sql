-- The database itself

create table applied_sql (
    key text,
    position integer not null,
    digest text not null,
    release text not null,
    constraint pk_applied_sql primary key (key)
);

create table reference_revision (
    only_row boolean,
    revision bigint not null,
    constraint pk_reference_revision primary key (only_row),
    constraint ck_reference_revision_only_row check (only_row)
);

create table search_word (
    word text,
    constraint pk_search_word primary key (word)
);
create index ix_search_word_trigrams on search_word using gin (word gin_trgm_ops);

create table secret (
    name text,
    value bytea not null,
    constraint pk_secret primary key (name)
);

-- Localities

create table locality (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    level varchar(40) not null,
    code text,
    life daterange not null,
    search tsvector,
    revision bigint default '0' not null,
    constraint pk_locality primary key (id),
    constraint uq_locality_id_level_code unique (id, level, code),
    constraint uq_locality_life unique (id, life without overlaps),
    constraint ck_locality_code check ((code is not null) or (level = 'hamlet')),
    constraint ck_locality_life check (not isempty(life)),
    constraint ck_locality_localitylevel check (level in ('country', 'province', 'district',
        'commune', 'hamlet'))
);
create index ix_locality_revision on locality (revision);
create index ix_locality_search on locality using gin (search);

create table province_class (
    id smallint generated always as identity,
    first_province_id uuid,
    recorded_province_id uuid,
    last_province_id uuid,
    constraint pk_province_class primary key (id),
    constraint uq_province_class unique nulls not distinct (first_province_id, recorded_province_id,
        last_province_id)
);

create table locality_placement (
    id serial,
    locality_id uuid not null,
    valid daterange not null,
    ancestors uuid[] not null,
    within uuid[] not null,
    province_id uuid,
    first_province_id uuid,
    province_class_id smallint not null,
    constraint pk_locality_placement primary key (id),
    constraint uq_locality_placement_valid unique (locality_id, valid without overlaps),
    constraint fk_locality_placement_locality_id foreign key (locality_id) references locality (id),
    constraint fk_locality_placement_province_class_id foreign key (province_class_id) references
        province_class (id),
    constraint fk_locality_placement_province_id foreign key (province_id) references locality (id)
);
create index ix_locality_placement_ancestors on locality_placement using gin (ancestors);
create index ix_locality_placement_locality_id on locality_placement (locality_id);
create index ix_locality_placement_within on locality_placement using gin (within);

create table locality_succession (
    predecessor_id uuid,
    successor_id uuid,
    extent varchar(40) not null,
    effective_on date not null,
    constraint pk_locality_succession primary key (predecessor_id, successor_id),
    constraint ck_locality_succession_extent check (extent in ('whole', 'part')),
    constraint fk_locality_succession_predecessor_id foreign key (predecessor_id) references
        locality (id),
    constraint fk_locality_succession_successor_id foreign key (successor_id) references locality
        (id)
);
create index ix_locality_succession_successor_id on locality_succession (successor_id);

create table locality_version (
    locality_id uuid,
    valid daterange,
    level varchar(40) not null,
    code text,
    name text not null,
    full_name text not null,
    kind varchar(40) not null,
    parent_id uuid,
    dates_exact boolean not null,
    sort_key text collate "C" generated always as (vietnamese_sort_key(name)) stored not null,
    constraint pk_locality_version primary key (locality_id, valid),
    constraint uq_locality_version_code unique (level, code, valid without overlaps),
    constraint uq_locality_version_valid unique (locality_id, valid without overlaps),
    constraint ck_locality_version_localitykind check (kind in ('country', 'province',
        'municipality', 'rural_district', 'urban_district', 'district_town', 'district_city',
        'rural_commune', 'ward', 'township', 'special_zone', 'ap', 'khom', 'thon', 'ban', 'buon',
        'xom', 'to_dan_pho', 'khu_pho', 'khu_dan_cu')),
    constraint ck_locality_version_localitylevel check (level in ('country', 'province', 'district',
        'commune', 'hamlet')),
    constraint fk_locality_version_identity foreign key (locality_id, level, code) references
        locality (id, level, code),
    constraint fk_locality_version_life foreign key (locality_id, period valid) references locality
        (id, period life),
    constraint fk_locality_version_locality_id foreign key (locality_id) references locality (id),
    constraint fk_locality_version_parent_id foreign key (parent_id) references locality (id),
    constraint fk_locality_version_parent_life foreign key (parent_id, period valid) references
        locality (id, period life)
);
create index ix_locality_version_parent_id on locality_version (parent_id);
create index ix_locality_version_sort_key_locality_id on locality_version (sort_key, locality_id);

-- Organisations

create table organisation (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    name text not null,
    kind varchar(40) not null,
    tier varchar(40) not null,
    locality_id uuid,
    parent_id uuid,
    valid_from date,
    valid_to date,
    placement_id integer,
    sort_key text collate "C" generated always as (vietnamese_sort_key(name)) stored not null,
    search tsvector generated always as (setweight(search_vector(name), 'A')) stored,
    revision bigint default '0' not null,
    constraint pk_organisation primary key (id),
    constraint uq_organisation_id_kind unique (id, kind),
    constraint ck_organisation_organisationkind check (kind in ('party_committee',
        'party_standing_board', 'mass_mobilisation_commission',
        'propaganda_mobilisation_commission', 'commune_mobilisation_bloc', 'steering_committee',
        'peoples_council', 'peoples_committee', 'state_department', 'fatherland_front',
        'womens_union', 'farmers_union', 'youth_union', 'veterans_association', 'trade_union',
        'red_cross', 'public_security', 'military_command', 'border_guard', 'judicial_body',
        'public_service_unit', 'enterprise', 'cooperative', 'community_group', 'party_cell',
        'religious_community', 'media_body', 'other')),
    constraint ck_organisation_organisationtier check (tier in ('central', 'region', 'province',
        'district', 'commune', 'branch')),
    constraint ck_organisation_validity check (valid_from < valid_to),
    constraint fk_organisation_locality_id foreign key (locality_id) references locality (id),
    constraint fk_organisation_parent_id foreign key (parent_id) references organisation (id),
    constraint fk_organisation_placement_id foreign key (placement_id) references locality_placement
        (id) on delete set null
);
create index ix_organisation_kind on organisation (kind);
create index ix_organisation_parent_id on organisation (parent_id);
create index ix_organisation_placement_id on organisation (placement_id);
create index ix_organisation_revision on organisation (revision);
create index ix_organisation_search on organisation using gin (search);
create index ix_organisation_sort_key_id on organisation (sort_key, id);

create table organisation_succession (
    predecessor_id uuid,
    successor_id uuid,
    constraint pk_organisation_succession primary key (predecessor_id, successor_id),
    constraint ck_organisation_succession_other check (predecessor_id <> successor_id),
    constraint fk_organisation_succession_predecessor_id foreign key (predecessor_id) references
        organisation (id) on delete cascade,
    constraint fk_organisation_succession_successor_id foreign key (successor_id) references
        organisation (id)
);
create index ix_organisation_succession_successor_id on organisation_succession (successor_id);

-- Agencies, their keys, the audit

create table audit_entry (
    id uuid,
    at timestamptz default clock_timestamp() not null,
    agency_id uuid not null,
    key_id uuid not null,
    request_id text not null,
    action text not null,
    type text not null,
    thing_id uuid,
    status smallint not null,
    before jsonb,
    after jsonb,
    constraint pk_audit_entry primary key (id)
);
create index ix_audit_entry_agency_id_id on audit_entry (agency_id, id);
create index ix_audit_entry_at_id on audit_entry (at, id);
create index ix_audit_entry_key_id_id on audit_entry (key_id, id);
create index ix_audit_entry_thing_id_id on audit_entry (thing_id, id);

create table idempotent_answer (
    agency_id uuid,
    path text,
    key text,
    fingerprint bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    answered_at timestamptz default now() not null,
    constraint pk_idempotent_answer primary key (agency_id, path, key)
);
create index ix_idempotent_answer_answered_at on idempotent_answer (answered_at);

create table agency (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    name text not null,
    organisation_id uuid,
    locality_id uuid not null,
    roles text[] not null,
    levels text[] not null,
    active boolean not null,
    constraint pk_agency primary key (id),
    constraint uq_agency_name unique (name),
    constraint fk_agency_locality_id foreign key (locality_id) references locality (id),
    constraint fk_agency_organisation_id foreign key (organisation_id) references organisation (id)
);

create table agency_key (
    id uuid,
    agency_id uuid not null,
    name text not null,
    prefix text not null,
    digest bytea not null,
    roles text[] not null,
    expires_on date,
    revoked_at timestamptz,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    constraint pk_agency_key primary key (id),
    constraint uq_agency_key_digest unique (digest),
    constraint fk_agency_key_agency_id foreign key (agency_id) references agency (id)
);
create index ix_agency_key_agency_id on agency_key (agency_id);
create index ix_agency_key_prefix on agency_key (prefix);

create table deleted_thing (
    id uuid,
    type text not null,
    version integer not null,
    agency_id uuid not null,
    content json,
    deleted_at timestamptz default now() not null,
    constraint pk_deleted_thing primary key (id),
    constraint fk_deleted_thing_agency_id foreign key (agency_id) references agency (id)
);
create index ix_deleted_thing_deleted_at on deleted_thing (deleted_at) where (content is not null);

create table submission (
    id uuid,
    agency_id uuid not null,
    digest bytea not null,
    constraint pk_submission primary key (id),
    constraint fk_submission_agency_id foreign key (agency_id) references agency (id)
);

-- Documents

create table document (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    number text,
    kind varchar(40) not null,
    family varchar(40),
    issuer_id uuid,
    issued_on text,
    issued_on_first date generated always as (first_day(issued_on)) stored,
    issued_on_last date generated always as (last_day(issued_on)) stored,
    title text not null,
    url text,
    search tsvector generated always as ((setweight(search_vector(title), 'A') ||
        setweight(search_vector(coalesce(number, '')), 'B'))) stored,
    constraint pk_document primary key (id),
    constraint ck_document_documentfamily check (family in ('party', 'state', 'front')),
    constraint ck_document_documentkind check (kind in ('law', 'decree', 'circular', 'resolution',
        'directive', 'decision', 'regulation', 'plan', 'official_letter', 'guidance', 'report',
        'conclusion', 'programme', 'notice', 'news_article', 'other')),
    constraint fk_document_issuer_id foreign key (issuer_id) references organisation (id)
);
create index ix_document_issuer_id on document (issuer_id);
create index ix_document_number on document (number);
create index ix_document_search on document using gin (search);
create unique index uq_document_identity on document (number, issuer_id, issued_on) nulls not
    distinct where ((number is not null) and (issuer_id is not null));

-- Campaign periods

create table campaign_period (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    name text not null,
    kind varchar(40) not null,
    locality_id uuid,
    organisation_id uuid,
    start_on date not null,
    end_on date,
    precision varchar(40) not null,
    stated_duration text,
    theme text,
    parent_id uuid,
    placement_id integer,
    search tsvector generated always as ((setweight(search_vector(name), 'A') ||
        setweight(search_vector(coalesce(theme, '')), 'B'))) stored,
    revision bigint default '0' not null,
    constraint pk_campaign_period primary key (id),
    constraint ck_campaign_period_campaignkind check (kind in ('multi_year', 'annual', 'drive')),
    constraint ck_campaign_period_dateprecision check (precision in ('day', 'day_without_year', 'month', 'year')),
    constraint ck_campaign_period_nesting check (parent_id <> id),
    constraint ck_campaign_period_order check (start_on <= end_on),
    constraint fk_campaign_period_locality_id foreign key (locality_id) references locality (id),
    constraint fk_campaign_period_organisation_id foreign key (organisation_id) references
        organisation (id),
    constraint fk_campaign_period_parent_id foreign key (parent_id) references campaign_period (id),
    constraint fk_campaign_period_placement_id foreign key (placement_id) references
        locality_placement (id) on delete set null
);
create index ix_campaign_period_organisation_id on campaign_period (organisation_id);
create index ix_campaign_period_parent_id on campaign_period (parent_id);
create index ix_campaign_period_placement_id on campaign_period (placement_id);
create index ix_campaign_period_revision on campaign_period (revision);
create index ix_campaign_period_search on campaign_period using gin (search);

create table campaign_period_document (
    campaign_period_id uuid,
    document_id uuid,
    role varchar(40),
    constraint pk_campaign_period_document primary key (campaign_period_id, document_id, role),
    constraint ck_campaign_period_document_documentrole check (role in ('launches', 'guides',
        'mandates_report', 'decides', 'amends', 'revokes', 'cites')),
    constraint fk_campaign_period_document_campaign_period_id foreign key (campaign_period_id)
        references campaign_period (id) on delete cascade,
    constraint fk_campaign_period_document_document_id foreign key (document_id) references document
        (id)
);
create index ix_campaign_period_document_document_id on campaign_period_document (document_id);

-- Events

create table event (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    kind varchar(40) not null,
    name text not null,
    held_on text,
    held_on_first date generated always as (first_day(held_on)) stored,
    held_on_last date generated always as (last_day(held_on)) stored,
    ends_on text,
    ends_on_last date generated always as (last_day(ends_on)) stored,
    locality_id uuid not null,
    campaign_period_id uuid,
    organiser_id uuid,
    description text,
    placement_id integer,
    search tsvector generated always as ((setweight(search_vector(name), 'A') ||
        setweight(search_vector(coalesce(description, '')), 'B'))) stored,
    constraint pk_event primary key (id),
    constraint ck_event_eventkind check (kind in ('launch', 'mid_term_review', 'final_review',
        'survey_visit', 'inspection', 'training', 'contest', 'award_ceremony', 'dialogue',
        'meeting')),
    constraint ck_event_order check (first_day(held_on) <= last_day(ends_on)),
    constraint fk_event_campaign_period_id foreign key (campaign_period_id) references
        campaign_period (id),
    constraint fk_event_locality_id foreign key (locality_id) references locality (id),
    constraint fk_event_organiser_id foreign key (organiser_id) references organisation (id),
    constraint fk_event_placement_id foreign key (placement_id) references locality_placement (id)
        on delete set null
);
create index ix_event_campaign_period_id on event (campaign_period_id);
create index ix_event_organiser_id on event (organiser_id);
create index ix_event_placement_id on event (placement_id);
create index ix_event_search on event using gin (search);

create table event_delegation (
    id uuid,
    event_id uuid not null,
    position integer not null,
    organisation_id uuid,
    name text not null,
    head text,
    size integer,
    constraint pk_event_delegation primary key (id),
    constraint ck_event_delegation_size check (size > 0),
    constraint fk_event_delegation_event_id foreign key (event_id) references event (id) on delete
        cascade,
    constraint fk_event_delegation_organisation_id foreign key (organisation_id) references
        organisation (id)
);
create index ix_event_delegation_event_id on event_delegation (event_id);
create index ix_event_delegation_organisation_id on event_delegation (organisation_id);

-- Criteria sets

create table criteria_set (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    name text not null,
    owner_id uuid not null,
    number integer not null,
    supersedes_id uuid,
    valid_from date,
    frozen boolean default false not null,
    agency_id uuid,
    sort_key text collate "C" generated always as (vietnamese_sort_key(name)) stored not null,
    search tsvector generated always as (setweight(search_vector(name), 'A')) stored,
    constraint pk_criteria_set primary key (id),
    constraint uq_criteria_set_supersedes_id unique (supersedes_id),
    constraint ck_criteria_set_number check (number > 0),
    constraint ck_criteria_set_order check (supersedes_id <> id),
    constraint fk_criteria_set_agency_id foreign key (agency_id) references agency (id),
    constraint fk_criteria_set_owner_id foreign key (owner_id) references organisation (id),
    constraint fk_criteria_set_supersedes_id foreign key (supersedes_id) references criteria_set
        (id)
);
create index ix_criteria_set_owner_id on criteria_set (owner_id);
create index ix_criteria_set_search on criteria_set using gin (search);
create index ix_criteria_set_sort_key_id on criteria_set (sort_key, id);

create table criterion (
    criteria_set_id uuid,
    code text,
    position integer not null,
    label text not null,
    max_score numeric not null,
    constraint pk_criterion primary key (criteria_set_id, code),
    constraint ck_criterion_max_score check (max_score > 0),
    constraint fk_criterion_criteria_set_id foreign key (criteria_set_id) references criteria_set
        (id) on delete cascade
);

-- Emulation models

create table emulation_model (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    title text not null,
    aliases text[] not null,
    summary text,
    field varchar(40),
    participant_kind varchar(40),
    locality_id uuid not null,
    host_id uuid,
    owner_name text,
    campaign_period_id uuid,
    objective text,
    target text,
    started_on text,
    distinct_because text,
    derived_from_id uuid,
    merged_into_id uuid,
    transition varchar(40),
    state varchar(40),
    registered_level varchar(40),
    registered_on text,
    registered_on_first date generated always as (first_day(registered_on)) stored,
    registered_on_last date generated always as (last_day(registered_on)) stored,
    recognised_level varchar(40),
    recognised_on text,
    recognised_on_first date generated always as (first_day(recognised_on)) stored,
    recognised_on_last date generated always as (last_day(recognised_on)) stored,
    dated_on date,
    placement_id integer,
    province_id uuid,
    agency_id uuid,
    sort_key text collate "C" generated always as (vietnamese_sort_key(title)) stored not null,
    search tsvector generated always as ((setweight(search_vector(title || ' ' ||
        joined(aliases)), 'A') || setweight(search_vector(coalesce(summary, '')),
        'B'))) stored,
    commended boolean default false not null,
    replicated boolean default false not null,
    province_class_id smallint,
    registered_year integer generated always as (
        case when registered_on not like '-%' then left(registered_on, 4)::integer end) stored,
    recognised_year integer generated always as (
        case when recognised_on not like '-%' then left(recognised_on, 4)::integer end) stored,
    host_kind text,
    constraint pk_emulation_model primary key (id),
    constraint ck_emulation_model_merge check (merged_into_id <> id),
    constraint ck_emulation_model_movementfield check (field in ('economy', 'culture_society',
        'defence_security', 'political_system', 'other')),
    constraint ck_emulation_model_origin check (derived_from_id <> id),
    constraint ck_emulation_model_participantkind check (participant_kind in ('collective',
        'individual', 'household')),
    constraint ck_emulation_model_recognised_level check (recognised_level in ('grassroots',
        'district', 'province', 'central')),
    constraint ck_emulation_model_registered_level check (registered_level in ('grassroots',
        'district', 'province', 'central')),
    constraint ck_emulation_model_state check (state in ('draft', 'registered', 'under_survey',
        'returned', 'recognised', 'not_recognised', 'replicating', 'suspended', 'ended',
        'withdrawn', 'merged')),
    constraint ck_emulation_model_transition check (transition in ('draft', 'registered',
        'under_survey', 'returned', 'recognised', 'not_recognised', 'replicating', 'suspended',
        'ended', 'withdrawn', 'merged')),
    constraint fk_emulation_model_agency_id foreign key (agency_id) references agency (id),
    constraint fk_emulation_model_campaign_period_id foreign key (campaign_period_id) references
        campaign_period (id),
    constraint fk_emulation_model_derived_from_id foreign key (derived_from_id) references
        emulation_model (id),
    constraint fk_emulation_model_host_id foreign key (host_id, host_kind) references organisation
        (id, kind) match full on update cascade,
    constraint fk_emulation_model_locality_id foreign key (locality_id) references locality (id),
    constraint fk_emulation_model_merged_into_id foreign key (merged_into_id) references
        emulation_model (id),
    constraint fk_emulation_model_placement_id foreign key (placement_id) references
        locality_placement (id) on delete set null,
    constraint fk_emulation_model_province_id foreign key (province_id) references locality (id)
);
create index ix_emulation_model_commended_newest on emulation_model (coalesce(registered_on_first,
    '-infinity'), id) where commended;
create index ix_emulation_model_counted on emulation_model (province_id, placement_id,
    campaign_period_id, field, participant_kind, state, registered_level, recognised_level,
    host_kind, registered_year, recognised_year, commended, replicated);
create index ix_emulation_model_derived_from_id on emulation_model (derived_from_id) where
    (derived_from_id is not null);
create index ix_emulation_model_field on emulation_model (field);
create index ix_emulation_model_host_kind on emulation_model (host_kind);
create index ix_emulation_model_host_newest on emulation_model (host_id,
    coalesce(registered_on_first, '-infinity'), id);
create index ix_emulation_model_merged_into_id on emulation_model (merged_into_id) where
    (merged_into_id is not null);
create index ix_emulation_model_newest on emulation_model (coalesce(registered_on_first,
    '-infinity'), id);
create index ix_emulation_model_newest_recognised on emulation_model (coalesce(registered_on_first,
    '-infinity'), id) include (recognised_level, registered_on_first, recognised_on_first,
    recognised_on_last) where (recognised_level is not null);
create index ix_emulation_model_newest_registered_later on emulation_model
    (coalesce(registered_on_first, '-infinity'), id) where ((registered_on_first >
    recognised_on_first) is true);
create index ix_emulation_model_no_field_newest on emulation_model (coalesce(registered_on_first,
    '-infinity'), id) where (field is null);
create index ix_emulation_model_no_registered_level_newest on emulation_model
    (coalesce(registered_on_first, '-infinity'), id) where (registered_level is null);
create index ix_emulation_model_oldest on emulation_model (coalesce(registered_on_first,
    'infinity'), id);
create index ix_emulation_model_period_newest on emulation_model (campaign_period_id,
    coalesce(registered_on_first, '-infinity'), id);
create index ix_emulation_model_placement_newest on emulation_model (placement_id,
    coalesce(registered_on_first, '-infinity'), id);
create index ix_emulation_model_province_newest on emulation_model (province_id,
    coalesce(registered_on_first, '-infinity'), id);
create index ix_emulation_model_recognised_level_newest on emulation_model (recognised_level,
    coalesce(registered_on_first, '-infinity'), id) where (recognised_level is not null);
create index ix_emulation_model_recognised_newest on emulation_model (coalesce(recognised_on_first,
    '-infinity'), id);
create index ix_emulation_model_recognised_oldest on emulation_model (coalesce(recognised_on_first,
    'infinity'), id);
create index ix_emulation_model_registered_level on emulation_model (registered_level);
create index ix_emulation_model_replicated_newest on emulation_model (coalesce(registered_on_first,
    '-infinity'), id) where replicated;
create index ix_emulation_model_sort_key_id on emulation_model (sort_key, id);
create index ix_emulation_model_state_newest on emulation_model (state,
    coalesce(registered_on_first, '-infinity'), id);
create index ix_emulation_model_unplaced on emulation_model (locality_id) where (placement_id is
    null);
create index ix_emulation_model_updated_at_id on emulation_model (updated_at, id);
create index ix_emulation_model_words on emulation_model using gin (ts_filter(search, '{a}'),
    search, registered_year);
-- How few models were registered later than recognised, PostgreSQL would not know.
create statistics emulation_model_registered_later on (registered_on_first > recognised_on_first)
    from emulation_model;

create table model_appraisal (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    model_id uuid not null,
    criteria_set_id uuid not null,
    appraised_on date not null,
    agency_id uuid,
    constraint pk_model_appraisal primary key (id),
    constraint fk_model_appraisal_agency_id foreign key (agency_id) references agency (id),
    constraint fk_model_appraisal_criteria_set_id foreign key (criteria_set_id) references
        criteria_set (id),
    constraint fk_model_appraisal_model_id foreign key (model_id) references emulation_model (id) on
        delete cascade
);
create index ix_model_appraisal_criteria_set_id on model_appraisal (criteria_set_id);
create index ix_model_appraisal_model_id on model_appraisal (model_id);

create table model_host (
    id uuid,
    model_id uuid not null,
    position integer not null,
    organisation_id uuid not null,
    constraint pk_model_host primary key (id),
    constraint fk_model_host_model_id foreign key (model_id) references emulation_model (id) on
        delete cascade,
    constraint fk_model_host_organisation_id foreign key (organisation_id) references organisation
        (id)
);
create index ix_model_host_model_id on model_host (model_id);
create index ix_model_host_organisation_id on model_host (organisation_id);

create table model_inspection (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    model_id uuid not null,
    inspected_on text not null,
    inspected_on_first date generated always as (first_day(inspected_on)) stored,
    inspected_on_last date generated always as (last_day(inspected_on)) stored,
    event_id uuid,
    inspectors text[] not null,
    findings text,
    follow_up_due_on date,
    agency_id uuid,
    constraint pk_model_inspection primary key (id),
    constraint fk_model_inspection_agency_id foreign key (agency_id) references agency (id),
    constraint fk_model_inspection_event_id foreign key (event_id) references event (id),
    constraint fk_model_inspection_model_id foreign key (model_id) references emulation_model (id)
        on delete cascade
);
create index ix_model_inspection_event_id on model_inspection (event_id);
create index ix_model_inspection_follow_up_due_on on model_inspection (follow_up_due_on) where
    (follow_up_due_on is not null);
create index ix_model_inspection_model_id_inspected_on_first on model_inspection (model_id,
    inspected_on_first);

create table model_locality (
    id uuid,
    model_id uuid not null,
    position integer not null,
    locality_id uuid not null,
    constraint pk_model_locality primary key (id),
    constraint fk_model_locality_locality_id foreign key (locality_id) references locality (id),
    constraint fk_model_locality_model_id foreign key (model_id) references emulation_model (id) on
        delete cascade
);
create index ix_model_locality_locality_id on model_locality (locality_id);
create index ix_model_locality_model_id on model_locality (model_id);

create table model_outcome (
    id uuid,
    model_id uuid not null,
    position integer not null,
    what text not null,
    amount numeric,
    minimum numeric,
    maximum numeric,
    qualifier varchar(40) not null,
    unit text,
    period text,
    quote text,
    constraint pk_model_outcome primary key (id),
    constraint ck_model_outcome_qualifier check (qualifier in ('exact', 'at_least', 'at_most',
        'about')),
    constraint ck_model_outcome_range check (minimum <= maximum),
    constraint fk_model_outcome_model_id foreign key (model_id) references emulation_model (id) on
        delete cascade
);
create index ix_model_outcome_model_id on model_outcome (model_id);

create table model_recognition (
    id uuid,
    model_id uuid not null,
    level varchar(40) not null,
    recognised boolean not null,
    decided_on text,
    decided_on_first date generated always as (first_day(decided_on)) stored,
    decided_on_last date generated always as (last_day(decided_on)) stored,
    decided_by_id uuid,
    document_id uuid,
    reason text,
    agency_id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    constraint pk_model_recognition primary key (id),
    constraint ck_model_recognition_level check (level in ('grassroots', 'district', 'province',
        'central')),
    constraint fk_model_recognition_agency_id foreign key (agency_id) references agency (id),
    constraint fk_model_recognition_decided_by_id foreign key (decided_by_id) references
        organisation (id),
    constraint fk_model_recognition_document_id foreign key (document_id) references document (id),
    constraint fk_model_recognition_model_id foreign key (model_id) references emulation_model (id)
        on delete cascade
);
create index ix_model_recognition_model_id on model_recognition (model_id);
create unique index uq_model_recognition_level on model_recognition (model_id, level) where
    recognised;

create table model_registration (
    id uuid,
    model_id uuid not null,
    level varchar(40) not null,
    registered_on text,
    registered_on_first date generated always as (first_day(registered_on)) stored,
    registered_on_last date generated always as (last_day(registered_on)) stored,
    registered_by_id uuid,
    agency_id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    constraint pk_model_registration primary key (id),
    constraint uq_model_registration_model_id_level unique (model_id, level),
    constraint ck_model_registration_level check (level in ('grassroots', 'district', 'province',
        'central')),
    constraint fk_model_registration_agency_id foreign key (agency_id) references agency (id),
    constraint fk_model_registration_model_id foreign key (model_id) references emulation_model (id)
        on delete cascade,
    constraint fk_model_registration_registered_by_id foreign key (registered_by_id) references
        organisation (id)
);

create table model_source (
    id uuid,
    model_id uuid not null,
    position integer not null,
    document_id uuid,
    url text,
    quote text,
    note text,
    constraint pk_model_source primary key (id),
    constraint fk_model_source_document_id foreign key (document_id) references document (id),
    constraint fk_model_source_model_id foreign key (model_id) references emulation_model (id) on
        delete cascade
);
create index ix_model_source_document_id on model_source (document_id);
create index ix_model_source_model_id on model_source (model_id);

create table model_transition (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    model_id uuid not null,
    step varchar(40) not null,
    made_on date not null,
    reason text not null,
    into_id uuid,
    agency_id uuid,
    constraint pk_model_transition primary key (id),
    constraint ck_model_transition_step check (step in ('register', 'inspect', 'survey', 'appraise',
        'recognise', 'not_recognise', 'replicate', 'return', 'suspend', 'end', 'withdraw', 'resume',
        'merge')),
    constraint fk_model_transition_agency_id foreign key (agency_id) references agency (id),
    constraint fk_model_transition_into_id foreign key (into_id) references emulation_model (id),
    constraint fk_model_transition_model_id foreign key (model_id) references emulation_model (id)
        on delete cascade
);
create index ix_model_transition_into_id on model_transition (into_id);
create index ix_model_transition_model_id on model_transition (model_id);

create table appraisal_score (
    appraisal_id uuid,
    criterion text,
    criteria_set_id uuid not null,
    score numeric not null,
    note text,
    constraint pk_appraisal_score primary key (appraisal_id, criterion),
    constraint ck_appraisal_score_score check (score >= 0),
    constraint fk_appraisal_score_appraisal_id foreign key (appraisal_id) references model_appraisal
        (id) on delete cascade,
    constraint fk_appraisal_score_criteria_set_id foreign key (criteria_set_id, criterion)
        references criterion (criteria_set_id, code)
);
create index ix_appraisal_score_criteria_set_id_criterion on appraisal_score (criteria_set_id,
    criterion);

create table event_visit (
    event_id uuid,
    model_id uuid,
    constraint pk_event_visit primary key (event_id, model_id),
    constraint fk_event_visit_event_id foreign key (event_id) references event (id) on delete
        cascade,
    constraint fk_event_visit_model_id foreign key (model_id) references emulation_model (id)
);
create index ix_event_visit_model_id on event_visit (model_id);

-- Award decisions

create table award_decision (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    number text,
    issued_on text,
    issued_on_first date generated always as (first_day(issued_on)) stored,
    issued_on_last date generated always as (last_day(issued_on)) stored,
    authority_id uuid not null,
    capacity varchar(40) not null,
    signer text,
    level varchar(40) not null,
    event_id uuid,
    campaign_period_id uuid,
    occasion text,
    status varchar(40) not null,
    status_reason text,
    status_on date,
    verification_code text not null,
    placement_id integer,
    province_id uuid,
    agency_id uuid,
    search tsvector generated always as ((setweight(search_vector(coalesce(number,
        '')), 'A') || setweight(search_vector(coalesce(occasion, '')), 'B'))) stored,
    province_class_id smallint,
    constraint pk_award_decision primary key (id),
    constraint uq_award_decision_verification_code unique (verification_code),
    constraint ck_award_decision_authoritycapacity check (capacity in ('as_body', 'as_head')),
    constraint ck_award_decision_awardstatus check (status in ('issued', 'corrected', 'revoked')),
    constraint ck_award_decision_level check (level in ('grassroots', 'district', 'province',
        'central')),
    constraint ck_award_decision_revocation check ((status <> 'revoked') or ((status_reason is not
        null) and (status_on is not null))),
    constraint fk_award_decision_agency_id foreign key (agency_id) references agency (id),
    constraint fk_award_decision_authority_id foreign key (authority_id) references organisation
        (id),
    constraint fk_award_decision_campaign_period_id foreign key (campaign_period_id) references
        campaign_period (id),
    constraint fk_award_decision_event_id foreign key (event_id) references event (id),
    constraint fk_award_decision_placement_id foreign key (placement_id) references
        locality_placement (id) on delete set null,
    constraint fk_award_decision_province_id foreign key (province_id) references locality (id)
);
create index ix_award_decision_authority_newest on award_decision (authority_id,
    coalesce(issued_on_first, '-infinity'), id);
create index ix_award_decision_event_newest on award_decision (event_id, coalesce(issued_on_first,
    '-infinity'), id);
create index ix_award_decision_level_newest on award_decision (level, coalesce(issued_on_first,
    '-infinity'), id);
create index ix_award_decision_newest on award_decision (coalesce(issued_on_first, '-infinity'),
    id);
create index ix_award_decision_number on award_decision (number);
create index ix_award_decision_oldest on award_decision (coalesce(issued_on_first, 'infinity'), id);
create index ix_award_decision_period_newest on award_decision (campaign_period_id,
    coalesce(issued_on_first, '-infinity'), id);
create index ix_award_decision_placement_newest on award_decision (placement_id,
    coalesce(issued_on_first, '-infinity'), id) include (status);
create index ix_award_decision_province_newest on award_decision (province_id,
    coalesce(issued_on_first, '-infinity'), id) include (placement_id, campaign_period_id, level,
    status, issued_on_first, issued_on_last);
create index ix_award_decision_search on award_decision using gin (search);
create index ix_award_decision_status_newest on award_decision (status, coalesce(issued_on_first,
    '-infinity'), id);
create index ix_award_decision_updated_at_id on award_decision (updated_at, id);
alter table award_decision alter campaign_period_id set statistics 1000;

create table award (
    id uuid,
    decision_id uuid not null,
    position integer not null,
    form varchar(40) not null,
    title text,
    merit text,
    participant_kind varchar(40) not null,
    count integer not null,
    search tsvector generated always as ((setweight(search_vector(coalesce(title,
        '')), 'A') || setweight(search_vector(coalesce(merit, '')), 'B'))) stored,
    constraint pk_award primary key (id),
    constraint uq_award_id_count unique (id, count),
    constraint ck_award_awardform check (form in ('commemorative_medal', 'insignia',
        'merit_certificate', 'commendation_certificate', 'public_praise', 'praise_letter',
        'emulation_flag', 'emulation_title', 'order', 'medal', 'state_honorary_title', 'prize')),
    constraint ck_award_count check (count > 0),
    constraint ck_award_participantkind check (participant_kind in ('collective', 'individual',
        'household')),
    constraint fk_award_decision_id foreign key (decision_id) references award_decision (id) on
        delete cascade
);
create index ix_award_decision_id on award (decision_id) include (count, form, participant_kind);
create index ix_award_form_decision_id on award (form, decision_id);
create index ix_award_participant_kind_decision_id on award (participant_kind, decision_id);
create index ix_award_search on award using gin (search);

create table award_decision_correction (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    reason text not null,
    recorded_at timestamptz default clock_timestamp() not null,
    agency_id uuid not null,
    decision_id uuid not null,
    document_id uuid,
    changed json not null,
    constraint pk_award_decision_correction primary key (id),
    constraint fk_award_decision_correction_agency_id foreign key (agency_id) references agency (id),
    constraint fk_award_decision_correction_decision_id foreign key (decision_id) references
        award_decision (id) on delete cascade,
    constraint fk_award_decision_correction_document_id foreign key (document_id) references
        document (id)
);
create index ix_award_decision_correction_decision_id on award_decision_correction (decision_id);

create table award_decision_revocation (
    decision_id uuid,
    reason text not null,
    recorded_at timestamptz default clock_timestamp() not null,
    agency_id uuid not null,
    effective_on date not null,
    constraint pk_award_decision_revocation primary key (decision_id),
    constraint fk_award_decision_revocation_agency_id foreign key (agency_id) references agency (id),
    constraint fk_award_decision_revocation_decision_id foreign key (decision_id) references
        award_decision (id) on delete cascade
);

create table award_recipient (
    id uuid,
    award_id uuid not null,
    award_count integer not null,
    position integer not null,
    name text not null,
    organisation_id uuid,
    locality_id uuid,
    model_id uuid,
    search tsvector generated always as (setweight(search_vector(name), 'A')) stored,
    constraint pk_award_recipient primary key (id),
    constraint uq_award_recipient_award_id_position unique (award_id, "position") deferrable
        initially deferred,
    constraint ck_award_recipient_within_count check (("position" >= 1) and ("position" <=
        award_count)),
    constraint fk_award_recipient_award_id foreign key (award_id, award_count) references award (id,
        count) on update cascade on delete cascade,
    constraint fk_award_recipient_locality_id foreign key (locality_id) references locality (id),
    constraint fk_award_recipient_model_id foreign key (model_id) references emulation_model (id),
    constraint fk_award_recipient_organisation_id foreign key (organisation_id) references
        organisation (id)
);
create index ix_award_recipient_model_id on award_recipient (model_id);
create index ix_award_recipient_organisation_id on award_recipient (organisation_id);
create index ix_award_recipient_search on award_recipient using gin (search);

-- Publications

create table publication (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    title text not null,
    publisher_id uuid,
    url text,
    published_on text,
    published_on_first date generated always as (first_day(published_on)) stored,
    published_on_last date generated always as (last_day(published_on)) stored,
    search tsvector generated always as (setweight(search_vector(title), 'A')) stored,
    constraint pk_publication primary key (id),
    constraint fk_publication_publisher_id foreign key (publisher_id) references organisation (id)
);
create index ix_publication_publisher_id on publication (publisher_id);
create index ix_publication_search on publication using gin (search);

create table figure_resolution (
    id uuid,
    check_id uuid not null,
    figures text not null,
    status varchar(40) not null,
    note text not null,
    resolved_at timestamptz default clock_timestamp() not null,
    agency_id uuid not null,
    lapsed_at timestamptz,
    constraint pk_figure_resolution primary key (id),
    constraint ck_figure_resolution_resolution check (status in ('explained', 'accepted',
        'source_error')),
    constraint fk_figure_resolution_agency_id foreign key (agency_id) references agency (id)
);
create unique index uq_figure_resolution_check on figure_resolution (check_id) where (lapsed_at is
    null);

create table publication_correction (
    id uuid,
    version integer default 1 not null,
    updated_at timestamptz default now() not null,
    publication_id uuid not null,
    observation_id uuid not null,
    reason text not null,
    changed json not null,
    recorded_at timestamptz default clock_timestamp() not null,
    agency_id uuid not null,
    constraint pk_publication_correction primary key (id),
    constraint fk_publication_correction_agency_id foreign key (agency_id) references agency (id),
    constraint fk_publication_correction_publication_id foreign key (publication_id) references
        publication (id) on delete cascade
);
create index ix_publication_correction_publication_id on publication_correction (publication_id);

create table dataset (
    id uuid,
    publication_id uuid not null,
    position integer not null,
    label text,
    subject_locality_id uuid,
    subject_organisation_id uuid,
    subject_event_id uuid,
    subject_model_id uuid,
    reported_by_id uuid,
    measure text not null,
    claim_status varchar(40) not null,
    levels text[] not null,
    period_start date,
    period_end date,
    period_precision varchar(40),
    period_wording text,
    observed_through text,
    observed_through_last date generated always as (last_day(observed_through)) stored,
    unit text,
    labels jsonb not null,
    overlapping text[] not null,
    note text,
    placement_id integer,
    constraint pk_dataset primary key (id),
    constraint uq_dataset_id_measure unique (id, measure),
    constraint ck_dataset_claimstatus check (claim_status in ('result', 'target', 'proposed')),
    constraint ck_dataset_dateprecision check (period_precision in ('day', 'day_without_year',
        'month', 'year')),
    constraint ck_dataset_period check (period_start <= period_end),
    constraint ck_dataset_subject check (num_nonnulls(subject_locality_id, subject_organisation_id,
        subject_event_id, subject_model_id) = 1),
    constraint fk_dataset_placement_id foreign key (placement_id) references locality_placement (id)
        on delete set null,
    constraint fk_dataset_publication_id foreign key (publication_id) references publication (id) on
        delete cascade,
    constraint fk_dataset_reported_by_id foreign key (reported_by_id) references organisation (id),
    constraint fk_dataset_subject_event_id foreign key (subject_event_id) references event (id),
    constraint fk_dataset_subject_locality_id foreign key (subject_locality_id) references locality
        (id),
    constraint fk_dataset_subject_model_id foreign key (subject_model_id) references emulation_model
        (id),
    constraint fk_dataset_subject_organisation_id foreign key (subject_organisation_id) references
        organisation (id)
);
create index ix_dataset_measure on dataset (measure);
create index ix_dataset_placement_id on dataset (placement_id);
create index ix_dataset_publication_id on dataset (publication_id);
create index ix_dataset_reported_by_id on dataset (reported_by_id);
create index ix_dataset_subject on dataset (coalesce(subject_locality_id, subject_organisation_id,
    subject_event_id, subject_model_id), measure);
create index ix_dataset_subject_event_id on dataset (subject_event_id);
create index ix_dataset_subject_model_id on dataset (subject_model_id);
create index ix_dataset_subject_organisation_id on dataset (subject_organisation_id);

create table figure_check (
    id uuid,
    dataset_id uuid not null,
    position integer not null,
    kind text not null,
    at jsonb not null,
    dimension text,
    stated numeric not null,
    stated_by uuid[] not null,
    computed numeric,
    computed_from uuid[] not null,
    other_dataset_id uuid,
    status varchar(40) not null,
    explanations json not null,
    figures text not null,
    constraint pk_figure_check primary key (id),
    constraint ck_figure_check_checkstatus check (status in ('consistent', 'discrepant',
        'incomplete', 'not_comparable')),
    constraint fk_figure_check_dataset_id foreign key (dataset_id) references dataset (id) on delete
        cascade,
    constraint fk_figure_check_other_dataset_id foreign key (other_dataset_id) references dataset
        (id) on delete cascade
);
create index ix_figure_check_dataset_id on figure_check (dataset_id);
create index ix_figure_check_other_dataset_id on figure_check (other_dataset_id);
create index ix_figure_check_status_kind on figure_check (status, kind);

create table observation (
    id uuid,
    dataset_id uuid not null,
    measure text not null,
    position integer not null,
    dimensions jsonb not null,
    amount numeric,
    minimum numeric,
    maximum numeric,
    magnitude text,
    qualifier varchar(40) not null,
    unit text,
    comparison jsonb,
    note text,
    quote text,
    constraint pk_observation primary key (id),
    constraint uq_observation_dataset_id_dimensions unique (dataset_id, dimensions),
    constraint ck_observation_count check ((measure <> all (array['registered', 'built', 'existing',
        'effective', 'recognised', 'not_recognised', 'replicated', 'commended'])) or (least(amount,
        minimum, maximum) >= 0)),
    constraint ck_observation_qualifier check (qualifier in ('exact', 'at_least', 'at_most',
        'about')),
    constraint ck_observation_range check (minimum <= maximum),
    constraint fk_observation_dataset_id foreign key (dataset_id, measure) references dataset (id,
        measure) on update cascade on delete cascade
);

-- Changes

create table change (
    type text,
    id uuid,
    xid bigint default pg_current_xact_id()::text::bigint not null,
    version integer not null,
    changed_at timestamptz default clock_timestamp() not null,
    places integer[] not null,
    left_places integer[] default '{}' not null,
    constraint pk_change primary key (type, id)
);
create index ix_change_xid_type_id on change (xid, type, id);

create table database_start (
    number integer generated always as identity,
    token uuid default gen_random_uuid() not null,
    name text not null,
    begins bigint not null,
    constraint pk_database_start primary key (number),
    constraint uq_database_start_name unique (name),
    constraint uq_database_start_token unique (token)
);

-- Statistics

create table award_roll_up (
    province_class_id smallint,
    campaign_period_id uuid,
    form text,
    participant_kind text,
    level text,
    status text,
    issued_year integer,
    count bigint not null,
    settled boolean default false not null
);
create index ix_award_roll_up_campaign_period_id on award_roll_up (campaign_period_id);
create index ix_award_roll_up_unsettled on award_roll_up (settled) where not settled;
create unique index uq_award_roll_up on award_roll_up (province_class_id, campaign_period_id, form,
    participant_kind, level, status, issued_year) nulls not distinct where settled;

create table model_roll_up (
    province_class_id smallint,
    campaign_period_id uuid,
    field text,
    participant_kind text,
    state text,
    count integer not null,
    registered integer not null,
    recognised integer not null,
    commended integer not null,
    replicated integer not null,
    settled boolean default false not null
);
create index ix_model_roll_up_campaign_period_id on model_roll_up (campaign_period_id);
create index ix_model_roll_up_unsettled on model_roll_up (settled) where not settled;
create unique index uq_model_roll_up on model_roll_up (province_class_id, campaign_period_id, field,
    participant_kind, state) nulls not distinct where settled;

-- What they hold from the start

insert into reference_revision values (true, 1);
insert into secret values ('cursor',
    sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
