"""The ceiling: fixed bytes from a raw ASGI callable."""

import os
from pathlib import Path

_bodies = Path(os.environ["BENCHMARK_BODIES"])
ONE = (_bodies / "one.json").read_bytes()
LIST = (_bodies / "list.json").read_bytes()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = LIST if scope["path"] == "/v1/models" else ONE
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
