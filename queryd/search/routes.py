"""Serve events and the values to filter them by: `/api/events`, `/api/filters`."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from queryd.http.errors import conflict
from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import Fields, Limit, RowId, Time
from queryd.search.find import END, EventQuery, SearchResult, UnsearchedRange, find
from queryd.search.find_by_time import TimeQuery, TimeResult, find_by_time
from queryd.search.query import TextQuery
from queryd.search.read_values import FilterValues, filter_values
from queryd.search.snippets import Snippet, snippets_of
from queryd.sessions.ask_outcomes import states_of_asks
from queryd.store.fact import MAX_ID, AskState
from queryd.store.payload import decode
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from queryd.summaries.event_line import EventLine, event_line
from queryd.summaries.preview import preview, with_summary
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader
from shared.time_order import EARLIEST, LATEST, EventPosition

Order = Annotated[
    Literal["received", "happened"],
    QueryParameter(description="By id, or by `timestamp` and then by id."),
]
Direction = Annotated[
    Literal["backward", "forward"],
    QueryParameter(
        description="With `order=happened`: the newest events first, or the oldest first."
    ),
]


class NextPosition(msgspec.Struct, frozen=True):
    """Where the next page starts in the order of time: the `timestamp` and id of an event."""

    at: int
    id: int


class EventPage(msgspec.Struct, frozen=True):
    """Events, newest first. Pass `next_before` as `before` for the next page; null at the end.

    With `order=happened`, pass the values of `next` as `before_at` and `before`, or as `after_at`
    and `after` with `direction=forward`.

    A search stops after 10 ms and returns `next_before`: a page with few events, or none, need not
    be the last.
    """

    events: Sequence[Event]
    next_before: int | None
    """Null with `order=happened`."""
    next: NextPosition | None = None
    """Null at the end, and with `order=received`."""
    snippets: Sequence[Snippet] = ()
    """The matches of `q` in the texts of the page's first 200 events."""
    unsearched: UnsearchedRange | None = None
    """Events that this page skipped because they are not indexed yet; usually null."""
    log: str | None = None
    """The log's UUID, as in a stream's `hello`; ids of different logs are unrelated."""


class EventLinePage(msgspec.Struct, frozen=True):
    """Events as lines; the rest as in `EventPage`."""

    events: Sequence[EventLine]
    next_before: int | None
    next: NextPosition | None = None
    snippets: Sequence[Snippet] = ()
    unsearched: UnsearchedRange | None = None
    log: str | None = None


@get("/api/events", responses=REFUSED)
async def list_events(
    readers: NamedDependency[Readers],
    event_filter: NamedDependency[Filter],
    text_query: NamedDependency[TextQuery],
    limit: Limit = 100,
    before: RowId = None,
    after: RowId = None,
    order: Order = "received",
    before_at: Time = None,
    after_at: Time = None,
    direction: Direction = "backward",
    fields: Fields = "all",
) -> EventPage | EventLinePage:
    """Return the newest matching events; payloads over 32 KiB are clipped.

    With `fields=line` they have no payloads, only what a row shows: an `EventLinePage`. With
    `order=happened`, `before` needs `before_at`, and `after` needs `after_at`.
    """
    if order == "happened":
        by_time = TimeQuery(
            text=text_query,
            filter=event_filter,
            after=_position("after", after, after_at) or EARLIEST,
            before=_position("before", before, before_at) or LATEST,
            forward=direction == "forward",
        )
        return await readers.search(
            lambda log, views, text: _page(
                log, views, find_by_time(log, views, text, by_time, limit=limit), by_time, fields
            )
        )
    for name, is_given in (
        ("before_at", before_at is not None),
        ("after_at", after_at is not None),
        ("direction", direction == "forward"),
    ):
        if is_given:
            raise conflict(name, "needs order=happened")
    query = EventQuery(
        text=text_query,
        filter=event_filter,
        after=0 if after is None else after,
        before=END if before is None else before,
    )
    return await readers.search(
        lambda log, views, text: _page(
            log, views, find(log, views, text, query, limit=limit), query, fields
        )
    )


@get("/api/events/{event_id:int}", responses=MISSING)
async def get_event(
    readers: NamedDependency[Readers],
    event_id: Annotated[
        int,
        PathParameter(
            ge=1,
            le=MAX_ID,
            schema_extra={"maximum": MAX_ID},  # not 2^63, as a float
            description="The event's rowid.",
        ),
    ],
) -> Event:
    """Return an event with its whole payload."""
    event = await readers.both(lambda log, views: _one(log, views, event_id))
    if event is None:
        raise Refusal(404, "not_found", f"event {event_id} not found", "event_id")
    return event


@get("/api/filters", responses=REFUSED)
async def list_filters(readers: NamedDependency[Readers]) -> FilterValues:
    """Return the values that events can be filtered by, with counts over all indexed events."""
    return await readers.views(filter_values)


def _page(
    log: Reader,
    views: ViewReader,
    result: SearchResult | TimeResult,
    query: EventQuery | TimeQuery,
    fields: Literal["all", "line"],
) -> EventPage | EventLinePage:
    next_before, position = None, None
    if isinstance(result, SearchResult):
        next_before = result.next_before
    elif result.next is not None:
        position = NextPosition(*result.next)
    payloads = [decode(bytes(event.payload)) for event in result.events]
    snippets = snippets_of(result.events, payloads, query.text)
    rest = (next_before, position, snippets, result.unsearched, log.uuid())
    asks = states_of_asks(views, result.events)
    drawn = [
        (event, payload, asks.get(event.id or 0))
        for event, payload in zip(result.events, payloads, strict=True)
    ]
    if fields == "line":
        return EventLinePage([_line(*each) for each in drawn], *rest)
    return EventPage([preview(*each) for each in drawn], *rest)


def _position(name: str, rowid: int | None, at: int | None) -> EventPosition | None:
    if (rowid is None) != (at is None):
        raise conflict(name, f"{name} and {name}_at need each other with order=happened")
    return None if rowid is None or at is None else EventPosition(at, rowid)


def _one(log: Reader, views: ViewReader, event_id: int) -> Event | None:
    event = log.one(event_id)
    if event is None:
        return None
    ask = states_of_asks(views, [event]).get(event_id)
    return with_summary(event, decode(bytes(event.payload)), ask)


def _line(event: Event, payload: object, ask: AskState | None) -> EventLine:
    return event_line(with_summary(event, payload, ask), payload, ask)
