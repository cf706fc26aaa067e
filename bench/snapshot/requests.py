"""List the requests: every GET route of the API's document, in many ways, and invalid ones.

A request keeps its name when a route or a parameter is renamed: responses are compared by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import apsw
import msgspec

from bench.generator.calendar import DAY_MS, HOUR_MS
from bench.generator.texts import vocabulary
from bench.queries import STATUSES
from bench.snapshot.log import BACKFILL_MS, GENERATED_END_MS, STATUS_LINES_FROM_MS

NOW_MS: Final = BACKFILL_MS + 10 * 60_000
GENERATED_SESSIONS: Final = 12
PAGES: Final = 4
OUTCOMES: Final = ("running", "succeeded", "failed", "denied", "interrupted")
RANGES: Final = ("1h", "24h", "7d", "30d", "all")
GROUPS: Final = ("day", "hour", "model", "project", "session", "agent_type")

Value = str | int
Parameters = Mapping[str, Value | Sequence[Value]]


class SnapshotRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one GET (or another method) and how its answer is read."""

    name: str
    route: str
    """The path, with `{}` for each of `values`."""
    values: Sequence[Value] = ()
    query: str = ""
    """The query string as it is sent, when `parameters` cannot spell it."""
    parameters: Parameters = {}
    headers: Mapping[str, str] = {}
    method: str = "GET"
    at_ms: int = NOW_MS
    """What the clock shows."""
    pages: tuple[str, str] | None = None
    """The field that names the next page, and the parameter that takes it."""
    searches: bool = False
    """The search may reach its time limit, so its answer is combined from several."""
    events: int = 0
    """Of a stream: how many are read of it."""

    def path(self, parameters: Parameters) -> str:
        """Return the path with values, and a query string of these parameters."""
        path = self.route.format(*(quote(str(value), safe="") for value in self.values))
        query = self.query or urlencode(sorted(parameters.items()), doseq=True)
        return f"{path}?{query}" if query else path


class SnapshotValues(msgspec.Struct, frozen=True, kw_only=True):
    last_id: int
    first_captured_id: int
    captured: int
    """How many events were captured."""
    sessions: Sequence[str]
    captured_sessions: Sequence[str]
    agents: Sequence[str]
    event_types: Sequence[str]
    tools: Sequence[str]
    projects: Sequence[str]
    models: Sequence[str]
    prompt_ids: Sequence[tuple[str, str]]
    """With their sessions."""


def read_contents(log: Path, *, generated: int) -> SnapshotValues:
    """Read a log; of generated sessions some, evenly spread, of captured ones all."""
    with closing(apsw.Connection(str(log), flags=apsw.SQLITE_OPEN_READONLY)) as connection:

        def column(sql: str, *values: Value) -> list[Any]:
            return [row[0] for row in connection.execute(sql, values).fetchall()]

        def different(name: str) -> list[str]:
            return column(
                f"SELECT DISTINCT {name} FROM events WHERE {name} IS NOT NULL ORDER BY {name}"
            )

        by_age = "SELECT session_id FROM events WHERE id {} ? GROUP BY 1 ORDER BY min(id)"
        all_generated = column(by_age.format("<="), generated)
        agents = column(
            "SELECT agent_id FROM events WHERE agent_id IS NOT NULL GROUP BY 1 ORDER BY min(id)"
        )
        prompt_ids = connection.execute(
            """
            SELECT DISTINCT session_id, json_extract(payload, '$.prompt_id') AS prompt_id
            FROM events WHERE id > ? AND prompt_id IS NOT NULL ORDER BY id
            """,
            (generated,),
        ).fetchall()
        return SnapshotValues(
            last_id=column("SELECT max(id) FROM events")[0],
            first_captured_id=generated + 1,
            captured=column("SELECT count(*) FROM events WHERE id > ?", generated)[0],
            sessions=_spread(all_generated, GENERATED_SESSIONS),
            captured_sessions=column(by_age.format(">"), generated),
            agents=_spread(agents, 6),
            event_types=different("hook_event_type"),
            tools=different("tool_name"),
            projects=different("source_app"),
            models=different("model_name"),
            prompt_ids=_spread([(str(one), str(other)) for one, other in prompt_ids], 5),
        )


