"""Whole lists as files, streamed batch by batch: CSV, NDJSON, XLSX."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.export import tabular
from app.export.slots import ExportSlot, ExportSlots
from app.export.workbooks import Workbook
from app.http.json_encoding import encode
from app.http.negotiation import Format, type_of

Things = list[dict[str, Any]]
# Things from a mark on, or from the beginning; and the mark where they go on, None at the end.
Batch = Callable[[Any], Awaitable[tuple[Things, Any]]]


async def whole_list(
    request: Request, name: str, form: Format, schema: type[BaseModel], batch: Batch
) -> Response:
    """Answer with a whole list as a file; 429 if the address gets as many as it may already."""
    slots: ExportSlots = request.app.state.export_slots
    still_allowed = getattr(request.state, "still_allowed", _always)  # of a reader with a key
    slot = slots.take(request)
    try:
        first, mark = await batch(None)  # a wrong query is told before the answer begins
    except BaseException:
        slot.release()
        raise

    async def batches() -> AsyncIterator[Things]:
        yield first
        following = mark
        while following is not None:
            things, following = await batch(following)
            yield things

    columns = tabular.columns_of(schema)
    pieces = {
        "csv": lambda: _csv(columns, batches()),
        "ndjson": lambda: _ndjson(batches()),
        "xlsx": lambda: _xlsx(columns, batches()),
    }[form]()

    async def allowed_pieces() -> AsyncIterator[bytes]:
        async for piece in pieces:
            await still_allowed()
            yield piece

    return _File(
        slot,
        allowed_pieces(),
        headers={
            "Cache-Control": "public, no-cache",
            "Vary": "Accept",
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
        },
        media_type=type_of[form] + ("; charset=utf-8" if form == "csv" else ""),
    )


async def _always() -> None:
    """Whoever reads without a key may read on."""


class _File(StreamingResponse):
    """An answer that holds one of the address's slots until it has gone out, or broken off."""

    def __init__(self, slot: ExportSlot, content: AsyncIterator[bytes], **options: Any) -> None:
        super().__init__(content, **options)
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._slot.release()


async def _csv(columns: tuple[str, ...], batches: AsyncIterator[Things]) -> AsyncIterator[bytes]:
    yield tabular.csv_header(columns)
    async for things in batches:
        yield tabular.csv_rows(columns, things)


async def _ndjson(batches: AsyncIterator[Things]) -> AsyncIterator[bytes]:
    async for things in batches:
        yield b"".join(encode(thing) + b"\n" for thing in things)


async def _xlsx(columns: tuple[str, ...], batches: AsyncIterator[Things]) -> AsyncIterator[bytes]:
    with TemporaryDirectory(prefix="kheo-", ignore_cleanup_errors=True) as directory:
        workbook = Workbook(directory, columns)
        async for things in batches:
            await asyncio.to_thread(workbook.write, things)
        await asyncio.to_thread(workbook.close)
        for piece in workbook.pieces():
            yield piece
