"""Run `hookwatch up`, kill what it runs, and stop it."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from connect.cli.first_run import ANSWERS_NAME
from connect.supervisor.instance import running_instance
from shared.schema import VERSION
from tests.processes.load import event_load
from tests.processes.log import event_ids
from tests.processes.proc import alive, descendants, needs_proc
from tests.running import DEADLINE_S, ROOT, Hookwatch, accepts, wait_for
from tests.sse import event_stream

COMMAND = [sys.executable, "-P", str(ROOT)]


@pytest.fixture
def settings(tmp_path: Path) -> Hookwatch:
    """Hold ports and a folder; its daemons are started by `hookwatch up`, which asks nothing."""
    data = tmp_path / "data"
    data.mkdir()
    (data / ANSWERS_NAME).write_text("{}")
    return Hookwatch(data, {})


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
@needs_proc
def test_kill_9_of_a_daemon_refuses_no_connection_and_loses_no_event(
    settings: Hookwatch, name: str
) -> None:
    """It is started again at once, and connections wait for it."""
    with up(settings) as process, event_load(settings.ingestd.port) as posting:
        posting.more(50)
        before = pids(process)
        os.kill(before[name], signal.SIGKILL)
        wait_for(lambda: pids(process).get(name) not in {None, before[name]})
        posting.more(50)
        posting.finish()
        after = pids(process)
        (other,) = {"ingestd", "queryd"} - {name}
        assert after[other] == before[other]
        with event_stream(settings.queryd.port, "/stream?after=0") as stream:
            stream.events(len(posting.acknowledged))
        assert settings.queryd.get("/api/health").json()["restarted_by"] == "up"
        assert (posting.closed_port, posting.refusals) == (0, [])
        assert event_ids(settings.log_path) == sorted(posting.acknowledged)
        assert stop(process) == 0
        assert f"{name} was ended by SIGKILL; starting it again now" in output(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@needs_proc
def test_a_signal_stops_both_in_order(settings: Hookwatch, number: signal.Signals) -> None:
    """Ctrl-C gives the terminal back, with no process and no open port left."""
    with up(settings) as process:
        started = descendants(process.pid)
        assert len(pids(process)) == 2
        assert stop(process, number) == 0
        assert [pid for pid in started if alive(pid)] == []
        assert not accepts(settings.ingestd.port)
        assert not accepts(settings.queryd.port)
        assert running_instance(settings.data) is None


@needs_proc
def test_kill_9_of_the_supervisor_ends_both_daemons(settings: Hookwatch) -> None:
    """They would hold the ports, and the next `hookwatch up` could not start."""
    with up(settings) as process:
        started = pids(process)
        process.kill()
        wait_for(lambda: not any(alive(pid) for pid in started.values()))
    with up(settings) as process:
        assert stop(process) == 0


def test_a_second_up_on_the_same_data_is_refused_in_one_line(settings: Hookwatch) -> None:
    """The commonest failure of all: it already runs in another terminal."""
    with up(settings) as process:
        elsewhere = Hookwatch(settings.data, {})
        second = hookwatch(elsewhere, "up")
        line = (
            f"hookwatch up: Hookwatch already runs on {settings.data} at "
            f"http://127.0.0.1:{settings.queryd.port}/ (pid {process.pid}). "
            "Stop it with `hookwatch down`.\n"
        )
        assert (second.returncode, second.stdout, second.stderr) == (2, "", line)
        assert stop(process) == 0


@pytest.mark.parametrize("name", ["ingestd", "queryd"])
def test_a_taken_port_is_reported_in_one_line(settings: Hookwatch, name: str) -> None:
    """And the other daemon does not start without it."""
    port = {"ingestd": settings.ingestd.port, "queryd": settings.queryd.port}[name]
    setting = {"ingestd": "HOOKWATCH_INGEST_PORT", "queryd": "HOOKWATCH_QUERY_PORT"}[name]
    with socket.create_server(("127.0.0.1", port)):
        done = hookwatch(settings, "up")
    line = f"127.0.0.1:{port}: Address already in use; set {setting} to another port"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"hookwatch up: {line}\n")
    assert not settings.log_path.exists()


@pytest.mark.parametrize("mode", [[], ["--detach"]])
def test_a_daemon_that_cannot_start_ends_up_with_its_line(
    settings: Hookwatch, mode: list[str]
) -> None:
    """Endless restarts would hide the one line with the reason."""
    with closing(sqlite3.connect(settings.log_path)) as log:
        log.execute("PRAGMA user_version = 99")
    done = hookwatch(settings, "up", *mode)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    reason = f"{settings.log_path}: the log has schema version 99, this Hookwatch knows {VERSION}"
    expected = {f"hookwatch up: {it}: {reason}: upgrade Hookwatch" for it in ("ingestd", "queryd")}
    assert line in expected
    assert running_instance(settings.data) is None


def test_off_loopback_nothing_starts_without_a_token(settings: Hookwatch) -> None:
    """The supervisor opens the ports, so it must refuse what the daemons refuse."""
    settings.environment["HOOKWATCH_QUERY_HOST"] = "0.0.0.0"
    done = hookwatch(settings, "up")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hookwatch up: 0.0.0.0 can be reached from other machines: set ")


def test_the_port_of_the_dashboard_is_an_option(settings: Hookwatch, tmp_path: Path) -> None:
    """`open` and `status` find it, though no setting has it."""
    free = Hookwatch(tmp_path, {}).queryd
    with up(settings, "--port", str(free.port)) as process:
        assert free.get("/api/events").status == 200
        url = f"http://127.0.0.1:{free.port}"
        assert hookwatch(settings, "open", "--print").stdout == f"{url}/\n"
        assert f"  queryd   {url}  running, version" in hookwatch(settings, "status").stdout
        assert not accepts(settings.queryd.port)
        assert stop(process) == 0


def test_up_opens_the_dashboard_when_it_answers(settings: Hookwatch, tmp_path: Path) -> None:
    """A browser that comes too early shows its own error page."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$*\" >'{tmp_path / 'seen'}'\n")
    browser.chmod(0o755)
    settings.environment["BROWSER"] = str(browser)
    with up(settings, "--open") as process:
        wait_for(lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").read_text())
        seen = (tmp_path / "seen").read_text()
        assert seen == f"http://127.0.0.1:{settings.queryd.port}/"
        assert stop(process) == 0


@needs_proc
def test_in_the_background_it_runs_until_down(settings: Hookwatch) -> None:
    """The terminal may be closed meanwhile; what both daemons print is in a file."""
    done = hookwatch(settings, "up", "--detach")
    try:
        assert (done.returncode, done.stderr) == (0, "")
        instance = running_instance(settings.data)
        assert instance is not None
        log = settings.data / "hookwatch.log"
        assert done.stdout == (
            f"Hookwatch runs in the background (pid {instance.pid}): "
            f"http://127.0.0.1:{settings.queryd.port}/\n"
            f"Log: {log}. `hookwatch down` stops it.\n"
        )
        assert settings.queryd.get("/").status in {200, 404}
        assert f"  up       pid {instance.pid}, log {log}\n" in hookwatch(settings, "status").stdout
        assert log.stat().st_mode & 0o777 == 0o600
        started = [instance.pid, *descendants(instance.pid)]
    finally:
        down = hookwatch(settings, "down")
    assert (down.returncode, down.stdout, down.stderr) == (0, "Stopped.\n", "")
    wait_for(lambda: not any(alive(pid) for pid in started))
    assert re.search(r"^queryd    \| .* listening on http", log.read_text(), re.MULTILINE)
    again = hookwatch(settings, "down")
    assert (again.returncode, again.stdout) == (0, f"No `hookwatch up` runs on {settings.data}.\n")


@contextmanager
def up(settings: Hookwatch, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `hookwatch up` until it serves; nothing of it is left behind."""
    with (settings.data.parent / "output").open("w") as out:
        process = subprocess.Popen(
            [*COMMAND, "up", *options],
            env={**os.environ, **settings.environment},
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    process.args = out.name
    try:
        wait_for(lambda: "the dashboard is at" in output(process) or process.poll() is not None)
        assert process.returncode is None, output(process)
        yield process
    finally:
        process.kill()  # its daemons end with it
        process.wait()


def output(process: subprocess.Popen[str]) -> str:
    return Path(str(process.args)).read_text()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(timeout=DEADLINE_S)


def pids(process: subprocess.Popen[str]) -> dict[str, int]:
    """Return the pids of the daemons that run."""
    commands = {pid: command for pid, command in descendants(process.pid).items() if alive(pid)}
    found: dict[str, int] = {}
    for pid, command in commands.items():
        with suppress(ValueError):
            # The second process of queryd has the same command, and follows it.
            found.setdefault(command.split()[command.split().index(str(ROOT)) + 1], pid)
    return found


def hookwatch(settings: Hookwatch, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, **settings.environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
