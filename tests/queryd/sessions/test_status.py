"""Test the transitions of the main thread that no captured session contains."""

import pytest

from tests.queryd.hook_bodies import (
    Body,
    batch,
    denied,
    end,
    event,
    failure,
    folded,
    notification,
    of_agent,
    of_tool,
    post,
    pre,
    prompt,
    row_after,
    rows_after_each,
    seconds,
    start,
    status_after,
    stop,
    task,
    task_notification,
)

BUILD = task("b1", "Build the site")
DEPLOY = task("b2", "Deploy it")


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        *((name, "working", None) for name in ("PreToolUse", "PostToolUse", "PostToolUseFailure")),
        *((name, "working", None) for name in ("PostToolBatch", "MessageDisplay")),
        *((name, "working", None) for name in ("PermissionDenied", "UserPromptSubmit")),
        ("PermissionRequest", "needs_permission", "Bash npm test"),
        ("Elicitation", "needs_input", "a server asks"),
        ("PreCompact", "working", "compacting"),
        ("Stop", "done", None),
        ("StopFailure", "failed", "failed"),
        ("SessionEnd", "ended", None),
        *(
            (name, "done", "no prompt yet")
            for name in (
                *("SessionStart", "Setup", "InstructionsLoaded", "UserPromptExpansion"),
                *("Notification", "TaskCreated", "TaskCompleted", "TeammateIdle", "PostCompact"),
                *("ElicitationResult", "PreModelSwitch", "PostModelSwitch", "ConfigChange"),
                *("CwdChanged", "FileChanged", "DirectoryAdded", "WorktreeCreate"),
                *("WorktreeRemove", "UnknownEvent"),
            )
        ),
    ],
)
def test_any_event_may_be_a_sessions_first(name: str, status: str, reason: str | None) -> None:
    """Hooks switched on in the middle of a session must show it as it is, not as it started."""
    assert status_after(of_tool(name)) == (status, reason, 0)


@pytest.mark.parametrize(
    ("first", "counted"),
    [("SubagentStart", 1), ("SubagentStop", 1), ("PreToolUse", 1)],
)
def test_a_subagents_event_may_be_a_sessions_first(first: str, counted: int) -> None:
    """Hooks switched on while subagents run in the background hear of them before anything."""
    row = row_after(of_agent(of_tool(first)))
    assert (row.status, row.agent_count, row.event_count) == ("done", counted, 1)


@pytest.mark.parametrize("source", ["startup", "clear", "something new"])
def test_a_session_that_starts_waits_for_its_first_prompt(source: str) -> None:
    """An empty session needs no one; it must not look as if it worked."""
    assert status_after(start(source)) == ("done", "no prompt yet", 0)


@pytest.mark.parametrize("source", ["resume", "fork"])
def test_a_session_that_goes_on_from_another_had_prompts(source: str) -> None:
    """Saying "no prompt yet" of a session resumed after a day's work would be wrong."""
    assert status_after(start(source)) == ("done", None, 0)


def test_a_prompt_a_call_and_a_stop_make_a_turn() -> None:
    """The plainest way of a session, status by status, with the moment of each change."""
    rows = rows_after_each(start(), prompt(), pre(), post(), batch(), stop())
    assert [(row.status, seconds(row.status_since)) for row in rows] == [
        ("done", 0),
        *[("working", 1)] * 4,
        ("done", 5),
    ]


@pytest.mark.parametrize(
    "work", [pre(), post(), failure(), denied(), batch()], ids=lambda it: it["hook_event_name"]
)
def test_work_after_a_stop_shows_that_the_session_works(work: Body) -> None:
    """A Stop hook of the user's own may send the model on; no prompt reports that."""
    assert status_after(prompt(), stop(), work) == ("working", None, 2)


@pytest.mark.parametrize(
    "name",
    [
        *("MessageDisplay", "InstructionsLoaded", "ConfigChange", "CwdChanged", "FileChanged"),
        *("TaskCompleted", "PreModelSwitch", "PostModelSwitch", "PostCompact", "UnknownEvent"),
    ],
)
def test_an_event_without_a_transition_keeps_the_status(name: str) -> None:
    """A MessageDisplay often comes after its Stop: the session must not start to work again."""
    assert status_after(prompt(), stop(), event(name)) == ("done", None, 1)


def test_an_esc_is_known_by_the_next_prompt() -> None:
    """An Esc sends nothing at all: the call it cut off must not run for ever."""
    after = folded(prompt(), pre(), prompt("Again", "p2"))
    assert [call.outcome for call in after.calls] == ["interrupted"]
    row = after.sessions["s1"]
    assert (row.status, row.current_tool, row.turn_count) == ("working", None, 2)


def test_background_tasks_keep_a_session_from_being_done() -> None:
    """The user waits for the tasks, not for the last message."""
    row = row_after(prompt(), stop(tasks=[BUILD, DEPLOY]))
    assert (row.status, row.status_reason) == ("background", "2 tasks: Build the site, Deploy it")
    assert [task.id for task in row.background_tasks] == ["b1", "b2"]


