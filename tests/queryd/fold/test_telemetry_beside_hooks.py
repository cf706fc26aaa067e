"""Test that telemetry beside hooks changes nothing of the hooks' but ended asks."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.otlp.events import events_of
from ingestd.otlp.signals import SIGNALS
from queryd.fold.folding import Views
from queryd.search.text import COLUMNS, row_of
from queryd.sessions.rows import AskRow, SessionRow
from queryd.store.fact import fact_of
from shared.event import Event, is_record
from tests.ingestd.exports import exports, json_records, log_export
from tests.queryd.folded_views import calls_of, dump, sessions_of
from tests.queryd.hook_bodies import T0, Body, ask, end, event, of_agent, pre, prompt, start, stop
from tests.running import SAMPLES

SECOND = 1_000
MINUTE = 60 * SECOND
# What hooks alone decide, in whole tables; rows of sessions are compared field by field.
OF_HOOKS = ("turns", "calls", "asks", "agents", "files")
REPORTED = {"last_event_id", "model_name", "first_event_id", "record_count", "asks"}


def records() -> list[Event]:
    """Return every captured record of telemetry as an event."""
    return [
        made.event
        for export in exports()
        for record in json_records(SIGNALS[export.path], export.body)
        for made in events_of(SIGNALS[export.path].kind, record)
    ]


def hooks() -> list[Event]:
    """Return every captured hook event, fired when it was."""
    found = []
    for file in sorted((SAMPLES / "sessions").glob("*.jsonl")):
        for line in filter(None, file.read_text("utf-8").split("\n")):
            reported = json.loads(line)
            body = msgspec.json.encode(reported["body"])
            found.append(decode_one(body, RequestMetadata(fired_at=reported["at_ms"]))[0].event)
    return found


def numbered(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which they happened, with the rowids of a log."""
    ordered = sorted(events, key=lambda it: it.timestamp)
    return [
        msgspec.structs.replace(it, id=number, received_at=it.timestamp)
        for number, it in enumerate(ordered, start=1)
    ]


def folded(folder: Path, events: Sequence[Event], *, step: int = 50) -> Views:
    """Fold events, some at a time."""
    folder.mkdir()
    views = Views(folder / "views.db")
    for at in range(0, len(events), step):
        views.fold([fact_of(it) for it in events[at : at + step]])
    return views


def without_ids(rows: list[Any]) -> list[Any]:
    """Return rows of calls without rowids, which differ between logs."""
    ids = {"id", "first_event_id", "last_event_id", "model_name"}
    return [{k: v for k, v in msgspec.structs.asdict(row).items() if k not in ids} for row in rows]


def test_all_captured_telemetry_beside_all_captured_hooks_changes_no_session(
    tmp_path: Path,
) -> None:
    """Many users have both: no state, call, turn or count may be doubled or changed."""
    reported = hooks()
    both = numbered([*reported, *records()])
    alone = numbered(reported)
    now = both[-1].timestamp
    with (
        closing(folded(tmp_path / "alone", alone)) as before,
        closing(folded(tmp_path / "both", both)) as after,
    ):
        rows, others = sessions_of(before, now=now), sessions_of(after, now=now)
        shared = {event.session_id for event in reported} & {
            event.session_id for event in records()
        }
        assert len(shared) == 47
        for session_id, row in rows.items():
            for field in set(SessionRow.__struct_fields__) - REPORTED:
                assert getattr(others[session_id], field) == getattr(row, field), field
            assert_asks_explained(row.asks, others[session_id].asks)
        refused = {
            event.tool_use_id: event.timestamp
            for event in both
            if event.hook_event_type == "tool_decision"
            and json.loads(bytes(event.payload)).get("source") == "user_reject"
        }
        assert len(refused) == 1
        assert without_ids(calls_of(after, now=now)) == [
            # No hook reports a No at a prompt: to them the call was cut off at the next prompt.
            {
                **call,
                "outcome": "denied",
                "ended_at": refused[call["tool_use_id"]],
                "waiting_ms": refused[call["tool_use_id"]] - call["asked_at"],
            }
            if call["tool_use_id"] in refused
            else call
            for call in without_ids(calls_of(before, now=now))
        ]
        spans = "SELECT session_id, agent_id, since, until, status FROM spans ORDER BY 1, 2, 3"
        found, expected = (set(views.database.fetch(spans)) for views in (after, before))
        assert found - expected <= ended_by_decisions(found, both)
        assert {it[0] for it in expected - found} <= {it[0] for it in found - expected}
        turns = "SELECT session_id, prompt_id, kind, outcome, started_at, ended_at FROM turns"
        assert sorted(after.database.fetch(turns)) == sorted(before.database.fetch(turns))


