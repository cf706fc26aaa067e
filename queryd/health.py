"""Answer "is it working?": `/api/health`.

In: the state of the follower, the streams, the log's files and ingestd. Out: figures, null where
one is not known.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency

from queryd.docs import REFUSED
from queryd.fold import Folder, FoldState
from queryd.follow import Follow
from queryd.ingest import Ingest, IngestState
from queryd.parameters import Plain, refuse_others
from queryd.readers import Readers
from queryd.stream import Streams
from queryd.tail import Tail
from queryd.views.read_values import Source, cursor, newest_sources
from queryd.views.store import ViewsNotReadyError
from shared import __version__
from shared.files import size_bytes, wal_of
from shared.settings import Settings


class LogState(msgspec.Struct, frozen=True):
    """Tell what the log's files hold."""

    exists: bool
    db_bytes: int
    wal_bytes: int


class FollowState(msgspec.Struct, frozen=True):
    """Tell how new events are noticed: by the watch, or, should it fail, by a poll a second."""

    watching: bool
    last_wake_at: int | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Tell how all of it is; `degraded` when ingestd is away or cannot write."""

    status: Literal["ok", "degraded"]
    version: str
    last_id: int
    log: LogState
    ingestd: IngestState
    views: FoldState
    streams: int
    follow: FollowState
    sources: Sequence[Source]
    """When each project was last heard of, the newest first."""


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
) -> Health:
    """Return how the log, the follower and ingestd are."""
    refuse_others(request, ())
    state = await ingest.fresh_state()
    return Health(
        status="ok" if state.alive and state.can_write else "degraded",
        version=__version__,
        last_id=tail.last_id,
        log=_log_state(settings.log_path),
        ingestd=state,
        views=msgspec.structs.replace(await _views(readers, folder), last_id=tail.last_id),
        streams=streams.count,
        follow=FollowState(follow.watching, follow.last_wake_at),
        sources=await _sources(readers),
    )


async def _views(readers: Readers, folder: Folder) -> FoldState:
    """Return how far the views are; while another queryd folds, they say it themselves."""
    state = folder.state
    if state.state != "following":
        return state
    try:
        return await readers.views(lambda views: msgspec.structs.replace(state, **cursor(views)))
    except ViewsNotReadyError as error:
        return msgspec.structs.replace(state, error=str(error))


async def _sources(readers: Readers) -> Sequence[Source]:
    try:
        return await readers.views(newest_sources)
    except ViewsNotReadyError:
        return ()


def _log_state(path: Path) -> LogState:
    return LogState(path.exists(), size_bytes(path), size_bytes(wal_of(path)))
