"""The country the generated register stands in: its units day by day, bodies and periods.

Units are the shipped ones. Bodies and periods are made here, the same for every size.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import asyncpg

FOREVER = date.max
LAST_DAY = date(2026, 6, 30)  # of the generated register, so that it does not depend on the clock

_PLACEMENTS = """
    select p.id, p.locality_id, l.level, l.code, lower(p.valid) as begins, upper(p.valid) as ends,
        v.full_name, upper(l.life) as abolished_on, p.ancestors, p.within,
        p.province_id, p.province_class_id
    from locality_placement p
        join locality l on l.id = p.locality_id
        join locality_version v on v.locality_id = l.id
            and v.valid @> coalesce(lower(p.valid), upper(p.valid) - 1, '2000-01-01')
    where l.level in ('province', 'district', 'commune')
    order by l.level, l.code, p.id
"""

AUTHORITIES = ("party_committee", "peoples_committee")
HOSTS = (
    "womens_union", "farmers_union", "youth_union", "veterans_association", "fatherland_front",
    "public_security", "military_command",
)  # fmt: skip
_HOSTS_OF_A_COMMUNE = 2
_NAMES = {
    "party_committee": "Đảng ủy",
    "peoples_committee": "Ủy ban nhân dân",
    "womens_union": "Hội Liên hiệp Phụ nữ",
    "farmers_union": "Hội Nông dân",
    "youth_union": "Đoàn Thanh niên Cộng sản Hồ Chí Minh",
    "veterans_association": "Hội Cựu chiến binh",
    "fatherland_front": "Ủy ban Mặt trận Tổ quốc Việt Nam",
    "public_security": "Công an",
    "military_command": "Ban Chỉ huy Quân sự",
}
_NATIONAL = ((2009, 2010), (2011, 2015), (2016, 2020), (2021, 2025), (2026, 2030))
_ANNUAL = range(2009, 2027)
_PROVINCIAL = ((2016, 2020), (2021, 2025), (2026, 2030))


@dataclass(eq=False)
class Place:
    """A unit while it lay where it lay (a placement), and the bodies of the unit.

    Ids are hexadecimal digits, as COPY takes them.
    """

    placement: int
    province_id: str | None  # as the registry keeps it on rows, as the next
    province_class: int
    unit: str
    level: str
    name: str
    begins: date
    ends: date
    abolished_on: date | None
    province: str
    district: str | None  # of a commune, until districts ended
    authorities: tuple[str, ...]
    hosts: tuple[tuple[str, str], ...]  # with their kinds
    within: frozenset[str] = field(repr=False)
    follower: "Place | None" = None

    def on(self, day: date) -> "Place":
        """Where the unit, or the one it became part of, lay on a day not before this place's."""
        place = self
        while day >= place.ends and place.follower is not None:
            place = place.follower
        return place


class Era(NamedTuple):
    """The places of a stretch of time in which no unit changed."""

    communes: list[Place]
    districts: list[Place]
    provinces: list[Place]
    of: dict[str, Place]


