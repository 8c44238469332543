"""The route class of every endpoint: strict bodies, strict parameters, problems in their order.

Of several problems the first of 413, 415, 401, 404, 403, 428, 412, 422, 409 is told. FastAPI runs
dependencies (401 to 412) before it reports what is invalid (422); what is left to do here is to
look at the size and type of a body first, and to let unreadable JSON wait for its turn.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NamedTuple

from fastapi import Query
from fastapi.dependencies.utils import get_dependant, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from app.http.problems import ContentTooLarge, Text, UnsupportedMediaType

MIB = 1024 * 1024  # bytes
BODY_LIMIT = MIB
MOST_REMEMBERED = 2_000  # addresses of one route
DEEPEST = 64  # levels of nesting
LONGEST_NUMBER = 40  # characters; a longer one is no figure of anything counted on earth
JSON_TYPES = frozenset({"application/json"})
PATCH_TYPES = JSON_TYPES | {"application/merge-patch+json"}


_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class MalformedJson(NamedTuple):
    """Stands for a body that is no JSON until it is validated, and then fails."""

    reason: str


class NoParameters(BaseModel):
    """The query of an endpoint that takes none: anything in it is an unknown parameter."""

    model_config = ConfigDict(extra="forbid")


async def no_parameters(query: Annotated[NoParameters, Query()]) -> None:
    """Refuse every query parameter."""  # async, or it would be run in a thread of its own


_NO_PARAMETERS = get_dependant(path="", call=no_parameters)


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

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


class Route(APIRoute):
    """An endpoint of the API."""

    body_types: frozenset[str] = JSON_TYPES
    request_class: type[BoundedRequest] = JsonRequest

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["operation_id"] = endpoint.__name__
        options["summary"] = endpoint.__name__.replace("_", " ").capitalize()
        super().__init__(path, endpoint, **options)
        if not self.dependant.query_params:
            self.dependant.dependencies.append(_NO_PARAMETERS)
        if "PATCH" in (self.methods or ()):
            self.body_types = PATCH_TYPES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None and self.request_class is JsonRequest:
            by_address_alone = "GET" in (self.methods or ()) and not self.dependant.dependencies
            return self._read() if by_address_alone else handle

        async def with_body(request: Request) -> Response:
            bounded = self.request_class(request.scope, request.receive, request._send)  # noqa: SLF001
            await bounded.check(self.body_types)
            return await handle(bounded)

        return with_body

    def _read(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Handle a read, whose arguments follow from its address alone.

        What FastAPI makes of an address is remembered, for that takes longer than most queries.
        """
        dependant, endpoint = self.dependant, self.endpoint
        fields = dependant.query_params or _NO_PARAMETERS.query_params
        takes_query = bool(dependant.query_params)
        request_name = dependant.request_param_name
        remembered: OrderedDict[tuple[str, bytes], dict[str, Any]] = OrderedDict()

        async def read(request: Request) -> Response:
            address = (request.scope["path"], request.scope["query_string"])
            arguments = remembered.get(address)
            if arguments is None:
                path, errors = request_params_to_args(dependant.path_params, request.path_params)
                query, wrong = request_params_to_args(fields, request.query_params)
                if errors or wrong:
                    raise RequestValidationError([*errors, *wrong])
                arguments = remembered[address] = path | (query if takes_query else {})
                if len(remembered) > MOST_REMEMBERED:
                    remembered.popitem(last=False)
            if request_name is not None:
                return await endpoint(**arguments, **{request_name: request})  # type: ignore[no-any-return]
            return await endpoint(**arguments)  # type: ignore[no-any-return]

        return read


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
