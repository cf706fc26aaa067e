"""Post hooks while larger requests arrive back to back: neither may keep the other waiting.

The requests come from a process of their own, `python -m MODULE PORT KIND`, each as soon as the one
before was answered. Out of that process: `started` on a line after the first answer; when it is
stopped, how many were sent.
"""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import msgspec
import uvloop

from bench.daemons import LOAD_CORE, ROOT, daemons, pin_to
from bench.posts import END_OF_ANSWER, measure_posts

STARTED: Final = "started"

RequestOf = Callable[[int], tuple[bytes, int]]
"""Returns the request of a serial number, and how large its body is."""


class BackgroundResult(msgspec.Struct, frozen=True):
    per_second: float
    size_bytes: int
    """Of one body."""


class BackgroundLoad:
    """Hold the result; None until the sender has stopped."""

    result: BackgroundResult | None = None


def measure_alone(seconds: float) -> str:
    """Return the figures of single hooks without other requests."""
    with daemons("ingestd") as running:
        posts = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    return f"{posts.per_second:,.0f}/s; {posts.latencies}"


def measure_during(module: str, kind: str, seconds: float) -> tuple[str, BackgroundResult]:
    """Return the figures of single hooks during a module's requests, and those of the requests."""
    with daemons("ingestd") as running, _background_load(module, running.ingest_port, kind) as load:
        posts = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    if load.result is None:
        raise RuntimeError(f"{module} {kind} printed no result")
    return f"{posts.per_second:,.0f}/s; {posts.latencies}", load.result


def send_back_to_back(request_of: Callable[[str], RequestOf]) -> None:
    """Send requests until SIGTERM; the port and the kind are the arguments of the process."""
    pin_to(LOAD_CORE)
    port, kind = int(sys.argv[1]), sys.argv[2]
    print(msgspec.json.encode(uvloop.run(_send(port, request_of(kind)))).decode())


@contextmanager
def _background_load(module: str, port: int, kind: str) -> Iterator[BackgroundLoad]:
    sender = subprocess.Popen(
        [sys.executable, "-m", module, str(port), kind], cwd=ROOT, stdout=subprocess.PIPE
    )
    load = BackgroundLoad()
    try:
        if sender.stdout is None or sender.stdout.readline() != f"{STARTED}\n".encode():
            raise RuntimeError(f"{module} {kind} did not start")
        yield load
    finally:
        sender.send_signal(signal.SIGTERM)
        last, _ = sender.communicate()
    load.result = msgspec.json.decode(last, type=BackgroundResult)


async def _send(port: int, request_of: RequestOf) -> BackgroundResult:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent, started = 0, time.perf_counter()
    for serial in count():
        request, size = request_of(serial)
        writer.write(request)
        head = await reader.readuntil(END_OF_ANSWER)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        # Any other answer means that something was refused.
        if not head.startswith(b"HTTP/1.1 200") or answer not in {b"", b"{}"}:
            raise RuntimeError(head, answer)
        if serial == 0:
            print(STARTED, flush=True)
            started = time.perf_counter()
            continue
        sent += 1
        if stopped.is_set():
            break
    writer.close()
    return BackgroundResult(sent / (time.perf_counter() - started), size)
