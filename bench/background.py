"""Post hooks while larger requests arrive back to back: neither may keep the other waiting.

The requests come from a process of their own, `python -m MODULE PORT KIND`, each as soon as the one
before was answered. Out of that process: `started` on a line after the first answer; when it is
stopped, how many were sent.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Final

import msgspec
import uvloop

from bench.daemons import LOAD_CORE, daemons, pin_to
from bench.posts import measure_posts, read_answer
from bench.worker import report_started, stop_event, worker

RequestOf = Callable[[int], tuple[bytes, int]]
"""Returns the request of a serial number, and how large its body is."""


class BackgroundResult(msgspec.Struct, frozen=True):
    per_second: float
    size_bytes: int
    """Of one body."""


def measure_alone(seconds: float) -> str:
    """Return the figures of single hooks without other requests."""
    with daemons("ingestd") as running:
        posts = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    return f"{posts.per_second:,.0f}/s; {posts.latencies}"


def measure_during(module: str, kind: str, seconds: float) -> tuple[str, BackgroundResult]:
    """Return the figures of single hooks during a module's requests, and those of the requests."""
    with daemons("ingestd") as running:
        port = running.ingest_port
        with worker(module, str(port), kind) as process:
            posts = measure_posts(port, connections=1, seconds=seconds)
    result = msgspec.json.decode(process.output, type=BackgroundResult)
    return f"{posts.per_second:,.0f}/s; {posts.latencies}", result


def send_back_to_back(request_of: Callable[[str], RequestOf]) -> None:
    """Send requests until SIGTERM; the port and the kind are the arguments of the process."""
    pin_to(LOAD_CORE)
    port, kind = int(sys.argv[1]), sys.argv[2]
    print(msgspec.json.encode(uvloop.run(_send(port, request_of(kind)))).decode())


async def _send(port: int, request_of: RequestOf) -> BackgroundResult:
    stopped = stop_event()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent, started = 0, time.perf_counter()
    for serial in count():
        request, size = request_of(serial)
        writer.write(request)
        answer = await read_answer(reader)
        # Any other answer means that something was refused, or stored before.
        if answer not in {b"", b"{}"} and not answer.endswith(_ALL_NEW):
            raise RuntimeError(answer)
        if serial == 0:
            report_started()
            started = time.perf_counter()
            continue
        sent += 1
        if stopped.is_set():
            break
    writer.close()
    return BackgroundResult(sent / (time.perf_counter() - started), size)


_ALL_NEW: Final = b'"duplicates":0,"rejected":[]}'
"""The end of a batch's answer."""
