"""Run a part of a measurement in a process of its own, until it is stopped.

The process prints `started` on a line once it measures; on SIGTERM it prints its result as JSON.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.daemons import ROOT

STARTED: Final = "started"


class Worker:
    """Hold what the process printed; empty until it has stopped."""

    output: bytes = b""


@contextmanager
def worker(module: str, *arguments: str) -> Iterator[Worker]:
    """Run `python -m MODULE` for as long as the block runs, from when it has started."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE
    )
    found = Worker()
    try:
        if process.stdout is None or process.stdout.readline() != f"{STARTED}\n".encode():
            raise RuntimeError(f"{module} {' '.join(arguments)} did not start")
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        found.output, _ = process.communicate()


def report_started() -> None:
    """Print that this process measures from now on."""
    print(STARTED, flush=True)


def stop_event() -> asyncio.Event:
    """Return an event that SIGTERM sets."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    return stopped
