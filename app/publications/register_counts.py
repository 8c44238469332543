"""Holds published figures against the models of the register."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import col

from app.emulation_models.models.queries import MODELS
from app.emulation_models.models.schemas import ModelFilters
from app.emulation_models.models.tables import EmulationModel
from app.emulation_models.models.tracks import TrackAsked
from app.publications.comparability import Claim
from app.publications.explanations import id_of
from app.publications.figures import Figure
from app.publications.reconciliation import DIGITS, Span
from app.querying.references import ReadSession
from app.vocabularies.terms import (
    CheckStatus,
    ClaimStatus,
    Level,
    Measure,
    MovementField,
    ParticipantKind,
)

# What models have tracks of. The register holds no list of those `built`, say, in a period.
HELD = frozenset({Measure.registered, Measure.recognised, Measure.not_recognised})
# Along which dimensions the register can be counted too, and the values it knows there.
COUNTED_BY: Mapping[str, Collection[str]] = {
    "field": tuple(MovementField),
    "participant_kind": tuple(ParticipantKind),
    "level": tuple(Level),
}
_OF_MODELS = ("field", "participant_kind")  # of which a model has one each, or none


class Counted(NamedTuple):
    """Models of a subject, a place or a host, that have a track."""

    subject: tuple[str, UUID]  # `under` or `host`
    track: TrackAsked


async def register_checks(
    read_session: ReadSession, figures: Iterable[Figure]
) -> list[dict[str, Any]]:
    """Every figure that states a number against the models that the register counts alike."""
    counted: dict[Counted, dict[tuple[str | None, ...], int]] = {}
    checks = []
    for figure in figures:
        if figure.cell.span is None:
            continue
        same = counted_alike(figure.claim)
        if same is None:
            checks.append(_check(figure, figure.cell.span, None, None))
            continue
        if same not in counted:
            counted[same] = await _count(read_session, same)
        at: dict[str, str] = dict(figure.cell.place)
        within = {name: at[name] for name in _OF_MODELS if name in at}
        asked = tuple(within.get(name) for name in _OF_MODELS)
        computed = sum(
            count
            for values, count in counted[same].items()
            if all(one in (None, value) for one, value in zip(asked, values, strict=True))
        )
        query = {same.subject[0]: str(same.subject[1]), "track": str(same.track), **within}
        rows = f"/v1/models?{urlencode(query, safe=':,')}"
        checks.append(_check(figure, figure.cell.span, computed, rows))
    return checks


def counted_alike(claim: Claim) -> Counted | None:
    """What the register counts just as a figure does; null if it holds no such thing.

    A target is no count. A figure without a period counts nobody knows what.
    """
    place, organisation, *_ = claim.subject
    at: dict[str, str] = dict(claim.place)
    known = all(value in COUNTED_BY.get(name, ()) for name, value in claim.place)
    if not (
        claim.measure in HELD
        and claim.claim_status == ClaimStatus.result
        and claim.period is not None
        and known
        and (place or organisation)
    ):
        return None
    last = claim.period.end
    if claim.observed_through_last is not None:
        last = min(last or claim.observed_through_last, claim.observed_through_last)
    levels = {at["level"]} if "level" in at else claim.levels
    track = TrackAsked(
        claim.measure,
        tuple(level for level in Level if level in levels),
        claim.period.start,
        last,
    )
    subject = ("under", place) if place else ("host", organisation)
    return Counted(subject, track)  # type: ignore[arg-type]


async def _count(read_session: ReadSession, counted: Counted) -> dict[tuple[str | None, ...], int]:
    """The models by what each has one of."""
    parameter, subject = counted.subject
    query = ModelFilters.model_validate({parameter: subject, "track": str(counted.track)})
    columns = [col(getattr(EmulationModel, name)) for name in _OF_MODELS]
    rows = await MODELS.counts(read_session, query, columns)
    return {tuple(row[name] for name in _OF_MODELS): row["count"] for row in rows}


def status_of(stated: Span, computed: int) -> CheckStatus:
    """The register may know fewer models than were published, but not more."""
    with localcontext(prec=DIGITS):
        rest = stated.plus(Span(Decimal(-computed), Decimal(-computed)))
    if rest.has_zero:
        return CheckStatus.consistent
    return CheckStatus.incomplete if rest.all_above else CheckStatus.discrepant


def _check(figure: Figure, stated: Span, computed: int | None, rows: str | None) -> dict[str, Any]:
    cell = figure.cell
    return {
        "id": id_of("register", cell.id),
        "publication": figure.publication,
        "dataset": figure.dataset,
        "check": "register",
        "at": dict(sorted(cell.place)),
        "dimension": None,
        "stated": cell.number,
        "stated_by": [cell.id],
        "computed": computed,
        "computed_from": [],
        "other": None,
        "rows": rows,
        "difference": None if computed is None else _less(computed, cell.number),
        "status": CheckStatus.not_comparable if computed is None else status_of(stated, computed),
        "explanations": [],
        "resolution": None,
    }


def _less(computed: int, stated: Decimal | None) -> Decimal:
    with localcontext(prec=DIGITS):
        return computed - (stated or Decimal(0))
