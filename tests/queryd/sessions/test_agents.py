"""Test how subagents are identified, linked to their calls, ended and revived."""

from typing import Any

import pytest

from tests.queryd.hook_bodies import (
    Body,
    agent_after,
    batch,
    end,
    event,
    failure,
    folded,
    of_agent,
    of_tool,
    post,
    pre,
    prompt,
    row_after,
    seconds,
    start,
)

LOOK = {"description": "Look around", "subagent_type": "Explore"}
LAUNCH = pre("Agent", given=LOOK)
STARTED = of_agent(event("SubagentStart"))
STOPPED = of_agent(event("SubagentStop", last_assistant_message="Found it.\nThere."))


def launched(agent_id: str = "a1", call: str = "c1", given: Any = None, **fields: Any) -> Body:
    """Answer the call that launched a subagent."""
    return post("Agent", call, given or LOOK, {"agentId": agent_id, **fields})


@pytest.mark.parametrize(
    "events",
    [
        [LAUNCH, STARTED, STOPPED, launched()],
        [LAUNCH, launched(), STARTED, STOPPED],
        [LAUNCH, STARTED, launched(), STOPPED],
    ],
    ids=["in the foreground", "in the background", "in between"],
)
def test_an_agent_is_one_whenever_its_call_is_answered(events: list[Body]) -> None:
    """The answer of a foreground agent comes when the agent is done, and long out of sight."""
    after = folded(prompt(), *events)
    (agent,) = after.agents
    assert after.sessions["s1"].agent_count == 1
    assert (agent.status, agent.last_answer) == ("done", "Found it.")
    assert (agent.tool_use_id, agent.agent_type) == ("c1", "Explore")
    assert (agent.description, agent.parent_agent_id) == ("Look around", None)


def test_two_agents_of_one_type_hang_on_their_own_calls() -> None:
    """Only the result of a call names the agent that it launched."""
    find = {"description": "Find", "subagent_type": "Explore"}
    agents = folded(
        prompt(),
        pre("Agent", "c1", LOOK),
        pre("Agent", "c2", find),
        of_agent(event("SubagentStart"), "a1"),
        of_agent(event("SubagentStart"), "a2"),
        launched("a1", "c2", find),
        launched("a2", "c1"),
    ).agents
    assert [(it.agent_id, it.tool_use_id, it.description) for it in agents] == [
        ("a1", "c2", "Find"),
        ("a2", "c1", "Look around"),
    ]


def test_a_nested_agent_names_the_agent_that_made_it() -> None:
    """The inner call carries the outer agent's id; the tree is drawn from that."""
    agents = folded(
        prompt(),
        of_agent(event("SubagentStart"), "outer"),
        of_agent(pre("Agent", given=LOOK), "outer"),
        of_agent(event("SubagentStart"), "inner"),
        of_agent(launched("inner"), "outer"),
    ).agents
    assert [(it.agent_id, it.parent_agent_id) for it in agents] == [
        ("outer", None),
        ("inner", "outer"),
    ]


@pytest.mark.parametrize(
    "response", [None, "agent", {"agentId": 7}, {"agentId": ""}, {"agentId": None}, ["a1"]]
)
def test_an_answer_that_names_no_agent_links_none(response: Any) -> None:
    """Answers change their shape; one of them must not stop the folding."""
    assert folded(prompt(), LAUNCH, post("Agent", given=LOOK, response=response)).agents == []


def test_an_answer_of_another_tool_links_none() -> None:
    """An MCP server may answer with an `agentId` of its own world."""
    answer = post("mcp__crm__find", given={}, response={"agentId": "bond"})
    assert folded(prompt(), answer).agents == []


def test_any_event_of_an_agent_makes_it_known() -> None:
    """SubagentStart may have been lost, or come after the agent's first call."""
    agent = agent_after(prompt(), of_agent(pre()))
    assert (agent.status, agent.status_since, agent.agent_type) == (
        "working",
        agent.first_event_at,
        "Explore",
    )
    assert agent.current_tool is not None
    assert (agent.current_tool.tool_name, agent.current_tool.target) == ("Bash", "npm test")


