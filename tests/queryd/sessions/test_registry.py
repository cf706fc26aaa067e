"""Repair statuses by Claude Code's registry of processes: each row of what hooks do not report.

Times are those measured on the real client: how long after a key the registry's file is written.
"""

import pytest

from queryd.sessions.read import one_session
from queryd.sessions.rows import AskRow, SessionRow
from tests.queryd.folded_views import fold_all, fold_one_by_one, reader_over
from tests.queryd.hook_bodies import (
    T0,
    Body,
    Timed,
    ask,
    busy,
    end,
    event,
    event_sequence,
    folded,
    notification,
    of_agent,
    of_tool,
    post,
    pre,
    prompt,
    row_after,
    seconds,
    start,
    state,
    status_after,
    stop,
    task,
)

BY_USER = "stopped by the user"
ENDED = "its process has ended"
REFUSED = event("tool_decision", tool_use_id="c1", decision="reject", source="user_reject")
MCP_SERVER = {"mcp_server_name": "db", "message": "Name?"}


def idle(pid: int = 7) -> Body:
    return state("idle", pid=pid)


def waiting(waiting_for: str = "permission prompt") -> Body:
    return state("waiting", waiting_for)


def process_ended(pid: int = 7, reason: str = "process_ended") -> Body:
    return {**state("", pid=pid), "hook_event_name": "session_gone", "reason": reason}


def asks_after(*events: Timed) -> list[tuple[str, str, float | None]]:
    """Return kind and outcome of each ask, and how many seconds it took."""
    return [(it.kind, it.outcome, took(it)) for it in row_after(*events).asks]


def took(row: AskRow) -> float | None:
    return None if row.ended_at is None else (row.ended_at - row.asked_at) / 1_000


def row_at(now: int, *events: Timed) -> SessionRow:
    """Return a session's row as of a later time."""
    with reader_over(event_sequence(*events)) as views:
        row = one_session(views, "s1", now=now)
    assert row is not None
    return row


def of(row: SessionRow) -> tuple[str, str | None, str]:
    return row.status, row.status_reason, row.status_source


WORKING = (start(), prompt(), (1.04, busy()))
CALLING = (*WORKING, (2, pre()))
ASKING = (*CALLING, (2.1, ask()), (2.13, waiting()))


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("Esc in text", (*WORKING, (4.2, idle()))),
        ("Esc in a tool", (*CALLING, (4.18, idle()))),
        ("Esc at a prompt", (*ASKING, (4.6, idle()))),
        ("No at a prompt", (*ASKING, (4.46, idle()))),
        (
            "Esc at a question",
            (
                *WORKING,
                (2, of_tool("PreToolUse", "AskUserQuestion")),
                (2.2, waiting("input needed")),
                (4.4, idle()),
            ),
        ),
        ("only background commands run", (*WORKING, (4.2, state("shell")))),
    ],
)
def test_what_the_user_stops_is_interrupted(name: str, events: tuple[Timed, ...]) -> None:
    """No hook reports any of these: the session would look busy, or wait, for ever."""
    row = row_after(*events)
    assert of(row) == ("interrupted", BY_USER, "registry"), name
    assert seconds(row.status_since) >= 4
    assert row.current_tool is None
    assert {it.outcome for it in folded(*events).calls} <= {"interrupted"}
    assert {it.outcome for it in row.asks} <= {"expired"}


def test_an_answer_is_no_interruption() -> None:
    """The file says idle only after Stop, once all its hooks have returned."""
    assert status_after(*WORKING, (3, stop()), (3.75, idle()))[:2] == ("done", None)


def test_a_failed_turn_stays_failed() -> None:
    failed = event("StopFailure", error="rate_limit")
    assert status_after(*WORKING, (3, failed), (3.03, idle()))[0] == "failed"


def test_a_late_stop_corrects_an_interruption() -> None:
    """It waited in a spool, with the time at which it fired."""
    events: tuple[Timed, ...] = (*CALLING, (4.5, idle()), (4.1, stop("All done.")))
    row = row_after(*events)
    assert of(row) == ("done", None, "hook")
    assert row.last_answer == "All done."


