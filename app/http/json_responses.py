"""Answers in JSON, with their entity tags and what may be kept of them."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.http.conditional import list_tag, thing_tag
from app.http.json_encoding import encode

_VARY = {"Vary": "Accept, Accept-Language, Authorization"}
PUBLIC = {"Cache-Control": "public, no-cache", **_VARY}
PRIVATE = {"Cache-Control": "private, no-cache", **_VARY}


def json_answer(content: Any, headers: Mapping[str, str] = PUBLIC) -> Response:
    """Public JSON with the entity tag of its content."""
    return encoded_answer(encode(content), headers)


def encoded_answer(body: bytes, headers: Mapping[str, str] = PUBLIC) -> Response:
    """The same of what is JSON already."""
    return Response(
        body, headers={**headers, "ETag": list_tag(body)}, media_type="application/json"
    )


def thing_answer(
    version: int,
    content: dict[str, Any],
    status: int = 200,
    *,
    location: str | None = None,
    private: bool = False,
) -> Response:
    """One whole thing with its entity tag."""
    body = encode(content)
    headers = {**(PRIVATE if private else PUBLIC), "ETag": thing_tag(version, body)}
    if location is not None:
        headers["Location"] = location
    return Response(body, status, headers, "application/json")


def with_entity_tag(response: Response) -> Response:
    """An answer with what every read has; one that says so itself, or is no whole 200, as it is.

    What FastAPI has serialized may depend on the caller, so only the caller may keep it.
    """
    body = getattr(response, "body", None)  # a stream has none
    if response.status_code == 200 and body is not None and "etag" not in response.headers:
        response.headers["ETag"] = list_tag(bytes(body))
        for name, value in PRIVATE.items():
            response.headers.setdefault(name, value)
    return response
