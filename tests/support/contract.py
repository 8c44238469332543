"""The OpenAPI document as tests need it: its operations, and strict validators of its schemas."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jsonschema_rs import Draft202012Validator

from app.main import openapi_text

Schema = dict[str, Any]
DOCUMENT: Schema = json.loads(openapi_text())
EXAMPLES: dict[str, Any] = json.loads((files("app.data") / "examples.json").read_text("utf-8"))


class Operation(NamedTuple):
    """One method of one address."""

    method: str
    path: str
    serialized: Schema

    def schema(self, status: str = "200") -> Schema:
        """The schema of a JSON answer."""
        schema: Schema = self.serialized["responses"][status]["content"]["application/json"][
            "schema"
        ]
        return schema


OPERATIONS = {
    serialized["operationId"]: Operation(method, path, serialized)
    for path, methods in DOCUMENT["paths"].items()
    for method, serialized in methods.items()
}

READS = {name: each for name, each in OPERATIONS.items() if each.method == "get"}
WRITES = OPERATIONS.keys() - READS.keys() - {"find_similar_models"}  # which asks by POST


def parts(schema: Any) -> Iterator[Schema]:
    """Every object inside a piece of the document, itself included."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from parts(part)


@cache
def _closed_components() -> Schema:
    """The components with objects that have no member beside those documented."""
    components: Schema = json.loads(json.dumps(DOCUMENT["components"]))
    for part in parts(components["schemas"]):
        if part.get("type") == "object" and "properties" in part:
            part.setdefault("additionalProperties", False)
    return components


def faults(schema: Schema, value: Any) -> list[str]:
    """Where a value differs from a schema, in which nothing undocumented is allowed."""
    whole = {**schema, "components": _closed_components()}
    validator = Draft202012Validator(whole, validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]