@pytest.mark.parametrize("status", ["completed", "failed", "killed", "cancelled", "stopped"])
def test_a_task_that_runs_no_more_is_not_waited_for(status: str) -> None:
    """A Stop lists finished tasks, too."""
    tasks = [task("b1", "Build the site", status), DEPLOY]
    assert status_after(prompt(), stop(tasks=tasks)) == ("background", "1 task: Deploy it", 1)
    assert status_after(prompt(), stop(tasks=tasks[:1])) == ("done", None, 1)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"id": "b1", "description": "", "command": "make\nall"}, "make"),
        ({"id": "b1", "description": 7}, "b1"),
        ({"id": "b1", "status": ["running"]}, "b1"),
    ],
)
def test_a_task_without_a_description_is_named_by_what_there_is(entry: Body, words: str) -> None:
    """An unnamed task would leave the reason empty just where it is needed."""
    assert status_after(prompt(), stop(tasks=[entry])) == ("background", f"1 task: {words}", 1)


@pytest.mark.parametrize("tasks", [None, "b1", [None, 7, {}, {"id": 7}]])
def test_a_list_of_tasks_that_is_none_is_no_task(tasks: object) -> None:
    """Older clients send none, and a field may change its shape."""
    assert status_after(prompt(), stop(tasks=tasks)) == ("done", None, 1)


@pytest.mark.parametrize("prompt_id", ["p1", "p2"])
def test_a_task_notification_takes_its_task_out_and_sets_the_model_to_work(prompt_id: str) -> None:
    """It comes with a prompt_id of its own, or in the middle of a turn with that turn's."""
    rows = rows_after_each(
        prompt(), stop(tasks=[BUILD, DEPLOY]), task_notification("b1", prompt_id)
    )
    assert (rows[-1].status, rows[-1].turn_count) == ("working", int(prompt_id[1]))
    assert [task.id for task in rows[-1].background_tasks] == ["b2"]


def test_the_end_of_the_last_subagent_ends_the_waiting() -> None:
    """The notification of it may come much later, or never when the session is closed first."""
    agents = [task("a1", "Look"), task("a2", "Find")]
    rows = rows_after_each(
        prompt(),
        stop(tasks=agents),
        of_agent(event("SubagentStop"), "a1"),
        of_agent(event("SubagentStop"), "a2"),
    )
    assert [(row.status, row.status_reason) for row in rows[1:]] == [
        ("background", "2 tasks: Look, Find"),
        ("background", "1 task: Find"),
        ("done", None),
    ]


def test_a_failed_turn_says_how_it_failed() -> None:
    """The reason is what decides whether to wait or to act: a limit passes, a bad key does not."""
    said = {"last_assistant_message": "API Error: 429\nmore", "error_details": "unused"}
    assert status_after(prompt(), event("StopFailure", error="rate_limit", **said)) == (
        "failed",
        "rate_limit: API Error: 429",
        1,
    )
    assert status_after(prompt(), event("StopFailure", error="unknown", error_details="reset")) == (
        "failed",
        "unknown: reset",
        1,
    )
    assert status_after(prompt(), event("StopFailure", error="unknown")) == ("failed", "unknown", 1)


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ([prompt()], "needs_input"),
        ([prompt(), stop()], "needs_input"),
        ([prompt(), stop(tasks=[BUILD])], "background"),
    ],
)
def test_an_idle_prompt_waits_for_a_person_unless_tasks_run(
    before: list[Body], status: str
) -> None:
    """After an Esc it is the first word that nothing happens any more."""
    row = row_after(*before, notification("idle_prompt", "Claude is waiting"))
    assert row.status == status
    assert (row.status_reason == "Claude is waiting") == (status == "needs_input")


@pytest.mark.parametrize("kind", ["auth_success", "agent_completed", None])
def test_a_notification_of_another_kind_changes_nothing(kind: str) -> None:
    """Clients gain kinds; most of them are news, not questions."""
    assert status_after(prompt(), notification(kind)) == ("working", None, 0)


def test_a_session_that_ended_says_why_and_holds_nothing_open() -> None:
    """An ended session asks nothing, runs nothing and waits for no task."""
    row = row_after(prompt(), stop(tasks=[BUILD]), pre(), end("prompt_input_exit"))
    assert (row.status, row.status_reason) == ("ended", "prompt_input_exit")
    assert (row.end_reason, row.ended_at) == ("prompt_input_exit", row.last_event_at)
    assert (row.current_tool, row.background_tasks) == (None, [])


@pytest.mark.parametrize(
    "late",
    [prompt(), pre(), post(), batch(), stop(), notification("idle_prompt"), event("PreCompact")],
    ids=lambda it: it["hook_event_name"],
)
def test_what_comes_just_after_the_end_does_not_revive(late: Body) -> None:
    """Events of one moment come in any order, so an end is often not the last word."""
    row = row_after(prompt(), (1, end()), (6, late))
    assert (row.status, row.event_count) == ("ended", 3)
    assert row.ended_at is not None


