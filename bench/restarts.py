"""Run both daemons over one folder, and kill and start them again."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from bench.client import TimedClient
from bench.daemons import ROOT, free_ports, wait_for_port

NAMES: Final = ("ingestd", "queryd")


class RestartableDaemons:
    """Hold both daemons, which run while inside."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.log = data / "events.db"
        self.ingest_port, self.query_port = free_ports()
        self.environment = {
            **os.environ,
            "HOOKWATCH_DATA": str(data),
            "HOOKWATCH_INGEST_PORT": str(self.ingest_port),
            "HOOKWATCH_QUERY_PORT": str(self.query_port),
            **settings,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start both."""
        for name in NAMES:
            self._start(name)
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs."""
        for name in [*self._running]:
            self._end(name, kill=True)

    def pids(self) -> dict[str, int]:
        """Return the process ids of those that run now."""
        with self._lock:
            return {name: process.pid for name, process in self._running.items()}

    def kill(self, name: str) -> None:
        """Kill -9, and start again."""
        self._end(name, kill=True)
        self._start(name)

    @contextmanager
    def killed(self, name: str) -> Iterator[None]:
        """Kill one, and start it again after what is done inside."""
        self._end(name, kill=True)
        yield
        self._start(name)

    def stop(self) -> None:
        """End both as a person does."""
        for name in [*self._running]:
            self._end(name, kill=False)

    def ingestd_health(self) -> dict[str, Any]:
        """Return ingestd's health; raise OSError while it does not answer."""
        return _get(self.ingest_port, "/health")

    def queryd_health(self) -> dict[str, Any]:
        """Return queryd's health; raise OSError while it does not answer."""
        return _get(self.query_port, "/api/health")

    def _start(self, name: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", name],
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        with self._lock:
            self._running[name] = process
        wait_for_port(self.ingest_port if name == "ingestd" else self.query_port)

    def _end(self, name: str, *, kill: bool) -> None:
        with self._lock:
            process = self._running.pop(name)
        if kill:
            process.kill()
        else:
            process.terminate()
        process.wait()


def _get(port: int, path: str) -> dict[str, Any]:
    with closing(TimedClient(port)) as client:
        answer = client.get(path)
    if not answer.status:
        raise OSError(answer.body.decode())
    found: dict[str, Any] = answer.json()
    return found