def requests_of(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    """Yield all requests to a log."""
    yield from _events(contents)
    yield from _searches(contents)
    yield from _sessions(contents)
    for session_id in (*contents.sessions, *contents.captured_sessions, "no-such-session", "ü/? #"):
        yield from _session(session_id)
    yield from _calls(contents)
    yield from _tools(contents)
    yield from _timeline(contents)
    yield from _digest()
    yield from _usage(contents)
    yield from _others()
    yield from _streams(contents)
    yield from _refused()


def _events(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    def ask(name: str, *, searches: bool = True, **given: Any) -> SnapshotRequest:  # noqa: ANN401
        return SnapshotRequest(
            name=f"events: {name}", route="/api/events", parameters=given, searches=searches
        )

    yield ask("newest", searches=False)
    yield ask("newest 1,000", searches=False, limit=1_000)
    for place in range(0, contents.last_id, max(contents.last_id // 8, 1)):
        yield ask(f"before {place + 1}", searches=False, before=place + 1, limit=20)
    yield ask("as lines", searches=False, after=contents.first_captured_id, fields="line")
    yield ask("after", searches=False, after=contents.first_captured_id, limit=1_000)
    yield ask("between ids", searches=False, after=100, before=140)
    captured: dict[str, Any] = {"after": contents.first_captured_id - 1, "limit": 100}
    for name, values in (
        ("event_type", (*contents.event_types, "NoSuchType")),
        ("tool_name", (*contents.tools, "NoSuchTool")),
        ("source_app", (*contents.projects, "no-such-project")),
        ("agent_id", contents.agents),
    ):
        for value in values:
            given: dict[str, Any] = {name: value, "limit": 30}
            yield ask(f"{name} {value}", **given)
            yield ask(f"{name} {value}, captured", **{**given, **captured})
    for session_id in (*contents.sessions, *contents.captured_sessions):
        yield ask(f"session {session_id}", searches=False, session_id=session_id, limit=1_000)
    yield ask("two sessions", searches=False, session_id=list(contents.sessions[:2]), limit=50)
    yield ask("two types of a tool", event_type=["PreToolUse", "PostToolUse"], tool_name="Bash")
    yield ask(
        "session and type",
        session_id=contents.captured_sessions[0],
        event_type=["Stop", "SessionEnd"],
    )
    for name, window in _windows().items():
        within: dict[str, Any] = {**window, "limit": 30}
        yield ask(name, **within)
        yield ask(f"{name}, type", **within, event_type="UserPromptSubmit")
    yield ask("since", since=STATUS_LINES_FROM_MS, limit=50)
    yield ask("until", until=GENERATED_END_MS - HOUR_MS, limit=50)
    first = contents.first_captured_id
    for rowid in (1, first // 2, *range(first, contents.last_id, 100), contents.last_id + 1):
        yield SnapshotRequest(name=f"event {rowid}", route="/api/events/{}", values=[rowid])


def _searches(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    words = vocabulary()
    texts = (
        *(words[0], f"{words[1]} {words[2]}", words[-1], f'"{words[0]} {words[1]}"'),
        *("error", "error -timeout", '"permission denied"', "npm*", "tool:Bash", "tool:B*"),
        *("prompt:hello", "command:git", "path:src/*", "output:passed", "answer:done", "other:x"),
        *("error:timeout", f"session:{contents.captured_sessions[0]}", "type:Stop", "-type:Pre*"),
        *("project:shop-api", "--force", "ünïcode", "no-such-word-anywhere", "  "),
        *(f"agent:{agent}" for agent in contents.agents[:1]),
    )
    for text in texts:
        yield SnapshotRequest(
            name=f"search: {text.strip() or 'blank'}",
            route="/api/events",
            parameters={"q": text, "limit": 30},
            searches=True,
        )
    for name, more in (
        ("with a tool", {"tool_name": "Bash"}),
        ("with a project and a type", {"source_app": "shop-api", "event_type": "PostToolUse"}),
        ("in a time", _windows()["captured"]),
        ("before an id", {"before": contents.first_captured_id}),
        ("after an id", {"after": contents.first_captured_id}),
    ):
        yield SnapshotRequest(
            name=f"search: error, {name}",
            route="/api/events",
            parameters={"q": "error", "limit": 30, **more},
            searches=True,
        )


def _sessions(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    def ask(name: str, *, at_ms: int = NOW_MS, **given: Any) -> SnapshotRequest:  # noqa: ANN401
        return SnapshotRequest(
            name=f"sessions: {name}",
            route="/api/sessions",
            parameters=given,
            pages=("next", "cursor"),
            at_ms=at_ms,
        )

    yield ask("newest")
    yield ask("newest 500", limit=500)
    yield ask("by sevens", limit=7)
    for status in STATUSES:
        yield ask(f"status {status}", status=status, limit=50)
        yield ask(f"status {status} then", status=status, limit=50, at_ms=GENERATED_END_MS)
    yield ask("two statuses", status=["done", "ended"], limit=20)
    for project in contents.projects:
        yield ask(f"project {project}", source_app=project, limit=20)
        yield ask(f"without {project}", without_source_app=project, limit=20)
    for model in contents.models:
        yield ask(f"model {model}", model_name=model, limit=20)
    for name, window in _windows().items():
        yield ask(name, **window, limit=50)
    for name, at_ms in _moments().items():
        yield SnapshotRequest(
            name=f"sessions: active {name}",
            route="/api/sessions/active",
            pages=("next", "cursor"),
            at_ms=at_ms,
        )
        yield SnapshotRequest(
            name=f"sessions: active {name}, some",
            route="/api/sessions/active",
            parameters={"without_source_app": list(contents.projects[:3]), "limit": 5},
            pages=("next", "cursor"),
            at_ms=at_ms,
        )


def _session(session_id: str) -> Iterator[SnapshotRequest]:
    yield SnapshotRequest(
        name=f"session {session_id}", route="/api/sessions/{}", values=[session_id]
    )
    yield SnapshotRequest(
        name=f"session {session_id}: overview",
        route="/api/sessions/{}/overview",
        values=[session_id],
    )
    for part in ("agents", "calls", "files", "turns"):
        yield SnapshotRequest(
            name=f"session {session_id}: {part}",
            route=f"/api/sessions/{{}}/{part}",
            values=[session_id],
            pages=("next", "cursor"),
        )
    yield SnapshotRequest(
        name=f"session {session_id}: kinds of calls",
        route="/api/sessions/{}/call-kinds",
        values=[session_id],
    )


def _calls(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    filters: list[tuple[str, dict[str, Any]]] = [
        *((part, {"limit": 1}) for part in ("agents", "files", "turns")),
        ("calls", {"limit": 3}),
        ("calls", {"tool_name": ["Bash", "Read"]}),
        ("calls", {"agent_id": ""}),
        ("calls", {"prompt_id": ""}),
        ("calls", {"kind": ["failed", "edits"]}),
        ("calls", {"kind": "asked"}),
        *(("calls", {"outcome": outcome}) for outcome in OUTCOMES),
    ]
    for session_id in (*contents.sessions[:4], *_spread(contents.captured_sessions, 8)):
        for part, given in filters:
            of = ", ".join(f"{name}={value}" for name, value in given.items())
            yield SnapshotRequest(
                name=f"session {session_id}: {part} {of}",
                route=f"/api/sessions/{{}}/{part}",
                values=[session_id],
                parameters=given,
                pages=("next", "cursor"),
            )
        yield SnapshotRequest(
            name=f"session {session_id}: limit",
            route="/api/sessions/{}",
            values=[session_id],
            parameters={"limit": 2},
        )
    for session_id, prompt_id in contents.prompt_ids:
        yield SnapshotRequest(
            name=f"session {session_id}: calls of a prompt",
            route="/api/sessions/{}/calls",
            values=[session_id],
            parameters={"prompt_id": prompt_id},
        )


def _tools(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    for name, given in _figures(contents, ranges=RANGES[:-1]).items():
        yield SnapshotRequest(name=f"tools: {name}", route="/api/tools/stats", parameters=given)
    filters: dict[str, dict[str, Any]] = {
        "server": {"mcp_server": "tracker"},
        "agent type": {"agent_type": "Explore"},
        "main thread": {"agent_type": ""},
        "a tool": {"tool_name": ["Bash", "Edit"]},
        "model": {"model_name": contents.models[:2]},
    }
    for name, given in filters.items():
        yield SnapshotRequest(
            name=f"tools: {name}",
            route="/api/tools/stats",
            parameters={**_windows()["all"], **given},
        )
    for tool in (*contents.tools, "NoSuchTool"):
        for name, window in {**_windows(), "24h": {"range": "24h"}}.items():
            yield SnapshotRequest(
                name=f"tool {tool}: {name}",
                route="/api/tools/{}",
                values=[tool],
                parameters=window,
            )


def _timeline(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    def ask(name: str, **given: Any) -> SnapshotRequest:  # noqa: ANN401 - any parameter
        return SnapshotRequest(
            name=f"timeline: {name}",
            route="/api/timeline",
            parameters=given,
            pages=("next", "cursor"),
        )

    yield ask("now")
    for name, window in _windows().items():
        if name != "all":
            yield ask(name, **window)
    captured = _windows()["captured"]
    yield ask("captured, by threes", **captured, limit=3)
    yield ask("captured, status", **captured, status=["ended", "quiet"])
    yield ask("project", **_windows()["generated"], source_app="shop-api")
    yield ask("model", **_windows()["generated"], model_name=contents.models[0])
    for session_id in (*contents.sessions, *contents.captured_sessions):
        yield ask(f"session {session_id}", session_id=session_id)


def _digest() -> Iterator[SnapshotRequest]:
    def ask(name: str, **given: Any) -> SnapshotRequest:  # noqa: ANN401 - any parameter
        return SnapshotRequest(name=f"digest: {name}", route="/api/digest", parameters=given)

    for name, window in _windows().items():
        if name != "all":
            yield ask(name, **window)
            yield ask(f"{name}, project", **window, source_app="shop-api")
    yield ask("captured, limited", **_windows()["captured"], limit=3)
    yield ask("captured, as Markdown", **_windows()["captured"], **{"as": "markdown"})


def _usage(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    for by in GROUPS:
        for name, given in _figures(contents, ranges=RANGES).items():
            yield SnapshotRequest(
                name=f"usage by {by}: {name}",
                route="/api/usage",
                parameters={"by": by, **given},
                pages=("next", "cursor"),
            )
        for name, given in (
            ("by sevens", {"limit": 7}),
            ("India", {"utc_offset_minutes": 330}),
            ("west", {"utc_offset_minutes": -480}),
            ("model", {"model": contents.models[0]}),
        ):
            parameters: dict[str, Any] = {"by": by, "range": "30d", **given}
            yield SnapshotRequest(
                name=f"usage by {by}: {name}",
                route="/api/usage",
                parameters=parameters,
                pages=("next", "cursor"),
            )
    for it in RANGES:
        yield SnapshotRequest(
            name=f"api health: range {it}", route="/api/api-health", parameters={"range": it}
        )
    for name, window in _windows().items():
        yield SnapshotRequest(
            name=f"api health: {name}", route="/api/api-health", parameters=window
        )
    for name, at_ms in _moments().items():
        yield SnapshotRequest(name=f"limits {name}", route="/api/limits", at_ms=at_ms)


def _others() -> Iterator[SnapshotRequest]:
    yield SnapshotRequest(name="filters", route="/api/filters")
    for name, at_ms in _moments().items():
        yield SnapshotRequest(name=f"health {name}", route="/api/health", at_ms=at_ms)
    yield SnapshotRequest(name="document", route="/docs/openapi.json")


def _streams(contents: SnapshotValues) -> Iterator[SnapshotRequest]:
    def ask(name: str, count: int, **given: Any) -> SnapshotRequest:  # noqa: ANN401 - any parameter
        return SnapshotRequest(
            name=f"stream: {name}", route="/stream", parameters=given, events=count
        )

    first = contents.first_captured_id
    yield ask("all captured", contents.captured, after=first - 1)
    yield ask("the last", 1, after=contents.last_id - 1)
    yield ask("lines", 5, after=first - 1, fields="line")
    yield ask("lines in batches", 1, after=contents.last_id - 5, fields="line", batch=1)
    yield ask("of a type", 5, after=first - 1, event_type="SessionStart")
    yield ask("of a session", 4, after=0, session_id=contents.captured_sessions[0])
    yield ask("of a search", 3, after=0, q="error")
    yield ask("sessions alone", 0, events="none")
    yield ask("refused", 1, after="x")
    yield SnapshotRequest(
        name="stream: resumed",
        route="/stream",
        parameters={"after": 1},
        headers={"Last-Event-ID": str(contents.last_id - 1)},
        events=1,
    )


def _refused() -> Iterator[SnapshotRequest]:
    for (route, *values), queries in {
        ("/api/events",): (
            *("limit=0", "limit=x", "limit=100000", "before=-1", "nothing=1", "q=%22", "q=*"),
            *("q=a*b", "q=-", "q=tool:", "limit=1&limit=2", "since=5&until=1", "since=x", "%ff=1"),
            *("q=a*", f"q={'a' * 1_001}", f"q={'a+' * 33}"),
        ),
        ("/api/events/{}", "0"): ("",),
        ("/api/events/{}", "x"): ("",),
        ("/api/events/{}", "99999999999999999999"): ("",),
        ("/api/filters",): ("x=1",),
        ("/api/sessions",): ("status=x", "cursor=x", "limit=0", "since=2&until=1"),
        ("/api/sessions/active",): ("cursor=x", "status=done"),
        ("/api/sessions/{}/calls", "x"): ("outcome=x", "cursor=!"),
        ("/api/sessions/{}/export", "x"): ("", "as=x", "turn=1&turn_id=1", "turn=x"),
        ("/api/sessions/{}/nothing", "x"): ("",),
        ("/api/timeline",): ("since=5&until=1", "since=0", "cursor=x", "status=x", "session_id="),
        ("/api/digest",): (
            "range=2h",
            "range=all",
            "since=5&until=1",
            "since=5",
            "as=x",
            "limit=0",
        ),
        ("/api/tools/stats",): ("range=2h", "range=1h&since=1", "since=5&until=1", "since=5"),
        ("/api/tools/{}", "Bash"): ("range=2h", "limit=1"),
        ("/api/usage",): (
            *("by=x", "range=x", "by=hour&range=all", "utc_offset_minutes=7", "cursor=x"),
            *("utc_offset_minutes=9999", "limit=0", "since=5&until=1"),
        ),
        ("/api/limits",): ("x=1",),
        ("/api/api-health",): ("range=x", "since=5&until=1"),
        ("/api/nothing",): ("",),
        ("/stream",): ("after=-1", "events=x", "sessions=x", "fields=x", "batch=x", "q=%22"),
    }.items():
        for query in queries:
            path = route.format(*values)
            yield SnapshotRequest(
                name=f"refused: {path}?{query[:60]}", route=route, values=values, query=query
            )
    for method in ("HEAD", "POST", "DELETE", "OPTIONS"):
        yield SnapshotRequest(name=f"{method} events", route="/api/events", method=method)
    for name, headers in (
        ("host", {"Host": "elsewhere.example"}),
        ("origin", {"Origin": "http://elsewhere.example"}),
        ("site", {"Sec-Fetch-Site": "cross-site"}),
    ):
        yield SnapshotRequest(
            name=f"refused: foreign {name}", route="/api/filters", headers=headers
        )


def _figures(contents: SnapshotValues, *, ranges: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return parameters that tools and usage share, by name."""
    windows = _windows()
    return {
        "as it is": {},
        **{f"range {it}": {"range": it} for it in ranges},
        **windows,
        **{f"project {it}": {**windows["all"], "source_app": it} for it in contents.projects[:4]},
        "without projects": {**windows["all"], "without_source_app": list(contents.projects[:3])},
        **{
            f"session {it}": {**windows["all"], "session_id": it}
            for it in (*contents.sessions[:2], *_spread(contents.captured_sessions, 4))
        },
    }


def _windows() -> dict[str, dict[str, Any]]:
    return {
        "all": {"since": GENERATED_END_MS - 20 * DAY_MS, "until": NOW_MS},
        "generated": {"since": GENERATED_END_MS - 3 * HOUR_MS, "until": GENERATED_END_MS},
        "captured": {"since": GENERATED_END_MS, "until": GENERATED_END_MS + HOUR_MS},
        "denials": {"since": BACKFILL_MS - 3 * HOUR_MS, "until": NOW_MS},
        "odd": {
            "since": GENERATED_END_MS - 3 * DAY_MS - 12_345,
            "until": GENERATED_END_MS + 98_765,
        },
        "empty": {"since": BACKFILL_MS - 2 * DAY_MS, "until": BACKFILL_MS - 2 * DAY_MS + 1},
    }


def _moments() -> dict[str, int]:
    return {
        "then": GENERATED_END_MS,
        "when captured": STATUS_LINES_FROM_MS,
        "now": NOW_MS,
        "a month later": NOW_MS + 30 * DAY_MS,
    }


def _spread(values: Sequence[Any], count: int) -> list[Any]:
    """Return so many of the values, evenly spread, the first among them."""
    count = min(count, len(values))
    return [values[number * len(values) // count] for number in range(count)]
