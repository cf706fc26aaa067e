"""Answer questions about single events: `/api/events`, `/api/events/{id}`, `/api/filters`.

In: parameters. Out: rows of the log as the API's JSON.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from queryd.http.openapi import MISSING, REFUSED
from queryd.http.parameters import Limit, RowId
from queryd.search.find import END, Gap, Wanted, find
from queryd.search.query import Query
from queryd.search.read_values import FilterValues, filter_values
from queryd.search.snippets import Snippet, snippets_of
from queryd.store.fact import MAX_ID
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from queryd.summaries.outgoing import outgoing, outgoing_whole
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter
from shared.reader import Reader


class EventPage(msgspec.Struct, frozen=True):
    """List events newest first; `next_before` asks for the next older ones, null at the end.

    A search that would take long is cut short: a page may hold few events, or none, and yet not be
    the last.
    """

    events: Sequence[Event]
    next_before: int | None
    snippets: Sequence[Snippet] = ()
    """Where `q` was found in the texts of the page's first 200 events."""
    unsearched: Gap | None = None
    """Events this page passed over, for they are still being indexed; null nearly always."""
    log: str | None = None
    """The log's UUID, as in a stream's `hello`: ids of another log do not compare with these."""


@get("/api/events", responses=REFUSED)
async def list_events(
    readers: NamedDependency[Readers],
    wanted: NamedDependency[Filter],
    sought: NamedDependency[Query],
    limit: Limit = 100,
    before: RowId = None,
    after: RowId = None,
) -> EventPage:
    """Return the newest events that match, payloads over 32 KiB clipped."""
    asked = Wanted(
        query=sought,
        filter=wanted,
        after=0 if after is None else after,
        before=END if before is None else before,
    )
    return await readers.both(lambda log, views: _page(log, views, asked, limit))


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
    """Return one event with its payload whole."""
    event = await readers(lambda log: log.one(event_id))
    if event is None:
        raise Refusal(404, "not_found", f"there is no event {event_id}", "event_id")
    return outgoing_whole(event)


@get("/api/filters", responses=REFUSED)
async def list_filters(readers: NamedDependency[Readers]) -> FilterValues:
    """Return the values there are to filter by, with counts over all that is folded."""
    return await readers.views(filter_values)


def _page(log: Reader, views: ViewReader, asked: Wanted, limit: int) -> EventPage:
    found = find(log, views, asked, limit=limit)
    return EventPage(
        events=[outgoing(event) for event in found.events],
        next_before=found.next_before,
        snippets=snippets_of(found.events, asked.query),
        unsearched=found.unsearched,
        log=log.uuid(),
    )
