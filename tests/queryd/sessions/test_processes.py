"""Test that a process counts as ended only when that is certain."""

import os
import subprocess
import sys
import time

import pytest

import queryd.sessions.processes
from queryd.sessions.processes import REUSE_MS, has_ended
from tests.processes.proc import needs_proc


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def ended() -> int:
    """Return the id of a process that has ended and was waited for."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_running_process_has_not_ended() -> None:
    """A session that waits for its person all night is still there."""
    assert not has_ended(os.getpid(), now_ms())
    assert not has_ended(os.getpid(), now_ms() + 10 * REUSE_MS)


def test_an_ended_process_is_found(ended: int) -> None:
    """It sent no SessionEnd: nothing else will ever report it."""
    assert has_ended(ended, now_ms())


@needs_proc
def test_a_reused_pid_is_another_process() -> None:
    """Ids are given again after a reboot, and a session of last week must not come to life."""
    assert has_ended(os.getpid(), now_ms() - 7 * 24 * 3_600_000)


@needs_proc
def test_a_clock_that_is_some_seconds_off_ends_no_session() -> None:
    """Its first event can seem to come before its process: boot times are whole seconds."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            assert not has_ended(process.pid, now_ms() - REUSE_MS // 2)
            assert has_ended(process.pid, now_ms() - 4 * REUSE_MS)
        finally:
            process.kill()


def test_a_process_has_not_ended_while_that_is_uncertain(
    monkeypatch: pytest.MonkeyPatch, ended: int
) -> None:
    """Of another user's process, or without a /proc, little is known: silence would be wrong."""

    def forbidden(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(queryd.sessions.processes, "_started_at", lambda _pid: None)
    assert not has_ended(os.getpid(), 0)
    monkeypatch.setattr(os, "kill", forbidden)
    assert not has_ended(ended, 0)
