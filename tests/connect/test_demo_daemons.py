"""Play at real daemons: what the page gets of the story, restarts, daemons of the demo's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import closing
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect.__main__ import main
from connect.demo import daemons
from connect.demo.story import generate_story
from connect.http import Daemon
from tests.connect.story import without_figures
from tests.running import Hookwatch, hookwatch, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parent.parent.parent
ASKED = {
    "Bash",
    "Edit",
    "Write",
    "WebFetch",
    "AskUserQuestion",
    "ExitPlanMode",
    "mcp__tracker__comment",
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run daemons to which some minutes of the story were played."""
    with hookwatch(tmp_path_factory.mktemp("played") / "data") as both:
        url = f"http://127.0.0.1:{both.ingestd.port}"
        story = ["--seed", "5", "--rate", "300", "--duration", "8"]
        assert main(["demo", "--into", url, *story]) == 0
        wait_for(lambda: is_folded(both))
        yield both


def is_folded(both: Hookwatch) -> bool:
    views = get(both, "/api/health")["views"]
    return bool(views["folded_id"] == views["last_id"])


def get(both: Hookwatch, path: str) -> Any:
    return both.queryd.get(path).json()


def sessions(both: Hookwatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = get(both, "/api/sessions?limit=500")["sessions"]
    return rows


def events(both: Hookwatch, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(both, f"/api/events?event_type={kind}&limit=1000")["events"]
    return found


def test_sessions_show_context_cost_and_tokens_from_their_sources(played: Hookwatch) -> None:
    """Three columns that stayed empty would be the first thing a newcomer sees."""
    rows = sessions(played)
    shown = [row for row in rows if row["context"] and row["cost"]]
    assert len(shown) >= 6
    assert {"status_line", "otlp"} <= {row["context"]["source"] for row in shown}
    assert max(row["context"]["used_percent"] or 0 for row in shown) > 50
    assert all(row["cost"]["source"] == "otlp" and row["cost"]["usd"] > 0 for row in shown)
    assert [row["session_id"] for row in shown if row["cost"]["disagrees"]] == []
    assert all(row["tokens"]["cache_read"] >= 0 for row in shown)
    assert len({row["model_name"] for row in rows}) >= 2
    assert any(row["compaction_count"] for row in rows)
    assert any("/.claude/worktrees/" in row["cwd"] for row in rows)
    assert {row["project"] for row in rows} == {"shop-api", "infra", "docs", "mobile-app", "blog"}


def test_the_limits_of_the_account_are_shown(played: Hookwatch) -> None:
    """Only a subscription's status line reports them."""
    limits = get(played, "/api/limits")
    assert 62 < limits["five_hour"]["used_percent"] < 100
    assert 41 < limits["seven_day"]["used_percent"] < 100
    assert not limits["five_hour"]["expired"]


def test_requests_of_every_kind_are_played(played: Hookwatch) -> None:
    """Each is drawn in its own way."""
    assert {it["tool_name"] for it in events(played, "PermissionRequest")} >= ASKED
    assert events(played, "Elicitation")
    kinds = {it["payload"]["notification_type"] for it in events(played, "Notification")}
    assert {"permission_prompt", "idle_prompt"} <= kinds


def test_subagents_are_three_deep_once_folded(played: Hookwatch) -> None:
    """The tree hangs on what links a call to its agent."""
    deepest = 0
    for row in sessions(played):
        agents = get(played, f"/api/sessions/{row['session_id']}/agents")["agents"]
        parents = {it["agent_id"]: it["parent_agent_id"] for it in agents}
        for agent_id in parents:
            depth, above = 0, agent_id
            while above is not None:
                depth, above = depth + 1, parents.get(above)
            deepest = max(deepest, depth)
    assert deepest == 3


def test_failures_come_in_clusters(played: Hookwatch) -> None:
    """Clusters of one show nothing."""
    failures = get(played, "/api/tools/Bash?range=1h")["failures"]
    assert max(it["count"] for it in failures) >= 3


def test_errors_of_the_api_are_played(played: Hookwatch) -> None:
    """Those that a retry mends, and those that end the turn."""
    assert events(played, "api_error")
    assert events(played, "api_retries_exhausted")
    assert events(played, "StopFailure")


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
def test_a_daemon_that_is_killed_and_restarted_loses_and_doubles_nothing(
    name: str, tmp_path: Path
) -> None:
    """Each may be upgraded while the demo runs."""
    with hookwatch(tmp_path / "data") as both:
        process = DemoProcess(
            tmp_path, "--into", f"http://127.0.0.1:{both.ingestd.port}", "--rate", "150"
        )
        try:
            wait_for(lambda: stored(both) > 150)
            daemon = {"ingestd": both.ingestd, "queryd": both.queryd}[name]
            daemon.kill()
            daemon.start()
            before = stored(both)
            wait_for(lambda: stored(both) > before + 150)
        finally:
            code, _ = process.stop()
        assert code == 0
        hooks, sequences = log_of(both)
        story: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in islice(generate_story(5, 6), 6000):
            story[event.body["session_id"]].append(without_figures(event.body))
        for session_id, bodies in hooks.items():
            assert bodies[:-1] == story[session_id][: len(bodies) - 1]
            assert bodies[-1]["hook_event_name"] == "SessionEnd"
        for numbers in sequences.values():
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        wait_for(lambda: is_folded(both))
        counts = {row["session_id"]: row["event_count"] for row in sessions(both)}
        assert counts == {session_id: len(bodies) for session_id, bodies in hooks.items()}


def stored(both: Hookwatch) -> int:
    with closing(sqlite3.connect(f"file:{both.log_path}?mode=ro", uri=True)) as log:
        return int(log.execute("SELECT count(*) FROM events").fetchone()[0])


def log_of(both: Hookwatch) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[int]]]:
    """Return hook bodies by session as stored, and the numbers of telemetry in order."""
    hooks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    sequences: dict[str, list[int]] = defaultdict(list)
    with closing(sqlite3.connect(f"file:{both.log_path}?mode=ro", uri=True)) as log:
        rows = log.execute(
            "SELECT session_id, hook_event_type, payload FROM events ORDER BY id"
        ).fetchall()
    for session_id, kind, payload in rows:
        body = json.loads(payload)
        if kind[0].isupper():
            hooks[session_id].append(without_figures(body))
        elif "event.sequence" in body:
            sequences[session_id].append(body["event.sequence"])
    return hooks, sequences


