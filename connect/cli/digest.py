"""Print what happened in a range, as Markdown: `hookwatch digest`."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from connect.cli.backfill import parse_since
from connect.cli.help import HelpFormatter
from connect.cli.open import dashboard_address
from connect.errors import CliError
from connect.http import UNAUTHORIZED, Daemon, error_message
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Print what happened in a range as Markdown: turns that finished or failed, who waits for you, cost,
changed files, and the last answer of each session."""
EXAMPLES = """\
examples:
  hookwatch digest --since 2h
  hookwatch digest --since 7d --project shop-api | pbcopy"""
QUARTER_MINUTES = 15


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    digest = commands.add_parser(
        "digest",
        help="print what happened in a range",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    digest.add_argument(
        "--since",
        metavar="WHEN",
        type=parse_since,
        default=parse_since("24h"),
        help="the start of the range, at most 31 days ago: 2h, 2026-11-01T09:30 (default: 24h)",
    )
    digest.add_argument(
        "--project",
        metavar="NAME",
        action="append",
        help="only sessions of this project; repeatable (default: all)",
    )
    digest.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings = read_settings()
    queryd = Daemon(dashboard_address(settings), settings.token, "the dashboard")
    now = time.time_ns() // 1_000_000
    query = {
        "since": options.since if options.since > 0 else max(0, now + options.since),
        "source_app": options.project or [],
        "utc_offset_minutes": _utc_offset_minutes(),
        "as": "markdown",
    }
    try:
        response = queryd.request(f"/api/digest?{urlencode(query, doseq=True)}")
    except (OSError, HTTPException) as error:
        raise CliError(queryd.unreachable_text(error)) from None
    if response.status in UNAUTHORIZED:
        raise CliError(queryd.refused_text(response.status))
    if response.status != 200:
        raise CliError(error_message(response.body) or f"HTTP {response.status}")
    print(response.body.decode(), end="")
    return 0


def _utc_offset_minutes() -> int:
    seconds = time.localtime().tm_gmtoff
    return seconds // 60 // QUARTER_MINUTES * QUARTER_MINUTES
