"""Run a command in a pseudo-terminal, and type into it."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.processes.proc import is_sleeping
from tests.running import DEADLINE_S, wait_for

CTRL_C = b"\x03"
CTRL_D = b"\x04"
ENTER = b"\n"


class Terminal:
    """A process with a terminal of its own, which is its stdin, stdout and stderr."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self._descriptor, terminal = pty.openpty()
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "TERM": "xterm", **environment},
            cwd=cwd,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - there are no other threads
        )
        os.close(terminal)
        self.output = ""
        self._position = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def type(self, keys: bytes) -> None:
        """Type once the process waits: Ctrl-C between a prompt and its read is lost."""
        wait_for(lambda: self.process.poll() is not None or is_sleeping(self.process.pid))
        os.write(self._descriptor, keys)

    def wait_for(self, text: str) -> str:
        """Wait until a text is printed; return what came since the last wait, with it."""
        end = time.monotonic() + DEADLINE_S
        while (found := self.output.find(text, self._position)) < 0:
            assert self._read(end - time.monotonic()), f"no {text!r} in {self.output!r}"
        start, self._position = self._position, found + len(text)
        return self.output[start : self._position]

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + DEADLINE_S
        while self._read(end - time.monotonic()):
            pass
        return self.process.wait(timeout=DEADLINE_S)

    def close(self) -> None:
        """End it, if it still runs: its daemons end with it."""
        os.close(self._descriptor)  # as closing the window does: SIGHUP
        try:
            self.process.wait(timeout=DEADLINE_S)
        finally:
            self.process.kill()
            self.process.wait()

    def _read(self, timeout_s: float) -> bool:
        """Read what is there; return False at the end, or after the timeout."""
        if not select.select([self._descriptor], [], [], max(0, timeout_s))[0]:
            return False
        try:
            piece = os.read(self._descriptor, 65_536)
        except OSError:  # Linux's way to say that no process has it open
            return False
        self.output += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)


def _take_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
