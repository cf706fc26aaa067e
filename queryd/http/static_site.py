"""Serve the built dashboard, `web/dist`: its files, and its one page for every view."""

import asyncio
import re
from pathlib import Path
from typing import Final

from litestar import Response, get

from shared.errors import Refusal

DIST: Final = Path(__file__).resolve().parents[2] / "web" / "dist"
FOREVER: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"

_BUILD: Final = re.compile(rb'<meta name="build" content="([^"]*)"')

TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


@get(["/", "/{path:path}"], include_in_schema=False)
async def show_page(path: str = "") -> Response[bytes]:
    """Return a file of the build, or the page for a path of a view."""
    relative = path.strip("/")
    if relative.partition("/")[0] == "api":
        raise Refusal(404, "not_found", f"route not found: /{relative}")
    return await asyncio.to_thread(_answer, relative)


def build_name(dist: Path = DIST) -> str | None:
    """Return the name of the build that is served; None if there is none."""
    # Not cached, as the page is not: a new build may appear while queryd runs.
    try:
        match = _BUILD.search((dist / "index.html").read_bytes())
    except OSError:
        return None
    return None if match is None else match[1].decode()


def _file_of(relative: str) -> Path | None:
    try:
        file = (DIST / relative).resolve()
        return file if file.is_relative_to(DIST) and file.is_file() else None
    except (OSError, ValueError):  # the name is too long, or contains a NUL
        return None


def _answer(relative: str) -> Response[bytes]:
    file = _file_of(relative)
    if file is None:
        if Path(relative).suffix in TYPES:
            raise Refusal(404, "not_found", f"file not found: /{relative}")
        file = DIST / "index.html"
    try:
        content = file.read_bytes()
    except OSError:
        raise Refusal(
            404, "not_built", "the dashboard is not built yet: run `make setup`"
        ) from None
    hashed = file.is_relative_to(DIST / "assets")  # these names contain a hash
    return Response(
        content,
        media_type=TYPES.get(file.suffix, "application/octet-stream"),
        headers={"Cache-Control": FOREVER if hashed else REVALIDATE},
    )