def test_late_events_of_before_do_not_revive_an_interrupted_session() -> None:
    late = (*CALLING, (4.5, idle()), (3.1, post()))
    assert status_after(*late)[0] == "interrupted"
    assert [it.outcome for it in folded(*late).calls] == ["succeeded"]


def test_the_next_prompt_ends_an_interruption() -> None:
    row = row_after(*CALLING, (4.5, idle()), (9, prompt("Again", "p2")))
    assert of(row) == ("working", None, "hook")


def test_an_idle_state_of_before_the_prompt_is_ignored() -> None:
    """Records come later than hooks, and in any order beside them."""
    assert status_after(start(), (5, prompt()), (4, idle()))[0] == "working"
    again = (*WORKING, (5, stop()), (6, prompt("x", "p2")))
    assert status_after(*again, (5.4, idle()))[0] == "working"


def test_a_busy_state_of_before_the_stop_is_ignored() -> None:
    """A short turn is over before its first state is recorded."""
    assert status_after(start(), (1, prompt()), (1.15, stop()), (1.04, busy()))[0] == "done"


def test_a_crash_ends_a_session() -> None:
    """Kill -9 sends no hook, and the file says busy for ever."""
    row = row_after(*CALLING, (6, process_ended()))
    assert of(row) == ("ended", ENDED, "registry")
    assert (row.end_reason, row.ended_at) == (ENDED, row.status_since)
    assert [it.outcome for it in folded(*CALLING, (6, process_ended())).calls] == ["interrupted"]


def test_a_session_end_explains_what_the_registry_saw_first() -> None:
    """A terminal that is closed: its process may be gone before SessionEnd arrives."""
    row = row_after(*WORKING, (6, process_ended()), (5.9, end("prompt_input_exit")))
    assert (*of(row), row.end_reason) == ("ended", "prompt_input_exit", "hook", "prompt_input_exit")


def test_the_end_of_a_process_after_session_end_changes_nothing() -> None:
    row = row_after(*WORKING, (5, end("clear")), (6, process_ended()))
    assert of(row) == ("ended", "clear", "hook")


def test_a_session_in_two_processes_ends_with_the_second() -> None:
    events = (*WORKING, busy(8), process_ended(7))
    assert status_after(*events)[0] == "working"
    assert status_after(*events, process_ended(8))[:2] == ("ended", ENDED)


def test_a_session_in_two_processes_is_busy_while_either_is() -> None:
    assert status_after(*WORKING, busy(8), idle(7))[0] == "working"
    assert status_after(*WORKING, busy(8), idle(7), idle(8))[0] == "interrupted"


def test_a_process_that_leaves_a_session_ends_it() -> None:
    """After /clear the process goes on with another; its SessionEnd may never come."""
    row = row_after(*WORKING, (3, stop()), (5, process_ended(reason="session_left")))
    assert of(row) == ("ended", "its process went on with another session", "registry")


def test_a_resumed_session_lives_again_without_any_hook() -> None:
    ended = (*WORKING, (6, process_ended()))
    assert status_after(*ended, (9, idle(8)))[0] == "done"
    assert status_after(*ended, (9, busy(8)))[0] == "working"


def test_what_the_registry_says_late_of_an_ended_process_does_not_revive_it() -> None:
    assert status_after(*WORKING, (6, process_ended()), (5, busy(8)))[0] == "ended"


@pytest.mark.parametrize(
    ("record", "status", "reason"),
    [
        (busy(), "working", None),
        (idle(), "done", "no prompt yet"),
        (waiting(), "needs_permission", "permission prompt, seen in Claude Code's registry"),
        (
            waiting("input needed"),
            "needs_input",
            "input needed, seen in Claude Code's registry",
        ),
        (waiting("dialog open"), "done", "no prompt yet"),
        (state("something new"), "done", "no prompt yet"),
    ],
)
def test_a_session_from_before_connect_appears(
    record: Body, status: str, reason: str | None
) -> None:
    """And in an editor, which notifies no one."""
    row = row_after({**record, "cwd": "/home/dev/shop", "client_version": "2.1.330"})
    assert (row.status, row.status_reason) == (status, reason)
    assert (row.cwd, row.client_version, row.event_count) == ("/home/dev/shop", "2.1.330", 0)


