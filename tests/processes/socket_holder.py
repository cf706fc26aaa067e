"""Do what systemd does for a socket unit: hold a socket, start its daemon on a connection."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.running import DEADLINE_S, ROOT

PASS_AS_3: Final = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


class SocketHolder:
    """Hold a listening socket while the daemon behind it comes and goes."""

    def __init__(self, name: str, listener: socket.socket, environment: Mapping[str, str]) -> None:
        self.listener = listener
        self._name = name
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def launch(self) -> None:
        """Have the daemon started by the first connection that waits or comes."""
        settings = [f"--setenv={name}={value}" for name, value in self._environment.items()]
        activate = [_activator(), f"--fdname={self._name}", *settings]
        with self.listener.dup() as passed:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-ISc", PASS_AS_3, str(passed.fileno())),
                    *(*activate, sys.executable, "-m", self._name),
                ],
                cwd=ROOT,
                pass_fds=[passed.fileno()],
                stderr=subprocess.PIPE,
                text=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal that does not end the daemon."""
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: signal.Signals) -> str:
        """Send a signal to the daemon; return what it wrote to stderr."""
        self.send(number)
        return self.wait()[1]

    def wait(self) -> tuple[int, str]:
        """Return the exit code and what was written to stderr."""
        process, self._process = self._process, None
        assert process is not None
        _, stderr = process.communicate(timeout=DEADLINE_S)
        return process.returncode, stderr

    def close(self) -> None:
        """End the daemon and close the port. Closing twice is harmless."""
        self.listener.close()
        if self._process is not None:
            self.end(signal.SIGKILL)


@contextmanager
def managed(
    name: str, listener: socket.socket, data: Path, **settings: str
) -> Iterator[SocketHolder]:
    """Manage a daemon over a data folder until the block ends."""
    environment = {"HOOKWATCH_DATA": str(data), **settings}
    holder = SocketHolder(name, listener, environment)
    try:
        yield holder
    finally:
        holder.close()


def _activator() -> str:
    """Return systemd's own program for such tests; skip the test where there is no systemd."""
    path = shutil.which("systemd-socket-activate", path=os.defpath + ":/usr/bin:/usr/local/bin")
    if path is None:
        pytest.skip("there is no systemd-socket-activate")
    return path
