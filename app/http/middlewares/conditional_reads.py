"""304 for a reader that has the present state already."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.conditional import not_modified
from app.http.headers import value_of
from app.http.middlewares.request_context import context_of

_OF_CONTENT = {b"content-length", b"content-type", b"content-encoding"}


class ConditionalReads:
    """Compares `If-None-Match` with the entity tag of each 200 to a GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        condition = None
        if scope["type"] == "http" and scope["method"] == "GET":
            condition = context_of(scope).headers.get(b"if-none-match")
        if condition is None:
            await self.app(scope, receive, send)
            return
        known, is_known = condition.decode("latin-1"), False

        async def send_unless_known(message: Message) -> None:
            nonlocal is_known
            if message["type"] == "http.response.start":
                tag = value_of(message["headers"], b"etag")
                is_known = (
                    message["status"] == 200
                    and tag is not None
                    and not_modified(known, tag.decode("latin-1"))
                )
                if is_known:
                    headers = [pair for pair in message["headers"] if pair[0] not in _OF_CONTENT]
                    message = {**message, "status": 304, "headers": headers}
            elif is_known:
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app(scope, receive, send_unless_known)
