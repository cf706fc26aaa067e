"""Build requests to every route of the API, each kind in many ways.

A kind that pages continues at the cursor of its last response, deep into the log.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from bench.generator.calendar import DAY_MS, HOUR_MS
from bench.generator.texts import WORLDS, pick
from bench.log_values import LogValues

RANGES: Final = ("1h", "24h", "7d", "30d")
STATUSES: Final = ("working", "needs_permission", "needs_input", "done", "quiet", "ended")
CURSOR: Final = "cursor"
"""The parameter that takes a session page's `next`."""


class QueryContext(msgspec.Struct, frozen=True):
    values: LogValues
    rng: Random
    cursors: dict[str, str | int]
    """The cursor of each kind that pages."""

    def pick(self, name: str) -> str:
        """Return one of the log's values of a kind."""
        values: Sequence[str] = getattr(self.values, name)
        return pick(self.rng, values)

    def rowid(self) -> int:
        """Return an event's id."""
        return 1 + int(self.rng.random() * self.values.last_id)

    def window(self) -> dict[str, int]:
        """Return a window of hours or days, old or new."""
        log_values, rng = self.values, self.rng
        length = int(HOUR_MS * 2 ** (rng.random() * 9))
        since = log_values.first_ms + int(rng.random() * (log_values.end_ms - log_values.first_ms))
        return {"since": since, "until": since + length}

    def save_cursor(self, kind: str, body: dict[str, Any]) -> None:
        """Keep the cursor of the next page; after the last page start again at the first."""
        cursor = body.get("next_before") or body.get("next")
        if cursor is None:
            self.cursors.pop(kind, None)
        else:
            self.cursors[kind] = cursor


Query = Callable[[QueryContext], str]


def _path(path: str, /, **parameters: str | int | None) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _events(**parameters: str | int | None) -> str:
    return _path("/api/events", **parameters)


def _by(parameter: str, values: str) -> Query:
    return lambda context: _events(**{parameter: context.pick(values)})


def _by_time(parameters: Callable[[QueryContext], dict[str, str | int]]) -> Query:
    """Request a page in the order of time: the newest, or in either direction from any time."""

    def query(context: QueryContext) -> str:
        given: dict[str, str | int] = {"order": "happened", "limit": 300, "fields": "line"}
        at = context.window()["since"]
        match context.rng.randrange(3):
            case 0:
                given |= {"before_at": at, "before": 0}
            case 1:
                given |= {"after_at": at, "after": 0, "direction": "forward"}
        return _events(**given, **parameters(context))

    return query


def _combined(context: QueryContext) -> str:
    given: dict[str, str | int] = {"source_app": context.pick("projects")}
    if context.rng.random() < 0.7:
        given["event_type"] = context.pick("event_types")
    if context.rng.random() < 0.7:
        given["tool_name"] = context.pick("tool_names")
    if context.rng.random() < 0.5:
        given |= context.window()
    if context.rng.random() < 0.5:
        given["before"] = context.rowid()
    return _events(**given)


def _search(
    words: Callable[[QueryContext], str], **more: Callable[[QueryContext], str | int]
) -> Query:
    return lambda context: _events(
        q=words(context), **{name: of(context) for name, of in more.items()}
    )


def _two_common(context: QueryContext) -> str:
    return f"{context.pick('common_words')} {context.pick('common_words')}"


def _filtered_search(context: QueryContext) -> str:
    given: dict[str, str | int] = {
        "q": _two_common(context),
        "source_app": context.pick("projects"),
    }
    if context.rng.random() < 0.5:
        given["event_type"] = context.pick("event_types")
    if context.rng.random() < 0.5:
        given |= context.window()
    return _events(**given)


def _deep_search(context: QueryContext) -> str:
    return _events(q="error value", before=context.cursors.get("search: deep pages"))


def _tools(parameters: Callable[[QueryContext], dict[str, str | int]]) -> Query:
    return lambda context: _path("/api/tools/stats", **parameters(context))


def _whole_year(context: QueryContext) -> dict[str, str | int]:
    return {"since": max(context.values.end_ms - 365 * DAY_MS, 0), "until": context.values.end_ms}


def _ranged(context: QueryContext) -> dict[str, str | int]:
    return {"range": pick(context.rng, RANGES)}


def _ranged_and(parameter: str, values: str) -> Query:
    return _tools(lambda context: {**_ranged(context), parameter: context.pick(values)})


