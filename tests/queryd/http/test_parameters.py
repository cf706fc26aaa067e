"""Ask with parameters at their bounds, beyond them, and such as no client should send."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from ingestd.log.writer import Writer
from tests.running import Hookwatch, hookwatch, sample_bodies, wait_for
from tests.shared.events import new

LATEST_MS = 8_640_000_000_000_000
YEAR_10000_MS = 253_402_300_800_000
MAX_ID = 2**63 - 1
TIMED = (
    "/api/events",
    "/api/sessions",
    "/api/timeline",
    "/api/tools/stats",
    "/api/tools/Bash",
    "/api/usage",
    "/api/api-health",
)
SESSION = "c395c763-938a-45c5-ab76-f0869ca20a96"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons over captured sessions."""
    with hookwatch(tmp_path_factory.mktemp("parameters") / "data") as running:
        bodies: list[Any] = sample_bodies()
        assert running.ingestd.post(bodies).status == 200
        wait_for(
            lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == len(bodies)
        )
        yield running


def refused(running: Hookwatch, path: str) -> tuple[str, str | None]:
    """Return code and field of the refusal of a path."""
    answer = running.queryd.get(path)
    assert answer.status == 400, answer.body
    error = json.loads(answer.body)["error"]
    return error["code"], error["field"]


@pytest.mark.parametrize("path", TIMED)
@pytest.mark.parametrize("since", [0, 1, YEAR_10000_MS, LATEST_MS - 1, LATEST_MS])
def test_any_javascript_time_is_accepted(loaded: Hookwatch, path: str, since: int) -> None:
    """With and without an end, and as an end: nothing computed of it may overflow."""
    session = f"&session_id={SESSION}" if path == "/api/timeline" else ""
    for query in (f"since={since}", f"until={since}", f"since={since}&until={since}"):
        assert loaded.queryd.get(f"{path}?{query}{session}").status == 200, query
    whole = loaded.queryd.get(f"{path}?since=0&until={since}{session}")
    assert whole.status == 200
    assert len(whole.json().get("series", ())) <= 100


@pytest.mark.parametrize("path", TIMED)
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "value",
    [
        LATEST_MS + 1,
        MAX_ID,
        MAX_ID + 1,
        10**30,
        -1,
        "",
        "null",
        "None",
        "1e3",
        "1.0",
        "%201",
        "%2B1",
    ],
)
def test_an_invalid_time_is_refused(
    loaded: Hookwatch, path: str, name: str, value: int | str
) -> None:
    """`since=9223372036854775807` was a 500, and `since=null` all of time."""
    assert refused(loaded, f"{path}?{name}={value}") == ("invalid_parameter", name)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/api/events?limit=1&limit=2", "limit"),
        ("/api/events?q=a&q=b", "q"),
        ("/api/events?before=null", "before"),
        ("/api/events?limit=1e2", "limit"),
        ("/api/events?tool_name=" + "&tool_name=".join(map(str, range(101))), "tool_name"),
        ("/api/sessions?source_app=" + "&source_app=".join(map(str, range(101))), "source_app"),
        ("/api/sessions?cursor=1.1%0A", "cursor"),
        ("/api/sessions?cursor=%D9%A3.%D9%A3", "cursor"),
        ("/api/sessions?cursor=1_0.1", "cursor"),
        ("/api/usage?range=null", "range"),
        ("/api/usage?range=1h&range=1h", "range"),
        ("/api/usage?by=session&cursor=1", "cursor"),
        ("/api/usage?by=session&cursor=null", "cursor"),
        ("/stream?after=null", "after"),
        ("/stream?events=none&events=none", "events"),
    ],
)
def test_a_value_that_could_be_taken_for_another_is_refused(
    loaded: Hookwatch, query: str, field: str
) -> None:
    """An answer to another question than was asked is worse than none."""
    assert refused(loaded, query) == ("invalid_parameter", field)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/api/tools/stats?project=shop", "project"),
        ("/api/tools/Bash?project=shop", "project"),
        ("/api/tools/Bash?tool_name=Read", "tool_name"),
        ("/api/limits?since=1", "since"),
        ("/api/events?=1", ""),
    ],
)
def test_a_parameter_that_a_route_does_not_have_is_refused(
    loaded: Hookwatch, query: str, field: str
) -> None:
    """A filter that silently does nothing shows the wrong figures."""
    assert refused(loaded, query) == ("unknown_parameter", field)


@pytest.mark.parametrize("value", ["null", "1e3", "-1", str(MAX_ID + 1)])
def test_an_invalid_last_event_id_is_refused(loaded: Hookwatch, value: str) -> None:
    """`null` opened the stream at the log's end, as if nothing had been missed."""
    answer = loaded.queryd.ask("GET", "/stream", headers={"Last-Event-ID": value})
    assert answer.status == 400
    assert answer.json()["error"]["field"] == "Last-Event-ID"


