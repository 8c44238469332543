"""Every documented filter and sort of the long lists, with the plan PostgreSQL took."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import asyncpg

from app.main import openapi_text
from benchmarks.explaining import Explained, Explanations

LISTS = {
    "/v1/models": "emulation_model",
    "/v1/award-decisions": "award_decision",
    "/v1/awards": "award",
}
MOST = 10.0  # milliseconds that a list may take in the database
MOST_OF_SLOW = 20.0  # of lists that have to look at many rows of one value for a few of another
_SLOW = (
    "under=(a city)&",
    "under=(a former district)&",
    "field=other&participant_kind=household",
    "campaign_period=(five years)",
    "recognised_year=2015",
    "recognised_to=2020",
    "track=recognised",
)
_NO_FILTERS = {"limit", "cursor", "count", "format", "q", "sort"}

# For each parameter a frequent value, a rare one and one that nothing has, where there are such.
_VALUES: dict[str, Sequence[str]] = {
    "field": ("economy", "other", "none", "economy,political_system"),
    "participant_kind": ("collective", "household"),
    "state": ("registered", "recognised", "replicating", "draft", "merged", "none"),
    "registered_level": ("grassroots", "province", "central", "none"),
    "recognised_level": ("grassroots", "province", "central", "none"),
    "registered_at": ("grassroots", "province", "central"),
    "recognised_at": ("grassroots", "province", "central"),
    "host_kind": ("womens_union", "religious_community", "none"),
    "registered_from": ("2012-01-01", "2026-06-29", "2030-01-01"),
    "registered_to": ("2009-01-31", "2020-12-31", "2000-01-01"),
    "recognised_from": ("2012-01-01", "2026-06-29", "2030-01-01"),
    "recognised_to": ("2009-12-31", "2020-12-31", "2000-01-01"),
    "updated_since": ("2012-01-01T00:00:00Z", "2026-06-29T00:00:00Z", "2030-01-01T00:00:00Z"),
    "uninspected_since": ("2012-01-01", "2026-06-01"),
    "commended": ("true", "false"),
    "replicated": ("true", "false"),
    "level": ("grassroots", "province", "central"),
    "form": ("commendation_certificate", "medal", "order"),
    "status": ("issued", "revoked"),
    "issued_from": ("2012-01-01", "2026-06-29", "2030-01-01"),
    "issued_to": ("2009-12-31", "2020-12-31", "2000-01-01"),
    "as_of": ("2012-01-01", "2026-06-30"),
    "event": ("00000000-0000-0000-0000-000000000000", "none"),
    "map": ("recorded", "2024-06-01"),
    "nested": ("false",),
    "track": ("registered:province::", "recognised:grassroots:2020-01-01:2020-12-31"),
    "registered_year": ("2015", "2030", "none"),
    "recognised_year": ("2015,2020", "2030"),
    "issued_year": ("2015", "2030", "none"),
}
_RECORDED_AT = """
    select locality_id
    from (select locality_id from emulation_model order by id {} limit 10000) model
        join locality on locality.id = locality_id
    where level = '{}' and {}