def _a_tool(parameters: Callable[[QueryContext], dict[str, str | int]]) -> Query:
    return lambda context: _path(
        f"/api/tools/{quote(context.pick('tool_names'), safe='')}", **parameters(context)
    )


def _usage(parameters: Callable[[QueryContext], dict[str, str | int]]) -> Query:
    return lambda context: _path("/api/usage", **parameters(context))


def _any_group(context: QueryContext) -> dict[str, str | int]:
    return {**_ranged(context), "by": pick(context.rng, GROUPS)}


def _sessions(**parameters: Callable[[QueryContext], str]) -> Query:
    return lambda context: _path(
        "/api/sessions", **{name: value(context) for name, value in parameters.items()}
    )


def _deep_sessions(context: QueryContext) -> str:
    return _path("/api/sessions", **{CURSOR: context.cursors.get("sessions: deep pages")})


def _session_search(words: Callable[[QueryContext], str]) -> Query:
    return lambda context: _path("/api/sessions/search", q=words(context))


def _deep_session_search(context: QueryContext) -> str:
    before = context.cursors.get("sessions: search, deep pages")
    return _path("/api/sessions/search", q="error", before=before)


def _timeline(**parameters: str | int) -> str:
    return _path("/api/timeline", **parameters)


def _digest(parameters: Callable[[QueryContext], dict[str, str | int]]) -> Query:
    return lambda context: _path("/api/digest", **parameters(context))


def _of_session(part: str) -> Query:
    return lambda context: f"/api/sessions/{context.pick('session_ids')}{part}"


