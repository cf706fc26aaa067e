"""Stream events and sessions: `/stream`."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, PathParameter, QueryParameter
from litestar.response import Stream
from litestar.types import Send

from queryd.http.head_requests import is_head
from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import AT_LEAST_ZERO, Fields, Plain, RowId
from queryd.live.follower import Follower
from queryd.live.frame import EventFormat
from queryd.live.ingest_monitor import IngestMonitor, RecordingState
from queryd.live.selection import Choice, EventsSaved
from queryd.live.stream import Hello, Streams
from queryd.search.query import TextQuery
from queryd.sessions.rows import SessionRow
from queryd.store.fact import MAX_ID
from queryd.summaries.event_line import EventLine
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter
from shared.reader import NotReadableError


@get(
    "/stream",
    media_type="text/event-stream",
    responses={
        200: ResponseSpec(
            Hello
            | Event
            | EventLine
            | Sequence[Event]
            | Sequence[EventLine]
            | SessionRow
            | EventsSaved
            | RecordingState,
            generate_examples=False,
            media_type="text/event-stream",
            description="Each message's data, by its name: `hello`, none or `unsaved` (as `fields` "
            "and `batch` say), `session`, `saved`, `recording`.",
        ),
        **REFUSED,
    },
)
async def open_stream(
    request: Plain,
    follower: NamedDependency[Follower],
    streams: NamedDependency[Streams],
    event_filter: NamedDependency[Filter],
    text_query: NamedDependency[TextQuery],
    after: RowId = None,
    last_event_id: Annotated[
        int | None,
        HeaderParameter(name="Last-Event-ID", ge=0, le=MAX_ID, schema_extra=AT_LEAST_ZERO),
    ] = None,
    events: Annotated[
        Literal["all", "none"], QueryParameter(description="`none`: only sessions.")
    ] = "all",
    sessions: Annotated[
        Literal["matching", "all"],
        QueryParameter(description="`all`: the filter applies only to events."),
    ] = "matching",
    fields: Fields = "all",
    batch: Annotated[
        Literal["0", "1"],
        QueryParameter(description="`1`: the events of one wake are one message, an array."),
    ] = "0",
) -> Stream:
    """Stream events as server-sent events: those after a rowid, then new ones.

    Messages: first `hello` (version, last_id, after, build); then a default message for each event,
    with its rowid as id; `session` with a session's row whenever it changes; `unsaved` for an event
    that ingestd has in memory because it cannot write, and `saved` when those are saved or lost;
    `recording` with whether events are stored, soon after the start and whenever that changes.
    With `batch=1` a default message and an `unsaved` one have an array of events, and the id is the
    last one's. A second `hello`, with the id 0, means that the log was replaced; all events of the
    new log follow. `Last-Event-ID` takes precedence over `after`, as a browser reconnects to the
    same URL.
    """
    if follower.unreadable is not None:
        # While the end of the log is not known, a stream cannot start there. An open stream without
        # messages would look like a quiet log, so the client gets an error and retries.
        raise NotReadableError(str(follower.unreadable))
    choice = Choice(
        filter=event_filter,
        text=text_query,
        format=EventFormat(fields, batch == "1"),
        has_events=events == "all",
        has_all_sessions=sessions == "all",
    )
    stream = streams.open(
        after if last_event_id is None else last_event_id, choice, push=partial(_push, request.send)
    )
    return Stream(
        [] if is_head(request.scope) else stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _push(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


@get("/api/unsaved/{unsaved_id:int}", responses=MISSING)
async def get_unsaved_event(
    ingest: NamedDependency[IngestMonitor],
    unsaved_id: Annotated[
        int,
        PathParameter(
            ge=1,
            le=MAX_ID,
            schema_extra={"maximum": MAX_ID},  # not 2^63, as a float
            description="The event's `unsaved_id`.",
        ),
    ],
) -> Event:
    """Return an event that a stream sent as `unsaved`, until it is saved or lost.

    A payload over 32 KiB is clipped.
    """
    for frame in ingest.unsaved:
        if frame.event.unsaved_id == unsaved_id:
            return frame.event
    raise Refusal(404, "not_found", f"there is no unsaved event {unsaved_id}", "unsaved_id")
