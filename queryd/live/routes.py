"""Stream events and sessions: `/stream`."""

from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from queryd.http.head_requests import is_head
from queryd.http.openapi import REFUSED
from queryd.http.parameters import AT_LEAST_ZERO, Plain, RowId
from queryd.live.follower import Follower
from queryd.live.stream import EventsSaved, Hello, Streams
from queryd.search.query import TextQuery
from queryd.sessions.rows import SessionRow
from queryd.store.fact import MAX_ID
from shared.event import Event
from shared.filter import Filter
from shared.reader import NotReadableError


@get(
    "/stream",
    media_type="text/event-stream",
    responses={
        200: ResponseSpec(
            Hello | Event | SessionRow | EventsSaved,
            generate_examples=False,
            media_type="text/event-stream",
            description="Each message's data, by its name: `hello`, none, `session`, `saved`.",
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
) -> Stream:
    """Stream events as server-sent events: those after a rowid, then new ones.

    Messages: first `hello` (version, last_id, after, build); then a default message for each event,
    with its rowid as id; `session` with a session's row whenever it changes; `unsaved` for an event
    that ingestd has in memory because it cannot write, and `saved` when those are saved or lost.
    A second `hello`, with the id 0, means that the log was replaced; all events of the new log
    follow. `Last-Event-ID` takes precedence over `after`, as a browser reconnects to the same URL.
    """
    if follower.unreadable is not None:
        # While the end of the log is not known, a stream cannot start there. An open stream without
        # messages would look like a quiet log, so the client gets an error and retries.
        raise NotReadableError(str(follower.unreadable))
    place = after if last_event_id is None else last_event_id
    stream = streams.open(
        place, event_filter, text_query, events=events == "all", all_sessions=sessions == "all"
    )
    return Stream(
        [] if is_head(request.scope) else stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
