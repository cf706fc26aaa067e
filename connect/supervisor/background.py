"""Run `hookwatch up` in the background, and wait until it reports its start."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from connect.launch import hookwatch_command

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTION = "--in-background"
STARTED = "started"


def launch(environment: Mapping[str, str], *, stderr: int | None = None) -> subprocess.Popen[str]:
    """Start it in a session of its own; Ctrl-C in this terminal does not reach it."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [*hookwatch_command(), "up", OPTION],
        env=environment,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def wait_for_report(child: subprocess.Popen[str]) -> str:
    """Return `STARTED`, or which daemon keeps ending; nothing if it ended with a line on stderr."""
    return child.stdout.read() if child.stdout else ""


def report_and_detach(problem: str | None) -> None:
    """Report the start to the process that waits, from the one that was launched."""
    sys.stdout.write(problem or STARTED)
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, sys.stdout.fileno())
    os.dup2(null, sys.stderr.fileno())
    os.close(null)
