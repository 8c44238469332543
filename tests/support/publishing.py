"""Reads and makes publications for tests."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlmodel.ext.asyncio.session import AsyncSession

from app.publications.tables import Dataset, Observation, Publication
from app.shipped_facts import id_of as shipped
from app.vocabularies.terms import ClaimStatus, Qualifier

PUBLICATIONS = "/v1/publications"


def faults(answer: httpx.Response) -> dict[str, str]:
    """The codes of what is wrong, by where it is."""
    assert answer.status_code in {409, 422}, answer.text
    return {each["pointer"]: each["code"] for each in answer.json()["errors"]}


def url_of(dataset: str) -> str:
    return f"{PUBLICATIONS}/{shipped('publication', dataset.partition('/')[0])}"


async def read_dataset(client: httpx.AsyncClient, key: str) -> dict[str, Any]:
    """The dataset as its publication tells it, numbers exact."""
    answer = await client.get(url_of(key))
    assert answer.status_code == 200, answer.text
    datasets = json.loads(answer.text, parse_float=Decimal)["datasets"]
    (found,) = [each for each in datasets if each["id"] == str(shipped("dataset", key))]
    assert isinstance(found, dict)
    return found


async def publish(session: AsyncSession) -> UUID:
    """A publication of 2026 with what none of the five has: ranges, words, own dimensions."""
    publication = Publication(
        title="Báo cáo thử về “Mẹ đỡ đầu”", publisher_id=None, url=None, published_on="2026-05"
    )
    dataset = Dataset(
        publication_id=publication.id,
        position=0,
        label=None,
        subject_locality_id=None,
        subject_organisation_id=None,
        subject_event_id=None,
        subject_model_id=shipped("emulation_model", "ca-mau-2023/me-do-dau"),
        reported_by_id=None,
        measure="cards_change",
        claim_status=ClaimStatus.target,
        levels=[],
        period_start=None,
        period_end=None,
        period_precision=None,
        period_wording=None,
        observed_through=None,
        unit="người",
        labels={},
        overlapping=["religion"],
        note=None,
    )
    session.add(publication)
    await session.flush()
    session.add(dataset)
    await session.flush()
    nothing = dict.fromkeys(
        ("amount", "minimum", "maximum", "magnitude", "unit", "comparison", "note", "quote")
    )
    comparison = {"kind": "change", "base_period": None, "amount": 276, "qualifier": "exact"}
    printed: list[dict[str, Any]] = [
        {
            "dimensions": {"field": "new_rural", "religion": "Phật giáo"},
            "amount": Decimal("12345678901234567.12345678910"),
            "unit": "thẻ",
        },
        {
            "dimensions": {"field": "religious_areas"},
            "minimum": Decimal("-2.50"),
            "maximum": Decimal(3),
        },
        {"dimensions": {}, "magnitude": "hàng nghìn", "comparison": comparison},
    ]
    for position, values in enumerate(printed):
        row: dict[str, Any] = nothing | values | {"dataset_id": dataset.id, "position": position}
        session.add(Observation(measure=dataset.measure, qualifier=Qualifier.exact, **row))
    await session.flush()
    return publication.id
