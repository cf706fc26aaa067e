"""Put queryd together: the follower and the streams, the routes, the guard in front.

In: the settings. Out: an ASGI app; its lifespan runs the follower.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final, Literal

from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from queryd.calls.routes import read_asked, show_tool, show_tool_stats
from queryd.fold.folder import Folder
from queryd.fold.folding import tables_with, version_of
from queryd.health.effective_settings import content_policy
from queryd.health.installed_hooks import InstalledHooks
from queryd.health.routes import show_health
from queryd.http.errors import (
    on_http_exception,
    on_mistake,
    on_refusal,
    on_unreadable,
    on_unready,
    refuse_page_not_found,
)
from queryd.http.head_requests import HeadRequests, is_head
from queryd.http.openapi import REFUSED, RawSchema, complete, openapi_config
from queryd.http.parameter_check import check_parameters
from queryd.http.parameters import AT_LEAST_ZERO, Plain, RowId, read_filter, read_query
from queryd.http.session_paths import SessionPaths, read_session_id
from queryd.http.sign_in import issue_sign_in_code
from queryd.http.static_site import show_page
from queryd.live.follow import Follow
from queryd.live.ingest import Ingest
from queryd.live.session_feed import SessionFeed
from queryd.live.stream import Hello, Saved, Streams
from queryd.live.tail import Tail
from queryd.search.query import Query
from queryd.search.routes import get_event, list_events, list_filters
from queryd.sessions.routes import (
    get_session,
    list_active_sessions,
    list_agents,
    list_calls,
    list_files,
    list_sessions,
    list_turns,
)
from queryd.sessions.rows import SessionRow
from queryd.sessions.timeline_routes import show_timeline
from queryd.store.fact import MAX_ID
from queryd.store.readers import Readers
from queryd.store.store import ViewsNotReadyError
from queryd.usage.api_health_routes import show_api_health
from queryd.usage.limits_routes import show_limits
from queryd.usage.prices import read_prices
from queryd.usage.routes import show_usage
from shared.errors import Refusal
from shared.event import Event
from shared.filter import Filter
from shared.guard import Guard
from shared.process import Meter
from shared.reader import NotReadableError
from shared.settings import Settings
from shared.sign_in import SignInCodes
from shared.tasks import BackgroundTasks

OPENING_S: Final = 2.0
"""How long a start waits for the views to be there; without them sessions are answered with 503."""
SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class QueryApp:
    """Hold queryd's parts, made once; `asgi` is what the server runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tail = Tail()
        prices = read_prices(settings.prices)
        version = version_of(tables_with(prices))
        self._readers = Readers(settings.log_path, settings.views_path, version)
        self._ingest = Ingest(settings, self._tail.wake)
        self._sessions = SessionFeed(self._readers, self._tail.wake, watched=self._is_watched)
        self._folder = Folder(settings.log_path, settings.views_path, self._on_fold, prices)
        self.streams = Streams(self._tail, self._readers, self._ingest, self._sessions)
        self.tasks = BackgroundTasks(self._on_failure)
        self.on_failure: Callable[[], None] = self.streams.stop
        """Called once, when a background task has failed: the process should end."""
        self._follow = Follow(
            settings.log_path, self._tail, watched=self._is_watched, on_change=self._folder.wake
        )
        self._codes = SignInCodes()
        self.litestar = self._litestar()
        inner = HeadRequests(self.litestar)  # type: ignore[arg-type]  # Litestar's own names for it
        self.asgi = Guard(
            SessionPaths(inner),
            settings,
            bound_to=settings.query_host,
            same_origin=True,
            codes=self._codes,
            headers=[(b"content-security-policy", content_policy(settings)), *SECURITY_HEADERS],
        )

    def _litestar(self) -> Litestar:
        parts: dict[str, object] = {
            "settings": self._settings,
            "tail": self._tail,
            "readers": self._readers,
            "follow": self._follow,
            "folder": self._folder,
            "ingest": self._ingest,
            "streams": self.streams,
            "installed": InstalledHooks(self._settings),
            "meter": Meter(),
            "codes": self._codes,
        }
        app = Litestar(
            [
                open_stream,
                list_events,
                get_event,
                list_filters,
                list_sessions,
                list_active_sessions,
                get_session,
                list_agents,
                list_calls,
                list_files,
                list_turns,
                show_tool_stats,
                show_tool,
                show_timeline,
                show_usage,
                show_limits,
                show_api_health,
                show_health,
                issue_sign_in_code,
                show_page,
            ],
            dependencies={
                **{
                    name: Provide(_give(part), sync_to_thread=False) for name, part in parts.items()
                },
                "wanted": Provide(read_filter),
                "sought": Provide(read_query),
                "asked": Provide(read_asked),
                "session": Provide(read_session_id),
            },
            exception_handlers={
                Refusal: on_refusal,
                NotReadableError: on_unreadable,
                ViewsNotReadyError: on_unready,
                HTTPException: on_http_exception,
                Exception: on_mistake,
            },
            before_request=check_parameters,
            after_request=refuse_page_not_found,
            lifespan=[self._running],
            openapi_config=openapi_config(),
            plugins=[RawSchema()],
            logging_config=None,
        )
        complete(app.openapi_schema)
        return app

    @asynccontextmanager
    async def _running(self, _app: Litestar) -> AsyncIterator[None]:
        await self._follow.begin()  # first, for a stream's place is told by where the log ends
        self._loop = asyncio.get_running_loop()
        self._folder.start()
        await asyncio.to_thread(self._folder.opened.wait, OPENING_S)
        self.tasks.start(
            {
                "the follower of the log": self._follow.run(),
                "the poller of ingestd": self._ingest.run(),
                "the session feed": self._sessions.run(),
                "the clock of the streams": self.streams.run(),
                "the folding thread": self._folder.ended(),
            }
        )
        try:
            yield
        finally:
            await self.tasks.stop()
            await asyncio.to_thread(self._folder.stop)
            self._readers.close()

    def _on_failure(self) -> None:
        self.on_failure()

    def _is_watched(self) -> bool:
        return self.streams.count > 0

    def _on_fold(self) -> None:
        """Pass on, from the folding thread, that the views changed."""
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(self._sessions.changed)


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


def _give(part: object) -> Callable[[], object]:
    return lambda: part
