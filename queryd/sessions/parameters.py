"""Read the filter of sessions of a request."""

from typing import Annotated

from litestar.params import QueryParameter

from queryd.http.parameters import MAX_VALUES, Time, Values, Without
from queryd.sessions.read import SessionFilter
from queryd.store.fact import Status


async def read_session_filter(
    status: Annotated[
        list[Status] | None,
        QueryParameter(max_items=MAX_VALUES, description="Any of these; repeat it for several."),
    ] = None,
    source_app: Values = None,
    without_source_app: Without = None,
    model_name: Values = None,
    since: Time = None,
    until: Time = None,
) -> SessionFilter:
    return SessionFilter(
        status=tuple(status or ()),
        source_app=tuple(source_app or ()),
        without_source_app=tuple(without_source_app or ()),
        model_name=tuple(model_name or ()),
        since=since,
        until=until,
    )
