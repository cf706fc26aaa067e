"""Test what backfilled events change: counts, never the present state."""

import msgspec

from queryd.store.fact import Fact, fact_of
from tests.queryd.folded_views import Bodies, Folded, events_of, fold_all, folded_facts
from tests.queryd.hook_bodies import CWD, Body, event, of_agent, post, pre, prompt, start, stop

LATE = msgspec.Raw(b'{"via":"backfill","late":true}')
NOW = 1_795_000_100_000
THEN = 1_795_000_000_000


def fold(*events: tuple[Body, int, bool]) -> Folded:
    """Fold bodies, each with its time and whether it comes late."""
    common = {"session_id": "s1", "cwd": CWD, "prompt_id": "p9"}
    bodies: Bodies = [(at, {**common, **body}) for body, at, _ in events]
    facts: list[Fact] = []
    for one, (_, _, is_late) in zip(events_of(bodies), events, strict=True):
        facts.append(fact_of(msgspec.structs.replace(one, sender=LATE) if is_late else one))
    return folded_facts(facts, now=NOW + 1_000)


LIVE = [(prompt("now", "p9"), NOW, False), (pre(call="t9"), NOW + 10, False)]
PAST = [
    (prompt("then", "p1"), THEN, True),
    (pre(call="t1"), THEN + 10, True),
    (post(call="t1"), THEN + 20, True),
    (stop("gone", prompt_id="p1"), THEN + 30, True),
]


def test_a_backfilled_event_does_not_end_a_running_turn() -> None:
    """Its call runs, whatever ended in the past."""
    folded = fold(*LIVE, *PAST)
    (row,) = folded.sessions.values()
    assert (row.status, row.last_prompt, row.title) == ("working", "now", "now")
    assert row.current_tool is not None
    assert {call.tool_use_id: call.outcome for call in folded.calls} == {
        "t9": "running",
        "t1": "succeeded",
    }
    assert (row.turn_count, row.tool_count, row.event_count) == (2, 2, 6)
    assert row.first_event_at == THEN


def test_a_backfilled_answer_answers_no_current_question() -> None:
    """The last answer is the last one in time."""
    folded = fold(*LIVE, (post(call="t9"), NOW + 20, False), (stop("done"), NOW + 30, False), *PAST)
    (row,) = folded.sessions.values()
    assert (row.status, row.last_answer, row.status_since) == ("done", "done", NOW + 30)


def test_a_backfilled_subagent_is_done() -> None:
    """Only backfilled events report it, so they decide its state."""
    over = event("SubagentStop", last_assistant_message="seen")
    folded = fold(
        *LIVE,
        (of_agent(event("SubagentStart")), THEN, True),
        (of_agent(over), THEN + 5, True),
    )
    (agent,) = folded.agents
    assert (agent.status, agent.last_answer) == ("done", "seen")
    assert folded.sessions["s1"].status == "working"


def test_events_without_the_backfill_mark_count_as_before() -> None:
    """Another sender's `late` does not mark a backfill."""
    bodies: Bodies = [(THEN, {"session_id": "s1", **start()})]
    (one,) = events_of(bodies)
    other = msgspec.structs.replace(one, sender=msgspec.Raw(b'{"via":"x","late":true}'))
    assert fact_of(other).is_backfilled is False
    assert fact_of(msgspec.structs.replace(one, sender=LATE)).is_backfilled is True
    assert len(fold_all(bodies).sessions) == 1