def assert_asks_explained(asks: Sequence[AskRow], others: Sequence[AskRow]) -> None:
    """Telemetry may say sooner how an ask ended, and why; it adds and removes none."""
    assert [(it.tool_use_id, it.asked_at) for it in asks] == [
        (it.tool_use_id, it.asked_at) for it in others
    ]
    for one, other in zip(asks, others, strict=True):
        assert one.outcome in {other.outcome, "expired"}


def ended_by_decisions(spans: set[Any], events: Sequence[Event]) -> set[Any]:
    """Return the spans that start or end at a decision: an ask ended earlier than by hooks."""
    times = {(e.session_id, e.timestamp) for e in events if e.hook_event_type == "tool_decision"}
    return {it for it in spans if (it[0], it[2]) in times or (it[0], it[3]) in times}


def test_a_session_known_from_telemetry_alone_is_idle(tmp_path: Path) -> None:
    """Someone connects telemetry and no hooks: nothing but what is known may be shown."""
    events = numbered(records())
    now = events[-1].timestamp
    with closing(folded(tmp_path / "v", events)) as views:
        rows = sessions_of(views, now=now)
        assert len(rows) == len({event.session_id for event in events})
        for row in rows.values():
            assert (row.status, row.status_reason) == ("done", "no prompt yet")
            assert row.event_count == row.tool_count == row.failure_count == sum(row.activity) == 0
        assert calls_of(views, now=now) == []
        held = dump(views.database)
        assert [held[table] for table in OF_HOOKS if table in held] == [
            [] for table in OF_HOOKS if table in held
        ]
        models = {row.model_name for row in rows.values()}
        assert models <= {None, "claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-4-5"}


def hook(body: Body, at: int) -> Event:
    """Return a hook event of session `s1`."""
    text = msgspec.json.encode({"session_id": "s1", "cwd": "/home/dev/shop", **body})
    return decode_one(text, RequestMetadata(fired_at=at))[0].event


