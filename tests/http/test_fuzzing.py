"""The running server under schemathesis: requests right and wrong, made from its own document."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, Response

from app.access.actors import Role
from app.http.negotiation import FILES, type_of
from tests.support.contract import DOCUMENT, Schema, parts
from tests.support.serving import served

pytestmark = pytest.mark.check

# What no schema can tell: a fault of what a value stands for, or of two values together.
OF_FACTS = frozenset(
    {
        "ambiguous_number",
        "before_issue",
        "dimensions_repeated",
        "ends_before_start",
        "id_repeated",
        "in_the_future",
        "invalid_cursor",
        "invalid_date",  # 30 February
        "itself",
        "invalid_map",  # an impossible day
        "level_abolished",
        "level_not_in_force",
        "missing_criterion",
        "more_names_than_count",
        "negative_count",
        "not_a_commune",
        "not_a_numeral",
        "not_one_number",
        "not_one_subject",
        "not_with_files",
        "not_with_search",
        "nothing_changed",
        "precision_differs",
        "too_many_dimensions",
        "too_many_words",
        "repeated",
        "repeated_code",
        "repeated_criterion",
        "role_not_of_agency",
        "too_precise",  # `multipleOf` misleads validators that compute with floats
        "unknown_criterion",
        "unknown_reference",
        "used_for_another_request",  # an Idempotency-Key
    }
)


@schemathesis.check
def a_request_that_fits_its_schema_is_refused_only_for_facts(
    ctx: CheckContext, response: Response, case: Case[Any]
) -> None:
    del ctx
    made_right = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    is_file = case.path.startswith("/v1/imports/")  # whose rows no schema tells
    if made_right and response.status_code == 422 and not is_file:
        codes = {fault["code"] for fault in response.json().get("errors", [])}
        if case.method == "PATCH":
            codes -= {"missing"}  # of an element without an id, which must be a whole one
        assert codes <= OF_FACTS, codes


@schemathesis.serializer(*(type_of[form] for form in FILES))
def _file(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


CONFIG = {
    "seed": 20_231_027,
    "generation": {
        "max-examples": 10,
        "allow-x00": False,  # JSON Schema cannot forbid NUL; test_conventions sends it
    },
    "checks": {
        # 422 for an unknown reference is right: the check above says what else is.
        "positive_data_acceptance": {"enabled": False},
        # 412 comes before 422 where several apply.
        "negative_data_rejection": {
            "expected-statuses": [
                "401",
                "403",
                "404",
                "406",
                "409",
                "410",
                "412",
                "413",
                "415",
                "422",
                "428",
            ]
        },
        "missing_required_header": {"expected-statuses": ["428"]},
        # /v1/models/similar is an id that is none, for the methods of one model.
        "unsupported_method": {"enabled": False},
    },
}


def with_closed_vocabularies() -> Schema:
    """The document, its requests in words that schemathesis knows."""
    document: Schema = json.loads(json.dumps(DOCUMENT))
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("New", "Patch")) or "x-extensible-enum" in schema:
            for part in parts(schema):
                if "x-extensible-enum" in part:
                    part["enum"] = part["x-extensible-enum"]
    for operations in document["paths"].values():
        for operation in operations.values():  # nobody waits for changes that nobody makes here
            operation["parameters"] = [
                each for each in operation.get("parameters", ()) if each.get("name") != "wait"
            ]
    return document


class Api(NamedTuple):
    """A running server and a key that may do everything."""

    url: str
    key: dict[str, str]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with served() as installation:
        yield Api(installation.url, installation.key(*Role))


operations = schemathesis.openapi.from_dict(
    with_closed_vocabularies(), config=schemathesis.Config.from_dict(CONFIG)
)


@operations.parametrize()
def test_the_api_keeps_its_word(api: Api, case: Case[Any]) -> None:
    if case.method == "PATCH" and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    case.call_and_validate(api.url, headers=api.key)
