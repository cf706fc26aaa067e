"""Break a background task of the real queryd: it ends, and says why in one line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.proc import alive, descendants, needs_proc
from tests.running import DEADLINE_S, ROOT, Hookwatch, accepts, wait_for
from tests.sse import event_stream


@contextmanager
def broken(folder: Path, figure: str, *by: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run queryd with a figure that is none: the task which needs it fails. Give its port too."""
    module, _, name = figure.rpartition(".")
    settings = Hookwatch(folder, {})
    code = f"import {module}; {module}.{name} = 'none'; from queryd.__main__ import main; main()"
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
    ("queryd.follow.POLL_S", "the follower of the log failed: TypeError: "),
    ("queryd.follow.DEBOUNCE_MS", "the watch on the log failed: TypeError: "),
    ("queryd.stream.KEEP_ALIVE_S", "the clock of the streams failed: TypeError: "),
    ("queryd.fold.TROUBLE_S", "the folding thread failed: TypeError: "),
]


@pytest.mark.parametrize(("figure", "line"), TASKS)
def test_a_task_that_fails_ends_queryd_with_one_line(
    tmp_path: Path, figure: str, line: str
) -> None:
    """A follower that died in silence left a page that stood still for good."""
    (tmp_path / "views.lock").mkdir()  # nothing can be folded, so that what fails then is used
    with broken(tmp_path, figure) as (queryd, _):
        _, said = queryd.communicate(timeout=DEADLINE_S)
        assert queryd.returncode == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith(f"queryd: {line}")


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        ("queryd.session_feed.ACTIVE_MS", "the session feed failed: TypeError: "),
        ("queryd.ingest.CALM_S", "the poller of ingestd failed: TypeError: "),
    ],
)
def test_a_task_that_fails_later_ends_the_streams(tmp_path: Path, figure: str, line: str) -> None:
    """The page must notice, and connect again to the queryd that takes the place of this one."""
    with broken(tmp_path, figure) as (queryd, port):
        wait_for(lambda: accepts(port))
        with event_stream(port) as stream:
            assert [message.name for message in stream.messages()] == ["hello"]
        _, said = queryd.communicate(timeout=DEADLINE_S)
        assert queryd.returncode == 1
    assert said.splitlines()[-1].startswith(f"queryd: {line}")
    assert "Traceback" not in said


@needs_proc
def test_the_supervisor_starts_it_again(tmp_path: Path) -> None:
    """Whatever it was may be over."""
    with broken(tmp_path, "queryd.stream.KEEP_ALIVE_S", "bin/keep-up") as (keeper, _):
        first = wait_for(lambda: _daemon(keeper.pid))
        assert first is not None
        wait_for(lambda: _daemon(keeper.pid) not in {None, first})
        assert not alive(first)


def _daemon(keeper: int) -> int | None:
    return next((pid for pid, line in descendants(keeper).items() if "queryd" in line), None)
