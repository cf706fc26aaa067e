"""Wrap somebody's own status line in ours, and take it out again.

In: their command, our script, ingestd's address, a folder for state. Out: one command for
`/bin/sh -c`. Theirs stands in it as one quoted word, so whatever it is (quotes, newlines, half a
here-document) it is read by the shell that runs it and by none before; and where our script is gone
it runs all the same, with its own output and exit code.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from shared.hook_handlers import QUOTED, quoted, unquoted


class Tap(msgspec.Struct, frozen=True):
    """Say what a wrapped status line is made of."""

    script: Path
    url: str
    state: Path
    own: str | None
    """The command that was there before; None where there was none."""


def wrapped(tap: Tap) -> str:
    """Return the command that runs our script around theirs."""
    file = quoted(str(tap.script))
    send = f"exec sh {file} {quoted(tap.url)} {quoted(str(tap.state))}"
    if tap.own is None:
        return f"if [ -r {file} ]; then {send}; fi"
    # `if`, not `&&`: theirs begins with $? = 0, as it does without us.
    asked = f'if [ -r {file} ]; then {send} "$hookwatch_own"; fi'
    return f'hookwatch_own={quoted(tap.own)}; {asked}; eval "$hookwatch_own"'


def unwrapped(command: str) -> Tap | None:
    """Return what a command of ours was made of; None for anybody else's."""
    found = _AROUND.fullmatch(command) or _ALONE.fullmatch(command)
    if found is None:
        return None
    own = found.groupdict().get("own")
    return Tap(
        Path(unquoted(found["script"])),
        unquoted(found["url"]),
        Path(unquoted(found["state"])),
        None if own is None else unquoted(own),
    )


_SEND = (
    rf"if \[ -r (?P<script>{QUOTED}) \]; then exec sh (?P=script)"
    rf" (?P<url>{QUOTED}) (?P<state>{QUOTED})"
)
_ALONE = re.compile(rf"{_SEND}; fi")
_AROUND = re.compile(
    rf'hookwatch_own=(?P<own>{QUOTED}); {_SEND} "\$hookwatch_own"; fi; eval "\$hookwatch_own"'
)
