"""Measure how fast queryd folds a whole log, and how soon it serves after a restart."""

import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.client import TimedClient
from bench.daemons import daemons
from bench.generator.log import read_metadata
from bench.memory import memory_of_all_mb
from shared.files import size_bytes

POLL_S: Final = 0.25
STALLED_S: Final = 120.0
TENTHS: Final = 10
DERIVED: Final = ("views.db", "search.db")


class NoViewsError(Exception):
    """Report that this queryd folds nothing."""


class FoldResult(msgspec.Struct, frozen=True):
    events: int
    took_s: float
    slowest_tenth: float
    """Events a second, in that tenth of the events which took longest."""
    views_took_s: float
    peak_mb: float
    log_bytes: int
    views_bytes: int
    search_bytes: int

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures for a table."""
        rate = self.events / self.took_s
        return [
            (
                f"fold of {self.events:,} events, search included",
                f"{rate:,.0f} events/s; slowest tenth {self.slowest_tenth:,.0f} events/s",
            ),
            ("of those, views alone", f"{self.events / self.views_took_s:,.0f} events/s"),
            ("memory of queryd at most, folding", f"{self.peak_mb:.0f} MB, both processes"),
            (
                "log, views and full text on disk",
                ", ".join(
                    f"{size / 1e9:.2f} GB"
                    for size in (self.log_bytes, self.views_bytes, self.search_bytes)
                ),
            ),
        ]


def measure_fold(log: Path) -> FoldResult:
    """Fold a generated log from its first event to its last."""
    read_metadata(log)
    delete_views(log)
    with daemons("queryd", data=log.parent, pin=False) as running:
        with closing(TimedClient(running.query_port)) as client:
            progress = _watch(client, running.started["queryd"], running.pids["queryd"])
        views_bytes, search_bytes = (_size(log, name) for name in DERIVED)
    events, took_s = progress.seen[-1]
    return FoldResult(
        events=events,
        took_s=took_s,
        slowest_tenth=_slowest(progress.seen),
        views_took_s=progress.views_took_s,
        peak_mb=progress.peak_mb,
        log_bytes=size_bytes(log),
        views_bytes=views_bytes,
        search_bytes=search_bytes,
    )


def measure_restart(log: Path) -> float:
    """Return the seconds from a start of queryd to its first answer about sessions."""
    with daemons("queryd", data=log.parent, pin=False) as running:
        started = running.started["queryd"]
        with closing(TimedClient(running.query_port)) as client:
            while (answer := client.get("/api/sessions/active")).status != 200:
                if time.perf_counter() - started > STALLED_S:
                    raise RuntimeError(f"/api/sessions/active: {answer.status} {answer.body!r}")
                time.sleep(0.005)
            return time.perf_counter() - started


def read_views_state(client: TimedClient) -> dict[str, Any]:
    """Return the state of queryd's views: `state`, `folded_id`, `last_id`.

    Raise NoViewsError where its health has none.
    """
    health = client.get("/api/health").json()
    if "views" not in health:
        raise NoViewsError("this queryd has no views: /api/health shows none")
    views: dict[str, Any] = health["views"]
    return views


def delete_views(log: Path) -> None:
    """Delete the views and the full text; they are made of the log."""
    for name in DERIVED:
        for file in log.parent.glob(f"{name}*"):
            file.unlink()


def _size(log: Path, name: str) -> int:
    return sum(size_bytes(file) for file in log.parent.glob(f"{name}*"))


class _Progress(msgspec.Struct):
    seen: list[tuple[int, float]]
    """Events that views and full text both have, and when."""
    views_took_s: float = 0.0
    peak_mb: float = 0.0


def _watch(client: TimedClient, started: float, pid: int) -> _Progress:
    """Poll the fold until views and full text have reached the log's end."""
    progress = _Progress([(0, 0.0)])
    seen = progress.seen
    while True:
        health = client.get("/api/health").json()
        views, search = health["views"], health["search"]
        at = time.perf_counter() - started
        progress.peak_mb = max(progress.peak_mb, memory_of_all_mb(pid))
        done = min(int(views["folded_id"]), int(search["indexed_id"]))
        if not progress.views_took_s and 0 < views["last_id"] <= views["folded_id"]:
            progress.views_took_s = at
        if done > seen[-1][0]:
            seen.append((done, at))
            print(f"\r{done:,} events folded, {done / at:,.0f}/s ", end="", flush=True)
        if done and done >= views["last_id"]:
            print()
            return progress
        if at - seen[-1][1] > STALLED_S:
            raise RuntimeError(f"the fold has stalled: {views}, {search}")
        time.sleep(POLL_S)


def _slowest(seen: Sequence[tuple[int, float]]) -> float:
    """Return the rate of the tenth of the events that took longest."""
    events = seen[-1][0]
    times = [_when(seen, events * tenth / TENTHS) for tenth in range(TENTHS + 1)]
    longest = max(after - before for before, after in pairwise(times))
    return events / TENTHS / longest


def _when(seen: Sequence[tuple[int, float]], events: float) -> float:
    """Return when so many events had been folded, between two polls by interpolation."""
    at = max(bisect_left(seen, (events, 0.0)), 1)
    (done, before), (more, after) = seen[at - 1], seen[min(at, len(seen) - 1)]
    return after if more == done else before + (after - before) * (events - done) / (more - done)
