"""Write the hook handlers of Hookwatch, and know them again whatever their paths and address.

In: where the forwarder, ingestd and the spool are; or a handler out of somebody's settings. Out:
a handler as Claude Code's settings hold it; or where a handler leads, None when it is not ours.
`hookwatch connect` writes them, `disconnect` takes out what is known here, and Health shows it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

FORWARDER: Final = "forward.sh"
CONNECT_FOLDER: Final = "connect"
"""Of the data folder; what `hookwatch connect` installs lies in there."""
COMMAND_TIMEOUT_S: Final = 5
"""The forwarder is done within 2 s; SessionEnd's hooks have 1.5 s unless one asks for more."""
HTTP_TIMEOUT_S: Final = 3
"""What a hung ingestd costs an event; Claude Code's own default is 600 s."""
SENDER_HEADER: Final = "X-Hookwatch-Sender"
SENDER: Final = '{"via":"http"}'
"""It tells ingestd the way an event came, and marks an http handler as ours at any address."""
TOKEN_VARIABLE: Final = "HOOKWATCH_TOKEN"  # noqa: S105 - a name, no secret

Kind = Literal["http", "command"]


class OurHandler(msgspec.Struct, frozen=True):
    """Say how a handler of ours reaches ingestd, and where."""

    kind: Kind
    url: str
    """Of ingestd, without `/events`."""


def command_handler(script: Path, url: str, spool: Path) -> dict[str, Any]:
    """Return a handler that runs the forwarder; where its script is gone it is silent."""
    file = quoted(str(script))
    send = f"sh {file} settings {quoted(url)} {quoted(str(spool))} >/dev/null 2>&1"
    command = f"[ -r {file} ] && {send} || :"
    return {"type": "command", "command": command, "timeout": COMMAND_TIMEOUT_S}


def http_handler(url: str, *, with_token: bool) -> dict[str, Any]:
    """Return a handler that posts by itself; a token is named, never written."""
    handler: dict[str, Any] = {
        "type": "http",
        "url": f"{url}/events",
        "timeout": HTTP_TIMEOUT_S,
        "headers": {SENDER_HEADER: SENDER},
    }
    if with_token:
        handler["headers"]["Authorization"] = f"Bearer ${TOKEN_VARIABLE}"
        handler["allowedEnvVars"] = [TOKEN_VARIABLE]
    return handler


def our_handler(handler: Mapping[str, Any]) -> OurHandler | None:
    """Return where a handler leads that `hookwatch connect` wrote; None for any other."""
    if handler.get("type") == "http":
        return _our_http(handler)
    command = handler.get("command")
    if handler.get("type") != "command" or not isinstance(command, str):
        return None
    found = _COMMAND.fullmatch(command)
    return OurHandler("command", unquoted(found["url"])) if found else None


def quoted(text: str) -> str:
    """Return a word for sh that means exactly this text, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def unquoted(word: str) -> str:
    """Return the text of a word that `quoted` made."""
    return word[1:-1].replace("'\\''", "'")


def _our_http(handler: Mapping[str, Any]) -> OurHandler | None:
    headers, url = handler.get("headers"), handler.get("url")
    if not isinstance(headers, dict) or not isinstance(url, str):
        return None
    if SENDER_HEADER.lower() not in {name.lower() for name in headers}:
        return None
    return OurHandler("http", url.removesuffix("/events"))


QUOTED: Final = r"'[^']*+(?:'\\''[^']*+)*+'"
"""A word that `quoted` made, as a regular expression."""
_COMMAND: Final = re.compile(
    rf"\[ -r (?P<script>{QUOTED}) \] && sh (?P=script) settings (?P<url>{QUOTED}) {QUOTED}"
    r" >/dev/null 2>&1 \|\| :"
)
