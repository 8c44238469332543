"""One line in the log and one count in the metrics for each request."""

import logging
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.metrics import Answers
from app.http.middlewares.request_context import RequestContext, context_of

log = logging.getLogger("kheo.access")

_LOGGED_A_SECOND = 100  # requests; beyond, one in a hundred is logged


class AccessLog:
    """Counts every answer by its status and, if `logs`, says what was asked and how it went."""

    def __init__(self, app: ASGIApp, answers: Answers, *, logs: bool) -> None:
        self.app = app
        self._answers = answers
        self._logs = logs
        self._second, self._logged = 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = context_of(scope)
        try:
            await self.app(scope, receive, send)
        finally:
            self._answers.count(context.status)
            if self._logs:
                self._log(scope, context)

    def _log(self, scope: Scope, context: RequestContext) -> None:
        second = int(context.began)
        if second != self._second:
            self._second, self._logged = second, 0
        self._logged += 1
        sampled = self._logged > _LOGGED_A_SECOND
        if sampled and self._logged % 100:
            return
        log.info(
            "request",
            extra={
                "method": scope["method"],
                "path": scope["path"],
                "status": context.status,
                "milliseconds": round((time.time() - context.began) * 1000, 2),
                "request_id": scope["state"]["request_id"],
                "sampled": sampled,
            },
        )
