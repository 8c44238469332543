"""Cursors of the feed through restarts, crashes and restored backups."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.db import embedded
from tests.support.following import FEED, Copy, own_server, place, worker


@pytest.fixture
def own() -> Iterator[tuple[Path, str]]:
    with own_server() as started:
        yield started


async def enter(url: str, count: int = 1) -> list[UUID]:
    """Enter models, each in a transaction of its own."""
    ids = [uuid4() for _ in range(count)]
    connection = await asyncpg.connect(url)
    for id in ids:
        await connection.execute(
            "insert into emulation_model (id, title, aliases, locality_id)"
            " values ($1, 'M', '{}', $2)",
            id,
            place("north-1"),
        )
    await connection.close()
    return ids


async def ask(url: str, cursor: str | None) -> tuple[int, dict[str, Any]]:
    """Ask a process that has just been started."""
    parameters = {"types": "models", "limit": "1000"}
    if cursor is not None:
        parameters["after"] = cursor
    async with worker(url) as (_, client):
        answer = await client.get(FEED, params=parameters)
    return answer.status_code, answer.json()


async def caught_up(url: str) -> str:
    """The cursor of a reader who knows all there is."""
    async with worker(url) as (_, client):
        copy = Copy(client, types="models")
        await copy.catch_up()
    assert copy.cursor is not None
    return copy.cursor


def ids_of(page: dict[str, Any]) -> list[UUID]:
    return [UUID(item["id"]) for item in page["items"]]


async def stop(directory: Path) -> None:
    await asyncio.to_thread(embedded.stop, directory)


async def start(directory: Path) -> None:
    again = [sys.executable, "-m", "app", "db", "start"]
    environment = os.environ | {"KHEO_DATA_DIR": str(directory)}
    await asyncio.to_thread(subprocess.run, again, env=environment, check=True)


async def copy_files(source: Path, target: Path) -> None:
    command = f"rm -rf {target} && cp -a {source} {target}"
    await asyncio.to_thread(subprocess.run, ["sh", "-c", command], check=True)


@pytest.mark.parametrize("crash", [False, True])
async def test_a_cursor_goes_on_after_the_database_was_restarted(
    own: tuple[Path, str], crash: bool
) -> None:
    directory, url = own
    await enter(url)
    cursor = await caught_up(url)
    before = await enter(url, 3)
    if crash:
        postmaster = int((directory / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
    else:
        await stop(directory)
    await start(directory)
    after = await enter(url, 2)
    status, page = await ask(url, cursor)
    assert (status, ids_of(page)) == (200, before + after)
    status, page = await ask(url, page["next_cursor"])
    assert (status, page["items"]) == (200, [])


async def test_a_cursor_of_what_a_backup_does_not_hold_is_gone_when_it_is_put_back(
    own: tuple[Path, str], tmp_path: Path
) -> None:
    directory, url = own
    await enter(url)
    of_the_past = await caught_up(url)
    kept = await enter(url)
    await checkpoint(url)
    await copy_files(directory / "pg", tmp_path / "backup")
    lost = await enter(url, 3)
    later = [await caught_up(url)]  # of the same start of the database as the backup
    await stop(directory)
    await start(directory)
    await enter(url)
    later.append(await caught_up(url))  # of a start that the backup knows nothing of
    await stop(directory)
    await copy_files(tmp_path / "backup", directory / "pg")
    await start(directory)
    new = await enter(url, 20)  # numbers of transactions pass those of the cursors

    for cursor in later:
        status, answer = await ask(url, cursor)
        assert (status, answer["code"]) == (410, "cursor_gone")
    status, page = await ask(url, of_the_past)  # all it stands for is in the backup too
    assert (status, ids_of(page)) == (200, kept + new)
    assert not set(lost) & set(ids_of(page))


async def checkpoint(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("checkpoint")
    await connection.close()


async def test_a_dump_put_into_another_database_begins_anew(own: tuple[Path, str]) -> None:
    _, url = own
    ids = await enter(url, 3)
    cursor = await caught_up(url)
    connection = await asyncpg.connect(url.replace("/kheo?", "/postgres?"))
    await connection.execute("create database restored template kheo")
    await connection.close()
    restored = url.replace("/kheo?", "/restored?")
    connection = await asyncpg.connect(restored)  # numbers of another cluster, far ahead
    await connection.execute("update change set xid = xid + 1000000")
    await connection.close()

    status, answer = await ask(restored, cursor)
    assert (status, answer["code"]) == (410, "cursor_gone")
    status, page = await ask(restored, None)
    assert (status, sorted(ids_of(page))) == (200, sorted(ids))
    new = await enter(restored)
    status, page = await ask(restored, page["next_cursor"])
    assert (status, ids_of(page)) == (200, new)
    assert (await ask(url, cursor))[0] == 200


async def test_a_long_first_write_after_a_start_holds_up_no_other(own: tuple[Path, str]) -> None:
    directory, url = own
    await enter(url)
    await stop(directory)
    await start(directory)
    slow = await asyncpg.connect(url)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(
        "insert into document (id, title, kind) values (gen_random_uuid(), 'D', 'plan')"
    )
    await asyncio.wait_for(enter(url), 5)
    status, answer = await ask(url, None)
    assert (status, answer["code"]) == (503, "database_unavailable")
    await transaction.commit()
    await slow.close()
    assert (await ask(url, None))[0] == 200
