"""How endpoints document their answers in OpenAPI."""

from typing import Any

from pydantic import BaseModel, Field

from app.http.problems import MEDIA_TYPE


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
    instance: str
    code: str = Field(examples=["not_found"])
    request_id: str | None
    errors: list[ProblemFault] = Field(default_factory=list, description="Every reason of a 422.")


Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    401: "No key, or a bad one.",
    403: "The key may not do this, or not there.",
    404: "There is nothing at this address.",
    406: "None of the media types asked for is offered.",
    409: "It contradicts what is recorded.",
    412: "The thing was changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "The request is not valid; `errors` tells every reason.",
    428: "If-Match is required.",
    429: "Too many requests.",
    500: "The server failed.",
    503: "The database is not available.",
}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
    503: {"Retry-After": {"schema": {"type": "integer"}}},
}


def problems(*statuses: int) -> Responses:
    """The `responses` of an endpoint for these statuses."""
    answers: Responses = {}
    for status in sorted({*statuses, 429, 500, 503}):
        answers[status] = {
            "model": ProblemDetails,
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {}},
        }
        if status in _HEADERS:
            answers[status]["headers"] = _HEADERS[status]
    return answers


_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this state."}}
_WHOLE = {"headers": _ETAG}

LIST: Responses = {
    200: {
        "headers": {
            **_ETAG,
            "Link": {"schema": {"type": "string"}, "description": "The next page (RFC 8288)."},
        },
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
    304: {"description": "Not modified since the given ETag."},
    **problems(406, 422),
}
ONE: Responses = {
    200: _WHOLE,
    304: {"description": "Not modified since the given ETag."},
    **problems(404, 406, 422),
}
CREATE: Responses = {
    200: {"description": "It was created by the same request before.", **_WHOLE},
    201: {"headers": {**_ETAG, "Location": {"schema": {"type": "string"}}}},
    **problems(401, 403, 409, 413, 415, 422),
}
CHANGE: Responses = {200: _WHOLE, **problems(401, 403, 404, 409, 412, 413, 415, 422, 428)}
