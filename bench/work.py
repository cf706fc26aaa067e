"""Count the work of every kind of API request: CPU time and SQLite's steps, in this process.

Both hardly depend on what else the machine does, so two logs can be compared: of the same year
with five times the events, or of as many events a day for longer. Nothing is written.
"""

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import apsw
import msgspec

from bench.generator.log import read_metadata
from bench.log_values import LogValues, read_log_values
from bench.queries import KINDS, QueryContext
from queryd.app import QueryApp
from shared.settings import Settings

HTTP_OK: Final = 200
WARM_UP: Final = 2
TAIL: Final = 0.99
ONLY_WITH_A_SERVER: Final = frozenset({"health", "events: newest", "events: newest 1,000"})
"""They are answered from what the follower of the log holds."""


class KindWork(msgspec.Struct, frozen=True):
    """Hold the work of one kind of request, in the middle and at the tail."""

    cpu_ms: float
    tail_cpu_ms: float
    steps: int
    """Instructions of SQLite's virtual machine; a row read takes some 5 to 20."""
    tail_steps: int


class AnswerWork(msgspec.Struct, frozen=True):
    logs: Sequence[tuple[str, dict[str, KindWork]]]

    def rows(self) -> list[tuple[str, str]]:
        """Return a row for each kind, with the figures of each log."""
        return [
            (name, "; ".join(f"{log}: {_figures(of[name])}" for log, of in self.logs))
            for name in self.logs[0][1]
        ]


def measure_work(logs: Sequence[Path], *, requests: int, only: str = "") -> AnswerWork:
    """Send so many requests of each kind whose name starts with `only`, to each log."""
    return AnswerWork([(_name(it), _work_of(it, requests, only)) for it in logs])


def _name(log: Path) -> str:
    return f"{read_metadata(log).events:,} events"


def _figures(work: KindWork) -> str:
    return (
        f"p50 {work.cpu_ms:.1f} ms, p99 {work.tail_cpu_ms:.1f} ms of CPU,"
        f" {work.steps:,} and {work.tail_steps:,} steps"
    )


def _work_of(log: Path, requests: int, only: str) -> dict[str, KindWork]:
    values = read_log_values(log)
    counter = _StepCounter()
    apsw.connection_hooks.append(counter.hook)
    try:
        app = QueryApp(Settings(data=log.parent))
        gc.freeze()  # as the server does
        try:
            return asyncio.run(_measure(app, values, counter, requests, only))
        finally:
            app.services.readers.close()
    finally:
        apsw.connection_hooks.remove(counter.hook)


class _StepCounter:
    def __init__(self) -> None:
        self.steps = 0

    def hook(self, connection: apsw.Connection) -> None:
        """Count the steps of a connection; APSW calls this for each new one."""
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.steps += event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]


async def _measure(
    app: QueryApp, values: LogValues, counter: _StepCounter, requests: int, only: str
) -> dict[str, KindWork]:
    contexts: dict[str, QueryContext] = defaultdict(
        lambda: QueryContext(values, Random(1), {})  # noqa: S311 - no secret
    )
    names = [it for it in KINDS if it.startswith(only) and it not in ONLY_WITH_A_SERVER]
    taken: dict[str, list[tuple[float, int]]] = {name: [] for name in names}
    # In turns, so that a kind finds the caches as others left them.
    for number in range(requests + WARM_UP):
        for name in names:
            path = KINDS[name](contexts[name])
            before, steps = time.process_time(), counter.steps
            body = await _answer(app, path)
            if number >= WARM_UP:
                cpu_ms = 1000 * (time.process_time() - before)
                taken[name].append((cpu_ms, counter.steps - steps))
            if name.endswith("deep pages"):
                contexts[name].save_cursor(name, msgspec.json.decode(body))
    return {name: _kind_work(taken[name]) for name in names}


def _kind_work(taken: Sequence[tuple[float, int]]) -> KindWork:
    cpu, steps = (sorted(column) for column in zip(*taken, strict=True))
    middle, tail = len(taken) // 2, int(len(taken) * TAIL)
    return KindWork(cpu[middle], cpu[tail], int(steps[middle]), int(steps[tail]))


async def _answer(app: QueryApp, path: str) -> bytes:
    """Return the body that the app answers a GET with."""
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost")],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's messages
        sent.append(message)

    await app.asgi(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    if sent[0]["status"] != HTTP_OK:
        raise RuntimeError(f"{path}: {sent[0]['status']} {body[:200]!r}")
    return body
