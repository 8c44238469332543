"""Localities: what clients send and get."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.http.schemas import Answer, Day, Line, LocalityRef, New, Thing
from app.localities.filters import Attributed
from app.querying.queries import CommaList, Filters, SearchQuery
from app.querying.references import LocalityId
from app.vocabularies.terms import Extent, LocalityKind, LocalityLevel

_COUNTED = (
    "Counted in this unit: as recorded, or with `map=DATE` on that day's map. `none`: in no unit of"
    " the level."
)

HAMLET_KINDS = {
    LocalityKind.ap: "Ấp",
    LocalityKind.khom: "Khóm",
    LocalityKind.thon: "Thôn",
    LocalityKind.ban: "Bản",
    LocalityKind.buon: "Buôn",
    LocalityKind.xom: "Xóm",
    LocalityKind.to_dan_pho: "Tổ dân phố",
    LocalityKind.khu_pho: "Khu phố",
    LocalityKind.khu_dan_cu: "Khu dân cư",
}


def _hamlet_kind(kind: LocalityKind) -> LocalityKind:
    if kind not in HAMLET_KINDS:
        raise PydanticCustomError("enum", "is no hamlet", {"expected": ", ".join(HAMLET_KINDS)})
    return kind


HamletKind = Annotated[
    LocalityKind,
    AfterValidator(_hamlet_kind),
    WithJsonSchema({"type": "string", "x-extensible-enum": list(HAMLET_KINDS)}),
]


class LocalityPublic(Thing):
    """A unit as it was on a day."""

    level: str = Field(json_schema_extra={"x-extensible-enum": list(LocalityLevel)})
    code: str | None = Field(
        description="The official code as text; unique only within its level on a day."
    )
    kind: str = Field(json_schema_extra={"x-extensible-enum": list(LocalityKind)})
    name: str = Field(examples=["Khánh Hội"])
    full_name: str = Field(examples=["Xã Khánh Hội"])
    path: str = Field(examples=["Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"])
    parent: LocalityRef | None
    established_on: str | None = Field(
        description="The unit's first day; null where the data begins later.",
        json_schema_extra={"format": "date"},
    )
    abolished_on: str | None = Field(
        description="The day from which the unit is no more; null while it is in force.",
        json_schema_extra={"format": "date"},
    )


class LocalityVersionPublic(Answer):
    """How a unit was named, classed and placed from `valid_from` until before `valid_to`."""

    name: str
    full_name: str
    kind: str
    parent: LocalityRef | None
    valid_from: str | None = Field(json_schema_extra={"format": "date"})
    valid_to: str | None = Field(json_schema_extra={"format": "date"})
    dates_exact: bool = Field(description="False where the days are nominal.")


class LocalityStep(Answer):
    """All or part of a unit went into another."""

    locality: LocalityRef
    extent: str = Field(json_schema_extra={"x-extensible-enum": list(Extent)})
    effective_on: str = Field(json_schema_extra={"format": "date"})


class LocalityWhole(LocalityPublic):
    """A unit with its ancestors on the day, its versions, and what it came from and became."""

    ancestors: list[LocalityRef] = Field(description="Root first.")
    versions: list[LocalityVersionPublic]
    predecessors: list[LocalityStep]
    successors: list[LocalityStep]


class LocalityReached(Answer):
    """A unit reached over any number of steps; `part` if any of them was."""

    locality: LocalityRef
    extent: str = Field(json_schema_extra={"x-extensible-enum": list(Extent)})


class LocalityWalk(Answer):
    """The units of a day that a unit went into, or came from."""

    items: list[LocalityReached]
    complete: bool = Field(description="False where the data knows no further step.")


def _map(value: object) -> Literal["recorded"] | date:
    if value == "recorded":
        return "recorded"
    if isinstance(value, str) and re.fullmatch(r"(?a:\d{4}-\d\d-\d\d)", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise PydanticCustomError(
        "invalid_map",
        "is no map",
        {
            "en": "must be `recorded` or a day as 2023-10-27",
            "vi": "phải là `recorded` hoặc ngày dạng 2023-10-27",
        },
    )


Map = Annotated[
    Literal["recorded"] | date,
    PlainValidator(_map),
    WithJsonSchema({"type": "string", "pattern": "^(recorded|[0-9]{4}-[0-9]{2}-[0-9]{2})$"}),
]


class UnderFilters(Filters):
    """Selects rows by where their places lie."""

    combined: ClassVar = {"under": ("under", "map")}

    under: UUID | None = None
    map: Annotated[
        Map | None,
        Query(
            deprecated=True,
            description="Has no effect here: `under` selects by its rule whatever the map is.",
        ),
    ] = None


class TerritoryFilters(Filters):
    """Selects rows that are counted, by where their places lie and where they are counted."""

    combined: ClassVar = {
        f"in_{level}": (level, "map") for level in ("province", "district", "commune")
    }

    under: UUID | None = None
    map: Annotated[
        Map | None,
        Query(
            description="On which map results are put, and which units `province`, `district` and"
            " `commune` mean: `recorded` (the default) for that of each row's own date; a day for"
            " that day's map, onto which every place is put by what became of it, or by what it"
            " came from, where that can be told. What `under` selects is the same on every map."
        ),
    ] = None
    province: Annotated[CommaList[UUID] | None, Query(description=_COUNTED)] = None
    district: Annotated[CommaList[UUID] | None, Query(description=_COUNTED)] = None
    commune: Annotated[CommaList[UUID] | None, Query(description=_COUNTED)] = None
    undivided: Annotated[
        UUID | None,
        Query(
            description="Recorded at this very unit, and nowhere below it: what statistics tell as"
            " `undivided`."
        ),
    ] = None

    @property
    def in_province(self) -> Attributed | None:
        return self._attributed(self.province)

    @property
    def in_district(self) -> Attributed | None:
        return self._attributed(self.district)

    @property
    def in_commune(self) -> Attributed | None:
        return self._attributed(self.commune)

    def _attributed(self, units: tuple[UUID | None, ...] | None) -> Attributed | None:
        on = None if self.map == "recorded" else self.map
        return None if units is None else Attributed(units, on)


class LocalityQuery(UnderFilters, SearchQuery):
    """Filters of the list of localities."""

    as_of: Annotated[
        Day | Literal["any"] | None,
        Query(
            description="The day whose map is meant (default: today); `any`: every unit, in its"
            " last version."
        ),
    ] = None
    level: Annotated[CommaList[LocalityLevel] | None, Query()] = None
    kind: Annotated[CommaList[LocalityKind] | None, Query()] = None
    code: Annotated[CommaList[Line] | None, Query(examples=["91"])] = None
    parent: Annotated[UUID | None, Query(description="Units that lie directly in this one.")] = None
    under: Annotated[
        UUID | None,
        Query(
            description="This unit, of any era, with all that lay in it on the day or has since"
            " become wholly part of it."
        ),
    ] = None
    sort: Annotated[Literal["name", "-name", "code", "-code"], Query()] = "name"


class AsOf(BaseModel):
    """The day on which a unit is looked at."""

    model_config = ConfigDict(frozen=True)

    as_of: Annotated[Day | None, Query(description="Default: today, or the unit's last day.")] = (
        None
    )


class OnDay(BaseModel):
    """The day whose map is meant."""

    model_config = ConfigDict(frozen=True)

    on: Annotated[Day | None, Query(description="Default: today.")] = None


class HamletNew(New):
    """A hamlet (ấp, khóm, thôn, …) under a commune; no official list of them exists."""

    name: Line = Field(examples=["Xẻo Kè"])
    kind: HamletKind
    parent: LocalityId = Field(description="A commune in force.")
    established_on: Day | None = Field(
        None, description="By default the first day of the commune's own life."
    )
