"""Answer HEAD wherever GET is answered: the same status and headers, without a body.

In: an ASGI request. Out: what a GET gets, of which the server sends no body. Litestar knows HEAD
only as a route of its own, which would double the API's document.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.guard import App, Message, Receive, Scope, Send

_KEY: Final = "hookwatch.head"


class HeadRequests:
    """Wrap an app."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD on as GET, and name HEAD beside GET where an answer lists the methods."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_allowing_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_with_head(*header) for header in message["headers"]]
            await send(message)

        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", _KEY: True}
        await self._app(scope, receive, send_allowing_head)


def is_head(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request that looks like a GET came as a HEAD."""
    return _KEY in scope


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() != b"allow":
        return name, value
    methods = set(value.split(b", "))
    if b"GET" in methods:
        methods.add(b"HEAD")
    return name, b", ".join(sorted(methods))  # Litestar's order changes with each process
