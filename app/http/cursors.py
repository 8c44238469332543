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
        content = orjson.dumps([_to_text(value), str(id)])
        return urlsafe_b64encode(self._sign(query, content) + content).decode().rstrip("=")

    def read(self, query: str, cursor: str, kind: type[str | date]) -> tuple[Any, UUID]:
        """The sort value and id where the list goes on; 422 for a cursor of another query."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            signature, content = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if not hmac.compare_digest(signature, self._sign(query, content)):
                raise ValueError  # noqa: TRY301 - a bad cursor is one fault, whatever is wrong
            value, id = orjson.loads(content)
            return _from_text(value, kind), UUID(id)
        except (ValueError, TypeError, binascii.Error):
            raise Unprocessable(
                faults=[Fault(("parameter", "cursor"), "invalid_cursor", _NOT_OURS)]
            ) from None

    def _sign(self, query: str, content: bytes) -> bytes:
        message = query.encode() + b"\x00" + content
        return hmac.digest(self._secret, message, "sha256")[:_SIGNATURE]


_NOT_OURS = Text("is no cursor of this list", "không phải con trỏ của danh sách này")


def _to_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _from_text(value: str, kind: type[str | date]) -> str | date:
    return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)
