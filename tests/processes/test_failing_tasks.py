"""Break a background task of the real queryd: it exits, with the reason in one line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from queryd.fold import folder as fold
from queryd.live import follower, ingest_monitor, log_watch, session_feed, stream
from tests.processes.proc import alive, descendants, needs_proc
from tests.running import DEADLINE_S, ROOT, Hookwatch, accepts, wait_for
from tests.sse import event_stream


@contextmanager
def broken(
    folder: Path, module: ModuleType, name: str, *by: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run queryd with a figure that is none: the task which needs it fails. Give its port too."""
    settings = Hookwatch(folder, {})
    broken_one = f"import {module.__name__} as broken; broken.{name} = 'none'"
    code = f"{broken_one}; from queryd.__main__ import main; main()"
    queryd = subprocess.Popen(
        [*by, sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **settings.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield queryd, settings.queryd.port
    finally:
        queryd.terminate()
        queryd.communicate(timeout=DEADLINE_S)


TASKS = [
    (follower, "POLL_S", "the follower of the log failed: TypeError: "),
    (log_watch, "shm_of", "the watch on the log failed: TypeError: "),
    (stream, "KEEP_ALIVE_S", "the keep-alive of the streams failed: TypeError: "),
    (fold, "RETRY_S", "the folding thread failed: TypeError: "),
]


@pytest.mark.parametrize(("module", "name", "line"), TASKS)
def test_a_task_that_fails_ends_queryd_with_one_line(
    tmp_path: Path, module: ModuleType, name: str, line: str
) -> None:
    """A follower that died in silence left a page that stood still for good."""
    (tmp_path / "views.lock").mkdir()  # nothing can be folded, so that what fails then is used
    with broken(tmp_path, module, name) as (queryd, _):
        _, stderr = queryd.communicate(timeout=DEADLINE_S)
        assert queryd.returncode == 1
    assert "Traceback" not in stderr
    assert stderr.splitlines()[-1].startswith(f"queryd: {line}")


@pytest.mark.parametrize(
    ("module", "name", "line"),
    [
        (session_feed, "ACTIVE_MS", "the session feed failed: TypeError: "),
        (ingest_monitor, "HEALTHY_POLL_S", "the poller of ingestd failed: TypeError: "),
    ],
)
def test_a_task_that_fails_later_ends_the_streams(
    tmp_path: Path, module: ModuleType, name: str, line: str
) -> None:
    """The page must notice, and connect again to the queryd that takes the place of this one."""
    with broken(tmp_path, module, name) as (queryd, port):
        wait_for(lambda: accepts(port))
        with event_stream(port) as opened:
            names = [message.name for message in opened.messages()]
            assert names in (["hello"], ["hello", "recording"])
        _, stderr = queryd.communicate(timeout=DEADLINE_S)
        assert queryd.returncode == 1
    assert stderr.splitlines()[-1].startswith(f"queryd: {line}")
    assert "Traceback" not in stderr


@needs_proc
def test_the_supervisor_starts_it_again(tmp_path: Path) -> None:
    """Whatever it was may be over."""
    with broken(tmp_path, stream, "KEEP_ALIVE_S", "bin/keep-up") as (keeper, _):
        first = wait_for(lambda: _daemon(keeper.pid))
        assert first is not None
        wait_for(lambda: _daemon(keeper.pid) not in {None, first})
        assert not alive(first)


def _daemon(keeper: int) -> int | None:
    return next((pid for pid, line in descendants(keeper).items() if "queryd" in line), None)
