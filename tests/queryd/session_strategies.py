"""Generate the events of sessions, likely and unlikely: repeated, out of order, incomplete."""

from typing import Any, Final

from hypothesis import strategies as st

from tests.queryd.folded_views import Bodies

# Few names, and the usual ones often, so that events concern the same things.
SESSIONS: Final = ("s1", "s1", "s1", "s2")
AGENTS: Final = (None, None, None, "a1", "a2")
CALLS: Final = ("toolu_1", "toolu_2", "toolu_3")
PROMPTS: Final = ("p1", "p2", "p3", None)
INPUTS: Final[dict[str, list[Any]]] = {
    "Bash": [{"command": "npm test"}, {"command": "ls"}],
    "Edit": [{"file_path": "/w/a.py", "old_string": "a", "new_string": "b\nc"}],
    "Write": [{"file_path": "/w/b.py", "content": "x\n"}, {"file_path": 7}],
    "AskUserQuestion": [{"questions": [{"question": "Which?"}]}, {}],
    "Agent": [{"description": "Look", "subagent_type": "Explore"}],
    "mcp__db__query": [{"sql": "SELECT 1"}, None],
}
TEXTS: Final = (
    "File written.",
    "<tool_use_error>String to replace not found</tool_use_error>",
    "Claude requested permissions to write to a, but you haven't granted it yet.",
    "Exit code 2\nboom",
    None,
)
TASK: Final = {"id": "a1", "type": "subagent", "status": "running", "description": "Look"}

tools: Final = st.sampled_from(sorted(INPUTS)).flatmap(
    lambda name: st.fixed_dictionaries(
        {"tool_name": st.just(name), "tool_input": st.sampled_from(INPUTS[name])}
    )
)
durations: Final = st.sampled_from([None, 0, 7, 250, -5, 1.5, True, "9", 10**30])
call_ids: Final = st.sampled_from(CALLS)


def _fields(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"hook_event_name": st.just(name), **fields})


def _of_tool(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(tools, _fields(name, **fields)).map(lambda both: {**both[0], **both[1]})


_prompts: Final = _fields(
    "UserPromptSubmit",
    prompt=st.sampled_from(
        ["Fix it", "<task-notification>\n<task-id>a1</task-id>", None, "  \nSecond line"]
    ),
)
_pres: Final = _of_tool("PreToolUse", tool_use_id=call_ids)
_posts: Final = _of_tool(
    "PostToolUse",
    tool_use_id=call_ids,
    duration_ms=durations,
    tool_response=st.sampled_from(
        [
            {"type": "create"},
            {"agentId": "a1", "status": "async_launched"},
            {"structuredPatch": [{"lines": ["+x", "-y", " z"]}]},
            {"interrupted": True},
            "text",
            None,
        ]
    ),
)

_others: Final = st.one_of(
    _fields(
        "SessionStart",
        source=st.sampled_from(["startup", "resume", "compact", "clear", "fork"]),
        context_tokens=st.sampled_from([None, 0, 50_000]),
        model=st.sampled_from([None, "claude-sonnet-4-6[1m]"]),
    ),
    _fields("SessionEnd", reason=st.sampled_from(["other", "clear", None])),
    _of_tool("PermissionRequest"),
    _of_tool("PermissionDenied", tool_use_id=call_ids, reason=st.just("no")),
    _of_tool(
        "PostToolUseFailure",
        tool_use_id=call_ids,
        duration_ms=durations,
        error=st.sampled_from(["Exit code 1\nno", "ENOENT: /w/a.py", 5]),
        is_interrupt=st.booleans(),
    ),
    _fields(
        "PostToolBatch",
        tool_calls=st.lists(
            st.tuples(
                tools,
                st.fixed_dictionaries(
                    {"tool_use_id": call_ids, "tool_response": st.sampled_from(TEXTS)}
                ),
            ).map(lambda both: {**both[0], **both[1]}),
            max_size=3,
        ),
    ),
    _fields("SubagentStart"),
    _fields("SubagentStop", last_assistant_message=st.just("Found it."), agent_type=st.just("")),
    _fields("SubagentStop", last_assistant_message=st.just("Found it.")),
    _fields(
        "Stop",
        last_assistant_message=st.sampled_from(["Done.\nReally.", None]),
        background_tasks=st.sampled_from([[], [TASK], [{"id": "b"}, TASK], None, [3]]),
    ),
    _fields("StopFailure", error=st.just("rate_limit")),
    _fields(
        "Notification",
        notification_type=st.sampled_from(
            ["permission_prompt", "idle_prompt", "elicitation_dialog", "elicitation_response", 3]
        ),
        message=st.just("Claude waits"),
    ),
    _fields("PreCompact"),
    _fields("PostCompact"),
    _fields("Elicitation", mcp_server_name=st.just("db"), message=st.just("Name?")),
    _fields("ElicitationResult", mcp_server_name=st.just("db")),
    _fields("PostModelSwitch", to_model=st.sampled_from(["opus", "haiku", None])),
    _fields("MessageDisplay", delta=st.just("Hello")),
    _fields("UnknownEvent", tool_calls=st.just("?"), session_title=st.sampled_from(["T", 4, None])),
)

REQUESTS: Final = ("req_1", "req_2", "req_3", None)
MESSAGES: Final = ("msg_1", "msg_2", "msg_3")
COUNTS: Final = (0, 3, "12", 250_000)
MODELS: Final = ("claude-opus-5-5", "claude-haiku-5-5", "<synthetic>", "unknown-model", None)
LIMITS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"used_percentage": 3, "resets_at": 1_700_010_000},
    {"used_percentage": 60.5},
)
counts: Final = st.sampled_from(COUNTS)
models: Final = st.sampled_from(MODELS)


