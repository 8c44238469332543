"""The examples of the OpenAPI document are real: each request, sent again, gets the answer shown.

A new operation gets its request in `app/data/examples.json` by hand; the answers are written by
`KHEO_REWRITE_EXAMPLES=1 ./kheo test tests/http/test_examples.py`. `given` names the examples that
must have been sent before, in their order: their bodies bring the ids that its path refers to.
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actors import Role
from app.award_decisions.tables import AwardDecision
from app.shipped_facts import id_of
from tests.conftest import Keys
from tests.support.contract import EXAMPLES, OPERATIONS
from tests.support.examples import example_of, send, send_earlier

FILE = Path(__file__).parents[2] / "app" / "data" / "examples.json"
EXCERPT = {"get_reference": ["field", "participant_kind"]}  # the whole is long
MADE_AT_RUN_TIME = {
    "changed_at", "updated_at", "recorded_at", "next_cursor", "verification_code", "prefix",
    "secret", "revoked_at", "last_used_at", "at", "request_id", "thing", "made_on",
    "resolved_at", "on",
}  # fmt: skip


def settled(answer: Any) -> Any:
    """The answer without what every registry makes anew."""
    if isinstance(answer, list):
        return [settled(each) for each in answer]
    if isinstance(answer, dict):
        return {name: _settled_member(name, value) for name, value in answer.items()}
    return answer


def _settled_member(name: str, value: Any) -> Any:
    if value is not None and (name in MADE_AT_RUN_TIME or (name == "id" and is_new(value))):
        return f"some {name}"
    return settled(value)


def is_new(id: str) -> bool:
    """Whether a thing is not a shipped one (UUIDv5), nor a term of a vocabulary."""
    try:
        return UUID(id).version == 7
    except ValueError:
        return False


async def give_code_of_example(session: AsyncSession) -> None:
    """Give a shipped decision, whose code is chosen at random, the code of the example."""
    await session.exec(
        update(AwardDecision)
        .where(col(AwardDecision.id) == id_of("award_decision", "ca-mau-2023/ky-niem-chuong"))
        .values(verification_code=EXAMPLES["verify_award"]["path"]["code"])
    )
    await session.commit()


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_example_is_what_the_api_answers(
    client: httpx.AsyncClient, session: AsyncSession, keys: Keys, name: str
) -> None:
    if name == "verify_award":
        await give_code_of_example(session)
    everything = await keys.of(*Role, name="Ban Tuyên giáo và Dân vận Trung ương")
    await send_earlier(client, name, everything)
    answer = await send(client, name, everything)
    if answer.status_code == 204:
        return
    example = example_of(name)
    serialized = answer.json()
    if name in EXCERPT:
        serialized = {member: serialized[member] for member in EXCERPT[name]}
    if "KHEO_REWRITE_EXAMPLES" in os.environ and settled(serialized) != settled(
        example.get("answer")
    ):
        example["answer"] = serialized
        text = json.dumps(EXAMPLES, ensure_ascii=False, indent=1) + "\n"
        FILE.write_text(text, encoding="utf-8")
    assert settled(serialized) == settled(example.get("answer"))


def test_every_example_is_of_an_operation() -> None:
    assert EXAMPLES.keys() <= OPERATIONS.keys()
