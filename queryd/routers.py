"""Build a router for each feature; services are injected by the names of handler parameters."""

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from queryd.calls import routes as calls
from queryd.digest.routes import show_digest
from queryd.export.routes import export_session
from queryd.health import routes as health
from queryd.http.parameters import read_filter
from queryd.http.session_paths import read_session_id
from queryd.http.sign_in import issue_sign_in_code
from queryd.http.static_site import show_page
from queryd.live.routes import get_unsaved_event, open_stream
from queryd.search import routes as search
from queryd.search.parameters import read_query
from queryd.search.session_routes import search_sessions
from queryd.services import Services
from queryd.sessions import routes as sessions
from queryd.sessions.parameters import read_session_filter
from queryd.sessions.read import titles_of
from queryd.sessions.timeline_routes import show_timeline
from queryd.usage.api_health_routes import show_api_health
from queryd.usage.limits_routes import show_limits
from queryd.usage.routes import show_usage


def routers(services: Services) -> list[Router]:
    readers = _value(services.readers)
    event_filter = {"event_filter": Provide(read_filter), "text_query": Provide(read_query)}
    return [
        _router(
            [open_stream, get_unsaved_event],
            follower=_value(services.follower),
            streams=_value(services.streams),
            ingest=_value(services.ingest),
            **event_filter,
        ),
        _router(
            [search.list_events, search.get_event, search.list_filters],
            readers=readers,
            **event_filter,
        ),
        _router([search_sessions], readers=readers, session_filter=Provide(read_session_filter)),
        _router(
            [
                sessions.list_sessions,
                sessions.list_active_sessions,
                sessions.get_session,
                sessions.show_overview,
                sessions.list_agents,
                sessions.list_calls,
                sessions.count_call_kinds,
                sessions.list_files,
                sessions.list_turns,
                show_timeline,
            ],
            readers=readers,
            session=Provide(read_session_id),
            session_filter=Provide(read_session_filter),
        ),
        _router([export_session], readers=readers, session=Provide(read_session_id)),
        _router(
            [calls.show_tool_stats, calls.show_tool],
            readers=readers,
            call_query=Provide(calls.read_call_query),
        ),
        _router(
            [show_usage, show_limits, show_api_health],
            readers=readers,
            read_titles=_value(titles_of),
        ),
        _router([show_digest], readers=readers),
        _router(
            [health.show_health],
            settings=_value(services.settings),
            readers=readers,
            tail=_value(services.tail),
            follower=_value(services.follower),
            folder=_value(services.folder),
            ingest=_value(services.ingest),
            streams=_value(services.streams),
            installed=_value(services.installed),
            meter=_value(services.meter),
            restarted_by=_value(services.restarted_by),
        ),
        _router(
            [issue_sign_in_code],
            settings=_value(services.settings),
            codes=_value(services.codes),
        ),
        _router([show_page]),
    ]


def _router(handlers: Sequence[ControllerRouterHandler], **dependencies: Provide) -> Router:
    return Router("/", route_handlers=handlers, dependencies=dependencies)


def _value(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
