"""Let sessions arrive at ingestd at a rate: an open loop in a process of its own.

`python -m bench.load PORT EVENTS_PER_SECOND BODY_BYTES`, at least so many bytes for each body. Out:
`started` on a line when it starts; on SIGTERM, its result. A session's events go over one
connection, so they stay in order.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Final

import msgspec
import uvloop

from bench.figures import Latencies, latencies
from bench.generator.calendar import Plan
from bench.generator.log import generate_session, projects
from bench.generator.outcomes import LogNormal
from bench.generator.records import Row
from bench.posts import post_request, read_answer
from bench.worker import report_started, stop_event, worker
from shared.event import is_record

CONNECTIONS: Final = 8
SESSIONS_AT_ONCE: Final = 40
WORDS: Final = 100_000
EVENTS: Final = LogNormal(60, 0.7, least=10, most=300)


class LoadResult(msgspec.Struct, frozen=True):
    """Count posted events; latencies are from when each was due to its answer."""

    events: int
    per_second: float
    latencies: Latencies

    def __str__(self) -> str:
        """Sum it up."""
        return f"{self.events:,} events, {self.per_second:.0f}/s; answered {self.latencies}"


class RunningLoad:
    """Hold the result of the load; None until it has stopped."""

    result: LoadResult | None = None


@contextmanager
def running_load(port: int, per_second: int, *, body_bytes: int = 0) -> Iterator[RunningLoad]:
    """Let events arrive for as long as the block runs, with bodies of at least so many bytes."""
    load = RunningLoad()
    with worker("bench.load", str(port), str(per_second), str(body_bytes)) as process:
        yield load
    load.result = msgspec.json.decode(process.output, type=LoadResult)


def bodies(seed: int) -> Iterator[tuple[int, bytes]]:
    """Yield hook bodies of sessions that run side by side, each with its session's number."""
    rng = Random(seed)  # noqa: S311 - no secret
    known = projects(seed, words=WORDS)
    running: list[tuple[int, Iterator[bytes]]] = []
    started = 0
    while True:
        while len(running) < SESSIONS_AT_ONCE:
            session = generate_session(known, Plan(0, EVENTS.draw(rng)), rng)
            running.append((started, (body_of(row) for row in session.rows)))
            started += 1
        slot = int(rng.random() * len(running))
        number, rest = running[slot]
        if (body := next(rest, None)) is None:
            del running[slot]
        else:
            yield number, body


def body_of(row: Row, at_ms: int | None = None) -> bytes:
    """Return what is posted of a row: a hook's body, or a record in an envelope, of a time."""
    _, _, session_id, kind, app, model, _, _, agent_id, payload = row
    if not is_record(kind):
        return payload.encode()
    given = {
        "session_id": session_id,
        "hook_event_type": kind,
        "timestamp": time.time_ns() // 1_000_000 if at_ms is None else at_ms,
        "source_app": app,
        "model_name": model,
        "agent_id": agent_id,
    }
    envelope = {name: value for name, value in given.items() if value is not None}
    return msgspec.json.encode({**envelope, "payload": msgspec.Raw(payload.encode())})


def padded(body: bytes, least: int) -> bytes:
    """Add a field to a JSON object, so that it has at least so many bytes."""
    missing = least - len(body) - len(b',"padding":""')
    if missing <= 0:
        return body
    return body[: body.rindex(b"}")] + b',"padding":"' + b"x" * missing + b'"}'


async def _load(port: int, per_second: int, body_bytes: int) -> LoadResult:
    stopped = stop_event()
    source = bodies(time.time_ns())
    next(source)
    took: list[float] = []
    queues: list[asyncio.Queue[tuple[float, bytes]]] = [asyncio.Queue() for _ in range(CONNECTIONS)]
    senders = [asyncio.create_task(_send(port, queue, took)) for queue in queues]
    report_started()
    started, due = time.perf_counter(), 0
    while not stopped.is_set():
        at = started + due / per_second
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        number, body = next(source)
        request = post_request(padded(body, body_bytes), b"application/json")
        queues[number % CONNECTIONS].put_nowait((at, request))
        due += 1
    elapsed = time.perf_counter() - started
    for sender in senders:
        if sender.done():
            sender.result()
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
    return LoadResult(len(took), len(took) / elapsed, latencies(took))


async def _send(port: int, queue: asyncio.Queue[tuple[float, bytes]], took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        due, request = await queue.get()
        writer.write(request)
        await read_answer(reader)  # an envelope is given back as it was stored
        took.append(time.perf_counter() - due)


if __name__ == "__main__":
    result = uvloop.run(_load(*(int(it) for it in sys.argv[1:4])))
    print(msgspec.json.encode(result).decode())
