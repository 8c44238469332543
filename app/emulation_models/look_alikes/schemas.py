"""Look-alikes of models: what clients send and get."""

from pydantic import Field

from app.emulation_models.look_alikes.likeness import Reason
from app.http.schemas import Answer, Body, Line, Prose
from app.querying.references import LocalityId, ModelRef
from app.vocabularies.terms import MovementField


class ModelDescribed(Body):
    """A model that may be in the register already."""

    title: Line = Field(examples=["Ngân hàng máu sống"])
    summary: Prose | None = None
    field: MovementField | None = None
    locality: LocalityId | None = None


class LookAlike(Answer):
    """A model of the register that is like the one described."""

    model: ModelRef
    score: float = Field(description="How alike they are, from 0 to 1.", examples=[0.857])
    reasons: list[str] = Field(
        description="What speaks for the two being the same, or against it.",
        json_schema_extra={"x-extensible-enum": list(Reason)},
        examples=[["same_words", "same_field"]],
    )


class LookAlikes(Answer):
    """The models that are most like the one described, the likest first."""

    items: list[LookAlike]
