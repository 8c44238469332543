"""What was exported imports unchanged, whatever the texts are."""

import io
import json
import tempfile
from datetime import date
from typing import Any
from unittest.mock import sentinel
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.emulation_models.models.queries import MODELS
from app.export import tabular
from app.export.workbooks import Workbook
from app.http.json_encoding import encode
from app.http.routing import read_json
from app.imports import workbook
from app.imports.comparing import difference
from app.imports.kinds import Recorded
from app.imports.models import Models
from app.imports.rows import Row, flat, rows_of
from app.querying.references import empty_references
from tests.conftest import Keys
from tests.emulation_models.test_models import model
from tests.support.importing import counts, send
from tests.support.spelling import SPELLINGS, respelled

HARD_TEXTS = [
    '=HYPERLINK("http://a.example","x")', "+84 912 345 678", "-", "@cmd", "'=1+1", "''@x", "'",
    "'a", "00123", "1e5", "TRUE", "null", '"', '""a"', "a,b;c\td", "a\nb", "a\r\nb", "a\rb", " a ",
    "\t", "Hòa", "Ho\u0300a", "_x0041_", "_x000D_", "&amp;<b>", "😀", "\u2028", "\x07", "x" * 500,
    "2023-10-27", "--06-05", "#REF!", "\ufeffa", "\x85",
]  # fmt: skip
LONG = "Dài. " * 3_999

texts = st.one_of(
    st.sampled_from(HARD_TEXTS),
    st.text(st.sampled_from("'=+-@\"\r\n\t,; 0a_x1\u0301\u1edb"), min_size=1),
    # U+FFFE and U+FFFF cannot stand in XML, so not in XLSX.
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffe\uffff"),
            min_size=1, max_size=50),
)  # fmt: skip
some_text = st.none() | texts
ids = st.uuids().map(str)
dates = st.none() | st.sampled_from(["2023", "2023-10", "2023-10-27", "--06-05"])


def reference(label: str) -> st.SearchStrategy[Any]:
    return st.none() | st.fixed_dictionaries({"id": ids, label: texts})


things = st.fixed_dictionaries(
    {
        "id": ids,
        "version": st.integers(1, 10_000),
        "updated_at": st.just("2026-01-31T00:00:00.000001Z"),
        "title": texts,
        "summary": some_text,
        "field": st.sampled_from([None, "economy"]),
        "participant_kind": st.sampled_from([None, "collective"]),
        "locality": st.fixed_dictionaries(
            {
                "id": ids,
                "level": st.just("commune"),
                "code": st.sampled_from(["00001", "32062", None]),
                "name": texts,
                "full_name": texts,
                "path": texts,
            }
        ),
        "host": reference("name"),
        "owner_name": some_text,
        "campaign_period": reference("name"),
        "state": st.sampled_from([None, "registered"]),
        "registered_level": st.sampled_from([None, "grassroots"]),
        "registered_on": dates,
        "recognised_level": st.none(),
        "recognised_on": dates,
        "aliases": st.lists(texts),
        "objective": some_text,
        "target": some_text,
        "started_on": dates,
        "tracks": st.just([]),
        "outcomes": st.lists(
            st.fixed_dictionaries(
                {"id": ids, "what": texts, "amount": st.none() | st.decimals("-1", "1", places=3)}
            )
        ),
        "derived_from": reference("title"),
        "replications": st.just([]),
        "sources": st.lists(st.fixed_dictionaries({"id": ids, "document": reference("number")})),
        "merged_into": reference("title"),
    }
)


def as_csv(serialized: list[dict[str, Any]]) -> list[Row]:
    columns = tabular.columns_of(MODELS.schema)
    file = tabular.csv_header(columns) + tabular.csv_rows(columns, serialized)
    return list(rows_of(file, "text/csv", Models.columns))


def as_ndjson(serialized: list[dict[str, Any]]) -> list[Row]:
    file = b"".join(encode(thing) + b"\n" for thing in serialized)
    return list(rows_of(file, "application/x-ndjson", Models.columns))


def as_xlsx(serialized: list[dict[str, Any]]) -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        book = Workbook(directory, tabular.columns_of(MODELS.schema))
        book.write(serialized)
        book.close()
        file = io.BytesIO(b"".join(book.pieces()))
    workbook.check(file)
    return list(flat(workbook.rows(file), Models.columns))


@pytest.mark.parametrize("form", [as_csv, as_ndjson, as_xlsx])
@given(serialized=st.lists(things, min_size=1, max_size=3))
@settings(deadline=None)
def test_nothing_of_what_was_exported_differs(form: Any, serialized: list[dict[str, Any]]) -> None:
    kind = Models(sentinel.actor, date(2026, 1, 1))
    kind.know(empty_references())
    rows = form(serialized)
    assert len(rows) == len(serialized)
    for row, thing in zip(rows, serialized, strict=True):
        content = read_json(encode(thing))
        sent = MODELS.as_sent(content)
        recorded = Recorded(UUID(content["id"]), content["version"], content, sent)
        assert list(kind.settle(row.members, recorded)) == []
        assert difference(kind, row.members, recorded) == ({}, [])


async def test_texts_come_back_as_they_went(client: httpx.AsyncClient, keys: Keys) -> None:
    key = await keys.of("registrar")
    ids = [str(uuid4()) for _ in HARD_TEXTS]
    rows = [
        model(id=id, title=text, objective=text, summary=LONG, owner_name=text, aliases=[text],
              started_on="--06-05")
        for id, text in zip(ids, HARD_TEXTS, strict=True)
    ]  # fmt: skip
    await send(client, key, "\n".join(map(json.dumps, rows)).encode(), "ndjson")
    for id, text in zip(ids, HARD_TEXTS, strict=True):
        serialized = (await client.get(f"/v1/models/{id}")).json()
        assert (serialized["title"], serialized["objective"], serialized["aliases"]) == (
            text,
            text,
            [text],
        )
    before = (await client.get("/v1/models?format=ndjson")).text
    for form in ("csv", "xlsx", "ndjson"):
        file = (await client.get(f"/v1/models?format={form}")).content
        report = await send(client, key, file, form)
        assert counts(report) == (59 + len(rows), 0, 0, 59 + len(rows), 0), report["errors"][:3]
    assert (await client.get("/v1/models?format=ndjson")).text == before


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("things", ["models", "award-decisions"])
async def test_ids_are_one_value_however_they_are_spelled(
    client: httpx.AsyncClient, keys: Keys, things: str, spelling: str
) -> None:
    key = await keys.of("registrar", "awarder")
    exported = (await client.get(f"/v1/{things}?format=ndjson")).text.splitlines()
    rows = [respelled(json.loads(line), SPELLINGS[spelling]) for line in exported]
    file = "\n".join(map(json.dumps, rows)).encode()
    report = await send(client, key, file, "ndjson", to=f"/v1/imports/{things}")
    assert counts(report) == (len(rows), 0, 0, len(rows), 0), report["errors"][:3]