def record(at: int, **attributes: Any) -> Event:
    """Return a log record of session `s1`, or of the one named."""
    export = log_export(**{"session.id": "s1", **attributes})
    export["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["timeUnixNano"] = at * 10**6
    body = json.dumps(export).encode()
    (found,) = json_records(SIGNALS["/v1/logs"], body)
    (made,) = events_of("logs", found)
    return made.event


def row_after(folder: Path, *events: Event, now: int | None = None) -> SessionRow:
    """Return the row of `s1` after events, folded one by one."""
    ordered = numbered(events)
    with closing(folded(folder / "v", ordered, step=1)) as views:
        return sessions_of(views, now=now or ordered[-1].timestamp)["s1"]


ASKED = (hook(prompt(), T0), hook(pre(), T0 + 1), hook(ask(), T0 + 2))
REFUSED = {"event.name": "tool_decision", "decision": "reject", "source": "user_reject"}


def test_a_refusal_reported_by_no_hook_ends_the_ask(tmp_path: Path) -> None:
    """Without this, a session that was refused would ask for the user until its next prompt."""
    assert row_after(tmp_path, *ASKED).status == "needs_permission"
    (tmp_path / "b").mkdir()
    refusal = record(T0 + 5 * SECOND, tool_use_id="c1", **REFUSED)
    row = row_after(tmp_path / "b", *ASKED, refusal)
    assert (row.status, row.status_since) == ("working", T0 + 5 * SECOND)
    assert (row.event_count, row.last_event_at) == (3, T0 + 2)


def test_a_call_that_the_user_refused_is_denied(tmp_path: Path) -> None:
    """The page would show its tool at work until the session ends."""
    before = row_after(tmp_path, *ASKED)
    assert before.current_tool is not None
    (tmp_path / "b").mkdir()
    refusal = record(T0 + 5 * SECOND, tool_use_id="c1", **REFUSED)
    after = row_after(tmp_path / "b", *ASKED, refusal)
    assert after.current_tool is None
    assert (after.tool_count, after.failure_count) == (before.tool_count, 0)


def test_a_decision_on_another_call_ends_no_ask(tmp_path: Path) -> None:
    """Of parallel calls each is decided on its own."""
    refusal = record(T0 + 5 * SECOND, tool_use_id="c2", **REFUSED)
    assert row_after(tmp_path, *ASKED, refusal).status == "needs_permission"


def test_a_second_decision_on_another_call_ends_no_ask(tmp_path: Path) -> None:
    """The log keeps its call in the payload alone, for a call has one row of a type."""
    refusal = msgspec.structs.replace(record(T0 + 9, tool_use_id="c2", **REFUSED), tool_use_id=None)
    assert row_after(tmp_path, *ASKED, refusal).status == "needs_permission"


@pytest.mark.parametrize("name", ["tool_decision", "api_request", "tool_result", "user_prompt"])
def test_no_record_wakes_a_session_that_has_ended(tmp_path: Path, name: str) -> None:
    """Telemetry comes up to five seconds late: after the end of what it reports."""
    late = record(T0 + 20 * SECOND, **{"event.name": name, "tool_use_id": "c1"})
    row = row_after(tmp_path, *ASKED, hook(end(), T0 + SECOND), late)
    assert (row.status, row.event_count) == ("ended", 4)


def test_metrics_do_not_make_a_session_active(tmp_path: Path) -> None:
    """Figures are exported once a minute, also of a session whose user pressed Esc."""
    measured = [record(T0 + n * MINUTE, **{"event.name": "tool_result"}) for n in range(1, 8)]
    row = row_after(tmp_path, hook(prompt(), T0), *measured, now=T0 + 8 * MINUTE)
    assert (row.status, row.last_event_at, sum(row.activity)) == ("quiet", T0, 1)


def test_a_record_of_a_subagent_makes_no_subagent(tmp_path: Path) -> None:
    """It would seem at work for ever: no record reports its end."""
    reported = record(T0 + 9, **{"event.name": "api_request", "agent_id": "a1", "model": "haiku"})
    row = row_after(tmp_path, hook(prompt(), T0), reported)
    assert (row.status, row.agents, row.model_name) == ("working", [], None)


def test_a_decision_on_a_subagents_ask_ends_it(tmp_path: Path) -> None:
    """The main thread's decisions say nothing of it."""
    asked = [
        hook(body, T0 + n) for n, body in enumerate([prompt(), of_agent(pre()), of_agent(ask())])
    ]
    refusal = {**REFUSED, "tool_use_id": "c1"}
    for agent_id, status in (("a1", "working"), ("", "needs_permission")):
        (tmp_path / status).mkdir()
        row = row_after(tmp_path / status, *asked, record(T0 + 9, agent_id=agent_id, **refusal))
        assert row.status == status, agent_id


@pytest.mark.parametrize(
    ("source", "model"),
    [
        ("repl_main_thread", "claude-haiku-4-5"),
        ("sdk", "claude-haiku-4-5"),
        ("generate_session_title", "claude-opus-5-5"),
        ("compact", "claude-opus-5-5"),
    ],
)
def test_a_sessions_model_is_that_of_its_main_thread(
    tmp_path: Path, source: str, model: str
) -> None:
    """A title is written by a small model, and the session goes on with its own."""
    asked = {"event.name": "api_request", "model": "claude-haiku-4-5", "query_source": source}
    started = hook({**start(), "model": "claude-opus-5-5"}, T0)
    assert row_after(tmp_path, started, record(T0 + 9, **asked)).model_name == model


def test_records_before_the_first_hook_do_not_start_the_session(
    tmp_path: Path,
) -> None:
    """Sixty hooks are registered before the first of them fires."""
    registered = [record(T0 + n, **{"event.name": "hook_registered"}) for n in range(5)]
    row = row_after(tmp_path, *registered, hook(pre(), T0 + SECOND))
    assert (row.status, row.status_since, row.first_event_at) == ("working", *[T0 + SECOND] * 2)
    assert (row.event_count, row.tool_count) == (1, 1)


def test_records_of_no_session_make_none(tmp_path: Path) -> None:
    """Other programs may send telemetry here too; that is no session."""
    stray = [record(T0 + n, **{"session.id": "", "event.name": "paid"}) for n in range(3)]
    events = numbered([*stray, hook(prompt(), T0 + 9)])
    assert events[0].session_id == "otlp"
    with closing(folded(tmp_path / "v", events)) as views:
        assert set(sessions_of(views, now=T0)) == {"s1"}


def test_fields_repeated_on_every_telemetry_record_are_not_searchable() -> None:
    """Sixty records a start, each with the same ids and names, would hide other matches."""
    for reported in records():
        payload = json.loads(bytes(reported.payload))
        words = " ".join(row_of(reported, payload)[1:])
        assert payload["user.id"] not in words
        assert "xterm-256color" not in words
    found = next(it for it in records() if it.hook_event_type == "api_error")
    row = dict(zip(COLUMNS, row_of(found, json.loads(bytes(found.payload))), strict=True))
    assert row["error"] == "Overloaded"


def test_a_record_differs_from_a_hook_by_its_name() -> None:
    """Everything above hangs on this."""
    for name in ("api_request", "status_line", "usage", "metric", "com.shop.paid"):
        assert is_record(name)
    for name in ("PreToolUse", "sessionStart", "SHOUT", "42", ""):
        assert not is_record(name)


def test_a_late_stop_does_not_undo_a_decision(tmp_path: Path) -> None:
    """Telemetry and hooks arrive in either order."""
    refusal = record(T0 + 3, tool_use_id="c1", **REFUSED)
    assert row_after(tmp_path, *ASKED, refusal, hook(stop(), T0 + 9)).status == "done"
    assert event("tool_decision")["hook_event_name"] == "tool_decision"
