"""500 for what nobody expected."""

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.error_handlers import internal


class Errors:
    """Answers and logs exceptions without a handler, so that these answers are like all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting_start)
        except ClientDisconnect:
            """Nobody waits for an answer."""
        except Exception as error:
            answer = await internal(Request(scope), error)
            if started:
                raise
            await answer(scope, receive, send)
