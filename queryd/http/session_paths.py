"""Route paths with session ids, which may contain a slash or a percent sign.

Below `/api/sessions/` the router gets the percent-encoded path, and the id is decoded afterwards.
"""

from typing import Annotated, Final
from urllib.parse import unquote

from litestar.params import PathParameter

from shared.guard import App, Receive, Scope, Send

BELOW: Final = "/api/sessions/"


class SessionPaths:
    """ASGI middleware that keeps the paths of sessions percent-encoded."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(BELOW) and "raw_path" in scope:
            scope = {**scope, "path": scope["raw_path"].decode("ascii", "replace")}
        await self._app(scope, receive, send)


async def read_session_id(
    session_id: Annotated[
        str,
        PathParameter(
            min_length=1,
            description="The session's id, percent-encoded; `%61ctive` for one named `active`, and"
            " `%73earch` for one named `search`.",
        ),
    ],
) -> str:
    return unquote(session_id)
