"""Measure the latency of every kind of API request while events arrive."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bench.client import TimedClient, TimedResponse
from bench.daemons import daemons
from bench.figures import Latencies, latencies
from bench.fold import NoViewsError, read_views_state
from bench.generator.texts import pick
from bench.load import LoadResult, running_load
from bench.log_values import LogValues, read_log_values
from bench.memory import peak_mb, resident_mb
from bench.queries import KINDS, QueryContext

PER_SECOND: Final = 200
FOLD_TIMEOUT_S: Final = 3_600.0
MAX_SHARES: Final = 4
"""A kind that has taken so many times its share of the seconds is left out from then on: at half a
minute an answer it would leave no time for the others.
"""


class KindLatency(msgspec.Struct, frozen=True):
    name: str
    requests: int
    latencies: Latencies | None
    """None where no answer was good."""
    failures: dict[str, int]
    """Counts of the others by message, the most frequent first."""


class ApiLatency(msgspec.Struct, frozen=True):
    kinds: Sequence[KindLatency]
    resident_mb: float
    peak_mb: float
    load: LoadResult | None

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures for a table, the slowest kind last."""
        good = [(kind, kind.latencies) for kind in self.kinds if kind.latencies is not None]
        rows = [(kind.name, f"{kind.requests} requests; {taken}") for kind, taken in good]
        if good:
            worst, taken = max(good, key=lambda it: it[1].p99_ms)
            rows.append((f"the slowest: {worst.name}", str(taken)))
        memory = f"{self.resident_mb:.0f} MB resident, {self.peak_mb:.0f} MB at most"
        rows.append(("memory of queryd", memory))
        if self.load is not None:
            rows.append(("load meanwhile", str(self.load)))
        return rows

    def failures(self) -> list[str]:
        """Return a line for each way in which a kind failed."""
        return [
            f"{kind.name}: {count} of {kind.requests}: {what}"
            for kind in self.kinds
            for what, count in kind.failures.items()
        ]


def measure_latency(log: Path, *, seconds: float, only: str = "", per_second: int) -> ApiLatency:
    """Send requests whose kind starts with `only`, one after the other, for some seconds."""
    values = read_log_values(log)
    with daemons("ingestd", "queryd", data=log.parent, pin=False) as running:
        pid = running.pids["queryd"]
        with closing(TimedClient(running.query_port)) as client:
            _wait_until_folded(client)
            with running_load(running.ingest_port, per_second) as load:
                kinds = _send_requests(client, values, only, seconds)
        return ApiLatency(kinds, resident_mb(pid), peak_mb(pid), load.result)


def _send_requests(
    client: TimedClient, values: LogValues, only: str, seconds: float
) -> list[KindLatency]:
    names = [name for name in KINDS if name.startswith(only)]
    context = QueryContext(values, Random(1), {})  # noqa: S311 - no secret
    good: dict[str, list[float]] = defaultdict(list)
    bad: dict[str, Counter[str]] = defaultdict(Counter)
    left = dict.fromkeys(names, seconds / len(names) * MAX_SHARES)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and left:
        name = pick(context.rng, list(left))
        path = KINDS[name](context)
        answer = client.get(path)
        left[name] -= answer.took_s
        if left[name] < 0:
            del left[name]
        if answer.status == 200:
            good[name].append(answer.took_s)
            if name.endswith("deep pages"):
                context.save_cursor(name, answer.json())
        else:
            bad[name][_failure(answer, path)] += 1
    return [_kind_latency(name, good[name], bad[name]) for name in names if good[name] or bad[name]]


def _kind_latency(name: str, good: list[float], bad: Counter[str]) -> KindLatency:
    taken = latencies(good) if good else None
    return KindLatency(name, len(good) + bad.total(), taken, dict(bad.most_common(2)))


def _failure(answer: TimedResponse, path: str) -> str:
    """Describe a failure without the path's values, to count those of one kind together."""
    route = path.partition("?")[0]
    return f"{answer.status} {answer.body.decode().replace(route, '(its path)')[:200]}"


def _wait_until_folded(client: TimedClient) -> None:
    """Wait for views that are behind, if this queryd has any."""
    end = time.monotonic() + FOLD_TIMEOUT_S
    while time.monotonic() < end:
        try:
            views = read_views_state(client)
        except NoViewsError:
            return
        if views["folded_id"] >= views["last_id"]:
            return
        time.sleep(0.5)
    raise RuntimeError("the views are not folded")
