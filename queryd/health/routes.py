"""Answer "is it working?": `/api/health`.

In: the state of the follower, the streams, the log's files, the views, ingestd and Claude Code's
settings. Out: figures, null where one is not known.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from typing import Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency

from queryd.calls.gaps import Gaps, gaps
from queryd.fold.folder import Folder, FoldState
from queryd.health.effective_settings import Setting, ingest_url, settings_in_force
from queryd.health.installed_hooks import Installed, InstalledHooks
from queryd.http.openapi import REFUSED
from queryd.http.parameters import Plain
from queryd.live.follow import Follow
from queryd.live.ingest import Ingest, IngestState
from queryd.live.pulse import Lag, Rate
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from queryd.search.read_values import (
    HeardType,
    Source,
    cursor,
    heard_types,
    holes_after,
    newest_sources,
)
from queryd.store.readers import Readers
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared import __version__
from shared.event import Event
from shared.files import size_bytes, wal_of
from shared.hook_events import HOOK_EVENTS, NEVER_REGISTER
from shared.process import Meter, ProcessState
from shared.reader import NotReadableError, Reader
from shared.recoveries import Recovery
from shared.settings import Settings


class LogState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what the log and its files hold; what cannot be read is null."""

    exists: bool
    uuid: str | None = None
    """The log's UUID; a log that was restored has another."""
    db_bytes: int
    wal_bytes: int
    views_bytes: int
    """Of the views, what they wrote ahead included."""
    disk_free_bytes: int | None
    """Where they all are."""
    events: int | None = None
    """At most: a duplicate may have used up a rowid, and the views may not know yet of some that
    were deleted among others."""
    first_event_at: int | None = None
    """When the oldest event that is held arrived, ms since the epoch."""
    last_event_at: int | None = None
    """When the newest arrived."""
    recoveries: Sequence[Recovery] = ()
    """What became of damaged logs before this one, the newest first."""
    error: str | None = None


class FollowState(msgspec.Struct, frozen=True):
    """Tell how new events are noticed: by the watch, or, should it fail, by a poll a second."""

    watching: bool
    last_wake_at: int | None


class Processes(msgspec.Struct, frozen=True):
    """Tell what both daemons use; null of one that does not answer."""

    queryd: ProcessState
    ingestd: ProcessState | None


class Heard(msgspec.Struct, frozen=True):
    """Tell which types of events were heard."""

    types: Sequence[HeardType]
    """The last heard of first."""
    never: Sequence[str]
    """Events that Claude Code has and of which none ever came."""


