"""Open the dashboard in a browser: `hookwatch open`."""

from __future__ import annotations

import os
import webbrowser
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from connect.cli.help import Help
from connect.errors import Cannot
from connect.http import dashboard_url
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

DESCRIPTION = """\
Open the dashboard in your browser; where there is none, print its address. Where a token is set,
the address signs the browser in by a code, which is good once, for a minute."""
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
    """Open the dashboard or print where it is: 0. It does not answer, or let us in: `Cannot`."""
    token = read_settings().token
    base = dashboard_url()
    if options.print:
        print(f"{base}/?token={token}" if token else f"{base}/")
        return 0
    # The token itself never goes to the browser: every user can read the arguments of a process.
    address = f"{base}/" if token is None else _address_with_code(base, token)
    if token is None and not answers(base):
        raise _silent(base)
    if not _has_browser() or not webbrowser.open(address):
        once = "" if address == f"{base}/" else " within a minute; it signs in once"
        print(f"No browser was found here. Open {address}{once}")
        return 0
    print(f"Opened {base}/")
    return 0


def answers(url: str) -> bool:
    """Tell whether a server answers there, whatever it answers."""
    with closing(_connection(url)) as connection:
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except (OSError, HTTPException):
            return False
    return True


class _Code(msgspec.Struct):
    code: str | None


def _address_with_code(base: str, token: str) -> str:
    """Return an address that signs a browser in; raise Cannot when queryd issues no code."""
    with closing(_connection(base)) as connection:
        try:
            headers = {"Authorization": f"Bearer {token}"}
            connection.request("POST", "/api/sign-in-codes", headers=headers)
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, HTTPException):
            raise _silent(base) from None
    match status:
        case 401 | 403:
            raise Cannot(
                f"the dashboard at {base} refuses requests (it answered {status}). "
                "Set HOOKWATCH_TOKEN to its token."
            )
        case 404 | 405:
            raise Cannot(
                f"the dashboard at {base} issues no code to sign in with (it answered {status}): "
                "it may be of an earlier version. Restart it."
            )
    try:
        code = msgspec.json.decode(body, type=_Code).code
    except msgspec.MsgspecError:
        raise Cannot(f"the dashboard at {base} issues no code (it answered {status}).") from None
    return f"{base}/" if code is None else f"{base}/?code={code}"


def _silent(base: str) -> Cannot:
    return Cannot(f"the dashboard does not answer at {base}. Start it with `make start`.")


def _connection(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_S)


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
