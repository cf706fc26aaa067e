"""Write a session to a file, as the dashboard's Export does: `hookwatch export`."""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlencode

from connect.cli.help import HelpFormatter
from connect.cli.open import dashboard_address
from connect.errors import CliError
from connect.http import UNAUTHORIZED, Daemon, error_message
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from http.client import HTTPResponse

FORMATS = ("markdown", "html", "jsonl", "trace")
TIMEOUT_S = 60.0
CHUNK_BYTES = 64 * 1024
PAGE_SESSIONS = 1_000
PAGES = 20
MIN_PREFIX = 4
DESCRIPTION = """\
Write a session to a file: prompts, answers, calls with their results, and diffs. What was redacted
when it was recorded is not in it either. Hookwatch must be running.

  markdown   to read, and to paste into an issue
  html       one page that needs nothing else and runs no scripts
  jsonl      the events as the log has them, a line each
  trace      for https://ui.perfetto.dev: turns, calls and subagents over time"""
EXAMPLES = """\
examples:
  hookwatch export 7b9da031 > session.md           the start of an id is enough
  hookwatch export 7b9da031 --as html -o ~/exports/
  hookwatch export 7b9da031 --as trace --turn -1 -o last-turn.json"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = commands.add_parser(
        "export",
        help="write a session to a file",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    export.add_argument("session", metavar="SESSION", help="its id, or the start of it")
    export.add_argument(
        "--as",
        dest="format",
        choices=FORMATS,
        default=FORMATS[0],
        help="the format (default: markdown)",
    )
    export.add_argument(
        "--turn",
        type=int,
        metavar="N",
        help="only this turn, counted from 1; -1 is the last one (default: all)",
    )
    export.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the file to write, or a folder; only you can read it (default: standard output)",
    )
    export.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings = read_settings()
    queryd = Daemon(dashboard_address(settings), settings.token, "the dashboard", TIMEOUT_S)
    query: dict[str, Any] = {"as": options.format}
    if options.turn is not None:
        query["turn"] = options.turn
    try:
        with _exported(queryd, options.session, query) as response:
            _save(response, options.output)
    except (OSError, HTTPException) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise CliError(f"the export is incomplete: {error or type(error).__name__}") from None
    return 0


@contextmanager
def _exported(queryd: Daemon, session: str, query: dict[str, Any]) -> Iterator[HTTPResponse]:
    """Open the export; for an unknown session, of the only one whose id starts like that."""
    with closing(queryd.connect()) as connection:
        for session_id in (session, None):
            known = session_id or _session_with_prefix(queryd, session)
            headers = {"Authorization": f"Bearer {queryd.token}"} if queryd.token else {}
            path = f"/api/sessions/{_segment(known)}/export?{urlencode(query)}"
            try:
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise CliError(queryd.unreachable_text(error)) from None
            if response.status == 200:
                yield response
                return
            body = response.read()
            if response.status in UNAUTHORIZED:
                raise CliError(queryd.refused_text(response.status))
            if response.status != 404 or session_id is None or b'"session_id"' not in body:
                raise CliError(error_message(body) or f"HTTP {response.status}")


def _session_with_prefix(queryd: Daemon, prefix: str) -> str:
    found: list[str] = []
    cursor = None
    for _ in range(PAGES if len(prefix) >= MIN_PREFIX else 0):
        query = {"limit": PAGE_SESSIONS} | ({} if cursor is None else {"cursor": cursor})
        page = queryd.get_json(f"/api/sessions?{urlencode(query)}")
        found += [
            row["session_id"]
            for row in page.get("sessions", ())
            if row["session_id"].startswith(prefix)
        ]
        cursor = page.get("next")
        if cursor is None:
            break
    if len(found) > 1:
        raise CliError(f"{prefix} is the start of {len(found)} session ids. Use more of it.")
    if not found:
        raise CliError(f"session {prefix} not found")
    return found[0]


def _segment(session_id: str) -> str:
    # `/api/sessions/active/…` would be another route.
    return "%61ctive" if session_id == "active" else quote(session_id, safe="")


def _save(response: HTTPResponse, output: Path | None) -> None:
    if output is None:
        _copy(response, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    target = output.expanduser()
    if target.is_dir():
        target /= _name_of(response)
    part = target.with_name(f"{target.name}.part")
    try:
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "wb") as file:
            _copy(response, file)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    print(f"Wrote {target}", file=sys.stderr)


def _copy(response: HTTPResponse, file: BinaryIO) -> None:
    while chunk := response.read(CHUNK_BYTES):
        file.write(chunk)


def _name_of(response: HTTPResponse) -> str:
    """Return the file name that queryd proposes, if it is one."""
    header = response.getheader("Content-Disposition") or ""
    found = re.search(r'filename="([A-Za-z0-9.-]+)"', header)
    return found[1] if found and not found[1].startswith(".") else "session"
