"""So many reads, writes and verifications of each client."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import Settings
from app.http.middlewares.request_context import RequestContext, context_of
from app.http.problems import TooManyRequests
from app.http.rate_limits import Limiter, holder_of

# The id of the key with this secret; None if it is not good.
Verify = Callable[[str], Awaitable[object | None]]

UNLIMITED = {"/healthz", "/readyz"}  # asked by what restarts a server that does not answer
_READS = {"GET", "HEAD"}
_MOST = 10_000  # verified keys that are remembered
_SECONDS = 60.0  # for which one is


class RateLimit:
    """Counts each request and answers 429 to those beyond the limit.

    Who brings a good key is counted by it, everybody else by address.
    """

    def __init__(self, app: ASGIApp, settings: Settings, verify: Verify) -> None:
        self.app = app
        self._reads = Limiter("reads", settings.rate("reads"))
        self._writes = Limiter("writes", settings.rate("writes"))
        self._verifications = Limiter("verify", settings.rate("verify"))
        self._verify = verify
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNLIMITED:
            await self.app(scope, receive, send)
            return
        limiter, context = self._limiter_of(scope), context_of(scope)
        taken = limiter.take(await self._holder(scope, limiter, context), context.began)
        context.answer_headers += (limiter.policy, taken.header)
        if taken.allowed:
            await self.app(scope, receive, send)
        else:
            refusal = TooManyRequests(headers={"Retry-After": str(taken.wait)})
            await refusal.answer(Request(scope))(scope, receive, send)

    def _limiter_of(self, scope: Scope) -> Limiter:
        if scope["path"].startswith("/v1/verify/"):
            return self._verifications
        return self._reads if scope["method"] in _READS else self._writes

    async def _holder(self, scope: Scope, limiter: Limiter, context: RequestContext) -> object:
        """The id of the key that is brought, which is verified once a minute, else the address.

        An address that has used up its limit has no more keys verified: it may be guessing.
        """
        address = holder_of(scope["state"]["address"])
        authorization = context.headers.get(b"authorization")
        secret = None if authorization is None else _secret(authorization)
        if secret is None:
            return address
        now = context.began
        digest = sha256(secret.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and known.until > now:
            return known.key
        key = None if limiter.exhausted(address, now) else await self._verify(secret)
        if key is None:
            return address
        self._verified[digest] = _Verified(key, now + _SECONDS)
        self._verified.move_to_end(digest)
        if len(self._verified) > _MOST:
            self._verified.popitem(last=False)
        return key


class _Verified(NamedTuple):
    key: object
    until: float


def _secret(authorization: bytes) -> str | None:
    """What is sent as a key."""
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None
