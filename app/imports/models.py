"""How models come in: the rules of single writes, set-wise."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import ClassVar
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.access.actors import Actor
from app.access.reach import Reach
from app.emulation_models.models import service
from app.emulation_models.models.queries import MODELS
from app.emulation_models.models.schemas import ModelFacts, ModelNew
from app.emulation_models.steps.records import update_standings
from app.emulation_models.steps.tables import ModelRegistration
from app.export.tabular import columns_of
from app.http.json_encoding import Json
from app.http.merge_patch import Patch
from app.http.partial_dates import PartialDate, first_day_of, partial_date
from app.http.problems import Fault, Problem, Text
from app.imports.kinds import Kind, Recorded
from app.imports.report import faults_of_problem
from app.localities.service import check_in_force_as_known
from app.localities.territory import territory
from app.querying import rows
from app.querying.references import References
from app.querying.representations import table_of
from app.vocabularies.terms import LocalityLevel

_ONLY_NEW = {"distinct_because", "registration.level", "registration.registered_on"}


class Models(Kind[ModelNew, ModelFacts]):
    """Models as one agency imports them."""

    resource = MODELS
    new: ClassVar = ModelNew
    patch: ClassVar = Patch[ModelFacts]
    columns: ClassVar = frozenset({*columns_of(MODELS.schema), "locality.level", *_ONLY_NEW})
    following: ClassVar = frozenset({"replications", "allowed_actions"})

    def __init__(self, actor: Actor, on: date) -> None:
        super().__init__(actor)
        self._on = on
        self._reach = Reach(actor)
        self._period_ends: dict[UUID, date | None] = {}

    async def begin(self, connection: asyncpg.Connection, references: References) -> None:
        self.know(references)
        rows = await connection.fetch("select id, end_on from campaign_period")
        self._period_ends = {row["id"]: row["end_on"] for row in rows}

    def know(self, references: References) -> None:
        """Take up the places as they are known now."""
        self._references = references

    async def look_up(
        self,
        connection: asyncpg.Connection,
        bodies: Sequence[ModelFacts],
        references: References,
    ) -> None:
        self.know(references)
        await self._reach.look_up(connection, {body.locality for body in bodies})

    # ---- places by their codes ------------------------------------------------------------

    def settle(self, members: Json, recorded: Recorded | None) -> Iterator[Fault]:
        place = members.get("locality")
        if not isinstance(place, dict):
            return
        level, code = (place.get("level"), place.get("code"))
        if place.get("id") is not None:
            yield from self._differing(place)
        elif code is None:
            if any(value is not None for value in place.values()):
                yield Fault(("pointer", "#/locality/id"), "missing", _ID_OR_CODE)
            members["locality"] = None
        elif level is not None and level not in set(LocalityLevel):
            fault = Text(*(each.format(", ".join(LocalityLevel)) for each in _LEVELS))
            yield Fault(("pointer", "#/locality/level"), "not_in_vocabulary", fault)
            members["locality"] = None
        else:
            day = self._day(members, recorded)
            map_ = territory(self._references)
            unit = map_.of_code(level or LocalityLevel.commune, str(code), day)
            if unit is None:
                detail = Text(*(each.format(day) for each in _NO_SUCH_CODE))
                yield Fault(("pointer", "#/locality/code"), "unknown_reference", detail)
            members["locality"] = None if unit is None else str(unit)

    def _differing(self, place: Json) -> Iterator[Fault]:
        """A code or level beside an id must be that of the unit; names and paths may change."""
        try:
            identity = territory(self._references).identity.get(UUID(place["id"]))
        except (ValueError, TypeError, AttributeError):
            return  # the schema refuses it
        for name, own in zip(("level", "code"), identity or (), strict=False):
            if place.get(name) not in {None, own}:
                yield Fault(("pointer", f"#/locality/{name}"), "differs_from_id", _DIFFERS)

    def _day(self, members: Json, recorded: Recorded | None) -> date:
        """The model's date, on which a code is read."""
        facts = (recorded.content if recorded else {}) | members
        registration = members.get("registration")
        registered_on = (
            registration.get("registered_on") if isinstance(registration, dict) else None
        )
        for dated in (
            facts.get("registered_on") or registered_on,
            facts.get("recognised_on"),
            facts.get("started_on"),
        ):
            with suppress(ValueError, TypeError):  # the schema refuses it
                if (day := first_day_of(partial_date(dated))) is not None:
                    return day
        (period,) = MODELS.as_sent({"campaign_period": facts.get("campaign_period")}).values()
        end = None
        with suppress(ValueError, TypeError, AttributeError):
            end = self._period_ends.get(UUID(period))
        return min(end or self._on, self._on)

    # ---- rules ----------------------------------------------------------------------------

    def restates(self, name: str, value: object, recorded: Recorded) -> bool:
        """A registration in the same act may be sent again, with the rest of a file."""
        return (
            name == "registration"
            and isinstance(value, dict)
            and any(
                (track["level"], track["registered_on"])
                == (value.get("level"), value.get("registered_on"))
                for track in recorded.content["tracks"]
            )
        )

    def faults_of_new(self, body: ModelNew) -> Iterator[Fault]:
        registered_on = body.registration.registered_on if body.registration else None
        yield from self._faults_of_place(body.locality, registered_on, registered_on)
        if body.registration is not None:
            try:
                self.actor.require_level(body.registration.level)
                service.check_registration(body.registration)
            except Problem as problem:
                yield from faults_of_problem(problem, "registration/level")

    def faults_of_change(self, recorded: Recorded, body: ModelFacts) -> Iterator[Fault]:
        registered_on = partial_date(recorded.content["registered_on"])
        dated = registered_on or partial_date(recorded.content["started_on"])
        place = UUID(recorded.sent["locality"])
        yield from self._faults_of_place(place, dated)
        if body.locality != place:
            yield from self._faults_of_place(body.locality, registered_on, registered_on)
        try:
            service.check_required(recorded.sent, body)
        except Problem as problem:
            yield from problem.faults

    def _faults_of_place(
        self, place: UUID, dated: PartialDate | None, registered_on: PartialDate | None = None
    ) -> Iterator[Fault]:
        try:
            self._reach.check(place, first_day_of(dated))
            check_in_force_as_known(self._references, place, registered_on)
        except Problem as problem:
            yield from faults_of_problem(problem, "locality")

    # ---- rows -----------------------------------------------------------------------------

    def columns_of_new(self, body: ModelNew) -> Mapping[str, object]:
        return service.columns_of_new(body)

    async def write(
        self,
        connection: asyncpg.Connection,
        new: Mapping[UUID, ModelNew],
        changed: Sequence[tuple[Recorded, ModelFacts]],
    ) -> None:
        await super().write(connection, new, changed)
        agency = {"agency_id": self.actor.agency_id}
        registrations = [
            {"id": uuid7(), "model_id": id, **body.registration.model_dump(), **agency}
            for id, body in new.items()
            if body.registration is not None
        ]
        await rows.insert(connection, table_of(ModelRegistration), registrations)
        origins = {body.derived_from for body in new.values()}
        for recorded, body in changed:
            before = recorded.sent["derived_from"]
            origins |= {before and UUID(before)} ^ {body.derived_from}
        await update_standings(connection, [origin for origin in origins if origin is not None])


_ID_OR_CODE = Text("give the id, or the code", "hãy ghi mã định danh hoặc mã đơn vị")
_LEVELS = Text("must be one of {}", "phải là một trong {}")
_NO_SUCH_CODE = Text(
    "no unit of this level had this code on {}", "không có đơn vị cấp này mang mã này vào ngày {}"
)
_DIFFERS = Text("is not that of the unit with this id", "không khớp với đơn vị có mã định danh này")
