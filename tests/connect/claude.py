"""Simulate a user of Claude Code: a home, settings, and `hookwatch` at the prompt."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec

from connect.__main__ import main
from connect.settings import scripts

if TYPE_CHECKING:
    from pathlib import Path

FORWARD = """\
# Stand in for the forwarder: keep what came, and how it was called.
shift
mkdir -p "$3"; printf '%s\n' "$@" >"$3/called"
cat >"$3/body"
echo noise
exit 7
"""
TAP = """\
# Stand in for the status line's tap: keep what came, run what is wrapped.
input=$(cat)
mkdir -p "$2"; printf '%s' "$input" >"$2/tapped"
[ $# -ge 3 ] || { echo "ours"; exit 0; }
printf '%s' "$input" | sh -c "$3"
"""


class CommandResult(msgspec.Struct, frozen=True):
    """Hold how a command ended."""

    code: int
    out: str
    err: str


class FakeTerminal(io.StringIO):
    """A terminal with typed input."""

    def isatty(self) -> bool:
        return True


class Claude:
    """Hold a home with Claude Code's settings in it, and run our command there."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.data = folder / "it's data"
        self.config = self.home / ".claude"
        self.settings = self.config / "settings.json"
        self.connect = self.data / "connect"
        self.environment = {
            "HOME": str(self.home),
            "HOOKWATCH_DATA": str(self.data),
            "PATH": os.environ["PATH"],
        }

    def run(self, *words: str, answer: str | None = None, **environment: str) -> CommandResult:
        """Run `hookwatch`; `answer` is typed at a terminal."""
        out, err = io.StringIO(), io.StringIO()
        stdin = io.StringIO() if answer is None else FakeTerminal(answer)
        variables = {**self.environment, **environment}
        with (
            mock.patch.dict(os.environ, variables, clear=True),
            mock.patch.object(sys, "stdin", stdin),
            chdir(self.home),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = main(words)
            except SystemExit as left:
                code = int(left.code or 0)
        return CommandResult(code, out.getvalue(), err.getvalue())

    def run_connect(self, *words: str, **environment: str) -> str:
        """Connect successfully and return the output."""
        ran = self.run("connect", "--yes", *words, **environment)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    def write(self, text: str | bytes) -> None:
        """Write the user's settings."""
        self.config.mkdir(exist_ok=True)
        self.settings.write_bytes(text.encode() if isinstance(text, str) else text)

    def read(self) -> Any:
        """Return the user's settings."""
        return json.loads(self.settings.read_bytes())

    def handler(self, event: str) -> Any:
        """Return the last handler of an event in the user's settings."""
        return self.read()["hooks"][event][-1]["hooks"][-1]


def fake_scripts(folder: Path) -> Path:
    """Write scripts that stand for the real ones, and return their folder."""
    folder.mkdir(parents=True)
    for name in scripts.SCRIPTS:
        (folder / name).write_text("", "utf-8")
    (folder / "forward.sh").write_text(FORWARD, "utf-8")
    (folder / "statusline.sh").write_text(TAP, "utf-8")
    return folder


def sh(command: str, body: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as Claude Code does; what it prints comes back newline for newline."""
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        input=body.encode(),
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=False,
    )
    out, err = ran.stdout.decode(), ran.stderr.decode()
    return subprocess.CompletedProcess(command, ran.returncode, out, err)