class Country:
    """Everything generated rows refer to."""

    def __init__(self, rows: list[asyncpg.Record]) -> None:
        self.places = [_place(row) for row in rows]
        _link(self.places)
        bounds = {place.begins for place in self.places} | {place.ends for place in self.places}
        self._starts = sorted(bounds - {FOREVER})
        self._eras = [self._era(start) for start in self._starts]

    @classmethod
    async def read(cls, connection: asyncpg.Connection) -> "Country":
        return cls(await connection.fetch(_PLACEMENTS))

    def era(self, day: date) -> Era:
        return self._eras[bisect_right(self._starts, day) - 1]

    def _era(self, day: date) -> Era:
        here = [place for place in self.places if place.begins <= day < place.ends]

        def of(level: str) -> list[Place]:
            return [place for place in here if place.level == level]

        units = {place.unit: place for place in here}
        return Era(of("commune"), of("district"), of("province"), units)

    def period(self, place: Place, day: date, draw: float) -> str | None:
        """A campaign period that the day and the place fall into; none for one in five."""
        if draw < 0.25:
            return period_id(f"{day.year}")
        first, last = next(years for years in _NATIONAL if day.year <= years[1])
        if draw < 0.65 and (first, last) in _PROVINCIAL:
            return period_id(f"{place.province}/{first}-{last}")
        return period_id(f"{first}-{last}") if draw < 0.8 else None

    def organisations(self) -> Iterator[dict[str, Any]]:
        serialized = set()
        for place in self.places:
            if place.unit not in serialized:
                serialized.add(place.unit)
                for kind in (*AUTHORITIES, *_hosts(place.unit, place.level)):
                    yield {
                        "id": organisation_id(place.unit, kind),
                        "name": f"{_NAMES[kind]} {place.name}",
                        "kind": kind,
                        "tier": place.level,
                        "locality_id": place.unit,
                        "valid_to": place.abolished_on,
                    }

    def campaign_periods(self) -> Iterator[dict[str, Any]]:
        movement = "Phong trào thi đua “Dân vận khéo”"
        for years in _NATIONAL:
            yield _period(f"{movement} toàn quốc", years)
        for year in _ANNUAL:
            yield _period(f"{movement} năm {year}", (year, year), parent=_national(year))
        provinces = {place.province: place for place in self.places if place.level == "province"}
        for province, place in provinces.items():
            for years in _PROVINCIAL:
                parent = _national(years[0])
                yield _period(f"{movement} {place.name}", years, parent, province)


@cache
def organisation_id(unit: str, kind: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:kheo:benchmark:organisation:{unit}/{kind}").hex


@cache
def period_id(key: str) -> str:
    return uuid5(NAMESPACE_URL, f"urn:kheo:benchmark:campaign_period:{key}").hex


def _national(year: int) -> str:
    first, last = next(years for years in _NATIONAL if year <= years[1])
    return f"{first}-{last}"


def _period(
    name: str, years: tuple[int, int], parent: str | None = None, province: str | None = None
) -> dict[str, Any]:
    first, last = years
    span = f"{first}-{last}" if first < last else f"{first}"
    return {
        "id": period_id(f"{province}/{span}" if province else span),
        "name": f"{name}, giai đoạn {first} - {last}" if first < last else name,
        "kind": "multi_year" if first < last else "annual",
        "locality_id": province,
        "start_on": date(first, 1, 1),
        "end_on": date(last, 12, 31),
        "precision": "year",
        "parent_id": parent and period_id(parent),
    }


def _place(row: asyncpg.Record) -> Place:
    unit, level, name = row["locality_id"].hex, row["level"], row["full_name"]
    lineage = [above.hex for above in row["ancestors"]]
    return Place(
        placement=row["id"],
        province_id=row["province_id"] and row["province_id"].hex,
        province_class=row["province_class_id"],
        unit=unit,
        level=level,
        name=name[0].lower() + name[1:],
        begins=row["begins"] or date.min,
        ends=row["ends"] or FOREVER,
        abolished_on=row["abolished_on"],
        province=lineage[1],
        district=lineage[2] if len(lineage) > 3 else None,
        authorities=tuple(organisation_id(unit, kind) for kind in AUTHORITIES),
        hosts=tuple((organisation_id(unit, kind), kind) for kind in _hosts(unit, level)),
        within=frozenset(each.hex for each in row["within"]),
    )


def _hosts(unit: str, level: str) -> tuple[str, ...]:
    """The bodies of a unit that may host a model: of a commune two, not always the same."""
    if level != "commune":
        return HOSTS
    first = int(unit, 16) % len(HOSTS)
    return tuple(HOSTS[(first + step) % len(HOSTS)] for step in range(_HOSTS_OF_A_COMMUNE))


def _link(places: list[Place]) -> None:
    """Let every place that ended know where its unit, or what it became part of, lies next."""
    beginning: dict[tuple[str, date], list[Place]] = {}
    for place in places:
        beginning.setdefault((place.level, place.begins), []).append(place)
    for (level, day), later in beginning.items():
        of_unit = {place.unit: place for place in later}
        for place in places:
            if place.level == level and place.ends == day:
                found = of_unit.keys() & place.within
                own = of_unit.get(place.unit)
                place.follower = own or (of_unit[found.pop()] if len(found) == 1 else None)
