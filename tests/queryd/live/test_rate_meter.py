"""Test the rate of events and how late they are."""

import time

from queryd.live.rate_meter import MAX_LAGS, Lag, LagMeter, RateMeter

NOW_MS = 1_790_000_000_000


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return it."""
        return self.now


def fixed(monkeypatch: object) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_MS * 1_000_000)  # type: ignore[attr-defined]


def test_the_rate_covers_whole_measured_seconds() -> None:
    """A daemon that has run for ten seconds has seen no minute."""
    clock = Clock(1000.0)
    meter = RateMeter(clock)
    assert meter.rate().last_minute is None
    for second in range(10):
        clock.now = 1000.0 + second
        for _ in range(6):
            meter.record(NOW_MS)
    clock.now = 1010.0
    assert meter.rate().last_minute == 6.0
    assert meter.rate().last_five_minutes == 6.0
    clock.now = 1070.0
    assert meter.rate().last_minute == 0.0
    assert meter.rate().last_five_minutes == round(60 / 70, 2)


def test_the_series_counts_every_event_once_in_its_bucket() -> None:
    """The chart's sum is what came."""
    clock = Clock(1003.0)
    meter = RateMeter(clock)
    for second, count in ((1003, 1), (1004, 2), (1005, 4), (1299, 8)):
        clock.now = second + 0.5
        for _ in range(count):
            meter.record(NOW_MS)
    rate = meter.rate()
    assert rate.bucket_ms == 5000
    assert len(rate.counts) == 60
    assert rate.counts[:3] == [3, 4, 0]
    assert rate.counts[-1] == 8
    assert all(count == 0 for count in rate.counts[2:-1])


def test_the_rate_before_the_start_is_unknown() -> None:
    """The chart must distinguish no events from no measurement."""
    clock = Clock(1002.0)
    meter = RateMeter(clock)
    clock.now = 1011.0
    counts = list(meter.rate().counts)
    assert counts[-3:] == [0, 0, 0]
    assert counts[:-3] == [None] * 57


def test_the_series_drops_older_events() -> None:
    """It lives as long as the daemon, which is months."""
    clock = Clock(1000.0)
    meter = RateMeter(clock)
    for second in range(1000, 2000):
        clock.now = float(second)
        meter.record(NOW_MS)
    assert sum(count or 0 for count in meter.rate().counts) == 300


def test_the_series_has_its_start_time(monkeypatch: object) -> None:
    """Its times are the reader's, whatever the daemon's own clock counts from."""
    fixed(monkeypatch)
    clock = Clock(1003.0)
    rate = RateMeter(clock).rate()
    assert rate.start == NOW_MS - (3 + 59 * 5) * 1000


def test_a_lag_is_the_time_since_the_arrival_stamp(monkeypatch: object) -> None:
    """These are what "live" means."""
    fixed(monkeypatch)
    clock = Clock(50.0)
    lags = LagMeter(clock)
    assert lags.last_minute() is None
    for lag in range(1, 101):
        lags.record(NOW_MS - lag)
    assert lags.last_minute() == Lag(events=100, p50_ms=50, p99_ms=99, max_ms=100)
    clock.now = 111.0
    assert lags.last_minute() is None


def test_a_clock_set_back_gives_no_negative_lag(monkeypatch: object) -> None:
    """A negative delay would be drawn as one."""
    fixed(monkeypatch)
    lags = LagMeter(Clock(1.0))
    lags.record(NOW_MS + 5_000)
    assert lags.last_minute() == Lag(events=1, p50_ms=0, p99_ms=0, max_ms=0)


def test_a_flood_is_measured_within_bounds() -> None:
    """A million events a minute must not become a million numbers in memory."""
    lags = LagMeter(Clock(1.0))
    for _ in range(MAX_LAGS + 5):
        lags.record(0)
    lag = lags.last_minute()
    assert lag is not None
    assert lag.events == MAX_LAGS
