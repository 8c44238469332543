"""The registry's application over a connection that explains every statement it is asked."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import asyncpg

from app.config import Settings
from app.db.database import Database
from app.main import create_app

_EXPLAIN = "explain (analyze, timing off, format json) "
_REPEATS = 6  # executions of a prepared statement before PostgreSQL may plan it for any value
_RUNS = 3  # explained so often: what else the machine does is no matter of the statement


@dataclass(frozen=True)
class Explained:
    """One statement as it was run."""

    sql: str
    milliseconds: float  # in the database, planning left out
    fetched_in: float  # milliseconds of the prepared statement, as the application waits for it
    plan: dict[str, Any]

    def scanned(self) -> set[str]:
        """The tables that were read from end to end."""
        return {
            node["Relation Name"]
            for node in _nodes(self.plan)
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"] > 0
        }


class Explainer(Database):
    """A database with one connection for reads, which explains them when asked to."""

    def __init__(self, url: str) -> None:
        super().__init__(url, read_connections=1)
        self.explains = False
        self.explained: list[Explained] = []

    @asynccontextmanager
    async def reader(self, *, several: bool = False) -> AsyncIterator[asyncpg.Connection]:
        async with super().reader(several=several) as connection:
            explaining: Any = _Explaining(connection, self.explained)
            yield explaining if self.explains else connection


class _Explaining:
    """Passes statements on, and explains each before."""

    def __init__(self, connection: asyncpg.Connection, explained: list[Explained]) -> None:
        self._connection = connection
        self._explained = explained

    async def fetch(self, sql: str, *values: object) -> Any:
        return await self._run(self._connection.fetch, sql, values)

    async def fetchrow(self, sql: str, *values: object) -> Any:
        return await self._run(self._connection.fetchrow, sql, values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        return await self._run(self._connection.fetchval, sql, values)

    async def _run(self, ask: Any, sql: str, values: tuple[object, ...]) -> Any:
        [serialized] = json.loads(await self._connection.fetchval(_EXPLAIN + sql, *values))
        began = time.perf_counter()
        answer = await ask(sql, *values)
        taken = (time.perf_counter() - began) * 1000
        self._explained.append(
            Explained(sql, serialized["Execution Time"], taken, serialized["Plan"])
        )
        return answer


class Explanations:
    """Asks the application for paths and tells what the database did for each."""

    def __init__(self, url: str) -> None:
        self._database = Explainer(url)
        known = Settings(cache_bytes=0, access_log=False, rate_limit_reads="1000000/second")
        self._app = create_app(known, self._database)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()

    async def of(self, path: str) -> list[Explained]:
        """What a GET asks of the database, once everything is warm; the fastest of some runs."""
        for _ in range(_REPEATS):
            status, body = await self.get(path)
            if status != 200:
                raise LookupError(f"{path} answered {status}: {body.decode()}")
        self._database.explains = True
        runs = []
        for _ in range(_RUNS):
            self._database.explained.clear()
            await self.get(path)
            runs.append(list(self._database.explained))
        self._database.explains = False
        return min(runs, key=lambda run: sum(each.milliseconds for each in run))

    async def get(self, path: str) -> tuple[int, bytes]:
        """Ask the application as a server would."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": [], "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in _nodes(part))]
