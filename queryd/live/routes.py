"""Answer with a stream of events and sessions: `/stream`."""

from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from queryd.http.head_requests import is_head
from queryd.http.openapi import REFUSED
from queryd.http.parameters import AT_LEAST_ZERO, Plain, RowId
from queryd.live.follow import Follow
from queryd.live.stream import Hello, Saved, Streams
from queryd.search.query import Query
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
            Hello | Event | SessionRow | Saved,
            generate_examples=False,
            media_type="text/event-stream",
            description="Each message's data, by its name: `hello`, none, `session`, `saved`.",
        ),
        **REFUSED,
    },
)
async def open_stream(
    request: Plain,
    follow: NamedDependency[Follow],
    streams: NamedDependency[Streams],
    wanted: NamedDependency[Filter],
    sought: NamedDependency[Query],
    after: RowId = None,
    last_event_id: Annotated[
        int | None,
        HeaderParameter(name="Last-Event-ID", ge=0, le=MAX_ID, schema_extra=AT_LEAST_ZERO),
    ] = None,
    events: Annotated[
        Literal["all", "none"], QueryParameter(description="`none`: sessions alone.")
    ] = "all",
    sessions: Annotated[
        Literal["matching", "all"],
        QueryParameter(description="`all`: whatever the filter, which then is the events' alone."),
    ] = "matching",
) -> Stream:
    """Stream events as server-sent events: those after a rowid, then each as it comes.

    Messages: `hello` (version, last_id, after, build) first; then one default message an event, its
    id the rowid; `session` with a session's row whenever it is another; `unsaved` for an event
    ingestd holds in memory because it cannot write, and `saved` when those are over.
    A second `hello`, with the id 0, says that the log was replaced; all of the new one follows.
    `Last-Event-ID` wins over `after`, for a browser that reconnects repeats the address it first
    asked for.
    """
    if follow.unreadable is not None:
        # Until it is known where the log ends there is no live end to start from. A stream that
        # waited in silence would look like a quiet log; so the client is asked to come again.
        raise NotReadableError(str(follow.unreadable))
    place = after if last_event_id is None else last_event_id
    stream = streams.open(
        place, wanted, sought, events=events == "all", all_sessions=sessions == "all"
    )
    return Stream(
        [] if is_head(request.scope) else stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
