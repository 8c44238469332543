"""Who asks, when proxies stand between."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import Settings
from app.http.middlewares.request_context import context_of


class ClientAddress:
    """Puts the address of the client into `request.state.address`.

    That is the last one in X-Forwarded-For that is no trusted proxy, if a trusted one sent it.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            address: str = scope["client"][0] if scope.get("client") else ""
            if self._settings.trusted_proxies:
                address = self._forwarded(scope, address)
            scope["state"]["address"] = address
        await self.app(scope, receive, send)

    def _forwarded(self, scope: Scope, address: str) -> str:
        forwarded = context_of(scope).headers.get(b"x-forwarded-for")
        if forwarded is not None:
            hops = [*forwarded.decode("latin-1").split(","), address]
            for hop in reversed(hops):
                address = hop.strip()
                if not self._settings.trusts(address):
                    break
        return address
