"""Every operation that writes, sent by every role from every side of its place."""

import httpx
import pytest

from app.access.actors import Role
from tests.conftest import Keys
from tests.http.test_examples import EXAMPLES, send
from tests.http.test_openapi import WRITES
from tests.support.contract import OPERATIONS

# Who may, beside administrators: the first whose words the operation has in its name.
BY_ROLE: dict[Role | None, tuple[str, ...]] = {
    None: ("agency", "redact"),
    Role.appraiser: ("appraisal", "recognition", "criteria_set"),
    Role.awarder: ("award_decision",),
    Role.publisher: ("publication", "discrepancy"),
    Role.registrar: ("model", "hamlet", "organisation", "document", "event", "campaign_period"),
}


def role_of(operation: str) -> Role | None:
    return next(role for role, words in BY_ROLE.items() if any(word in operation for word in words))


# What has no place of its own may be recorded from anywhere.
FROM_ANYWHERE = {"create_document"}
# A step is changed only by the agency that recorded it, which none of these is.
STEPS = ("inspection", "registration", "appraisal", "recognition", "replication")
SCOPES = {
    "above": "country/VN/-",
    "foreign": "province/79/2025-07-01",  # where no example lies
    "below": "commune/18691/-",  # lies in what some examples are about, and covers none of them
}


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_is_done_by_its_role_inside_its_subtree_and_by_nobody_else(
    client: httpx.AsyncClient, keys: Keys, name: str
) -> None:
    everything = await keys.of(*Role, name="Ban Tuyên giáo và Dân vận Trung ương")
    for earlier in EXAMPLES[name].get("given", ()):
        await send(client, earlier, everything)
    method, path, _ = OPERATIONS[name]
    example = EXAMPLES[name]
    file = example.get("file", {})

    async def status(role: Role, scope: str) -> int:
        key = await keys.of(role, unit=SCOPES[scope], name=f"{role} {scope}")
        answer = await client.request(
            method,
            path.format(**example.get("path", {})),
            params=example.get("query"),
            json=example.get("body"),
            content=file.get("text"),
            headers=key | {"If-Match": "*"} | ({"Content-Type": file["type"]} if file else {}),
        )
        serialized = (
            {each["code"] for each in answer.json().get("errors", ())} if answer.content else ()
        )
        return (
            403 if serialized == {"outside_scope"} else answer.status_code
        )  # imports tell it by row

    allowed = {
        (role, scope)
        for role in {role_of(name) or Role.administrator, Role.administrator}
        for scope in (SCOPES if name in FROM_ANYWHERE else ["above"])
        if not (name.startswith(("update_model_", "remove_model_")) and name.endswith(STEPS))
    }
    everyone = {(role, scope) for role in Role for scope in SCOPES}
    for role, scope in sorted(everyone - allowed):  # these change nothing
        assert await status(role, scope) == 403, (role, scope)
    done = {await status(role, scope) for role, scope in sorted(allowed)}
    assert 403 not in done
    assert done & {200, 201, 204} or not allowed