def _record(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a record in an envelope."""
    return st.fixed_dictionaries({"hook_event_type": st.just(name), **fields})


records: Final = st.one_of(
    _record(
        "api_request",
        request_id=st.sampled_from(REQUESTS),
        model=models,
        query_source=st.sampled_from(["sdk", "compact", "agent:builtin:Explore", None]),
        input_tokens=counts,
        output_tokens=counts,
        cost_usd=st.sampled_from([0.25, "0.5", None]),
        duration_ms=durations,
        ttft_ms=st.sampled_from([None, 7]),
    ),
    _record(
        "usage",
        request_id=st.sampled_from(REQUESTS),
        message_id=st.sampled_from(MESSAGES),
        model=models,
        usage=st.fixed_dictionaries({"input_tokens": counts, "output_tokens": counts}),
    ),
    _record(
        "status_line",
        model=st.sampled_from([{"id": "claude-opus-5-5"}, {}]),
        cost=st.sampled_from([{"total_cost_usd": usd} for usd in (0, 0.25, 0.5, 2)] + [None]),
        context_window=st.sampled_from(
            [
                {"context_window_size": 200_000, "current_usage": {"input_tokens": 9_000}},
                {"current_usage": None},
            ]
        ),
        rate_limits=st.sampled_from([None, {"five_hour": LIMITS[1]}, {"seven_day": LIMITS[2]}]),
    ),
    _record(
        "compaction",
        pre_tokens=st.just("150000"),
        post_tokens=st.sampled_from(["2000", None]),
        success=st.sampled_from(["true", "false"]),
    ),
    _record("api_error", status_code=st.sampled_from([529, None]), error=st.just("Overloaded")),
    _record("api_retries_exhausted", error=st.just("Overloaded")),
    _record(
        "tool_decision",
        tool_use_id=call_ids,
        decision=st.sampled_from(["accept", "reject"]),
        source=st.sampled_from(["config", "user_reject"]),
    ),
)
events: Final = st.one_of(_prompts, _pres, _pres, _posts, _others, _others, records, records)


def _body(
    session: str, agent: str | None, prompt: str | None, fields: dict[str, Any]
) -> dict[str, Any]:
    common: dict[str, Any] = {"session_id": session, "cwd": "/w/shop", "permission_mode": "default"}
    if prompt is not None:
        common["prompt_id"] = prompt
    if "hook_event_type" in fields:
        return _enveloped(session, agent, prompt, fields)
    if agent is not None:
        common |= {"agent_id": agent, "agent_type": "Explore"}
    return {**common, **fields}


def _enveloped(
    session: str, agent: str | None, prompt: str | None, fields: dict[str, Any]
) -> dict[str, Any]:
    """Wrap a record in an envelope."""
    payload = {**fields, "prompt.id": prompt}
    envelope: dict[str, Any] = {
        "session_id": session,
        "hook_event_type": payload.pop("hook_event_type"),
        "payload": payload,
    }
    if isinstance(fields.get("model"), str):
        envelope["model_name"] = fields["model"]
    if agent is not None:
        envelope["agent_id"] = agent
    return envelope


bodies: Final = st.builds(
    _body, st.sampled_from(SESSIONS), st.sampled_from(AGENTS), st.sampled_from(PROMPTS), events
)


@st.composite
def event_sequences(draw: st.DrawFn) -> Bodies:
    """Draw events whose times mostly ascend; some are repeated."""
    drawn = draw(st.lists(bodies, min_size=8, max_size=60))
    at = 1_700_000_000_000
    sequence: Bodies = []
    for body in drawn:
        at += draw(st.sampled_from([0, 3, 40, 6_000, -200, -9_000, 400_000]))
        sequence += [(at, body)] * draw(st.sampled_from([1, 1, 1, 2]))
    return sequence
