"""How many models there are of each kind: kept beside the rows, exact with every write.

A write of models adds the differences that it makes (`model_count_change`), so that no two writers
ever wait for one counter; they are added up later (`settle_model_counts`). A count is the sum of
both tables.
"""

import sqlalchemy as sa
from sqlmodel import SQLModel

KEYS = (
    "recorded_province_id",
    "province_id",
    "campaign_period_id",
    "field",
    "participant_kind",
    "state",
    "registered_level",
    "recognised_level",
)
WITHOUT_PERIOD = tuple(key for key in KEYS if key != "campaign_period_id")


def _counts(name: str, keys: tuple[str, ...], *others: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        SQLModel.metadata,
        *(sa.Column(key, sa.Uuid() if key.endswith("_id") else sa.Text()) for key in keys),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *others,
    )


def _settled(name: str, keys: tuple[str, ...]) -> sa.Table:
    once = sa.UniqueConstraint(*keys, name=f"uq_{name}", postgresql_nulls_not_distinct=True)
    return _counts(name, keys, once)


MODEL_COUNT_CHANGE = _counts("model_count_change", KEYS)
MODEL_COUNT = _settled("model_count", KEYS)
MODEL_COUNT_OF_ALL_PERIODS = _settled("model_count_of_all_periods", WITHOUT_PERIOD)
sa.Index(None, MODEL_COUNT.c.campaign_period_id)
