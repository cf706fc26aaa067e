"""Test that a forked daemon is one that runs and ends as after `python -m`."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests import forked
from tests.running import ROOT, Hookwatch, hookwatch, wait_for

pytestmark = pytest.mark.skipif(not forked.FORKS, reason="daemons are forked on Linux alone")


def test_a_forked_daemon_holds_no_descriptor_of_another(tmp_path: Path) -> None:
    """One that held another's socket would keep its port, and count too many open files."""
    with hookwatch(tmp_path / "one") as one, hookwatch(tmp_path / "two", "ingestd") as two:
        held = set()
        for descriptor in Path(f"/proc/{two.ingestd.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                held.add(str(descriptor.readlink()))
        assert not any(str(one.data) in it for it in held)
        one.ingestd.kill()
        one.ingestd.start()  # on its port, which is free again


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0)])
def test_how_a_daemon_ended_is_known(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """By a signal or with an exit code."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        assert running.ingestd.end(number) == code
        assert b"listening on" in running.ingestd.stderr


def test_a_daemon_that_fails_to_start_reports_the_reason(tmp_path: Path) -> None:
    """Its stderr and its exit code are its own."""
    daemon = Hookwatch(tmp_path / "data", {"HOOKWATCH_BUSY_MS": "x"}).ingestd
    daemon.launch()
    assert daemon.wait() == 2
    assert daemon.stderr.startswith(b"ingestd: HOOKWATCH_BUSY_MS")


def test_daemons_end_with_the_tests(tmp_path: Path) -> None:
    """Should those be killed, no daemon stays behind."""
    environment = {**os.environ, **Hookwatch(tmp_path / "data", {}).environment}
    killed = subprocess.run(
        [sys.executable, "-c", _START_AND_DIE],
        check=False,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert killed.returncode == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{int(killed.stdout)}").exists())


_START_AND_DIE = """
import os, signal
from tests import forked
print(forked.start("ingestd", dict(os.environ)).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
