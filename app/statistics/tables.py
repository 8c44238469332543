"""Roll-ups: how much there is of each kind, beside the rows and exact with every write.

A statement that writes rows of a fact inserts the difference it makes, not yet settled, so that no
two writers wait for one counter. A count is the sum of all rows; settling adds the differences up.
In `app/db/sql`, the view `counted_<fact>` gives the rows with the keys and measures declared here,
and the triggers of `roll_up_<fact>` insert the differences.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import SQLModel

ColumnTypes = Mapping[str, sa.types.TypeEngine[Any]]


class RollUp(NamedTuple):
    """The table that rolls a fact up, by which keys, and how much of what its rows are."""

    fact: str
    table: sa.Table
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    rests_on: tuple[str, ...]  # the tables of the fact: who writes them changes the counts


def _roll_up(
    fact: str, *, rests_on: tuple[str, ...], keys: ColumnTypes, measures: ColumnTypes
) -> RollUp:
    name = f"{fact}_roll_up"
    table = sa.Table(
        name,
        SQLModel.metadata,
        *(sa.Column(key, kind) for key, kind in keys.items()),
        *(sa.Column(measure, kind, nullable=False) for measure, kind in measures.items()),
        sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Index(
            f"uq_{name}",
            *keys,
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("settled"),
        ),
        sa.Index(f"ix_{name}_unsettled", "settled", postgresql_where=sa.text("not settled")),
        sa.Index(f"ix_{name}_campaign_period_id", "campaign_period_id"),
    )
    return RollUp(fact, table, tuple(keys), tuple(measures), rests_on)


MODELS = _roll_up(
    "model",
    rests_on=("emulation_model", "award_recipient"),
    keys={
        "province_class_id": sa.SmallInteger(),
        "campaign_period_id": sa.Uuid(),
        "field": sa.Text(),
        "participant_kind": sa.Text(),
        "state": sa.Text(),
    },
    measures=dict.fromkeys(
        ("count", "registered", "recognised", "commended", "replicated"), sa.Integer()
    ),
)
AWARDS = _roll_up(
    "award",
    rests_on=("award_decision", "award"),
    keys={
        "province_class_id": sa.SmallInteger(),
        "campaign_period_id": sa.Uuid(),
        "form": sa.Text(),
        "participant_kind": sa.Text(),
        "level": sa.Text(),
        "status": sa.Text(),
        "issued_year": sa.Integer(),
    },
    measures={"count": sa.BigInteger()},
)
ROLL_UPS = (MODELS, AWARDS)
