"""Measure what the watch on Claude Code's registry costs: its sessions silent, then at work."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.client import TimedClient
from bench.daemons import daemons
from bench.idle import measure_idle
from shared.process import pid_domain, start_ticks

WAIT_S: Final = 30.0
CHANGE_EVERY_S: Final = 10.0
"""How often a session at work changes its state: prompts and answers take longer."""


class NotWatchedError(Exception):
    """Report that ingestd does not see the sessions."""


def measure_registry(sessions: int, seconds: float) -> list[tuple[str, str]]:
    """Return ingestd's share of a core with an empty registry, a silent one and a busy one."""
    with tempfile.TemporaryDirectory() as folder, _processes(sessions) as pids:
        claude = Path(folder) / "claude"
        (claude / "sessions").mkdir(parents=True)
        with daemons("ingestd", claude=claude) as running:
            ingestd = [running.pids["ingestd"]]
            empty = measure_idle(ingestd, seconds=seconds)
            for pid in pids:
                _write(claude, pid, "idle")
            _wait(running.ingest_port, sessions)
            silent = measure_idle(ingestd, seconds=seconds)
            with _changing(claude, pids):
                busy = measure_idle(ingestd, seconds=seconds)
    added = silent.core_percent - empty.core_percent
    return [
        ("registry, no session", f"{empty.core_percent:.2f} % of one core"),
        (
            f"registry, {sessions} silent sessions",
            f"{silent.core_percent:.2f} % of one core, {added:.2f} % more than without",
        ),
        (
            f"registry, {sessions} sessions, each changing every {CHANGE_EVERY_S:.0f} s",
            f"{busy.core_percent:.2f} % of one core",
        ),
    ]


@contextmanager
def _processes(count: int) -> Iterator[list[int]]:
    """Run processes that only wait, in place of clients."""
    code = "import sys; sys.stdin.read()"
    running = [
        subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE)
        for _ in range(count)
    ]
    try:
        yield [it.pid for it in running]
    finally:
        for process in running:
            process.communicate()


def _write(claude: Path, pid: int, status: str) -> None:
    """Write a state as the client does: in place, without emptying the file first."""
    entry: dict[str, Any] = {
        "pid": pid,
        "sessionId": f"00000000-0000-4000-8000-{pid:012}",
        "cwd": "/home/dev/shop-api",
        "procStart": str(start_ticks(pid)),
        "pidDomain": pid_domain(),
        "kind": "interactive",
        "status": status,
        "statusUpdatedAt": time.time_ns() // 1_000_000,
    }
    text = json.dumps(entry).encode()
    descriptor = os.open(claude / "sessions" / f"{pid}.json", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, text)
        os.ftruncate(descriptor, len(text))
    finally:
        os.close(descriptor)


@contextmanager
def _changing(claude: Path, pids: Sequence[int]) -> Iterator[None]:
    """Let the sessions change their states in turn."""
    stopped = threading.Event()

    def change() -> None:
        status = "busy"
        while True:
            for pid in pids:
                if stopped.wait(CHANGE_EVERY_S / len(pids)):
                    return
                _write(claude, pid, status)
            status = "idle" if status == "busy" else "busy"

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _wait(port: int, sessions: int) -> None:
    client = TimedClient(port)
    end = time.monotonic() + WAIT_S
    try:
        while client.get("/health").json()["registry"]["sessions"] != sessions:
            if time.monotonic() > end:
                raise NotWatchedError(f"ingestd does not see {sessions} sessions")
            time.sleep(0.1)
    finally:
        client.close()
