"""Test how the events of a tool call are joined, whichever of them come, and in which order."""

from typing import Any

import pytest

from tests.queryd.hook_bodies import (
    NPM_TEST,
    T0,
    Body,
    ask,
    batch,
    call_after,
    denied,
    end,
    entry,
    event,
    failure,
    folded,
    notification,
    of_agent,
    of_tool,
    post,
    pre,
    prompt,
    seconds,
    start,
    stop,
)


@pytest.mark.parametrize(
    ("closing", "outcome", "error"),
    [
        (post(), "succeeded", None),
        (post(response={"interrupted": True}), "interrupted", None),
        (post(response={"interrupted": "no"}), "succeeded", None),
        (failure("ENOENT"), "failed", "ENOENT"),
        (failure("ENOENT", is_interrupt=True), "interrupted", "ENOENT"),
        (failure("ENOENT", is_interrupt="yes"), "failed", "ENOENT"),
        (of_tool("PostToolUseFailure"), "failed", "failed"),
        (denied(), "denied", "Deletes the branch"),
        (of_tool("PermissionDenied"), "denied", "denied"),
        (batch(entry("All passed")), "succeeded", None),
        (batch(entry(None)), "succeeded", None),
        (batch(entry("<tool_use_error>No such file</tool_use_error>")), "failed", "No such file"),
        (batch(entry("Exit code 2\nboom")), "failed", "Exit code 2\nboom"),
        (batch(entry("Permission denied by hook")), "denied", "Permission denied by hook"),
    ],
)
def test_a_call_has_the_outcome_of_its_last_event(
    closing: Body, outcome: str, error: str | None
) -> None:
    """Success, failure and refusal have their own counts and colours."""
    call = call_after(prompt(), pre(), closing)
    assert call.outcome == outcome
    assert seconds(call.ended_at or 0) == 2
    if error is None:
        assert call.error is None
    else:
        assert call.error is not None
        assert call.error.startswith(error.rstrip("*"))


def test_a_call_has_its_turn_target_and_times() -> None:
    """The whole row, as it is shown in the list of calls."""
    call = call_after(prompt(), pre(), ask(), (9, post(took_ms=1_500)))
    assert (call.session_id, call.tool_use_id, call.prompt_id) == ("s1", "c1", "p1")
    assert (call.tool_name, call.target, call.agent_id) == ("Bash", "npm test", None)
    assert (call.started_at, call.asked_at) == (T0 + 1_000, T0 + 2_000)
    assert (call.ended_at, call.duration_ms, call.waiting_ms) == (T0 + 9_000, 1_500, 6_500)
    assert (call.first_event_id, call.last_event_id) == (2, 4)


@pytest.mark.parametrize(
    ("took_ms", "duration_ms", "waiting_ms"),
    [
        (0, 0, 1_000),
        (400, 400, 600),
        (400.6, 401, 599),
        (1_000, 1_000, 0),
        (90_000, 90_000, 0),
        (None, None, None),
        (-1, None, None),
        (True, None, None),
        ("400", None, None),
        ([], None, None),
        (10**30, None, None),
    ],
)
def test_waiting_time_is_the_total_time_minus_the_duration(
    took_ms: Any, duration_ms: int | None, waiting_ms: int | None
) -> None:
    """Without the call's own time no one knows the waiting: a long run is not a slow person."""
    call = call_after(prompt(), pre(), post(took_ms=took_ms))
    assert (call.duration_ms, call.waiting_ms) == (duration_ms, waiting_ms)


def test_a_refused_call_only_waited() -> None:
    """It never ran, so all of its time is waiting; a batch does not say when it was refused."""
    assert call_after(prompt(), pre(), (5, denied())).waiting_ms == 4_000
    refusal = entry("Permission to use Bash has been denied.")
    assert call_after(prompt(), pre(), (5, batch(refusal))).waiting_ms is None


def test_a_call_whose_end_came_first_starts_a_duration_earlier() -> None:
    """Reversed by the network it is still one call, and its start is never moved again."""
    call = call_after(prompt(), (3, post(took_ms=500)), (2, pre()))
    assert (call.outcome, call.duration_ms, call.waiting_ms) == ("succeeded", 500, 500)
    assert seconds(call.started_at) == 2.5
    assert call.target == "npm test"


