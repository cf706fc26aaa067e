"""Report the state of the whole installation: `/api/health`. Values that are not known are null."""

import asyncio
import shutil
from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency

from queryd.calls.unfinished_calls import UnfinishedCalls, unfinished_calls
from queryd.fold.folder import Folder, FoldState
from queryd.health.effective_settings import EffectiveSetting, effective_settings, ingest_url
from queryd.health.installed_hooks import HookInstallation, InstalledHooks
from queryd.http.openapi import REFUSED
from queryd.http.parameters import Plain
from queryd.http.time_ranges import now_ms
from queryd.live.follower import Follower
from queryd.live.ingest_monitor import IngestMonitor, IngestState
from queryd.live.rate_meter import EventRate, Lag
from queryd.live.stream import Streams
from queryd.live.tail import Tail
from queryd.search.indexer import Indexer, IndexState
from queryd.search.read_values import (
    EventTypeActivity,
    ProjectActivity,
    cursor,
    holes_after,
    oldest_hour,
    received_types,
    recent_projects,
)
from queryd.store.readers import Readers
from queryd.store.store import ViewReader, ViewsNotReadyError
from shared import __version__
from shared.event import Event
from shared.files import size_bytes, wal_of
from shared.hook_events import HOOK_EVENTS, NEVER_REGISTER
from shared.installation import shell_command
from shared.process import Meter, ProcessState
from shared.reader import NotReadableError, Reader
from shared.recoveries import Recovery
from shared.settings import Settings
from shared.supervised import Restarter


class LogState(msgspec.Struct, frozen=True, kw_only=True):
    """The log and its files; null for what cannot be read."""

    exists: bool
    uuid: str | None = None
    """A restored log has another UUID."""
    db_bytes: int
    wal_bytes: int
    views_bytes: int
    """Of the views, including their WAL."""
    search_bytes: int
    """Of the full text, including its WAL."""
    disk_free_bytes: int | None
    """On the disk of the data folder."""
    events: int | None = None
    """An upper bound: duplicates may have used ids, and some deletions may not be applied yet."""
    first_event_at: int | None = None
    """When the oldest stored event happened, ms since the epoch; it may have arrived much later.
    Where that hour's events arrived out of order, it is the first of them that arrived."""
    last_event_at: int | None = None
    """When the newest event arrived."""
    recoveries: Sequence[Recovery] = ()
    """Recoveries of damaged logs, newest first."""
    error: str | None = None


class FollowState(msgspec.Struct, frozen=True):
    """How new events are detected: by a file watch or, if it fails, by polling once a second."""

    watching: bool
    last_wake_at: int | None


class Processes(msgspec.Struct, frozen=True):
    """Resource usage of both daemons; null for one that does not answer."""

    queryd: ProcessState
    ingestd: ProcessState | None


class ReceivedTypes(msgspec.Struct, frozen=True):
    types: Sequence[EventTypeActivity]
    """Most recent first."""
    never: Sequence[str]
    """Events of Claude Code that were never received."""


class LagState(msgspec.Struct, frozen=True, kw_only=True):
    """The lag of events over the last minute; null if there were none."""

    stream: Lag | None
    """From ingestd's arrival stamp until an event was ready for the streams."""
    views: Lag | None
    """From ingestd's arrival stamp of a fold's last event until it was folded."""
    views_behind: int
    """Events that are not folded yet."""
    search_behind: int
    """Events that are not in the full text yet; a search reads the newest of them from the log."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`degraded` if ingestd is not running or cannot write."""

    status: Literal["ok", "degraded"]
    version: str
    at: int
    """Time of this report by queryd's clock, ms since the epoch."""
    last_id: int
    log: LogState
    ingestd: IngestState
    views: FoldState
    search: IndexState
    streams: int
    follow: FollowState
    processes: Processes
    rate: EventRate
    lag: LagState
    sources: Sequence[ProjectActivity]
    """Projects by their last event, newest first."""
    received: ReceivedTypes
    gaps: UnfinishedCalls | None
    """Null while there are no views."""
    installed: HookInstallation
    settings: Sequence[EffectiveSetting]
    ingest_url: str
    """Where this page can post events."""
    command: str
    """How to call `hookwatch` in a shell of this machine; of a checkout, in its folder."""
    restarted_by: Restarter | None
    """What starts a daemon again when it ends: `hookwatch up`, or a service manager that holds the
    ports; null if unknown."""


class _ViewsReport(msgspec.Struct, frozen=True):
    cursor: dict[str, int]
    sources: Sequence[ProjectActivity]
    types: Sequence[EventTypeActivity]
    gaps: UnfinishedCalls
    holes: int
    """Deleted ids after the first event of the log."""
    oldest_hour: tuple[int, int] | None


class _Stored(NamedTuple):
    """What log, views and full text contain; the error says why the views have no report."""

    log: LogState
    report: _ViewsReport | None
    error: str | None
    search: IndexState


