"""Answer questions about single events: `/api/events`, `/api/events/{id}`, `/api/filters`.

In: parameters. Out: rows of the log as the API's JSON.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from queryd.docs import MISSING, REFUSED
from queryd.outgoing import outgoing, outgoing_whole
from queryd.parameters import FILTERS, MAX_ID, Limit, Plain, RowId, refuse_others
from queryd.readers import Readers
from queryd.views.read_values import FilterValues, filter_values
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter


class EventPage(msgspec.Struct, frozen=True):
    """List events newest first; `next_before` asks for the next older ones, null at the end."""

    events: Sequence[Event]
    next_before: int | None


@get("/api/events", responses=REFUSED)
async def list_events(
    request: Plain,
    readers: NamedDependency[Readers],
    wanted: NamedDependency[Filter],
    limit: Limit = 100,
    before: RowId = None,
    after: RowId = None,
) -> EventPage:
    """Return the newest events that match, payloads over 32 KiB clipped."""
    refuse_others(request, {"limit", "before", "after", *FILTERS})
    found = await readers(
        lambda log: log.page(limit=limit + 1, before=before, after=after, wanted=wanted)
    )
    page = [outgoing(event) for event in found[:limit]]
    return EventPage(page, page[-1].id if len(found) > limit else None)


@get("/api/events/{event_id:int}", responses=MISSING)
async def get_event(
    request: Plain,
    readers: NamedDependency[Readers],
    event_id: Annotated[int, PathParameter(ge=1, le=MAX_ID, description="The event's rowid.")],
) -> Event:
    """Return one event with its payload whole."""
    refuse_others(request, ())
    event = await readers(lambda log: log.one(event_id))
    if event is None:
        raise Refusal(404, "not_found", f"there is no event {event_id}", "event_id")
    return outgoing_whole(event)


@get("/api/filters", responses=REFUSED)
async def list_filters(request: Plain, readers: NamedDependency[Readers]) -> FilterValues:
    """Return the values there are to filter by, with counts over all that is folded."""
    refuse_others(request, ())
    return await readers.views(filter_values)
