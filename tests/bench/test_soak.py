"""Run the soak for some seconds, and test that its checks find faults."""

import random
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench import soak, soak_views
from bench.damage import PAGE_BYTES, RecoveryStatus, damage_page, recovery_status
from bench.growth import check_memory, slope
from bench.soak import AcknowledgedEvent, SoakReport
from ingestd.log.writer import Writer
from tests.processes.proc import needs_proc
from tests.shared.events import new

DAY_MS = 86_400_000


@needs_proc
def test_a_short_soak_finds_nothing() -> None:
    """It runs the daemons as people do, and everything that can happen to them at once."""
    found = soak.soak(0.2, seed=1, batched_events=500)
    assert found.failures == []
    rows = dict(found.rows)
    for fault in ("kill -9 of ingestd", "kill -9 of queryd", "disk full, then not"):
        assert rows[fault] != "0 times"
    assert rows["20 streams"].startswith("0 gaps, 0 repeats, ")
    assert rows["integrity of the log"] == "ok"
    assert rows["a damaged page"].endswith(" events reported as lost")
    assert ", 0 different" in rows["rebuilt views give the same answers"]
    assert rows["memory of queryd, warm"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    writer = Writer(path)
    now = time.time_ns() // 1_000_000
    writer.append([new(it, event_id=f"k{it}", timestamp=now) for it in range(3)])
    writer.close()
    return path


def checked(log: Path, keys: list[str], *, lost: int = 0) -> list[str]:
    """Return what is found of a log that should hold these keys alone."""
    now = time.time_ns() // 1_000_000
    found = SoakReport([], [])
    sent = [AcknowledgedEvent(key, "s", now) for key in keys]
    soak._check_log(log, sent, now - 3 * DAY_MS, lost, found)  # noqa: SLF001 - a check of its own
    return found.failures


def test_a_missing_event_is_found_unless_it_was_reported_as_lost(log: Path) -> None:
    """A soak that cannot fail shows nothing."""
    keys = [f"k{number}" for number in range(3)]
    assert checked(log, keys) == []
    assert checked(log, [*keys, "k3"], lost=1) == []
    assert len(checked(log, [*keys, "k3"])) == 1
    assert len(checked(log, keys[:2])) == 1


def test_one_page_and_no_other_is_damaged(log: Path) -> None:
    """The first page is what says that the file is a database at all."""
    before = log.read_bytes()
    page = damage_page(log, random.Random(1))
    after = log.read_bytes()
    changed = {at // PAGE_BYTES for at in range(len(before)) if before[at] != after[at]}
    assert changed == {page - 1}
    assert page > 1
    assert len(before) == len(after)


def test_a_recovery_runs_until_all_is_carried() -> None:
    """Only then it is known how many events are lost."""

    def reported(*recoveries: Mapping[str, int | None]) -> RecoveryStatus:
        return recovery_status({"damage": {"recoveries": recoveries}})

    done = {"done_at": 5, "rows_lost": 2}
    assert reported() == RecoveryStatus(0, is_running=False, lost_events=0)
    assert reported(done, done) == RecoveryStatus(2, is_running=False, lost_events=4)
    running = {"done_at": None, "rows_lost": None}
    assert reported(running, done) == RecoveryStatus(2, is_running=True, lost_events=None)


def test_a_slope_is_growth_for_each_unit() -> None:
    """Level means none."""
    assert slope([0, 1, 2], (5.0, 7.0, 9.0)) == pytest.approx(2.0)
    assert slope([0, 1, 2], (5.0, 5.0, 5.0)) == 0.0
    assert slope([3], (5.0,)) == 0.0


@pytest.mark.parametrize(("leak_kb", "passes"), [(0.0, True), (0.2, True), (1.0, False)])
def test_a_leak_of_a_kilobyte_an_event_is_found(leak_kb: float, *, passes: bool) -> None:
    """Above steps of 1 MB in which an allocator takes memory, and gives some of it back."""
    steps = random.Random(1)
    counts = range(20_500, 40_001, 500)
    samples = [(it, 80 + steps.random() + it * leak_kb / 1024) for it in counts]
    holds, figure = check_memory(samples)
    assert holds == passes
    assert figure.startswith("80 to " if not leak_kb else "")


def test_memory_is_not_judged_by_few_events() -> None:
    """What warms up would pass for a leak."""
    assert check_memory([(500, 50.0), (1_000, 60.0)])[0]


def test_figures_are_compared_for_hours_with_complete_sessions_alone() -> None:
    """They outlive their events, so new views have others of the hours before."""
    hour = soak.HOUR_MS
    old = [AcknowledgedEvent(f"old-{it}", "old", it * hour + 5) for it in range(50)]
    torn = [AcknowledgedEvent(f"torn-{it}", "torn", it * hour + 5) for it in range(30, 60)]
    new = [AcknowledgedEvent(f"new-{it}", "new", it * hour + 5) for it in range(40, 100)]
    sent = [*old, *torn, *new]
    whole = soak._whole_sessions(sent, torn[5:6], 20 * hour)  # noqa: SLF001 - a check of its own
    assert whole == ["new"]
    span = soak._whole_span(sent, whole)  # noqa: SLF001 - a check of its own
    assert (span.since, span.until) == (60 * hour, 99 * hour + 5)


def test_figures_of_complete_sessions_alone_are_compared_from_the_first_event() -> None:
    """From 1970 on the hours were more than a route answers."""
    hour = soak.HOUR_MS
    sent = [AcknowledgedEvent(f"new-{it}", "new", it * hour + 5) for it in range(40, 100)]
    span = soak._whole_span(sent, ["new"])  # noqa: SLF001 - a check of its own
    assert (span.since, span.until) == (40 * hour, 99 * hour + 5)


def test_only_numbers_and_the_time_of_an_answer_are_left_out_of_a_comparison() -> None:
    """Whatever else is left out may be wrong unseen."""
    call = {"tool_name": "Bash", "id": 7, "outcome": "ok"}
    lane = {"session_id": "s", "calls": [call], "last_event_id": 9}
    assert soak_views.comparable({"now": 5, "lanes": [lane], "next": "x", "id": 3}) == {
        "lanes": [{**lane, "calls": [{"tool_name": "Bash", "outcome": "ok"}]}],
        "next": True,
        "id": 3,
    }
