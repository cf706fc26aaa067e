"""Post events to ingestd over one kept-alive connection, as the forwarder would.

Comes in: a body and its headers. Goes out: the answer; `Unreachable` when none comes for too long.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ANSWER_SECONDS = 10.0
RETRY_SECONDS = 0.25
# A wrong token, or none; a host it does not know.
LOCKED_OUT = (401, 403)


class Unreachable(Exception):  # noqa: N818 - it names what was found, as the message does
    """Say that ingestd did not answer, or is not what answered."""


class Ingestd(Struct, frozen=True):
    """Know where ingestd is, and how to be let in."""

    url: str
    token: str | None = None

    def connect(self) -> HTTPConnection:
        """Make a connection; it opens with the first request."""
        parts = urlsplit(self.url)
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return make(parts.hostname or "127.0.0.1", parts.port, timeout=ANSWER_SECONDS)

    @property
    def path(self) -> str:
        """Name the path its routes stand under."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def pass_headers(self) -> dict[str, str]:
        """Make the header that lets us in, where one is needed."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


class Line:
    """Hold one kept-alive connection. Not for two threads at once."""

    def __init__(self, ingestd: Ingestd) -> None:
        """Keep the address; nothing is opened yet."""
        self._ingestd = ingestd
        self._connection = ingestd.connect()

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self._connection.close()

    def get(self, route: str) -> int:
        """Get a route once and return the status."""
        return self._ask("GET", route, None, {})[0]

    def post(
        self,
        body: bytes,
        headers: Mapping[str, str],
        *,
        patience_seconds: float,
        give_up: Callable[[], bool],
        on_failure: Callable[[str, float], None] = lambda _why, _tried_at: None,
    ) -> tuple[int, bytes]:
        """Post an event, again and again while nobody answers: by its id it is stored once.

        Raise `Unreachable` when patience is over, or when it is no use: `give_up`. Each try that
        fails is reported to `on_failure`, with the reason and when it started.
        """
        until = time.monotonic() + patience_seconds
        while True:
            tried_at = time.monotonic()
            try:
                return self._ask_twice("POST", "/events", body, headers)
            except (OSError, HTTPException) as error:
                if give_up() or time.monotonic() >= until:
                    raise Unreachable(silence(error)) from error
                on_failure(silence(error), tried_at)
                time.sleep(RETRY_SECONDS)

    def _ask_twice(
        self, method: str, route: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Ask, and once more at once: a server may have closed a connection that was idle."""
        try:
            return self._ask(method, route, body, headers)
        except (OSError, HTTPException):
            return self._ask(method, route, body, headers)

    def _ask(
        self, method: str, route: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        sent = {**headers, **self._ingestd.pass_headers}
        try:
            self._connection.request(method, self._ingestd.path + route, body, sent)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            # A connection that failed once answers nothing more: the next request opens a new one.
            self._connection.close()
            raise


def silence(error: Exception) -> str:
    """Say that nobody answered, and what to do."""
    why = str(getattr(error, "strerror", None) or error or type(error).__name__)
    return f"cannot be reached ({why}). Start it with `make start`."


def locked_out(status: int) -> str:
    """Say that ingestd let nobody in, and what to do."""
    return f"refuses requests (it answered {status}). Set HOOKWATCH_TOKEN to its token."
