"""A year in the life of a commune, on the API alone.

    python examples/commune_year.py http://127.0.0.1:8000

The keys of four offices are taken from the environment:

    KHEO_COMMUNE_KEY     of a commune: registrar and appraiser, at the level grassroots
    KHEO_PROVINCE_KEY    of its province: registrar and appraiser
    KHEO_AWARDER_KEY     of the same province: awarder
    KHEO_NEIGHBOUR_KEY   of a commune of another province: registrar

Every shortcut that the rules forbid is tried on the way, and refused with its reason.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

OFFICES = ("commune", "province", "awarder", "neighbour")
VIET_NAM = timedelta(hours=7)
NEW_MAP = date(2025, 7, 1)  # the communes of today are no older

Answer = dict[str, Any]


class Office:
    """An office with its key."""

    def __init__(self, client: httpx.AsyncClient, name: str, key: str) -> None:
        self.client = client
        self.name = name
        self.headers = {"Authorization": f"Bearer {key}"}

    async def does(self, what: str, path: str, body: Answer) -> Answer:
        """Write something that the rules allow."""
        answer = await self.client.post(path, json=body, headers=self.headers)
        if answer.status_code not in {200, 201}:
            raise SystemExit(f"{self.name}: {what}: {answer.text}")
        print(f"  {self.name:9} {what}")
        return dict(answer.json())

    async def is_refused(
        self, what: str, path: str, body: Answer | None, expected: str, method: str = "POST"
    ) -> Answer:
        """Try something that the rules forbid."""
        headers = self.headers | ({} if method == "POST" else {"If-Match": "*"})
        answer = await self.client.request(method, path, json=body, headers=headers)
        problem = dict(answer.json())
        if (answer.status_code, problem.get("code")) != (int(expected[:3]), expected[4:]):
            raise SystemExit(f"{self.name}: {what}: not refused with {expected}: {answer.text}")
        print(f"  {self.name:9} {what}: {expected} - {problem['detail']}")
        return problem

    async def place(self) -> str:
        """The id of the unit that the office's agency is of."""
        answer = await self.client.get("/v1/me", headers=self.headers)
        return str(answer.raise_for_status().json()["locality"]["id"])


class Year:
    """The twelve months until today, or what has passed of them since the map was redrawn."""

    def __init__(self) -> None:
        self.end = (datetime.now(UTC) + VIET_NAM).date()
        self.start = max(self.end - timedelta(days=360), NEW_MAP)

    def day(self, month: int) -> str:
        """A day in the first, …, twelfth month of the year."""
        return str(self.start + (self.end - self.start) * (month - 1) / 12)


@dataclass
class Story:
    """Who acts in the year, and the address of the model it is about."""

    client: httpx.AsyncClient
    commune: Office
    province: Office
    awarder: Office
    neighbour: Office
    year: Year
    url: str = ""


async def live(client: httpx.AsyncClient, keys: dict[str, str]) -> list[Answer]:
    """Live through the year; returns what happened to the model, as its timeline tells it."""
    commune, province, awarder, neighbour = (Office(client, who, keys[who]) for who in OFFICES)
    story = Story(client, commune, province, awarder, neighbour, Year())
    model = await enter_and_register(story)
    await inspect_and_appraise(story, await criteria_of(story.province, model["locality"]["id"]))
    await recognise(story)
    await commend(story, model)
    await spread_and_end(story)
    print("What is on record")
    history: list[Answer] = (await client.get(f"{story.url}/history")).json()["items"]
    for step in history:
        print(f"  {step['on']} {step['action']} {step['level'] or ''}")
    return history


