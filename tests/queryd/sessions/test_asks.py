"""Test when an ask opens, what it shows, and which events close it."""

import pytest

from tests.queryd.hook_bodies import (
    CWD,
    MULTIPLE_CHOICE,
    NPM_TEST,
    Body,
    agent_after,
    ask,
    batch,
    denied,
    end,
    event,
    failure,
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
)

EDIT = {"file_path": f"{CWD}/src/a.py", "old_string": "a", "new_string": "b"}
ASKED = (prompt(), pre(), ask())
ELICITED = (
    prompt(),
    pre("mcp__db__query", given={}),
    event("Elicitation", mcp_server_name="db", message="Which\ntable?"),
)


@pytest.mark.parametrize(
    ("tool", "given", "reason"),
    [
        ("Bash", NPM_TEST, "Bash npm test"),
        ("Write", {"file_path": f"{CWD}/a.txt", "content": "a"}, "Write a.txt"),
        ("mcp__db__query", {"sql": "SELECT 1"}, "db › query sql=SELECT 1"),
        ("ExitPlanMode", {"plan": "# Mend it"}, "ExitPlanMode # Mend it"),
        ("Bash", None, "Bash"),
        ("Bash", {"command": 7}, "Bash"),
    ],
)
def test_an_ask_says_exactly_what_it_is_for(tool: str, given: object, reason: str) -> None:
    """Anyone who is called decides by this line whether to come at once."""
    assert status_after(prompt(), pre(tool, given=given), ask(tool, given)) == (
        "needs_permission",
        reason,
        2,
    )


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (post(), "working"),
        (post(given={"command": "npm test --quick"}), "working"),
        (failure(), "working"),
        (denied(), "working"),
        (batch(), "working"),
        (prompt("No, wait", "p2"), "working"),
        (stop(), "done"),
        (event("StopFailure", error="unknown"), "failed"),
        (notification("idle_prompt"), "needs_input"),
        (start("resume"), "done"),
        (end(), "ended"),
        (event("tool_decision", tool_use_id="c1"), "working"),
        (event("tool_decision"), "working"),
    ],
    ids=lambda it: it["hook_event_name"] if isinstance(it, dict) else it,
)
def test_an_ask_is_over_with_whatever_shows_its_answer(answer: Body, status: str) -> None:
    """No event says "yes" or "no": a person must not be called to a prompt long closed."""
    assert row_after(*ASKED, answer).status == status
    # Nothing of it is left that would come back later.
    assert row_after(*ASKED, answer, prompt("Next", "p3")).status == "working"