def test_an_end_before_the_start_gives_no_negative_duration() -> None:
    """Two clocks, or a spool sent late: nothing may show minus three seconds."""
    call = call_after(prompt(), (9, pre()), (6, post(took_ms=500)))
    assert (call.started_at, call.ended_at, call.waiting_ms) == (T0 + 9_000, T0 + 9_000, 0)


@pytest.mark.parametrize("again", [pre(), post(), batch(entry("ok"))])
def test_a_repeated_event_changes_nothing(again: Body) -> None:
    """The same hook in two settings files repeats all events."""
    once = [prompt(), pre(), post(took_ms=300), batch(entry("ok"))]
    call = call_after(*once)
    more = call_after(*once, again)
    assert (more.outcome, more.duration_ms, more.waiting_ms, more.ended_at) == (
        call.outcome,
        call.duration_ms,
        call.waiting_ms,
        call.ended_at,
    )


def test_a_second_report_of_an_end_is_ignored() -> None:
    """The first Post* of a call is its end."""
    assert call_after(prompt(), pre(), post(), failure()).outcome == "succeeded"
    assert call_after(prompt(), pre(), failure(), batch(entry("fine"))).outcome == "failed"
    cut_off = [failure(is_interrupt=True), batch(entry("fine"))]
    assert call_after(prompt(), pre(), *cut_off).outcome == "interrupted"


def test_a_repeated_start_does_not_move_the_start() -> None:
    """The waiting counts from when the call was made, not from when it was reported again."""
    assert call_after(prompt(), pre(), (3, pre()), (9, post())).waiting_ms == 8_000


