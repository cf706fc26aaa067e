"""Read a request's body and unpack gzip, both up to a limit and in pieces.

In: ASGI messages, or gzip bytes. Out: bytes, or a Refusal: 413 past the limit, 400 for a body that
ends early or is no gzip.
"""

import zlib
from collections.abc import Mapping
from typing import Final, TypeVar

from ingestd.pace import Pace
from shared.errors import Refusal
from shared.guard import Receive

DRAIN_FACTOR: Final = 4
"""How many times the limit is read and discarded, so that a client that is still sending gets to
read the refusal instead of a reset connection."""
PIECE_BYTES: Final = 64 * 1024
GZIP: Final = zlib.MAX_WBITS | 16

_Body = TypeVar("_Body", bytes, bytearray)


async def read_body(receive: Receive, *, limit_bytes: int) -> bytes | bytearray:
    """Return the whole body as it was sent; raise Refusal when it is too large or incomplete.

    One of several pieces is a bytearray: a copy of 32 MiB would hold the loop for 13 ms.
    """
    message = await receive()
    if not message.get("more_body"):  # nearly every body comes in one piece: no copy
        return _checked(_piece(message), limit_bytes)
    body = bytearray(_piece(message))
    while message.get("more_body") and len(body) <= limit_bytes:
        message = await receive()
        body += _piece(message)
    await _drain(message, receive, limit_bytes=limit_bytes * DRAIN_FACTOR)
    return _checked(body, limit_bytes)


async def inflate(body: bytes | bytearray, *, limit_bytes: int) -> bytearray:
    """Return the content of all members of a gzip body; raise Refusal."""
    gunzip = _Gunzip(limit_bytes)
    pace = Pace()
    for start in range(0, len(body), PIECE_BYTES):
        rest = bytes(body[start : start + PIECE_BYTES])
        while rest:
            rest = gunzip.step(rest)
            await pace.rest()
    return gunzip.end()


def _piece(message: Mapping[str, object]) -> bytes:
    if message["type"] == "http.disconnect":
        raise Refusal(400, "incomplete_body", "the connection was closed before the body ended")
    piece = message.get("body", b"")
    return piece if isinstance(piece, bytes) else b""


async def _drain(message: Mapping[str, object], receive: Receive, *, limit_bytes: int) -> None:
    read = 0
    while message.get("more_body") and read <= limit_bytes:
        message = await receive()
        read += len(_piece(message))


def _checked(body: _Body, limit_bytes: int) -> _Body:
    if len(body) > limit_bytes:
        raise Refusal(413, "too_large", f"a body may have {limit_bytes} bytes")
    return body


class _Gunzip:
    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._member = zlib.decompressobj(GZIP)
        self._content = bytearray()

    def step(self, data: bytes) -> bytes:
        """Unpack at most a piece; return the data that is left for the next step."""
        if self._member.eof:
            self._member = zlib.decompressobj(GZIP)
        try:
            self._add(self._member.decompress(data, PIECE_BYTES))
        except zlib.error as error:
            raise Refusal(400, "invalid_gzip", f"not a gzip body: {error}") from None
        return self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def end(self) -> bytearray:
        self._add(self._member.flush())  # a few matches that did not fit into the last piece
        if not self._member.eof:
            raise Refusal(400, "invalid_gzip", "the gzip body is incomplete")
        return self._content

    def _add(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._limit_bytes:
            raise Refusal(413, "too_large", f"a body may unpack to {self._limit_bytes} bytes")
