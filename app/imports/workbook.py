"""Tells the rows of an XLSX file, given as standard input, as lines of JSON.

A program of its own: a workbook made to harm takes down this process and not the server, which
reads on without waiting for it. What the file unpacks to is bounded before anything parses it.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - zlib's own name says nothing

from python_calamine import CalamineError, CalamineWorkbook

MOST_UNPACKED = 400 * 1024 * 1024  # bytes
ALWAYS_UNPACKED = 16 * 1024 * 1024  # bytes, however well they are packed
MOST_PACKED = 150  # how many times smaller a file may be than what it unpacks to
MOST_PARTS = 1_000
MEMORY = 1024 * 1024 * 1024  # bytes of address space
SECONDS = 60  # of processor time
_PIECE = 1024 * 1024
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class RefusedError(Exception):
    """The file is not read; says why by a code."""


def check(file: BinaryIO) -> None:
    """Refuse a file that unpacks to too much, or that declares entities of its own."""
    packed = file.seek(0, 2)
    allowed = min(MOST_UNPACKED, max(ALWAYS_UNPACKED, packed * MOST_PACKED))
    try:
        with ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > allowed:
                raise RefusedError("unpacks_to_too_much")
            for part in parts:
                with archive.open(part) as unpacked:
                    allowed -= _read_through(unpacked, allowed)  # type: ignore[arg-type]
    except (BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise RefusedError("unreadable_workbook") from error


def _read_through(part: BinaryIO, allowed: int) -> int:
    size, before = 0, b""
    while piece := part.read(_PIECE):
        size += len(piece)
        if size > allowed:  # a part may be larger than it says
            raise RefusedError("unpacks_to_too_much")
        if _DTD.search(before + piece):
            raise RefusedError("unreadable_workbook")
        before = piece[-20:]
    return size


def rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The rows of the one worksheet that has any, as a spreadsheet numbers them."""
    file.seek(0)
    with CalamineWorkbook.from_filelike(file) as workbook:
        filled = [
            sheet
            for name in workbook.sheet_names
            if (sheet := workbook.get_sheet_by_name(name)).height
        ]
        if len(filled) > 1:
            raise RefusedError("several_sheets")
        for sheet in filled:
            assert sheet.start is not None
            beside = [""] * sheet.start[1]
            for number, values in enumerate(sheet.iter_rows(), 1):
                cells = [_text(value) for value in values]
                if any(cells):
                    yield number, beside + cells


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)


def main() -> None:
    try:
        import resource  # noqa: PLC0415 - systems without it have no such limits
    except ImportError:
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    file = sys.stdin.buffer
    try:
        check(file)
        for row in rows(file):
            sys.stdout.write(json.dumps(row) + "\n")
    except RefusedError as refused:
        sys.stdout.write(json.dumps(str(refused)) + "\n")
    except (CalamineError, MemoryError):
        sys.stdout.write(json.dumps("unreadable_workbook") + "\n")


if __name__ == "__main__":
    main()
