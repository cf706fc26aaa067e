"""Answer HEAD on every GET route, with the same status and headers.

The server drops the body. Litestar has HEAD only as a separate route, which would double the API's
document.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.guard import App, Message, Receive, Scope, Send

_KEY: Final = "hookwatch.head"


class HeadRequests:
    """ASGI middleware that passes HEAD on as GET and adds HEAD to `Allow`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
    """Return whether a request that was passed on as GET was a HEAD."""
    return _KEY in scope


def _with_head(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() != b"allow":
        return name, value
    methods = set(value.split(b", "))
    if b"GET" in methods:
        methods.add(b"HEAD")
    return name, b", ".join(sorted(methods))  # Litestar's order changes with each process
