"""Replay a week of 50 sessions in minutes against the real daemons while faults are injected.

Both daemons are killed at random, the disk fills and empties, the WAL is checkpointed, retention
deletes, a page is damaged, and 20 streams follow all of it. Then these checks run:

- The log equals what was acknowledged less what was reported as lost.
- Each stream has seen every event once and in order.
- Rebuilt views give the same answers about complete sessions, with the timeline of each, and the
  same figures (usage, tools, API health) for hours without other sessions.
- Descriptors are level while nothing is killed.
- Memory is level over 20,000 events in batches, after 40,000 that warm caches: a daemon that grows
  by more than 0.5 kB an event fails, so that a leak of 1 kB an event is found. What a leak takes
  for each request, not event, shows there only at 250 kB: a batch has 500 events.

The disk is full by a limit on the size of ingestd's files (`prlimit`), which needs no privileges
and Linux alone has; elsewhere that part is left out, and the table says so.
"""

import http.client
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from bench.daemons import ROOT
from bench.damage import damage_page, recovery_status
from bench.followers import Followers
from bench.generator.calendar import DAY_MS, Plan
from bench.generator.log import generate_session, projects
from bench.generator.sessions import MIN_EVENTS
from bench.growth import DescriptorSampler, MemorySampler
from bench.load import body_of
from bench.restarts import RestartableDaemons
from bench.soak_views import TimeSpan, answers

SESSIONS: Final = 50
SENDERS: Final = 10
STREAMS: Final = 20
PER_SECOND: Final = 60
WEEK_MS: Final = 7 * DAY_MS
WEEK_END_AGO_MS: Final = 28 * 3_600_000
"""The week ended so long ago that time alone changes no session's status any more."""
RETENTION_DAYS: Final = 3
HOUR_MS: Final = 3_600_000
MAX_SESSIONS: Final = 100
"""Sessions whose answers are compared: the first that are complete."""
FAULT_FREE_SHARE: Final = 1 / 3
"""The share of the time, at its end, without faults: growth is measured there."""
TIMEOUT_S: Final = 60.0
WORDS: Final = 20_000
BATCHES_AFTER_MS: Final = 2 * 3_600_000
"""From the week to events in batches: so there are hours of which all events are there."""
BATCHED_EVENTS: Final = 20_000
"""Events in batches over which memory is sampled, after twice as many that warm caches: ingestd's
of 16,384 events without a tool call fills last."""
BATCH_EVENTS: Final = 500


class SoakError(Exception):
    """Report that the run could not go on."""


class SoakReport(msgspec.Struct):
    rows: list[tuple[str, str]]
    failures: list[str]

    def check(self, what: str, figure: str, *, holds: bool) -> None:
        """Add a row, and a failure where it does not hold."""
        self.rows.append((what, figure if holds else f"NOT SO: {figure}"))
        if not holds:
            self.failures.append(f"{what}: {figure}")


class AcknowledgedEvent(msgspec.Struct, frozen=True):
    key: str
    session_id: str
    timestamp: int


def soak(minutes: float, seed: int, *, batched_events: int = BATCHED_EVENTS) -> SoakReport:
    """Run for some minutes, and check everything at the end."""
    seconds, rng = 60 * minutes, random.Random(seed)  # noqa: S311 - no secret
    found = SoakReport([("seed, minutes", f"{seed}, {minutes:g}")], [])
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with RestartableDaemons(data, HOOKWATCH_RETENTION_DAYS=str(RETENTION_DAYS)) as daemons:
            with (
                Followers(daemons.query_port, STREAMS) as followers,
                Senders(daemons.ingest_port, seed, seconds) as senders,
                DescriptorSampler(daemons.pids) as descriptors,
            ):
                lost = _inject_faults(
                    daemons, senders, rng, seconds * (1 - FAULT_FREE_SHARE), found
                )
                senders.may_end.set()
                descriptors.start()
                senders.join()
                descriptors.stop()
                memory = _post_batches(daemons, senders, seed, batched_events)
                cutoff = _settle(daemons, senders)
                last_id = daemons.ingestd_health()["last_id"]
                if not followers.reach(last_id, TIMEOUT_S):
                    found.failures.append("a stream did not reach the log's end")
            found.rows.append(("events acknowledged", f"{len(senders.acknowledged):,}"))
            found.rows.append(("answers but 200, each sent again", f"{senders.refused:,}"))
            _check_streams(followers, data / "events.db", found)
            descriptors.report(found.check)
            memory.report(found.check)
            _check_views(daemons, senders.acknowledged, cutoff, found)
            daemons.stop()
        _check_log(data / "events.db", senders.acknowledged, cutoff, lost, found)
    return found


