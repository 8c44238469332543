"""Whole lists as XLSX, written row by row to files, so that memory stays flat."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from app.export.tabular import guarded, plain_text, values_of

ROWS_OF_A_SHEET = 1_048_576
DIGITS_OF_A_NUMBER = sys.float_info.dig  # a spreadsheet would lose further ones
_PIECE = 64 * 1024  # bytes


class Workbook:
    """A workbook in a directory of its own, which whoever made it removes in the end.

    Texts are text cells and never formulas. They are guarded as in CSV all the same: spreadsheets
    save workbooks as CSV.
    """

    def __init__(self, directory: str, columns: tuple[str, ...]) -> None:
        self._path = Path(directory) / "list.xlsx"
        import xlsxwriter  # noqa: PLC0415 - most processes never write one

        self._book = xlsxwriter.Workbook(
            str(self._path), {"constant_memory": True, "tmpdir": directory}
        )
        self._book.use_zip64()
        self._columns = columns
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for position, column in enumerate(self._columns):
            self._sheet.write_string(0, position, column)
        self._next_row = 1

    def write(self, things: list[dict[str, Any]]) -> None:
        for values in values_of(self._columns, things):
            if self._next_row == ROWS_OF_A_SHEET:
                self._begin_sheet()
            for position, value in enumerate(values):
                self._write_cell(position, value)
            self._next_row += 1

    def _write_cell(self, position: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._next_row, position, value)
        elif isinstance(value, int | float | Decimal) and _fits(value):
            self._sheet.write_number(self._next_row, position, float(value))
        else:
            text = guarded(value) if isinstance(value, str) else plain_text(value)
            self._sheet.write_string(self._next_row, position, text)

    def close(self) -> None:
        """Put the whole together."""
        self._book.close()

    def pieces(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            yield from _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _fits(number: float | Decimal) -> bool:
    return len(Decimal(str(number)).normalize().as_tuple().digits) <= DIGITS_OF_A_NUMBER
