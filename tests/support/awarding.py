"""Makes award decisions for tests."""

from typing import Any

import httpx

from app.shipped_facts import id_of as shipped

CA_MAU = "province/96/2025-07-01"
AN_GIANG = "province/91/2025-07-01"
MEDALS = "ca-mau-2023/ky-niem-chuong"
MERITS = "ca-mau-2023/bang-khen-chu-tich-ubnd-tinh"
COMMENDATIONS = "ca-mau-2023/giay-khen-truong-ban-dan-van-tinh-uy"
BY_THE_BOARD = "u-minh-thuong-2020/giay-khen-ban-thuong-vu-huyen-uy"
BY_THE_DISTRICT = "u-minh-thuong-2020/giay-khen-ubnd-huyen"
ALL = [MEDALS, MERITS, COMMENDATIONS, BY_THE_BOARD, BY_THE_DISTRICT]
WOMEN = "u-minh-thuong-2020/chi-hoi-phu-nu-ap-dang-van-do"

Json = dict[str, Any]


def decision_id(key: str) -> str:
    return str(shipped("award_decision", key))


def organisation_id(key: str) -> str:
    return str(shipped("organisation", key))


def event_id(key: str) -> str:
    return str(shipped("event", key))


def period_id(key: str) -> str:
    return str(shipped("campaign_period", key))


def model_id(key: str) -> str:
    return str(shipped("emulation_model", key))


CEREMONY = event_id("ca-mau-2023/le-khen-thuong-2023-10-27")
TRUSTED_PLACE = model_id("ca-mau-2023/dia-chi-tin-cay-nha-tam-lanh")


def line(**changes: Any) -> Json:
    return {"form": "commendation_certificate", "participant_kind": "collective", "count": 3} | (
        changes
    )


def commendation(**changes: Any) -> Json:
    return {
        "number": "125-QĐ/BDVTU",
        "issued_on": "2023-10-20",
        "authority": organisation_id("ca-mau-2023/ban-dan-van-tinh-uy"),
        "capacity": "as_head",
        "level": "province",
        "awards": [line()],
    } | changes


async def record(client: httpx.AsyncClient, key: dict[str, str], **changes: Any) -> Json:
    answer = await client.post("/v1/award-decisions", json=commendation(**changes), headers=key)
    assert answer.status_code == 201, answer.text
    serialized: Json = answer.json()
    return serialized


async def correct(
    client: httpx.AsyncClient, key: dict[str, str], id: str, changes: Json, **others: Any
) -> Json:
    body = {"reason": "Ghi nhầm", "changes": changes} | others
    answer = await client.post(f"/v1/award-decisions/{id}/corrections", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    serialized: Json = answer.json()
    return serialized


async def revoke(client: httpx.AsyncClient, key: dict[str, str], id: str, on: str) -> Json:
    body = {"reason": "Kê khai sai", "effective_on": on}
    answer = await client.post(f"/v1/award-decisions/{id}/revocation", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    serialized: Json = answer.json()
    return serialized


async def every_id(client: httpx.AsyncClient, url: str) -> list[str]:
    """All ids of a list, page by page."""
    seen: list[str] = []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "")
    return seen