@pytest.mark.parametrize(
    ("route", "names"),
    [
        ("/api/events", ["session_id", "event_type", "tool_name", "source_app", "agent_id"]),
        ("/api/events?q=npm", ["event_type", "tool_name", "source_app", "agent_id"]),
        ("/api/sessions", ["source_app", "without_source_app", "model_name"]),
        ("/api/sessions/active", ["without_source_app"]),
        (f"/api/sessions/{SESSION}/calls", ["tool_name", "prompt_id", "agent_id"]),
        ("/api/timeline", ["session_id", "source_app", "model_name"]),
        ("/api/tools/stats", ["tool_name", "mcp_server", "source_app", "model_name", "agent_type"]),
        ("/api/digest", ["source_app", "without_source_app"]),
        ("/api/usage", ["source_app", "without_source_app", "model", "session_id"]),
        ("/api/usage?by=session", ["source_app", "without_source_app", "model", "session_id"]),
    ],
)
def test_every_filter_takes_a_hundred_values_at_once(
    loaded: Hookwatch, route: str, names: list[str]
) -> None:
    """A thousand of them were more than SQLite's expressions may hold: a 503 that never ended."""
    pairs = [(name, str(number)) for name in names for number in range(100)]
    if route == "/api/sessions":
        pairs += [("status", status) for status in ("working", "quiet", "ended", "done") * 25]
    mark = "&" if "?" in route else "?"
    assert loaded.queryd.get(f"{route}{mark}{urlencode(pairs)}").status == 200


@pytest.mark.parametrize("query", ["session_id=%ff", "session_id=%ed%a0%80", "%ff=1", "q=%c3"])
def test_a_query_that_is_not_utf8_is_refused(loaded: Hookwatch, query: str) -> None:
    """It was searched for with its broken bytes replaced, which finds what has other bytes."""
    assert refused(loaded, f"/api/events?{query}") == ("invalid_query_string", None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/api/usage?range=1h&since=5", "range"),
        ("/api/api-health?since=6&until=5", "since"),
        ("/api/tools/stats?range=7d&until=5", "range"),
        ("/api/tools/Bash?since=6&until=5", "since"),
        ("/api/usage?by=hour&since=0", "by"),
        ("/api/timeline?since=6&until=5", "until"),
        ("/api/digest?range=1h&since=5", "range"),
        ("/api/digest?since=6&until=5", "since"),
        ("/api/digest?since=0", "since"),
        ("/api/timeline?since=0", "since"),
    ],
)
def test_conflicting_parameters_have_their_own_error_code(
    loaded: Hookwatch, query: str, field: str
) -> None:
    """Each is valid by itself: the document cannot say it."""
    assert refused(loaded, query) == ("conflicting_parameters", field)


@pytest.mark.parametrize("value", ["", "%00", "a%00b", "null", "%F0%9F%98%80", "x" * 20_000, "%5C"])
@pytest.mark.parametrize(
    "asked",
    [
        "/api/events?session_id={}",
        "/api/events?tool_name={}",
        "/api/sessions?source_app={}",
        "/api/sessions?without_source_app={}",
        f"/api/sessions/{SESSION}/calls?prompt_id={{}}",
        "/api/timeline?session_id={}",
        "/api/digest?source_app={}",
        "/api/tools/stats?mcp_server={}",
        "/api/tools/stats?session_id={}",
        "/api/usage?model={}",
        "/api/usage?by=session&cursor=9999999999999999999.{}",
    ],
)
def test_any_text_may_be_a_name(loaded: Hookwatch, asked: str, value: str) -> None:
    """Names come from users' folders, tools and models."""
    answer = loaded.queryd.get(asked.format(value[:1_000] if "cursor" in asked else value))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ff", "%ed%a0%80", "x" * 5_000, "%F0%9F%98%80"])
@pytest.mark.parametrize(
    ("route", "status"),
    [
        ("/api/sessions/{}", 404),
        ("/api/sessions/{}/files", 404),
        ("/api/tools/{}", 404),
        ("/api/events/{}", 404),
        ("/docs/{}", 404),
        ("/{}.js", 404),
        ("/sessions/{}", 200),
        ("/{}", 200),
    ],
)
def test_any_path_has_a_response(loaded: Hookwatch, route: str, status: int, value: str) -> None:
    """A NUL in a path, and a name longer than a file's may be, were a 500."""
    assert loaded.queryd.get(route.format(value)).status == status


def test_an_event_after_the_year_9999_breaks_no_figures(tmp_path: Path) -> None:
    """A log may hold one: Python's dates end with 9999, where JavaScript's go on."""
    writer = Writer(tmp_path / "events.db")
    payload = b'{"model":"claude-opus-4-8","cost_usd":1.0}'
    late = new(hook_event_type="api_request", timestamp=LATEST_MS - 1, payload=payload)
    writer.append([late])
    writer.close()
    with hookwatch(tmp_path, "queryd") as running:
        wait_for(lambda: running.queryd.get("/api/health").json()["views"]["folded_id"] == 1)
        for by in ("day", "model", "session"):
            answer = running.queryd.get(f"/api/usage?by={by}&since=0&until={LATEST_MS}")
            assert answer.status == 200, by


def test_usage_pages_over_sessions_continue_at_the_cursor(loaded: Hookwatch) -> None:
    """The cursor is text that a pattern describes, and holds an id of any characters."""
    ids = ['a"b', "c.d,[", "e\nf"]
    for place, session_id in enumerate(ids):
        loaded.ingestd.post(
            {
                "source_app": "shop",
                "session_id": session_id,
                "hook_event_type": "api_request",
                "timestamp": 1_790_000_000_000 + place,
                "payload": {"model": "claude-opus-4-8", "cost_usd": 1.0 + place},
            }
        )
    query = "/api/usage?by=session&source_app=shop&since=0&limit=1"
    wait_for(lambda: loaded.queryd.get(query).json()["total"]["requests"] == len(ids))
    page = loaded.queryd.get(query).json()
    seen = [row["key"] for row in page["rows"]]
    while page["next"] is not None:
        page = loaded.queryd.get(f"{query}&cursor={quote(page['next'], safe='')}").json()
        seen += [row["key"] for row in page["rows"]]
    assert seen == ids[::-1]
