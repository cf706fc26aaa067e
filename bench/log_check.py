"""Post hooks while the log is checked for damage, and while it is not."""

import http.client
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.daemons import daemons
from bench.posts import measure_posts
from ingestd.log.check_schedule import BYTES_PER_S
from ingestd.log.condition import LogCondition
from ingestd.log.writer import Writer
from shared.damage import damage_marker
from shared.event import Event, NewEvent
from shared.files import create_private, make_folder

BODY_BYTES: Final = 1_500
WAIT_S: Final = 3_600.0


class NoCheckError(Exception):
    """Report that no check ran during the measurement."""


def measure_check(seconds: float, data: Path | None = None) -> list[tuple[str, str]]:
    """Return the latencies of single hooks without and with a check under way."""
    if data is not None:
        return _measure(seconds, data)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "data"
        make_log(made, int(BYTES_PER_S * seconds * 1.5))
        return _measure(seconds, made)


def _measure(seconds: float, data: Path) -> list[tuple[str, str]]:
    # Else the first start of a log that it does not know would check it, for minutes.
    condition = LogCondition(data / "events.db")
    condition.opened(condition.uuid, created_at=time.time_ns() // 1_000_000)
    condition.closed()
    with daemons("ingestd", data=data) as running:
        port = running.ingest_port
        _wait(port, checking=False)
        before = measure_posts(port, connections=1, seconds=seconds)
        create_private(damage_marker(data / "events.db"))
        _wait(port, checking=True)
        during = measure_posts(port, connections=1, seconds=seconds)
        if _damage(port)["checking_since"] is None:
            raise NoCheckError("the check ended before the measurement")
    size = (data / "events.db").stat().st_size / 1_000_000
    ratio = during.latencies.p99_ms / before.latencies.p99_ms
    return [
        ("POST, 1 connection, no check", f"{before.per_second:,.0f}/s; {before.latencies}"),
        (
            f"POST, 1 connection, a log of {size:,.0f} MB being checked",
            f"{during.per_second:,.0f}/s; {during.latencies}; p99 {ratio:.2f} times that without",
        ),
    ]


def _wait(port: int, *, checking: bool) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        damage = _damage(port)
        is_checking = damage["checking_since"] is not None
        if is_checking == checking and (checking or damage["checked_at"] is not None):
            return
        time.sleep(0.1)
    raise NoCheckError("the check did not start" if checking else "the check did not end")


def _damage(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        found: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())["damage"]
        return found
    finally:
        connection.close()


def make_log(folder: Path, size_bytes: int) -> None:
    """Make a log of a data folder, whose payloads have so many bytes."""
    make_folder(folder)
    writer = Writer(folder / "events.db", synchronous="NORMAL")
    now = time.time_ns() // 1_000_000
    payload = msgspec.Raw(b'{"text":"%b"}' % (b"x" * BODY_BYTES))
    try:
        for start in range(0, size_bytes // BODY_BYTES, 500):
            writer.append([_event(number, now, payload) for number in range(start, start + 500)])
    finally:
        writer.close()


def _event(number: int, now: int, payload: msgspec.Raw) -> NewEvent:
    event = Event(
        session_id=f"session-{number % 50}",
        hook_event_type="PostToolUse",
        tool_use_id=f"toolu-{number}",
        timestamp=now,
        received_at=now,
        payload=payload,
        payload_bytes=len(payload),
    )
    return NewEvent(event=event, event_id=f"event-{number}")
