"""Checks that contenders answer alike: the same models with the same values."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.contenders import CREATE, Running
from benchmarks.workload import LIST_PATH

_MEMBERS = (
    "id", "version", "updated_at", "title", "summary", "field", "participant_kind", "locality",
    "host", "owner_name", "campaign_period", "state", "registered_level", "registered_on",
    "recognised_level", "recognised_on",
)  # fmt: skip
_OWN = ("id", "updated_at")  # of a model just created
_COMPARED = 50  # models


class Disagreement(AssertionError):
    """Two contenders answer differently."""


def check(those: Sequence[Running]) -> None:
    """Raise Disagreement unless all answer alike what they are later asked under load."""
    workload = those[0].workload
    first, *others = [each for each in those if not each.contender.is_ceiling]
    for path in (*workload.paths[:_COMPARED], LIST_PATH):
        expected = _members(get(first, path))
        for other in others:
            _compare(first, other, path, expected, _members(get(other, path)))
    creating = [each for each in those if CREATE in each.contender.tasks]
    for body in workload.bodies[:3]:
        expected, *made = [
            _without(_members(_post(each, body, workload.key)), _OWN) for each in creating
        ]
        for other, given in zip(creating[1:], made, strict=True):
            _compare(creating[0], other, "POST", expected, given)


def get(running: Running, path: str) -> Any:
    with urlopen(running.url + path, timeout=30) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def _post(running: Running, body: str, key: str) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = Request(running.url + LIST_PATH, body.encode(), headers)  # noqa: S310
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def _members(answer: Any) -> Any:
    listed = answer.get("items", answer.get("results"))
    if listed is not None:
        return [_members(item) for item in listed]
    kept = {name: answer[name] for name in _MEMBERS}
    kept["updated_at"] = datetime.fromisoformat(kept["updated_at"])
    return kept


def _without(members: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


def _compare(one: Running, other: Running, path: str, expected: Any, given: Any) -> None:
    if expected != given:
        raise Disagreement(
            f"{path}: {one.contender.name} says {expected}, {other.contender.name} says {given}"
        )
