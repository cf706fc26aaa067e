"""Test the supervisor over commands that end as daemons never should."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from connect.errors import CliError
from connect.supervisor import backoff, daemon
from connect.supervisor.backoff import RAN_WELL_S, Backoff
from connect.supervisor.daemon import SupervisedDaemon
from connect.supervisor.instance import RunningInstance, hold_lock, running_instance
from tests.running import accepts, free_ports, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INSTANCE = RunningInstance(pid=7, ingest_url="http://127.0.0.1:1", query_url="http://127.0.0.1:2")


def test_a_crash_loop_backs_off_to_half_a_minute() -> None:
    """A daemon that cannot run must not take a core for it."""
    waits = Backoff()
    assert [waits.delay_s(ran_s=0.1) for _ in range(10)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_after_a_good_run_the_restart_is_at_once() -> None:
    """What crashes once a day is no crash loop."""
    waits = Backoff()
    ran_s = [0.1, 0.1, 0.1, RAN_WELL_S, 0.1, RAN_WELL_S + 1]
    assert [waits.delay_s(ran_s=it) for it in ran_s] == [0, 0.5, 1, 0, 0.5, 0]


class SupervisedScript:
    """Supervise a script as if it were a daemon."""

    def __init__(self, script: str) -> None:
        (self.port,) = free_ports(1)
        self.lines: list[str] = []
        self.problems: list[str] = []
        self._script = script

    async def run(self, until: Callable[[], bool]) -> None:
        """Run until a condition holds; raise what the supervision raises."""
        daemon = SupervisedDaemon(
            "script",
            [sys.executable, "-c", self._script],
            listen=lambda: socket.create_server(("127.0.0.1", self.port)),
            write=lambda name, line: self.lines.append(f"{name}: {line}"),
            on_failing=self.problems.append,
        )
        daemon.open()
        running = asyncio.create_task(daemon.run())
        try:
            await asyncio.to_thread(wait_for, lambda: until() or running.done())
        finally:
            running.cancel()
            await asyncio.wait([running])
        if not running.cancelled():
            running.result()


def test_what_a_daemon_prints_and_how_it_ends_is_in_the_log() -> None:
    """The first restart is at once; from the second on the start has failed."""
    script = SupervisedScript("print('half a line', end='', flush=True); raise SystemExit(1)")
    asyncio.run(script.run(lambda: len(script.problems) == 1))
    assert script.lines[:4] == [
        "script: half a line",
        "hookwatch: script ended with code 1; starting it again now",
        "script: half a line",
        "hookwatch: script ended with code 1; starting it again in 0.5 s",
    ]
    assert script.problems == ["script ended with code 1"]


def test_while_a_restart_is_far_the_port_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that connected would wait in vain, and be slower than with no Hookwatch at all."""
    monkeypatch.setattr(backoff, "FIRST_S", daemon.LONG_DELAY_S)
    script = SupervisedScript("raise SystemExit(1)")
    was_open = accepts(script.port)
    asyncio.run(script.run(lambda: len(script.problems) == 1 and not accepts(script.port)))
    assert not was_open
    assert script.problems == ["script ended with code 1"]


def test_a_first_start_that_cannot_work_is_an_error_with_its_line() -> None:
    """Restarts would not help, and would hide the line."""
    script = SupervisedScript("print('script: no such folder'); raise SystemExit(2)")
    with pytest.raises(CliError, match=r"^script: no such folder$"):
        asyncio.run(script.run(lambda: False))
    assert script.lines == ["script: script: no such folder"]


def test_a_script_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives the terminal back whatever a daemon does."""
    monkeypatch.setattr(daemon, "STOP_S", 0)
    ignoring = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    script = SupervisedScript(f"{ignoring}print('ready', flush=True); signal.pause()")
    asyncio.run(script.run(lambda: bool(script.lines)))
    assert script.lines == ["script: ready", "hookwatch: script does not stop: killing it"]


def test_a_data_folder_has_one_instance(tmp_path: Path) -> None:
    """Two supervisors would start four daemons, and stop each other's."""
    assert running_instance(tmp_path) is None
    with hold_lock(tmp_path, INSTANCE):
        assert running_instance(tmp_path) == INSTANCE
        line = (
            f"Hookwatch already runs on {tmp_path} at http://127.0.0.1:2/ (pid 7). "
            "Stop it with `hookwatch down`."
        )
        with pytest.raises(CliError) as refused, hold_lock(tmp_path, INSTANCE):
            pass
        assert str(refused.value) == line
        assert running_instance(tmp_path) == INSTANCE
    assert running_instance(tmp_path) is None
    with hold_lock(tmp_path, INSTANCE):
        pass


def test_a_record_without_a_lock_is_of_a_killed_instance(tmp_path: Path) -> None:
    """Its pid may be another process by now, which `down` must not end."""
    with hold_lock(tmp_path, INSTANCE):
        record = (tmp_path / "up.lock").read_bytes()
    (tmp_path / "up.lock").write_bytes(record)
    assert record
    assert running_instance(tmp_path) is None
