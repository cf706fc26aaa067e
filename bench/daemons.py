"""Start the daemons to be measured, each on a core of its own where there are two."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
START_S: Final = 15.0


class RunningDaemons(msgspec.Struct, frozen=True):
    ingest_port: int
    query_port: int
    pids: dict[str, int]
    started: dict[str, float]


@contextmanager
def daemons(
    *names: str,
    data: Path | None = None,
    synchronous: str = "FULL",
    pin: bool = True,
    claude: Path | None = None,
) -> Iterator[RunningDaemons]:
    """Run daemons over a folder, or one that is deleted afterwards.

    `baseline` is ingestd without a log; `claude` the folder whose registry ingestd watches.
    """
    ports = free_ports()
    commands = {
        "ingestd": ["-m", "ingestd"],
        "queryd": ["-m", "queryd"],
        "baseline": ["-m", "bench.baseline", str(ports[0])],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    started: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "HOOKWATCH_DATA": folder if data is None else str(data),
            "HOOKWATCH_INGEST_PORT": str(ports[0]),
            "HOOKWATCH_QUERY_PORT": str(ports[1]),
            "HOOKWATCH_SYNCHRONOUS": synchronous,
            # An empty one: the sessions of the user at this machine are not measured.
            "CLAUDE_CONFIG_DIR": str(claude or Path(folder) / "claude"),
        }
        try:
            for name in names:
                started[name] = time.perf_counter()
                running[name] = subprocess.Popen(
                    [sys.executable, *commands[name]],
                    cwd=ROOT,
                    env=environment,
                    stderr=subprocess.DEVNULL,
                )
                if pin:
                    pin_to(SERVER_CORE, running[name].pid)
                wait_for_port(ports[1] if name == "queryd" else ports[0])
            pids = {name: it.pid for name, it in running.items()}
            yield RunningDaemons(ports[0], ports[1], pids, started)
        finally:
            for process in running.values():
                process.terminate()
                process.wait()


def pin_to(core: int, pid: int = 0) -> None:
    """Keep a process on one core, if there are enough of them to choose."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(pid, {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep what is started within the block on one core, if there are enough of them to choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    pin_to(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_ports() -> list[int]:
    """Return two free ports."""
    bound = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [it.getsockname()[1] for it in bound]
    for it in bound:
        it.close()
    return ports


def wait_for_port(port: int) -> None:
    """Wait until the port accepts connections."""
    end = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
