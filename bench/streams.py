"""Measure from the start of a POST to the event's bytes on a stream's client: an open loop.

A few clients take times; the others read and throw away, so that the load of measuring does not
become the measurement.
"""

import asyncio
import re
import time
from functools import partial
from typing import Final, cast

import uvloop

from bench.daemons import LOAD_CORE, pin_to
from bench.figures import Latencies, latencies
from bench.posts import END_OF_ANSWER, body, post_request, tool_number

TIMING_CLIENTS: Final = 3
SETTLE_S: Final = 1.0
_STAMP: Final = re.compile(rb'"tool_use_id":\s?"toolu_0*(\d+)","agent_id"')


def measure_stream(
    ingest_port: int, query_port: int, *, per_second: int, clients: int, seconds: float
) -> Latencies:
    """Post at a rate for some seconds while clients follow; return POST to bytes."""
    pin_to(LOAD_CORE)
    return uvloop.run(_measure(ingest_port, query_port, per_second, clients, seconds))


class _StreamClient(asyncio.Protocol):
    """Follow the stream; note when each event's bytes came."""

    def __init__(self, came: list[tuple[int, float]] | None) -> None:
        self._came = came
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(
            b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        if self._came is None:
            return
        now = time.perf_counter()
        text = self._rest + data
        end = 0
        for found in _STAMP.finditer(text):
            self._came.append((int(found[1]), now))
            end = found.end()
        self._rest = text[max(end, len(text) - 200) :]


async def _measure(
    ingest_port: int, query_port: int, per_second: int, clients: int, seconds: float
) -> Latencies:
    loop = asyncio.get_running_loop()
    came: list[tuple[int, float]] = []
    connected = [
        await loop.create_connection(
            partial(_StreamClient, came if number < TIMING_CLIENTS else None),
            "127.0.0.1",
            query_port,
        )
        for number in range(clients)
    ]
    await asyncio.sleep(SETTLE_S)
    sent = await _post_at(ingest_port, per_second, int(per_second * seconds))
    await asyncio.sleep(SETTLE_S)
    for transport, _ in connected:
        transport.close()
    expected = len(sent) * min(clients, TIMING_CLIENTS)
    if len(came) != expected:
        raise RuntimeError(f"{len(came)} events came, {expected} were sent")
    return latencies([at - sent[serial] for serial, at in came])


async def _post_at(port: int, per_second: int, total: int) -> dict[int, float]:
    """Post events at even distances, whatever the answers take; return when each was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    base = time.time_ns() // 1_000
    sent: dict[int, float] = {}
    started = time.perf_counter()
    for number in range(total):
        due = started + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        request = post_request(body(base + number), b"application/json")
        sent[tool_number(base + number)] = time.perf_counter()
        writer.write(request)
        await reader.readuntil(END_OF_ANSWER)
    writer.close()
    return sent
