"""Learning the words of what an import writes, after all of it."""

import asyncpg


async def learn_words_later(connection: asyncpg.Connection) -> None:
    """Put the new words of what is written aside: other writers would wait for each of them."""
    await connection.execute("create temporary table word_to_learn (word text) on commit drop")
    await connection.execute("set local kheo.learns_later = 'yes'")


async def learn_words(connection: asyncpg.Connection) -> None:
    """Learn the words put aside, in the one order of all writers."""
    await connection.execute(
        "insert into search_word select distinct word from word_to_learn order by word"
        " on conflict do nothing"
    )
    await connection.execute("drop table word_to_learn")
    await connection.execute("set local kheo.learns_later = 'no'")
