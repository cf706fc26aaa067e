"""Ask an ASGI app one thing, without a server: the request and the whole answer, byte for byte."""

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.guard import App, Message


class Response(msgspec.Struct, frozen=True):
    """Hold a whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def ask(
    app: App,
    method: str = "GET",
    path: str = "/",
    *,
    headers: Sequence[tuple[str, str | bytes]] = (),
    body: bytes | Sequence[bytes] = b"",
    query: str = "",
) -> Response:
    """Return what the app answers; a body of several pieces is sent in as many messages."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    waiting: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    waiting[-1]["more_body"] = False
    answer: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answer.append(message)

    await app(scope(method, path, headers, query), receive, send)
    start, *rest = answer
    assert start["type"] == "http.response.start"
    return Response(start["status"], list(start["headers"]), b"".join(m["body"] for m in rest))


def scope(
    method: str, path: str, headers: Sequence[tuple[str, str | bytes]], query: str = ""
) -> dict[str, Any]:
    """Return the scope that a server would make of a request."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode("latin-1"),
        "headers": [
            (
                name.lower().encode(),
                value if isinstance(value, bytes) else value.encode("latin-1"),
            )
            for name, value in headers
        ],
    }
