"""Post events as fast as answers come back, over some connections: a closed loop.

Each event is a hook body of 1 kB with a tool_use_id of its own: the same one again would be a
duplicate. The ids are in no order, as Claude Code's are: an index of them is not merely extended.
"""

import asyncio
import json
import time
from itertools import count
from typing import Final, cast

import msgspec
import uvloop

from bench.daemons import LOAD_CORE, pin_to
from bench.figures import Latencies, latencies

WARM_UP: Final = 300
BATCH_EVENTS: Final = 1_000
HOOK_INTERVAL_S: Final = 0.005
SPREAD: Final = 61_803_398_874_989_484_821
"""Spreads consecutive numbers over all of 20 digits, each one once."""
END_OF_ANSWER: Final = b"\r\n\r\n"

_SERIAL: Final = count()


class PostFigures(msgspec.Struct, frozen=True):
    per_second: float
    latencies: Latencies


def body(serial: int) -> bytes:
    """Return a PostToolUse body of about 1 kB."""
    return _BODY.replace(b"SERIAL", b"%020d" % tool_number(serial))


def tool_number(serial: int) -> int:
    """Return the number in the tool use id of a body."""
    return serial * SPREAD % 10**20


def measure_posts(port: int, *, connections: int, seconds: float) -> PostFigures:
    """Post single events for some seconds."""
    pin_to(LOAD_CORE)
    return uvloop.run(_load(port, connections, seconds))


def measure_batches(port: int, *, seconds: float) -> float:
    """Post batches of 1,000 events for some seconds; return events a second."""
    pin_to(LOAD_CORE)
    return uvloop.run(_load_batches(port, _batches(seconds), seconds))


def measure_hooks_beside_batches(port: int, *, seconds: float) -> Latencies:
    """Post a hook every 5 ms while batches of 1,000 events are sent as fast as possible."""
    pin_to(LOAD_CORE)
    return uvloop.run(_load_hooks_and_batches(port, seconds))


class _Connection(asyncio.Protocol):
    """Send the next event whenever an answer has come."""

    def __init__(self, until: float, took: list[float]) -> None:
        self._until = until
        self._took = took
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit
        self._send()

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not data.endswith(END_OF_ANSWER) or not data.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(data.decode()))
            return
        self._took.append(now - self._sent)
        if now < self._until:
            self._send()
        else:
            self._transport.close()
            self.done.set_result(None)

    def _send(self) -> None:
        request = post_request(body(next(_SERIAL)), b"application/json")
        self._sent = time.perf_counter()
        self._transport.write(request)


async def _load(port: int, connections: int, seconds: float) -> PostFigures:
    loop = asyncio.get_running_loop()
    took: list[float] = []
    started = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(started + seconds, took), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    elapsed = time.perf_counter() - started
    return PostFigures(len(took) / elapsed, latencies(took[WARM_UP:] or took))


def _batches(seconds: float) -> list[bytes]:
    """Return more requests than can be answered in time."""
    return [
        post_request(
            b"\n".join(body(next(_SERIAL)) for _ in range(BATCH_EVENTS)), b"application/x-ndjson"
        )
        for _ in range(int(seconds * 200))
    ]


async def _load_batches(port: int, requests: list[bytes], seconds: float) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = time.perf_counter()
    sent = 0
    for request in requests:
        writer.write(request)
        answer = json.loads(await read_answer(reader))
        if answer != {"accepted": BATCH_EVENTS, "duplicates": 0, "rejected": []}:
            raise RuntimeError(answer)
        sent += BATCH_EVENTS
        if time.perf_counter() - started > seconds:
            break
    elapsed = time.perf_counter() - started
    writer.close()
    return sent / elapsed


async def _load_hooks_and_batches(port: int, seconds: float) -> Latencies:
    batches = asyncio.create_task(_load_batches(port, _batches(seconds), seconds))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    while not batches.done():
        request = post_request(body(next(_SERIAL)), b"application/json")
        started = time.perf_counter()
        writer.write(request)
        await read_answer(reader)
        took.append(time.perf_counter() - started)
        await asyncio.sleep(HOOK_INTERVAL_S)
    writer.close()
    await batches
    return latencies(took)


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Return the body of an answer; raise RuntimeError unless its status is 200."""
    head = await reader.readuntil(END_OF_ANSWER)
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or b"0")
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head, body)
    return body


def post_request(content: bytes, content_type: bytes) -> bytes:
    """Return the bytes of a POST to `/events`."""
    return (
        b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n" % (content_type, len(content))
    ) + content


_BODY: Final = json.dumps(
    {
        "session_id": "2d4bf2ee-3534-4f3b-aded-4540c923c7a8",
        "transcript_path": "/home/dev/.claude/projects/-home-dev-shop/2d4bf2ee.jsonl",
        "cwd": "/home/dev/shop",
        "prompt_id": "ab455174-2e42-401f-a752-37fd697b0b4f",
        "permission_mode": "default",
        "effort": {"level": "medium"},
        "hook_event_name": "PostToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "npm test", "description": "Run the tests"},
        "tool_response": {
            "stdout": "ok - every test passed\n" * 19,
            "stderr": "",
            "interrupted": False,
            "isImage": False,
        },
        "tool_use_id": "toolu_SERIAL",
        "duration_ms": 2301,
    }
).encode()
