"""Hostile and broken files: a clear report, nothing changed, bounded in memory and time."""

import io
import time
import zipfile
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.imports import rows, workbook
from app.imports.running import ImportsRunning, Running
from tests.conftest import Keys
from tests.support.importing import HEADER, counts, csv_of, errors, row, send, total, xlsx_of

MIB = 1024 * 1024
BAD_TEXT = "\u00e9".encode("latin-1")
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
async def key(client: httpx.AsyncClient, keys: Keys) -> AsyncIterator[dict[str, str]]:
    """A key under which nothing comes in, however it is tried."""
    before = await total(client)
    yield await keys.of("registrar")
    assert await total(client) == before


def with_part(file: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part changed."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return changed.getvalue()


def inflated(size: int) -> bytes:
    """A workbook with a part of so many zeros."""
    return with_part(xlsx_of(HEADER, row()), "xl/media/picture.bin", lambda _: bytes(size))


def at(cell: str) -> bytes:
    """A workbook with a further row of one cell."""
    number = cell.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    further = f'<row r="{number}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    return with_part(
        xlsx_of(HEADER, row()), SHEET, lambda part: part.replace(b"</sheetData>", further)
    )


# Each is made when it is sent: some are large.
File = Callable[[], bytes]
BROKEN_CSV = {
    "nothing": (lambda: b"", "empty_file"),
    "blank lines": (lambda: b"\r\n" * 1_000, "empty_file"),
    "separated by semicolons": (
        lambda: ";".join(HEADER).encode() + b"\n",
        "not_separated_by_commas",
    ),
    "separated by tabs": (lambda: "\t".join(HEADER).encode() + b"\n", "not_separated_by_commas"),
    "in Latin-1": (lambda: csv_of(HEADER, row()) + BAD_TEXT, "not_utf8"),
    "in UTF-16": (lambda: csv_of(HEADER, row()).decode().encode("utf-16"), "not_utf8"),
    "half a character": (lambda: csv_of(HEADER, row()) + b"\xed\xa0\x80,", "not_utf8"),
    "a workbook": (lambda: xlsx_of(HEADER, row()), "not_utf8"),
    "an unknown column": (lambda: csv_of([*HEADER, "colour"]), "unknown_column"),
    "a column without a name": (lambda: csv_of([*HEADER, ""]), "unknown_column"),
    "a repeated column": (lambda: csv_of([*HEADER, "title"]), "repeated_column"),
    "NUL in the header": (lambda: csv_of(["title\x00"]), "unknown_column"),
    "10^5 columns": (lambda: b",".join([b"title"] * 100_000) + b"\n", "repeated_column"),
    "10^5 cells": (lambda: csv_of(HEADER) + b"x," * 100_000, "cell_without_column"),
    "one cell of 30 MiB": (lambda: csv_of(HEADER) + b"x" * 30 * MIB, "malformed_csv"),
    "one quoted cell of 30 MiB": (
        lambda: csv_of(HEADER) + b'"' + b"x\n" * 15 * MIB,
        "malformed_csv",
    ),
    "text after a quote": (lambda: csv_of(HEADER) + b'"a"b,c\n', "malformed_csv"),
    "an open quote": (lambda: csv_of(HEADER) + b'"a,b,c\n', "malformed_csv"),
    "an answer in JSON": (lambda: b'{"items": []}', "unknown_column"),
}
BROKEN_NDJSON = {
    "no JSON": (lambda: b"{", "malformed_json"),
    "an array": (lambda: b"[{}]", "not_an_object"),
    "a surrogate": (lambda: b'{"title": "\\ud800"}', "malformed_json"),
    "a member twice": (lambda: b'{"title": "a", "title": "b"}', "malformed_json"),
    "not a number": (lambda: b'{"title": NaN}', "malformed_json"),
    "deeply nested": (lambda: b'{"a":' * 50_000, "malformed_json"),
    "one line of 30 MiB": (lambda: b'{"title": "' + b"x" * 30 * MIB + b'"}', "too_long"),
    "no text": (lambda: b"\xff\xfe", "malformed_json"),
}
BROKEN_XLSX = {
    "nothing": (lambda: b"", "unreadable_workbook"),
    "text": (lambda: csv_of(HEADER, row()), "unreadable_workbook"),
    "no workbook": (lambda: inflated(10)[: 10 * 1024 // 2], "unreadable_workbook"),
    "a zip of anything": (
        lambda: with_part(xlsx_of(HEADER), "xl/workbook.xml", lambda _: b"<a/>"),
        "unreadable_workbook",
    ),
    "two tables": (lambda: xlsx_of(HEADER, row(), further=[["a"]]), "several_sheets"),
    "no rows": (xlsx_of, "empty_file"),
    "an unknown column": (lambda: xlsx_of([*HEADER, "colour"]), "unknown_column"),
    "entities": (
        lambda: with_part(
            xlsx_of(HEADER, row()),
            SHEET,
            lambda part: part.replace(
                b"<worksheet",
                b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet',
                1,
            ),
        ),
        "unreadable_workbook",
    ),
    "half a sheet": (
        lambda: with_part(xlsx_of(HEADER, row()), SHEET, lambda part: part[: len(part) // 2]),
        "unreadable_workbook",
    ),
    "a cell in the last row and column": (lambda: at("XFD1048576"), "unreadable_workbook"),
    "a cell beyond all columns": (lambda: at("ZZZZZZZ1"), None),
    "a cell beyond all rows": (lambda: at("A99999999999"), None),
    "20 MiB from next to nothing": (lambda: inflated(20 * MIB), "unpacks_to_too_much"),
}


@pytest.mark.parametrize(("file", "code"), BROKEN_CSV.values(), ids=BROKEN_CSV)
async def test_broken_csv(
    client: httpx.AsyncClient, key: dict[str, str], file: File, code: str
) -> None:
    began = time.monotonic()
    report = await send(client, key, file(), "csv", status=422)
    assert code in {each[2] for each in errors(report)}
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("file", "code"), BROKEN_NDJSON.values(), ids=BROKEN_NDJSON)
async def test_broken_ndjson(
    client: httpx.AsyncClient, key: dict[str, str], file: File, code: str
) -> None:
    report = await send(client, key, file(), "ndjson", status=422)
    assert errors(report)[-1][2] == code


@pytest.mark.parametrize(("file", "code"), BROKEN_XLSX.values(), ids=BROKEN_XLSX)
async def test_broken_xlsx(
    client: httpx.AsyncClient, key: dict[str, str], file: File, code: str | None
) -> None:
    began = time.monotonic()
    report = await send(client, key, file(), "xlsx", status=422)
    assert code in {None, errors(report)[0][2]}
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.check)])
async def test_rows_of_garbage_are_counted_and_refused(
    client: httpx.AsyncClient, key: dict[str, str], count: int
) -> None:
    garbage = csv_of(HEADER) + b"\x00,\x01,=1+1,'@x,,\xc3\xa9\n" * count
    began = time.monotonic()
    report = await send(client, key, garbage, status=422)
    assert report["rows"] == count
    assert report["error_count"] > count
    assert len(report["errors"]) == 1_000
    assert time.monotonic() - began < 60


