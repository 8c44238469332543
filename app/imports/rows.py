"""Files as rows: CSV, XLSX and NDJSON read one row after another, never a whole file at once.

A row has the members that GET shows of a thing, or some of them: the fields of a flat file become
members, an empty one null.
"""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from app.export.tabular import unguarded
from app.http.negotiation import type_of
from app.http.problems import Text
from app.http.routing import BODY_LIMIT, MalformedJson, read_json
from app.imports import workbook

MOST_ROWS = 200_000
LONGEST_LINE = 1_000_000  # characters of CSV
_NUMBERS = frozenset({"version"})  # the flat members that are no texts


class Row(NamedTuple):
    """A row by the number a spreadsheet gives it, and what it says."""

    number: int
    members: dict[str, Any]


class UnreadableError(Exception):
    """A file, or from a row on the rest of it, cannot be read."""

    def __init__(
        self, code: str, detail: Text, row: int = 1, column: str | None = None, value: str = ""
    ) -> None:
        super().__init__(detail.en)
        self.code, self.detail, self.row, self.column, self.value = code, detail, row, column, value


def rows_of(body: bytes, media_type: str, columns: frozenset[str]) -> Generator[Row]:
    """The rows of a file; UnreadableError where it ends to be one.

    `columns` are those a flat file may have.
    """
    for count, row in enumerate(_rows_of(body, media_type, columns), 1):
        if count > MOST_ROWS:
            raise UnreadableError("too_many_rows", _TOO_MANY_ROWS, row.number)
        yield row


def _rows_of(body: bytes, media_type: str, columns: frozenset[str]) -> Iterator[Row]:
    if media_type == type_of["ndjson"]:
        return _ndjson(body)
    return flat(_csv(body) if media_type == type_of["csv"] else _xlsx(body), columns)


def _ndjson(body: bytes) -> Iterator[Row]:
    file = io.BytesIO(body)
    number = 0
    while line := file.readline(BODY_LIMIT + 1):
        number += 1
        if len(line) > BODY_LIMIT:
            raise UnreadableError("too_long", _LONG_ROW, number)
        if not line.strip():
            continue
        value = read_json(line)
        if isinstance(value, MalformedJson):
            detail = Text(*(each.format(value.reason) for each in _MALFORMED))
            raise UnreadableError("malformed_json", detail, number)
        if not isinstance(value, dict):
            raise UnreadableError("not_an_object", _NO_OBJECT, number)
        yield Row(number, value)


# ---- flat files: CSV and XLSX -----------------------------------------------------------------

Cells = Iterator[tuple[int, Sequence[str]]]


def _csv(body: bytes) -> Cells:
    file = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8-sig", newline="")
    number = 0
    try:
        for number, cells in enumerate(csv.reader(_lines(file), strict=True), 1):
            if cells:
                yield number, cells
    except UnicodeDecodeError:
        raise UnreadableError("not_utf8", _NOT_UTF8, number + 1) from None
    except csv.Error as error:
        detail = Text(*(each.format(error) for each in _MALFORMED))
        raise UnreadableError("malformed_csv", detail, number + 1) from None


def _lines(file: io.TextIOWrapper) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise csv.Error("a line is too long")
        yield line


def _xlsx(body: bytes) -> Cells:
    """Cells as a process of its own reads them from the workbook."""
    with TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        command = [sys.executable, "-P", str(Path(workbook.__file__))]
        with subprocess.Popen(  # noqa: S603 - a program of ours, without arguments
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as reader:
            assert reader.stdout is not None
            try:
                for line in reader.stdout:
                    serialized = json.loads(line)
                    if isinstance(serialized, str):
                        raise UnreadableError(serialized, _WORKBOOKS[serialized])
                    yield serialized
            except json.JSONDecodeError:  # it was stopped in the middle of a line
                pass
            finally:
                reader.kill()
        if reader.returncode not in {0, -9}:
            raise UnreadableError("unreadable_workbook", _WORKBOOKS["unreadable_workbook"])


def flat(rows: Cells, columns: frozenset[str]) -> Iterator[Row]:
    """The rows of a table below its header."""
    first = next(rows, None)
    if first is None:
        raise UnreadableError("empty_file", _EMPTY)
    number, names = first
    _check_header(number, names, columns)
    paths = [tuple(name.split(".")) for name in names]
    for number, cells in rows:
        if len(cells) > len(paths) and any(cells[len(paths) :]):
            value = next(filter(None, cells[len(paths) :]))
            raise UnreadableError("cell_without_column", _NO_COLUMN, number, None, value)
        if any(cells):
            yield Row(number, _members(paths, chain(cells, [""] * (len(paths) - len(cells)))))


def _check_header(number: int, names: Sequence[str], columns: frozenset[str]) -> None:
    known: set[str] = set()
    for name in names:
        if name in columns and name not in known:
            known.add(name)
            continue
        code, detail = "unknown_column", _UNKNOWN_COLUMN
        if name in known:
            code, detail = "repeated_column", _REPEATED
        elif len(names) == 1 and (";" in name or "\t" in name):
            code, detail = "not_separated_by_commas", _NO_COMMAS
        raise UnreadableError(code, detail, number, name[:200], name)


def _members(paths: list[tuple[str, ...]], cells: Iterator[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for (name, *inner), cell in zip(paths, cells, strict=False):
        value = unguarded(cell) or None
        if inner:
            members.setdefault(name, {})[inner[0]] = value
        elif name in _NUMBERS and value is not None and value.isascii() and value.isdecimal():
            members[name] = int(value[:18])
        else:
            members[name] = value
    return members


_TOO_MANY_ROWS = Text(
    f"a file may have {MOST_ROWS} rows at most", f"một tệp có tối đa {MOST_ROWS} dòng"
)
_LONG_ROW = Text("a row may have 1 MiB at most", "một dòng tối đa 1 MiB")
_MALFORMED = Text("cannot be read: {}", "không đọc được: {}")
_NO_OBJECT = Text("each line must be a JSON object", "mỗi dòng phải là một đối tượng JSON")
_NOT_UTF8 = Text(
    "is not text in UTF-8; save the file as “CSV UTF-8”",
    "không phải văn bản UTF-8; hãy lưu tệp dạng “CSV UTF-8”",
)
_EMPTY = Text("the file is empty", "tệp rỗng")
_NO_COLUMN = Text("stands in no column that has a name", "không nằm trong cột nào có tên")
_UNKNOWN_COLUMN = Text("is no column of this file", "không phải cột của tệp này")
_REPEATED = Text("is a column already", "cột bị lặp lại")
_NO_COMMAS = Text("separate the columns with commas", "hãy phân tách các cột bằng dấu phẩy")
_WORKBOOKS = {
    "unreadable_workbook": Text("is no readable XLSX file", "không phải tệp XLSX đọc được"),
    "unpacks_to_too_much": Text("unpacks to too much", "giải nén ra quá lớn"),
    "several_sheets": Text(
        "more than one worksheet has rows", "có nhiều hơn một trang tính chứa dữ liệu"
    ),
}
