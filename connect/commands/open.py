"""Open the dashboard in a browser: `hookwatch open`."""

from __future__ import annotations

import os
import webbrowser
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connect.address import dashboard_url
from connect.errors import Cannot
from connect.help import Help
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Open the dashboard in your browser; where there is none, print its address."""
EXAMPLES = """\
examples:
  hookwatch open
  hookwatch open --print | xclip            the address, with the token if one is set"""
ANSWER_S = 3.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `open` to the subcommands."""
    opening = commands.add_parser(
        "open",
        help="open the dashboard",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    opening.add_argument(
        "--print", action="store_true", help="print the address and open nothing (default: open)"
    )
    opening.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Open the dashboard or print where it is: 0. Nobody serves it: `Cannot`."""
    token = read_settings().token
    base = dashboard_url()
    address = f"{base}/?token={token}" if token else f"{base}/"
    if options.print:
        print(address)
        return 0
    if not answers(base):
        raise Cannot(f"the dashboard does not answer at {base}. Start it with `make start`.")
    if not _has_browser() or not webbrowser.open(address):
        print(f"No browser was found here. Open {address}")
        return 0
    print(f"Opened {base}/")
    return 0


def answers(url: str) -> bool:
    """Tell whether a server answers there, whatever it answers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _has_browser() -> bool:
    """Tell whether there is one with a window: one of letters alone cannot draw the page."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return (
        bool(os.environ.get("BROWSER"))
        or not isinstance(found, webbrowser.GenericBrowser)
        or (isinstance(found, webbrowser.BackgroundBrowser))
    )
