"""Send events to ingestd in batches, each again while nobody answers: by its ids it is stored once.

In: lines of NDJSON. Out: how many were stored, were known, were refused.
"""

import json
import time
from collections import Counter
from contextlib import closing
from typing import Any, Final

from connect.demo.post import LOCKED_OUT, RETRY_SECONDS, Ingestd, Line, Unreachable, locked_out

BATCH_EVENTS: Final = 1_000
BATCH_BYTES: Final = 4 * 1024 * 1024
HEADERS: Final = {"Content-Type": "application/x-ndjson"}


class Sender:
    """Gather lines, and post them when there are enough."""

    def __init__(self, ingestd: Ingestd, *, patience_seconds: float) -> None:
        self._line = Line(ingestd)
        self._patience = patience_seconds
        self._lines: list[bytes] = []
        self._bytes = 0
        self.stored = 0
        self.known = 0
        self.refused: Counter[str] = Counter()

    def add(self, line: bytes) -> None:
        """Take a line; raise Unreachable when ingestd is gone for too long."""
        self._lines.append(line)
        self._bytes += len(line)
        if len(self._lines) >= BATCH_EVENTS or self._bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Post what was gathered; when this returns, it is on disk."""
        lines, self._lines, self._bytes = self._lines, [], 0
        if lines:
            self._post(lines)

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self._line.close()

    def _post(self, lines: list[bytes]) -> None:
        status, answer = self._answer(b"".join(lines))
        if status == 200:
            self._count(answer)
        elif status == 413 and len(lines) > 1:
            self._post(lines[: len(lines) // 2])
            self._post(lines[len(lines) // 2 :])
        else:
            self.refused[_reason(answer) or f"HTTP {status}"] += len(lines)

    def _answer(self, body: bytes) -> tuple[int, bytes]:
        """Return what ingestd says, once it can write."""
        until = time.monotonic() + self._patience
        while True:
            status, answer = self._line.post(
                body, HEADERS, patience_seconds=self._patience, give_up=lambda: False
            )
            if status in LOCKED_OUT:
                raise Unreachable(locked_out(status))
            if status < 500:
                return status, answer
            if time.monotonic() >= until:
                raise Unreachable(f"cannot store events ({_reason(answer) or status}).")
            time.sleep(RETRY_SECONDS)

    def _count(self, answer: bytes) -> None:
        told = json.loads(answer)
        self.stored += told["accepted"]
        self.known += told["duplicates"]
        for rejected in told["rejected"]:
            self.refused[rejected["error"]["code"]] += 1


def get_json(daemon: Ingestd, route: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a daemon answers to a GET; raise OSError or HTTPException when it does not."""
    with closing(daemon.connect()) as connection:
        connection.request("GET", daemon.path + route, headers=daemon.pass_headers)
        return json.loads(connection.getresponse().read())


def _reason(answer: bytes) -> str | None:
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return None
