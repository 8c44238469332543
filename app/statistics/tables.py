"""How much there is of each kind: kept beside the rows, exact with every write.

A write adds the differences that it makes to `…_count_change`, so that no two writers ever wait for
one counter; they are added up later, by all keys in `…_count` and by fewer in further tables. What
is kept is the sum of the changes and of any of these. The same holds of the cells of models, which
tell all that each is counted by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel


def _columns(keys: tuple[str, ...], measures: tuple[str, ...]) -> list[sa.Column[Any]]:
    kinds = {"issued_year": sa.Integer()}
    return [
        *(
            sa.Column(key, sa.Uuid() if key.endswith("_id") else kinds.get(key, sa.Text()))
            for key in keys
        ),
        *(sa.Column(measure, sa.BigInteger(), nullable=False) for measure in measures),
    ]


@dataclass(frozen=True)
class Kept:
    """The tables of one kind: by what its rows are counted, and how much of what they are.

    The rows themselves, with these columns, are the view `counted_…`.
    """

    kind: str
    keys: tuple[str, ...]
    broad: Mapping[str, tuple[str, ...]]  # some of the keys, that have few rows, by a name
    measures: tuple[str, ...]
    changes: sa.Table = field(init=False)
    settled: tuple[sa.Table, ...] = field(init=False)  # the one by all keys is the last

    def __post_init__(self) -> None:
        without_period = tuple(key for key in self.keys if key != "campaign_period_id")
        every = self._settled("count", self.keys)
        for by in ((), ("province_id",), ("recorded_province_id",)):
            sa.Index(None, *(every.c[name] for name in (*by, "campaign_period_id")))
        settled = (
            *(self._settled(f"count_of_{name}", keys) for name, keys in self.broad.items()),
            self._settled("count_of_all_periods", without_period),
            every,
        )
        changes = sa.Table(
            f"{self.kind}_count_change", SQLModel.metadata, *_columns(self.keys, self.measures)
        )
        object.__setattr__(self, "settled", settled)
        object.__setattr__(self, "changes", changes)

    def keys_of(self, settled: sa.Table) -> tuple[str, ...]:
        return tuple(key for key in self.keys if key in settled.c)

    def _settled(self, name: str, keys: tuple[str, ...]) -> sa.Table:
        name = f"{self.kind}_{name}"
        once = sa.UniqueConstraint(*keys, name=f"uq_{name}", postgresql_nulls_not_distinct=True)
        return sa.Table(name, SQLModel.metadata, *_columns(keys, self.measures), once)


PROVINCES = ("first_province_id", "recorded_province_id", "province_id")
_PLACE_AND_PERIOD = (*PROVINCES, "campaign_period_id")
MODELS = Kept(
    "model",
    keys=(
        *_PLACE_AND_PERIOD,
        "field",
        "participant_kind",
        "state",
        "registered_level",
        "recognised_level",
    ),
    broad={
        "periods": _PLACE_AND_PERIOD,
        "fields": (*PROVINCES, "field", "participant_kind"),
        "states": (*PROVINCES, "state", "registered_level", "recognised_level"),
    },
    measures=("count", "registered", "recognised", "commended", "replicated"),
)
AWARDS = Kept(
    "award",
    keys=(*_PLACE_AND_PERIOD, "form", "participant_kind", "level", "status", "issued_year"),
    broad={
        "periods": (*_PLACE_AND_PERIOD, "status"),
        "forms": (*PROVINCES, "form", "participant_kind", "status"),
        "years": (*PROVINCES, "level", "status", "issued_year"),
    },
    measures=("count",),
)
KINDS = (MODELS, AWARDS)


def _of_places(name: str, *columns: sa.Column[Any]) -> sa.Table:
    placement = sa.Column("placement_id", sa.Integer())
    period = sa.Column("campaign_period_id", sa.Uuid())
    return sa.Table(name, SQLModel.metadata, placement, period, *columns)


# The cells of all models of a placement and period: what each is counted by, in one number. These
# are settled; the changes since are added and taken away.
CELLS = _of_places("model_cells", sa.Column("cells", ARRAY(sa.BigInteger()), nullable=False))
CELLS.append_constraint(
    sa.UniqueConstraint(
        "campaign_period_id",
        "placement_id",
        name="uq_model_cells",
        postgresql_nulls_not_distinct=True,
    )
)
sa.Index(None, CELLS.c.placement_id)
CELL_CHANGES = _of_places(
    "model_cell_change",
    sa.Column("cell", sa.BigInteger(), nullable=False),
    sa.Column("count", sa.Integer(), nullable=False),
)
