"""Wrap the user's status line command in ours, and unwrap it again.

The result is one command for `/bin/sh -c`. The user's command is one quoted word in it: whatever it
contains, only the shell that runs it parses it. When our script is missing, it still runs, with its
own output and exit code.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from shared.hook_handlers import QUOTED, quoted, unquoted


class WrappedStatusLine(msgspec.Struct, frozen=True):
    script: Path
    url: str
    """Of ingestd."""
    state_folder: Path
    user_command: str | None
    """The command that was there before; None when there was none."""


def wrap(status_line: WrappedStatusLine) -> str:
    """Return the command that runs our script around the user's command."""
    script = quoted(str(status_line.script))
    arguments = f"{quoted(status_line.url)} {quoted(str(status_line.state_folder))}"
    run = f"exec sh {script} {arguments}"
    if status_line.user_command is None:
        return f"if [ -r {script} ]; then {run}; fi"
    # `if`, not `&&`: the user's command starts with $? = 0, as it does without us.
    guarded = f'if [ -r {script} ]; then {run} "$hookwatch_own"; fi'
    return f'hookwatch_own={quoted(status_line.user_command)}; {guarded}; eval "$hookwatch_own"'


def unwrap(command: str) -> WrappedStatusLine | None:
    """Return the parts of a command that `wrap` made; None for any other."""
    match = _AROUND_USER_COMMAND.fullmatch(command) or _ALONE.fullmatch(command)
    if match is None:
        return None
    user_command = match.groupdict().get("own")
    return WrappedStatusLine(
        Path(unquoted(match["script"])),
        unquoted(match["url"]),
        Path(unquoted(match["state"])),
        None if user_command is None else unquoted(user_command),
    )


_RUN = (
    rf"if \[ -r (?P<script>{QUOTED}) \]; then exec sh (?P=script)"
    rf" (?P<url>{QUOTED}) (?P<state>{QUOTED})"
)
_ALONE = re.compile(rf"{_RUN}; fi")
_AROUND_USER_COMMAND = re.compile(
    rf'hookwatch_own=(?P<own>{QUOTED}); {_RUN} "\$hookwatch_own"; fi; eval "\$hookwatch_own"'
)
