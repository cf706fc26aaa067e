"""Test what streams report of ingestd, against a small server in its place."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import queryd.live.ingest_monitor
from queryd.live.ingest_monitor import UNWATCHED_MS, IngestMonitor, RecordingState
from queryd.live.selection import Choice
from queryd.live.tail import Wake
from shared.settings import Settings
from tests.queryd.live.test_stream import Client, Query, run
from tests.running import free_ports

__all__ = ["run"]

TIMEOUT_S = 60
HEALTH = {"status": "ok", "last_id": 0, "events_per_second": 0.0, "pending": 0, "error": None}


class CountingWake(Wake):
    """Count how often the streams are woken."""

    count = 0

    def now(self) -> None:
        self.count += 1
        super().now()


class IngestServer:
    """Answer `/health` as ingestd does; stopped, the port refuses connections."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.health: dict[str, Any] = HEALTH
        self.wake = CountingWake()
        """Of the monitor that polls it."""
        self.polls = 0
        self.hung_polls = 0
        """So many of the next requests get no answer."""
        self._server: asyncio.Server | None = None
        self._polled = asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def next_polls(self, count: int) -> None:
        """Wait for so many more polls."""
        goal = self.polls + count
        while self.polls < goal:
            self._polled.clear()
            await self._polled.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            self.polls += 1
            self._polled.set()
            if self.hung_polls:
                self.hung_polls -= 1
                await reader.read()  # until the client gives up
            body = json.dumps(self.health).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()