def test_a_hooks_ask_replaces_what_the_registry_says_of_it() -> None:
    """PermissionRequest may wait in a spool."""
    row = row_after(*CALLING, (2.13, waiting()), (2.1, ask()))
    assert of(row) == ("needs_permission", "Bash npm test", "hook")
    assert [(it.source, it.outcome) for it in row.asks if it.outcome == "open"] == [
        ("hook", "open")
    ]


def test_an_ask_reported_by_both_is_one() -> None:
    assert [(it.source, it.text) for it in row_after(*ASKING).asks] == [("hook", "Bash npm test")]


def test_a_yes_ends_the_ask_though_the_command_runs_on() -> None:
    """Until its PostToolUse, maybe ten minutes later, the session would look as if it waited."""
    row = row_after(*ASKING, (13.1, busy()))
    assert of(row)[0] == "working"
    assert asks_after(*ASKING, (13.1, busy()), (60, post())) == [("permission", "allowed", 11.0)]


def test_of_two_prompts_the_second_is_asked_again_with_its_text() -> None:
    """Calls run side by side ask one after the other, and the file may say busy in between."""
    listing = {"command": "ls"}
    calls = (*CALLING, (2.1, pre(call="c2", given=listing)))
    two = (*calls, (3.1, ask()), (3.2, ask(given=listing)), (3.3, waiting()), (5, busy()))
    assert row_after(*two).status == "working"
    row = row_after(*two, (5.01, waiting()))
    assert of(row) == ("needs_permission", "Bash ls", "hook")
    assert [it.outcome for it in row.asks] == ["allowed", "open"]


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (post(), "allowed"),
        (of_tool("PostToolUseFailure", error="Exit code 1"), "allowed"),
        (of_tool("PermissionDenied", reason="no"), "denied"),
        (REFUSED, "denied"),
        (event("tool_decision", tool_use_id="c1", decision="accept", source="user"), "allowed"),
        (prompt("Next", "p2"), "expired"),
        (notification("idle_prompt"), "expired"),
        (end(), "expired"),
        (idle(), "expired"),
        (process_ended(), "expired"),
    ],
)
def test_every_ask_ends_with_an_outcome(ending: Body, outcome: str) -> None:
    assert asks_after(*ASKING, (13.1, ending)) == [("permission", outcome, 11.0)]


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (REFUSED, "denied"),
        ({**post(), "tool_response": "x"}, "allowed"),
    ],
)
def test_what_is_known_later_explains_how_an_ask_ended(later: Body, outcome: str) -> None:
    """Telemetry and spooled results come seconds after the registry."""
    assert asks_after(*ASKING, (4.5, idle()), (4.4, later))[0][1] == outcome


@pytest.mark.parametrize(
    ("action", "outcome"), [("accept", "allowed"), ("decline", "denied"), ("cancel", "expired")]
)
def test_a_servers_question_has_an_outcome(action: str, outcome: str) -> None:
    events = (*WORKING, event("Elicitation", **MCP_SERVER))
    answer = event("ElicitationResult", mcp_server_name="db", action=action)
    assert [it[:2] for it in asks_after(*events, answer)] == [("question", outcome)]


def test_esc_ends_the_subagents_of_the_turn() -> None:
    """They run within the main thread's call, and send no SubagentStop."""
    launched = of_agent(event("SubagentStart"))
    after = folded(*CALLING, launched, of_agent(pre(call="c9")), (9, idle()))
    assert [(it.status, it.status_source) for it in after.agents] == [("interrupted", "registry")]
    assert {it.outcome for it in after.calls} == {"interrupted"}


def test_an_idle_session_has_no_background_tasks() -> None:
    """Their end is reported with the next prompt only."""
    resting = (*WORKING, (3, stop(tasks=[task("b1", "Build")])))
    assert status_after(*resting, (3.4, state("shell")))[0] == "background"
    assert status_after(*resting, (60, idle()))[0] == "done"


def test_a_live_busy_process_is_never_quiet() -> None:
    """A call may run for hours."""
    later = T0 + 3 * 3_600_000
    assert row_at(later, *CALLING).status == "working"
    assert row_at(later, start(), prompt(), pre()).status == "quiet"
    assert row_at(later, *CALLING, (3, idle())).status == "interrupted"


