"""The OpenAPI document: what it says of the API as a whole, and how it is served."""

import json
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from app import VERSION
from app.http.conditional import list_tag
from app.http.documented_responses import components
from app.http.json_encoding import encode

TAGS = (
    ("Localities", "Administrative units as they were on any day, and what became of them."),
    ("Organisations", "Bodies that register, host, inspect, commend and publish."),
    ("Documents", "Directives, plans, decisions and articles."),
    ("Campaign periods", "Periods of the movement; they nest and overlap."),
    ("Events", "Conferences, visits, contests and ceremonies."),
    ("Models", "Emulation models (mô hình) through their whole life."),
    ("Criteria sets", "What models are appraised against, in numbers that stay as they were used."),
    ("Award decisions", "Decisions, their awards and recipients."),
    ("Gaps", "What was neglected: not inspected, not commended, not followed up."),
    ("Publications", "Published figures, kept as printed."),
    ("Statistics", "The register counted, on any day's map."),
    ("Changes", "Staying in step with the registry."),
    ("Imports", "Whole files of models and award decisions."),
    ("Reference", "The controlled vocabularies."),
    ("Agencies", "Who writes, with which keys, what they may do and what they did."),
)
ABOUT: dict[str, Any] = {
    "title": "Kheo API",
    "version": VERSION,
    "summary": 'The registry of the "Dân vận khéo" emulation movement of Viet Nam.',
    "description": (
        "Places and facts **as of a date** across administrative reforms; models, awards and"
        " campaign periods; figures **as published**. Reads need no key. Dates are days in"
        " Viet Nam (UTC+7), times are RFC 3339 UTC; errors are RFC 9457 problems, in Vietnamese"
        " or English by `Accept-Language`. A filter takes several values with commas between"
        " them, any of which will do; `none` means unknown. Every GET takes HEAD too."
    ),
    "contact": {"name": "Kheo maintainers", "url": "https://kheo.example/contact"},
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "The server this document was read from."}],
    "openapi_tags": [{"name": name, "description": text} for name, text in TAGS],
    "redirect_slashes": False,
    "openapi_url": None,
    "docs_url": None,
    "redoc_url": None,
}
Schema = dict[str, Any]

_READ = "The `ETag` of what was read; `*` for whatever it is now."
# The headers of requests: the parameter's name among the components, the header's own, whether it
# is required, what it says.
HEADERS: dict[str, tuple[str, bool, str, Schema]] = {
    "If-Match": ("If-Match", True, _READ, {}),
    "If-Unchanged": ("If-Match", False, f"{_READ} Without it the step is taken regardless.", {}),
    "If-None-Match": (
        "If-None-Match",
        False,
        "The `ETag` of what the client has: 304 if that is current.",
        {},
    ),
    "Idempotency-Key": (
        "Idempotency-Key",
        False,
        (
            "A name of the client's own for this act: sent again within 7 days, the request is not"
            " done again but gets its first answer, with `Idempotent-Replayed: true`."
        ),
        {"minLength": 1, "maxLength": 255},
    ),
}


def document(app: FastAPI) -> Schema:
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
        examples = json.loads((files("app.data") / "examples.json").read_text(encoding="utf-8"))
        for path in schema["paths"].values():
            for operation in path.values():
                for parameter in _own_parameters(operation):
                    _as_sent(parameter)
                _illustrate(operation, examples.get(operation["operationId"], {}))
                _complete(operation)
        _open_vocabularies(schema["components"]["schemas"])
        _say_of_what_may_be_null(schema["components"]["schemas"])
        for kind, known in components().items():
            schema["components"].setdefault(kind, {}).update(known)
        schema["components"]["parameters"] = {
            component: {
                "name": name,
                "in": "header",
                "required": required,
                "description": text,
                "schema": {"type": "string"} | limits,
            }
            for component, (name, required, text, limits) in HEADERS.items()
        }
        app.openapi_schema = schema
    return app.openapi_schema


def _own_parameters(operation: Schema) -> list[Schema]:
    return [each for each in operation.get("parameters", ()) if "$ref" not in each]


