"""Statistics over HTTP without cache entries: the country, and provinces and communes by anything.

The country is asked for what its roll-ups know, and for what only the rows know. Some counts are of
any province, in any period or none, by any dimensions, without and with a filter of the list; the
province with the most models is asked for every set of dimensions there is.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
_ANY = 500  # of any province, and as many with a filter
_SMALL = 200  # of any district or commune
_DIMENSIONS = {
    "models": get_args(ModelDimension),
    "funnel": get_args(ModelDimension),
    "awards": get_args(AwardDimension),
}
_ROLLED_UP = {  # beside the province
    "models": ("field", "participant_kind", "state"),
    "funnel": ("field", "participant_kind", "state"),
    "awards": ("form", "participant_kind", "level", "issued_year"),
}
_FROM_ROWS = (  # of the whole country
    {"by": "commune"},
    {"by": "host_kind"},
    {"by": "province,recognised_level"},
    {"by": "province,registered_year"},
    {"by": "registered_level,recognised_level"},
    {"by": "province", "host_kind": "farmers_union"},
    {"by": "province,state", "registered_from": "2022-01-01"},
    {"by": "field", "commended": "true"},
    {"by": "province", "recognised_level": "province"},
    {"by": "commune", "map": "2025-07-01"},
)
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
_PROVINCES = (
    "select distinct province_id from emulation_model where province_id is not null order by 1"
)
_PERIODS = """
    select campaign_period_id from emulation_model where campaign_period_id is not null
    group by 1 order by count(*) desc, 1 limit 20
"""
_LARGEST = """
    select province_id from emulation_model
    where province_id is not null group by 1 order by count(*) desc, 1 limit 1
"""
_LARGEST_PAIR = """
    select province_id, campaign_period_id from emulation_model
    where campaign_period_id is not null group by 1, 2 order by count(*) desc, 1, 2 limit 1
"""
_SMALLER = """
    select id from locality where level in ('district', 'commune') order by md5(id::text) limit 200
"""


class Counted(NamedTuple):
    """How long the count of an address took."""

    path: str
    what: str
    of: str  # the country, or a province, and by what
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
    asked = list(_asked(asyncio.run(Places.read(url))))
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
    province, period = asyncio.run(_largest_pair(url))
    path = _path("models", by="commune,field,state", under=province, campaign_period=period)
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


async def _largest_pair(url: str) -> tuple[str, str]:
    """The province and period with the most models."""
    connection = await asyncpg.connect(url)
    province, period = await connection.fetchrow(_LARGEST_PAIR)
    await connection.close()
    return str(province), str(period)


class Places(NamedTuple):
    """What counts are asked under, and in which periods."""

    provinces: list[str]
    largest: str
    smaller: list[str]  # districts and communes
    periods: list[str]

    @classmethod
    async def read(cls, url: str) -> "Places":
        connection = await asyncpg.connect(url)

        async def ids(query: str) -> list[str]:
            return [str(row[0]) for row in await connection.fetch(query)]

        (largest,) = await ids(_LARGEST)
        try:
            return cls(await ids(_PROVINCES), largest, await ids(_SMALLER), await ids(_PERIODS))
        finally:
            await connection.close()


def _asked(places: Places) -> Iterator[tuple[str, str, str]]:
    """Addresses, with what they count and of what."""
    chosen = Random(1)  # noqa: S311
    for what, map, number in product(_DIMENSIONS, _MAPS, range(3)):
        for others in combinations(_ROLLED_UP[what], number):
            asked = {"by": ",".join(("province", *others)), "map": map}
            period = chosen.choice(places.periods)
            yield _path(what, **asked), what, "the country by province"
            in_period = _path(what, **asked, campaign_period=period, nested="false")
            if what != "awards":
                yield in_period, what, "the country by province in a period"
    for asked in _FROM_ROWS:
        yield _path("models", **asked), "models", "the country, outside the roll-up"
    sets = [
        (what, ",".join(by))
        for what, dimensions in _DIMENSIONS.items()
        for number in (1, 2, 3)
        for by in combinations(dimensions, number)
    ]
    for what, by in sets:
        most = "commune" in by and by.count(",") == 2
        of = "the largest province by commune and two more" if most else "the largest province"
        yield _path(what, by=by, under=places.largest), what, of
    for what, by in chosen.choices(sets, k=_ANY):
        yield _under(chosen, what, by, places.provinces, places, {}), what, "any province"
    for what, by in chosen.choices(sets, k=_ANY):
        more = chosen.choice(_FILTERS[what])
        path = _under(chosen, what, by, places.provinces, places, more)
        yield path, what, "any province with a filter"
    for what, by in chosen.choices(sets, k=_SMALL):
        yield _under(chosen, what, by, places.smaller, places, {}), what, "any district or commune"


def _under(
    chosen: Random,
    what: str,
    by: str,
    units: Sequence[str],
    places: Places,
    filters: Mapping[str, str],
) -> str:
    """A count of any of some units, half of them in a period."""
    period = {"campaign_period": chosen.choice(places.periods)} if chosen.random() < 0.5 else {}
    return _path(what, by=by, under=chosen.choice(units), **period, **filters)


def _path(what: str, **asked: object) -> str:
    return f"/v1/statistics/{what}?{urlencode(asked, safe=',')}"


def _ask(client: Client, path: str, what: str, of: str) -> Counted:
    return Counted(path, what, of, client.ask("GET", path).milliseconds)


def grouped(counted: Iterable[Counted], by: Callable[[Counted], str]) -> dict[str, list[Counted]]:
    groups: dict[str, list[Counted]] = {}
    for each in counted:
        groups.setdefault(by(each), []).append(each)
    return groups
