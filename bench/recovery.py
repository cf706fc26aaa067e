"""Post hooks while the rows of a damaged log are carried over; start with the first page lost.

A log that is given is damaged for the measurement, and is as it was at its end: ingestd never
writes a file that it has set aside, so the page is put back, and the file under its name.
"""

import http.client
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from bench.daemons import RunningDaemons, daemons
from bench.damage import PAGE_BYTES
from bench.log_check import make_log
from bench.posts import PostFigures, body, measure_posts
from ingestd.log.condition import LogCondition
from shared.files import forget_wal

MAX_START_S: Final = 1_800.0


class NoRecoveryError(Exception):
    """Report that no rows were carried over while that was to be measured."""


def measure_recovery(
    seconds: float, size_mb: int, data: Path | None = None
) -> list[tuple[str, str]]:
    """Return the latencies of single hooks before and during a recovery, and times of starts."""
    if data is not None:
        return _measure(seconds, data / "events.db")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "data"
        make_log(made, size_mb * 1_000_000)
        return _measure(seconds, made / "events.db")


def _measure(seconds: float, log: Path) -> list[tuple[str, str]]:
    with closing(apsw.Connection(os.fspath(log))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        found: Any = connection.execute(_INDEX_ROOT).fetchall()
    size = f"{log.stat().st_size / 1_000_000:,.0f} MB"
    with _started(log) as running:
        start_s = _first_answer_s(running)
        before = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    with damaged(log, page=int(found[0][0])), _started(log) as running:
        _first_answer_s(running)  # it meets the damage, and is stored in the new log
        _require_recovering(running.ingest_port)
        during = measure_posts(running.ingest_port, connections=1, seconds=seconds)
        carried = _require_recovering(running.ingest_port)
    with damaged(log, page=1), _started(log) as running:
        lost_start_s = _first_answer_s(running)
        _require_recovering(running.ingest_port)
        without = measure_posts(running.ingest_port, connections=1, seconds=seconds)
    return [
        (f"POST, 1 connection, a log of {size}", _figures(before)),
        (
            "the same while its rows are carried into a new one",
            f"{_figures(during, before)}; {carried:,} rows carried",
        ),
        ("the same, page 1 lost", _figures(without, before)),
        ("start to the first answered POST, sound", f"{start_s:.2f} s"),
        ("start to the first answered POST, page 1 lost", f"{lost_start_s:.2f} s"),
    ]


def _figures(posts: PostFigures, before: PostFigures | None = None) -> str:
    figures = f"{posts.per_second:,.0f}/s; {posts.latencies}"
    if before is None:
        return figures
    return (
        f"{figures}; p99 {posts.latencies.p99_ms / before.latencies.p99_ms:.2f} times that before"
    )


@contextmanager
def _started(log: Path) -> Iterator[RunningDaemons]:
    # Else the first start of a log that it does not know would check it, for minutes.
    condition = LogCondition(log)
    condition.opened(condition.uuid, created_at=time.time_ns() // 1_000_000)
    condition.closed()
    with daemons("ingestd", data=log.parent) as running:
        yield running


@contextmanager
def damaged(log: Path, *, page: int) -> Iterator[None]:
    """Let a page be garbage within the block, and put everything back at its end."""
    before = set(log.parent.glob("events-damaged-*.db"))
    original = _overwrite(log, page, random.Random(page).randbytes(PAGE_BYTES))  # noqa: S311 - no secret
    try:
        yield
    finally:
        for aside in set(log.parent.glob("events-damaged-*.db")) - before:
            forget_wal(aside)
            forget_wal(log)
            aside.replace(log)
        _overwrite(log, page, original)


def _overwrite(path: Path, page: int, data: bytes) -> bytes:
    """Write a page, and return what it held."""
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        held = file.read(PAGE_BYTES)
        file.seek((page - 1) * PAGE_BYTES)
        file.write(data)
    return held


def _first_answer_s(running: RunningDaemons) -> float:
    """Post an event, and return how long after its start ingestd has answered."""
    with closing(
        http.client.HTTPConnection("127.0.0.1", running.ingest_port, timeout=MAX_START_S)
    ) as connection:
        # Connections are taken before the log is open, and wait until it is.
        connection.request("POST", "/events", body(time.time_ns()))  # no duplicate of any
        status = connection.getresponse().status
    if status != 200:
        raise NoRecoveryError(f"the first event was answered with {status}")
    return time.perf_counter() - running.started["ingestd"]


def _require_recovering(port: int) -> int:
    """Return how many rows were carried over by now; raise NoRecoveryError if that has ended."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/health")
        recoveries = msgspec.json.decode(connection.getresponse().read())["damage"]["recoveries"]
    if not recoveries or recoveries[0]["done_at"] is not None:
        raise NoRecoveryError("no rows are carried over: measure a shorter time, or a larger log")
    return int(recoveries[0]["rows_carried"])


_INDEX_ROOT: Final = "SELECT rootpage FROM sqlite_schema WHERE name = 'events_session'"
