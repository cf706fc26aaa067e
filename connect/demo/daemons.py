"""Run daemons for the demo alone: on free ports, over a temporary folder that is deleted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from connect.errors import CliError
from connect.http import Daemon
from connect.supervisor.background import STARTED, launch, wait_for_report

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Ctrl-C, a stop, and the end of the terminal, which Windows does not signal."""


class OwnDaemons:
    """Both daemons, supervised; the log and everything else they write is deleted at the end."""

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
            child = launch(environment, stderr=subprocess.PIPE)
            stack.callback(_stop, child)
            if (report := wait_for_report(child)) != STARTED:
                raise CliError(report or _last_line(child))
            self.ingestd = Daemon(f"http://127.0.0.1:{ingest_port}")
            self.queryd = Daemon(f"http://127.0.0.1:{query_port}", name="the dashboard")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C must not leave daemons behind.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self._stack.close()


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    child.communicate()


def _last_line(child: subprocess.Popen[str]) -> str:
    """Return why it ended, without the name of its command."""
    _, errors = child.communicate()
    line = (errors or "no answer").splitlines()[-1]
    return line.removeprefix("hookwatch up: ")


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
