"""How award decisions come in: the rules of single writes, set-wise."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar
from uuid import UUID

import asyncpg

from app.access.actors import Actor
from app.access.reach import Reach
from app.access.writing import Stored
from app.award_decisions import service
from app.award_decisions.schemas import AwardDecisionNew
from app.award_decisions.tables import Award, AwardDecision, AwardRecipient
from app.http.merge_patch import Patch
from app.http.problems import Fault, Problem
from app.http.schemas import first_day_of
from app.imports import statements
from app.imports.kinds import Kind
from app.imports.report import faults_of_problem
from app.querying.collections import Collection
from app.querying.references import References


class AwardDecisions(Kind):
    """Award decisions as one agency imports them."""

    name: ClassVar = "award_decision"
    table: ClassVar = AwardDecision
    new: ClassVar = AwardDecisionNew
    patch: ClassVar = Patch[AwardDecisionNew]
    columns: ClassVar[frozenset[str]] = frozenset()  # being nested, they come as NDJSON alone
    following: ClassVar = frozenset({"totals", "warnings"})

    def __init__(self, actor: Actor, on: date, collection: Collection) -> None:
        self.collection = collection
        self._actor = actor
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

    def faults_of_change(self, stored: Stored, body: AwardDecisionNew) -> Iterator[Fault]:
        stated = stored.content
        authority = UUID(stated["authority"]["id"])
        yield from self._faults_of_right(authority, stated["level"], stated["issued_on"])
        if body.issued_on != stated["issued_on"]:
            yield from self._faults_of_right(body.authority, body.level, body.issued_on)
        try:
            service.check_day(body.issued_on, self._on)
            service.check_addition(stored, body)
        except Problem as problem:
            yield from problem.faults

    def _faults_of_right(
        self, authority: UUID, level: str, issued_on: str | None
    ) -> Iterator[Fault]:
        try:
            self._actor.require_level(level)
        except Problem as problem:
            yield from faults_of_problem(problem, "level")
        try:
            self._reach.check(self._places[authority], first_day_of(issued_on))
        except Problem as problem:
            yield from faults_of_problem(problem, "authority")

    async def write(
        self,
        connection: asyncpg.Connection,
        new: Mapping[UUID, AwardDecisionNew],
        changed: Sequence[tuple[Stored, AwardDecisionNew]],
    ) -> None:
        agency = {"agency_id": self._actor.agency_id}
        await statements.insert(
            connection,
            AwardDecision,
            [{"id": id, **service.columns_of_new(body), **agency} for id, body in new.items()],
        )
        await statements.update(
            connection,
            AwardDecision,
            [
                {"id": stored.id, "version": stored.version, **service.columns(body)}
                for stored, body in changed
            ],
        )
        lines, recipients = [], []
        for id, body in [*new.items(), *((stored.id, body) for stored, body in changed)]:
            for line, named in service.line_rows(body.awards):
                lines.append({"decision_id": id, **line})
                recipients += named
        owners = [stored.id for stored, _ in changed]
        # Names go first, since no line may ever count fewer than it names.
        await connection.execute(
            "delete from award_recipient where award_id in"
            " (select id from award where decision_id = any($1))",
            owners,
        )
        await statements.replace_parts(connection, Award, "decision_id", owners, lines)
        await statements.insert(connection, AwardRecipient, recipients)
