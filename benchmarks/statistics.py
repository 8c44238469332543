"""Statistics over HTTP, nothing kept: the country by province, provinces in a period by anything.

Some are of any province and period, with any dimensions, without and with a filter of the list; the
province and period with the most models are asked for every set of dimensions there is.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple, get_args
from urllib.parse import urlencode

import asyncpg
import orjson

from app.statistics.schemas import AwardDimension, ModelDimension
from benchmarks.asking import Client
from benchmarks.contenders import limit_a, registry, running
from benchmarks.workload import Workload

_ROUNDS = 3
_ANY = 500  # of any province and period, and as many with a filter
_DIMENSIONS = {
    "models": get_args(ModelDimension),
    "funnel": get_args(ModelDimension),
    "awards": get_args(AwardDimension),
}
_FILTERS_OF_MODELS = (
    {"field": "economy"},
    {"state": "recognised,replicating"},
    {"registered_at": "province"},
    {"recognised_level": "province"},
    {"track": "recognised:district,province:2020-01-01:2023-12-31"},
    {"host_kind": "farmers_union"},
    {"registered_year": "2024"},
    {"registered_from": "2022-01-01"},
    {"registered_to": "2023-06-30"},
    {"recognised_from": "2023-01-01"},
    {"recognised_to": "2024-12-31"},
    {"commended": "true"},
    {"replicated": "true"},
    {"uninspected_since": "2025-01-01"},
    {"q": "nước sạch"},
)
_FILTERS = {
    "models": _FILTERS_OF_MODELS,
    "funnel": _FILTERS_OF_MODELS,
    "awards": (
        {"form": "commendation_certificate"},
        {"participant_kind": "collective"},
        {"level": "province"},
        {"issued_from": "2022-01-01"},
        {"issued_to": "2023-12-31"},
    ),
}
_MAPS = ("recorded", "2023-10-27", "2025-06-30", "2025-07-01")
_NUMBERS = ("one dimension", "two dimensions", "three dimensions")
_EVERY = """
    select distinct province_id, campaign_period_id from emulation_model
    where province_id is not null and campaign_period_id is not null order by 1, 2
"""
_LARGEST = """
    select recorded_province_id, campaign_period_id from emulation_model
    where campaign_period_id is not null group by 1, 2 order by count(*) desc, 1, 2 limit 1
"""


class Counted(NamedTuple):
    """How long the count of an address took."""

    path: str
    what: str
    of: str  # the country by province, or a province in a period
    milliseconds: float  # until the whole answer was there


class Beside(NamedTuple):
    """How long the same count of thousands of items took, side by side."""

    items: int
    registry: float  # milliseconds, the median
    limit_a: float

    @property
    def ratio(self) -> float:
        return self.limit_a / self.registry


def time(url: str, folder: Path) -> list[Counted]:
    """Ask for every count some times; the slowest first."""
    workload = asyncio.run(Workload.make(folder, url))
    asked = list(_asked(asyncio.run(_pairs(url)), *asyncio.run(_largest(url))))
    with running(registry(url, keeps=False), workload) as served:
        client = Client(served.url)
        for each in asked:
            _ask(client, *each)  # once everything is warm, it counts
        answers = [_ask(client, *each) for _ in range(_ROUNDS) for each in asked]
        client.close()
    return sorted(answers, key=lambda each: -each.milliseconds)


def beside_limit_a(url: str, folder: Path) -> Beside:
    """Ask both in turn for the same count, which they must answer alike."""
    workload = asyncio.run(Workload.make(folder, url))
    province, period = asyncio.run(_largest(url))
    path = _of("models", "commune,field,state", province, period)
    with (
        running(registry(url, keeps=False), workload) as own,
        running(limit_a(url), workload) as other,
    ):
        clients = [Client(served.url) for served in (own, other)]
        counts = [_by_values(client.ask("GET", path).body) for client in clients]
        if counts[0] != counts[1]:
            raise LookupError(f"{path} is counted otherwise by {other.contender.name}")
        taken = [[client.ask("GET", path).milliseconds for client in clients] for _ in range(20)]
        for client in clients:
            client.close()
    return Beside(len(counts[0]), *map(median, zip(*taken, strict=True)))


def _by_values(body: bytes) -> Counter[tuple[str | None, ...]]:
    counts: Counter[tuple[str | None, ...]] = Counter()
    for item in orjson.loads(body)["items"]:
        commune = item["commune"] and item["commune"]["id"]
        counts[commune, item["field"], item["state"]] += item["count"]
    return counts


async def _pairs(url: str) -> list[tuple[str, str]]:
    """All provinces with all periods in which they have models."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(_EVERY)
    await connection.close()
    return [(str(province), str(period)) for province, period in rows]


async def _largest(url: str) -> tuple[str, str]:
    """The province and period with the most models."""
    connection = await asyncpg.connect(url)
    province, period = await connection.fetchrow(_LARGEST)
    await connection.close()
    return str(province), str(period)


def _asked(pairs: Sequence[tuple[str, str]], *largest: str) -> Iterator[tuple[str, str, str]]:
    """Addresses, with what they count and of what."""
    for what, on in product(_DIMENSIONS, _MAPS):
        yield _path(what, by="province", map=on), what, "the country"
    sets = [
        (what, serialized, ",".join(by))
        for what, dimensions in _DIMENSIONS.items()
        for number, serialized in enumerate(_NUMBERS, 1)
        for by in combinations(dimensions, number)
    ]
    for what, serialized, by in sets:
        yield _of(what, by, *largest), what, f"the largest province and period by {serialized}"
    chosen = Random(1)  # noqa: S311
    for what, _, by in chosen.choices(sets, k=_ANY):
        yield _of(what, by, *chosen.choice(pairs)), what, "any province and period"
    for what, _, by in chosen.choices(sets, k=_ANY):
        path = _of(what, by, *chosen.choice(pairs), **chosen.choice(_FILTERS[what]))
        yield path, what, "any province and period with a filter"


def _of(what: str, by: str, province: str, period: str, **filters: str) -> str:
    return _path(what, by=by, under=province, campaign_period=period, **filters)


def _path(what: str, **asked: object) -> str:
    return f"/v1/statistics/{what}?{urlencode(asked, safe=',')}"


def _ask(client: Client, path: str, what: str, of: str) -> Counted:
    return Counted(path, what, of, client.ask("GET", path).milliseconds)


def grouped(counted: Iterable[Counted], by: Callable[[Counted], str]) -> dict[str, list[Counted]]:
    groups: dict[str, list[Counted]] = {}
    for each in counted:
        groups.setdefault(by(each), []).append(each)
    return groups
