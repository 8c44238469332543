"""The OpenAPI document is complete, consistent, and what the API really answers."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.award_decisions.tables import AwardDecision
from tests.support.contract import (
    DOCUMENT,
    EXAMPLES,
    OPERATIONS,
    READS,
    WRITES,
    Schema,
    faults,
    parts,
)
from tests.support.examples import example_of

PRIVATE = {
    "list_agencies",
    "get_agency",
    "list_agency_keys",
    "get_agency_key",
    "get_me",
    "list_audit_entries",
}
LISTS = {name for name, each in READS.items() if "text/csv" in json.dumps(each.serialized)}
SCHEMAS: dict[str, Schema] = DOCUMENT["components"]["schemas"]
# Reads of what is not shipped, but made by the requests that their examples name.
OF_MADE_THINGS = {name for name in READS if "given" in EXAMPLES.get(name, {})}
# Members that stand in an answer only where they say something.
OPTIONAL = {"total", "errors", "pointer", "parameter"}
COUNTS = {"ModelCount", "AwardCount", "FunnelCount"}  # have a member for each dimension asked for


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def used_by(part: Any) -> set[str]:
    """Every component that a piece of the document refers to, directly or not."""
    used: set[str] = set()
    waiting = [part]
    while waiting:
        named = {each["$ref"] for each in parts(waiting.pop()) if "$ref" in each} - used
        used |= named
        waiting += map(resolved, named)
    return used


class TestTheDocument:
    def test_refers_to_what_exists_and_holds_nothing_else(self) -> None:
        known = {
            f"#/components/{kind}/{name}"
            for kind, named in DOCUMENT["components"].items()
            if kind != "securitySchemes"
            for name in named
        }
        assert used_by(DOCUMENT["paths"]) == known

    def test_says_who_answers_for_it(self) -> None:
        info = DOCUMENT["info"]
        assert info["title"].isascii()
        assert info["contact"]["url"]
        assert info["license"]["identifier"] == "Apache-2.0"
        assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]

    def test_describes_its_tags(self) -> None:
        described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
        assert described == {tag for each in OPERATIONS.values() for tag in each.serialized["tags"]}

    def test_lets_vocabularies_grow(self) -> None:
        assert [name for name, schema in SCHEMAS.items() if "enum" in schema] == []
        for part in parts(SCHEMAS):
            assert not {"enum", "x-extensible-enum"} <= part.keys(), part

    def test_says_what_a_member_is_where_generators_of_clients_look(self) -> None:
        for part in parts(SCHEMAS):
            assert not ("anyOf" in part and {"format", "x-extensible-enum"} & part.keys()), part

    def test_calls_no_partial_date_a_date(self) -> None:
        for name, schema in SCHEMAS.items():
            members = schema.get("properties", {})
            for precision in (each for each in members if each.endswith("_precision")):
                stem = precision.removesuffix("_precision")
                dates = {stem, f"{stem}_on"}
                if stem == "date":
                    dates = {"issued_on", "held_on", "ends_on", "published_on", "inspected_on"}
                found = dates & members.keys()
                assert found, f"{name}.{precision}"
                for date in found:
                    assert '"format"' not in json.dumps(members[date]), f"{name}.{date}"

    def test_promises_every_member_of_an_answer(self) -> None:
        answers = used_by([each.serialized["responses"] for each in OPERATIONS.values()])
        for name in (each.rsplit("/", 1)[1] for each in answers if "/schemas/" in each):
            schema = SCHEMAS[name]
            if "additionalProperties" in schema:  # an open map
                continue
            promised = set(schema.get("required", ())) | OPTIONAL
            if name in COUNTS:
                assert {"count", "rows"} <= promised
                continue
            assert schema.get("properties", {}).keys() <= promised, name
            assert not [part for part in parts(schema) if "default" in part], name


@pytest.mark.parametrize("name", OPERATIONS)
class TestEveryOperation:
    def test_is_named_and_described(self, name: str) -> None:
        serialized = OPERATIONS[name].serialized
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)
        assert serialized["summary"]
        assert serialized["description"].endswith((".", ")"))
        assert len(serialized["tags"]) == 1

    def test_tells_every_error_it_can_answer(self, name: str) -> None:
        operation = OPERATIONS[name]
        expected = {"422", "429", "500", "503"}
        if operation.method == "get":
            expected |= {"304", "406"}
        if name in WRITES:
            expected |= {"401", "403", "409"}
        if "requestBody" in operation.serialized:
            expected |= {"413", "415"}
        if operation.method in {"patch", "delete"}:
            expected |= {"404", "412", "428"}
        if "{id}" in operation.path:
            expected |= {"404"}
        assert expected <= operation.serialized["responses"].keys()
        for status, answer in operation.serialized["responses"].items():
            serialized = resolved(answer["$ref"]) if "$ref" in answer else answer
            assert serialized["description"]
            assert {"RateLimit", "RateLimit-Policy", "X-Request-ID"} <= serialized["headers"].keys()
            if status >= "400":
                content = serialized["content"]["application/problem+json"]
                assert str(content["example"]["status"]) == status
                assert faults(content["schema"], content["example"]) == []
            if status == "401":
                assert "WWW-Authenticate" in serialized["headers"]
            if status in {"429", "503"}:
                assert "Retry-After" in serialized["headers"]

    def test_needs_a_key_to_write_and_for_what_is_not_public(self, name: str) -> None:
        security = OPERATIONS[name].serialized.get("security", [{}])
        assert ({} in security) == (name not in WRITES | PRIVATE)
        assert (security != [{}]) == ("401" in OPERATIONS[name].serialized["responses"])

    def test_sends_lists_with_commas(self, name: str) -> None:
        for parameter in OPERATIONS[name].serialized["parameters"]:
            if '"array"' in json.dumps(parameter.get("schema")):
                assert (parameter["style"], parameter["explode"]) == ("form", False)

    def test_makes_no_client_send_a_default(self, name: str) -> None:
        for parameter in OPERATIONS[name].serialized["parameters"]:
            assert "default" not in parameter.get("schema", {}), parameter["name"]

    def test_has_valid_examples(self, name: str) -> None:
        operation = OPERATIONS[name]
        assert example_of(name)
        answers = operation.serialized["responses"]
        if "204" not in answers:
            answer = answers["201" if "201" in answers else "200"]["content"]["application/json"]
            assert faults(answer["schema"], answer["example"]) == []
        if "requestBody" in operation.serialized:
            bodies = operation.serialized["requestBody"]["content"].values()
            (body,) = [body for body in bodies if "example" in body]
            assert faults(body["schema"], body["example"]) == []
        for parameter in operation.serialized["parameters"]:
            assert parameter.get("in") != "path" or "example" in parameter
            assert parameter.get("name") != "cursor" or "example" not in parameter
            if "example" in parameter:
                assert faults(parameter["schema"], parameter["example"]) == []


async def addresses_of(name: str, client: httpx.AsyncClient, session: AsyncSession) -> list[str]:
    """Where an operation can be tried on shipped facts."""
    path = READS[name].path
    if name in LISTS:
        return [f"{path}?limit=200&count=true", f"{path}?limit=1"]
    if "{id}" in path:
        things = await client.get(path.partition("/{id}")[0], params={"limit": 100})
        return [path.format(id=thing["id"]) for thing in things.json()["items"]]
    if "{code}" in path:
        codes = (await session.exec(select(AwardDecision.verification_code))).all()
        return [path.format(code=code) for code in (*codes, "unknown")]
    if "{vocabulary}" in path:
        return [path.format(vocabulary=id) for id in (await client.get("/v1/reference")).json()]
    asked = example_of(name).get("query", {}).items()
    query = {each: ",".join(value) if isinstance(value, list) else value for each, value in asked}
    return [f"{path}?{urlencode(query)}"]


class TestEveryRead:
    @pytest.mark.parametrize("name", sorted(READS.keys() - OF_MADE_THINGS - PRIVATE))
    async def test_answers_as_documented(
        self, client: httpx.AsyncClient, session: AsyncSession, name: str
    ) -> None:
        schema = READS[name].schema()
        addresses = await addresses_of(name, client, session)
        assert addresses
        for address in addresses:
            answer = await client.get(address)
            assert answer.status_code == 200, address
            assert faults(schema, answer.json()) == [], address

    @pytest.mark.parametrize("name", sorted(LISTS - OF_MADE_THINGS - PRIVATE))
    async def test_streams_whole_things(self, client: httpx.AsyncClient, name: str) -> None:
        path = READS[name].path
        one = next((each for each in READS.values() if each.path == f"{path}/{{id}}"), None)
        page = resolved(READS[name].schema()["$ref"])
        schema = page["properties"]["items"]["items"] if one is None else one.schema()
        query = {"format": "ndjson", **({"level": "province"} if name == "list_localities" else {})}
        rows = (await client.get(path, params=query)).text.splitlines()
        assert rows
        for row in rows[:200]:
            assert faults(schema, json.loads(row)) == []