def _as_sent(parameter: Schema) -> None:
    """Say how a parameter stands in an address, which knows neither null nor JSON's arrays.

    A default is told in words: pages and clients would send it, and where `q` or `format` is
    given `sort` and `limit` are refused.
    """
    schema = _not_null(parameter["schema"])
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
        items = _not_null(schema["items"])
        if items.get("type") == "string" and "format" not in items:
            items["pattern"] = "^[^,]*$"  # a comma ends the item
        else:
            items = {"anyOf": [items, {"const": "none", "description": "Unknown."}]}
        schema = {"type": "array", "minItems": 1, "items": items}
    if "default" in schema:
        default = json.dumps(schema["default"]).strip('"')
        serialized = f"{parameter.get('description', '')} Default: `{default}`."
        parameter["description"] = serialized.lstrip()
    parameter["schema"] = {
        name: value
        for name, value in schema.items()
        if name not in {"title", "description", "default"}
    }


def _not_null(schema: Schema) -> Schema:
    rest = dict(schema)
    kinds = [kind for kind in rest.pop("anyOf", ()) if not _is_null(kind)]
    return rest | ({"anyOf": kinds} if len(kinds) > 1 else dict(*kinds))


def _is_null(schema: Schema) -> bool:
    return schema.get("type") == "null"


def _illustrate(operation: Schema, example: Schema) -> None:
    """Show a real request with the answer it got; sent again, it gets that answer."""
    for parameter in _own_parameters(operation):
        sent = example.get(parameter["in"], {})
        if parameter["name"] in sent:
            parameter["example"] = sent[parameter["name"]]
    if "body" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["body"]
    if "file" in example:
        file = example["file"]
        operation["requestBody"]["content"][file["type"]]["example"] = file["text"]
    if "answer" in example:
        serialized = operation["responses"]["201" if "201" in operation["responses"] else "200"]
        serialized["content"]["application/json"]["example"] = example["answer"]


def _complete(operation: Schema) -> None:
    """Say what FastAPI does not: the one shape of errors, conditions, merge patches."""
    responses = operation["responses"]
    for status, answer in responses.items():
        if "$ref" in answer:
            responses[status] = {"$ref": answer["$ref"]}
    conditions = {"304": "If-None-Match", "428": "If-Match", "412": "If-Unchanged"}
    if "428" in responses:
        del conditions["412"]
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{name}"}
        for status, name in conditions.items()
        if status in responses
    )
    if "201" in responses:
        responses["200"]["content"] = responses["201"]["content"]
    if (
        "428" in responses and "requestBody" in operation
    ):  # one type alone, since generated clients get muddled by two
        sent = operation["requestBody"]
        sent["description"] = "A JSON Merge Patch (RFC 7396); `application/json` is taken alike."
        sent["content"] = {"application/merge-patch+json": sent["content"]["application/json"]}


def _open_vocabularies(schemas: dict[str, Schema]) -> None:
    """Let vocabularies grow: a client must bear with a term that it does not know."""
    for schema in schemas.values():
        if "enum" in schema:
            schema["x-extensible-enum"] = schema.pop("enum")


def _say_of_what_may_be_null(part: Any) -> None:
    """Put what is said of a member that may be null where generators of clients look for it."""
    if isinstance(part, dict):
        for word in {"format", "x-extensible-enum"} & part.keys():
            for kind in part.get("anyOf", ()):
                if not _is_null(kind):
                    kind[word] = part[word]
            if "anyOf" in part:
                del part[word]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            _say_of_what_may_be_null(each)


def install(app: FastAPI) -> None:
    """Serve the document at `/v1/openapi.json`."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    served: dict[str, bytes] = {}

    async def openapi(_: Request) -> Response:
        body = served.setdefault("body", encode(document(app)))
        headers = {"ETag": list_tag(body), "Cache-Control": "public, max-age=86400"}
        return Response(body, headers=headers, media_type="application/json")

    app.add_route("/v1/openapi.json", openapi, include_in_schema=False)
