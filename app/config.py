"""Settings, read once from environment variables that begin with KHEO_."""

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, UrlConstraints
from pydantic_core import MultiHostUrl
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class RateLimit(NamedTuple):
    """So many requests in each window."""

    amount: int
    seconds: int


_DAY = 86_400
_SECONDS = {
    "second": 1, "minute": 60, "hour": 3_600, "day": _DAY, "month": 30 * _DAY, "year": 360 * _DAY,
}  # fmt: skip
_RATE = re.compile(
    rf"(\d{{1,9}})\s*(?:/|per)\s*(\d{{1,5}})?\s*({'|'.join(_SECONDS)})s?", re.ASCII | re.IGNORECASE
)


def rate_limit(notation: str) -> RateLimit:
    """A rate in the notation of the `limits` library: `100/second`, `30 per 10 minutes`."""
    found = _RATE.fullmatch(notation)
    if found is None:
        raise ValueError("must be a rate, as 100/second or 30 per 10 minutes")
    amount, windows, unit = found.groups()
    limit = RateLimit(int(amount), int(windows or 1) * _SECONDS[unit.lower()])
    if 0 in limit:
        raise ValueError("must allow something")
    return limit


def _rate(notation: str) -> str:
    rate_limit(notation)
    return notation


def _comma_list(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


Rate = Annotated[str, AfterValidator(_rate)]
# Without a host for a Unix socket: postgresql:///kheo?host=/var/run/postgresql
DatabaseUrl = Annotated[MultiHostUrl, UrlConstraints(allowed_schemes=["postgres", "postgresql"])]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_comma_list)]

Seconds = Annotated[float, Field(gt=0, le=3_600)]


class Settings(BaseSettings):
    """What an operator may set. The defaults run the registry on one machine."""

    model_config = SettingsConfigDict(env_prefix="KHEO_", frozen=True)

    database_url: DatabaseUrl | None = Field(
        None, description="A PostgreSQL 18 server; unset, a private one in the data directory."
    )
    data_dir: Path = Field(Path("var"), description="Where the private PostgreSQL server lives.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Server processes.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )
    access_log: bool = Field(True, description="Log one line for each request.")
    cache_bytes: int = Field(
        64 * 1024 * 1024, ge=0, description="Memory of a worker for kept answers; 0: keep none."
    )
    read_connections: int = Field(6, ge=1, le=64, description="Database connections for reads.")
    write_connections: int = Field(8, ge=1, le=64, description="Database connections for writes.")
    header_timeout: Seconds = Field(
        10, description="Seconds for a request's address and headers to come in."
    )
    body_timeout: Seconds = Field(
        20, description="Seconds to wait for the next part of a request's body."
    )
    write_timeout: Seconds = Field(
        30, description="Seconds to wait for a client to take more of its answer."
    )
    idle_timeout: int = Field(
        30, ge=1, le=3_600, description="Seconds that a connection stays open between two requests."
    )
    connections_per_address: int = Field(
        256, ge=1, description="Connections of one address to a worker; trusted proxies aside."
    )
    trusted_proxies: Networks = Field(
        (), description="Networks whose X-Forwarded-For is believed, comma-separated."
    )
    rate_limit_reads: Rate = Field("100/second", description="Reads of one address.")
    rate_limit_writes: Rate = Field("20/second", description="Writes of one key.")
    rate_limit_verify: Rate = Field("30/minute", description="Verifications of one address.")

    def trusts(self, address: str) -> bool:
        """Whether an address is that of a trusted proxy."""
        try:
            return any(ip_address(address) in network for network in self.trusted_proxies)
        except ValueError:
            return False

    def rate(self, of: Literal["reads", "writes", "verify"]) -> RateLimit:
        return rate_limit(getattr(self, f"rate_limit_{of}"))


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()
