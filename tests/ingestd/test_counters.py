"""Test the figures, and that complaints do not flood the daemon's log."""

import time

import pytest

from ingestd.counters import COMMIT_BUCKETS_S, Counters


class Clock:
    """Replace the machine's clock; a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


def test_one_kind_of_warning_is_logged_once_a_second(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk at a thousand events a second would fill the next disk with lines about it."""
    counters = Counters()
    for step in range(25):
        counters.warn("full: %s", step)
        clock.now += 0.1
    assert caplog.messages == [
        "full: 0",
        "full: 10 (and 9 more like it)",
        "full: 20 (and 9 more like it)",
    ]


def test_another_kind_is_not_silenced_by_the_first(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad body must not hide behind a full disk."""
    counters = Counters()
    counters.warn("full: %s", 1)
    counters.warn("bad: %s", 2)
    clock.now += 1.0
    counters.warn("bad: %s", 3)
    assert caplog.messages == ["full: 1", "bad: 2", "bad: 3"]


def test_the_rate_is_of_the_last_ten_whole_seconds(clock: Clock) -> None:
    """The current second would make it jump."""
    counters = Counters()
    assert counters.events_per_second() == 0
    for _ in range(30):
        counters.stored(3, 1)
        counters.stored(2, 0)
        clock.now += 1.0
    assert counters.events_per_second() == 5
    clock.now += 5.0
    assert counters.events_per_second() == 2.5
    clock.now += 60.0
    assert counters.events_per_second() == 0
    assert (counters.events_stored, counters.duplicates) == (150, 30)


def test_the_current_second_does_not_count_yet(clock: Clock) -> None:
    """It has seen only part of its events."""
    counters = Counters()
    counters.stored(100, 0)
    assert counters.events_per_second() == 0
    clock.now += 1.0
    assert counters.events_per_second() == 10


def test_commits_fall_into_cumulative_buckets() -> None:
    """Prometheus reads each bucket as "this fast or faster"."""
    counters = Counters()
    for seconds in (0.0001, 0.0007, 0.02, 5.0):
        counters.committed(seconds)
    assert dict(zip(COMMIT_BUCKETS_S, counters.commit_buckets, strict=True)) == {
        0.0001: 1,
        0.00025: 1,
        0.0005: 1,
        0.001: 2,
        0.0025: 2,
        0.005: 2,
        0.01: 2,
        0.05: 3,
        0.25: 3,
        1.0: 3,
    }
    assert counters.commits == 4
    assert counters.commit_seconds == pytest.approx(5.0208)
