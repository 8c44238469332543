"""Connections are lent to requests in the order in which they came."""

import asyncio

from app.db.database import Database


async def test_no_reader_is_let_in_before_those_who_wait(server: str) -> None:
    database = Database(server, read_connections=2)
    reads = [0] * 16

    async def reader(number: int) -> None:
        for _ in range(40):
            async with database.reader() as connection:
                await connection.fetchval("select 1")
                reads[number] += 1
                assert max(reads) - min(reads) <= 2

    try:
        async with asyncio.TaskGroup() as readers:
            for number in range(len(reads)):
                readers.create_task(reader(number))
    finally:
        await database.close()
    assert set(reads) == {40}
