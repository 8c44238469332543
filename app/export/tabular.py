"""Flat rows for spreadsheets: the scalar members of a thing, references as `member.part`."""

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_origin

import orjson
from pydantic import BaseModel

from app.http.annotations import parts_of, schema_in
from app.http.json_encoding import encode
from app.http.schemas import LocalityRef

_FORMULA = re.compile(r"'*[=+\-@]")
_LOCALITY_PARTS = ("id", "code", "path")


@cache
def columns_of(schema: type[BaseModel]) -> tuple[str, ...]:
    """The columns of a kind of thing, in the order of its schema; nested lists are left out."""
    return tuple(_columns(schema, ""))


def _columns(schema: type[BaseModel], prefix: str) -> list[str]:
    columns = []
    for name, field in schema.model_fields.items():
        nested = schema_in(field)
        if any(get_origin(part) in {list, tuple, dict} for part in parts_of(field)):
            continue
        if nested is None:
            columns.append(prefix + name)
        elif issubclass(nested, LocalityRef):
            columns += [f"{prefix}{name}.{part}" for part in _LOCALITY_PARTS]
        else:
            columns += _columns(nested, f"{prefix}{name}.")
    return columns


def csv_header(columns: tuple[str, ...]) -> bytes:
    return _csv([columns])


def csv_rows(columns: tuple[str, ...], things: list[dict[str, Any]]) -> bytes:
    """RFC 4180 rows in UTF-8, with `guarded` texts."""
    return _csv([[_cell(value) for value in row] for row in values_of(columns, things)])


def values_of(columns: tuple[str, ...], things: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """The values of each thing in the order of the columns."""
    for thing in things:
        flat = _flat(thing)
        yield [flat.get(column) for column in columns]


def guarded(text: str) -> str:
    """One `'` before text that a spreadsheet would take for a formula.

    Text that looks guarded already gets one more, so that `unguarded` gives back any text.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that was guarded."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _csv(rows: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _flat(thing: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in thing.items():
        parsed = _plain(value)
        if isinstance(parsed, dict):
            flat |= {f"{name}.{part}": inner for part, inner in _flat(parsed).items()}
        else:
            flat[name] = parsed
    return flat


def _plain(value: Any) -> Any:
    """The value a fragment of JSON stands for."""
    return orjson.loads(encode(value)) if isinstance(value, orjson.Fragment) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else plain_text(value)


def plain_text(value: Any) -> str:
    """A value that is no text, as JSON tells it."""
    return encode(value).decode().strip('"')
