"""Measure how soon the API answers, every kind of question, while events arrive.

In: a made log, which grows by what arrives. Out: times by kind, and what was not answered.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bench.client import Answer, Client
from bench.daemons import daemons
from bench.facts import Facts, facts_of
from bench.figures import Latencies, latencies
from bench.fold import NoViewsError, views_of
from bench.load import Arrived, arriving
from bench.memory import peak_mb, resident_mb
from bench.questions import KINDS, Asking
from bench.years.texts import pick

PER_SECOND: Final = 200
FOLDED_S: Final = 3_600.0
MOST_SHARES: Final = 4
"""A kind that has taken so many times its share of the seconds is asked no more: one kind of half a
minute an answer would leave no time to ask the others.
"""


class Kind(msgspec.Struct, frozen=True):
    """Tell how one kind of question was answered."""

    name: str
    asked: int
    latencies: Latencies | None
    """None where no answer was good."""
    failures: dict[str, int]
    """Counts the others by what they said, the most frequent first."""


class Answers(msgspec.Struct, frozen=True):
    """Tell how everything was answered."""

    kinds: Sequence[Kind]
    resident_mb: float
    peak_mb: float
    arrived: Arrived | None

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures for a table, the slowest kind last."""
        good = [(kind, kind.latencies) for kind in self.kinds if kind.latencies is not None]
        rows = [(kind.name, f"{kind.asked} asked; {taken}") for kind, taken in good]
        if good:
            worst, taken = max(good, key=lambda it: it[1].p99_ms)
            rows.append((f"the slowest: {worst.name}", str(taken)))
        memory = f"{self.resident_mb:.0f} MB resident, {self.peak_mb:.0f} MB at most"
        rows.append(("memory of queryd, asked", memory))
        if self.arrived is not None:
            rows.append(("arrived meanwhile", str(self.arrived)))
        return rows

    def failures(self) -> list[str]:
        """Return a line for each way in which a kind failed."""
        return [
            f"{kind.name}: {count} of {kind.asked}: {what}"
            for kind in self.kinds
            for what, count in kind.failures.items()
        ]


def measure_answers(log: Path, *, seconds: float, only: str = "", per_second: int) -> Answers:
    """Ask questions whose kind begins with `only`, one after the other, for some seconds."""
    facts = facts_of(log)
    with daemons("ingestd", "queryd", data=log.parent, pin=False) as running:
        pid = running.pids["queryd"]
        with closing(Client(running.query_port)) as client:
            _wait_until_folded(client)
            with arriving(running.ingest_port, per_second) as load:
                kinds = _ask(client, facts, only, seconds)
        return Answers(kinds, resident_mb(pid), peak_mb(pid), load.arrived)


def _ask(client: Client, facts: Facts, only: str, seconds: float) -> list[Kind]:
    names = [name for name in KINDS if name.startswith(only)]
    ask = Asking(facts, Random(1), {})  # noqa: S311 - luck, no secret
    good: dict[str, list[float]] = defaultdict(list)
    bad: dict[str, Counter[str]] = defaultdict(Counter)
    left = dict.fromkeys(names, seconds / len(names) * MOST_SHARES)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and left:
        name = pick(ask.rng, list(left))
        path = KINDS[name](ask)
        answer = client.get(path)
        left[name] -= answer.took_s
        if left[name] < 0:
            del left[name]
        if answer.status == 200:
            good[name].append(answer.took_s)
            if name.endswith("deep pages"):
                ask.learn(name, answer.json())
        else:
            bad[name][_said(answer, path)] += 1
    return [_kind(name, good[name], bad[name]) for name in names if good[name] or bad[name]]


def _kind(name: str, good: list[float], bad: Counter[str]) -> Kind:
    taken = latencies(good) if good else None
    return Kind(name, len(good) + bad.total(), taken, dict(bad.most_common(2)))


def _said(answer: Answer, path: str) -> str:
    """Word a failure, alike for questions of one kind: without the path's values."""
    route = path.partition("?")[0]
    return f"{answer.status} {answer.body.decode().replace(route, '(its path)')[:200]}"


def _wait_until_folded(client: Client) -> None:
    """Wait for views that are behind; a queryd without any is asked as it is."""
    end = time.monotonic() + FOLDED_S
    while time.monotonic() < end:
        try:
            views = views_of(client)
        except NoViewsError:
            return
        if views["folded_id"] >= views["last_id"]:
            return
        time.sleep(0.5)
    raise RuntimeError("the views are not folded")
