"""Write history to ingestd in batches. Ids make a repeated batch harmless."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import TYPE_CHECKING

from connect.http import (
    RETRY_S,
    UNAUTHORIZED,
    KeepAliveConnection,
    UnreachableError,
    error_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect.http import Daemon

BATCH_EVENTS = 500
HEADERS = {"Content-Type": "application/x-ndjson"}
OK, SERVER_ERROR = 200, 500


def send_history(
    envelopes: Iterator[bytes],
    ingestd: Daemon,
    *,
    retry_for_s: float,
    on_outage: Callable[[str], None],
    on_progress: Callable[[int], None],
) -> int:
    """Post all envelopes; return how many are stored. Raise UnreachableError."""
    connection, stored = KeepAliveConnection(ingestd), 0
    try:
        while batch := list(islice(envelopes, BATCH_EVENTS)):
            stored += _post(connection, ingestd, b"\n".join(batch), retry_for_s, on_outage)
            on_progress(stored)
    finally:
        connection.close()
    return stored


def _post(
    connection: KeepAliveConnection,
    ingestd: Daemon,
    body: bytes,
    retry_for_s: float,
    on_outage: Callable[[str], None],
) -> int:
    deadline, reported = time.monotonic() + retry_for_s, False

    def report(reason: str, _started_at: float) -> None:
        nonlocal reported
        if not reported:
            on_outage(reason)
        reported = True

    while True:
        response = connection.post_events(
            body, HEADERS, retry_for_s=retry_for_s, give_up=lambda: False, on_failure=report
        )
        if response.status == OK:
            answer = json.loads(response.body)
            return int(answer["accepted"]) + int(answer["duplicates"])
        if response.status in UNAUTHORIZED:
            raise UnreachableError(ingestd.refused_text(response.status))
        if response.status < SERVER_ERROR or time.monotonic() >= deadline:
            reason = error_message(response.body) or f"HTTP {response.status}"
            raise UnreachableError(f"ingestd at {ingestd.url} cannot store events ({reason}).")
        time.sleep(RETRY_S)
