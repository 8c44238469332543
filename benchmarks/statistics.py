"""Statistics over HTTP, nothing kept: by province, and all of one province and period."""

import asyncio
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple, get_args
from urllib.parse import urlencode

import asyncpg

from app.statistics.schemas import AwardDimension, ModelDimension
from benchmarks.asking import Client
from benchmarks.contenders import registry, running
from benchmarks.workload import Workload

_ROUNDS = 5
_DIMENSIONS = {
    "models": get_args(ModelDimension),
    "funnel": get_args(ModelDimension),
    "awards": get_args(AwardDimension),
}
_MAPS = ("recorded", "2023-10-27", "2025-06-30", "2025-07-01")
_TOGETHER = ("field,participant_kind", "state,recognised_level", "commune,field,state")
_TOGETHER_OF_AWARDS = ("form,participant_kind", "form,level,issued_year")
_LARGEST = """
    select recorded_province_id, campaign_period_id from emulation_model
    where campaign_period_id is not null group by 1, 2 order by count(*) desc, 1, 2 limit 5
"""


class Counted(NamedTuple):
    """How long the count of an address took."""

    path: str
    kind: str
    milliseconds: float  # until the whole answer was there


def time(url: str, folder: Path) -> list[Counted]:
    """Ask for every count some times; the slowest first."""
    workload = asyncio.run(Workload.make(folder, url))
    asked = asyncio.run(_paths(url))
    with running(registry(url, keeps=False), workload) as served:
        client = Client(served.url)
        for kind, path in asked:
            _ask(client, kind, path)  # once everything is warm, it counts
        answers = [_ask(client, *each) for _ in range(_ROUNDS) for each in asked]
        client.close()
    return sorted(answers, key=lambda each: -each.milliseconds)


async def _paths(url: str) -> list[tuple[str, str]]:
    """Kinds and addresses; the provinces and periods are those with the most models."""
    connection = await asyncpg.connect(url)
    largest = await connection.fetch(_LARGEST)
    await connection.close()
    nationwide = [
        (f"{what} nationwide", _path(what, by="province", map=on))
        for what, on in product(_DIMENSIONS, _MAPS)
    ]
    of_one = [
        (
            f"{what} of a province and period",
            _path(what, by=by, under=place, campaign_period=period),
        )
        for (place, period), (what, dimensions) in product(largest, _DIMENSIONS.items())
        for by in (
            *dimensions,
            *(_TOGETHER_OF_AWARDS if what == "awards" else _TOGETHER),
        )
    ]
    return nationwide + of_one


def _path(what: str, **asked: object) -> str:
    return f"/v1/statistics/{what}?{urlencode(asked, safe=',')}"


def _ask(client: Client, kind: str, path: str) -> Counted:
    return Counted(path, kind, client.ask("GET", path).milliseconds)


def by_kind(counted: Iterable[Counted]) -> dict[str, list[Counted]]:
    kinds: dict[str, list[Counted]] = {}
    for each in counted:
        kinds.setdefault(each.kind, []).append(each)
    return kinds
