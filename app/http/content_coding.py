"""Compressing answers: which coding a client accepts, and what an answer becomes in it."""

import gzip
import zlib
from typing import Literal, Protocol

import zstandard

from app.http.headers import Headers
from app.http.preferences import weights

Coding = Literal["zstd", "gzip"]
SMALLEST = 600  # bytes; less is not worth the client's work
_ZSTD_LEVEL, _GZIP_LEVEL = 3, 6
_zstd = zstandard.ZstdCompressor(_ZSTD_LEVEL)


def accepted_coding(accept_encoding: bytes | None) -> Coding | None:
    """The coding that a client prefers (zstd among equals); None if it takes none or prefers that.

    RFC 9110, section 12.5.3: a coding that is not named weighs as much as `*`, and the content as
    it is may always be sent.
    """
    if not accept_encoding:
        return None
    wanted = weights(accept_encoding.decode("latin-1"))
    other = wanted.get("*", 0.0)
    zstd, gzipped = wanted.get("zstd", other), wanted.get("gzip", other)
    if max(zstd, gzipped) <= wanted.get("identity", 0.0):
        return None
    return "zstd" if zstd >= gzipped else "gzip"


def compress(body: bytes, coding: Coding) -> bytes:
    return _zstd.compress(body) if coding == "zstd" else gzip.compress(body, _GZIP_LEVEL, mtime=0)


def coded(headers: Headers, coding: Coding, length: int | None) -> Headers:
    """The headers of an answer in a coding, with the length of its body if that is known.

    The entity tag becomes weak: the same content has several codings.
    """
    changed = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in headers
        if name != b"content-length"
    ]
    changed.append((b"content-encoding", coding.encode()))
    if length is not None:
        changed.append((b"content-length", b"%d" % length))
    return varied(changed)


def varied(headers: Headers) -> Headers:
    """The headers of an answer that depends on `Accept-Encoding`."""
    vary = next((value for name, value in headers if name == b"vary"), b"")
    if b"accept-encoding" in vary.lower():
        return headers
    others = [pair for pair in headers if pair[0] != b"vary"]
    return [*others, (b"vary", b", ".join(filter(None, (vary, b"Accept-Encoding"))))]


class Stream(Protocol):
    """Compresses a stream; each piece can be read when it has come."""

    def piece(self, body: bytes) -> bytes: ...
    def end(self) -> bytes: ...


def stream(coding: Coding) -> Stream:
    return _ZstdStream() if coding == "zstd" else _GzipStream()


class _ZstdStream:
    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(_ZSTD_LEVEL).compressobj()

    def piece(self, body: bytes) -> bytes:
        return self._compressor.compress(body) + self._compressor.flush(
            zstandard.COMPRESSOBJ_FLUSH_BLOCK
        )

    def end(self) -> bytes:
        return self._compressor.flush()


class _GzipStream:
    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, wbits=31)

    def piece(self, body: bytes) -> bytes:
        return self._compressor.compress(body) + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._compressor.flush()
