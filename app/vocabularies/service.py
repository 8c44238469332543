"""The terms of every vocabulary, as the shipped data file has them."""

from functools import cache
from importlib.resources import files

import orjson

from app.http.problems import NotFound

Term = dict[str, str]


@cache
def vocabularies() -> dict[str, list[Term]]:
    return orjson.loads((files("app.data") / "vocabularies.json").read_bytes())  # type: ignore[no-any-return]


def terms_of(vocabulary: str) -> list[Term]:
    """The terms of one vocabulary; 404 if there is none of that id."""
    terms = vocabularies().get(vocabulary)
    if terms is None:
        raise NotFound
    return terms
