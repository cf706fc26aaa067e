"""Test what a daemon reports of its own CPU and memory."""

import os
import time
from pathlib import Path

import pytest

from shared import process
from shared.process import Meter


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Let a test set the time and the used CPU."""
    clocks = {"now": 100.0, "used": 5.0}
    monkeypatch.setattr(time, "monotonic", lambda: clocks["now"])
    monkeypatch.setattr(time, "process_time", lambda: clocks["used"])
    return clocks


def test_cpu_is_a_share_of_one_core_in_the_last_seconds(clocks: dict[str, float]) -> None:
    """A figure since the start would hide that a daemon is busy now."""
    meter = Meter()
    assert meter.state().cpu_percent is None
    for second in range(1, 31):
        clocks.update(now=100.0 + second, used=5.0 + (0.5 * second if second > 15 else 0))
        state = meter.state()
    assert state.cpu_percent == 50.0


def test_within_one_second_the_figures_are_the_same(clocks: dict[str, float]) -> None:
    """Ten pages that poll every 500 ms must not cost ten times as much."""
    meter = Meter()
    clocks.update(now=102.0)
    first = meter.state()
    clocks.update(now=102.9, used=6.0)
    assert meter.state() is first
    clocks.update(now=103.0)
    assert meter.state() is not first


def test_after_a_long_silence_the_share_is_not_known(clocks: dict[str, float]) -> None:
    """Usage over a day does not show the last seconds."""
    meter = Meter()
    clocks.update(now=100_000.0, used=900.0)
    assert meter.state().cpu_percent is None
    clocks.update(now=100_002.0, used=900.2)
    assert meter.state().cpu_percent == 10.0


def test_a_process_knows_itself() -> None:
    """Two daemons of one name run if the first was not stopped."""
    state = Meter().state()
    assert state.pid == os.getpid()
    assert state.memory_bytes is not None
    assert state.memory_bytes > 1_000_000
    assert abs(state.started_at - time.time() * 1000) < 60_000


def test_without_proc_the_maximum_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    """A Mac has no /proc; a rough figure is better than none."""
    monkeypatch.setattr(process, "_STATM", Path(tmp_path) / "none")
    memory = Meter().state().memory_bytes
    assert memory is not None
    assert memory > 1_000_000
