"""Measure `hookwatch up` from its start to the page, and from a kill -9 to the next answer."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.client import TimedClient, TimedResponse
from bench.daemons import ROOT, free_ports, wait_for_port
from bench.figures import latencies

DAEMONS: Final = ("ingestd", "queryd")
PATHS: Final = {"ingestd": "/health", "queryd": "/api/health"}


def measure_install(times: int, hookwatch: str | None) -> list[tuple[str, str]]:
    """Run it some times over new data folders; return rows of a table."""
    command = [sys.executable, "-P", str(ROOT)] if hookwatch is None else [hookwatch]
    starts: list[float] = []
    returns: dict[str, list[float]] = {name: [] for name in DAEMONS}
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            _measure_once(Path(folder), command, starts, returns)
    return [
        ("`hookwatch up` to the page", str(latencies(starts))),
        *(
            (f"kill -9 of {name} to its next answer", str(latencies(returns[name])))
            for name in DAEMONS
        ),
    ]


def _measure_once(
    data: Path, command: list[str], starts: list[float], returns: dict[str, list[float]]
) -> None:
    ports = dict(zip(DAEMONS, free_ports(), strict=True))
    environment = {
        **os.environ,
        "HOOKWATCH_DATA": str(data),
        "HOOKWATCH_INGEST_PORT": str(ports["ingestd"]),
        "HOOKWATCH_QUERY_PORT": str(ports["queryd"]),
    }
    started = time.perf_counter()
    process = subprocess.Popen([*command, "up"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(ports["queryd"])
        _answer(ports["queryd"], "/")
        starts.append(time.perf_counter() - started)
        for name in DAEMONS:
            health = _answer(ports[name], PATHS[name]).json()
            pid = (health.get("process") or health["processes"][name])["pid"]
            os.kill(pid, signal.SIGKILL)
            killed = time.perf_counter()
            _answer(ports[name], PATHS[name])
            returns[name].append(time.perf_counter() - killed)
    finally:
        process.terminate()
        process.wait()


def _answer(port: int, path: str) -> TimedResponse:
    """Ask until there is an answer: a killed daemon resets the connections that it accepted."""
    while True:
        client = TimedClient(port)
        with closing(client):
            if (response := client.get(path)).status:
                return response