class LagState(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how late events are, over the last minute; null when none came."""

    stream: Lag | None
    """From ingestd's stamp until an event was ready for those who follow."""
    views: Lag | None
    """From ingestd's stamp of the last event of a fold until it was folded."""
    views_behind: int
    """Events in the log that are not folded."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how all of it is; `degraded` when ingestd is away or cannot write."""

    status: Literal["ok", "degraded"]
    version: str
    at: int
    """When this was so, by queryd's clock, ms since the epoch."""
    last_id: int
    log: LogState
    ingestd: IngestState
    views: FoldState
    streams: int
    follow: FollowState
    processes: Processes
    rate: Rate
    lag: LagState
    sources: Sequence[Source]
    """When each project was last heard of, the newest first."""
    heard: Heard
    gaps: Gaps | None
    """null while there are no views."""
    installed: Installed
    settings: Sequence[Setting]
    ingest_url: str
    """Where this page can post events to."""


class _Folded(msgspec.Struct, frozen=True):
    """Hold what the views tell."""

    cursor: dict[str, int]
    sources: Sequence[Source]
    types: Sequence[HeardType]
    gaps: Gaps
    holes: int
    """Ids past the log's first of events that were deleted."""


@get("/api/health", responses=REFUSED)
async def show_health(
    request: Plain,
    settings: NamedDependency[Settings],
    readers: NamedDependency[Readers],
    tail: NamedDependency[Tail],
    follow: NamedDependency[Follow],
    folder: NamedDependency[Folder],
    ingest: NamedDependency[Ingest],
    streams: NamedDependency[Streams],
    installed: NamedDependency[InstalledHooks],
    meter: NamedDependency[Meter],
) -> Health:
    """Return how the log, the follower, the views, ingestd and the hooks are."""
    now = time.time_ns() // 1_000_000
    log, first_id = await readers(lambda log: _log_state(log, settings))
    state, hooks, (folded, trouble) = await asyncio.gather(
        ingest.fresh_state(),
        asyncio.to_thread(installed.look),
        _folded(readers, now, first_id),
    )
    views = _views_state(folder.state, folded, trouble, tail.last_id)
    types = () if folded is None else folded.types
    return Health(
        status="ok" if state.alive and state.can_write else "degraded",
        version=__version__,
        at=now,
        last_id=tail.last_id,
        log=_without_holes(log, folded),
        ingestd=state,
        views=views,
        streams=streams.count,
        follow=FollowState(follow.watching, follow.last_wake_at),
        processes=Processes(meter.state(), ingest.process),
        rate=tail.pulse.rate(),
        lag=LagState(
            stream=tail.pulse.lags.lately(),
            views=folder.lags.lately(),
            views_behind=max(0, tail.last_id - views.folded_id),
        ),
        sources=() if folded is None else folded.sources,
        heard=Heard(types, _never_heard(types)),
        gaps=None if folded is None else folded.gaps,
        installed=hooks,
        settings=settings_in_force(settings),
        ingest_url=ingest_url(settings, request.url.hostname or "localhost"),
    )


def _log_state(log: Reader, settings: Settings) -> tuple[LogState, int]:
    """Return what the log holds, with ids that were deleted among others, and its first id."""
    path, views = settings.log_path, settings.views_path
    state = LogState(
        exists=path.exists(),
        db_bytes=size_bytes(path),
        wal_bytes=size_bytes(wal_of(path)),
        views_bytes=size_bytes(views) + size_bytes(wal_of(views)),
        disk_free_bytes=_free_bytes(settings),
    )
    try:
        uuid, first, last = log.uuid(), log.first(), log.one(log.last_id())
        state = msgspec.structs.replace(state, recoveries=log.recoveries())
    except NotReadableError as error:
        return msgspec.structs.replace(state, error=str(error)), 0
    if first is None or last is None:
        return msgspec.structs.replace(state, uuid=uuid, events=0), 0
    state = msgspec.structs.replace(
        state,
        uuid=uuid,
        # Counting them would read the whole log.
        events=max(
            1, (last.id or 0) - (first.id or 0) + 1 - _unused_ids(state.recoveries, first, last)
        ),
        first_event_at=first.received_at,
        last_event_at=last.received_at,
    )
    return state, first.id or 0


def _without_holes(log: LogState, folded: _Folded | None) -> LogState:
    if folded is None or log.events is None:
        return log
    return msgspec.structs.replace(log, events=max(0, log.events - folded.holes))


def _unused_ids(recoveries: Sequence[Recovery], first: Event, last: Event) -> int:
    """Return how many ids between two events were left out when logs were recovered.

    Those that were lost are recorded as deleted, and the views know them.
    """
    return sum(
        it.floor - it.last_id
        for it in recoveries
        if it.last_id is not None and (first.id or 0) <= it.last_id and it.floor < (last.id or 0)
    )


def _free_bytes(settings: Settings) -> int | None:
    try:
        return shutil.disk_usage(settings.data).free
    except OSError:
        return None


async def _folded(readers: Readers, now: int, first_id: int) -> tuple[_Folded | None, str | None]:
    """Return what the views tell, or why they tell nothing."""

    def read(views: ViewReader) -> _Folded:
        with views.snapshot():
            return _Folded(
                cursor=cursor(views),
                sources=newest_sources(views),
                types=heard_types(views, now),
                gaps=gaps(views, now),
                holes=holes_after(views, first_id),
            )

    try:
        return await readers.views(read), None
    except ViewsNotReadyError as error:
        return None, str(error)


def _views_state(
    state: FoldState, folded: _Folded | None, trouble: str | None, last_id: int
) -> FoldState:
    """Return how far the views are; while another queryd folds, they say it themselves."""
    if state.state == "following":
        told = {"error": trouble} if folded is None else folded.cursor
        state = msgspec.structs.replace(state, **told)
    return msgspec.structs.replace(state, last_id=last_id)


def _never_heard(types: Sequence[HeardType]) -> list[str]:
    heard = {it.event_type for it in types}
    return [it for it in HOOK_EVENTS if it not in heard and it != NEVER_REGISTER]
