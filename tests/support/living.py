"""Models and their steps, for tests."""

from typing import Any

import httpx

from app.localities.load import id_of
from app.shipped_facts import id_of as shipped

CA_MAU = "province/96/2025-07-01"
CAN_THO = "province/92/2025-07-01"
OWNER = str(shipped("organisation", "can-tho-2024/ban-dan-van-thanh-uy"))
Key = dict[str, str]


def model(unit: str = CA_MAU, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Đổi rác thải nhựa lấy quà ở chợ xã",
        "field": "culture_society",
        "participant_kind": "collective",
        "locality": str(id_of(unit)),
        "objective": "Giảm rác thải nhựa ở chợ",
        "target": "Thu gom 2 tấn rác nhựa trong năm 2026",
        "distinct_because": "Làm ở chợ xã, do tiểu thương tự quản",
    } | changes


async def registered(client: httpx.AsyncClient, key: Key, **changes: Any) -> str:
    """The address of a new model, registered at the grassroots in March 2026."""
    registration = {"level": "grassroots", "registered_on": "2026-03-02"}
    body = model(**{"registration": registration} | changes)
    answer = await client.post("/v1/models", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def taken(client: httpx.AsyncClient, key: Key, url: str, **step: Any) -> httpx.Response:
    """A step that must succeed."""
    answer = await client.post(url, json=step, headers=key)
    assert answer.status_code == 201, answer.text
    return answer


def criteria(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Tiêu chí thẩm tra mô hình",
        "owner": OWNER,
        "criteria": [
            {"code": "muc-tieu", "label": "Mục tiêu rõ ràng", "max_score": 30},
            {"code": "ket-qua", "label": "Kết quả", "max_score": 50},
            {"code": "nhan-rong", "label": "Khả năng nhân rộng", "max_score": 20},
        ],
    } | changes


def scores(goal: float = 26, result: float = 44.5, spread: float = 16.5) -> list[dict[str, Any]]:
    return [
        {"criterion": "muc-tieu", "score": goal},
        {"criterion": "ket-qua", "score": result},
        {"criterion": "nhan-rong", "score": spread},
    ]
