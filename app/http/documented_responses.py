"""How endpoints document their answers in OpenAPI."""

from typing import Any

from pydantic import BaseModel, Field

from app.http.negotiation import type_of
from app.http.problems import MEDIA_TYPE, Problem, known_problems


class ProblemFault(BaseModel):
    """One of the reasons of a 422; `pointer` into the body or the name of a `parameter`."""

    pointer: str = Field(default_factory=str, examples=["#/awards/0/count"])
    parameter: str = Field(default_factory=str, examples=["limit"])
    code: str = Field(examples=["out_of_range"])
    detail: str = Field(examples=["must be at least 1"])


class ProblemDetails(BaseModel):
    """An RFC 9457 problem. `code` never changes; `title` and `detail` follow Accept-Language."""

    type: str = Field(
        description="A page that explains the problem.", examples=["/problems/not_found"]
    )
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(examples=["not_found"])
    request_id: str | None = Field(description="What the server's log knows the request by.")
    errors: list[ProblemFault] = Field(default_factory=list, description="Every reason of a 422.")


Schema = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

_HEADERS: dict[str, tuple[str, str]] = {
    "ETag": ("string", "Names this state of the thing or the list."),
    "Link": ("string", "The next page (RFC 8288)."),
    "Location": ("string", "The address of the new thing."),
    "RateLimit": ("string", "How many requests are left, and for how many seconds."),
    "RateLimit-Policy": ("string", "How many requests are allowed in how many seconds."),
    "Retry-After": ("integer", "Seconds to wait."),
    "WWW-Authenticate": ("string", "`Bearer`: a key is needed."),
    "X-Request-ID": ("string", "The id that was sent, or one made for the request."),
}
_OF_STATUS = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}
_KINDS = {
    kind.status: kind for kind in Problem.__subclasses__() if kind.__module__ == Problem.__module__
}


def headers(*names: str) -> Schema:
    """The headers of an answer, beside those that every answer has."""
    every = ("RateLimit", "RateLimit-Policy", "X-Request-ID")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *every)}


def problems(*statuses: int) -> Responses:
    """The `responses` of an endpoint for these statuses, beside those that any can give."""
    return {
        status: {"$ref": f"#/components/responses/{_KINDS[status].__name__}"}
        for status in sorted({*statuses, 429, 500, 503})
    }


def components() -> dict[str, Schema]:
    """What the answers of operations refer to."""
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        "schemas": {**schema.pop("$defs"), "ProblemDetails": schema},
        "responses": {
            kind.__name__: _serialized(kind)
            for status, kind in _KINDS.items()
            if status != 405  # is about an address, not about an operation there is
        },
        "headers": {
            name: {"description": text, "schema": {"type": kind}}
            for name, (kind, text) in _HEADERS.items()
        },
    }


def _serialized(kind: type[Problem]) -> Schema:
    """The answer to requests with this kind of problem, and the codes it may have."""
    codes = sorted(code for code, each in known_problems().items() if each.status == kind.status)
    example = {
        "type": f"/problems/{kind.code}",
        "title": kind.title.en,
        "status": kind.status,
        "detail": kind.title.en,
        "instance": "/v1/models",
        "code": kind.code,
        "request_id": "7c9f2b1e04d3-1a",
    }
    if kind.status == 422:
        fault = {"parameter": "limit", "code": "out_of_range", "detail": "must be at least 1"}
        example["errors"] = [fault]
    return {
        "description": f"{kind.__doc__} `code`: {', '.join(f'`{code}`' for code in codes)}.",
        "headers": headers(*_OF_STATUS.get(kind.status, ())),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                "example": example,
            }
        },
    }


_WHOLE = {"headers": headers("ETag")}

# What is always there, one of many things, a list of them, a list of what belongs to one of them;
# and writes: a new thing, a change, a step in a thing's life, an act that makes nothing new.
ANSWER: Responses = {
    200: {"description": "The whole of it.", **_WHOLE},
    304: {"description": "Not modified since the given ETag.", **_WHOLE},
    **problems(406, 422),
}
ONE: Responses = {**ANSWER, **problems(404)}
LIST: Responses = {
    **ANSWER,
    200: {
        "description": "A page of the list; as CSV, NDJSON or XLSX, the whole of it.",
        "headers": headers("ETag", "Link"),
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            type_of["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}
LIST_OF: Responses = {**LIST, **problems(404)}
CREATE: Responses = {
    200: {"description": "It was created by the same request before.", **_WHOLE},
    201: {"description": "It was created.", "headers": headers("ETag", "Location")},
    **problems(401, 403, 409, 413, 415, 422),
}
CHANGE: Responses = {
    200: {"description": "The whole of it as it is now.", **_WHOLE},
    **problems(401, 403, 404, 409, 412, 413, 415, 422, 428),
}
STEP: Responses = {**CREATE, **problems(401, 403, 404, 409, 412, 413, 415, 422)}
ACT: Responses = {
    200: {"description": "The whole of it as it is now.", **_WHOLE},
    **problems(401, 403, 404, 409, 412, 413, 415, 422),
}
DELETE: Responses = {
    204: {"description": "It is deleted.", "headers": headers()},
    **problems(401, 403, 404, 409, 412, 422, 428),
}
RESTORE: Responses = {
    200: {"description": "The whole of it, as it was and again is.", **_WHOLE},
    **problems(401, 403, 404, 409, 412, 422),
}
