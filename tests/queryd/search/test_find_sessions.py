"""Test the search of sessions by their prompts and answers."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from queryd.search import find as finding
from queryd.search import find_sessions as searching
from queryd.search.find import END
from queryd.search.find_sessions import SessionMatchPage, find_sessions, parse_session_query
from queryd.sessions.read import SessionFilter
from queryd.store.store import ViewReader
from tests.queryd.search.search_tables import SearchTables, open_search_tables

ALL = SessionFilter()


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[SearchTables]:
    with open_search_tables(tmp_path) as opened:
        yield opened


def prompt(session: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"session_id": session, "payload": msgspec.json.encode({"prompt": text}), **fields}


def answer(session: str, text: str, kind: str = "Stop") -> dict[str, Any]:
    payload = msgspec.json.encode({"last_assistant_message": text})
    return {"session_id": session, "hook_event_type": kind, "payload": payload}


def search(
    tables: SearchTables, text: str, filters: SessionFilter = ALL, **more: Any
) -> SessionMatchPage:
    given = {"limit": 20, "now": 5_000, **more}
    query = parse_session_query(text)
    return find_sessions(tables.log, tables.views, tables.text, query, filters, **given)


def found(page: SessionMatchPage) -> list[tuple[str, str, int]]:
    return [(it.session.session_id, it.field, it.match_count) for it in page.sessions]


def marked(page: SessionMatchPage) -> list[str]:
    return [
        "".join(f"[{part.text}]" if part.hit else part.text for part in it.parts)
        for it in page.sessions
    ]


def test_a_session_is_found_once_by_its_newest_match(tables: SearchTables) -> None:
    """Ended ones too: it is asked for as "the session where I fixed it", not as an event."""
    tables.append(
        prompt("a", "Fix the n+1 query"),
        answer("a", "The discount was applied twice."),
        prompt("b", "Why is the query slow?"),
        {"session_id": "a", "hook_event_type": "SessionEnd"},
        prompt("c", "Nothing of it"),
        {
            "session_id": "c",
            "hook_event_type": "PostToolUse",
            "tool_name": "Bash",
            "payload": b'{"tool_input":{"command":"explain query"}}',
        },
        prompt("a", "Another query"),
    )
    tables.fold()
    page = search(tables, "query")
    assert found(page) == [("a", "prompt", 2), ("b", "prompt", 1)]
    assert marked(page) == ["Another [query]", "Why is the [query] slow?"]
    assert [(it.event_id, it.timestamp) for it in page.sessions] == [(7, 1_007), (3, 1_003)]
    assert page.next_before is None
    page = search(tables, "discount twice")
    assert found(page) == [("a", "answer", 1)]
    assert marked(page) == ["The [discount] was applied [twice]."]
    assert marked(search(tables, "n+1")) == ["Fix the [n+1] query"]
    assert found(search(tables, "explain")) == []


def test_every_answer_counts_and_the_reports_of_tasks_do_not(tables: SearchTables) -> None:
    """The client sends a task's report as a prompt, which no person wrote."""
    tables.append(
        prompt("a", "Start"),
        prompt("a", "<task-notification>needle"),
        answer("b", "needle", "SubagentStop"),
        prompt("c", "<b>needle</b>"),
    )
    tables.fold()
    assert found(search(tables, "needle")) == [("c", "prompt", 1), ("b", "answer", 1)]


def test_filters_select_sessions_as_the_list_does(tables: SearchTables) -> None:
    tables.append(
        prompt("a", "needle", source_app="shop"),
        prompt("b", "needle", source_app="docs"),
        {"session_id": "b", "hook_event_type": "SessionEnd"},
    )
    tables.fold()
    for filters, expected in [
        (SessionFilter(source_app=("shop",)), ["a"]),
        (SessionFilter(without_source_app=("shop",)), ["b"]),
        (SessionFilter(status=("ended",)), ["b"]),
        (SessionFilter(status=("working", "quiet")), ["a"]),
        (SessionFilter(model_name=("opus",)), []),
        (SessionFilter(since=1_002), ["b"]),
        (SessionFilter(until=1_001), ["a"]),
    ]:
        page = search(tables, "needle", filters)
        assert [it.session.session_id for it in page.sessions] == expected, filters


@pytest.mark.parametrize("budget", [finding.BUDGET_S, 0.0])
def test_paging_gives_every_session(
    tables: SearchTables, monkeypatch: pytest.MonkeyPatch, budget: float
) -> None:
    """However little a page may read, and whenever the search's time is up."""
    monkeypatch.setattr(searching, "MATCHES", 5)
    monkeypatch.setattr(finding, "BUDGET_S", budget)
    events = [prompt(f"s{place % 7}", f"needle {place}") for place in range(40)]
    tables.append(*events[:30])
    tables.fold()
    tables.append(*events[30:])
    tables.fold_views()  # the full text lags behind: those are matched in the log
    sessions: list[str] = []
    before = END
    for _ in range(100):
        page = search(tables, "needle", limit=3, before=before, clock=count().__next__)
        assert len(page.sessions) <= 3
        sessions += [it.session.session_id for it in page.sessions]
        if page.next_before is None:
            break
        assert page.next_before < before
        before = page.next_before
    assert list(dict.fromkeys(sessions)) == [f"s{place % 7}" for place in range(39, 32, -1)]


def test_a_search_reads_a_page_of_events_whatever_the_log_holds(
    tables: SearchTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word of every prompt must cost no more in a year than today."""

    def reads() -> int:
        read = 0
        several = type(tables.log).several

        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal read
            events = several(*arguments, **options)
            read += len(events)
            return events

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(tables.log), "several", counted)
            search(tables, "needle")
        return read

    monkeypatch.setattr(searching, "MATCHES", 10)
    tables.append(*[prompt(f"s{place}", "needle") for place in range(30)])
    tables.fold()
    first = reads()
    tables.append(*[prompt(f"s{place}", "needle") for place in range(300)])
    tables.fold()
    assert reads() == first == 11


def test_the_filter_of_types_is_part_of_the_match(tables: SearchTables) -> None:
    """Else a word of many calls would be read and thrown away, payload by payload."""
    statements: list[tuple[Any, ...]] = []
    fetch = ViewReader.fetch

    def noted(reader: ViewReader, sql: str, values: Any = ()) -> Any:
        if "MATCH" in sql:
            statements.append(tuple(values))
        return fetch(reader, sql, values)

    tables.append(prompt("a", "needle"))
    tables.fold()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ViewReader, "fetch", noted)
        assert found(search(tables, "needle")) == [("a", "prompt", 1)]
    ((expression, *_),) = statements
    assert expression.startswith('{prompt answer} : "needle" AND meta : ("')
