"""Connections are lent to requests in the order in which they came."""

import asyncio

from app.db.database import Database


async def test_no_reader_is_let_in_before_those_who_wait(server: str) -> None:
    database = Database(server, read_connections=2)
    asked: list[tuple[int, int]] = []
    lent: list[tuple[int, int]] = []

    async def reader(number: int) -> None:
        for turn in range(40):
            asked.append((number, turn))
            async with database.reader() as connection:
                lent.append((number, turn))
                await connection.fetchval("select 1")

    try:
        async with database.reader(), database.reader():
            pass  # both connections are made: how long that takes is no matter of turns
        async with asyncio.TaskGroup() as readers:
            for number in range(16):
                readers.create_task(reader(number))
    finally:
        await database.close()
    assert lent == asked
