"""The route class of every endpoint: strict bodies, strict parameters, problems in their order.

Of several problems the first of 413, 415, 401, 404, 403, 428, 412, 422, 409 is told. FastAPI runs
dependencies (401 to 412) before it reports what is invalid (422); what is left to do here is to
look at the size and type of a body first, and to let unreadable JSON wait for its turn.
"""

import json
import re
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NamedTuple, get_args

from fastapi import Query
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Scope

from app.http.json_responses import with_entity_tag
from app.http.problems import ContentTooLarge, Text, UnsupportedMediaType

MIB = 1024 * 1024  # bytes
BODY_LIMIT = MIB
DEEPEST = 64  # levels of nesting
LONGEST_NUMBER = 40  # characters; a longer one is no figure of anything counted on earth
JSON_TYPES = frozenset({"application/json"})
PATCH_TYPES = JSON_TYPES | {"application/merge-patch+json"}


_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class MalformedJson(NamedTuple):
    """Stands for a body that is no JSON until it is validated, and then fails."""

    reason: str


class BoundedRequest(Request):
    """A request whose body has a bounded size."""

    limit: ClassVar[int]  # bytes

    async def check(self, types: frozenset[str]) -> None:
        """Refuse a body that is too large (413) or of another type (415)."""
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self.limit:
            raise self._too_large()
        if self.media_type not in types:
            raise UnsupportedMediaType(
                Text(
                    f"Send {' or '.join(sorted(types))}", f"Hãy gửi {' hoặc '.join(sorted(types))}"
                )
            )

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def _too_large(self) -> ContentTooLarge:
        size = self.limit // MIB
        return ContentTooLarge(
            Text(f"A body may have {size} MiB at most", f"Nội dung gửi lên tối đa {size} MiB")
        )

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            body = bytearray()
            message: Message = {"more_body": True}
            while message.get("more_body", False):
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect  # what has come is no whole body
                body += message.get("body", b"")
                if len(body) > self.limit:
                    raise self._too_large()
            self._body = bytes(body)
        return self._body


class FileRequest(BoundedRequest):
    """A request whose body is a file."""

    limit = 32 * MIB


class JsonRequest(BoundedRequest):
    """A request whose body is JSON."""

    limit = BODY_LIMIT

    async def check(self, types: frozenset[str]) -> None:
        declared = self.headers.get("content-length", "")
        if not declared.isdecimal():  # too much or not is seen only by reading
            await self.body()
        await super().check(types)
        await self.body()

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


class Route(APIRoute):
    """An endpoint of the API: FastAPI's own, strict about bodies and parameters."""

    body_types: frozenset[str] = JSON_TYPES
    request_class: type[BoundedRequest] = JsonRequest
    not_here: frozenset[str] = frozenset()  # paths that match and belong to other routes

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["operation_id"] = endpoint.__name__
        options["summary"] = endpoint.__name__.replace("_", " ").capitalize()
        super().__init__(path, endpoint, **options)
        if "PATCH" in (self.methods or ()):
            self.body_types = PATCH_TYPES

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope["path"] in self.not_here else super().matches(scope)

    def get_route_handler(self) -> Handler:
        known = query_names(self.dependant)
        if known is not None:
            self.dependant.dependencies.append(refusal_of_unknown(known))
        handle = super().get_route_handler()
        if "GET" in (self.methods or ()):

            async def read(request: Request) -> Response:
                return with_entity_tag(await handle(request))

            return read
        if self.body_field is None and self.request_class is JsonRequest:
            return handle

        async def with_body(request: Request) -> Response:
            bounded = self.request_class(request.scope, request.receive, request._send)  # noqa: SLF001
            await bounded.check(self.body_types)
            return await handle(bounded)

        return with_body


def separate(routes: Sequence[BaseRoute]) -> None:
    """Let a path without parameters belong to its own routes, whatever the method.

    Otherwise a GET of `/models/similar`, which takes POST alone, would be one of `/models/{id}`.
    """
    plain = {
        route.path for route in routes if isinstance(route, APIRoute) and "{" not in route.path
    }
    for route in routes:
        if isinstance(route, Route) and "{" in route.path:
            route.not_here = frozenset(filter(route.path_regex.match, plain))


def dependencies_of(dependant: Dependant) -> set[Callable[..., Any] | None]:
    """What an endpoint depends on, directly or not."""
    found: set[Callable[..., Any] | None] = set()
    for dependency in dependant.dependencies:
        found |= {dependency.call} | dependencies_of(dependency)
    return found


def query_names(dependant: Dependant) -> frozenset[str] | None:
    """The query parameters that an endpoint and its dependencies know.

    None if one of their models takes any name (`extra="allow"`): it refuses what it must itself.
    """
    names: set[str] = set()
    for field in dependant.query_params:
        models = models_of(field.field_info)
        if any(model.model_config.get("extra") == "allow" for model in models):
            return None
        names.update([] if models else [field.alias])
        for model in models:
            names.update(map(sent_as, model.model_fields.values(), model.model_fields))
    for dependency in dependant.dependencies:
        further = query_names(dependency)
        if further is None:
            return None
        names |= further
    return frozenset(names)


def models_of(parameter: FieldInfo) -> list[type[BaseModel]]:
    """The model whose members are the query parameters, if it is one, alone or beside None."""
    kinds = (parameter.annotation, *get_args(parameter.annotation))
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def sent_as(member: FieldInfo, name: str) -> str:
    return member.alias or name


def refusal_of_unknown(known: frozenset[str]) -> Dependant:
    """A dependency that refuses every other query parameter, together with what else is wrong."""

    class Unknown(BaseModel):
        """A query without the known parameters: what is left is refused."""

        model_config = ConfigDict(extra="forbid")

        @model_validator(mode="before")
        @classmethod
        def without_known(cls, sent: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in sent.items() if name not in known}

    async def refuse(query: Annotated[Unknown, Query()]) -> None:
        """Do no more than FastAPI has done."""  # async, or it would be run in a thread

    return get_dependant(path="", call=refuse)


def read_json(body: bytes) -> Any:
    """JSON with exact decimals; MalformedJson for what is none, or absurdly nested or long."""
    try:
        _check_depth(body)
        value = json.loads(
            body,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
        if b"\\u" in body:  # an escape may stand for half a character
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        return MalformedJson(f"{error.msg} at {error.pos}")
    except ValueError as error:
        return MalformedJson(str(error))
    return value


def _check_depth(body: bytes) -> None:
    """Refuse what is nested absurdly, before a recursive parser meets it."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for token in _STRINGS_AND_BRACKETS.finditer(body):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token.group(), 0)
        if depth > DEEPEST:
            raise ValueError("nested too deeply")


def _decimal(digits: str) -> Decimal | int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number is too long")
    number = Decimal(digits)
    whole = number.adjusted() < LONGEST_NUMBER and number == number.to_integral_value()
    return int(number) if whole else number  # JSON knows no difference between 20.0 and 20


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(digits)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is given twice")
    return members
