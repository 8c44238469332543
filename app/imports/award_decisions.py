"""How award decisions come in: the rules of single writes, set-wise."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar
from uuid import UUID

import asyncpg

from app.access.actors import Actor
from app.access.reach import Reach
from app.award_decisions import service
from app.award_decisions.schemas import AwardDecisionNew
from app.award_decisions.tables import AwardDecision
from app.http.merge_patch import Patch
from app.http.partial_dates import PartialDate, first_day_of, partial_date
from app.http.problems import Fault, Problem
from app.imports.kinds import Kind, Recorded
from app.imports.report import faults_of_problem
from app.querying.references import References
from app.querying.resources import Resource


class AwardDecisions(Kind[AwardDecisionNew, AwardDecisionNew]):
    """Award decisions as one agency imports them."""

    new: ClassVar = AwardDecisionNew
    patch: ClassVar = Patch[AwardDecisionNew]
    columns: ClassVar[frozenset[str]] = frozenset()  # being nested, they come as NDJSON alone
    following: ClassVar = frozenset({"totals", "warnings"})

    def __init__(self, actor: Actor, on: date, resource: Resource[AwardDecision]) -> None:
        super().__init__(actor)
        self.resource = resource
        self._on = on
        self._reach = Reach(actor)
        self._places: dict[UUID, UUID | None] = {}  # of authorities

    async def look_up(
        self,
        connection: asyncpg.Connection,
        bodies: Sequence[AwardDecisionNew],
        references: References,
    ) -> None:
        del references
        rows = await connection.fetch(
            "select id, locality_id from organisation where id = any($1)",
            list({body.authority for body in bodies} - self._places.keys()),
        )
        self._places |= {row["id"]: row["locality_id"] for row in rows}
        await self._reach.look_up(connection, self._places.values())

    def faults_of_new(self, body: AwardDecisionNew) -> Iterator[Fault]:
        yield from self._faults_of_right(body.authority, body.level, body.issued_on)
        try:
            service.check_day(body.issued_on, self._on)
        except Problem as problem:
            yield from problem.faults

    def faults_of_change(self, recorded: Recorded, body: AwardDecisionNew) -> Iterator[Fault]:
        stated = recorded.sent
        issued_on = partial_date(stated["issued_on"])
        yield from self._faults_of_right(UUID(stated["authority"]), stated["level"], issued_on)
        if body.issued_on != issued_on:
            yield from self._faults_of_right(body.authority, body.level, body.issued_on)
        try:
            service.check_day(body.issued_on, self._on)
            service.check_addition(stated, body)
        except Problem as problem:
            yield from problem.faults

    def _faults_of_right(
        self, authority: UUID, level: str, issued_on: PartialDate | None
    ) -> Iterator[Fault]:
        try:
            self.actor.require_level(level)
        except Problem as problem:
            yield from faults_of_problem(problem, "level")
        try:
            self._reach.check(self._places[authority], first_day_of(issued_on))
        except Problem as problem:
            yield from faults_of_problem(problem, "authority")

    def columns_of_new(self, body: AwardDecisionNew) -> Mapping[str, object]:
        del body
        return service.columns_of_new()
