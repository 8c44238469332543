"""Makes files for imports."""

import csv
import io
from typing import Any

import httpx
import xlsxwriter

from app.http.negotiation import type_of
from tests.emulation_models.test_models import model

MODELS = "/v1/imports/models"
DECISIONS = "/v1/imports/award-decisions"
HEADER = ["title", "field", "participant_kind", "locality.id", "objective", "target"]

Json = dict[str, Any]


def csv_of(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def xlsx_of(*rows: list[Any], further: list[list[str]] | None = None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        for sheet_rows in (rows, *([further] if further else ())):
            sheet = workbook.add_worksheet()
            for number, row in enumerate(sheet_rows):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def row(**changes: str) -> list[str]:
    """A row of a valid new model under HEADER."""
    made = {name.removesuffix(".id"): value for name, value in model().items()}
    return [str((made | changes)[name.removesuffix(".id")]) for name in HEADER]


async def send(
    client: httpx.AsyncClient,
    key: dict[str, str],
    content: bytes,
    form: str = "csv",
    *,
    to: str = MODELS,
    status: int = 201,
    **parameters: str,
) -> Json:
    answer = await client.post(
        to, content=content, headers=key | {"Content-Type": type_of[form]}, params=parameters
    )
    assert answer.status_code == status, answer.text
    report: Json = answer.json()
    return report


def counts(report: Json) -> tuple[int, int, int, int, int]:
    return (
        report["rows"],
        report["created"],
        report["updated"],
        report["unchanged"],
        report["error_count"],
    )


def errors(report: Json) -> list[tuple[int, str | None, str]]:
    assert report["error_count"] >= len(report["errors"]) > 0
    return [(error["row"], error["column"], error["code"]) for error in report["errors"]]


async def total(client: httpx.AsyncClient, path: str = "/v1/models") -> int:
    return int((await client.get(f"{path}?count=true&limit=1")).json()["total"])
