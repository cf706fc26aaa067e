"""Read a request's body, up to a limit.

In: ASGI messages. Out: the bytes, or a Refusal: 413 past the limit, 415 for a compressed body.
"""

from collections.abc import Mapping
from typing import Final

from shared.errors import Refusal
from shared.guard import Receive

DRAIN_FACTOR: Final = 4
"""How many times the limit is read and thrown away, so that a client that is still sending
gets to read the refusal instead of a reset connection."""


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, *, limit_bytes: int) -> bytes:
    """Return the whole body; raise Refusal when it is too large, compressed or cut short."""
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        raise Refusal(
            415,
            "unsupported_encoding",
            f"send the body without Content-Encoding {encoding.decode('latin-1')}",
            "Content-Encoding",
        )
    return await read_bytes(receive, limit_bytes=limit_bytes)


async def read_bytes(receive: Receive, *, limit_bytes: int) -> bytes:
    """Return the whole body, packed or not; raise Refusal when it is too large or cut short."""
    message = await receive()
    if not message.get("more_body"):  # nearly every body comes in one piece: no copy
        return _checked(_piece(message), limit_bytes)
    body = bytearray(_piece(message))
    while message.get("more_body") and len(body) <= limit_bytes:
        message = await receive()
        body += _piece(message)
    await _drain(message, receive, limit_bytes=limit_bytes * DRAIN_FACTOR)
    return _checked(bytes(body), limit_bytes)


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


def _checked(body: bytes, limit_bytes: int) -> bytes:
    if len(body) > limit_bytes:
        raise Refusal(413, "too_large", f"a body may have {limit_bytes} bytes")
    return body