EVENTS: Final[dict[str, Query]] = {
    "events: newest": lambda _: _events(),
    "events: newest 1,000": lambda _: _events(limit=1_000),
    "events: session_id": _by("session_id", "session_ids"),
    "events: event_type": _by("event_type", "event_types"),
    "events: tool_name": _by("tool_name", "tool_names"),
    "events: source_app": _by("source_app", "projects"),
    "events: agent_id": _by("agent_id", "agent_ids"),
    "events: filters combined": _combined,
    "events: since, until": lambda context: _events(**context.window()),
    "events: before anywhere": lambda context: _events(before=context.rowid()),
    "events: one": lambda context: f"/api/events/{context.rowid()}",
    "filters": lambda _: "/api/filters",
    "health": lambda _: "/api/health",
}
BY_TIME: Final[dict[str, Query]] = {
    "by time: all": _by_time(lambda _: {}),
    "by time: session": _by_time(lambda context: {"session_id": context.pick("session_ids")}),
    "by time: event_type": _by_time(lambda context: {"event_type": context.pick("event_types")}),
    "by time: project, tool": _by_time(
        lambda context: {
            "source_app": context.pick("projects"),
            "tool_name": context.pick("tool_names"),
        }
    ),
    "by time: a window": _by_time(
        lambda context: {**context.window(), "source_app": context.pick("projects")}
    ),
    "by time: rare word": _by_time(lambda context: {"q": context.pick("rare_words")}),
    "by time: two common words": _by_time(lambda context: {"q": _two_common(context)}),
}
SEARCH: Final[dict[str, Query]] = {
    "search: a ticket": _search(lambda context: f'"{context.pick("tickets")}"'),
    "search: rare word": _search(lambda context: context.pick("rare_words")),
    "search: common word": _search(lambda context: context.pick("common_words")),
    "search: two common words": _search(_two_common),
    "search: two that never meet": _search(lambda _: " ".join(WORLDS)),
    "search: phrase": _search(lambda context: f'"{_two_common(context)}"'),
    "search: prefix*": _search(lambda context: context.pick("rare_words")[:3] + "*"),
    "search: word -not": _search(lambda context: _two_common(context).replace(" ", " -")),
    "search: tool:Bash error:timeout": _search(lambda _: "tool:Bash error:timeout"),
    "search: session:": _search(lambda context: f"session:{context.pick('session_ids')}"),
    "search: with filters": _filtered_search,
    "search: deep pages": _deep_search,
    "search: before anywhere": _search(_two_common, before=lambda context: context.rowid()),
}
SESSIONS: Final[dict[str, Query]] = {
    "sessions: newest": _sessions(),
    "sessions: status": _sessions(status=lambda context: pick(context.rng, STATUSES)),
    "sessions: project": _sessions(source_app=lambda context: context.pick("projects")),
    "sessions: model": _sessions(model_name=lambda context: context.pick("models")),
    "sessions: project, status": _sessions(
        source_app=lambda context: context.pick("projects"),
        status=lambda context: pick(context.rng, STATUSES),
    ),
    "sessions: deep pages": _deep_sessions,
    "sessions: active": lambda _: "/api/sessions/active",
    "sessions: search": _session_search(lambda context: context.pick("common_words")),
    "sessions: search for a rare word": _session_search(lambda context: context.pick("rare_words")),
    "sessions: search for two words": _session_search(_two_common),
    "sessions: search as typed": _session_search(
        lambda context: (
            pick(context.rng, [it for it in context.values.common_words if len(it) > 1])[:3] + "*"
        )
    ),
    "sessions: search, deep pages": _deep_session_search,
    "session": _of_session(""),
    "session: calls": _of_session("/calls"),
    "session: kinds of calls": _of_session("/call-kinds"),
    "session: files": _of_session("/files"),
    "session: turns": _of_session("/turns"),
    "session: agents": _of_session("/agents"),
}
TOOLS: Final[dict[str, Query]] = {
    "tools: a range": _tools(_ranged),
    "tools: a year": _tools(_whole_year),
    "tools: a window": _tools(lambda context: dict(context.window())),
    "tools: project": _ranged_and("source_app", "projects"),
    "tools: session": _ranged_and("session_id", "session_ids"),
    "tools: model": _ranged_and("model_name", "models"),
    "tools: agent type": _ranged_and("agent_type", "agent_types"),
    "tools: a year of a project": _tools(
        lambda context: {**_whole_year(context), "source_app": context.pick("projects")}
    ),
    "tool: a range": _a_tool(_ranged),
    "tool: a year": _a_tool(_whole_year),
}
TIMELINE: Final[dict[str, Query]] = {
    "timeline: the last hours": lambda context: _timeline(
        since=context.values.end_ms - 3 * HOUR_MS, until=context.values.end_ms
    ),
    "timeline: a window": lambda context: _timeline(**context.window()),
    "timeline: project": lambda context: _timeline(
        **context.window(), source_app=context.pick("projects")
    ),
    "timeline: session": lambda context: _timeline(session_id=context.pick("session_ids")),
}
DIGEST: Final[dict[str, Query]] = {
    "digest: a range": _digest(_ranged),
    "digest: the last hours": _digest(
        lambda context: {
            "since": context.values.end_ms - 2 * HOUR_MS,
            "until": context.values.end_ms,
        }
    ),
    "digest: a window": _digest(lambda context: dict(context.window())),
    "digest: an old month": _digest(
        lambda context: {
            "since": context.values.first_ms,
            "until": context.values.first_ms + 30 * DAY_MS,
        }
    ),
    "digest: project": _digest(
        lambda context: {**_ranged(context), "source_app": context.pick("projects")}
    ),
}
GROUPS: Final = ("day", "model", "project", "session", "agent_type")
USAGE: Final[dict[str, Query]] = {
    "usage: a range": _usage(_ranged),
    "usage: a window": _usage(lambda context: dict(context.window())),
    "usage: all, by day": _usage(lambda _: {"range": "all", "by": "day"}),
    "usage: all, by day of India": _usage(
        lambda _: {"range": "all", "by": "day", "utc_offset_minutes": 330}
    ),
    "usage: all, by session": _usage(lambda _: {"range": "all", "by": "session"}),
    "usage: by session": _usage(lambda context: {**_ranged(context), "by": "session"}),
    "usage: hours": _usage(lambda _: {"range": "30d", "by": "hour"}),
    "usage: project": _usage(
        lambda context: {**_any_group(context), "source_app": context.pick("projects")}
    ),
    "usage: all of a project": _usage(
        lambda context: {"range": "all", "by": "agent_type", "source_app": context.pick("projects")}
    ),
    "usage: model": _usage(
        lambda context: {**_any_group(context), "model": context.pick("models")}
    ),
    "usage: session": _usage(
        lambda context: {**_any_group(context), "session_id": context.pick("session_ids")}
    ),
    "limits": lambda _: "/api/limits",
    "api-health: a range": lambda context: _path("/api/api-health", **_ranged(context)),
    "api-health: all": lambda _: _path("/api/api-health", range="all"),
    "api-health: a window": lambda context: _path("/api/api-health", **context.window()),
}
KINDS: Final = {
    **EVENTS,
    **BY_TIME,
    **SEARCH,
    **SESSIONS,
    **TOOLS,
    **TIMELINE,
    **DIGEST,
    **USAGE,
}
