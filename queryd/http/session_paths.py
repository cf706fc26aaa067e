"""Keep a session's id one part of an address, whatever it holds: a slash, a percent sign.

In: an ASGI request. Out: the same, its path below `/api/sessions/` still percent-encoded, so that
routes are told apart before anything is decoded; and the id that such a part is.
"""

from typing import Annotated, Final
from urllib.parse import unquote

from litestar.params import PathParameter

from shared.guard import App, Receive, Scope, Send

BELOW: Final = "/api/sessions/"


class SessionPaths:
    """Wrap an app."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its path as it came where that names a session."""
        if scope["type"] == "http" and scope["path"].startswith(BELOW) and "raw_path" in scope:
            scope = {**scope, "path": scope["raw_path"].decode("ascii", "replace")}
        await self._app(scope, receive, send)


async def read_session_id(
    session_id: Annotated[
        str,
        PathParameter(
            min_length=1,
            description="The session's id, percent-encoded; `%61ctive` for one named `active`.",
        ),
    ],
) -> str:
    """Return the session's id that a path names."""
    return unquote(session_id)
