"""Ask everything the API answers, each kind in many ways.

In: what the log holds, and luck. Out: paths. A kind that turns pages is told the last answer's
next place, and goes on from there, deep into the years.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from bench.facts import Facts
from bench.years.calendar import DAY_MS, HOUR_MS
from bench.years.texts import WORLDS, pick

RANGES: Final = ("1h", "24h", "7d", "30d")
STATUSES: Final = ("working", "needs_permission", "needs_input", "done", "quiet", "ended")
CURSOR: Final = "cursor"
"""The parameter that takes a session page's `next`."""


class Asking(msgspec.Struct, frozen=True):
    """Hold what questions are made of."""

    facts: Facts
    rng: Random
    places: dict[str, str | int]
    """Where each kind that turns pages has come to."""

    def some(self, name: str) -> str:
        """Return one of the values the log has of a kind."""
        values: Sequence[str] = getattr(self.facts, name)
        return pick(self.rng, values)

    def rowid(self) -> int:
        """Return a place in the log."""
        return 1 + int(self.rng.random() * self.facts.last_id)

    def window(self) -> dict[str, int]:
        """Return a window of hours or days, old or new."""
        facts, rng = self.facts, self.rng
        length = int(HOUR_MS * 2 ** (rng.random() * 9))
        since = facts.first_ms + int(rng.random() * (facts.end_ms - facts.first_ms))
        return {"since": since, "until": since + length}

    def learn(self, kind: str, body: dict[str, Any]) -> None:
        """Take from an answer where its next page is; from the last page go back to the first."""
        place = body.get("next_before") or body.get("next")
        if place is None:
            self.places.pop(kind, None)
        else:
            self.places[kind] = place


Question = Callable[[Asking], str]


def _path(path: str, /, **parameters: str | int | None) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _events(**parameters: str | int | None) -> str:
    return _path("/api/events", **parameters)


def _by(parameter: str, values: str) -> Question:
    return lambda ask: _events(**{parameter: ask.some(values)})


def _combined(ask: Asking) -> str:
    given: dict[str, str | int] = {"source_app": ask.some("projects")}
    if ask.rng.random() < 0.7:
        given["event_type"] = ask.some("event_types")
    if ask.rng.random() < 0.7:
        given["tool_name"] = ask.some("tool_names")
    if ask.rng.random() < 0.5:
        given |= ask.window()
    if ask.rng.random() < 0.5:
        given["before"] = ask.rowid()
    return _events(**given)


def _search(words: Callable[[Asking], str], **more: Callable[[Asking], str | int]) -> Question:
    return lambda ask: _events(q=words(ask), **{name: of(ask) for name, of in more.items()})


def _two_common(ask: Asking) -> str:
    return f"{ask.some('common_words')} {ask.some('common_words')}"


def _filtered_search(ask: Asking) -> str:
    given: dict[str, str | int] = {"q": _two_common(ask), "source_app": ask.some("projects")}
    if ask.rng.random() < 0.5:
        given["event_type"] = ask.some("event_types")
    if ask.rng.random() < 0.5:
        given |= ask.window()
    return _events(**given)


def _deep_search(ask: Asking) -> str:
    return _events(q="error value", before=ask.places.get("search: deep pages"))


def _tools(parameters: Callable[[Asking], dict[str, str | int]]) -> Question:
    return lambda ask: _path("/api/tools/stats", **parameters(ask))


def _whole_year(ask: Asking) -> dict[str, str | int]:
    return {"since": max(ask.facts.end_ms - 365 * DAY_MS, 0), "until": ask.facts.end_ms}


def _ranged(ask: Asking) -> dict[str, str | int]:
    return {"range": pick(ask.rng, RANGES)}


def _ranged_and(parameter: str, values: str) -> Question:
    return _tools(lambda ask: {**_ranged(ask), parameter: ask.some(values)})


def _a_tool(parameters: Callable[[Asking], dict[str, str | int]]) -> Question:
    return lambda ask: _path(
        f"/api/tools/{quote(ask.some('tool_names'), safe='')}", **parameters(ask)
    )


def _usage(parameters: Callable[[Asking], dict[str, str | int]]) -> Question:
    return lambda ask: _path("/api/usage", **parameters(ask))


def _by_any(ask: Asking) -> dict[str, str | int]:
    return {**_ranged(ask), "by": pick(ask.rng, BYS)}


def _sessions(**parameters: Callable[[Asking], str]) -> Question:
    return lambda ask: _path(
        "/api/sessions", **{name: value(ask) for name, value in parameters.items()}
    )


def _deep_sessions(ask: Asking) -> str:
    return _path("/api/sessions", **{CURSOR: ask.places.get("sessions: deep pages")})


def _timeline(**parameters: str | int) -> str:
    return _path("/api/timeline", **parameters)


def _of_session(part: str) -> Question:
    return lambda ask: f"/api/sessions/{ask.some('session_ids')}{part}"


