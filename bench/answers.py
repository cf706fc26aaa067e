"""Measure how long every kind of API request takes while events arrive, with one client or many."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final, Self

import msgspec

from bench.client import TimedClient, TimedResponse
from bench.daemons import daemons
from bench.figures import Latencies, latencies
from bench.fold import NoViewsError, read_views_state
from bench.generator.texts import pick
from bench.load import LoadResult, running_load
from bench.log_values import LogValues, read_log_values
from bench.memory import peak_mb, processes_of, resident_mb
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


class AnswerLatency(msgspec.Struct, frozen=True):
    kinds: Sequence[KindLatency]
    per_second: float
    """Answers of all clients."""
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
        rows.append(("answers of all clients", f"{self.per_second:,.0f}/s"))
        memory = f"{self.resident_mb:.0f} MB resident, {self.peak_mb:.0f} MB at most"
        rows.append(("memory of queryd's processes", memory))
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


class _Answers:
    """Hold what one client, or several together, received."""

    def __init__(self) -> None:
        self.good: dict[str, list[float]] = defaultdict(list)
        self.bad: dict[str, Counter[str]] = defaultdict(Counter)

    @classmethod
    def of_all(cls, clients: Sequence["_Answers"]) -> Self:
        """Return the answers of all clients."""
        both = cls()
        for client in clients:
            for name, taken in client.good.items():
                both.good[name] += taken
            for name, failed in client.bad.items():
                both.bad[name] += failed
        return both

    def kinds(self) -> list[KindLatency]:
        """Return the figures of the kinds that were requested, in order."""
        return [
            _kind_latency(name, self.good[name], self.bad[name])
            for name in KINDS
            if self.good[name] or self.bad[name]
        ]


def measure_answers(
    log: Path, *, seconds: float, only: str = "", per_second: int, clients: int = 1
) -> AnswerLatency:
    """Send requests whose kind starts with `only` for some seconds.

    Each client sends one after the other. Without events to arrive, nothing is written to the log.
    """
    values = read_log_values(log)
    names = ("ingestd", "queryd") if per_second else ("queryd",)
    with daemons(*names, data=log.parent, pin=False) as running:
        processes = processes_of(running.pids["queryd"])
        with closing(TimedClient(running.query_port)) as client:
            _wait_until_folded(client)
        send = _sending(running.query_port, values, only, seconds)
        if per_second:
            with running_load(running.ingest_port, per_second) as load:
                answers = _send_from_all(send, clients)
            result = load.result
        else:
            answers, result = _send_from_all(send, clients), None
        good = sum(len(taken) for taken in answers.good.values())
        return AnswerLatency(
            answers.kinds(),
            good / seconds,
            sum(map(resident_mb, processes)),
            sum(map(peak_mb, processes)),
            result,
        )


def _send_from_all(send: Callable[[int], _Answers], clients: int) -> _Answers:
    with ThreadPoolExecutor(clients) as threads:
        return _Answers.of_all(list(threads.map(send, range(clients))))


def _sending(port: int, values: LogValues, only: str, seconds: float) -> Callable[[int], _Answers]:
    """Return what a client does, by its number."""

    def send(number: int) -> _Answers:
        context = QueryContext(values, Random(number + 1), {})  # noqa: S311 - no secret
        with closing(TimedClient(port)) as client:
            return _send_requests(client, context, only, seconds)

    return send


def _send_requests(
    client: TimedClient, context: QueryContext, only: str, seconds: float
) -> _Answers:
    answers = _Answers()
    names = [name for name in KINDS if name.startswith(only)]
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
            answers.good[name].append(answer.took_s)
            if name.endswith("deep pages"):
                context.save_cursor(name, answer.json())
        else:
            answers.bad[name][_failure(answer, path)] += 1
    return answers


def _kind_latency(name: str, good: list[float], bad: Mapping[str, int]) -> KindLatency:
    taken = latencies(good) if good else None
    failures = Counter(bad)
    return KindLatency(name, len(good) + failures.total(), taken, dict(failures.most_common(2)))


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