class DemoProcess:
    """Run the demo as anybody would; temporary folders are made in `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        temporary = folder / "tmp"
        temporary.mkdir()
        self.real_data = folder / "real"
        self.temporary = temporary
        environment = {"TMPDIR": str(temporary), "HOOKWATCH_DATA": str(self.real_data)}
        self.running = subprocess.Popen(
            [sys.executable, "-m", "connect", "demo", "--seed", "5", *options],
            cwd=ROOT,
            env={**os.environ, **environment},
            text=True,
            stdout=subprocess.PIPE,
        )

    def read_line(self) -> str:
        assert self.running.stdout is not None
        return self.running.stdout.readline()

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal and wait for the end; return the exit code and what was printed."""
        self.running.send_signal(number)
        try:
            out, _ = self.running.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.communicate()
            raise
        return self.running.returncode, out


def processes(queryd: Daemon) -> dict[str, Any]:
    """Return the daemons' processes; empty while either does not answer."""
    try:
        found: dict[str, Any] = queryd.get_json("/api/health")["processes"]
    except (OSError, HTTPException, ValueError):
        return {}
    return found if found["ingestd"] is not None else {}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_by_default_it_runs_daemons_of_its_own_and_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    """No made-up cost may get into the user's log, nor a daemon stay in the background."""
    process = DemoProcess(tmp_path, "--rate", "50")
    try:
        line = process.read_line()
        assert line.startswith("Dashboard: http://127.0.0.1:")
        queryd = Daemon(line.split()[1].rstrip("/"))
        wait_for(lambda: queryd.get_json("/api/sessions")["sessions"])
        running = wait_for(lambda: processes(queryd))
        assert list(process.temporary.glob("hookwatch-demo-*"))
    finally:
        code, out = process.stop(number)
    assert code == 0
    assert "Played " in out
    assert not any(is_running(running[name]["pid"]) for name in ("ingestd", "queryd"))
    assert list(process.temporary.iterdir()) == []
    assert not process.real_data.exists()


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
def test_a_daemon_of_its_own_that_is_killed_starts_again(tmp_path: Path, name: str) -> None:
    """No other process restarts it."""
    process = DemoProcess(tmp_path, "--rate", "50")
    try:
        queryd = Daemon(process.read_line().split()[1].rstrip("/"))
        killed = wait_for(lambda: processes(queryd))[name]["pid"]
        os.kill(killed, signal.SIGKILL)

        def is_restarted() -> bool:
            found = processes(queryd)
            return bool(found) and found[name]["pid"] != killed

        wait_for(is_restarted)
        last_id = queryd.get_json("/api/health")["last_id"]
        wait_for(lambda: (queryd.get_json("/api/health")["last_id"] or 0) > last_id)
    finally:
        code, _ = process.stop()
    assert code == 0
    assert list(process.temporary.iterdir()) == []


def test_daemons_that_cannot_start_are_explained_and_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To wait for them would take forever; here another process has taken the port."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr(daemons, "free_ports", lambda _count: [port, port])
        assert main(["demo"]) == 2
    line = f"hookwatch demo: 127.0.0.1:{port}: Address already in use"
    assert capsys.readouterr().err.startswith(line)
    assert list(tmp_path.iterdir()) == []


def test_open_is_refused_together_with_into(capsys: pytest.CaptureFixture[str]) -> None:
    """It would show another dashboard than the one that is played to."""
    assert main(["demo", "--into", "http://127.0.0.1:9", "--open"]) == 2
    assert "With --into, run `hookwatch open`." in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0d", "7", "91d", "week"])
def test_an_impossible_history_is_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A year would take minutes to write."""
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "--history", days])
    assert stopped.value.code == 2
    assert "argument --history: must be 1d to 90d" in capsys.readouterr().err