EVENTS: Final[dict[str, Question]] = {
    "events: newest": lambda _: _events(),
    "events: newest 1,000": lambda _: _events(limit=1_000),
    "events: session_id": _by("session_id", "session_ids"),
    "events: event_type": _by("event_type", "event_types"),
    "events: tool_name": _by("tool_name", "tool_names"),
    "events: source_app": _by("source_app", "projects"),
    "events: agent_id": _by("agent_id", "agent_ids"),
    "events: filters combined": _combined,
    "events: since, until": lambda ask: _events(**ask.window()),
    "events: before anywhere": lambda ask: _events(before=ask.rowid()),
    "events: one": lambda ask: f"/api/events/{ask.rowid()}",
    "filters": lambda _: "/api/filters",
    "health": lambda _: "/api/health",
}
SEARCH: Final[dict[str, Question]] = {
    "search: a ticket": _search(lambda ask: f'"{ask.some("tickets")}"'),
    "search: rare word": _search(lambda ask: ask.some("rare_words")),
    "search: common word": _search(lambda ask: ask.some("common_words")),
    "search: two common words": _search(_two_common),
    "search: two that never meet": _search(lambda _: " ".join(WORLDS)),
    "search: phrase": _search(lambda ask: f'"{_two_common(ask)}"'),
    "search: prefix*": _search(lambda ask: ask.some("rare_words")[:3] + "*"),
    "search: word -not": _search(lambda ask: _two_common(ask).replace(" ", " -")),
    "search: tool:Bash error:timeout": _search(lambda _: "tool:Bash error:timeout"),
    "search: session:": _search(lambda ask: f"session:{ask.some('session_ids')}"),
    "search: with filters": _filtered_search,
    "search: deep pages": _deep_search,
    "search: before anywhere": _search(_two_common, before=lambda ask: ask.rowid()),
}
SESSIONS: Final[dict[str, Question]] = {
    "sessions: newest": _sessions(),
    "sessions: status": _sessions(status=lambda ask: pick(ask.rng, STATUSES)),
    "sessions: project": _sessions(source_app=lambda ask: ask.some("projects")),
    "sessions: model": _sessions(model_name=lambda ask: ask.some("models")),
    "sessions: project, status": _sessions(
        source_app=lambda ask: ask.some("projects"), status=lambda ask: pick(ask.rng, STATUSES)
    ),
    "sessions: deep pages": _deep_sessions,
    "sessions: active": lambda _: "/api/sessions/active",
    "session": _of_session(""),
    "session: calls": _of_session("/calls"),
    "session: files": _of_session("/files"),
    "session: turns": _of_session("/turns"),
    "session: agents": _of_session("/agents"),
}
TOOLS: Final[dict[str, Question]] = {
    "tools: a range": _tools(_ranged),
    "tools: a year": _tools(_whole_year),
    "tools: a window": _tools(lambda ask: dict(ask.window())),
    "tools: project": _ranged_and("source_app", "projects"),
    "tools: session": _ranged_and("session_id", "session_ids"),
    "tools: model": _ranged_and("model_name", "models"),
    "tools: agent type": _ranged_and("agent_type", "agent_types"),
    "tools: a year of a project": _tools(
        lambda ask: {**_whole_year(ask), "source_app": ask.some("projects")}
    ),
    "tool: a range": _a_tool(_ranged),
    "tool: a year": _a_tool(_whole_year),
}
TIMELINE: Final[dict[str, Question]] = {
    "timeline: the last hours": lambda ask: _timeline(
        since=ask.facts.end_ms - 3 * HOUR_MS, until=ask.facts.end_ms
    ),
    "timeline: a window": lambda ask: _timeline(**ask.window()),
    "timeline: project": lambda ask: _timeline(**ask.window(), source_app=ask.some("projects")),
    "timeline: session": lambda ask: _timeline(session_id=ask.some("session_ids")),
}
BYS: Final = ("day", "model", "project", "session", "agent_type")
USAGE: Final[dict[str, Question]] = {
    "usage: a range": _usage(_ranged),
    "usage: a window": _usage(lambda ask: dict(ask.window())),
    "usage: all, by day": _usage(lambda _: {"range": "all", "by": "day"}),
    "usage: all, by day of India": _usage(
        lambda _: {"range": "all", "by": "day", "utc_offset_minutes": 330}
    ),
    "usage: all, by session": _usage(lambda _: {"range": "all", "by": "session"}),
    "usage: by session": _usage(lambda ask: {**_ranged(ask), "by": "session"}),
    "usage: hours": _usage(lambda _: {"range": "30d", "by": "hour"}),
    "usage: project": _usage(lambda ask: {**_by_any(ask), "source_app": ask.some("projects")}),
    "usage: all of a project": _usage(
        lambda ask: {"range": "all", "by": "agent_type", "source_app": ask.some("projects")}
    ),
    "usage: model": _usage(lambda ask: {**_by_any(ask), "model": ask.some("models")}),
    "usage: session": _usage(lambda ask: {**_by_any(ask), "session_id": ask.some("session_ids")}),
    "limits": lambda _: "/api/limits",
    "api-health: a range": lambda ask: _path("/api/api-health", **_ranged(ask)),
    "api-health: all": lambda _: _path("/api/api-health", range="all"),
    "api-health: a window": lambda ask: _path("/api/api-health", **ask.window()),
}
KINDS: Final = {**EVENTS, **SEARCH, **SESSIONS, **TOOLS, **TIMELINE, **USAGE}
