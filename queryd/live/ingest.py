"""Ask ingestd how it is, and while it cannot write, for the events it holds in memory.

In: ingestd's `/health` and `/unsaved`. Out: its state, and frames of unsaved events to show. This
is the only call between the two, and only for showing: nothing depends on its answer.
"""

import asyncio
import http.client
from typing import Final

import msgspec

from queryd.live.frame import Frame, frame
from queryd.live.tail import Wake
from shared.event import Event
from shared.process import ProcessState
from shared.settings import Settings
from shared.spool import SpoolState

CALM_S: Final = 0.5
FAILING_S: Final = 0.2
TIMEOUT_S: Final = 2.0


class IngestState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how ingestd is; what is not known is null."""

    alive: bool = False
    can_write: bool | None = None
    unsaved: int | None = None
    """Events it holds in memory because it cannot write."""
    events_per_second: float | None = None
    last_id: int | None = None
    error: str | None = None
    spool: SpoolState | None = None
    """What hooks left for it while it was away."""


class _Health(msgspec.Struct):
    status: str
    last_id: int
    events_per_second: float
    pending: int
    error: str | None = None
    process: ProcessState | None = None
    """None from an ingestd of a version that did not tell."""
    spool: SpoolState | None = None


class _Unsaved(msgspec.Struct):
    events: list[Event]


class Ingest:
    """Watch ingestd while anybody looks."""

    def __init__(self, settings: Settings, wake: Wake) -> None:
        self._address = (_reachable(settings.ingest_host), settings.ingest_port)
        self._headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        self._wake = wake
        self._wanted = asyncio.Event()
        self._viewers = 0
        self.state = IngestState()
        self.process: ProcessState | None = None
        """What ingestd last said of its process; None while it does not answer."""
        self.unsaved: list[Frame] = []
        self.round = 0
        """Counts how often the unsaved events were all saved, or lost with their process."""

    def viewer_came(self) -> None:
        """Keep asking until that viewer goes."""
        self._viewers += 1
        self._wanted.set()

    def viewer_went(self) -> None:
        """Stop asking once nobody looks."""
        self._viewers -= 1

    async def fresh_state(self) -> IngestState:
        """Return the state, asked for now unless a viewer keeps it fresh anyway."""
        if self._viewers == 0:
            await self._ask()
        return self.state

    async def run(self) -> None:
        """Ask until cancelled, at a pace that suits the state."""
        while True:
            if self._viewers == 0 and not self.unsaved:
                self._wanted.clear()
                await self._wanted.wait()
            await self._ask()
            await asyncio.sleep(FAILING_S if self.state.can_write is False else CALM_S)

    async def _ask(self) -> None:
        try:
            health = msgspec.json.decode(await self._get("/health"), type=_Health)
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
            if health.pending:
                await self._fetch_unsaved()
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
            self.state = IngestState(error=str(error) or type(error).__name__)
            self.process = None
        if self.unsaved and not self.state.unsaved:
            self.unsaved = []
            self.round += 1
            self._wake.now()

    async def _fetch_unsaved(self) -> None:
        last = self.unsaved[-1].event.unsaved_id if self.unsaved else 0
        while True:
            page = msgspec.json.decode(await self._get(f"/unsaved?after={last}"), type=_Unsaved)
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
    """Return an address to connect to: a server bound to every address is also on loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound to here
