"""The names of all campaign periods as every process keeps them, and the filter by period."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col

from app.campaign_periods.tables import CampaignPeriod
from app.http.encoding import Fragment, encode
from app.http.filters import AnyOf, Clause

_CHANGED = "select id, name from campaign_period where revision > $1"


class Calendar:
    """References to campaign periods as JSON."""

    def __init__(self, names: Mapping[UUID, str] | None = None) -> None:
        self._names = names or {}

    async def refreshed(self, connection: asyncpg.Connection, since: int) -> "Calendar":
        changed = {row["id"]: row["name"] for row in await connection.fetch(_CHANGED, since)}
        return Calendar({**self._names, **changed}) if changed else self

    def get(self, id: UUID, on: date | None = None) -> Fragment:
        del on  # a period has one name
        return Fragment(encode({"id": id, "name": self._names[id]}))


class InPeriod(AnyOf):
    """Rows of any of several campaign periods, or of those nested in them at any depth."""

    def __init__(self, column: Any) -> None:
        super().__init__(col(CampaignPeriod.id))
        self._period = column

    def clause(self, name: str, shape: tuple[str, bool]) -> Clause:
        known, unknown = shape
        clauses: list[Clause] = []
        if known != "none":
            asked = sa.select(col(CampaignPeriod.id)).where(super().clause(name, (known, False)))
            nested = asked.cte(f"{name}_nested", recursive=True)
            nested = nested.union(
                sa.select(col(CampaignPeriod.id)).join(
                    nested, col(CampaignPeriod.parent_id) == nested.c.id
                )
            )
            clauses.append(self._period.in_(sa.select(nested.c.id)))
        if unknown:
            clauses.append(self._period.is_(None))
        return sa.or_(*clauses)
