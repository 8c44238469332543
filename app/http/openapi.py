"""The OpenAPI document: what it says of the API as a whole, and how it is served."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from app.http.conditional import list_tag
from app.http.encoding import encode

VERSION = "1.0.0"
TAGS = (
    ("Localities", "Administrative units as they were on any day, and what became of them."),
    ("Organisations", "Bodies that register, host, inspect, commend and publish."),
    ("Documents", "Directives, plans, decisions and articles."),
    ("Campaign periods", "Periods of the movement; they nest and overlap."),
    ("Events", "Conferences, visits, contests and ceremonies."),
    ("Models", "Emulation models (mô hình) through their whole life."),
    ("Award decisions", "Decisions, their awards and recipients."),
    ("Publications", "Published figures, kept as printed."),
    ("Reference", "The controlled vocabularies."),
)
ABOUT: dict[str, Any] = {
    "title": "Kheo API",
    "version": VERSION,
    "summary": 'The registry of the "Dân vận khéo" emulation movement of Viet Nam.',
    "description": (
        "Places and facts **as of a date** across administrative reforms; models, awards and"
        " campaign periods; figures **as published**. Reads need no key. Dates are days in"
        " Viet Nam (UTC+7), times are RFC 3339 UTC; errors are RFC 9457 problems."
    ),
    "contact": {"name": "Kheo maintainers", "url": "https://kheo.example/contact"},
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "The server this document was read from."}],
    "openapi_tags": [{"name": name, "description": text} for name, text in TAGS],
    "redirect_slashes": False,
    "openapi_url": None,
    "docs_url": None,
    "redoc_url": None,
    "generate_unique_id_function": lambda route: route.name,
}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
            servers=app.servers,
            contact=app.contact,
            license_info=app.license_info,
        )
        for path in schema["paths"].values():
            for operation in path.values():
                _tidy(operation)
        components = schema["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


def _tidy(operation: dict[str, Any]) -> None:
    """Say what FastAPI does not: comma lists, and problems as the only shape of an error."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and _is_list(parameter["schema"]):
            parameter |= {"style": "form", "explode": False}
    for status, answer in operation["responses"].items():
        if status[0] in "45" and "application/json" in answer.get("content", {}):
            answer["content"]["application/problem+json"] = answer["content"].pop(
                "application/json"
            )


def _is_list(schema: dict[str, Any]) -> bool:
    return any(part.get("type") == "array" for part in (schema, *schema.get("anyOf", ())))


def install(app: FastAPI) -> None:
    """Serve the document at `/v1/openapi.json`."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    served: dict[str, bytes] = {}

    async def openapi(_: Request) -> Response:
        body = served.setdefault("body", encode(document(app)))
        headers = {"ETag": list_tag(body), "Cache-Control": "public, max-age=86400"}
        return Response(body, headers=headers, media_type="application/json")

    app.add_route("/v1/openapi.json", openapi, include_in_schema=False)
