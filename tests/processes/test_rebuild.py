"""Run `python -m queryd rebuild` as a user would: beside a queryd, without one, in vain."""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import queryd.fold.rebuild
from queryd.fold.folder import lock
from queryd.fold.rebuild import rebuild
from shared.errors import SettingsError
from shared.schema import VERSION
from shared.settings import Settings
from tests.queryd.folded_views import dump_file, fold_log, index_log
from tests.running import DEADLINE_S, ROOT, Hookwatch, hookwatch, sample_bodies, wait_for

COMMAND = [sys.executable, "-m", "queryd", "rebuild"]


def fill(running: Hookwatch) -> int:
    """Fill the log with all that was captured, and return how many events that is."""
    accepted: int = running.ingestd.post(sample_bodies()).json()["accepted"]
    return accepted


def run(running: Hookwatch, *arguments: str) -> tuple[int, list[str], str]:
    """Run the command to its end; return its exit code, its lines, and what it complained of."""
    done = subprocess.run(
        [*(COMMAND if not arguments else [*COMMAND[:3], *arguments])],
        cwd=ROOT,
        env={**os.environ, **running.environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def spoil(running: Hookwatch) -> None:
    """Put a wrong value into the views, as a bug of an older version would."""
    with closing(sqlite3.connect(running.data / "views.db")) as connection, connection:
        assert connection.execute("UPDATE calls SET target = 'spoilt'").rowcount > 0
    with closing(sqlite3.connect(running.data / "search.db")) as connection, connection:
        sql = "INSERT INTO text_0 (rowid, other) VALUES (1000000, 'spoilt')"
        assert connection.execute(sql).rowcount == 1


def is_right(running: Hookwatch) -> bool:
    """Return whether the views and the full text match the log."""
    is_folded = dump_file(running.data / "views.db") == fold_log(running.log_path)
    return is_folded and dump_file(running.data / "search.db") == index_log(running.log_path)


def test_without_a_queryd_the_command_folds_by_itself(tmp_path: Path) -> None:
    """After an upgrade, before the dashboard is opened, it can all be ready."""
    with hookwatch(tmp_path / "data") as running:
        total = fill(running)
        wait_for(lambda: running.queryd.get("/api/health").json()["search"]["indexed_id"] == total)
        running.queryd.stop()
        spoil(running)
        code, lines, complaint = run(running)
        assert (code, complaint) == (0, "")
        assert lines[-1].startswith(f"folded {total} of {total} events, ")
        assert lines[-1].endswith("/s")
        assert is_right(running)
        running.queryd.start()
        assert running.queryd.get("/api/health").json()["views"]["state"] == "live"


def test_a_running_queryd_rebuilds_the_views(both: Hookwatch) -> None:
    """A team's dashboard must not be stopped for it."""
    total = fill(both)
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == total)
    wait_for(lambda: both.queryd.get("/api/health").json()["search"]["indexed_id"] == total)
    spoil(both)
    code, lines, complaint = run(both)
    assert (code, complaint) == (0, "")
    assert lines[-1].startswith(f"folded {total} of {total} events, ")
    wait_for(lambda: is_right(both))  # the full text follows on its own
    both.ingestd.post({"session_id": "after", "hook_event_name": "Stop"})
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == total + 1)
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["state"] == "live")
    assert both.queryd.get("/api/sessions/after").status == 200
    wait_for(lambda: is_right(both))  # the full text follows on its own


def test_on_a_terminal_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    """Years of events take minutes: who waits wants to know for how long."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        total = fill(running)
        ours, theirs = pty.openpty()
        environment = {**os.environ, **running.environment, "TERM": "xterm", "COLUMNS": "100"}
        process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdout=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := read(ours):
                shown += piece
            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()
            process.wait()
            os.close(ours)
    assert b"folding" in shown
    assert f"{total}/{total}".encode() in shown
    assert b"\x1b[" in shown, "no bar was drawn"


def read(terminal: int) -> bytes:
    """Return what is on a terminal; nothing once no process writes to it any more."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_a_log_with_nothing_in_it_is_soon_done(tmp_path: Path) -> None:
    """A division by zero would be all that a newcomer sees."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        code, lines, complaint = run(running)
    assert (code, complaint) == (0, "")
    assert lines == ["folded 0 of 0 events, 0/s"]


def no_log(running: Hookwatch) -> str:
    """Take the log away."""
    running.log_path.unlink()
    return f"{running.log_path}: log not found"


def newer_log(running: Hookwatch) -> str:
    """Give the log a version that this Hookwatch does not know."""
    with closing(sqlite3.connect(running.log_path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    known = f"the log has schema version 99, this Hookwatch knows {VERSION}: upgrade Hookwatch"
    return f"{running.log_path}: {known}"


def folder_in_the_way(running: Hookwatch) -> str:
    """Put a folder where the views go."""
    path = running.data / "views.db"
    path.mkdir()
    return f"{path}: "


@pytest.mark.parametrize("break_it", [no_log, newer_log, folder_in_the_way])
def test_errors_are_reported_in_one_line(tmp_path: Path, break_it: object) -> None:
    """A traceback does not help a user; exit code 2 shows a script that a retry is useless."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        fill(running)
        running.ingestd.stop()
        assert callable(break_it)
        expected = break_it(running)
        code, lines, complaint = run(running)
    assert (code, lines) == (2, [])
    assert complaint.startswith(f"queryd: {expected}")
    assert complaint.count("\n") == 1


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    """A misspelt one that started a server instead would look like one that hangs."""
    code, lines, complaint = run(Hookwatch(tmp_path / "data", {}), "rebiuld")
    assert (code, lines) == (2, [])
    assert complaint == "queryd: rebiuld: unknown command (commands: openapi, rebuild)\n"


def test_a_queryd_that_does_not_fold_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of another version makes its own: to wait for ours would be to wait for ever."""
    monkeypatch.setattr(queryd.fold.rebuild, "STUCK_S", 0.2)
    with hookwatch(tmp_path / "data", "ingestd") as running:
        fill(running)
        settings = Settings(data=running.data)
        with lock(settings.views_path) as held:
            assert held
            with pytest.raises(SettingsError, match="does not rebuild the views: restart it"):
                rebuild(settings)


def test_ctrl_c_ends_it_without_output(tmp_path: Path) -> None:
    """The next fold continues where it stopped; the exit code shows that it is unfinished."""
    with hookwatch(tmp_path / "data", "ingestd") as running:
        total = fill(running)
        environment = {**os.environ, **running.environment}
        pipe = subprocess.PIPE
        with (
            lock(running.data / "views.db") as held,
            subprocess.Popen(
                COMMAND, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True
            ) as process,
        ):
            assert held
            assert process.stdout is not None
            assert process.stdout.readline() == f"folded 0 of {total} events, 0/s\n"
            process.send_signal(signal.SIGINT)
            _, complaint = process.communicate(timeout=DEADLINE_S)
            assert (process.returncode, complaint) == (130, "")