"""
# Parameters whose values are ids: queries for some of different frequency, and what they are.
_IDS: dict[str, dict[str, str]] = {
    "under": {
        "the country": "select id from locality where level = 'country'",
        "a city": """
            select locality_id from locality_version
            where level = 'province' and code = '79' order by valid desc
        """,
        "a former district": """
            select locality_id from locality_version where level = 'district' and code = '964'
        """,
        "a former province": """
            select locality_id from locality_version
            where level = 'province' and code = '96' order by valid
        """,
        "a commune": _RECORDED_AT.format("desc", "commune", "upper_inf(life)"),
        "a former commune": _RECORDED_AT.format("asc", "commune", "not upper_inf(life)"),
    },
    "province": {"a province": "select province_id from emulation_model order by id"},
    "district": {"a district": _RECORDED_AT.format("asc", "district", "true")},
    "commune": {"a place of a model": _RECORDED_AT.format("asc", "commune", "true")},
    "undivided": {"a divided district": _RECORDED_AT.format("asc", "district", "true")},
    "campaign_period": {
        "a year": "select id from campaign_period where name like '%năm 2023'",
        "five years": "select id from campaign_period where name like '%quốc%2021 - 2025'",
        "a province's": "select id from campaign_period where name like '%tỉnh Cà Mau%'",
    },
    "host": {
        "a host": "select host_id from emulation_model where host_id is not null order by id desc"
    },
    "derived_from": {
        "an origin": """
            select derived_from_id from emulation_model where derived_from_id is not null
        """,
        "no origin": "select id from emulation_model order by id desc",
    },
    "authority": {"an authority": "select authority_id from award_decision order by id desc"},
    "recipient": {"nobody": "select id from organisation order by id"},
    "model": {
        "a commended one": "select model_id from award_recipient where model_id is not null",
        "another": "select id from emulation_model order by id desc",
    },
}
_TOGETHER = (
    ("under", "field"), ("under", "state"), ("under", "recognised_level"), ("field", "state"),
    ("under", "campaign_period"), ("field", "participant_kind"), ("under", "level"),
    ("under", "form"),
)  # fmt: skip


class Finding(NamedTuple):
    """How a path fared."""

    path: str
    serialized: str  # the path with words instead of ids
    milliseconds: float  # in the database
    fetched_in: float  # milliseconds of the prepared statements, as the application waits
    scanned: tuple[str, ...]  # long tables read from end to end
    trouble: str  # why there is no answer

    @property
    def flagged(self) -> bool:
        is_slow = any(slow in self.serialized for slow in _SLOW)
        most = MOST_OF_SLOW if is_slow else MOST
        # As the application waits: with a worse plan that PostgreSQL would reuse for any value.
        waits = self.fetched_in > 2 * most
        return bool(self.trouble or self.scanned or waits or self.milliseconds > most)


def explain(url: str) -> list[Finding]:
    """Ask for every documented filter and sort of the lists."""
    return asyncio.run(_explain(url))


async def _explain(url: str) -> list[Finding]:
    connection = await asyncpg.connect(url)
    values, names = dict(_VALUES), dict[str, str]()
    for parameter, queries in _IDS.items():
        ids = [str(await connection.fetchval(f"{query} limit 1")) for query in queries.values()]
        values[parameter] = ids
        names |= dict(zip(ids, queries, strict=True))
    await connection.close()
    async with Explanations(url) as explanations:
        return [
            await _finding(explanations, path, _serialized(path, names), table)
            for list_, table in LISTS.items()
            for path in _paths(list_, values)
        ]


def _serialized(path: str, names: Mapping[str, str]) -> str:
    for id, name in names.items():
        path = path.replace(id, f"({name})")
    return path


def _paths(list_: str, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    documented = json.loads(openapi_text())["paths"].get(list_, {}).get("get", {})
    parameters = {
        each["name"]: each["schema"]
        for each in documented.get("parameters", ())
        if each.get("in") == "query"
    }
    sorts = parameters.get("sort", {}).get("enum", ())
    filters = [name for name in parameters if name not in _NO_FILTERS]
    yield list_
    for sort in sorts:
        yield f"{list_}?{urlencode({'sort': sort})}"
    for name in filters:
        for value in values.get(name, ("?",)):
            yield f"{list_}?{urlencode({name: value}, safe=',:?')}"
    for names in _TOGETHER:
        if set(names) <= set(filters):
            for pair in itertools.product(*(values[name][:3] for name in names)):
                yield f"{list_}?{urlencode(dict(zip(names, pair, strict=True)))}"
    for sort in sorts:
        for unit in values["under"][:3]:
            yield f"{list_}?{urlencode({'under': unit, 'sort': sort})}"


async def _finding(explanations: Explanations, path: str, serialized: str, table: str) -> Finding:
    try:
        statements: list[Explained] = await explanations.of(path)
    except LookupError as error:
        return Finding(path, serialized, 0, 0, (), str(error))
    return Finding(
        path,
        serialized,
        sum(each.milliseconds for each in statements),
        sum(each.fetched_in for each in statements),
        tuple({table} & set[str]().union(*(each.scanned() for each in statements))),
        "",
    )
