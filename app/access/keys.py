"""Keys of agencies: `kheo_` and 256 random bits, kept only as their SHA-256."""

import hashlib
import re
import secrets
from typing import NamedTuple

PREFIX = "kheo_"
_FORM = re.compile(r"(?a:kheo_[\w-]{43})")


class Secret(NamedTuple):
    """A new key: what its holder keeps, what is shown of it later, what is stored."""

    text: str
    prefix: str
    digest: bytes


def new_secret() -> Secret:
    text = PREFIX + secrets.token_urlsafe(32)
    return Secret(text, prefix_of(text), digest(text))


def prefix_of(text: str) -> str:
    """What is shown of a key; that of no key for what is none."""
    return text[:12] if _FORM.fullmatch(text) else PREFIX


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
