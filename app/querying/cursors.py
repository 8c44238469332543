"""Keyset cursors: opaque, signed with a key of the database, bound to the query they continue."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from app.http.problems import Fault, Text, Unprocessable

_SIGNATURE = 12  # bytes


class Cursors:
    """Writes and reads cursors with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, query: str, value: object, id: UUID) -> str:
        return self.seal(query, [_to_text(value), str(id)])

    def read(self, query: str, cursor: str, kind: type[str | date]) -> tuple[Any, UUID]:
        """The sort value and id where the list goes on; 422 for a cursor of another query."""
        try:
            value, id = self.unseal(query, cursor)
            return _from_text(value, kind), UUID(id)
        except (ValueError, TypeError):
            raise Unprocessable(faults=[not_ours("cursor")]) from None

    def seal(self, query: str, content: list[Any]) -> str:
        """A text that says where a query is to be continued, and nothing to the client."""
        raw = orjson.dumps(content)
        return urlsafe_b64encode(self._sign(query, raw) + raw).decode().rstrip("=")

    def unseal(self, query: str, cursor: str) -> list[Any]:
        """What was sealed for a query; ValueError for any other text."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except binascii.Error as error:
            raise ValueError from error
        signature, content = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(query, content)):
            raise ValueError
        sealed: list[Any] = orjson.loads(content)
        return sealed

    def _sign(self, query: str, content: bytes) -> bytes:
        message = query.encode() + b"\x00" + content
        return hmac.digest(self._secret, message, "sha256")[:_SIGNATURE]


def not_ours(parameter: str) -> Fault:
    return Fault(
        ("parameter", parameter),
        "invalid_cursor",
        Text("is no cursor of this list", "không phải con trỏ của danh sách này"),
    )


def _to_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _from_text(value: str, kind: type[str | date]) -> str | date:
    return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)
