"""Play at a real HTTP server: order, headers, outages, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect.__main__ import main
from connect.demo.bodies import session_end
from connect.demo.send_queue import PlayState
from connect.demo.story import generate_story
from connect.http import (
    RETRY_S,
    Daemon,
    DaemonResponse,
    KeepAliveConnection,
    UnreachableError,
    ingest_url,
)
from tests.connect.receiver import FakeIngestd
from tests.connect.story import without_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.connect.shapes import Shapes

pytestmark = pytest.mark.timeout(90)


def unreachable(url: str) -> str:
    return f"can't reach ingestd at {url} (Connection refused). Start it with `make start`.\n"


ROOT = Path(__file__).parent.parent.parent


def demo(*options: str) -> list[str]:
    return ["demo", "--seed", "5", "--rate", "400", *options]


class DemoProcess:
    """Run the demo as anybody would, in a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "connect", *demo(*options)]
        self.running = subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def stop(self, number: int) -> tuple[int, str, str]:
        """Send a signal and wait for the end."""
        self.running.send_signal(number)
        out, err = self.running.communicate(timeout=30)
        return self.running.returncode, out, err


@pytest.fixture
def processes() -> Iterator[list[DemoProcess]]:
    started: list[DemoProcess] = []
    yield started
    for process in started:
        if process.running.poll() is None:
            process.running.kill()
            process.running.communicate()


def bodies_of(server: FakeIngestd) -> list[dict[str, Any]]:
    return [without_figures(body) for _, body in server.events]


