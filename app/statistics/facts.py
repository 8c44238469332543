"""What is counted: models, how far they came, and awards."""

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from sqlmodel import col

from app.award_decisions import queries as award_decisions
from app.award_decisions.tables import Award, AwardDecision
from app.db.statements import Column
from app.emulation_models.models import queries as models
from app.emulation_models.models.tables import EmulationModel
from app.localities.attribution import LEVELS
from app.localities.filters import AllAttributedTo, AllUnder
from app.querying.filters import year_of
from app.querying.selections import Selectable
from app.statistics import tables
from app.statistics.aggregation import Fact
from app.statistics.tables import RollUp

_COUNT = sa.func.count()


def _fact(
    rows: Selectable,
    placed: type[EmulationModel | AwardDecision],
    roll_up: RollUp,
    dimensions: Mapping[str, Column],
    measures: Mapping[str, Column],
) -> Fact:
    placement, province = col(placed.placement_id), col(placed.province_id)
    territory = {f"in_{level}": AllAttributedTo(placement, province, level) for level in LEVELS}
    filters = {**rows.filters, "under": AllUnder(placement, province), **territory}
    return Fact(
        rows=replace(rows, filters=filters),
        placement_id=placement,
        dimensions=dimensions,
        measures=measures,
        roll_up=roll_up,
    )


_model = EmulationModel
_OF_MODELS = {
    "field": col(_model.field),
    "participant_kind": col(_model.participant_kind),
    "state": col(_model.state),
    "registered_level": col(_model.registered_level),
    "recognised_level": col(_model.recognised_level),
    "campaign_period": col(_model.campaign_period_id),
    "registered_year": col(_model.registered_year),
    "recognised_year": col(_model.recognised_year),
    "host_kind": col(_model.host_kind),
}
_STAGES = {
    "registered": sa.func.count(col(_model.registered_level)),
    "recognised": sa.func.count(col(_model.recognised_level)),
    "commended": _COUNT.filter(col(_model.commended)),
    "replicated": _COUNT.filter(col(_model.replicated)),
}
_OF_AWARDS = {
    "form": col(Award.form),
    "participant_kind": col(Award.participant_kind),
    "level": col(AwardDecision.level),
    "issued_year": year_of(col(AwardDecision.issued_on_first)),
}

MODELS = _fact(models.MODELS, _model, tables.MODELS, _OF_MODELS, {"count": _COUNT})
FUNNEL = _fact(models.MODELS, _model, tables.MODELS, _OF_MODELS, {"count": _COUNT, **_STAGES})
AWARDS = _fact(
    award_decisions.AWARDS,
    AwardDecision,
    tables.AWARDS,
    _OF_AWARDS,
    {"count": sa.func.coalesce(sa.func.sum(col(Award.count)), 0)},
)