@get("/api/health", responses=REFUSED)
async def show_health(
    request: Plain,
    settings: NamedDependency[Settings],
    readers: NamedDependency[Readers],
    tail: NamedDependency[Tail],
    follower: NamedDependency[Follower],
    folder: NamedDependency[Folder],
    ingest: NamedDependency[IngestMonitor],
    streams: NamedDependency[Streams],
    installed: NamedDependency[InstalledHooks],
    meter: NamedDependency[Meter],
    restarted_by: NamedDependency[Restarter | None],
) -> Health:
    """Return the state of the log, the views, both daemons and the installed hooks."""
    now = now_ms()
    # In one read: each waits in the queue of all clients' reads.
    stored = partial(_read_stored, settings=settings, indexer=folder.indexer, now=now)
    state, hooks, (log, report, error, search) = await asyncio.gather(
        ingest.current_state(),
        asyncio.to_thread(installed.read),
        readers.search(stored),
    )
    views = _views_state(folder.state, report, error, tail.last_id)
    search = msgspec.structs.replace(search, last_id=tail.last_id)
    types = () if report is None else report.types
    return Health(
        status="ok" if state.alive and state.can_write else "degraded",
        version=__version__,
        at=now,
        last_id=tail.last_id,
        log=log,
        ingestd=state,
        views=views,
        search=search,
        streams=streams.count,
        follow=FollowState(follower.watching, follower.last_wake_at),
        processes=Processes(meter.state(), ingest.process),
        rate=tail.rate_meter.rate(),
        lag=LagState(
            stream=tail.rate_meter.lags.last_minute(),
            views=folder.lags.last_minute(),
            views_behind=max(0, tail.last_id - views.folded_id),
            search_behind=max(0, tail.last_id - search.indexed_id),
        ),
        sources=() if report is None else report.sources,
        received=ReceivedTypes(types, _never_received(types)),
        gaps=None if report is None else report.gaps,
        installed=hooks,
        settings=effective_settings(settings),
        ingest_url=ingest_url(settings, request.url.hostname or "localhost"),
        command=shell_command(),
        restarted_by=restarted_by,
    )


def _read_stored(
    log: Reader,
    views: ViewReader,
    text: ViewReader,
    *,
    settings: Settings,
    indexer: Indexer,
    now: int,
) -> _Stored:
    state, first_id = _log_state(log, settings)
    report, error = _views_report(views, now, first_id)
    if report is not None:
        state = _without_holes(state, report)
        if report.oldest_hour is not None:
            state = _with_oldest(log, state, report.oldest_hour)
    return _Stored(state, report, error, _search_state(text, indexer.state))


def _log_state(log: Reader, settings: Settings) -> tuple[LogState, int]:
    """Return the log's state, with deleted ids counted as events, and its first id."""
    path, views, text = settings.log_path, settings.views_path, settings.search_path
    state = LogState(
        exists=path.exists(),
        db_bytes=size_bytes(path),
        wal_bytes=size_bytes(wal_of(path)),
        views_bytes=size_bytes(views) + size_bytes(wal_of(views)),
        search_bytes=size_bytes(text) + size_bytes(wal_of(text)),
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
        first_event_at=first.timestamp,
        last_event_at=last.received_at,
    )
    return state, first.id or 0


def _without_holes(log: LogState, report: _ViewsReport) -> LogState:
    if log.events is None:
        return log
    return msgspec.structs.replace(log, events=max(0, log.events - report.holes))


def _with_oldest(log: Reader, state: LogState, ids: tuple[int, int]) -> LogState:
    """Return the state with the time of the first event of the oldest hour, by its rowids.

    Until it is folded, the log's first event may have happened before.
    """
    first_id, last_id = ids
    try:
        oldest = next(iter(log.after(first_id - 1, through=last_id, limit=1)), None)
    except NotReadableError:
        return state
    if oldest is None or state.first_event_at is None:
        return state
    return msgspec.structs.replace(
        state, first_event_at=min(oldest.timestamp, state.first_event_at)
    )


def _unused_ids(recoveries: Sequence[Recovery], first: Event, last: Event) -> int:
    """Return how many ids between two events recoveries skipped.

    Lost events are recorded as deletions, which the views count.
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


def _views_report(
    views: ViewReader, now: int, first_id: int
) -> tuple[_ViewsReport | None, str | None]:
    """Return what the views contain, or why they cannot be read."""
    try:
        with views.snapshot():
            report = _ViewsReport(
                cursor=cursor(views),
                sources=recent_projects(views),
                types=received_types(views, now),
                gaps=unfinished_calls(views, now),
                holes=holes_after(views, first_id),
                oldest_hour=oldest_hour(views),
            )
    except ViewsNotReadyError as error:
        return None, str(error)
    return report, None


def _views_state(
    state: FoldState, report: _ViewsReport | None, error: str | None, last_id: int
) -> FoldState:
    """Return how far the views are; if another queryd folds, their cursor shows it."""
    if state.state == "following":
        progress = {"error": error} if report is None else report.cursor
        state = msgspec.structs.replace(state, **progress)
    return msgspec.structs.replace(state, last_id=last_id)


def _search_state(text: ViewReader, state: IndexState) -> IndexState:
    """Return how far the full text is, by its own cursor: another process may index."""
    try:
        progress = cursor(text)
    except ViewsNotReadyError as error:
        error_text = str(error) if state.state == "following" else state.error
        return msgspec.structs.replace(state, indexed_id=0, error=error_text)
    return msgspec.structs.replace(
        state, indexed_id=progress["folded_id"], skipped=progress["skipped"]
    )


def _never_received(types: Sequence[EventTypeActivity]) -> list[str]:
    received = {it.event_type for it in types}
    return [it for it in HOOK_EVENTS if it not in received and it != NEVER_REGISTER]
