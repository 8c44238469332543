"""Imports: all rows of a file or none, by the rules of single writes, in one transaction.

Rows come in chunks. While the database writes one, a thread reads and validates the next; what
either needs to know of the register is asked for a whole chunk at once.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app.db.database import driver_of
from app.http.error_handlers import problem_of
from app.http.faults import faults_of
from app.http.json_encoding import encode
from app.http.problems import Fault, IdTaken, PreconditionFailed, Problem, Text, Unprocessable
from app.http.routing import read_json
from app.imports import learning
from app.imports.comparing import difference, names_without_id
from app.imports.kinds import Kind, Recorded
from app.imports.report import ImportRefused, Report, faults_of_problem
from app.imports.rows import Row, UnreadableError
from app.querying.members import as_sent
from app.querying.references import ReadSession, unknown_in
from app.querying.write_session import read_session_of

CHUNK = 1_000  # rows
_BROKEN = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, Problem)


@dataclass(slots=True)
class Sent:
    """A row on its way in."""

    row: Row
    id: UUID | None = None
    body: Any = None  # what is to be written
    recorded: Recorded | None = None  # what it changes
    faults: list[Fault] = field(default_factory=list)


async def run(
    session: AsyncSession,
    kind: Kind[Any, Any],
    rows: Iterator[Row],
    report: Report,
    *,
    dry_run: bool,
) -> None:
    """Take all rows; ImportRefused, with the whole report, if one cannot be taken."""
    connection = await driver_of(session)
    transaction = connection.transaction()
    await transaction.start()
    await learning.learn_words_later(connection)
    await _Import(connection, await read_session_of(session), kind, rows, report).run()
    if report.error_count:
        raise ImportRefused(**report.serialized())
    await learning.learn_words(connection)
    await (transaction.rollback() if dry_run else transaction.commit())


class _Import:
    def __init__(
        self,
        connection: asyncpg.Connection,
        read_session: ReadSession,
        kind: Kind[Any, Any],
        rows: Iterator[Row],
        report: Report,
    ) -> None:
        self._connection = connection
        self._read_session = read_session
        self._kind = kind
        self._rows = rows
        self._report = report
        self._seen: set[UUID] = set()
        self._unreadable: UnreadableError | None = None

    async def run(self) -> None:
        revision = await self._connection.fetchval("select revision from reference_revision")
        await self._read_session.refresh(revision)
        await self._kind.begin(self._connection, self._read_session.references)
        ahead = asyncio.create_task(asyncio.to_thread(self._next_chunk))
        try:
            while chunk := await ahead:
                taken = await self._judge(chunk)
                ahead = asyncio.create_task(asyncio.to_thread(self._next_chunk))
                if not self._report.error_count:
                    await self._write(taken)
        finally:
            await asyncio.wait([ahead])
        if (end := self._unreadable) is not None:
            self._report.add(end.row, end.column, end.code, end.detail, end.value or None)

    # ---- in a thread: reading and validating ------------------------------------------------

    def _next_chunk(self) -> list[Sent]:
        """The next rows; those that bring no version are validated as new things."""
        chunk: list[Sent] = []
        try:
            for row in islice(self._rows, CHUNK):
                sent = Sent(row)
                chunk.append(sent)
                for name, value in row.members.items():
                    if isinstance(value, dict) and all(part is None for part in value.values()):
                        row.members[name] = None
                if isinstance(id := row.members.get("id"), str):
                    sent.id = _uuid(id)
                if row.members.get("version") is None:
                    self._validate_new(sent)
        except UnreadableError as end:
            self._unreadable = end
        return chunk

    def _validate_new(self, sent: Sent) -> None:
        members = dict(sent.row.members)
        faults = list(self._kind.settle(members, None))
        shown, writable = self._kind.resource.schema, self._kind.new
        sent_members = members | as_sent(shown, writable, members)
        body = {
            name: _stated(value)
            for name, value in sent_members.items()
            if value is not None
            and (name not in shown.model_fields or name in writable.model_fields or value != [])
        }
        faults += names_without_id(members)
        told_already = {fault.where[1].split("/")[1] for fault in faults}
        try:
            sent.body = self._kind.new.model_validate(body)
        except ValidationError as error:
            faults += [
                fault
                for fault in _faults_of(error, frozenset(shown.model_fields))
                if fault.where[1].split("/")[1] not in told_already
            ]
        sent.faults = faults

    # ---- checking against what is recorded --------------------------------------------------

    async def _judge(self, chunk: list[Sent]) -> list[Sent]:
        """What is to be written of a chunk; faults and what stays the same go to the report."""
        self._report.rows += len(chunk)
        taken_ids = await self._look_up_ids(chunk)
        changes = [sent for sent in chunk if sent.recorded is not None]
        await asyncio.to_thread(_each, self._compare, changes)
        unchanged = [sent for sent in changes if sent.body is None and not sent.faults]
        self._report.unchanged += len(unchanged)
        for sent in chunk:
            self._check_id(sent, taken_ids)
        bodies = [sent for sent in chunk if sent.body is not None]
        await self._look_up_references(bodies)
        await asyncio.to_thread(_each, self._check_rules, bodies)
        for sent in chunk:
            for fault in sent.faults:
                self._serialize(sent, fault)
        taken = [sent for sent in bodies if not sent.faults]
        updated = sum(sent.recorded is not None for sent in taken)
        self._report.updated += updated
        self._report.created += len(taken) - updated
        return taken

    async def _look_up_ids(self, chunk: list[Sent]) -> set[UUID]:
        """Find the things that rows change; returns the ids that are used for anything else."""
        of_id: dict[UUID, Sent] = {}
        for sent in chunk:
            if sent.id is not None:
                of_id.setdefault(sent.id, sent)
        if not of_id:
            return set()
        rows = await self._kind.resource.find_all(self._read_session, list(of_id))
        references = self._read_session.references

        def serialize() -> None:
            for row in rows:
                content = self._kind.resource.serialized(row, references)
                content = read_json(encode(content))
                sent_back = self._kind.resource.as_sent(content)
                recorded = Recorded(row["thing_id"], row["thing_version"], content, sent_back)
                of_id[row["thing_id"]].recorded = recorded

        await asyncio.to_thread(serialize)
        used = await self._connection.fetch(
            f"select id from {self._kind.resource.table.__tablename__} where id = any($1)"  # noqa: S608
            " union select id from submission where id = any($1)"
            " union select id from deleted_thing where id = any($1)",
            list(of_id),
        )
        return {row["id"] for row in used}

    def _check_id(self, sent: Sent, taken: set[UUID]) -> None:
        if sent.id is None:
            if sent.row.members.get("version") is not None:
                sent.faults.append(Fault(("pointer", "#/id"), "missing", _NO_ID))
            return
        if sent.id in self._seen:
            sent.faults.append(Fault(("pointer", "#/id"), "repeated_id", _REPEATED))
        elif sent.recorded is None and sent.id in taken:
            sent.faults.append(Fault(("pointer", "#/id"), IdTaken.code, IdTaken.title))
        elif sent.recorded is None and sent.row.members.get("version") is not None:
            sent.faults.append(Fault(("pointer", "#/id"), "not_found", _NOT_FOUND))
        self._seen.add(sent.id)

    def _compare(self, sent: Sent) -> None:
        """Turn a row about a stored thing into what it changes: nothing if it says the same."""
        recorded, members = sent.recorded, dict(sent.row.members)
        assert recorded is not None
        sent.body, sent.faults = None, []
        version = members.pop("version", None)
        if version is not None and str(version) != str(recorded.version):
            detail = Text(*(each.format(recorded.version) for each in _CHANGED_SINCE))
            sent.faults.append(Fault(("pointer", "#/version"), PreconditionFailed.code, detail))
            return
        settled = [*self._kind.settle(members, recorded), *names_without_id(members)]
        patch, faults = difference(self._kind, members, recorded)
        sent.faults = settled + faults
        if not patch or sent.faults:
            return
        if version is None:
            sent.faults.append(Fault(("pointer", "#/version"), "missing", _NO_VERSION))
            return
        try:
            sent.body = self._kind.patch.model_validate(patch).onto(recorded.sent)
        except ValidationError as error:
            sent.faults = _faults_of(error, frozenset(recorded.content))
        except Unprocessable as problem:
            sent.faults = problem.faults

    async def _look_up_references(self, bodies: list[Sent]) -> None:
        references = self._read_session.references

        def known(kind: str, id: UUID) -> bool:
            return references.known(kind, id) or (
                kind == self._kind.resource.table.__tablename__ and id in self._seen
            )

        things = [sent.body for sent in bodies]
        unknown = await unknown_in(self._connection, things, known)
        for sent, faults in zip(bodies, unknown, strict=True):
            sent.faults += faults
        await self._kind.look_up(self._connection, things, references)

    def _check_rules(self, sent: Sent) -> None:
        if any(fault.code == "unknown_reference" for fault in sent.faults):
            return  # what a rule would look at is not there
        if sent.recorded is None:
            sent.faults += self._kind.faults_of_new(sent.body)
        else:
            sent.faults += self._kind.faults_of_change(sent.recorded, sent.body)

    # ---- writing --------------------------------------------------------------------------

    async def _write(self, taken: list[Sent]) -> None:
        """Write a chunk; if a constraint speaks, each row by itself, to learn which it meant."""
        try:
            await self._write_in_savepoint(taken)
        except _BROKEN:
            for sent in taken:
                try:
                    await self._write_in_savepoint([sent])
                except _BROKEN as error:
                    problem = error if isinstance(error, Problem) else problem_of(error)
                    for fault in faults_of_problem(problem, "id"):
                        self._serialize(sent, fault)

    async def _write_in_savepoint(self, taken: list[Sent]) -> None:
        new = {sent.id or uuid7(): sent.body for sent in taken if sent.recorded is None}
        changed = [(sent.recorded, sent.body) for sent in taken if sent.recorded is not None]
        async with self._connection.transaction():
            await self._kind.write(self._connection, new, changed)

    def _serialize(self, sent: Sent, fault: Fault) -> None:
        """Add a fault to the report, by the name its column has in the file."""
        path = [part for part in fault.where[1].removeprefix("#").split("/") if part]
        value: Any = sent.row.members
        for part in path:
            if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, dict) and value.keys() & {"id", "code"}:  # a reference
            part = "id" if value.get("id") is not None or "code" not in value else "code"
            path, value = [*path, part], value.get(part)
        self._report.add(sent.row.number, ".".join(path) or None, fault.code, fault.detail, value)


def _each(judge: Callable[[Sent], None], rows: list[Sent]) -> None:
    for sent in rows:
        judge(sent)


def _stated(value: Any) -> Any:
    """A member without what is empty in it."""
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if part is not None}
    return value


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _faults_of(error: ValidationError, read_only: frozenset[str]) -> list[Fault]:
    errors = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
    return faults_of(errors, read_only)


_NO_ID = Text("is required where a version is given", "là bắt buộc khi có version")
_NO_VERSION = Text("is required to change a thing", "là bắt buộc để thay đổi bản ghi")
_REPEATED = Text("stands in an earlier row", "đã có ở dòng trước")
_NOT_FOUND = Text("there is nothing with this id", "không có bản ghi mang mã này")
_CHANGED_SINCE = Text("the present version is {}", "phiên bản hiện tại là {}")