Watch = Callable[[IngestServer, IngestMonitor], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def fast_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEALTHY_POLL_S", "FAILING_POLL_S"):
        monkeypatch.setattr(queryd.live.ingest_monitor, name, 0.001)


def watch(use: Watch) -> None:
    """Run a monitor beside a server."""

    async def main() -> None:
        server = IngestServer()
        await server.start()
        monitor = IngestMonitor(Settings(ingest_port=server.port), server.wake)
        polling = asyncio.create_task(monitor.run())
        try:
            await asyncio.wait_for(use(server, monitor), TIMEOUT_S)
        finally:
            polling.cancel()
            await asyncio.wait([polling])
            await server.stop()

    asyncio.run(main())


async def reported(monitor: IngestMonitor, state: str | None) -> RecordingState | None:
    """Wait until the monitor reports a state; None for no state."""
    while (monitor.recording and monitor.recording.state) != state:  # noqa: ASYNC110 - a pause wakes nothing
        await asyncio.sleep(0)
    return monitor.recording


def test_a_state_that_stays_wakes_no_stream() -> None:
    """An idle dashboard must cost next to nothing, on either side."""

    async def use(server: IngestServer, monitor: IngestMonitor) -> None:
        monitor.stream_opened()
        await server.next_polls(50)
        assert (server.wake.count, monitor.recording_changes) == (1, 1)
        assert monitor.recording == RecordingState(state="recording", since=None, reason=None)

    watch(use)


def test_nothing_is_polled_while_no_stream_is_open() -> None:
    """No client, no use for it."""

    async def use(server: IngestServer, monitor: IngestMonitor) -> None:
        monitor.stream_opened()
        await reported(monitor, "recording")
        monitor.stream_closed()
        await reported(monitor, None)
        polls = server.polls
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert server.polls == polls
        monitor.stream_opened()
        await server.next_polls(1)

    watch(use)


def test_every_way_to_stop_recording_has_its_own_state_and_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What to do differs: start it, look at a hung one, free the disk."""
    monkeypatch.setattr(queryd.live.ingest_monitor, "TIMEOUT_S", 0.05)

    async def use(server: IngestServer, monitor: IngestMonitor) -> None:
        monitor.stream_opened()
        await reported(monitor, "recording")
        server.health = {**HEALTH, "status": "failing", "error": "database or disk is full"}
        found = await reported(monitor, "cannot_write")
        assert found is not None
        assert found.reason == "database or disk is full"
        since = found.since
        await server.stop()
        found = await reported(monitor, "not_running")
        assert found is not None
        assert found.reason is not None
        assert "refused" in found.reason
        assert since is not None, "it was seen to start"
        assert found.since == since, "events are not stored since then"
        server.health = HEALTH
        await server.start()
        found = await reported(monitor, "recording")
        assert found is not None
        assert found.reason is None
        server.hung_polls = 10**6
        found = await reported(monitor, "no_response")
        assert found is not None
        assert found.reason == "timed out"

    watch(use)


def test_one_missed_poll_is_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that stores a large batch is busy, and a red bar would be wrong."""
    monkeypatch.setattr(queryd.live.ingest_monitor, "TIMEOUT_S", 0.05)

    async def use(server: IngestServer, monitor: IngestMonitor) -> None:
        monitor.stream_opened()
        await reported(monitor, "recording")
        server.hung_polls = 1
        await server.next_polls(5)
        assert server.hung_polls == 0
        assert monitor.recording_changes == 1

    watch(use)


def test_the_start_of_a_state_is_known_only_where_it_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page that is opened an hour later must not say that it stopped just now."""
    clock = [1_000_000]
    monkeypatch.setattr(queryd.live.ingest_monitor, "now_ms", lambda: clock[0])

    async def use(server: IngestServer, monitor: IngestMonitor) -> None:
        await server.stop()
        monitor.stream_opened()
        found = await reported(monitor, "not_running")
        assert found is not None
        assert found.since is None
        await server.start()
        await reported(monitor, "recording")
        clock[0] += 5_000
        await server.stop()
        found = await reported(monitor, "not_running")
        assert found is not None
        assert found.since == clock[0]

        async def reopened_after(ms: int) -> int | None:
            monitor.stream_closed()
            await reported(monitor, None)
            clock[0] += ms
            monitor.stream_opened()
            found = await reported(monitor, "not_running")
            assert found is not None
            return found.since

        since = found.since
        assert await reopened_after(UNWATCHED_MS) == since, "a page was reloaded"
        assert await reopened_after(UNWATCHED_MS + 1) is None
        await server.start()

    watch(use)


def test_a_stream_reports_the_state_once_at_its_start_and_at_each_change(
    run: Callable[..., None],
) -> None:
    """A page that says "live" while nothing is stored is worse than none."""

    def state(name: Any, since: int | None = None) -> RecordingState:
        return RecordingState(state=name, since=since, reason=None)

    def report(query: Query, found: RecordingState | None) -> None:
        query.ingest.recording = found
        query.ingest.recording_changes += found is not None
        query.tail.wake.now()

    async def use(query: Query) -> None:
        early = Client(query.streams.open(None, Choice(has_events=False)))
        await early.chunk()
        report(query, state("recording"))
        assert await early.chunk() == (
            b'event: recording\ndata: {"state":"recording","since":null,"reason":null}\n\n'
        )
        report(query, state("not_running", 5))
        late = Client(query.streams.open(None, Choice()))
        await early.chunk()
        for _ in range(2):
            await late.chunk()
        for client in (early, late):
            assert json.loads(client.messages()[-1].data) == {
                "state": "not_running",
                "since": 5,
                "reason": None,
            }
        query.post()
        assert await late.until(1) == [1]
        names = [message.name for message in late.messages()]
        assert names == ["hello", "recording", "message"]
        # The poller pauses without streams: what it knew is old.
        report(query, None)
        later = Client(query.streams.open(0, Choice()))
        await later.until(1)
        assert [message.name for message in later.messages()] == ["hello", "message"]

    run(use)


def test_no_poll_writes_to_the_data_folder(tmp_path: Path) -> None:
    """A disk may sleep, and a full one must not matter."""

    async def main() -> None:
        server = IngestServer()
        await server.start()
        monitor = IngestMonitor(Settings(data=tmp_path, ingest_port=server.port), Wake())
        polling = asyncio.create_task(monitor.run())
        monitor.stream_opened()
        await asyncio.wait_for(server.next_polls(3), TIMEOUT_S)
        polling.cancel()
        await asyncio.wait([polling])
        await server.stop()

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []
