"""The vocabularies: their data file and how it is served."""

import unicodedata

import httpx
import pytest

from app.vocabularies import terms
from app.vocabularies.service import vocabularies

ENUMS = {
    "field": terms.MovementField,
    "participant_kind": terms.ParticipantKind,
    "level": terms.Level,
    "model_state": terms.ModelState,
    "measure": terms.Measure,
    "claim_status": terms.ClaimStatus,
    "award_form": terms.AwardForm,
    "award_status": terms.AwardStatus,
    "qualifier": terms.Qualifier,
    "extent": terms.Extent,
    "check_status": terms.CheckStatus,
    "resolution": terms.Resolution,
    "authority_capacity": terms.AuthorityCapacity,
    "organisation_kind": terms.OrganisationKind,
    "organisation_tier": terms.OrganisationTier,
    "locality_level": terms.LocalityLevel,
    "locality_kind": terms.LocalityKind,
    "document_kind": terms.DocumentKind,
    "document_family": terms.DocumentFamily,
    "document_role": terms.DocumentRole,
    "event_kind": terms.EventKind,
    "date_precision": terms.DatePrecision,
    "campaign_kind": terms.CampaignKind,
}


class TestDataFile:
    def test_has_exactly_the_vocabularies_of_the_code(self) -> None:
        serialized = {
            name: [term["id"] for term in listed] for name, listed in vocabularies().items()
        }
        assert serialized == {name: list(enum) for name, enum in ENUMS.items()}

    @pytest.mark.parametrize("vocabulary", ENUMS)
    def test_labels_are_normalised_and_unique_and_definitions_whole(self, vocabulary: str) -> None:
        listed = vocabularies()[vocabulary]
        for label in ("label_vi", "label_en"):
            assert len({term[label] for term in listed}) == len(listed)
        for term in listed:
            assert list(term) == ["id", "label_vi", "label_en", "definition"]
            assert all(text and unicodedata.is_normalized("NFC", text) for text in term.values())
            assert term["definition"][0].isupper()
            assert term["definition"].endswith(".")


class TestGetReference:
    async def test_gives_every_vocabulary_by_its_id(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/reference")
        assert answer.json() == vocabularies()
        assert answer.json()["award_form"][0]["label_vi"] == "kỷ niệm chương"

    async def test_is_kept_for_a_day_and_revalidated(self, client: httpx.AsyncClient) -> None:
        first = await client.get("/v1/reference")
        assert first.headers["cache-control"] == "public, max-age=86400"
        headers = {"If-None-Match": first.headers["etag"]}
        assert (await client.get("/v1/reference", headers=headers)).status_code == 304

    async def test_refuses_parameters_and_other_media_types(
        self, client: httpx.AsyncClient
    ) -> None:
        assert (await client.get("/v1/reference?limit=5")).status_code == 422
        headers = {"Accept": "text/csv"}
        assert (await client.get("/v1/reference", headers=headers)).status_code == 406


class TestGetVocabulary:
    @pytest.mark.parametrize("vocabulary", ENUMS)
    async def test_gives_its_terms(self, client: httpx.AsyncClient, vocabulary: str) -> None:
        answer = await client.get(f"/v1/reference/{vocabulary}")
        assert answer.json() == {"items": vocabularies()[vocabulary]}
        assert answer.headers["cache-control"] == "public, max-age=86400"

    async def test_is_404_for_one_that_is_not(self, client: httpx.AsyncClient) -> None:
        for unknown in ("fields", "FIELD", "%00", "1"):
            answer = await client.get(f"/v1/reference/{unknown}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