async def test_too_many_rows_are_not_read_to_the_end(
    client: httpx.AsyncClient, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    report = await send(client, key, csv_of(HEADER, row(), row(), row()), status=422)
    assert errors(report) == [(4, None, "too_many_rows")]


async def test_lone_bytes_in_cells_are_told(client: httpx.AsyncClient, key: dict[str, str]) -> None:
    file = csv_of([*HEADER, "host.id"], [*row(title="a\x00b"), "\x00"])
    report = await send(client, key, file, status=422)
    assert errors(report) == [(2, "title", "invalid_text"), (2, "host.id", "invalid_id")]


async def test_huge_numbers_are_told(client: httpx.AsyncClient, key: dict[str, str]) -> None:
    file = b'{"id": 123456789012345678901234567890123, "version": 1e30, "title": [1e-9, {}]}'
    report = await send(client, key, file, "ndjson", status=422)
    assert report["error_count"] > 0


class TestWhatIsTakenAllTheSame:
    @pytest.mark.parametrize(
        "file",
        [
            b"\xef\xbb\xbf" + csv_of(HEADER, row()),
            csv_of(HEADER, row()).replace(b"\r\n", b"\n"),
            csv_of(HEADER, row()) + b"\r\n\r\n,,\r\n",
            csv_of([*HEADER, "summary"], row()),
            csv_of(list(reversed(HEADER)), list(reversed(row()))),
        ],
        ids=["BOM", "LF", "blank rows", "missing last cells", "any order"],
    )
    async def test_csv(self, client: httpx.AsyncClient, keys: Keys, file: bytes) -> None:
        report = await send(client, await keys.of("registrar"), file)
        assert counts(report) == (1, 1, 0, 0, 0)

    async def test_numbers_and_days_of_a_spreadsheet(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        file = xlsx_of([*HEADER, "started_on", "locality.code"], [*row(title="t"), 2023, None])
        assert counts(await send(client, key, file, "xlsx")) == (1, 1, 0, 0, 0)
        found = (await client.get("/v1/models?sort=-updated_at&limit=1")).json()["items"][0]
        assert (await client.get(f"/v1/models/{found['id']}")).json()["started_on"] == "2023"

    async def test_rows_keep_their_numbers_after_blank_ones(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar")
        bad = row(field="sport")
        file = csv_of([], HEADER, [], bad, ["", ""], bad)
        assert [each[0] for each in errors(await send(client, key, file, status=422))] == [4, 6]
        blank: list[str] = []
        table = xlsx_of(blank, HEADER, blank, bad, blank, bad)
        report = await send(client, key, table, "xlsx", status=422)
        assert [each[0] for each in errors(report)] == [4, 6]

    async def test_links_to_other_workbooks_are_values(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        linked = with_part(
            xlsx_of(HEADER, row()),
            "xl/externalLinks/externalLink1.xml",
            lambda _: b'<externalLink xmlns="http://a.example"/>',
        )
        report = await send(client, await keys.of("registrar"), linked, "xlsx")
        assert counts(report) == (1, 1, 0, 0, 0)


def test_a_part_larger_than_it_says_is_refused() -> None:
    file = bytearray(inflated(1_000_000))
    size = (1_000_000).to_bytes(4, "little")
    assert file.count(size) == 2  # in the part's own header and in the directory
    lying = bytes(file).replace(size, (10).to_bytes(4, "little"))
    with pytest.raises(workbook.RefusedError, match="unreadable_workbook"):
        workbook.check(io.BytesIO(lying))


def test_at_most_two_imports_run_at_once() -> None:
    with (
        Running.one_more(),
        Running.one_more(),
        pytest.raises(ImportsRunning),
        Running.one_more(),
    ):
        pass
    with Running.one_more():
        pass


def test_what_a_workbook_unpacks_to_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 100_000)
    workbook.check(io.BytesIO(inflated(10_000)))
    with pytest.raises(workbook.RefusedError, match="unpacks_to_too_much"):
        workbook.check(io.BytesIO(inflated(200_000)))