def test_an_agents_call_is_not_the_main_threads() -> None:
    """What the session does now is what its main thread does; the counts are of both."""
    after = folded(prompt(), of_agent(pre()), of_agent(failure()))
    row = after.sessions["s1"]
    assert (row.tool_count, row.failure_count, row.event_count) == (1, 1, 3)
    assert row_after(prompt(), of_agent(pre())).current_tool is None
    (agent,) = after.agents
    assert (agent.tool_count, agent.failure_count, agent.event_count) == (1, 1, 2)


def test_a_stop_ends_what_an_agent_still_runs() -> None:
    """An agent cut off sends its stop, and no end of the call it was in."""
    after = folded(prompt(), pre(call="c2"), of_agent(pre()), STOPPED)
    assert [(it.tool_use_id, it.outcome) for it in after.calls] == [
        ("c2", "running"),
        ("c1", "interrupted"),
    ]
    (agent,) = after.agents
    assert (agent.status, agent.current_tool) == ("done", None)
    assert agent.ended_at == agent.last_event_at


def test_an_agent_whose_request_failed_shows_the_error_and_no_running_call() -> None:
    """A StopFailure of an agent is not the session's failure."""
    failed = of_agent(event("StopFailure", error="rate_limit"))
    after = folded(prompt(), of_agent(pre()), failed, of_agent(batch()))
    (agent,) = after.agents
    assert (agent.status, agent.status_reason) == ("failed", "rate_limit")
    assert after.sessions["s1"].status == "working"
    assert [call.outcome for call in after.calls] == ["interrupted"]


def test_late_events_do_not_revive_an_agent_but_a_call_does() -> None:
    """A batch may come after the stop; a call starts only after a message to the agent."""
    done = [prompt(), STARTED, STOPPED]
    for late in (of_agent(post()), of_agent(batch()), of_agent(failure())):
        assert agent_after(*done, late).status == "done"
    agent = agent_after(*done, of_agent(pre()))
    assert (agent.status, agent.ended_at) == ("working", None)


def test_agents_end_with_their_session() -> None:
    """What lives in a process does not outlive it; what was done stays done."""
    agents = folded(
        prompt(),
        of_agent(event("SubagentStart"), "a1"),
        of_agent(event("SubagentStart"), "a2"),
        of_agent(event("SubagentStop"), "a2"),
        of_agent(pre(), "a1"),
        end("other"),
    ).agents
    assert [(it.agent_id, it.status, it.status_reason) for it in agents] == [
        ("a1", "ended", "other"),
        ("a2", "done", None),
    ]
    assert agents[0].current_tool is None
    assert seconds(agents[0].status_since) == 5