async def enter_and_register(story: Story) -> Answer:
    """Two models much alike; the second must say why it is another one."""
    print("The commune enters two models and registers them")
    commune, year = story.commune, story.year
    blood_bank = {
        "title": "Câu lạc bộ ngân hàng máu sống",
        "field": "culture_society",
        "participant_kind": "collective",
        "locality": await commune.place(),
        "objective": "Có máu kịp thời cho người bệnh cấp cứu trong xã",
        "target": "40 người sẵn sàng hiến máu trước cuối năm",
    }
    registration = {"level": "grassroots", "registered_on": year.day(1)}
    first = blood_bank | {"registration": registration, "distinct_because": "Mô hình đầu tiên"}
    await commune.does("registers a living blood bank", "/v1/models", first)
    alike = blood_bank | {"title": "Câu lạc bộ ngân hàng máu sống thanh niên"}
    found = await commune.is_refused(
        "enters another blood bank", "/v1/models", alike, "409 similar_models"
    )
    print(f"            looks like: {found['similar'][0]['model']['title']}")
    distinct = {"distinct_because": "Do Đoàn xã tổ chức, chỉ gồm thanh niên nhóm máu hiếm"}
    model = await commune.does(
        "enters it, saying why it is another", "/v1/models", alike | distinct
    )
    story.url = f"/v1/models/{model['id']}"
    registrations = f"{story.url}/registrations"
    end = {"to": "suspended", "reason": "Chưa đăng ký"}
    await commune.is_refused(
        "suspends a draft", f"{story.url}/transitions", end, "409 step_not_possible"
    )
    await commune.does("registers it at the grassroots", registrations, registration)
    await commune.is_refused(
        "registers it there again", registrations, registration, "409 step_not_possible"
    )
    at_province = {"level": "province", "registered_on": year.day(3)}
    await commune.is_refused(
        "registers it at the province", registrations, at_province, "403 level_not_covered"
    )
    await story.province.does("registers it at the province", registrations, at_province)
    return model


async def inspect_and_appraise(story: Story, criteria: Answer) -> None:
    """87 points of 100."""
    print("It is inspected and appraised")
    commune, year = story.commune, story.year
    inspection = {
        "inspected_on": year.day(4),
        "inspectors": ["Trần Thị Bình"],
        "findings": "Danh sách người hiến đã cập nhật",
        "follow_up_due_on": year.day(6),
    }
    inspections = f"{story.url}/inspections"
    await story.neighbour.is_refused("inspects it", inspections, inspection, "403 outside_scope")
    await commune.does("inspects it", inspections, inspection)
    appraisal = {
        "criteria_set": criteria["id"],
        "appraised_on": year.day(5),
        "scores": [
            {"criterion": "muc-tieu", "score": 26},
            {"criterion": "ket-qua", "score": 44, "note": "Cứu 9 ca trong năm"},
            {"criterion": "nhan-rong", "score": 17},
        ],
    }
    appraised = await commune.does(
        "appraises it against the province's criteria", f"{story.url}/appraisals", appraisal
    )
    print(f"            {appraised['total']} of 100")
    await story.province.is_refused(
        "changes the criteria that were used",
        f"/v1/criteria-sets/{criteria['id']}",
        {"valid_from": year.day(2)},
        "409 criteria_set_frozen",
        "PATCH",
    )


async def recognise(story: Story) -> None:
    """Each level decides for itself, once."""
    print("It is recognised at the grassroots and at the province")
    commune, province, year = story.commune, story.province, story.year
    recognitions = f"{story.url}/recognitions"
    decision = {"level": "grassroots", "outcome": "recognised", "decided_on": year.day(6)}
    await story.neighbour.is_refused("recognises it", recognitions, decision, "403 role_missing")
    too_early = decision | {"decided_on": str(year.start - timedelta(days=40))}
    await commune.is_refused(
        "recognises it for a day before it was registered",
        recognitions,
        too_early,
        "409 step_not_possible",
    )
    await commune.does("recognises it", recognitions, decision)
    await commune.is_refused("recognises it again", recognitions, decision, "409 step_not_possible")
    by_province = {"level": "province", "outcome": "recognised", "decided_on": year.day(8)}
    await commune.is_refused(
        "recognises it for the province", recognitions, by_province, "403 level_not_covered"
    )
    await province.does("recognises it", recognitions, by_province)
    registrations = await story.client.get(f"{story.url}/registrations")
    for registration in registrations.json()["items"]:
        if registration["level"] == "province":
            await province.is_refused(
                "removes the registration it rests on",
                f"{story.url}/registrations/{registration['id']}",
                None,
                "409 step_settled",
                "DELETE",
            )


async def commend(story: Story, model: Answer) -> None:
    """Only an awarding office can."""
    print("It is commended")
    decision = await decision_on(story.province, model, story.year.day(9))
    await story.commune.is_refused(
        "commends it", "/v1/award-decisions", decision, "403 role_missing"
    )
    await story.awarder.does("commends it", "/v1/award-decisions", decision)


async def spread_and_end(story: Story) -> None:
    """A model that has ended takes no further step."""
    print("It is adopted in another province, and comes to its own end")
    commune, neighbour, year = story.commune, story.neighbour, story.year
    adoption = {
        "title": "Ngân hàng máu sống",
        "locality": await neighbour.place(),
        "adopted_on": year.day(10),
    }
    replications = f"{story.url}/replications"
    await commune.is_refused(
        "records the adoption elsewhere", replications, adoption, "403 outside_scope"
    )
    adopted = await neighbour.does("adopts it", replications, adoption)
    circle = {"derived_from": adopted["adopter"]["id"]}
    await commune.is_refused(
        "has it derive from its own adopter", story.url, circle, "409 derivation_circle", "PATCH"
    )
    transitions = f"{story.url}/transitions"
    end = {"to": "ended", "reason": "Bệnh viện khu vực đã có ngân hàng máu"}
    await commune.does("ends it", transitions, end)
    again = {"to": "resumed", "reason": "Làm lại"}
    inspection = {"inspected_on": year.day(11)}
    for office, what, step, body in (
        (commune, "inspects what has ended", f"{story.url}/inspections", inspection),
        (commune, "resumes what has ended", transitions, again),
        (neighbour, "adopts what has ended", replications, adoption),
    ):
        await office.is_refused(what, step, body, "409 step_not_possible")


async def criteria_of(province: Office, place: str) -> Answer:
    """The province's criteria for appraising models, 100 points in all."""
    committee = {
        "name": "Ban Chỉ đạo phong trào thi đua “Dân vận khéo” tỉnh",
        "kind": "steering_committee",
        "tier": "province",
        "locality": place,
    }
    owner = await province.does("records its committee", "/v1/organisations", committee)
    points = {
        "muc-tieu": ("Mục tiêu", 30),
        "ket-qua": ("Kết quả", 50),
        "nhan-rong": ("Lan tỏa", 20),
    }
    criteria = {
        "name": "Bộ tiêu chí thẩm tra mô hình “Dân vận khéo”",
        "owner": owner["id"],
        "criteria": [
            {"code": code, "label": label, "max_score": most}
            for code, (label, most) in points.items()
        ],
    }
    return await province.does("sets criteria", "/v1/criteria-sets", criteria)


async def decision_on(province: Office, model: Answer, day: str) -> Answer:
    """A decision of the province's People's Committee to commend a model."""
    committee = {
        "name": "Ủy ban nhân dân tỉnh",
        "kind": "peoples_committee",
        "tier": "province",
        "locality": model["locality"]["id"],
    }
    authority = await province.does("records the authority", "/v1/organisations", committee)
    recipient = {"name": model["title"], "model": model["id"]}
    return {
        "authority": authority["id"],
        "capacity": "as_head",
        "level": "province",
        "issued_on": day,
        "occasion": "Tổng kết phong trào thi đua “Dân vận khéo”",
        "awards": [
            {
                "form": "merit_certificate",
                "participant_kind": "collective",
                "count": 1,
                "recipients": [recipient],
            }
        ],
    }


async def main() -> None:
    """Live through the year on a server."""
    keys = {who: os.environ[f"KHEO_{who.upper()}_KEY"] for who in OFFICES}
    async with httpx.AsyncClient(base_url=sys.argv[1]) as client:
        await live(client, keys)


if __name__ == "__main__":
    asyncio.run(main())
