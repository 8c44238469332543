"""The database knows the days of a partial date as the application does, and refuses other text."""

from datetime import date

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.partial_dates import PartialDate
from tests.conftest import OneTransaction

DAYS = "select first_day($1), last_day($1)"

day = st.dates(date(1, 1, 1), date(9998, 12, 31)).map(date.isoformat)
partial = st.builds(lambda day, length: day[:length], day, st.sampled_from((4, 7, 10)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(partial)
async def test_spans_its_days(database: OneTransaction, partial: str) -> None:
    async with database.reader() as connection:
        known = PartialDate(partial)
        assert tuple(await connection.fetchrow(DAYS, partial)) == (known.first, known.last)


@pytest.mark.parametrize("unknown", [None, "--06-05", "--02-29"])
async def test_spans_none_without_a_year(database: OneTransaction, unknown: str | None) -> None:
    async with database.reader() as connection:
        assert tuple(await connection.fetchrow(DAYS, unknown)) == (None, None)


@pytest.mark.parametrize(
    "text", ["", "today", "2023-02-30", "2023-13", "23-01-01", "2023-1-1", "--02-30", " 2023"]
)
@pytest.mark.parametrize("bound", ["first_day", "last_day"])
async def test_is_no_other_text(database: OneTransaction, bound: str, text: str) -> None:
    async with database.reader() as connection:
        with pytest.raises(asyncpg.DatetimeFieldOverflowError):
            await connection.fetchval(f"select {bound}($1)", text)