def test_batches_make_no_difference() -> None:
    events = event_sequence(
        *ASKING, (4.5, idle()), (6, prompt("x", "p2")), (6.1, busy()), (7, process_ended())
    )
    assert fold_all(events) == fold_one_by_one(events)


def test_a_waiting_state_that_arrives_after_the_answer_asks_nothing() -> None:
    """Telemetry reported a No before the registry's record of the prompt had arrived."""
    events: list[Timed] = [prompt(), pre(), (3, ask()), (5, REFUSED), (4.9, waiting()), (6, idle())]
    assert row_after(*events[:-1]).status == "working"
    assert asks_after(*events) == [("permission", "denied", 2.0)]


def calls_waited(*events: Timed) -> list[tuple[str, float | None]]:
    """Return the outcome of each call, and how many seconds it waited."""
    return [
        (it.outcome, None if it.waiting_ms is None else it.waiting_ms / 1_000)
        for it in folded(*events).calls
    ]


@pytest.mark.parametrize(
    ("over", "ended", "outcome"),
    [
        ([(32, idle())], 32, "interrupted"),
        ([(32, REFUSED)], 32, "denied"),
        ([(32, idle()), (40, REFUSED)], 40, "denied"),
        ([(32, prompt("No, do this", "p2"))], 32, "interrupted"),
    ],
    ids=["registry", "telemetry", "registry, then telemetry", "next prompt"],
)
def test_a_no_without_a_hook_counts_as_waiting(
    over: list[Timed], ended: float, outcome: str
) -> None:
    """A call that never ran has waited from the request until the refusal."""
    assert calls_waited(prompt(), pre(), (2, ask()), *over) == [(outcome, ended - 2)]


def test_an_allowed_call_that_is_stopped_has_waited_until_the_answer() -> None:
    """The minutes in which it ran are no waiting time."""
    events: list[Timed] = [prompt(), pre(), (2, ask()), (2, waiting()), (12, busy()), (600, idle())]
    assert calls_waited(*events) == [("interrupted", 10)]


def test_a_result_that_comes_after_all_corrects_the_waiting_time() -> None:
    late = post(took_ms=3_000)
    events: list[Timed] = [prompt(), pre(), (2, ask()), (12, busy()), (20, idle()), (25, late)]
    assert calls_waited(*events) == [("succeeded", 21)]


@pytest.mark.parametrize("waiting_for", ["permission prompt", "input needed"])
def test_a_prompt_seen_by_the_registry_alone_is_that_of_the_only_open_call(
    waiting_for: str,
) -> None:
    """Some hooks are missing: the call would seem to run while it waits."""
    events: list[Timed] = [prompt(), pre(), (2, waiting(waiting_for))]
    (call,) = folded(*events).calls
    (row,) = row_after(*events).asks
    assert (call.outcome, row.tool_use_id, row.tool_name) == ("waiting", "c1", "Bash")
    (call,) = folded(*events, (9, busy())).calls
    assert (call.outcome, call.waiting_ms) == ("running", 7_000)
    assert row_after(*events, (9, busy())).asks[0].outcome == "allowed"


@pytest.mark.parametrize(
    "other",
    [pre(call="c2", given={"command": "ls"}), of_agent(pre(call="c2"))],
    ids=["of the main thread", "of a subagent"],
)
def test_a_prompt_seen_by_the_registry_alone_is_of_no_call_where_several_are_open(
    other: Body,
) -> None:
    events: list[Timed] = [prompt(), pre(), other, (3, waiting())]
    assert [it.outcome for it in folded(*events).calls] == ["running", "running"]
    (row,) = row_after(*events).asks
    assert (row.tool_use_id, row.outcome) == (None, "open")


def test_a_hooks_ask_after_the_registrys_belongs_to_the_same_call() -> None:
    events: list[Timed] = [prompt(), pre(), (2, waiting()), (2, ask()), (12, busy()), (15, post())]
    (row,) = row_after(*events).asks
    assert (row.tool_use_id, row.outcome, row.source) == ("c1", "allowed", "hook")
    assert calls_waited(*events) == [("succeeded", 14)]
