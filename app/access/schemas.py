"""Agencies, their keys and who is asking: what clients send and get."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from app.access.actors import Role
from app.http.schemas import (
    Answer,
    Body,
    Day,
    Line,
    LocalityRef,
    New,
    Prose,
    Ref,
    Thing,
    extensible,
)
from app.querying.queries import CommaList, ListQuery
from app.querying.references import LocalityId, OrganisationId, OrganisationRef, PlaceRef
from app.vocabularies.terms import Level

Roles = list[Annotated[str, extensible(Role)]]
Levels = Annotated[
    list[Annotated[str, extensible(Level)]],
    Field(description="Where it recognises and awards; empty: at all levels."),
]
_ONCE = AfterValidator(lambda terms: sorted(set(terms)))
DAY: dict[str, Any] = {"format": "date"}
TIME: dict[str, Any] = {"format": "date-time"}


class AgencyPublic(Thing):
    """An agency whose systems write to the registry, inside its locality's subtree."""

    name: str = Field(examples=["Ban Tuyên giáo và Dân vận Tỉnh ủy Cà Mau"])
    organisation: OrganisationRef | None
    locality: PlaceRef
    roles: Roles
    levels: Levels
    active: bool = Field(description="The keys of an agency that is not active are refused.")


class AgencyNew(New):
    """An agency to admit."""

    name: Line = Field(examples=["Ban Tuyên giáo và Dân vận Tỉnh ủy Cà Mau"])
    organisation: OrganisationId | None = None
    locality: LocalityId = Field(
        description="It writes in this place, and in every unit that wholly went into it."
    )
    roles: Annotated[list[Role], _ONCE] = Field(min_length=1, max_length=len(Role))
    levels: Annotated[list[Level], _ONCE] = Field(
        default=[],
        max_length=len(Level),
        description="Where it recognises and awards; empty: at all levels.",
    )
    active: StrictBool = Field(
        default=True, description="The keys of an agency that is not active are refused."
    )


class AgencyQuery(ListQuery):
    """Filters of the list of agencies."""

    active: Annotated[bool | None, Query()] = None
    locality: Annotated[CommaList[UUID] | None, Query()] = None
    organisation: Annotated[CommaList[UUID] | None, Query()] = None
    sort: Annotated[
        Literal["name", "-name", "updated_at", "-updated_at"],
        Query(description="By the Vietnamese alphabet."),
    ] = "name"


class PrefixedRef(Answer):
    """A short reference to a key."""

    id: UUID
    prefix: str


class KeyPublic(Thing):
    """A key of an agency, without its secret."""

    name: str = Field(examples=["Phần mềm của Ban Dân vận"])
    prefix: str = Field(
        description="How its secret begins, to tell it by.", examples=["kheo_Zx81qLm"]
    )
    roles: Roles
    levels: Levels
    parent: PrefixedRef | None = Field(
        description="The key that made it; null for one made at the command line."
    )
    expires_on: str | None = Field(description="Its last day.", json_schema_extra=DAY)
    revoked_at: str | None = Field(description="RFC 3339, UTC.", json_schema_extra=TIME)
    last_used_at: str | None = Field(
        description="When it last wrote, or was refused a write; RFC 3339, UTC.",
        json_schema_extra=TIME,
    )


class KeyIssued(KeyPublic):
    """A new key with its secret."""

    secret: str | None = Field(
        description="Shown this once: only its hash is kept. Null where the key was made before.",
    )


class KeyNew(New):
    """A key to issue."""

    name: Line = Field(examples=["Phần mềm của Ban Dân vận"])
    expires_on: Day | None = Field(
        None,
        description="Its last day, null for a key that never expires; by default that of the key"
        " which makes it.",
    )
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    levels: list[Level] = Field(
        default=[],
        max_length=len(Level),
        description="Where it registers, recognises and awards; empty: at all levels of its agency."
        " By default those of the key which makes it.",
    )


class KeyQuery(ListQuery):
    """Filters of the list of an agency's keys."""

    revoked: Annotated[bool | None, Query()] = None
    sort: Annotated[
        Literal["updated_at", "-updated_at", "name", "-name", "expires_on", "-expires_on"],
        Query(description="By the Vietnamese alphabet, where by name."),
    ] = "-updated_at"


class RevocationQuery(BaseModel):
    """How a key is revoked."""

    model_config = ConfigDict(frozen=True)

    with_children: Annotated[
        bool,
        Query(description="Revoke also the keys it made, and those that these made, and so on."),
    ] = False


class KeyUsed(Answer):
    """The key a request was sent with."""

    id: UUID
    prefix: str
    expires_on: str | None = Field(description="Its last day.", json_schema_extra=DAY)


class MePublic(Answer):
    """Who is asking: the agency behind a key, and what the key may do."""

    agency: Ref
    organisation: Ref | None
    locality: LocalityRef
    roles: Roles
    levels: Levels
    key: KeyUsed


class AuditEntryPublic(Answer):
    """What a key wrote, or was refused (403). Entries are only ever added."""

    id: UUID
    at: str = Field(description="RFC 3339, UTC.", json_schema_extra=TIME)
    actor: Ref = Field(description="The agency that asked.")
    key: PrefixedRef | None = Field(description="Null for what was done at the command line.")
    request_id: str
    action: str = Field(description="The operation, as this document names it.")
    type: str = Field(description="The kind of thing, as in its address.", examples=["models"])
    thing: UUID | None = Field(description="What was written, or was to be.")
    status: int = Field(description="The status of the answer.")
    before: dict[str, Any] | None = Field(description="The thing as it was; null if it was not.")
    after: dict[str, Any] | None = Field(
        description="The answer: the thing as it then was; null where it was refused or deleted."
    )


class AuditQuery(ListQuery):
    """Filters of the audit."""

    actor: Annotated[CommaList[UUID] | None, Query(description="Agencies.")] = None
    key: Annotated[CommaList[UUID] | None, Query()] = None
    action: Annotated[CommaList[Line] | None, Query()] = None
    type: Annotated[CommaList[Line] | None, Query()] = None
    id: Annotated[CommaList[UUID] | None, Query(description="Things.")] = None
    status: Annotated[CommaList[int] | None, Query()] = None
    from_: Annotated[Day | None, Query(alias="from")] = None
    to: Annotated[Day | None, Query()] = None
    sort: Annotated[Literal["at", "-at"], Query()] = "-at"


class Redaction(Body):
    """A personal name to take out of the register."""

    type: Line = Field(
        description="The kind of thing, as in its address.", examples=["award-decisions"]
    )
    id: UUID = Field(
        description="The thing; a recipient or an inspection of its own, where only that is meant."
    )
    member: Line = Field(
        description="`recipients[].name`, `owner_name`, `inspectors` or `signer`.",
        examples=["recipients[].name"],
    )
    legal_reason: Prose = Field(
        examples=["Yêu cầu xóa dữ liệu cá nhân theo Nghị định 13/2023/NĐ-CP"]
    )


class RedactionPublic(Answer):
    """A personal name that was taken out of the register."""

    type: str
    id: UUID
    member: str
    legal_reason: str
    removed: int = Field(description="How many names were found and taken out.")