def by_session(bodies: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    session = sorted(bodies, key=lambda body: body["session_id"])
    return {
        key: list(group) for key, group in groupby(session, key=lambda body: body["session_id"])
    }


def test_every_session_arrives_complete_and_in_order(server: FakeIngestd) -> None:
    """Sessions take lanes of their own; within one nothing may overtake."""
    assert main(demo("--into", server.url, "--duration", "2")) == 0
    played = by_session([event.body for event in islice(generate_story(5, 6), 2000)])
    sessions = by_session(bodies_of(server))
    for session_id, arrived in sessions.items():
        session = played[session_id][: len(arrived)]
        assert arrived[:-1] == session[: len(arrived) - 1]
        assert arrived[-1] in (session[-1], session_end(arrived[-2]))
    assert len(sessions) >= 6


def test_every_post_carries_the_forwarders_headers(server: FakeIngestd) -> None:
    """Without them ingestd would not know the project folder, nor a repeat from a new event."""
    assert main(demo("--into", server.url, "--duration", "0.5")) == 0
    for headers, body in server.events:
        sender = json.loads(headers["X-Hookwatch-Sender"])
        assert set(sender) == {
            "project_dir",
            "client_version",
            "entrypoint",
            "attended",
            "pid",
            "pid_domain",
            "host",
            "user",
        }
        assert (sender["project_dir"], sender["client_version"]) == (body["cwd"], "2.1.330")
        assert (sender["entrypoint"], sender["attended"]) in {("cli", True), ("sdk-cli", False)}
        assert headers["X-Fired-At"].isdigit()
        assert headers["Content-Type"] == "application/json"
    ids = [str(uuid.UUID(headers["X-Event-Id"])) for headers, _ in server.events]
    assert len(set(ids)) == len(server.events) > 0


def test_a_few_connections_carry_all_the_events(server: FakeIngestd) -> None:
    """A connection for each would use up the ports of the machine at 500 events/s."""
    assert main(demo("--into", server.url, "--duration", "2")) == 0
    assert len(server.posts) >= 500
    assert len(server.connections) <= 8


@pytest.mark.parametrize("setting", ["HOOKWATCH_TOKEN", "HOOKWATCH_TOKEN_FILE"])
def test_the_token_is_sent_where_there_is_one(
    server: FakeIngestd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    """An ingestd that is not on loopback refuses requests without."""
    token = "a-token-of-some-length"
    (tmp_path / "token").write_text(f"{token}\n")
    values = {"HOOKWATCH_TOKEN": token, "HOOKWATCH_TOKEN_FILE": str(tmp_path / "token")}
    monkeypatch.setenv(setting, values[setting])
    assert main(demo("--into", server.url, "--duration", "0.1")) == 0
    assert {headers["Authorization"] for headers, _ in server.posts} == {f"Bearer {token}"}


def test_when_it_ends_no_session_is_left_open(
    server: FakeIngestd, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sessions that work for ever would stay on the dashboard as ghosts."""
    assert main(demo("--into", server.url, "--duration", "1")) == 0
    lasts = [session[-1] for session in by_session(bodies_of(server)).values()]
    assert [body["hook_event_name"] for body in lasts] == ["SessionEnd"] * len(lasts)
    assert "other" in {body["reason"] for body in lasts}
    played = f"Played {len(server.events):,} events of {len(lasts)} sessions in "
    assert played in capsys.readouterr().out


def test_the_sessions_ended_for_the_user_end_as_claude_code_ends_them(
    server: FakeIngestd, shapes: Shapes
) -> None:
    """A goodbye of another shape would not be seen as one."""
    assert main(demo("--into", server.url, "--duration", "0.5")) == 0
    ends = [body for body in bodies_of(server) if body["hook_event_name"] == "SessionEnd"]
    assert ends
    assert [fault for body in ends for fault in shapes.faults(body)] == []


def test_an_ingestd_that_stays_down_is_named_in_one_line_and_the_code_is_2(
    free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forgetting to start ingestd is the first thing that happens to anybody."""
    url = f"http://127.0.0.1:{free_port}"
    assert main(demo("--into", url, "--wait", "0")) == 2
    assert capsys.readouterr() == (
        "",
        f"hookwatch demo: {unreachable(url)}",
    )


def test_it_waits_until_ingestd_starts(free_port: int, processes: list[DemoProcess]) -> None:
    """`make start` and `make demo` are typed in two terminals, in any order."""
    url = f"http://127.0.0.1:{free_port}"
    process = DemoProcess("--into", url)
    processes.append(process)
    assert process.running.stderr is not None
    assert process.running.stderr.readline() == f"Waiting: {unreachable(url)}"
    server = FakeIngestd(free_port)
    server.wait_for(50)
    assert process.stop(signal.SIGINT)[0] == 0
    server.close()


def test_another_program_on_the_port_is_not_taken_for_ingestd(
    server: FakeIngestd, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prompts must not be posted to whatever happens to listen there."""
    assert main(demo("--into", server.url + "/elsewhere", "--wait", "0")) == 2
    assert capsys.readouterr().err == (
        f"hookwatch demo: no ingestd at {server.url}/elsewhere: GET /health answers 404. "
        "Check the address.\n"
    )
    assert server.posts == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_token_stops_it_with_one_line(
    server: FakeIngestd, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A thousand refused events would be less clear."""
    server.answer = (status, b'{"error":{"code":"x","message":"no","field":null}}')
    assert main(demo("--into", server.url)) == 2
    assert capsys.readouterr().err == (
        f"hookwatch demo: ingestd at {server.url} refuses requests (HTTP {status}). "
        "Set HOOKWATCH_TOKEN to its token.\n"
    )


def test_refused_events_are_counted_and_the_last_refusal_shown(
    server: FakeIngestd, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk at ingestd must not look like a good run."""
    server.answer = (500, b'{"error":{"code":"full","message":"the disk is full","field":null}}')
    assert main(demo("--into", server.url, "--duration", "0.2")) == 0
    out = capsys.readouterr().out
    assert "Played 0 events of " in out
    assert out.endswith(f"; {len(server.posts)} rejected, last 500: the disk is full.\n")


def test_an_ingestd_that_restarts_loses_nothing_and_gets_no_duplicates(
    free_port: int, processes: list[DemoProcess]
) -> None:
    """An ingestd may be upgraded while the demo runs; by its id a repeated event is known."""
    first = FakeIngestd(free_port)
    process = DemoProcess("--into", first.url)
    processes.append(process)
    first.wait_for(100)
    first.close()
    assert process.running.stderr is not None
    # Once, though eight lanes wait. What cut the first of them short is the system's to choose.
    waiting_line = process.running.stderr.readline()
    assert waiting_line.startswith(f"Waiting: can't reach ingestd at {first.url} (")
    second = FakeIngestd(free_port)
    second.wait_for(100)
    code, _, err = process.stop(signal.SIGINT)
    assert (code, err) == (0, "")
    arrived: dict[str, dict[str, Any]] = {
        headers["X-Event-Id"]: without_figures(body)
        for headers, body in first.events + second.events
    }
    for session in by_session(list(arrived.values())).values():
        story = by_session([event.body for event in islice(generate_story(5, 6), 4000)])[
            session[0]["session_id"]
        ]
        assert session[:-1] == story[: len(session) - 1]
    second.close()


def test_a_connection_closed_while_idle_loses_no_event(server: FakeIngestd) -> None:
    """A server closes idle connections after seconds; the goodbyes at the end have one try only."""
    line = KeepAliveConnection(Daemon(server.url))
    for _ in range(2):
        answer = line.post_events(b"{}", {}, retry_for_s=0, give_up=lambda: True)
        assert (answer.status, answer.body) == (200, b"")
        server.hang_up()
    line.close()


def test_without_ingestd_it_gives_up_with_exit_code_2(
    free_port: int, processes: list[DemoProcess]
) -> None:
    """To play on without an ingestd would mislead."""
    server = FakeIngestd(free_port)
    process = DemoProcess("--into", server.url, "--wait", "0.5")
    processes.append(process)
    server.wait_for(50)
    server.close()
    out, err = process.running.communicate(timeout=30)
    assert process.running.returncode == 2
    *waiting, failure = err.splitlines(keepends=True)
    waiting_line = f"Waiting: can't reach ingestd at {server.url} ("
    assert [line for line in waiting if not line.startswith(waiting_line)] == []
    assert failure == f"hookwatch demo: {unreachable(server.url)}"
    assert "Played" not in out


def test_each_outage_is_reported_once(free_port: int) -> None:
    """Eight lanes fail four times a second each; and a try of before an answer is no news."""
    lines: list[str] = []
    counts = PlayState(lines.append)
    url = f"http://127.0.0.1:{free_port}"
    line = KeepAliveConnection(Daemon(url))
    for _ in range(2):
        with pytest.raises(UnreachableError):
            line.post_events(
                b"{}",
                {},
                retry_for_s=2 * RETRY_S,
                give_up=lambda: False,
                on_failure=counts.report_outage,
            )
    line.close()
    assert lines == [unreachable(url).removesuffix("\n")]
    tried_at = time.monotonic()
    counts.count(DaemonResponse(200, b""))
    counts.report_outage("late", tried_at)
    assert len(lines) == 1
    counts.report_outage("again", time.monotonic() + 1)
    assert lines[1:] == ["again"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly_with_a_summary(
    server: FakeIngestd, processes: list[DemoProcess], number: int
) -> None:
    """Ctrl-C is the way out: no traceback, exit code 0, and what was played."""
    process = DemoProcess("--into", server.url)
    processes.append(process)
    server.wait_for(60)
    code, out, err = process.stop(number)
    first, counts = out.splitlines()
    assert (code, err) == (0, "")
    assert (
        first
        == f"Playing 6 sessions at 400 events/s to {server.url} (seed 5). Press Ctrl-C to stop."
    )
    assert counts.startswith(
        f"Played {len(server.events):,} events of {len(by_session(bodies_of(server)))} sessions in "
    )


def test_ctrl_c_ends_the_waiting_too(free_port: int, processes: list[DemoProcess]) -> None:
    """Who sees that ingestd is not there wants to go and start it, without a traceback."""
    process = DemoProcess("--into", f"http://127.0.0.1:{free_port}")
    processes.append(process)
    assert process.running.stderr is not None
    process.running.stderr.readline()
    assert process.stop(signal.SIGINT) == (0, "", "")


@pytest.mark.parametrize(
    "options",
    [
        ["--sessions", "0"],
        ["--rate", "0"],
        ["--rate", "nan"],
        ["--duration", "-1"],
        ["--into", "localhost:4000"],
        ["--seed", "x"],
    ],
)
def test_an_impossible_option_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A demo of no sessions would wait for ever without a word."""
    with pytest.raises(SystemExit) as stopped:
        main(["demo", *options])
    assert stopped.value.code == 2
    assert f"argument {options[0]}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("", "", "http://127.0.0.1:4000"),
        ("0.0.0.0", "4100", "http://127.0.0.1:4100"),
        ("::1", "", "http://[::1]:4000"),
        ("ingest.lan", "80", "http://ingest.lan:80"),
    ],
)
def test_it_plays_where_the_settings_put_ingestd(
    host: str, port: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port set for ingestd must not be needed again."""
    monkeypatch.setenv("HOOKWATCH_INGEST_HOST", host)
    monkeypatch.setenv("HOOKWATCH_INGEST_PORT", port)
    assert ingest_url() == url
