"""Holding roll-ups against the rows, and making them equal to these again."""

import asyncpg
import sqlalchemy as sa

from app.db.statements import Statement
from app.statistics.tables import ROLL_UPS, RollUp

# Whether an award names a model, and whether another adopted it, stands in the model's row too.
_COMMENDED = "exists (select from award_recipient where model_id = model.id)"
_REPLICATED = "exists (select from emulation_model adopter where derived_from_id = model.id)"
_STAGES = f"""
    update emulation_model model set commended = {_COMMENDED}, replicated = {_REPLICATED}
    where (commended, replicated) is distinct from ({_COMMENDED}, {_REPLICATED})
"""  # noqa: S608 - put together from constants


def _missing(roll_up: RollUp) -> sa.Select[*tuple[object, ...]]:
    """What the rows have more than their roll-up, less where it is negative."""
    names = [*roll_up.keys, *roll_up.measures]
    counted = sa.table(f"counted_{roll_up.fact}", *map(sa.column, names))
    known = roll_up.table.c
    both = sa.union_all(
        sa.select(*(counted.c[name] for name in names)),
        sa.select(
            *(known[key] for key in roll_up.keys), *(-known[name] for name in roll_up.measures)
        ),
    ).subquery()
    keys = [both.c[key] for key in roll_up.keys]
    sums = [
        sa.cast(sa.func.sum(both.c[name]), sa.BigInteger()).label(name) for name in roll_up.measures
    ]
    differ = sa.or_(*(total.element != sa.literal_column("0") for total in sums))
    return sa.select(*keys, *sums).group_by(*keys).having(differ)


_MISSING = {roll_up: Statement(_missing(roll_up)) for roll_up in ROLL_UPS}
_ADD = {
    roll_up: Statement(
        sa.insert(roll_up.table).from_select(
            [*roll_up.keys, *roll_up.measures], _missing(roll_up), include_defaults=False
        )
    )
    for roll_up in ROLL_UPS
}


async def differences(url: str) -> list[dict[str, object]]:
    """What the roll-ups lack of the rows by each key; negative where they have too many."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return [
                {"roll_up": roll_up.table.name, **row}
                for roll_up in ROLL_UPS
                for row in await _MISSING[roll_up].rows(connection)
            ]
    finally:
        await connection.close()


async def rebuild(url: str) -> None:
    """Make the roll-ups equal to the rows; who writes what is counted waits meanwhile."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            tables = {table for roll_up in ROLL_UPS for table in roll_up.rests_on}
            await connection.execute(
                f"lock table {', '.join(sorted(tables))} in share row exclusive mode"
            )
            await connection.execute(_STAGES)
            for roll_up in ROLL_UPS:
                await _ADD[roll_up].rows(connection)
    finally:
        await connection.close()
