"""Send events to ingestd in batches, and retry while it does not answer: ids prevent duplicates."""

import json
import time
from collections import Counter
from typing import Final

from connect.http import (
    RETRY_S,
    UNAUTHORIZED,
    Daemon,
    DaemonResponse,
    KeepAliveConnection,
    UnreachableError,
    error_message,
)

BATCH_EVENTS: Final = 1_000
BATCH_BYTES: Final = 4 * 1024 * 1024
HEADERS: Final = {"Content-Type": "application/x-ndjson"}


class BatchSender:
    """Collect lines of NDJSON and post them in batches; count what ingestd did with them."""

    def __init__(self, ingestd: Daemon, *, retry_for_s: float) -> None:
        self._ingestd = ingestd
        self._connection = KeepAliveConnection(ingestd)
        self._retry_for_s = retry_for_s
        self._lines: list[bytes] = []
        self._bytes = 0
        self.stored = 0
        self.duplicates = 0
        self.rejected: Counter[str] = Counter()

    def add(self, line: bytes) -> None:
        """Add a line; raise UnreachableError when ingestd is down for too long."""
        self._lines.append(line)
        self._bytes += len(line)
        if len(self._lines) >= BATCH_EVENTS or self._bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Post what was collected; when this returns, it is on disk."""
        lines, self._lines, self._bytes = self._lines, [], 0
        if lines:
            self._post(lines)

    def close(self) -> None:
        """Close the connection; a second call is harmless."""
        self._connection.close()

    def _post(self, lines: list[bytes]) -> None:
        response = self._post_with_retry(b"".join(lines))
        if response.status == 200:
            self._count(response.body)
        elif response.status == 413 and len(lines) > 1:
            self._post(lines[: len(lines) // 2])
            self._post(lines[len(lines) // 2 :])
        else:
            reason = error_message(response.body) or f"HTTP {response.status}"
            self.rejected[reason] += len(lines)

    def _post_with_retry(self, body: bytes) -> DaemonResponse:
        """Return ingestd's answer, once it can write."""
        deadline = time.monotonic() + self._retry_for_s
        while True:
            response = self._connection.post_events(
                body, HEADERS, retry_for_s=self._retry_for_s, give_up=lambda: False
            )
            if response.status in UNAUTHORIZED:
                raise UnreachableError(self._ingestd.refused_text(response.status))
            if response.status < 500:
                return response
            if time.monotonic() >= deadline:
                reason = error_message(response.body) or f"HTTP {response.status}"
                raise UnreachableError(
                    f"ingestd at {self._ingestd.url} cannot store events ({reason})."
                )
            time.sleep(RETRY_S)

    def _count(self, body: bytes) -> None:
        result = json.loads(body)
        self.stored += result["accepted"]
        self.duplicates += result["duplicates"]
        for rejected in result["rejected"]:
            self.rejected[rejected["error"]["code"]] += 1