@pytest.mark.parametrize(
    "other",
    [
        pre(call="c2", given={"command": "ls"}),
        post(call="c2"),
        post("Read", call="c2", given={}),
        failure(call="c2"),
        event("MessageDisplay"),
        notification("permission_prompt"),
        notification("auth_success"),
        event("tool_decision", tool_use_id="c2"),
        start("compact"),
        event("ConfigChange"),
        of_agent(post()),
        of_agent(batch()),
        of_agent(event("SubagentStop")),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_an_ask_stands_while_others_go_on(other: Body) -> None:
    """Parallel calls and subagents work on beside a prompt that still waits for a person."""
    assert status_after(*ASKED, other) == ("needs_permission", "Bash npm test", 2)


def test_of_two_asks_the_older_is_shown_and_then_the_younger_with_its_own_time() -> None:
    """The client asks one after the other, and the second has waited since it was asked."""
    rows = rows_after_each(
        prompt(),
        pre(call="c1"),
        pre("Edit", "c2", EDIT),
        ask(),
        ask("Edit", EDIT),
        post(call="c1"),
        post("Edit", "c2", EDIT),
    )
    assert [(row.status_reason, seconds(row.status_since)) for row in rows[3:]] == [
        ("Bash npm test", 3),
        ("Bash npm test", 3),
        ("Edit src/a.py", 4),
        (None, 6),
    ]


def test_two_asks_of_the_same_words_end_one_by_one() -> None:
    """Two equal calls are two prompts: answering one leaves the other."""
    rows = rows_after_each(
        prompt(), pre(call="c1"), pre(call="c2"), ask(), ask(), post(call="c1"), post(call="c2")
    )
    assert [(row.status, seconds(row.status_since)) for row in rows[4:]] == [
        ("needs_permission", 3),
        ("needs_permission", 4),
        ("working", 6),
    ]


def test_an_ask_may_come_before_its_call() -> None:
    """The two events leave the client at one moment, each by a connection of its own."""
    asked = [prompt(), ask(), pre()]
    assert status_after(*asked) == ("needs_permission", "Bash npm test", 1)
    assert status_after(*asked, post(call="c2")) == ("needs_permission", "Bash npm test", 1)
    assert status_after(*asked, post()) == ("working", None, 3)


def test_an_ask_for_an_unknown_call_ends_with_the_next_of_its_tool() -> None:
    """A hook that changes the input leaves an ask that no call fits; it must not stand for ever."""
    asked = [prompt(), pre(), ask(given={"command": "npm test --changed"})]
    assert status_after(*asked, post("Read", "c2", {})) == (
        "needs_permission",
        "Bash npm test --changed",
        2,
    )
    assert status_after(*asked, post()) == ("working", None, 3)


@pytest.mark.parametrize(
    "events",
    [
        [pre("AskUserQuestion", given=MULTIPLE_CHOICE)],
        [ask("AskUserQuestion", MULTIPLE_CHOICE)],
        [pre("AskUserQuestion", given=MULTIPLE_CHOICE), ask("AskUserQuestion", MULTIPLE_CHOICE)],
        [ask("AskUserQuestion", MULTIPLE_CHOICE), pre("AskUserQuestion", given=MULTIPLE_CHOICE)],
    ],
    ids=["call", "ask", "call, ask", "ask, call"],
)
def test_a_question_waits_for_input_and_is_one(events: list[Body]) -> None:
    """One or two events report it, in either order; one answer closes it."""
    assert status_after(prompt(), *events) == ("needs_input", "Which database?", 1)
    answered = post("AskUserQuestion", given=MULTIPLE_CHOICE, took_ms=5_000)
    assert row_after(prompt(), *events, answered).status == "working"


def test_of_two_questions_the_second_stands_when_the_first_is_answered() -> None:
    """Two events report each, and each has its own answer."""
    colour = {"questions": [{"question": "Which colour?"}]}
    rows = rows_after_each(
        prompt(),
        pre("AskUserQuestion", "c1", MULTIPLE_CHOICE),
        pre("AskUserQuestion", "c2", colour),
        ask("AskUserQuestion", MULTIPLE_CHOICE),
        ask("AskUserQuestion", colour),
        post("AskUserQuestion", "c1", MULTIPLE_CHOICE),
        post("AskUserQuestion", "c2", colour),
    )
    assert [(row.status, row.status_reason) for row in rows[4:]] == [
        ("needs_input", "Which database?"),
        ("needs_input", "Which colour?"),
        ("working", None),
    ]


@pytest.mark.parametrize("given", [{}, {"questions": []}, {"questions": "Which?"}, None])
def test_a_question_without_words_still_waits(given: object) -> None:
    """An ask without readable details must still show."""
    assert status_after(prompt(), pre("AskUserQuestion", given=given)) == (
        "needs_input",
        "AskUserQuestion",
        1,
    )


def test_a_question_is_not_open_if_its_answer_arrives_first() -> None:
    """The network may reorder the two; the call's start must not open an answered question."""
    answered = post("AskUserQuestion", given=MULTIPLE_CHOICE)
    asked = pre("AskUserQuestion", given=MULTIPLE_CHOICE)
    assert status_after(prompt(), answered, asked) == ("working", None, 0)


def test_a_permission_comes_before_a_question() -> None:
    """Both wait for a person; the permission holds up the work."""
    rows = rows_after_each(*ELICITED, pre(call="c2"), ask(), post(call="c2"))
    assert [(row.status, row.status_reason) for row in rows[2:]] == [
        ("needs_input", "Which"),
        ("needs_input", "Which"),
        ("needs_permission", "Bash npm test"),
        ("needs_input", "Which"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        event("ElicitationResult", mcp_server_name="db", action="accept"),
        event("ElicitationResult"),
        notification("elicitation_response"),
        post("mcp__db__query", given={}),
        of_tool("PostToolUseFailure", "mcp__db__query", given={}, error="declined"),
        batch(),
        prompt("Go on", "p2"),
        stop(),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_an_elicitation_is_over_with_its_result_or_its_call(answer: Body) -> None:
    """A form that was answered, or that the server withdrew, needs no input."""
    assert status_after(*ELICITED) == ("needs_input", "Which", 2)
    assert row_after(*ELICITED, answer).status in {"working", "done"}


@pytest.mark.parametrize(
    "other",
    [
        post("Read", "c2", {}),
        post("mcp__web__get", "c2", {}),
        event("ElicitationResult", mcp_server_name="web", action="accept"),
        notification("elicitation_dialog", "Once more"),
        notification("permission_prompt"),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_an_elicitation_stands_while_others_go_on(other: Body) -> None:
    """A file read beside it says nothing of the form that still waits."""
    assert status_after(*ELICITED, other) == ("needs_input", "Which", 2)


def test_an_elicitation_shows_that_its_call_was_allowed() -> None:
    """The server can ask only once its call runs; other asks still stand."""
    query = ("mcp__db__query", {"sql": "SELECT 1"})
    asked = [prompt(), pre(query[0], given=query[1]), ask(*query)]
    elicitation = event("Elicitation", mcp_server_name="db", message="Which?")
    assert status_after(*asked, elicitation) == ("needs_input", "Which?", 3)
    assert status_after(*ASKED, elicitation) == ("needs_permission", "Bash npm test", 2)


def test_a_server_of_any_name_is_known_by_its_tools() -> None:
    """A plugin's server is named with colons, and its tools cannot be."""
    tool = "mcp__plugin_shop_db__query"
    asks = event("Elicitation", mcp_server_name="plugin:shop:db", message="Which?")
    asked = [prompt(), pre(tool, given={}), ask(tool, {}), asks]
    assert status_after(*asked) == ("needs_input", "Which?", 3)
    assert status_after(*asked, post(tool, given={})) == ("working", None, 4)


def test_a_notification_alone_opens_a_question() -> None:
    """A set-up without the Elicitation hook still learns of it, after six seconds."""
    asked = [prompt(), notification("elicitation_dialog", "Which?")]
    assert status_after(*asked) == ("needs_input", "Which?", 1)
    assert status_after(*asked, notification("elicitation_response")) == ("working", None, 2)


def test_a_notification_alone_opens_a_permission() -> None:
    """A set-up without the PermissionRequest hook still learns of it, after six seconds."""
    asked = [prompt(), pre(), notification("permission_prompt", "Claude wants to use Bash")]
    assert status_after(*asked) == ("needs_permission", "Claude wants to use Bash", 2)
    assert status_after(*asked, post()) == ("working", None, 3)
    assert status_after(*asked, stop()) == ("done", None, 3)


def test_an_ask_of_a_subagent_names_its_type() -> None:
    """The person is asked by the session, and must know that it is not the main thread."""
    asked = [
        prompt(),
        stop(tasks=[task("a1", "Look")]),
        of_agent(pre(), "a1"),
        of_agent(ask(), "a1"),
    ]
    assert status_after(*asked) == ("needs_permission", "Explore: Bash npm test", 3)
    assert status_after(*asked, of_agent(post(), "a1")) == ("background", "1 task: Look", 4)
    agent = agent_after(*asked)
    assert (agent.status, agent.status_reason) == ("needs_permission", "Explore: Bash npm test")


def test_a_question_of_a_subagent_names_its_type() -> None:
    """The same for questions, whichever event reports it first."""
    question = ("AskUserQuestion", "c1", MULTIPLE_CHOICE)
    assert status_after(prompt(), of_agent(pre(*question))) == (
        "needs_input",
        "Explore: Which database?",
        1,
    )
    elicitation = event("Elicitation", mcp_server_name="db", message="Which?")
    assert status_after(prompt(), of_agent(elicitation)) == ("needs_input", "Explore: Which?", 1)


@pytest.mark.parametrize(
    "other",
    [
        *(post(), batch(), stop(), prompt("Next", "p2"), notification("idle_prompt")),
        of_agent(post(), "a2"),
        of_agent(batch(), "a2"),
        of_agent(event("SubagentStop"), "a2"),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_an_ask_of_a_subagent_stands_while_others_go_on(other: Body) -> None:
    """A background subagent waits at its prompt while the main thread talks with the user."""
    asked = [prompt(), of_agent(pre(), "a1"), of_agent(ask(), "a1")]
    assert status_after(*asked, other) == ("needs_permission", "Explore: Bash npm test", 2)


@pytest.mark.parametrize(
    "answer",
    [
        *(of_agent(post()), of_agent(batch()), of_agent(event("SubagentStop"))),
        *(of_agent(event("StopFailure")), of_agent(event("tool_decision"))),
        start("resume"),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_an_ask_of_a_subagent_is_over_with_the_subagents_own_events(answer: Body) -> None:
    """The mirror of it: what the subagent does next shows that it was answered."""
    asked = [prompt(), of_agent(pre()), of_agent(ask())]
    assert row_after(*asked, answer).status in {"working", "done"}


def test_an_ask_after_the_end_of_its_session_is_ignored() -> None:
    """A revived session would wait for a prompt that closed with its process."""
    late = [prompt(), of_agent(pre()), end(), of_agent(ask())]
    assert row_after(*late).status == "ended"
    assert row_after(*late, prompt("Go on", "p2")).status == "working"


def test_a_repeated_event_opens_one_ask() -> None:
    """The same hook in two settings files sends every event two times."""
    once = [prompt(), pre(), ask(), post()]
    rows = rows_after_each(*(body for body in once for _ in range(2)))
    assert [row.status for row in rows[2:]] == [
        *["working"] * 2,
        *["needs_permission"] * 2,
        *["working"] * 2,
    ]
