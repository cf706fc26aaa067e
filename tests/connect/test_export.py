"""Test `hookwatch export` at the prompt, against running daemons and against one that breaks."""

import contextlib
import http.server
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, SAMPLES, Hookwatch, free_ports, hookwatch, sample_bodies, wait_for

SESSION = "c395c763-938a-45c5-ab76-f0869ca20a96"


@pytest.fixture(scope="module")
def log(served: Hookwatch) -> Hookwatch:
    """Post the captured sessions."""
    assert (SAMPLES / "sessions").is_dir()
    bodies = list(sample_bodies())
    assert served.ingestd.post(bodies).json()["rejected"] == []
    wait_for(lambda: served.queryd.get("/api/health").json()["views"]["folded_id"] == len(bodies))
    return served


def run(
    served: Hookwatch, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as at a prompt."""
    return subprocess.run(
        [sys.executable, "-m", "connect", "export", *arguments],
        cwd=ROOT,
        env={**os.environ, **served.environment, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


def exported(served: Hookwatch, query: str) -> bytes:
    """Return what the route answers."""
    answer = served.queryd.get(f"/api/sessions/{SESSION}/export?{query}")
    assert answer.status == 200
    return answer.body


@pytest.mark.parametrize("kind", ["markdown", "html", "jsonl", "trace"])
def test_each_format_is_what_the_dashboard_exports(
    log: Hookwatch, tmp_path: Path, kind: str
) -> None:
    """A script and a button that differ would be two exports."""
    file = tmp_path / "out"
    ran = run(log, SESSION, "--as", kind, "-o", str(file))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", f"Wrote {file}\n".encode())
    assert file.read_bytes() == exported(log, f"as={kind}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [it.name for it in tmp_path.iterdir()] == ["out"]


def test_it_prints_markdown_of_the_session_whose_id_starts_like_that(log: Hookwatch) -> None:
    """The page shows the start of an id, and a pipe takes what is printed."""
    ran = run(log, SESSION[:8], "--turn", "-1")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout == exported(log, "turn=-1")


def test_a_folder_gets_a_file_of_the_proposed_name(log: Hookwatch, tmp_path: Path) -> None:
    """As a browser does."""
    ran = run(log, SESSION, "--as", "trace", "--turn", "2", "-o", str(tmp_path))
    assert ran.returncode == 0
    (file,) = tmp_path.iterdir()
    assert re.fullmatch(r"[a-z0-9-]+-c395c763-turn-2\.trace\.json", file.name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody-knows-it"], "session nobody-knows-it not found"),
        (["c3"], "session c3 not found"),
        ([SESSION, "--turn", "99"], "turn 99 not found; there are"),
        ([SESSION, "--as", "trace", "-o", "/no/such/folder/x"], "/no/such/folder/x"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    log: Hookwatch, arguments: list[str], message: str
) -> None:
    """And no file that looks like an export."""
    ran = run(log, *arguments)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr.startswith(b"hookwatch export: ")
    assert ran.stderr.count(b"\n") == 1
    assert message in ran.stderr.decode()


def test_the_start_of_several_ids_names_none(both: Hookwatch) -> None:
    """The wrong session may be one that must not be shared."""
    bodies = [{"session_id": f"same-{it}", "hook_event_name": "Stop"} for it in (1, 2)]
    assert both.ingestd.post(bodies).status == 200
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == 2)
    ran = run(both, "same-")
    message = b"hookwatch export: same- is the start of 2 session ids. Use more of it.\n"
    assert (ran.returncode, ran.stderr) == (2, message)
    assert run(both, "same-2").returncode == 0


def test_without_queryd_it_says_how_to_start_it(tmp_path: Path) -> None:
    """Rather than a traceback."""
    (port,) = free_ports(1)
    nothing = Hookwatch(tmp_path / "data", {"HOOKWATCH_QUERY_PORT": str(port)})
    ran = run(nothing, SESSION)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"hookwatch export: can't reach the dashboard at ")
    assert ran.stderr.count(b"\n") == 1


def test_a_token_is_sent_and_a_wrong_one_named(tmp_path: Path) -> None:
    """Exports are as private as the log."""
    token = "a-token-that-is-long-enough"
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=token) as served:
        headers = {"Authorization": f"Bearer {token}"}
        body = {"session_id": "s", "hook_event_name": "Stop"}
        assert served.ingestd.post(body, **headers).status == 200
        wait_for(lambda: served.queryd.get("/api/sessions/s", **headers).status == 200)
        assert run(served, "s").returncode == 0
        ran = run(served, "s", HOOKWATCH_TOKEN="another-token-of-length")
    assert ran.returncode == 2
    assert b"Set HOOKWATCH_TOKEN to its token." in ran.stderr


class Breaking(http.server.BaseHTTPRequestHandler):
    """Answers the start of an export and hangs up, as a killed queryd does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nstart\r\n")
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@contextlib.contextmanager
def breaking() -> Iterator[int]:
    """Run that server; yield its port."""
    with http.server.HTTPServer(("127.0.0.1", 0), Breaking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_half_an_export_is_no_file(tmp_path: Path) -> None:
    """What is there is whole: the end of a session may be what it was exported for."""
    file = tmp_path / "session.md"
    file.write_text("an earlier one")
    with breaking() as port:
        nothing = Hookwatch(tmp_path / "data", {"HOOKWATCH_QUERY_PORT": str(port)})
        ran = run(nothing, SESSION, "-o", str(file))
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"hookwatch export: the export is incomplete: ")
    assert file.read_text() == "an earlier one"
    assert [it.name for it in tmp_path.iterdir()] == ["session.md"]
