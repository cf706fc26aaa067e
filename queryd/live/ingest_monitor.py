"""Poll ingestd's health and, while it cannot write, the events that it has in memory.

In: a wake for the streams. Out: whether events are stored, and since when they are not. This is the
only request from one daemon to the other, and only for display: nothing depends on it.
"""

import asyncio
import http.client
from typing import Final, Literal

import msgspec

from queryd.http.time_ranges import now_ms
from queryd.live.frame import Frame, frame
from queryd.live.tail import Wake
from shared.event import Event
from shared.process import ProcessState
from shared.settings import Settings
from shared.spool import SpoolState

HEALTHY_POLL_S: Final = 1.0
"""A poll takes 0.3 ms of a core from either daemon."""
FAILING_POLL_S: Final = 0.2
TIMEOUT_S: Final = 2.0
MISSED_POLLS: Final = 2
"""An ingestd that is busy may miss one poll; a refused connection is certain at once."""
UNWATCHED_MS: Final = 60_000
"""After a longer time without polls, the start of a state is not known."""


class IngestState(msgspec.Struct, frozen=True, kw_only=True):
    """ingestd's state; null for what is not known."""

    alive: bool = False
    can_write: bool | None = None
    unsaved: int | None = None
    """Events in memory because ingestd cannot write."""
    events_per_second: float | None = None
    last_id: int | None = None
    error: str | None = None
    spool: SpoolState | None = None
    """Events that hooks spooled on disk while it was not running."""


RecordingName = Literal["recording", "cannot_write", "not_running", "no_response"]


class RecordingState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether events are stored.

    `cannot_write`: ingestd runs and holds them in memory. `not_running`: it refuses connections.
    `no_response`: it does not answer, or something else does.
    """

    state: RecordingName
    since: int | None
    """When queryd saw it start, ms since the epoch; null if that was before it looked."""
    reason: str | None
    """Why events are not stored; null while they are."""


class _HealthResponse(msgspec.Struct):
    status: str
    last_id: int
    events_per_second: float
    pending: int
    error: str | None = None
    process: ProcessState | None = None
    """None from an older ingestd, which does not report it."""
    spool: SpoolState | None = None


class _UnsavedPage(msgspec.Struct):
    events: list[Event]


class IngestMonitor:
    """Poll ingestd while a stream is open."""

    def __init__(self, settings: Settings, wake: Wake) -> None:
        self._address = (_reachable(settings.ingest_host), settings.ingest_port)
        self._headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        self._wake = wake
        self._has_streams = asyncio.Event()
        self._streams = 0
        self.state = IngestState()
        self.process: ProcessState | None = None
        """The last reported state of its process; None while it does not answer."""
        self.unsaved: list[Frame] = []
        self.epoch = 0
        """Counts how often all unsaved events were saved, or lost with their process."""
        self.recording: RecordingState | None = None
        """None while it is not polled."""
        self.recording_changes = 0
        self._last_recording: RecordingState | None = None
        self._recording_at = 0
        self._missed_polls = 0
        self._is_refused = False

    def stream_opened(self) -> None:
        self._streams += 1
        self._has_streams.set()

    def stream_closed(self) -> None:
        self._streams -= 1

    async def current_state(self) -> IngestState:
        """Return the state; request it now if it is not polled."""
        if self._streams == 0:
            await self._poll()
        return self.state

    async def run(self) -> None:
        """Poll until cancelled, faster while ingestd cannot write."""
        while True:
            if self._streams == 0 and not self.unsaved:
                self.recording = None
                self._has_streams.clear()
                await self._has_streams.wait()
            polled_at = now_ms()
            await self._poll()
            self._report(polled_at)
            await asyncio.sleep(FAILING_POLL_S if self.state.can_write is False else HEALTHY_POLL_S)

    async def _poll(self) -> None:
        try:
            health = msgspec.json.decode(await self._get("/health"), type=_HealthResponse)
            self.state = IngestState(
                alive=True,
                can_write=health.status == "ok",
                unsaved=health.pending,
                events_per_second=health.events_per_second,
                last_id=health.last_id,
                error=health.error,
                spool=health.spool,
            )
            self.process = health.process
            self._missed_polls = 0
            if health.pending:
                await self._fetch_unsaved()
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
            self.state = IngestState(error=str(error) or type(error).__name__)
            self.process = None
            self._is_refused = isinstance(error, ConnectionRefusedError)
            self._missed_polls = MISSED_POLLS if self._is_refused else self._missed_polls + 1
        if self.unsaved and not self.state.unsaved:
            self.unsaved = []
            self.epoch += 1
            self._wake.now()

    def _report(self, polled_at: int) -> None:
        """Update `recording`, and wake the streams if it changed."""
        if 0 < self._missed_polls < MISSED_POLLS:
            return
        name, last = self._recording_name(), self._last_recording
        is_watched = polled_at - self._recording_at <= UNWATCHED_MS
        since = None
        if last is not None and is_watched:
            is_same = (last.state == "recording") == (name == "recording")
            since = last.since if is_same else polled_at
        self._recording_at = polled_at
        self._last_recording = RecordingState(state=name, since=since, reason=self.state.error)
        if self._last_recording != self.recording:
            self.recording = self._last_recording
            self.recording_changes += 1
            self._wake.now()

    def _recording_name(self) -> RecordingName:
        if self.state.alive:
            return "recording" if self.state.can_write else "cannot_write"
        return "not_running" if self._is_refused else "no_response"

    async def _fetch_unsaved(self) -> None:
        last = self.unsaved[-1].event.unsaved_id if self.unsaved else 0
        while True:
            page = msgspec.json.decode(await self._get(f"/unsaved?after={last}"), type=_UnsavedPage)
            if not page.events:
                return
            self.unsaved = [*self.unsaved, *map(frame, page.events)]
            last = page.events[-1].unsaved_id
            self._wake.now()

    async def _get(self, path: str) -> bytes:
        return await asyncio.to_thread(self._get_blocking, path)

    def _get_blocking(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path, headers=self._headers)
            return connection.getresponse().read()
        finally:
            connection.close()


def _reachable(host: str) -> str:
    # A server bound to every address is also on loopback.
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound to here
