"""Adding to recorded award decisions over HTTP; what is stated needs a correction."""

import json
from uuid import uuid4

import httpx
import pytest

from app.award_decisions.corrections import restated
from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys
from tests.support.awarding import (
    AN_GIANG,
    CA_MAU,
    MERITS,
    Json,
    decision_id,
    line,
    organisation_id,
    record,
)


class TestUpdateAwardDecision:
    url = f"/v1/award-decisions/{decision_id(MERITS)}"
    collectives = str(shipped("award", f"{MERITS}/tap-the"))
    individuals = str(shipped("award", f"{MERITS}/ca-nhan"))

    async def test_tells_the_first_of_several_problems(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        near = await keys.of("awarder", unit=CA_MAU)
        far = await keys.of("awarder", unit=AN_GIANG)
        other = await keys.of("registrar", unit=CA_MAU)
        bad = {"capacity": "as_friend"}
        restating = {"level": "central"}
        match = {"If-Match": '"1"'}
        answers = [
            await client.patch(self.url, json=bad),
            await client.patch(f"/v1/award-decisions/{uuid4()}", json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=other),
            await client.patch(self.url, json=bad, headers=far),
            await client.patch(self.url, json=bad, headers=near),
            await client.patch(self.url, json=bad, headers=near | {"If-Match": '"9"'}),
            await client.patch(self.url, json=bad | restating, headers=near | match),
            await client.patch(self.url, json=restating, headers=near | match),
        ]
        assert [answer.status_code for answer in answers] == [
            401, 404, 403, 403, 428, 412, 422, 409,
        ]  # fmt: skip

    async def test_fills_what_is_null_and_adds_names(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder", unit=CA_MAU)
        before = (await client.get(self.url)).json()
        change = {
            "number": "1999/QĐ-UBND",
            "issued_on": "2023-10-25",
            "signer": "Huỳnh Quốc Việt",
            "awards": [
                {"id": self.individuals, "recipients": [{"name": "Nguyễn Văn An"}]},
                {"id": self.collectives, "merit": "Thành tích tốt"},
            ],
        }
        answer = await client.patch(self.url, json=change, headers=key | {"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text
        after = answer.json()
        assert after["version"] == 2
        assert after["date_precision"] == "day"
        assert after["totals"] == before["totals"]
        assert after["verification_code"] is None  # it was not this agency that recorded it
        individuals, collectives = after["awards"]
        assert (individuals["id"], individuals["count"]) == (self.individuals, 15)
        assert (collectives["id"], collectives["merit"]) == (self.collectives, "Thành tích tốt")
        (an,) = individuals["recipients"]
        more = {
            "awards": [
                {"id": self.collectives},
                {
                    "id": self.individuals,
                    "recipients": [
                        {"name": "Lê Thị Bình"},
                        {"id": an["id"], "locality": str(id_of("commune/32062/-"))},
                    ],
                },
            ]
        }
        answer = await client.patch(self.url, json=more, headers=key | {"If-Match": '"2"'})
        assert answer.status_code == 200, answer.text
        named = answer.json()["awards"][1]["recipients"]
        assert [each["name"] for each in named] == ["Lê Thị Bình", "Nguyễn Văn An"]
        assert named[1]["id"] == an["id"]
        assert named[1]["locality"]["path"] == "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"
        assert answer.json()["version"] == 3
        found = (await client.get("/v1/award-decisions?q=le thi binh")).json()["items"]
        assert [item["id"] for item in found] == [before["id"]]

    async def test_an_own_change_tells_the_own_code(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        serialized = await record(client, key)
        url = f"/v1/award-decisions/{serialized['id']}"
        answer = await client.patch(url, json={"signer": "Trần Văn B"}, headers=key)
        assert answer.json()["verification_code"] == serialized["verification_code"]
        assert (await client.get(url, headers=key)).headers["etag"] == answer.headers["etag"]

    @pytest.mark.parametrize(
        ("change", "pointers"),
        [
            ({"number": "126-QĐ/BDVTU"}, ["#/number"]),
            ({"number": None}, ["#/number"]),
            ({"issued_on": "2023-10"}, ["#/issued_on"]),
            ({"issued_on": "2023-10-21", "capacity": "as_body"}, ["#/issued_on", "#/capacity"]),
            ({"authority": organisation_id("ca-mau-2023/ubnd-tinh")}, ["#/authority"]),
            ({"awards": [line()]}, ["#/awards", "#/awards/0"]),
            ({"awards": [{"id": "FIRST", "count": 4}, {"id": "SECOND"}]}, ["#/awards/0/count"]),
            (
                {"awards": [{"id": "SECOND", "merit": "Khác"}, {"id": "FIRST", "form": "prize"}]},
                ["#/awards/0/merit", "#/awards/1/form"],
            ),
            ({"awards": [{"id": "FIRST"}]}, ["#/awards"]),
            ({"awards": [{"id": "FIRST"}, {"id": "SECOND"}, line()]}, ["#/awards/2"]),
            (
                {"awards": [{"id": "FIRST"}, {"id": "SECOND", "recipients": []}]},
                ["#/awards/1/recipients"],
            ),
            (
                {"awards": [{"id": "FIRST"}, {"id": "SECOND", "recipients": [{"name": "B"}]}]},
                ["#/awards/1/recipients"],
            ),
            (
                {
                    "awards": [
                        {"id": "FIRST"},
                        {"id": "SECOND", "recipients": [{"id": "NAMED", "name": "B"}]},
                    ]
                },
                ["#/awards/1/recipients/0/name"],
            ),
        ],
    )
    async def test_what_is_stated_needs_a_correction(
        self, client: httpx.AsyncClient, keys: Keys, change: Json, pointers: list[str]
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        lines = [line(), line(merit="Thành tích tốt", recipients=[{"name": "A"}])]
        serialized = await record(client, key, awards=lines)
        first, second = serialized["awards"]
        text = json.dumps(change).replace("FIRST", first["id"]).replace("SECOND", second["id"])
        change = json.loads(text.replace("NAMED", second["recipients"][0]["id"]))
        url = f"/v1/award-decisions/{serialized['id']}"
        answer = await client.patch(url, json=change, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "correction_needed")
        assert [error["pointer"] for error in answer.json()["errors"]] == pointers
        assert (await client.get(url, headers=key)).json() == serialized

    @pytest.mark.parametrize(
        ("change", "errors"),
        [
            ({"issued_on": "2999"}, {"#/issued_on": "in_the_future"}),
            ({"status": "revoked", "id": "x"}, {"#/status": "read_only", "#/id": "read_only"}),
            ({"event": str(uuid4())}, {"#/event": "unknown_reference"}),
            ({"awards": None}, {"#/awards": "not_an_array"}),
            (
                {"awards": [{"id": collectives, "recipients": [{"name": "A"}] * 6}]},
                {"#/awards/0/recipients": "more_names_than_count"},
            ),
        ],
    )
    async def test_tells_what_is_wrong(
        self, client: httpx.AsyncClient, keys: Keys, change: Json, errors: dict[str, str]
    ) -> None:
        key = await keys.of("awarder") | {"If-Match": "*"}
        answer = await client.patch(self.url, json=change, headers=key)
        assert answer.status_code == 422
        assert {e["pointer"]: e["code"] for e in answer.json()["errors"]} == errors


class TestRestated:
    """The rule of what is a correction, on plain values."""

    before: Json = {  # noqa: RUF012
        "number": None,
        "level": "province",
        "awards": [
            {"id": "a", "count": 2, "merit": None, "recipients": [{"id": "r", "name": "A"}]}
        ],
    }

    @pytest.mark.parametrize(
        ("after", "paths"),
        [
            ({}, []),
            ({"number": "1"}, []),
            ({"level": "central"}, [("level",)]),
            ({"level": None}, [("level",)]),
            ({"awards": []}, [("awards",)]),
            ({"awards": [{"id": "a"}]}, [("awards", 0, "count"), ("awards", 0, "recipients")]),
            (
                {"awards": [{"id": "a", "count": 2, "merit": "x", "recipients": [
                    {"id": None, "name": "B"}, {"id": "r", "name": "A", "locality": "l"}]}]},
                [],
            ),
            (
                {"awards": [{"id": None, "count": 2, "recipients": []}, before["awards"][0]]},
                [("awards", 0)],
            ),
        ],
    )  # fmt: skip
    def test_filling_and_naming_state_nothing_anew(self, after: Json, paths: list[object]) -> None:
        assert list(restated(self.before, self.before | after)) == paths