@pytest.mark.parametrize(
    ("late", "status"),
    [
        (of_agent(event("SubagentStart")), "ended"),
        (of_agent(pre()), "ended"),
        (of_agent(post()), "ended"),
        (of_agent(of_tool("PermissionRequest", call=None)), "ended"),
        (of_agent(event("SubagentStop")), "done"),
    ],
    ids=lambda it: it["hook_event_name"] if isinstance(it, dict) else it,
)
@pytest.mark.parametrize("is_known", [True, False])
def test_an_agent_of_an_ended_session_does_not_work(
    late: Body,
    status: str,
    is_known: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Its last events overtake the session's end, and nothing would ever end it again."""
    before = [STARTED] if is_known else []
    assert agent_after(prompt(), *before, end(), late).status == status


def test_an_agent_ended_with_its_session_works_again_after_its_next_event() -> None:
    """A resumed session can go on with an agent of before."""
    agent = agent_after(prompt(), STARTED, end(), start("resume"), of_agent(post()))
    assert (agent.status, agent.ended_at) == ("working", None)


def test_the_stop_of_a_compaction_is_of_no_agent() -> None:
    """A compaction stops a subagent that never started; it must not count as one."""
    stopped = {**event("SubagentStop"), "agent_id": "a1", "agent_type": ""}
    after = folded(prompt(), stopped)
    assert (after.agents, after.sessions["s1"].agent_count) == ([], 0)


@pytest.mark.parametrize(
    "other",
    [prompt("Next", "p2"), event("Stop"), start("compact"), batch()],
    ids=lambda it: it["hook_event_name"],
)
def test_an_agent_goes_on_whatever_the_main_thread_does(other: Body) -> None:
    """Agents in the background work through the turns of the main thread."""
    after = folded(prompt(), of_agent(pre()), other)
    assert [it.status for it in after.agents] == ["working"]
    assert [it.outcome for it in after.calls] == ["running"]


def test_a_running_tree_nests_and_has_names() -> None:
    """The result of a foreground agent's call, which names both, comes when the agent is done."""
    inner = {"description": "Find usages", "subagent_type": "Explore"}
    agents = folded(
        prompt(),
        LAUNCH,
        of_agent(event("SubagentStart"), "outer"),
        of_agent(pre("Agent", "c2", inner), "outer"),
        of_agent(event("SubagentStart"), "inner"),
    ).agents
    assert [(it.agent_id, it.description, it.parent_agent_id) for it in agents] == [
        ("outer", "Look around", None),
        ("inner", "Find usages", "outer"),
    ]
    assert [(it.tool_use_id, it.agent_type) for it in agents] == [
        ("c1", "Explore"),
        ("c2", "Explore"),
    ]


def test_a_running_agent_is_of_a_call_of_its_type() -> None:
    """Two calls of a batch start their agents in either order."""
    plan = {"description": "Plan it", "subagent_type": "Plan"}
    agents = folded(
        prompt(),
        LAUNCH,
        pre("Agent", "c2", plan),
        of_agent(event("SubagentStart"), "a2", "Plan"),
        of_agent(event("SubagentStart"), "a1"),
        of_agent(event("SubagentStart"), "a3"),
    ).agents
    assert {it.agent_id: it.description for it in agents} == {
        "a1": "Look around",
        "a2": "Plan it",
        "a3": None,
    }


def test_the_result_of_a_call_corrects_a_guess_about_another_agent() -> None:
    """Two agents of one type: the first one to start may be of the second call."""
    find = {"description": "Find", "subagent_type": "Explore"}
    started = [
        *(prompt(), LAUNCH, pre("Agent", "c2", find)),
        *(of_agent(event("SubagentStart"), "a1"), of_agent(event("SubagentStart"), "a2")),
    ]

    def descriptions(*events: Body) -> list[str | None]:
        return [it.description for it in folded(*started, *events).agents]

    assert descriptions() == ["Look around", "Find"]
    assert descriptions(launched("a1", "c2", find)) == ["Find", "Look around"]
    assert descriptions(of_agent(STOPPED, "a1"), launched("a1", "c2", find)) == [
        "Find",
        "Look around",
    ]


def test_a_call_that_arrives_after_its_agents_start_names_it() -> None:
    """The hooks of both are fired within milliseconds."""
    events = (prompt(), (2.01, of_agent(event("SubagentStart"))), (2, LAUNCH))
    assert agent_after(*events).description == "Look around"


def test_an_agent_keeps_its_name_when_its_session_ends() -> None:
    """No result of its call will come."""
    agent = agent_after(prompt(), LAUNCH, STARTED, end())
    assert (agent.status, agent.description, agent.tool_use_id) == ("ended", "Look around", "c1")


def test_a_call_that_ended_without_an_agent_names_no_later_one() -> None:
    """A refused call launches nothing."""
    refused = of_tool("PermissionDenied", "Agent", "c1", LOOK, reason="no")
    assert agent_after(prompt(), LAUNCH, refused, STARTED).description is None
