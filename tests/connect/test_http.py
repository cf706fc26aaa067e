"""Hold the one HTTP client to what every command relies on."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from connect.http import Daemon, error_message, ingestd_problem
from tests.running import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def echo(status: int = 200) -> Iterator[str]:
    """Run a server that answers with the path and the token of each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"path": self.path, "token": self.headers["Authorization"]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_routes_are_requested_below_the_path_of_the_address() -> None:
    """A team's server may be behind a proxy, under a path of its own."""
    with echo() as url:
        answer = Daemon(f"{url}/hookwatch").get_json("/api/health")
    assert answer == {"path": "/hookwatch/api/health", "token": None}


@pytest.mark.parametrize(("token", "sent"), [("secret", "Bearer secret"), ("", None), (None, None)])
def test_a_token_is_sent_when_there_is_one(token: str | None, sent: str | None) -> None:
    """An empty variable means none, as for the daemons."""
    with echo() as url:
        assert Daemon(url, token).get_json("/health")["token"] == sent


@pytest.mark.parametrize(
    ("status", "problem"),
    [(200, ""), (503, ""), (401, "refuses requests (HTTP 401)"), (404, "no ingestd at")],
)
def test_a_problem_names_the_reason_why_posting_fails(status: int, problem: str) -> None:
    """503 is an ingestd that cannot write: it keeps events in memory."""
    with echo(status) as url:
        found = ingestd_problem(Daemon(url))
    assert (found is None) == (problem == "")
    assert problem in (found or "")


def test_a_port_without_a_server_is_a_problem_with_its_reason() -> None:
    ingestd = Daemon(f"http://127.0.0.1:{free_ports(1)[0]}")
    assert not ingestd.answers()
    assert ingestd_problem(ingestd) == (
        f"can't reach ingestd at {ingestd.url} (Connection refused). Start it with `make start`."
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"code": "full", "message": "the disk is full"}}', "the disk is full"),
        (b'{"error": "full"}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_only_the_daemons_error_shape_has_a_message(body: bytes, message: str | None) -> None:
    """A proxy answers in a shape of its own."""
    assert error_message(body) == message
