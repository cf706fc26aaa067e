"""Ask for figures as the dashboard does, rightly and wrongly."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.testing import TestClient

from ingestd.log.writer import Writer
from queryd.calls import rollup
from queryd.calls.figures import CallSelection
from queryd.calls.routes import CallQuery, read_call_query, show_tool, show_tool_stats, tool_stats
from queryd.http.errors import on_http_exception, on_refusal
from queryd.http.parameters import LATEST_MS
from queryd.store.fact import Call, CallChanges
from queryd.store.readers import Readers
from shared.errors import Refusal
from tests.queryd.calls.call_views import (
    VERSION,
    closing_transition,
    open_views,
    reader,
    store_calls,
)

MINUTE = 60_000
NOON = 1_790_000_000_000 // MINUTE * MINUTE
OPEN = ("no_result", "waiting", "running")
ODD = ["mcp__a b__c/d", "Bäsh 😀", "a/b/c", "100%", "what?", "#1", "../up", "x" * 300]


def call(number: int, **known: Any) -> Call:
    """Return a call that succeeded in the minute of its number, if nothing else is known."""
    given: dict[str, Any] = {
        "id": number,
        "session_id": "s1",
        "tool_use_id": f"t{number}",
        "tool_name": "Bash",
        "outcome": "succeeded",
        "started_at": NOON + number * MINUTE,
        "duration_ms": 10 * number,
        "waiting_ms": 5,
        "first_event_id": 2 * number,
        "last_event_id": 2 * number + 1,
    }
    return Call(**given | known)


CALLS = [
    call(1),
    call(2, source_app="shop", model_name="opus"),
    call(3, outcome="failed", error="no 3", error_key="no <n>", ended_at=NOON + 3 * MINUTE + 30),
    call(4, outcome="failed", error="no 4", error_key="no <n>", session_id="s2", target="npm test"),
    call(5, outcome="denied", duration_ms=None, waiting_ms=None, tool_name="mcp__db__query"),
    call(6, outcome="running", duration_ms=None, waiting_ms=None, agent_type="Explore"),
    *(call(10 + place, tool_name=name) for place, name in enumerate(ODD)),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """Serve the two routes over views of CALLS."""
    folder = tmp_path_factory.mktemp("tools")
    Writer(folder / "events.db").close()
    database = open_views(folder / "views.db")
    store_calls(database, CALLS)
    with database.transaction():
        rollup.fold(database, [CallChanges([closing_transition(each)]) for each in CALLS])
    database.close()
    readers = Readers(
        folder / "events.db",
        folder / "views.db",
        VERSION,
        search_path=folder / "search.db",
        search_version=VERSION,
    )
    app = Litestar(
        [show_tool_stats, show_tool],
        dependencies={
            "readers": Provide(lambda: readers, sync_to_thread=False),
            "call_query": Provide(read_call_query),
        },
        exception_handlers={Refusal: on_refusal, HTTPException: on_http_exception},
        openapi_config=None,
    )
    with TestClient(app) as client:
        yield client
    readers.close()


def stats(client: TestClient[Litestar], **parameters: Any) -> Any:
    """Return the stats of the hour that starts at noon."""
    bounds = {"since": NOON, "until": NOON + 60 * MINUTE - 1}
    answer = client.get("/api/tools/stats", params=bounds | parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_tool_row_has_the_figures_of_its_calls(client: TestClient[Litestar]) -> None:
    """These are the names that the dashboard is built on."""
    assert stats(client)["tools"][0] == {
        "tool_name": "Bash",
        "mcp_server": None,
        "calls": 5,
        "succeeded": 2,
        "failed": 2,
        "denied": 0,
        "interrupted": 0,
        "no_result": 1,
        "waiting": 0,
        "running": 0,
        "p50_ms": 20,
        "p90_ms": 40,
        "p99_ms": 40,
        "max_ms": 40,
        "waiting_ms": 20,
        "last_failure": {"at": NOON + 4 * MINUTE, "error": "no 4", "event_id": 9},
    }


def test_a_project_can_be_excluded_from_every_figure(client: TestClient[Litestar]) -> None:
    """Sample events that were removed from the screen must not go on in its figures."""
    all_of_it, without = stats(client), stats(client, without_source_app="shop")
    assert without["total"]["calls"] == all_of_it["total"]["calls"] - 1
    assert without["tools"][0]["succeeded"] == 1
    assert sum(point["calls"] for point in without["series"]) == without["total"]["calls"]
    assert sum(row["calls"] for row in without["agent_types"]) == without["total"]["calls"]
    assert stats(client, without_source_app=["shop", ""])["total"]["calls"] == 0
    assert stats(client, session_id="s1", without_source_app="shop")["total"]["calls"] == (
        stats(client, session_id="s1")["total"]["calls"] - 1
    )
    bounds: dict[str, Any] = {"since": NOON, "until": NOON + 60 * MINUTE - 1}
    bounds["without_source_app"] = "shop"
    detail = client.get("/api/tools/Bash", params=bounds).json()
    assert detail["tool"]["calls"] == 4
    assert {slow["source_app"] for slow in detail["slowest"]} == {None}


def test_excluding_a_project_reads_cells_by_project() -> None:
    """Sums over all projects cannot be parted any more: its calls would go on being counted."""
    without = CallSelection(first=0, end=1, without_source_app=("shop",))
    assert without.kind_for() == CallSelection(first=0, end=1, source_app=("shop",)).kind_for()


def test_an_mcp_server_is_a_group_and_unknown_is_null(client: TestClient[Litestar]) -> None:
    """A call that was denied never ran: 0 ms would be a lie."""
    servers = {row["mcp_server"]: row for row in stats(client)["mcp_servers"]}
    assert set(servers) == {"db", "a b"}
    assert servers["db"] == {
        "mcp_server": "db",
        "calls": 1,
        "succeeded": 0,
        "failed": 0,
        "denied": 1,
        "interrupted": 0,
        "no_result": 0,
        "waiting": 0,
        "running": 0,
        "p50_ms": None,
        "p90_ms": None,
        "p99_ms": None,
        "max_ms": None,
        "waiting_ms": None,
        "last_failure": None,
    }


@pytest.mark.parametrize("first", ["mcp__db__query", "mcp__db__write"])
def test_a_server_shows_the_newest_of_simultaneous_failures(tmp_path: Path, first: str) -> None:
    """Whichever tool the views met first: a rebuild would show another failure otherwise."""
    database = open_views(tmp_path / "views.db")
    failed: dict[str, Any] = {"outcome": "failed", "error": "no", "ended_at": NOON + MINUTE}
    calls = [
        call(1, tool_name="mcp__db__query", **failed),
        call(2, tool_name="mcp__db__write", **failed),
    ]
    folded = sorted(calls, key=lambda it: it.tool_name != first)
    store_calls(database, calls)
    with database.transaction():
        rollup.fold(database, [CallChanges([closing_transition(it)]) for it in folded])
    database.close()
    with closing(reader(tmp_path / "views.db")) as views:
        wanted = CallSelection(first=0, end=1)
        (server,) = tool_stats(views, CallQuery(NOON, NOON + 60 * MINUTE, wanted)).mcp_servers
    assert server.last_failure is not None
    assert server.last_failure.event_id == calls[1].last_event_id


def test_the_series_has_every_bucket_and_adds_up(client: TestClient[Litestar]) -> None:
    """A gap would be drawn as a line across the time when nothing happened."""
    answer = stats(client)
    assert (answer["since"], answer["until"]) == (NOON, NOON + 60 * MINUTE - 1)
    assert answer["bucket_ms"] == MINUTE
    assert [point["start"] for point in answer["series"]] == [
        NOON + place * MINUTE for place in range(60)
    ]
    for figure in ("calls", "succeeded", "failed", "denied", "interrupted", *OPEN):
        of_series = sum(point[figure] for point in answer["series"])
        assert of_series == answer["total"][figure]
        assert of_series == sum(row[figure] for row in answer["tools"])
        assert of_series == sum(row[figure] for row in answer["agent_types"])
    outcomes = ("succeeded", "failed", "denied", "interrupted", *OPEN)
    for row in (answer["total"], *answer["tools"], *answer["agent_types"], *answer["series"]):
        assert row["calls"] == sum(row[outcome] for outcome in outcomes)
    assert answer["series"][0]["p50_ms"] is None


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"source_app": "shop"}, [2]),
        ({"model_name": ["opus", "none"]}, [2]),
        ({"agent_type": "Explore"}, [6]),
        ({"agent_type": "", "session_id": "s2"}, [4]),
        ({"session_id": ["s2", "s9"]}, [4]),
        ({"mcp_server": "db"}, [5]),
        ({"tool_name": ["mcp__db__query", "Bash"], "since": NOON + 4 * MINUTE}, [4, 5, 6]),
        ({"source_app": "none"}, []),
        ({"since": NOON + MINUTE, "until": NOON + 2 * MINUTE - 1}, [1]),
    ],
)
def test_all_filters_apply_to_all_figures(
    client: TestClient[Litestar], parameters: dict[str, Any], ids: list[int]
) -> None:
    """A total that ignores a filter beside rows that follow it makes both useless."""
    answer = stats(client, **parameters)
    assert answer["total"]["calls"] == len(ids)
    for rows in ("tools", "agent_types", "series"):
        assert sum(row["calls"] for row in answer[rows]) == len(ids)


@pytest.mark.parametrize("name", [*ODD, "Bash", "mcp__db__query"])
def test_a_tool_of_any_name_has_a_page(client: TestClient[Litestar], name: str) -> None:
    """MCP servers choose the names of their tools."""
    answer = client.get(f"/api/tools/{quote(name, safe='')}", params={"since": NOON})
    assert answer.status_code == 200, answer.text
    assert answer.json()["tool"]["tool_name"] == name


def test_a_tool_has_all_its_figures(client: TestClient[Litestar]) -> None:
    """Histogram, slowest calls and failures are what one clicks on a tool for."""
    bounds = {"since": NOON, "until": NOON + 60 * MINUTE - 1}
    detail = client.get("/api/tools/Bash", params=bounds).json()
    assert sum(bar["count"] for bar in detail["histogram"]) == 4
    assert [each["tool_use_id"] for each in detail["slowest"]] == ["t4", "t3", "t2", "t1"]
    assert detail["slowest"][0] == {
        "session_id": "s2",
        "tool_use_id": "t4",
        "agent_id": None,
        "agent_type": None,
        "source_app": None,
        "model_name": None,
        "target": "npm test",
        "outcome": "failed",
        "started_at": NOON + 4 * MINUTE,
        "duration_ms": 40,
        "waiting_ms": 5,
        "first_event_id": 8,
        "last_event_id": 9,
    }
    assert detail["failures"] == [
        {
            "error_key": "no <n>",
            "error": "no 4",
            "count": 2,
            "sessions": 2,
            "last_at": NOON + 4 * MINUTE,
            "last_event_id": 9,
            "last_session_id": "s2",
        }
    ]
    assert detail["failure_kinds"] == 1


def test_a_tool_without_calls_in_the_range_has_empty_figures(client: TestClient[Litestar]) -> None:
    """It is known; that it was not called is an answer."""
    detail = client.get("/api/tools/Bash", params={"since": 0, "until": 1}).json()
    assert detail["tool"]["calls"] == 0
    assert detail["tool"]["p50_ms"] is None
    assert (detail["histogram"], detail["slowest"], detail["failures"]) == ([], [], [])


def test_an_unknown_tool_is_not_found(client: TestClient[Litestar]) -> None:
    """A misspelt name must not pass for an unused tool."""
    answer = client.get("/api/tools/Bosh")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "not_found",
            "message": "no tool Bosh was ever called",
            "field": "name",
        }
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("range=2h", "range"),
        ("range=1h&since=5", "range"),
        ("range=1h&until=5", "range"),
        ("since=6&until=5", "since"),
        ("since=-1", "since"),
        ("until=soon", "until"),
        ("since=99999999999999999999", "since"),
    ],
)
@pytest.mark.parametrize("route", ["/api/tools/stats", "/api/tools/Bash"])
def test_a_bad_parameter_is_refused_by_name(
    client: TestClient[Litestar], route: str, query: str, field: str
) -> None:
    """A filter that silently does nothing shows the wrong figures."""
    answer = client.get(f"{route}?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["field"] == field


@pytest.mark.parametrize("since", [0, NOON, LATEST_MS])
def test_any_range_has_a_response(client: TestClient[Litestar], since: int) -> None:
    """Whatever someone types into the address."""
    answer = stats(client, since=since, until=LATEST_MS)
    assert 1 <= len(answer["series"]) <= 62
    assert sum(point["calls"] for point in answer["series"]) == answer["total"]["calls"]


def test_an_open_range_starts_with_the_first_call(client: TestClient[Litestar]) -> None:
    """All time is since there is something, not since 1970."""
    answer = client.get("/api/tools/stats", params={"until": NOON + 20 * MINUTE}).json()
    assert answer["since"] == NOON + MINUTE


@pytest.mark.parametrize(
    ("name", "bucket_ms"),
    [("1h", 60_000), ("24h", 3_600_000), ("7d", 10_800_000), (None, 3_600_000)],
)
def test_a_named_range_ends_now(
    client: TestClient[Litestar], name: str | None, bucket_ms: int
) -> None:
    """It is what the dashboard shows when it opens."""
    answer = client.get("/api/tools/stats", params={"range": name} if name else {}).json()
    assert answer["bucket_ms"] == bucket_ms
    assert 24 <= len(answer["series"]) <= 62