class Senders:
    """Post the sessions' events at a rate until the time is up, each until it is acknowledged."""

    def __init__(self, port: int, seed: int, seconds: float) -> None:
        self.acknowledged: list[AcknowledgedEvent] = []
        self.refused = 0
        self._port = port
        self._seconds = seconds
        self.may_end = threading.Event()
        """Set after the last fault: some show only while events arrive."""
        self._enough = threading.Event()
        self._failure: Exception | None = None
        self._start_ms = time.time_ns() // 1_000_000 - WEEK_END_AGO_MS - WEEK_MS
        # Before the time starts: it takes seconds, and the week's first days would have no events.
        self._projects = projects(seed, words=WORDS)
        self._batched = self._bodies(SENDERS, seed)
        self._threads = [
            threading.Thread(target=self._run, args=(number, seed), daemon=True)
            for number in range(SENDERS)
        ]

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def join(self) -> None:
        """Wait until the time is up and all is acknowledged; raise SoakError if it is not."""
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise SoakError(str(self._failure)) from self._failure

    def post_batch(self, connection: http.client.HTTPConnection, key: str, count: int) -> int:
        """Post events of a moment after the week; return how many were accepted."""
        at_ms = self._start_ms + WEEK_MS + BATCHES_AFTER_MS
        batch = list(islice(self._batched, count))
        data = b"[%b]" % b",".join(body(at_ms) for _, body in batch)
        connection.request("POST", "/events", data, {"X-Event-Id": key, "X-Fired-At": str(at_ms)})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200 or msgspec.json.decode(answer)["accepted"] != count:
            raise SoakError(f"a batch was not accepted: {response.status} {answer[:500].decode()}")
        self.acknowledged += [
            AcknowledgedEvent(f"{key}/{place}", session_id, at_ms)
            for place, (session_id, _) in enumerate(batch)
        ]
        return count

    def _run(self, number: int, seed: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            with closing(connection):
                for due, (session_id, body) in enumerate(self._bodies(number, seed)):
                    at = due * SENDERS / PER_SECOND
                    elapsed = time.monotonic() - self._started
                    is_finished = elapsed > self._seconds and self.may_end.is_set()
                    if is_finished or self._enough.wait(max(0.0, at - elapsed)):
                        return
                    share = min(1.0, elapsed / self._seconds)
                    at_ms = self._start_ms + int(share * WEEK_MS)
                    key = f"soak-{number}-{due}"
                    self._send(connection, key, body(at_ms), at_ms)
                    self.acknowledged.append(AcknowledgedEvent(key, session_id, at_ms))
        except Exception as error:
            self._failure = error

    def _bodies(self, number: int, seed: int) -> Iterator[tuple[str, Callable[[int], bytes]]]:
        """Yield sessions' events, whose time is given as they are sent."""
        rng = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
        events = max(MIN_EVENTS, int(self._seconds * PER_SECOND / SESSIONS / 6))
        running: list[Iterator[Any]] = []
        while True:
            while len(running) < SESSIONS // SENDERS:
                running.append(iter(generate_session(self._projects, Plan(0, events), rng).rows))
            index = rng.randrange(len(running))
            row = next(running[index], None)
            if row is None:
                del running[index]
            else:
                yield row[2], partial(body_of, row)

    def _send(
        self, connection: http.client.HTTPConnection, key: str, body: bytes, at_ms: int
    ) -> None:
        end = time.monotonic() + TIMEOUT_S
        headers = {"X-Event-Id": key, "X-Fired-At": str(at_ms)}
        while True:
            status = 0
            try:
                connection.request("POST", "/events", body, headers)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                connection.close()  # it was killed; whether it stored the event is not project_list
            if status == 200:
                return
            self.refused += status > 0
            if time.monotonic() > end:
                raise SoakError(
                    f"{key} was not accepted within {TIMEOUT_S:.0f} s, at last {status}"
                )
            time.sleep(0.05)


def _inject_faults(
    daemons: RestartableDaemons,
    senders: Senders,
    rng: random.Random,
    seconds: float,
    found: SoakReport,
) -> int:
    """Inject faults until the time is up; return how many events were reported as lost."""
    kinds: dict[str, Callable[[], None]] = {
        "kill -9 of ingestd": lambda: daemons.kill("ingestd"),
        "kill -9 of queryd": lambda: daemons.kill("queryd"),
        "WAL checkpointed by another process": lambda: _checkpoint(daemons.log),
    }
    if hasattr(resource, "prlimit"):
        kinds["disk full, then not"] = lambda: _fill(daemons, senders)
    done = dict.fromkeys(kinds, 0)
    started, bag, lost = time.monotonic(), list[str](), None
    while (elapsed := time.monotonic() - started) < seconds or not all(done.values()):
        time.sleep(rng.uniform(0.02, 0.06) * seconds if elapsed < seconds else 0)
        bag = bag or rng.sample(sorted(kinds), len(kinds))
        kind = bag.pop()
        kinds[kind]()
        done[kind] += 1
        if lost is None and elapsed > seconds / 2:
            lost = _damage(daemons, rng, found)
    found.rows += [(kind, f"{times} times") for kind, times in done.items()]
    if "disk full, then not" not in kinds:
        found.rows.append(("disk full, then not", "left out: this system has no prlimit"))
    return lost or 0


def _damage(daemons: RestartableDaemons, rng: random.Random, found: SoakReport) -> int:
    """Damage a page, and wait until ingestd has recovered; return how many events it lost."""
    with daemons.killed("ingestd"):
        page = damage_page(daemons.log, rng)

    def recovered() -> bool:
        state = recovery_status(daemons.ingestd_health())
        return state.recoveries > 0 and not state.is_running

    _wait(recovered, "the recovery of a damaged page")
    lost = recovery_status(daemons.ingestd_health()).lost_events
    if lost is None:
        raise SoakError(
            "ingestd reported no count of lost events, though the log's end can be read"
        )
    found.rows.append(("a damaged page", f"page {page}; {lost} events reported as lost"))
    return lost


def _fill(daemons: RestartableDaemons, senders: Senders) -> None:
    """Let no file of ingestd grow, until it refuses events; then let it go on."""
    pid, before = daemons.pids()["ingestd"], senders.refused
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
    try:
        _wait(lambda: senders.refused > before, "a refusal on a full disk")
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    _wait(lambda: daemons.ingestd_health()["status"] == "ok", "the end of a full disk")


def _post_batches(
    daemons: RestartableDaemons, senders: Senders, seed: int, count: int
) -> MemorySampler:
    """Post events in batches until caches are warm, and again as many; sample memory over those."""
    memory, done = MemorySampler(), 0
    with closing(http.client.HTTPConnection("127.0.0.1", daemons.ingest_port, timeout=60)) as to:
        while done < 3 * count:
            done += senders.post_batch(to, f"flood-{seed}-{done}", min(BATCH_EVENTS, count))
            # What is not folded yet is held in memory for a moment, and no leak.
            _wait(lambda: _is_folded(daemons.queryd_health()), "the views of a batch")
            if done > 2 * count:
                memory.sample(done, daemons.pids())
    return memory


def _checkpoint(log: Path) -> None:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(log, timeout=1)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _settle(daemons: RestartableDaemons, senders: Senders) -> int:
    """Wait until retention and views are done; return the time before which none may remain."""
    cutoff = time.time_ns() // 1_000_000 - RETENTION_DAYS * DAY_MS
    if not any(sent.timestamp > cutoff for sent in senders.acknowledged):
        raise SoakError("every event is past its retention")
    sql = f"SELECT count(*) FROM events WHERE timestamp < {cutoff}"
    _wait(lambda: _rows(daemons.log, sql) == [(0,)], "retention")
    _wait(lambda: _is_folded(daemons.queryd_health()), "the views")
    return cutoff


def _is_folded(health: dict[str, Any]) -> bool:
    views = health["views"]
    return bool(views["state"] == "live" and views["folded_id"] == views["last_id"])


def _check_log(
    log: Path, sent: list[AcknowledgedEvent], cutoff: int, lost: int, found: SoakReport
) -> None:
    """Compare the log with acknowledged events; those that expired meanwhile may remain."""
    stored = {key for (key,) in _rows(log, "SELECT event_id FROM events")}
    line = time.time_ns() // 1_000_000 - RETENTION_DAYS * DAY_MS
    young = {it.key for it in sent if it.timestamp >= line}
    old = {it.key for it in sent if it.timestamp < cutoff}
    missing = len(young - stored)
    figure = f"{len(young):,} to be kept, {missing} missing, {lost} reported as lost"
    found.check("the log holds what was acknowledged", figure, holds=missing <= lost)
    unknown = len(stored - {it.key for it in sent})
    found.check("and nothing else", f"{unknown} of unknown origin", holds=unknown == 0)
    figure = f"{len(old):,} past their time, {len(old & stored)} still there"
    found.check("retention", figure, holds=not old & stored)
    integrity = "\n".join(text for (text,) in _rows(log, "PRAGMA integrity_check"))
    found.check("integrity of the log", integrity, holds=integrity == "ok")


def _check_streams(followers: Followers, log: Path, found: SoakReport) -> None:
    ids = {rowid for (rowid,) in _rows(log, "SELECT id FROM events")}
    gaps = sum(len(ids - set(seen)) for seen in followers.seen)
    disorder = sum(
        sum(later <= former for former, later in pairwise(seen)) for seen in followers.seen
    )
    figure = f"{gaps} gaps, {disorder} repeats, {followers.reconnects} reconnects"
    found.check(f"{STREAMS} streams", figure, holds=gaps == disorder == 0)


def _check_views(
    daemons: RestartableDaemons, sent: list[AcknowledgedEvent], cutoff: int, found: SoakReport
) -> None:
    """Compare answers before and after a rebuild, where the log still has all events of them."""
    stored = {key for (key,) in _rows(daemons.log, "SELECT event_id FROM events")}
    lost = [it for it in sent if it.timestamp > cutoff and it.key not in stored]
    session_ids = _whole_sessions(sent, lost, cutoff)
    span = _whole_span(sent, session_ids)
    asked = session_ids[:MAX_SESSIONS]
    before = answers(daemons.query_port, asked, span)
    command = [sys.executable, "-m", "queryd", "rebuild"]
    subprocess.run(command, cwd=ROOT, env=daemons.environment, capture_output=True, check=True)
    _wait(lambda: _is_folded(daemons.queryd_health()), "the rebuild")
    after = answers(daemons.query_port, asked, span)
    different = [path for path in before | after if before.get(path) != after.get(path)]
    figures = sum(str(span) in path for path in before)
    count = sum(it.timestamp >= span.since for it in sent)
    figure = (
        f"{len(asked)} sessions, {len(before):,} answers, {figures} of them figures over "
        f"{count:,} events, {len(different)} different"
    )
    found.check(
        "rebuilt views give the same answers",
        figure,
        holds=not different and bool(asked) and count > 0,
    )
    found.failures += [f"different answer after a rebuild: {path}" for path in different]


def _whole_sessions(
    sent: list[AcknowledgedEvent], lost: list[AcknowledgedEvent], cutoff: int
) -> list[str]:
    """Return the sessions whose events are all in the log: of others the views may have more."""
    first: dict[str, int] = {}
    for it in sent:
        first[it.session_id] = min(it.timestamp, first.get(it.session_id, it.timestamp))
    incomplete = {it.session_id for it in lost}
    return [it for it, at in first.items() if at > cutoff + HOUR_MS and it not in incomplete]


def _whole_span(sent: list[AcknowledgedEvent], session_ids: list[str]) -> TimeSpan:
    """Return the hours after the last event of any other session.

    Figures outlive the events that they are made of, and what an event means may depend on earlier
    ones: when a call started, how much of a session's cost was counted before. Without any other
    session the span begins with the first event's hour.
    """
    whole = set(session_ids)
    others = [it.timestamp for it in sent if it.session_id not in whole]
    hour = max(others) // HOUR_MS + 1 if others else min(it.timestamp for it in sent) // HOUR_MS
    since = hour * HOUR_MS
    return TimeSpan(since, max(since, *(it.timestamp for it in sent)))


def _rows(log: Path, sql: str) -> list[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(f"{log.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.OperationalError as error:
        raise SoakError(f"{log}: {error}") from error


def _wait(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + TIMEOUT_S
    while True:
        with suppress(OSError, KeyError):  # a daemon starts again
            if is_so():
                return
        if time.monotonic() > end:
            raise SoakError(f"{what} did not happen within {TIMEOUT_S:.0f} s")
        time.sleep(0.05)
