"""Stop the daemons, and start them where they cannot start.

A stop is promised within 2 s. Nothing here measures that: a test that fails because the machine
was busy teaches people to ignore it. Every wait has a generous end, and its passing is a failure.
"""

import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from shared.schema import VERSION
from tests.processes.load import event_load
from tests.processes.log import event_ids, ids, integrity, locked
from tests.processes.mounts import mounted
from tests.processes.proc import alive, descendants, needs_proc
from tests.running import (
    DEADLINE_S,
    ROOT,
    Hookwatch,
    accepts,
    free_ports,
    hookwatch,
    wait_for,
)
from tests.sse import event_stream

TOKEN = "a-token-of-our-own"
STOPS = 5
DAEMONS = pytest.mark.parametrize("name", ["ingestd", "queryd"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_daemons_and_every_stream_with_code_0(
    both: Hookwatch, number: signal.Signals
) -> None:
    """Ctrl-C must give the terminal back, and a supervisor must not take it for a crash."""
    both.ingestd.post({"session_id": "s", "hook_event_name": "Stop"})
    with socket.create_connection(("127.0.0.1", both.queryd.port), DEADLINE_S) as stream:
        stream.sendall(b"GET /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while b"id: 1\n" not in received:
            received += stream.recv(65_536)
        assert both.queryd.end(number) == 0
        while piece := stream.recv(65_536):
            received += piece
        assert received.endswith(b"\r\n0\r\n\r\n"), "cut off, and not ended"
    assert both.ingestd.end(number) == 0
    assert ids(both.log_path) == [1]


def test_after_ingestd_stopped_a_plain_copy_has_every_event(
    both: Hookwatch, tmp_path: Path
) -> None:
    """A backup by hand stops ingestd and copies the file; queryd still reads it."""
    with event_stream(both.queryd.port) as stream:
        both.ingestd.post([{"session_id": "s", "hook_event_name": "Stop"}] * 50)
        stream.events(50)
        assert both.ingestd.stop() == 0
        copy = tmp_path / "elsewhere.db"
        shutil.copyfile(both.log_path, copy)
        assert ids(copy) == list(range(1, 51))
        assert integrity(copy) == "ok"
    assert both.queryd.get("/api/events/50").status == 200


def test_events_acknowledged_before_the_signal_are_in_the_log(both: Hookwatch) -> None:
    """Hooks fire while one restarts for an upgrade; afterwards each retries what it was owed."""
    with event_load(both.ingestd.port) as posting:
        for _ in range(STOPS):
            posting.more(50)
            assert both.ingestd.stop() == 0
            assert set(posting.acknowledged) <= set(event_ids(both.log_path))
            both.ingestd.start()
        posting.more(50)
        posting.finish()
    assert event_ids(both.log_path) == sorted(posting.acknowledged)
    assert posting.refusals == []
    assert integrity(both.log_path) == "ok"


def test_queryd_stops_while_events_pour_in(both: Hookwatch) -> None:
    """A stop that gets lost among the wakes leaves a process that only kill -9 ends."""
    with event_load(both.ingestd.port) as posting:
        for _ in range(STOPS):
            with event_stream(both.queryd.port) as stream:
                stream.events(20)
                assert both.queryd.stop() == 0
            both.queryd.start()
        assert posting.refusals == []


def test_an_event_that_waits_for_the_lock_at_a_stop_is_committed(tmp_path: Path) -> None:
    """It was accepted before the signal; the lock is released before the last commit."""
    with hookwatch(tmp_path / "data", "ingestd", HOOKWATCH_BUSY_MS="60000") as running:
        ingestd = running.ingestd
        sender = http.client.HTTPConnection("127.0.0.1", ingestd.port, timeout=DEADLINE_S)
        body = b'{"session_id":"s","hook_event_name":"Stop"}'
        with closing(sender), locked(running.log_path) as lock:
            sender.request("POST", "/events", body, {"X-Event-Id": "waiting"})
            # Connections are taken in turn: who is answered after it knows that it was read.
            assert ingestd.get("/health").status == 200
            os.kill(ingestd.pid, signal.SIGTERM)
            wait_for(lambda: not accepts(ingestd.port))
            lock.rollback()
            assert ingestd.stop() == 0
            answer = sender.getresponse()
            assert (answer.status, answer.read()) == (200, b"")
        assert event_ids(running.log_path) == ["waiting"]


def test_a_sender_that_stops_in_the_middle_does_not_hold_up_a_stop(both: Hookwatch) -> None:
    """A hook whose machine fell asleep while sending must not keep the daemon from its restart."""
    with socket.create_connection(("127.0.0.1", both.ingestd.port), DEADLINE_S) as half:
        half.sendall(b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        assert both.ingestd.get("/health").status == 200
        assert both.ingestd.stop() == 0


def test_a_reader_that_does_not_read_does_not_hold_up_a_stop(both: Hookwatch) -> None:
    """A stream whose client sleeps can be written to no more, not even its end."""
    entry = {"session_id": "s", "hook_event_name": "Stop", "text": "x" * 30_000}
    both.ingestd.post([entry] * 300)
    stalled = socket.socket()
    with stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", both.queryd.port))
        stalled.sendall(b"GET /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: both.queryd.get("/api/health").json()["streams"] == 1)
        assert both.queryd.stop() == 0


def test_an_idle_connection_does_not_hold_up_a_stop(both: Hookwatch) -> None:
    """Claude Code and browsers keep connections open for their next request."""
    for daemon, path in ((both.ingestd, "/health"), (both.queryd, "/api/health")):
        idle = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=DEADLINE_S)
        with closing(idle):
            idle.request("GET", path)
            assert idle.getresponse().read()
            assert daemon.stop() == 0


def start_in_vain(name: str, **settings: str) -> tuple[int, str]:
    """Start a daemon that should refuse to run; return its exit code and stderr."""
    ports = free_ports(2)
    clean = {key: text for key, text in os.environ.items() if not key.startswith("HOOKWATCH_")}
    done = subprocess.run(
        [sys.executable, "-m", name],
        cwd=ROOT,
        env={
            **clean,
            "HOOKWATCH_INGEST_PORT": str(ports[0]),
            "HOOKWATCH_QUERY_PORT": str(ports[1]),
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@DAEMONS
def test_a_taken_port_is_reported_in_one_line(name: str, tmp_path: Path) -> None:
    """The commonest failure of all: it already runs in another terminal."""
    setting = {"ingestd": "HOOKWATCH_INGEST_PORT", "queryd": "HOOKWATCH_QUERY_PORT"}[name]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stderr = start_in_vain(name, HOOKWATCH_DATA=str(tmp_path), **{setting: str(port)})
    assert stderr == (
        2,
        f"{name}: 127.0.0.1:{port}: Address already in use; set {setting} to another port\n",
    )


@DAEMONS
def test_an_impossible_folder_is_reported_in_one_line(name: str, tmp_path: Path) -> None:
    """A mistyped HOOKWATCH_DATA must not run on without a log."""
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "file" / "data"
    stderr = start_in_vain(name, HOOKWATCH_DATA=str(folder))
    assert stderr == (2, f"{name}: {folder}: Not a directory\n")


@DAEMONS
def test_a_folder_on_a_read_only_file_system_is_reported_in_one_line(
    name: str, tmp_path: Path
) -> None:
    """A disk that failed is mounted read-only by Linux: the daemon cannot work there."""
    with mounted(tmp_path, "ro,size=64k"):
        stderr = start_in_vain(name, HOOKWATCH_DATA=str(tmp_path))
    assert stderr == (2, f"{name}: {tmp_path}: the folder cannot be written\n")


BAD_SETTINGS = [
    ({"HOOKWATCH_DATTA": "x"}, "HOOKWATCH_DATTA: unknown setting; did you mean HOOKWATCH_DATA?"),
    ({"HOOKWATCH_BUSY_MS": "soon"}, "HOOKWATCH_BUSY_MS: Expected `int`, got `str`"),
    ({"HOOKWATCH_QUERY_PORT": "99999"}, "HOOKWATCH_QUERY_PORT: Expected `int` <= 65535"),
    ({"HOOKWATCH_SYNCHRONOUS": "OFF"}, "HOOKWATCH_SYNCHRONOUS: Invalid enum value 'OFF'"),
]


@DAEMONS
@pytest.mark.parametrize(("settings", "line"), BAD_SETTINGS)
def test_a_bad_setting_is_reported_in_one_line(
    name: str, settings: dict[str, str], line: str, tmp_path: Path
) -> None:
    """A setting that silently did nothing would be found out too late, a token above all."""
    stderr = start_in_vain(name, **{"HOOKWATCH_DATA": str(tmp_path), **settings})
    assert stderr == (2, f"{name}: {line}\n")


@pytest.mark.parametrize(
    ("name", "setting"), [("ingestd", "HOOKWATCH_INGEST_HOST"), ("queryd", "HOOKWATCH_QUERY_HOST")]
)
def test_off_loopback_nothing_starts_without_a_token(
    name: str, setting: str, tmp_path: Path
) -> None:
    """Prompts and code of a whole team would otherwise be open to the network."""
    stderr = start_in_vain(name, HOOKWATCH_DATA=str(tmp_path), **{setting: "0.0.0.0"})
    line = (
        f"{name}: 0.0.0.0 can be reached from other machines: set HOOKWATCH_TOKEN "
        "(at least 16 characters), or bind to 127.0.0.1\n"
    )
    assert stderr == (2, line)


@DAEMONS
def test_a_log_of_a_newer_hookwatch_is_unchanged(name: str, tmp_path: Path) -> None:
    """What the newer version relies on would be missing in its rows, and in the views."""
    log = tmp_path / "events.db"
    with closing(sqlite3.connect(log)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = log.read_bytes()
    code, stderr = start_in_vain(name, HOOKWATCH_DATA=str(tmp_path))
    reason = f"the log has schema version 99, this Hookwatch knows {VERSION}: upgrade Hookwatch"
    assert (code, stderr) == (2, f"{name}: {log}: {reason}\n")
    with closing(sqlite3.connect(log)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    assert len(before) == log.stat().st_size


def test_a_file_that_is_no_database_is_unchanged(tmp_path: Path) -> None:
    """A user's file of the same name must be neither overwritten nor taken for an empty log."""
    log = tmp_path / "events.db"
    log.write_bytes(b"my notes on events\n" * 100)
    code, stderr = start_in_vain("ingestd", HOOKWATCH_DATA=str(tmp_path))
    assert (code, stderr) == (2, f"ingestd: {log}: file is not a database\n")
    assert log.read_bytes() == b"my notes on events\n" * 100


def test_with_a_token_every_request_must_bring_it(tmp_path: Path) -> None:
    """The token is all that stands between a team's events and the office network."""
    refused = (
        '{"error":{"code":"unauthorized","message":"send the token as \'Authorization: Bearer …\'; '
        'in a browser open /?token=… once","field":"Authorization"}}'
    ).encode()
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=TOKEN) as running:
        body = b'{"session_id":"s","hook_event_name":"Stop"}'
        for daemon, method, path in (
            (running.ingestd, "POST", "/events"),
            (running.ingestd, "GET", "/health"),
            (running.ingestd, "GET", "/unsaved"),
            (running.queryd, "GET", "/api/events"),
            (running.queryd, "GET", "/stream"),
        ):
            sent = body if method == "POST" else None
            for headers in ({}, {"Authorization": "Bearer not-the-token-at-all"}):
                answer = daemon.ask(method, path, sent, headers)
                assert (answer.status, answer.body) == (401, refused), path
                assert answer.headers["www-authenticate"] == "Bearer"
        assert ids(running.log_path) == []
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert running.ingestd.post(body, **bearer).status == 200
        wait_for(lambda: running.queryd.get("/api/health", **bearer).json()["last_id"] == 1)
        health = running.queryd.get("/api/health", **bearer).json()
        assert (health["status"], health["ingestd"]["alive"]) == ("ok", True)


@needs_proc
def test_kill_9_of_one_daemon_under_honcho_leaves_the_other_and_starts_it_again(
    tmp_path: Path,
) -> None:
    """Honcho alone would stop everything when one process dies, ingestd with it."""
    settings = Hookwatch(tmp_path / "data", {})
    with under_honcho(tmp_path, settings) as honcho:
        wait_for(lambda: accepts(settings.ingestd.port) and accepts(settings.queryd.port))
        ingestd, queryd = daemon_pid(honcho.pid, "ingestd"), daemon_pid(honcho.pid, "queryd")
        assert ingestd is not None
        assert queryd is not None
        os.kill(queryd, signal.SIGKILL)
        wait_for(lambda: daemon_pid(honcho.pid, "queryd") not in {None, queryd})
        wait_for(lambda: accepts(settings.queryd.port))
        assert daemon_pid(honcho.pid, "ingestd") == ingestd
        started = descendants(honcho.pid)
        honcho.terminate()
        honcho.communicate(timeout=DEADLINE_S)
        assert [pid for pid in started if alive(pid)] == []
    assert not accepts(settings.ingestd.port)
    assert not accepts(settings.queryd.port)


@needs_proc
def test_a_daemon_that_fails_to_start_stops_honcho(tmp_path: Path) -> None:
    """Endless restarts would hide the one line with the reason."""
    settings = Hookwatch(tmp_path / "data", {"HOOKWATCH_BUSY_MS": "soon"})
    with under_honcho(tmp_path, settings) as honcho:
        stderr, _ = honcho.communicate(timeout=DEADLINE_S)
    assert honcho.returncode == 2
    assert b"HOOKWATCH_BUSY_MS: Expected `int`, got `str`" in stderr
    assert b"starting again" not in stderr


@contextmanager
def under_honcho(folder: Path, settings: Hookwatch) -> Iterator[subprocess.Popen[bytes]]:
    """Run the Procfile's lines with this Python; nothing of it is left behind."""
    names = ("ingestd", "queryd")
    lines = [f"{name}: {ROOT}/bin/keep-up {sys.executable} -m {name}" for name in names]
    procfile = folder / "Procfile"
    procfile.write_text("\n".join(lines) + "\n")
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "-f", str(procfile), "-d", str(ROOT), "start"],
        env={**os.environ, **settings.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield honcho
    finally:
        left = [honcho.pid, *descendants(honcho.pid)]
        if honcho.poll() is None:
            for pid in left:
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
        honcho.communicate()


def daemon_pid(honcho: int, name: str) -> int | None:
    """Return the pid of the daemon itself, not of the shell that keeps it up."""
    for pid, command in descendants(honcho).items():
        if command == f"{sys.executable} -m {name}":
            return pid
    return None
