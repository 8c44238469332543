"""What becomes of the rows of an import."""

import json
from typing import Any

from starlette.requests import Request

from app.http.problems import Fault, Problem, Text, Unprocessable
from app.imports.schemas import ImportReport

MOST_ERRORS = 1_000  # told
LONGEST_VALUE = 200  # characters


class ImportRefused(Unprocessable):
    """Some rows cannot be taken, so none was.

    `errors` names the first 1,000 reasons by `row`, `column` and `value`.
    """

    code = "import_refused"
    title = Text("The file was not imported", "Tệp không được nhập")


class Report:
    """Counts rows and collects errors while an import runs."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.rows = self.created = self.updated = self.unchanged = self.error_count = 0
        self._errors: list[dict[str, Any]] = []

    def add(self, row: int, column: str | None, code: str, detail: Text, value: Any) -> None:
        self.error_count += 1
        if len(self._errors) < MOST_ERRORS:
            text = value if isinstance(value, str | None) else _plain(value)
            self._errors.append(
                {
                    "row": row,
                    "column": column,
                    "code": code,
                    "detail": detail.in_language_of(self._request),
                    "value": text and text[:LONGEST_VALUE],
                }
            )

    def serialized(self) -> dict[str, Any]:
        return {
            name: self._errors if name == "errors" else getattr(self, name)
            for name in ImportReport.model_fields
        }


def faults_of_problem(problem: Problem, member: str) -> list[Fault]:
    """A problem as faults of a row: its own, or one at the member it is about."""
    return problem.faults or [Fault(("pointer", f"#/{member}"), problem.code, problem.detail)]


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
