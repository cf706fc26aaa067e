"""Ask every route with every method: HEAD as GET without a body, and 405 with what is allowed."""

import re
import socket

import pytest

from tests.running import DEADLINE_S, ROOT, DaemonProcess, Hookwatch

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
PAGES = ("/", "/sessions/one", "/favicon.svg", "/docs", "/docs/openapi.json")
READ = (
    "/api/events",
    "/api/events?limit=x",
    "/api/events/1",
    "/api/filters",
    "/api/health",
    "/api/sessions",
    "/api/sessions?nope=1",
    "/api/sessions/active",
    "/api/sessions/nobody",
    "/api/sessions/nobody/calls",
    "/api/timeline",
    "/api/digest",
    "/api/tools/stats",
    "/api/tools/nope",
    "/api/usage",
    "/api/limits",
    "/api/api-health",
    "/api/nope",
    "/nope.js",
    "/docs/nope",
    "/stream?after=x",
)
INGEST_READ = ("/health", "/metrics", "/unsaved", "/unsaved?after=x")
INGEST_WRITE = ("/events", "/status-line", "/v1/logs", "/v1/metrics", "/v1/traces")
CHANGING = {"date", "content-length"}
"""A later answer may be longer: figures of the process stand in some."""


def raw(daemon: DaemonProcess, method: str, path: str) -> bytes:
    """Return all that a daemon sends on a connection that it is asked to close."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=DEADLINE_S) as connection:
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        pieces = []
        while piece := connection.recv(65_536):
            pieces.append(piece)
        return b"".join(pieces)


def head_of(answer: bytes) -> tuple[bytes, dict[str, str], bytes]:
    """Return status line, headers and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = (line.decode("latin-1").partition(": ") for line in lines)
    return status, {name.lower(): value for name, _, value in headers}, body


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("queryd", path) for path in (*PAGES, *READ)),
        *(("ingestd", path) for path in INGEST_READ),
    ],
)
def test_head_responds_like_get_without_a_body(served: Hookwatch, name: str, path: str) -> None:
    """`curl -I` and uptime monitors ask so."""
    if path in PAGES and not (ROOT / "web" / "dist").exists():
        pytest.skip("the dashboard is not built")
    daemon: DaemonProcess = getattr(served, name)
    get_status, get_headers, _ = head_of(raw(daemon, "GET", path))
    status, headers, body = head_of(raw(daemon, "HEAD", path))
    assert (status, body) == (get_status, b"")
    assert headers.keys() == get_headers.keys()
    assert {it: headers[it] for it in headers.keys() - CHANGING} == {
        it: get_headers[it] for it in get_headers.keys() - CHANGING
    }


def test_head_of_the_stream_opens_none(served: Hookwatch) -> None:
    """It would never end: the daemon would feed a client that cannot be sent anything."""
    with socket.create_connection(("127.0.0.1", served.queryd.port), timeout=DEADLINE_S) as asking:
        # The connection stays open: an open stream would still be counted.
        asking.sendall(b"HEAD /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = asking.recv(65_536)
        assert served.queryd.get("/api/health").json()["streams"] == 0
        asking.sendall(b"HEAD /api/nope HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert asking.recv(65_536).startswith(b"HTTP/1.1 404")
    status, headers, body = head_of(answer)
    assert (status, body) == (b"HTTP/1.1 200 OK", b"")
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("queryd", path) for path in ("/", "/docs", "/docs/openapi.json", "/stream")),
        *(("queryd", path) for path in READ if re.fullmatch("/api/(?!nope)[^?]*", path)),
        *(("ingestd", path) for path in ("/health", "/metrics", "/unsaved", *INGEST_WRITE)),
    ],
)
def test_a_refused_method_comes_with_those_that_are_allowed(
    served: Hookwatch, name: str, path: str
) -> None:
    """RFC 9110 demands it, and what it lists must be true."""
    daemon: DaemonProcess = getattr(served, name)
    answers = {
        method: daemon.ask(method, path)
        for method in METHODS
        if (method, path) != ("GET", "/stream")
    }
    refused = {method: answer for method, answer in answers.items() if answer.status == 405}
    assert {"PUT", "DELETE", "TRACE"} <= refused.keys()
    for method, answer in refused.items():
        allowed = set(re.split(r", *", answer.headers["allow"]))
        assert allowed - {"GET"} == answers.keys() - refused.keys() - {"GET"}, method
        assert ("GET" in allowed) == ("GET" not in refused), method
