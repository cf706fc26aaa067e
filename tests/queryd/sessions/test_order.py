"""Fold events that arrive in another order than they were fired: the result must be the same.

Each hook is a process of its own. Of 120 pairs that the real client fired 2 ms apart, 16 were
stored swapped.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import msgspec
import pytest

from queryd.calls.fold import COLUMNS as CALL_COLUMNS
from queryd.calls.fold import call_of
from queryd.fold.folding import Views
from queryd.sessions.read_contents import turns_page
from queryd.sessions.rows import TurnRow, call_row, session_row
from queryd.sessions.tables import agent_of, session_of
from queryd.store.fact import Call, fact_of
from shared.event import Event
from tests.queryd.folded_views import events_of, folding_views, reader_over
from tests.queryd.hook_bodies import (
    T0,
    Timed,
    ask,
    batch,
    call_after,
    entry,
    event,
    event_sequence,
    of_agent,
    post,
    pre,
    prompt,
    row_after,
    start,
    stop,
)
from tests.running import SAMPLES

WINDOW_MS = 50
SEEDS = 2
STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))
SESSION_FIELDS = (
    *("status", "status_reason", "title", "turn_count", "compaction_count", "tool_count"),
    *("failure_count", "event_count", "last_prompt", "last_answer", "end_reason"),
    *("permission_mode", "current_tool", "background_tasks", "agent_count", "ended_at"),
    *("first_event_at", "last_event_at"),
)
CALL_FIELDS = (
    *("tool_use_id", "tool_name", "target", "agent_id", "outcome", "duration_ms", "waiting_ms"),
    *("asked_at", "error"),
)
TURN_FIELDS = (
    "prompt_id, kind, prompt, answer, outcome, started_at,"
    # The end of a turn that nothing reports is that of the first event after it.
    " iif(outcome = 'interrupted', NULL, ended_at)"
)

State = dict[str, Any]


def turns_of(*events: Timed) -> list[TurnRow]:
    """Return the turns of the first session, oldest first."""
    bodies = event_sequence(*events)
    with reader_over(bodies) as views:
        turns, _ = turns_page(views, "s1", limit=50, after=None, now=bodies[-1][0])
    return turns[::-1]


@pytest.mark.parametrize("every_ms", [None, 20])
@pytest.mark.parametrize("stem", STEMS)
def test_swapped_events_fold_to_the_same(stem: str, every_ms: int | None) -> None:
    """A Stop stored before the last call's end left its session working for ever.

    The scripted client was slow: few of its events were fired within 50 ms. A second time they are
    fired every 20 ms, so that any may arrive before the two before it.
    """
    events = _events(stem, every_ms)
    expected = list(_states(events))
    wrong = []
    for order in _orders(events):
        seen: set[int] = set()
        for count, (index, state) in enumerate(
            zip(order, _states([events[it] for it in order]), strict=True), start=1
        ):
            seen.add(index)
            # Every event so far is the same set as in the order of firing.
            if max(seen) == count - 1 and state != expected[count - 1]:
                wrong.append(_difference(stem, events, order, count, expected[count - 1], state))
                break
    assert not wrong, "\n".join(wrong)


def _events(stem: str, every_ms: int | None) -> list[Event]:
    # Not splitlines(): U+2028 stands raw inside a body.
    lines = (SAMPLES / "sessions" / f"{stem}.jsonl").read_bytes().split(b"\n")
    bodies = [msgspec.json.decode(line) for line in lines if line]
    start = bodies[0]["at_ms"]
    return events_of(
        [
            (body["at_ms"] if every_ms is None else start + number * every_ms, body["body"])
            for number, body in enumerate(bodies)
        ]
    )


def _orders(events: Sequence[Event]) -> Iterator[list[int]]:
    """Yield orders in which neighbours are swapped: every second pair, then at random."""
    for first in (0, 1):
        order = list(range(len(events)))
        for at in range(first, len(order) - 1, 2):
            if 0 < events[at + 1].timestamp - events[at].timestamp <= WINDOW_MS:
                order[at], order[at + 1] = at + 1, at
        yield order
    for seed in range(SEEDS):
        rng = Random(seed)
        late = [event.timestamp + rng.random() * WINDOW_MS for event in events]
        yield sorted(range(len(events)), key=lambda it: (late[it], it))


def _states(events: Sequence[Event]) -> Iterator[State]:
    """Fold one event after another, and yield what is known after each."""
    with folding_views() as views:
        for number, event in enumerate(events, start=1):
            views.fold([fact_of(msgspec.structs.replace(event, id=number))])
            yield _state(views, now=max(it.timestamp for it in events[:number]))


def _waiting_ms(call: Call) -> int | None:
    """Return how long a call waited; of one whose end nothing reports, whether it did."""
    is_unreported = call.outcome == "interrupted" and call.post_at is None
    return 1 if is_unreported and call.waiting_ms else call.waiting_ms


def _state(views: Views, *, now: int) -> State:
    fetch = views.database.fetch
    sessions = [session_of(state) for (state,) in fetch("SELECT state FROM sessions")]
    rows = [session_row(it, [], now=now, process_ended=False) for it in sessions]
    stored = map(call_of, fetch(f"SELECT {CALL_COLUMNS} FROM calls"))
    calls = [call_row(it, it.outcome, _waiting_ms(it)) for it in stored]
    agents = [agent_of(state) for (state,) in fetch("SELECT state FROM agents")]
    return {
        "sessions": {
            it.session_id: {name: getattr(it, name) for name in SESSION_FIELDS} for it in rows
        },
        "open asks": sorted(
            (it.kind, it.agent_id, it.text, it.tool_use_id, it.at)
            for session in sessions
            for it in session.asks
        ),
        "ended asks": sorted(
            (it.asked_at, it.kind, it.outcome) for row in rows for it in row.asks if it.ended_at
        ),
        "calls": {
            it.tool_use_id: {name: getattr(it, name) for name in CALL_FIELDS} for it in calls
        },
        "turns": sorted(fetch(f"SELECT {TURN_FIELDS} FROM turns ORDER BY started_at")),
        "agents": {
            it.agent_id: (it.status, it.agent_type, it.description, it.tool_count, it.last_answer)
            for it in agents
        },
    }


def _difference(
    stem: str, events: Sequence[Event], order: Sequence[int], count: int, want: State, got: State
) -> str:
    """Say which events came in another order, and what was folded otherwise."""
    last = [f"{it + 1} {events[it].hook_event_type}" for it in order[max(0, count - 5) : count]]
    lines = [f"{stem}, {count} events, the last {', '.join(last)}:"]
    for name, value in want.items():
        if got[name] != value:
            lines += [f"  {name}:", f"    expected {value}", f"    got      {got[name]}"]
    return "\n".join(lines)


def test_a_stop_that_overtakes_the_end_of_the_last_call_leaves_no_work() -> None:
    """A session that says it works while its user's prompt is idle is never looked at."""
    for last in (post(), batch(entry("ok"))):
        row = row_after(prompt(), pre(), (3, stop()), (2.99, last))
        assert (row.status, row.last_answer, row.current_tool) == ("done", "Done.", None)


