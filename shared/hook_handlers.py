"""Write the hook handlers of Hookwatch, and recognise them with any path and address.

In: the paths of forwarder and spool, and ingestd's address; or a handler of the user's settings.
Out: a handler for Claude Code's settings; or the target of ours, None for any other. `hookwatch
connect` writes them, `disconnect` removes them, and Health shows them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

FORWARDER: Final = "forward.sh"
SPOOLER: Final = "spool.sh"
CONNECT_FOLDER: Final = "connect"
"""The subfolder of the data folder in which `hookwatch connect` installs its files."""
COMMAND_TIMEOUT_S: Final = 5
"""The scripts end within 2 s; SessionEnd's hooks have 1.5 s unless one sets a longer timeout."""
HTTP_TIMEOUT_S: Final = 3
"""How long a hung ingestd delays an event; Claude Code's default is 600 s."""
SENDER_HEADER: Final = "X-Hookwatch-Sender"
SENDER: Final = '{"via":"http"}'
"""It reports `via` to ingestd, and identifies our http handlers at any address."""
TOKEN_VARIABLE: Final = "HOOKWATCH_TOKEN"  # noqa: S105 - a name, no secret

Kind = Literal["http", "command", "spool"]


class OurHandler(msgspec.Struct, frozen=True):
    """Describe how one of our handlers reaches ingestd, and where."""

    kind: Kind
    url: str
    """The address of ingestd, without `/events`."""
    script: str | None = None
    spool: str | None = None


def command_handler(script: Path, url: str, spool: Path) -> dict[str, Any]:
    """Return a handler that runs a script of ours; without it, or a shell for it, nothing happens.

    The hook's own shell reads the script: another one would cost an eighth of a hook.
    """
    words = f"{quoted(str(script))} settings {quoted(url)} {quoted(str(spool))}"
    command = f'trap \'exit 0\' 0; set -- {words}; [ -r "$1" ] && . "$1" >/dev/null 2>&1'
    return {"type": "command", "command": command, "timeout": COMMAND_TIMEOUT_S}


def http_handler(url: str, *, with_token: bool) -> dict[str, Any]:
    """Return a handler that posts by itself; it contains the token's variable, not the token."""
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
    """Return the target of a handler that `hookwatch connect` wrote; None for any other."""
    if handler.get("type") == "http":
        return _our_http(handler)
    command = handler.get("command")
    if handler.get("type") != "command" or not isinstance(command, str):
        return None
    found = _COMMAND.fullmatch(command) or _COMMAND_0_1.fullmatch(command)
    if found is None:
        return None
    script, url, spool = (unquoted(found[name]) for name in ("script", "url", "spool"))
    is_spooler = script.rpartition("/")[2] == SPOOLER
    return OurHandler("spool" if is_spooler else "command", url, script, spool)


def quoted(text: str) -> str:
    """Return a text quoted as one word for sh."""
    return "'" + text.replace("'", "'\\''") + "'"


def unquoted(word: str) -> str:
    """Return the text of a word of `quoted`."""
    return word[1:-1].replace("'\\''", "'")


def _our_http(handler: Mapping[str, Any]) -> OurHandler | None:
    headers, url = handler.get("headers"), handler.get("url")
    if not isinstance(headers, dict) or not isinstance(url, str):
        return None
    if SENDER_HEADER.lower() not in {name.lower() for name in headers}:
        return None
    return OurHandler("http", url.removesuffix("/events"))


QUOTED: Final = r"'[^']*+(?:'\\''[^']*+)*+'"
"""A regular expression for a word of `quoted`."""
_COMMAND: Final = re.compile(
    rf"trap 'exit 0' 0; set -- (?P<script>{QUOTED}) settings (?P<url>{QUOTED}) (?P<spool>{QUOTED});"
    r' \[ -r "\$1" \] && \. "\$1" >/dev/null 2>&1'
)
_COMMAND_0_1: Final = re.compile(
    rf"\[ -r (?P<script>{QUOTED}) \] && sh (?P=script) settings (?P<url>{QUOTED}) "
    rf"(?P<spool>{QUOTED}) >/dev/null 2>&1 \|\| :"
)
"""What version 0.1 wrote."""
