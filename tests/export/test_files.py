"""Whole lists as files: CSV, NDJSON, XLSX."""

import asyncio
import csv
import io
import json
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.export import tabular
from app.export.slots import ExportSlots
from app.export.workbooks import Workbook
from app.http.negotiation import type_of
from app.http.problems import TooManyRequests
from tests.conftest import Keys
from tests.emulation_models.test_models import model

LISTS = [
    "/v1/localities?level=province",
    "/v1/organisations",
    "/v1/documents",
    "/v1/campaign-periods",
    "/v1/events",
    "/v1/models",
    "/v1/award-decisions",
    "/v1/awards",
    "/v1/publications",
    "/v1/observations",
]


def rows_of(workbook: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()


class TestXlsx:
    @pytest.mark.parametrize("path", LISTS)
    async def test_has_the_cells_of_the_csv(self, client: httpx.AsyncClient, path: str) -> None:
        query = path + ("&" if "?" in path else "?")
        answer = await client.get(f"{query}format=xlsx")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == type_of["xlsx"]
        assert answer.headers["content-disposition"].endswith('.xlsx"')
        text = (await client.get(f"{query}format=csv")).content.decode()
        header, *expected = csv.reader(io.StringIO(text, newline=""))
        shown, *rows = rows_of(answer.content)
        assert shown == header
        assert len(rows) == len(expected) > 0
        for row, cells in zip(rows, expected, strict=True):
            for value, cell in zip(row, cells, strict=True):
                assert value == cell or float(value) == float(cell)

    async def test_is_negotiated(self, client: httpx.AsyncClient) -> None:
        headers = {"Accept": f"text/csv;q=0.5, {type_of['xlsx']}"}
        answer = await client.get("/v1/models", headers=headers)
        assert answer.headers["content-type"] == type_of["xlsx"]
        assert (await client.get("/v1/models?format=xlsx&limit=3")).status_code == 422

    async def test_shows_formulas_as_text(self, client: httpx.AsyncClient, keys: Keys) -> None:
        title = '=HYPERLINK("http://a.example","x")'
        key = await keys.of("registrar")
        made = await client.post("/v1/models", json=model(title=title), headers=key)
        assert made.status_code == 201
        header, *rows = rows_of((await client.get("/v1/models?format=xlsx")).content)
        titles = [row[header.index("title")] for row in rows]
        assert f"'{title}" in titles
        ndjson = (await client.get("/v1/models?format=ndjson")).text.splitlines()
        assert title in [json.loads(line)["title"] for line in ndjson]

    def test_goes_on_on_a_further_sheet(
        self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.export.workbooks.ROWS_OF_A_SHEET", 4)
        workbook = Workbook(str(tmp_path), ("id",))
        workbook.write([{"id": str(number)} for number in range(7)])
        workbook.close()
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(workbook.pieces())))
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
        assert [[row[0] for row in sheet] for sheet in sheets] == [
            ["id", "0", "1", "2"],
            ["id", "3", "4", "5"],
            ["id", "6"],
        ]


HARD = st.text(
    st.one_of(
        st.sampled_from("'=+-@\"\r\n\t,;0 \u0301\u01b0\u1edb"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    )
)


class TestCells:
    @given(HARD)
    def test_guarding_can_be_undone_and_hides_every_formula(self, text: str) -> None:
        guarded = tabular.guarded(text)
        assert tabular.unguarded(guarded) == text
        assert not guarded.startswith(("=", "+", "-", "@"))

    @given(HARD)
    def test_csv_gives_back_any_text(self, text: str) -> None:
        serialized = tabular.csv_rows(("title", "id"), [{"title": text, "id": "x"}]).decode()
        ((cell, _),) = csv.reader(io.StringIO(serialized, newline=""))
        assert tabular.unguarded(cell) == text


class TestStreams:
    def test_are_two_at_once_of_an_address(self) -> None:
        slots = ExportSlots()

        def request(address: str) -> Request:
            return Request({"type": "http", "headers": [], "state": {"address": address}})

        held = [slots.take(request("192.0.2.1")) for _ in range(2)]
        with pytest.raises(TooManyRequests):
            slots.take(request("192.0.2.1"))
        held.append(slots.take(request("192.0.2.2")))
        held.pop(0).release()
        held.append(slots.take(request("192.0.2.1")))
        for slot in held:
            slot.release()

    async def test_give_their_place_back(self, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            for form in ("csv", "ndjson", "xlsx"):
                answer = await client.get(f"/v1/models?format={form}")
                assert answer.status_code == 200
            assert (await client.get("/v1/models?format=csv&cursor=x")).status_code == 422
        await asyncio.sleep(0)