def test_work_after_a_stop_goes_on_with_the_turn() -> None:
    """A Stop hook of the user may send the model on: that is no late event."""
    assert row_after(prompt(), (2, stop()), (2.01, pre())).status == "working"


def test_a_prompt_that_overtakes_the_stop_before_it_interrupts_nothing() -> None:
    """The answer was complete; its turn said that the user had stopped it."""
    events = (prompt(), pre(), post(), (5.01, prompt("Next", "p2")), (5, stop("First.")))
    assert row_after(*events).status == "working"
    first, second = turns_of(*events)
    assert (first.outcome, first.answer, second.outcome) == ("done", "First.", "running")


def test_a_prompt_that_arrives_after_its_stop_keeps_the_answer() -> None:
    """A short answer may be complete before the process of the prompt's hook has started."""
    events = (start(), (1.02, stop("Hello!")), (1, prompt("Hi")))
    assert row_after(*events).status == "done"
    (turn,) = turns_of(*events)
    assert (turn.kind, turn.prompt, turn.answer, turn.outcome) == ("prompt", "Hi", "Hello!", "done")


def test_a_request_that_arrives_after_its_call_asks_nothing() -> None:
    """A rule or a hook allows within milliseconds; the alarm called a user for nothing."""
    events = (prompt(), pre(), (2.02, post()), (2, ask()))
    row = row_after(*events)
    assert row.status == "working"
    assert [(it.outcome, it.asked_at) for it in row.asks] == [("allowed", T0 + 2_000)]
    assert call_after(*events).asked_at == T0 + 2_000


def test_a_request_that_arrives_after_its_refusal_asks_nothing() -> None:
    """A hook that refuses is as fast, and then only the batch reports the call."""
    refused = batch(entry("No, said the hook."))
    row = row_after(prompt(), pre(), (2.02, refused), (2, ask()))
    assert (row.status, [it.outcome for it in row.asks]) == ("working", ["denied"])
    assert call_after(prompt(), pre(), (2.02, refused), (2, ask())).outcome == "denied"


def test_an_earlier_time_long_ago_is_no_late_event() -> None:
    """A clock that is set back by minutes must not freeze the status until it catches up."""
    row = row_after(prompt(), (500, stop()), (100, prompt("Next", "p2")))
    assert row.status == "working"


def test_a_background_task_that_ended_before_its_list_arrives_runs_no_more() -> None:
    """A session would show a task in the background for ever."""
    agent = {"id": "a1", "type": "subagent", "status": "running", "description": "Look"}
    ended = of_agent(event("SubagentStop", agent_type="Explore"))
    assert row_after(prompt(), (5.01, ended), (5, stop(tasks=[agent]))).status == "done"
    assert row_after(prompt(), (5, ended), (5.01, stop(tasks=[agent]))).status == "background"