@pytest.mark.parametrize(
    ("late", "status"),
    [
        (pre(), "working"),
        (post(), "working"),
        (batch(), "working"),
        (of_tool("PermissionRequest", call=None), "needs_permission"),
    ],
    ids=lambda it: it["hook_event_name"] if isinstance(it, dict) else it,
)
def test_work_well_after_the_end_shows_that_the_session_lives(late: Body, status: str) -> None:
    """A resumed session may not report its start: http hooks are not sent that event."""
    row = row_after(prompt(), (1, end()), (6.001, late))
    assert (row.status, row.ended_at, row.end_reason) == (status, None, None)


@pytest.mark.parametrize("name", ["MessageDisplay", "Stop", "SubagentStart", "ConfigChange"])
def test_what_is_not_work_never_revives(name: str) -> None:
    """A file changed in the folder of an ended session is no life in it."""
    sent = event(name)
    assert row_after(prompt(), end(), (99, sent)).status == "ended"


@pytest.mark.parametrize(
    ("again", "shows"),
    [
        (prompt("Go on", "p2"), ("working", None, 2)),
        (prompt("Go on", None), ("working", None, 2)),
        (start("resume"), ("done", None, 2)),
        (start("startup"), ("done", "no prompt yet", 2)),
    ],
)
def test_a_new_prompt_or_a_start_revives_at_once(
    again: Body, shows: tuple[str, str | None, float]
) -> None:
    """`claude --continue` goes on in the same session, often within the second."""
    assert status_after(prompt(), end(), again) == shows
    row = row_after(prompt(), end(), again)
    assert (row.ended_at, row.end_reason) == (None, None)


def test_a_clear_ends_one_session_and_starts_another() -> None:
    """Two sessions of one terminal: the first must not stay open, the second not inherit."""
    sessions = folded(prompt(), end("clear"), {**start("clear"), "session_id": "s2"}).sessions
    assert [(row.status, row.status_reason) for row in sessions.values()] == [
        ("ended", "clear"),
        ("done", "no prompt yet"),
    ]
    assert sessions["s2"].title is None


@pytest.mark.parametrize(
    "before",
    [[prompt()], [prompt(), stop()], [prompt(), stop(tasks=[BUILD])]],
    ids=["auto, in a turn", "manual, after it", "manual, with a task"],
)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("start_first", [True, False])
def test_a_compaction_gives_back_the_state_it_came_in(
    before: list[Body],
    times: int,
    start_first: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Three events and a subagent's stop report it; it is one, and no turn."""
    ends = [start("compact"), event("PostCompact")]
    compaction = [
        event("PreCompact"),
        {**event("SubagentStop"), "agent_id": "compactor", "agent_type": ""},
        *(ends if start_first else reversed(ends)),
    ]
    doubled = [body for body in compaction for _ in range(times)]
    rows = rows_after_each(*before, *doubled)
    assert rows[len(before)].status_reason == "compacting"
    assert rows[-1].status == rows[len(before) - 1].status
    assert rows[-1].status_reason == rows[len(before) - 1].status_reason
    assert (rows[-1].compaction_count, rows[-1].agent_count, rows[-1].turn_count) == (1, 0, 1)


def test_a_task_that_ends_while_compacting_is_not_given_back() -> None:
    """A session would wait for ever for a finished task."""
    subagent = task("a1", "Look")
    rows = rows_after_each(
        prompt(),
        stop(tasks=[subagent]),
        event("PreCompact"),
        of_agent(event("SubagentStop")),
        event("PostCompact"),
    )
    assert (rows[-1].status, rows[-1].status_reason) == ("done", None)


def test_a_compaction_that_failed_leaves_no_state_behind() -> None:
    """It has no PostCompact; the next one must not bring back what was before the first."""
    failed = [prompt(), event("PreCompact"), notification("idle_prompt", "Claude is waiting")]
    assert status_after(*failed, event("PreCompact"), event("PostCompact"))[:2] == (
        "needs_input",
        "Claude is waiting",
    )


def test_a_session_run_as_an_agent_is_its_own_main_thread() -> None:
    """`claude --agent` puts agent_type on every event; only agent_id makes a subagent."""
    row = row_after({**prompt(), "agent_type": "reviewer"}, {**pre(), "agent_type": "reviewer"})
    assert (row.status, row.agent_count, row.tool_count) == ("working", 0, 1)


def test_a_resume_after_a_kill_closes_what_ran() -> None:
    """`kill -9` sends no SessionEnd: calls and subagents of the dead process run no more."""
    after = folded(
        prompt(),
        pre("Agent", given={"description": "Look"}),
        of_agent(event("SubagentStart")),
        of_agent(pre(call="c2")),
        start("resume"),
    )
    assert [call.outcome for call in after.calls] == ["interrupted", "interrupted"]
    assert [(agent.status, agent.current_tool) for agent in after.agents] == [("ended", None)]
    row = after.sessions["s1"]
    assert (row.status, row.current_tool, row.ended_at) == ("done", None, None)
