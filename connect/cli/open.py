"""Open the dashboard in a browser: `hookwatch open`."""

from __future__ import annotations

import os
import webbrowser
from http.client import HTTPException
from typing import TYPE_CHECKING

import msgspec

from connect.cli.help import HelpFormatter
from connect.errors import CliError
from connect.http import PROBE_TIMEOUT_S, Daemon, dashboard_url
from connect.launch import START_COMMAND
from connect.supervisor.instance import running_instance
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse

    from shared.settings import Settings

DESCRIPTION = """\
Open the dashboard in your browser; without a browser, print its address. When a token is set, the
address contains a sign-in code, which works once and for a minute."""
EXAMPLES = """\
examples:
  hookwatch open
  hookwatch open --print | xclip            the address, with the token if one is set"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = commands.add_parser(
        "open",
        help="open the dashboard",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    opening.add_argument(
        "--print", action="store_true", help="print the address (default: open a browser)"
    )
    opening.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings = read_settings()
    base = dashboard_address(settings)
    if options.print:
        token = settings.token
        print(f"{base}/?token={token}" if token else f"{base}/")
        return 0
    open_dashboard()
    return 0


def open_dashboard() -> None:
    """Open the dashboard, or print its address; raise CliError if it does not answer."""
    settings = read_settings()
    token, base = settings.token, dashboard_address(settings)
    queryd = Daemon(base, token, "the dashboard", PROBE_TIMEOUT_S)
    # Never the token itself: every user can read the arguments of a process.
    address = f"{base}/" if token is None else _address_with_code(queryd)
    if token is None and not queryd.answers():
        raise _not_running(base)
    if not has_browser() or not webbrowser.open(address):
        validity = "" if address == f"{base}/" else " within a minute; it signs in once"
        print(f"No browser found. Open {address}{validity}")
    else:
        print(f"Opened {base}/")


def dashboard_address(settings: Settings) -> str:
    """Return where the dashboard is: `hookwatch up --port` is in no setting."""
    instance = running_instance(settings.data)
    return dashboard_url() if instance is None else instance.query_url


class _SignInCode(msgspec.Struct):
    code: str | None


def _address_with_code(queryd: Daemon) -> str:
    """Return an address that signs a browser in; raise CliError when queryd issues no code."""
    base = queryd.url
    try:
        response = queryd.request("/api/sign-in-codes", "POST")
    except (OSError, HTTPException):
        raise _not_running(base) from None
    match response.status:
        case 401 | 403:
            raise CliError(queryd.refused_text(response.status))
        case 404 | 405:
            raise CliError(
                f"the dashboard at {base} issues no sign-in code (HTTP {response.status}). "
                "It may be an older version: restart it."
            )
    try:
        code = msgspec.json.decode(response.body, type=_SignInCode).code
    except msgspec.MsgspecError:
        raise CliError(
            f"the dashboard at {base} issues no sign-in code (HTTP {response.status})."
        ) from None
    return f"{base}/" if code is None else f"{base}/?code={code}"


def _not_running(base: str) -> CliError:
    return CliError(f"can't reach the dashboard at {base}. Start it with `{START_COMMAND}`.")


def has_browser() -> bool:
    """Return whether there is a browser with a window: text browsers cannot draw the page."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return (
        bool(os.environ.get("BROWSER"))
        or not isinstance(browser, webbrowser.GenericBrowser)
        or isinstance(browser, webbrowser.BackgroundBrowser)
    )
