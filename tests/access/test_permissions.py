"""Every operation that writes, sent by every role from every side of its place."""

import httpx
import pytest

from app.access.actors import Role
from app.http.routing import dependencies_of
from tests.conftest import Keys
from tests.support.contract import WRITES
from tests.support.examples import ask, send_earlier
from tests.support.routes import ROUTES

# Who may, as the contract has it, beside administrators: the first whose words the operation has
# in its name. An operation without any of these words is held to what its own route says.
BY_ROLE: dict[Role | None, tuple[str, ...]] = {
    Role.key_manager: ("agency_key",),
    None: ("agency", "redact"),
    Role.appraiser: ("appraisal", "recognition", "criteria_set"),
    Role.awarder: ("award_decision",),
    Role.publisher: ("publication", "discrepancy"),
    Role.registrar: ("model", "hamlet", "organisation", "document", "event", "campaign_period"),
}
WORDS = {word: role for role, words in BY_ROLE.items() for word in words}


def role_of(operation: str) -> Role | None:
    """The role that an operation's route needs; a restoration needs that of the deletion."""
    route = ROUTES[operation]
    if route.path.endswith("/restoration"):
        deleted = route.path.removesuffix("/restoration")
        route = next(
            each for each in ROUTES.values() if (each.path, each.methods) == (deleted, {"DELETE"})
        )
    roles = {getattr(each, "role", None) for each in dependencies_of(route.dependant)} - {None}
    assert len(roles) < 2, f"{operation} needs several roles"
    return roles.pop() if roles else None


# What has no place of its own may be recorded from anywhere.
FROM_ANYWHERE = {"create_document"}
# The keys of an agency are its own business, or an administrator's; none of these is that agency.
OF_AGENCY = {"create_agency_key", "revoke_agency_key"}
# A step is changed only by the agency that recorded it, which none of these is.
STEPS = ("inspection", "registration", "appraisal", "recognition", "replication")
SCOPES = {
    "above": "country/VN/-",
    "foreign": "province/79/2025-07-01",  # where no example lies
    "below": "commune/18691/-",  # lies in what some examples are about, and covers none of them
}


@pytest.mark.parametrize("name", sorted(WRITES))
def test_needs_the_role_that_the_contract_names(name: str) -> None:
    words = [word for word in WORDS if word in name]
    if not words:
        assert role_of(name) is not None, (
            f"Any key may {name}: give its route an actor with a role (`actor: Registrar`), or its"
            " word to BY_ROLE here."
        )
        return
    role = WORDS[words[0]]
    assert role_of(name) in ({None, Role.administrator} if role is None else {role})


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_is_done_by_its_role_inside_its_subtree_and_by_nobody_else(
    client: httpx.AsyncClient, keys: Keys, name: str
) -> None:
    everything = await keys.of(*Role, name="Ban Tuyên giáo và Dân vận Trung ương")
    await send_earlier(client, name, everything)

    async def status(role: Role, scope: str) -> int:
        key = await keys.of(role, unit=SCOPES[scope], name=f"{role} {scope}")
        answer = await ask(client, name, key | {"If-Match": "*"})
        errors = answer.json().get("errors", ()) if answer.content else ()
        outside = {each["code"] for each in errors} == {"outside_scope"}  # imports say so by row
        return 403 if outside else answer.status_code

    allowed = {
        (role, scope)
        for role in {role_of(name) or Role.administrator, Role.administrator}
        for scope in (SCOPES if name in FROM_ANYWHERE else ["above"])
        if not (name.startswith(("update_model_", "remove_model_")) and name.endswith(STEPS))
        if role is Role.administrator or name not in OF_AGENCY
    }
    everyone = {(role, scope) for role in Role for scope in SCOPES}
    for role, scope in sorted(everyone - allowed):  # these change nothing
        assert await status(role, scope) == 403, (role, scope)
    done = {await status(role, scope) for role, scope in sorted(allowed)}
    assert 403 not in done
    assert done & {200, 201, 204} or not allowed
