"""The route of the digest: `/api/digest`."""

from typing import Annotated, Final, Literal, cast

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from queryd.digest.markdown import markdown_of
from queryd.digest.read import DigestFilter, sessions_of, totals, waiting_sessions
from queryd.digest.rows import DigestReport
from queryd.http.errors import conflict
from queryd.http.openapi import REFUSED
from queryd.http.parameters import Plain, Time, UtcOffset, Values, Without
from queryd.http.time_ranges import bounds, now_ms
from queryd.sessions.lane_rows import TimeRange
from queryd.sessions.timeline_routes import MAX_RANGE_MS
from queryd.store.periods import DAY_MS
from queryd.store.readers import Readers
from queryd.store.store import ViewReader

MARKDOWN_TYPE: Final = "text/markdown"
SESSIONS: Final = 50

DigestRange = Annotated[
    Literal["1h", "24h", "7d", "30d"] | None,
    QueryParameter(description="A range up to now; defaults to 24h without since and until."),
]


@get("/api/digest", responses=REFUSED)
async def show_digest(
    request: Plain,
    readers: NamedDependency[Readers],
    range: DigestRange = None,  # noqa: A002 - its name in the address
    since: Time = None,
    until: Time = None,
    source_app: Values = None,
    without_source_app: Without = None,
    limit: Annotated[
        int, QueryParameter(ge=1, le=200, description="How many sessions.")
    ] = SESSIONS,
    utc_offset_minutes: UtcOffset = 0,
    as_: Annotated[
        Literal["json", "markdown"] | None,
        QueryParameter(
            name="as", description="`markdown`: a text to paste; so does `Accept: text/markdown`."
        ),
    ] = None,
) -> DigestReport:
    """Return what happened in a range: in total, and by session with its last answer.

    The range is at most 31 days; without `since`, it is the day before `until`. The status of
    sessions and their open asks are those of now. `utc_offset_minutes` applies to Markdown.
    """
    first, last = bounds(range, since, until)
    first = max(0, last - DAY_MS) if first is None else first
    if last - first > MAX_RANGE_MS:
        raise conflict("since", "a digest covers at most 31 days")
    within = TimeRange(first, last)
    projects = DigestFilter(tuple(source_app or ()), tuple(without_source_app or ()))
    now = now_ms()
    digest = await readers.views(
        lambda views: read_digest(views, within, projects, limit=limit, now=now)
    )
    if as_ == "markdown" or (as_ is None and _wants_markdown(request)):
        text = markdown_of(digest, utc_offset_minutes=utc_offset_minutes)
        # The document describes the JSON; Litestar sends any Response as it is.
        return cast("DigestReport", Response(text, media_type=MARKDOWN_TYPE))
    return digest


def read_digest(
    views: ViewReader,
    within: TimeRange,
    projects: DigestFilter,
    *,
    limit: int,
    now: int,
) -> DigestReport:
    waiting = waiting_sessions(views, within, projects, now=now)
    with views.snapshot():
        sessions, has_more = sessions_of(views, within, projects, waiting, limit=limit, now=now)
        return DigestReport(
            since=within.since,
            until=within.until,
            now=now,
            total=totals(views, within, projects),
            waiting=len(waiting),
            sessions=sessions,
            has_more=has_more,
        )


def _wants_markdown(request: Plain) -> bool:
    return request.accept.best_match(["application/json", MARKDOWN_TYPE]) == MARKDOWN_TYPE
