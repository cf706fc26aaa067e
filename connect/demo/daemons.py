"""Run daemons for the demo alone: on free ports, over a temporary folder that is deleted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

from connect.errors import CliError
from connect.http import Daemon
from connect.launch import daemon_command

if TYPE_CHECKING:
    from collections.abc import Mapping

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
POLL_S = 0.05
BAD_START = 2
"""The exit code of a daemon that would not start a second time either."""
STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Ctrl-C, a stop, and the end of the terminal, which Windows does not signal."""
BACKOFF_S = (0.0, 0.5, 2.0)


class OwnDaemons:
    """Both daemons; the log and everything else that they write is deleted at the end."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(
                    tempfile.TemporaryDirectory(
                        prefix="hookwatch-demo-", ignore_cleanup_errors=True
                    )
                )
            )
            ingest_port, query_port = free_ports(2)
            environment = own_environment(folder, ingest_port, query_port)
            started = [
                stack.enter_context(_SupervisedDaemon(name, folder / f"{name}.log", environment))
                for name in ("ingestd", "queryd")
            ]
            self.ingestd = Daemon(f"http://127.0.0.1:{ingest_port}")
            self.queryd = Daemon(f"http://127.0.0.1:{query_port}", name="the dashboard")
            for process, daemon in zip(started, (self.ingestd, self.queryd), strict=True):
                process.wait_until_ready(daemon)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C must not leave daemons behind.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self._stack.close()


class _SupervisedDaemon:
    """A daemon that is started again should it be killed."""

    def __init__(self, name: str, log: Path, environment: Mapping[str, str]) -> None:
        self._name = name
        self._log = log
        self._environment = environment
        self._stopping = Event()
        self._process = self._start()
        self._watcher = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._process.terminate()
        self._watcher.join(STOP_TIMEOUT_S)
        if self._watcher.is_alive():
            self._process.kill()
            self._watcher.join()

    def wait_until_ready(self, daemon: Daemon) -> None:
        """Wait until the daemon answers; raise CliError with the last line of its log."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not daemon.answers():
            if time.monotonic() >= deadline or self._process.poll() == BAD_START:
                lines = self._log.read_text(errors="replace").splitlines()
                reason = lines[-1] if lines else "no answer"
                raise CliError(f"{self._name} does not start: {reason}")
            time.sleep(POLL_S)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must first end the sessions played.
            return subprocess.Popen(  # noqa: S603 - our own daemon
                daemon_command(self._name),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _watch(self) -> None:
        starts = 0
        while self._process.wait() != BAD_START and not self._stopping.is_set():
            if self._stopping.wait(BACKOFF_S[min(starts, len(BACKOFF_S) - 1)]):
                return
            self._process = self._start()
            starts += 1
            if self._stopping.is_set():
                self._process.terminate()


def own_environment(folder: Path, ingest_port: int, query_port: int) -> dict[str, str]:
    """Return an environment without the user's settings of Hookwatch and of Claude Code."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("HOOKWATCH_")
    }
    return environment | {
        "HOOKWATCH_DATA": str(folder / "data"),
        "HOOKWATCH_INGEST_PORT": str(ingest_port),
        "HOOKWATCH_QUERY_PORT": str(query_port),
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
    }


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [int(it.getsockname()[1]) for it in sockets]