@pytest.mark.parametrize(
    "over",
    [
        stop(),
        event("StopFailure", error="unknown"),
        prompt("Again", "p2"),
        notification("idle_prompt"),
        start("resume"),
        end(),
        {**pre(call="c1"), "agent_id": "a1", "agent_type": "Explore", "tool_use_id": "c2"},
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_a_call_running_at_the_end_of_its_turn_is_interrupted(over: Body) -> None:
    """An Esc sends no event; without this the call would run in the list for ever."""
    call = folded(prompt(), pre(), over).calls[0]
    is_another_actor = "agent_id" in over
    assert call.outcome == ("running" if is_another_actor else "interrupted")
    assert (call.ended_at is None) == is_another_actor


@pytest.mark.parametrize(
    "other",
    [
        start("compact"),
        event("MessageDisplay"),
        prompt("Go on", "p1"),
        of_agent(event("SubagentStop")),
        {**event("SubagentStop"), "agent_id": "", "agent_type": ""},
        event("PreCompact"),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_a_call_keeps_running_during_its_turn(other: Body) -> None:
    """A notification in the middle of a turn carries that turn's prompt_id."""
    assert folded(prompt(), pre(), other).calls[0].outcome == "running"


def test_an_interrupted_call_that_ends_later_is_corrected() -> None:
    """A Stop may overtake the last Post*, whose outcome then replaces the guess."""
    call = call_after(prompt(), pre(), stop(), post(took_ms=300))
    assert (call.outcome, call.duration_ms) == ("succeeded", 300)
    assert seconds(call.ended_at or 0) == 3
    reported = call_after(prompt(), pre(), stop(), batch(entry("Exit code 1")))
    assert (reported.outcome, reported.error) == ("failed", "Exit code 1")
    late = call_after(prompt(), pre(), batch(entry("Exit code 1")), post())
    assert (late.outcome, late.error) == ("succeeded", None)


def test_a_call_rejected_before_it_ran_is_known_from_its_batch() -> None:
    """Wrong input and unknown tools have no PreToolUse; they are failures all the same."""
    rejected = entry("<tool_use_error>No such tool</tool_use_error>", "Nope", "c9", {"path": "a"})
    call = call_after(prompt(), batch(rejected))
    assert (call.tool_name, call.target, call.outcome) == ("Nope", "a", "failed")
    assert (call.started_at, call.ended_at) == (T0 + 1_000, T0 + 1_000)
    assert (call.duration_ms, call.waiting_ms, call.error) == (None, None, "No such tool")


def test_a_batch_entry_without_a_tool_name_is_a_call() -> None:
    """Nothing else reports it."""
    call = call_after(prompt(), batch({"tool_use_id": "c1", "tool_response": "ok"}))
    assert (call.tool_name, call.target, call.outcome) == ("?", None, "succeeded")


@pytest.mark.parametrize(
    "calls", [None, "c1", {}, [None, 7, [], {}, {"tool_use_id": 7}, {"tool_use_id": None}]]
)
def test_an_invalid_batch_has_no_calls(calls: Any) -> None:
    """A field that changes its shape must not stop the folding."""
    assert folded(prompt(), event("PostToolBatch", tool_calls=calls)).calls == []


@pytest.mark.parametrize("name", ["PreToolUse", "PostToolUse", "PostToolUseFailure"])
@pytest.mark.parametrize("call", [None, 7, ""])
def test_an_event_without_a_tool_use_id_is_no_call(name: str, call: Any) -> None:
    """Other agents' hooks have no tool_use_id; nothing could ever close what they open."""
    after = folded(prompt(), {**of_tool(name), "tool_use_id": call})
    assert (after.calls, after.sessions["s1"].current_tool) == ([], None)


@pytest.mark.parametrize("given", [None, 7, "npm", [], {"command": None}, {"a": {"b": [1]}}])
def test_an_input_of_any_shape_is_accepted(given: Any) -> None:
    """MCP tools take anything."""
    call = call_after(prompt(), pre(given=given), ask(given=given), post(given=given))
    assert call.outcome == "succeeded"
    assert call.asked_at == T0 + 2_000


def test_a_long_error_is_cut() -> None:
    """The row is sent to the page again and again; the event holds all of it."""
    for long in (failure("x" * 3_000_000), batch(entry("Exit code 1\n" + "x" * 3_000_000))):
        assert len(call_after(prompt(), pre(), long).error or "") == 2_000


@pytest.mark.parametrize(
    ("tool", "server"),
    [
        ("mcp__db__query", "db"),
        ("mcp__plugin_shop_db__query", "plugin_shop_db"),
        ("mcp__my__db__query", "my"),
        ("mcp__db", None),
        ("Bash", None),
    ],
)
def test_a_call_has_the_mcp_server_of_its_tool(tool: str, server: str | None) -> None:
    """What a server costs and breaks is summed up by its name."""
    assert call_after(prompt(), pre(tool)).mcp_server == server


def test_an_ask_belongs_to_the_oldest_matching_call() -> None:
    """It names no call; the client asks in the order in which the model called."""
    asked = folded(prompt(), pre(call="c1"), pre(call="c2"), ask(), ask()).calls
    assert [call.asked_at for call in asked] == [T0 + 3_000, T0 + 4_000]


@pytest.mark.parametrize(
    "other",
    [
        ask(given={"command": "ls"}),
        ask("PowerShell"),
        of_agent(ask()),
        {**ask(), "session_id": "s2"},
    ],
)
def test_an_ask_without_a_matching_call_belongs_to_none(other: Body) -> None:
    """A wrong match would show a person waiting for what ran by itself."""
    assert [call.asked_at for call in folded(prompt(), pre(), other).calls] == [None]


def test_an_ask_before_its_call_belongs_to_the_next_call() -> None:
    """The two events leave the client at one moment."""
    assert call_after(prompt(), ask(), pre()).asked_at == T0 + 1_000
    assert call_after(prompt(), ask(given={"b": 1, "a": 2}), pre(given={"a": 2, "b": 1})).asked_at


@pytest.mark.parametrize(
    "over", [batch(), stop(), prompt("Again", "p2"), end()], ids=lambda it: it["hook_event_name"]
)
def test_an_unmatched_ask_does_not_belong_to_a_later_call(over: Body) -> None:
    """The same command run again an hour later was not asked for then."""
    repeated_ask = [prompt(), pre(call="c1"), ask(), ask(), post(call="c1")]
    again = folded(*repeated_ask, over, pre(call="c2", given=NPM_TEST)).calls
    assert [call.asked_at for call in again] == [T0 + 2_000, None]


def test_the_same_id_in_two_sessions_is_two_calls() -> None:
    """A fork carries its parent's calls on under a new session."""
    calls = folded(prompt(), pre(), {**pre(), "session_id": "s2"}, post()).calls
    assert [(call.session_id, call.outcome) for call in calls] == [
        ("s1", "succeeded"),
        ("s2", "running"),
    ]
