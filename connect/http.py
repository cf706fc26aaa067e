"""The HTTP client for both daemons: their addresses, one request, a connection that retries."""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from connect.launch import START_COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT_S = 10.0
PROBE_TIMEOUT_S = 3.0
"""For questions that a person waits for: whether a daemon answers at all."""
RETRY_S = 0.25
UNAUTHORIZED = (401, 403)
"""The token is wrong or missing, or the daemon does not know the host name."""
INGESTD_HEALTH = (200, 503)
"""/health answers 503 while ingestd cannot write: it is running all the same."""
ALL_INTERFACES = frozenset({"0.0.0.0", "::"})  # noqa: S104 - a server bound to all is here too


class UnreachableError(Exception):
    """A daemon does not answer, refuses us, or is something else; the text says which."""


class DaemonResponse(Struct, frozen=True):
    status: int
    body: bytes
    date: str | None = None
    """The `Date` header: the daemon's own clock."""


class Daemon(Struct, frozen=True):
    """Where a daemon is, and the token it asks for."""

    url: str
    token: str | None = None
    name: str = "ingestd"
    timeout_s: float = TIMEOUT_S

    def connect(self) -> HTTPConnection:
        """Return a connection, which opens with its first request."""
        parts = urlsplit(self.url)
        connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return connection(parts.hostname or "127.0.0.1", parts.port, timeout=self.timeout_s)

    def request(self, route: str, method: str = "GET") -> DaemonResponse:
        """Send one request on a connection of its own; raise OSError or HTTPException."""
        with closing(self.connect()) as connection:
            return send(connection, self, method, route)

    def get_json(self, route: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what a route answers; raise OSError, HTTPException or ValueError."""
        return json.loads(self.request(route).body)

    def answers(self) -> bool:
        """Return whether a server answers there, whatever it answers."""
        try:
            self.request("/health")
        except (OSError, HTTPException):
            return False
        return True

    def unreachable_text(self, error: Exception) -> str:
        reason = getattr(error, "strerror", None) or error or type(error).__name__
        return f"can't reach {self.name} at {self.url} ({reason}). Start it with `{START_COMMAND}`."

    def refused_text(self, status: int) -> str:
        return (
            f"{self.name} at {self.url} refuses requests (HTTP {status}). "
            "Set HOOKWATCH_TOKEN to its token."
        )


class KeepAliveConnection:
    """One kept-alive connection to ingestd. Not for two threads at once."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._connection = daemon.connect()

    def close(self) -> None:
        """Close the connection; a second call is harmless."""
        self._connection.close()

    def post_events(
        self,
        body: bytes,
        headers: Mapping[str, str],
        *,
        route: str = "/events",
        retry_for_s: float,
        give_up: Callable[[], bool],
        on_failure: Callable[[str, float], None] = lambda _reason, _started_at: None,
    ) -> DaemonResponse:
        """Post events, and retry while it does not answer: ids prevent duplicates.

        Raise `UnreachableError` when the time is over or `give_up` says so. Each failed attempt is
        reported to `on_failure`, with its reason and when it started.
        """
        deadline = time.monotonic() + retry_for_s
        while True:
            started_at = time.monotonic()
            try:
                return self._post(route, body, headers)
            except (OSError, HTTPException) as error:
                reason = self._daemon.unreachable_text(error)
                if give_up() or time.monotonic() >= deadline:
                    raise UnreachableError(reason) from error
                on_failure(reason, started_at)
                time.sleep(RETRY_S)

    def _post(self, route: str, body: bytes, headers: Mapping[str, str]) -> DaemonResponse:
        try:
            return send(self._connection, self._daemon, "POST", route, body, headers)
        except (OSError, HTTPException):
            # At once again: a server may have closed a connection that was idle.
            return send(self._connection, self._daemon, "POST", route, body, headers)


def ingest_url() -> str:
    return _url_from_environment("HOOKWATCH_INGEST", 4000)


def dashboard_url() -> str:
    """Return the dashboard's address, without a token."""
    return _url_from_environment("HOOKWATCH_QUERY", 4001)


def parse_url(text: str) -> str:
    """Check a server's address from the command line."""
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise argparse.ArgumentTypeError("must be like http://127.0.0.1:4000")
    if parts.username is not None or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(
            "must not contain a password, ? or #; set HOOKWATCH_TOKEN to send a token"
        )
    return text.rstrip("/")


def ingestd_problem(ingestd: Daemon) -> str | None:
    """Return why events cannot be posted to ingestd; None when they can."""
    try:
        status = ingestd.request("/health").status
    except (OSError, HTTPException) as error:
        return ingestd.unreachable_text(error)
    if status in UNAUTHORIZED:
        return ingestd.refused_text(status)
    if status not in INGESTD_HEALTH:
        return f"no ingestd at {ingestd.url}: GET /health answers {status}. Check the address."
    return None


def error_message(body: bytes) -> str | None:
    """Return the message of an answer in the daemons' error shape; None for any other."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return None


def send(
    connection: HTTPConnection,
    daemon: Daemon,
    method: str,
    route: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> DaemonResponse:
    """Send one request; a connection that fails is closed, so that the next request reopens it."""
    token = {"Authorization": f"Bearer {daemon.token}"} if daemon.token else {}
    path = urlsplit(daemon.url).path.rstrip("/") + route
    try:
        connection.request(method, path, body, {**(headers or {}), **token})
        response = connection.getresponse()
        return DaemonResponse(response.status, response.read(), response.getheader("Date"))
    except (OSError, HTTPException):
        connection.close()
        raise


def _url_from_environment(prefix: str, default_port: int) -> str:
    host = os.environ.get(f"{prefix}_HOST") or "127.0.0.1"
    host = "127.0.0.1" if host in ALL_INTERFACES else host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{os.environ.get(f'{prefix}_PORT') or default_port}"
