"""Vocabularies: what clients send and get."""

from pydantic import Field, RootModel

from app.http.schemas import Answer


class TermPublic(Answer):
    """A term of a vocabulary. Its id never changes; its labels and definition may."""

    id: str = Field(examples=["culture_society"])
    label_vi: str = Field(examples=["văn hóa - xã hội"])
    label_en: str = Field(examples=["culture and society"])
    definition: str = Field(
        description="One sentence in English, with the law or source where it rests on one.",
        examples=["One person (Law 06/2022/QH15)."],
    )


class VocabularyPublic(Answer):
    """The terms of one vocabulary."""

    items: list[TermPublic]


class ReferencePublic(RootModel[dict[str, list[TermPublic]]]):
    """Every vocabulary by its id: `field`, `participant_kind`, `level`, `measure` and so on."""
