"""The registry's controlled vocabularies: ids are forever, labels are data."""

from enum import StrEnum


class MovementField(StrEnum):
    """The four fields of the movement, and `other`; absent means not stated."""

    economy = "economy"
    culture_society = "culture_society"
    defence_security = "defence_security"
    political_system = "political_system"
    other = "other"


class ParticipantKind(StrEnum):
    """Who owns a model or receives an award (Law 06/2022/QH15 added households)."""

    collective = "collective"
    individual = "individual"
    household = "household"


class Level(StrEnum):
    """Level of registration, recognition or award; `district` ended with 2025-06-30."""

    grassroots = "grassroots"
    district = "district"
    province = "province"
    central = "central"


class ModelState(StrEnum):
    """Where a model stands: set by a transition, or derived from its tracks."""

    draft = "draft"
    registered = "registered"
    under_survey = "under_survey"
    returned = "returned"
    recognised = "recognised"
    not_recognised = "not_recognised"
    replicating = "replicating"
    suspended = "suspended"
    ended = "ended"
    withdrawn = "withdrawn"
    merged = "merged"


class Measure(StrEnum):
    """Stages of models that are counted; publications may name other measures."""

    registered = "registered"
    built = "built"
    existing = "existing"
    effective = "effective"
    recognised = "recognised"
    not_recognised = "not_recognised"
    replicated = "replicated"
    commended = "commended"


class ClaimStatus(StrEnum):
    """What a published figure claims to be."""

    result = "result"
    target = "target"
    proposed = "proposed"


class AwardForm(StrEnum):
    """Forms of commendation; the level is an attribute of the decision."""

    commemorative_medal = "commemorative_medal"
    insignia = "insignia"
    merit_certificate = "merit_certificate"
    commendation_certificate = "commendation_certificate"
    public_praise = "public_praise"
    praise_letter = "praise_letter"
    emulation_flag = "emulation_flag"
    emulation_title = "emulation_title"
    order = "order"
    medal = "medal"
    state_honorary_title = "state_honorary_title"
    prize = "prize"


class AwardStatus(StrEnum):
    """Standing of an award decision."""

    issued = "issued"
    corrected = "corrected"
    revoked = "revoked"


class Qualifier(StrEnum):
    """How a printed number is to be read."""

    exact = "exact"
    at_least = "at_least"
    at_most = "at_most"
    about = "about"


class Extent(StrEnum):
    """Whether all of a unit went into its successor, or a part."""

    whole = "whole"
    part = "part"


class CheckStatus(StrEnum):
    """Result of a reconciliation check."""

    consistent = "consistent"
    discrepant = "discrepant"
    incomplete = "incomplete"
    not_comparable = "not_comparable"


class Resolution(StrEnum):
    """What a person found about a discrepancy."""

    explained = "explained"
    accepted = "accepted"
    source_error = "source_error"


class AuthorityCapacity(StrEnum):
    """Whether an authority acted as a body or through its head."""

    as_body = "as_body"
    as_head = "as_head"


class OrganisationKind(StrEnum):
    """Kinds of organisation in the political system and beside it."""

    party_committee = "party_committee"
    party_standing_board = "party_standing_board"
    mass_mobilisation_commission = "mass_mobilisation_commission"
    propaganda_mobilisation_commission = "propaganda_mobilisation_commission"
    commune_mobilisation_bloc = "commune_mobilisation_bloc"
    steering_committee = "steering_committee"
    peoples_council = "peoples_council"
    peoples_committee = "peoples_committee"
    state_department = "state_department"
    fatherland_front = "fatherland_front"
    womens_union = "womens_union"
    farmers_union = "farmers_union"
    youth_union = "youth_union"
    veterans_association = "veterans_association"
    trade_union = "trade_union"
    red_cross = "red_cross"
    public_security = "public_security"
    military_command = "military_command"
    border_guard = "border_guard"
    judicial_body = "judicial_body"
    public_service_unit = "public_service_unit"
    enterprise = "enterprise"
    cooperative = "cooperative"
    community_group = "community_group"
    party_cell = "party_cell"
    religious_community = "religious_community"
    media_body = "media_body"
    other = "other"


class OrganisationTier(StrEnum):
    """Tier of an organisation; `region` is a military region."""

    central = "central"
    region = "region"
    province = "province"
    district = "district"
    commune = "commune"
    branch = "branch"


class LocalityLevel(StrEnum):
    """Tier of administrative geography."""

    country = "country"
    province = "province"
    district = "district"
    commune = "commune"
    hamlet = "hamlet"


class LocalityKind(StrEnum):
    """Kind of administrative unit, or of hamlet below it."""

    country = "country"
    province = "province"
    municipality = "municipality"
    rural_district = "rural_district"
    urban_district = "urban_district"
    district_town = "district_town"
    district_city = "district_city"
    rural_commune = "rural_commune"
    ward = "ward"
    township = "township"
    special_zone = "special_zone"
    ap = "ap"
    khom = "khom"
    thon = "thon"
    ban = "ban"
    buon = "buon"
    xom = "xom"
    to_dan_pho = "to_dan_pho"
    khu_pho = "khu_pho"
    khu_dan_cu = "khu_dan_cu"


class DocumentKind(StrEnum):
    """Kinds of document."""

    law = "law"
    decree = "decree"
    circular = "circular"
    resolution = "resolution"
    directive = "directive"
    decision = "decision"
    regulation = "regulation"
    plan = "plan"
    official_letter = "official_letter"
    guidance = "guidance"
    report = "report"
    conclusion = "conclusion"
    programme = "programme"
    notice = "notice"
    news_article = "news_article"
    other = "other"


class DocumentFamily(StrEnum):
    """Whose numbering a document follows: Party (hyphen), State (slash) or Front."""

    party = "party"
    state = "state"
    front = "front"


class DocumentRole(StrEnum):
    """What a document does for a campaign period."""

    launches = "launches"
    guides = "guides"
    mandates_report = "mandates_report"
    decides = "decides"
    amends = "amends"
    revokes = "revokes"
    cites = "cites"


class EventKind(StrEnum):
    """Kinds of event."""

    launch = "launch"
    mid_term_review = "mid_term_review"
    final_review = "final_review"
    survey_visit = "survey_visit"
    inspection = "inspection"
    training = "training"
    contest = "contest"
    award_ceremony = "award_ceremony"
    dialogue = "dialogue"
    meeting = "meeting"


class DatePrecision(StrEnum):
    """How much of a date is known."""

    day = "day"
    day_without_year = "day_without_year"
    month = "month"
    year = "year"


class CampaignKind(StrEnum):
    """Kinds of campaign period: giai đoạn, hằng năm, đợt."""

    multi_year = "multi_year"
    annual = "annual"
    drive = "drive"
