"""Build the hook bodies of a session.

Each function makes one body; `event_sequence` adds a session, a prompt and times a second apart
where a body has none.
"""

from typing import Any

from queryd.sessions.rows import AgentRow, CallRow, SessionRow
from tests.queryd.folded_views import Bodies, Folded, fold_one_by_one, fold_step_by_step

T0 = 1_700_000_000_000
CWD = "/home/dev/shop"
Body = dict[str, Any]
Timed = Body | tuple[float, Body]
"""A body, or one with the second at which it was sent; later bodies count from there."""
NPM_TEST = {"command": "npm test"}
MULTIPLE_CHOICE = {"questions": [{"question": "Which database?"}]}


def event_sequence(*events: Timed) -> Bodies:
    """Return the bodies of one session with times, the first at second 0."""
    bodies: Bodies = []
    second = -1.0
    for event in events:
        second, body = event if isinstance(event, tuple) else (second + 1, event)
        common = {"session_id": "s1", "cwd": CWD, "prompt_id": "p1"}
        bodies.append((T0 + round(second * 1000), {**common, **body}))
    return bodies


def row_after(*events: Timed) -> SessionRow:
    """Return the row of the last event's session, as of that event."""
    return rows_after_each(*events)[-1]


def rows_after_each(*events: Timed) -> list[SessionRow]:
    """Return, after each event, the row of its session."""
    return list(fold_step_by_step(event_sequence(*events)))


def status_after(*events: Timed) -> tuple[str, str | None, float]:
    """Return the status, its reason, and since which second."""
    row = row_after(*events)
    return row.status, row.status_reason, seconds(row.status_since)


def seconds(ms: int) -> float:
    """Return a time as seconds since the first event."""
    return (ms - T0) / 1000


def folded(*events: Timed) -> Folded:
    """Fold events one by one."""
    return fold_one_by_one(event_sequence(*events))


def call_after(*events: Timed) -> CallRow:
    """Return the only call of some events."""
    (call,) = folded(*events).calls
    return call


def agent_after(*events: Timed) -> AgentRow:
    """Return the only subagent of some events."""
    (agent,) = folded(*events).agents
    return agent


def of_agent(body: Body, agent_id: str = "a1", agent_type: str = "Explore") -> Body:
    """Make it an event of a subagent."""
    return {**body, "agent_id": agent_id, "agent_type": agent_type}


def event(name: str, **fields: Any) -> Body:
    """Make any event."""
    return {"hook_event_name": name, **fields}


def start(source: str = "startup", **fields: Any) -> Body:
    """Start, resume, clear or compact; only a first prompt gives a prompt_id."""
    return event("SessionStart", source=source, prompt_id=None, **fields)


def end(reason: str = "other") -> Body:
    """End the session."""
    return event("SessionEnd", reason=reason)


def prompt(text: str = "Fix it", prompt_id: str | None = "p1", **fields: Any) -> Body:
    """Submit a prompt."""
    return event("UserPromptSubmit", prompt=text, prompt_id=prompt_id, **fields)


def task_notification(task_id: str, prompt_id: str = "p2") -> Body:
    """Submit the client's own prompt after a background task."""
    text = f"<task-notification>\n<task-id>{task_id}</task-id>\n</task-notification>"
    return prompt(text, prompt_id)


def stop(answer: str = "Done.", tasks: Any = (), **fields: Any) -> Body:
    """Stop the main thread."""
    return event("Stop", last_assistant_message=answer, background_tasks=tasks, **fields)


def task(task_id: str, description: str, status: str = "running") -> Body:
    """Describe a background task, as a Stop lists it."""
    return {"id": task_id, "type": "shell", "status": status, "description": description}


def notification(kind: str, message: str = "Claude needs you") -> Body:
    """Notify."""
    return event("Notification", notification_type=kind, message=message)


def of_tool(
    name: str, tool: str = "Bash", call: str | None = "c1", given: Any = NPM_TEST, **fields: Any
) -> Body:
    """Make an event of a tool call."""
    ids = {} if call is None else {"tool_use_id": call}
    return event(name, tool_name=tool, tool_input=given, **ids, **fields)


def pre(tool: str = "Bash", call: str = "c1", given: Any = NPM_TEST) -> Body:
    """Start a call."""
    return of_tool("PreToolUse", tool, call, given)


def ask(tool: str = "Bash", given: Any = NPM_TEST) -> Body:
    """Request a permission; such an event does not name the call."""
    return of_tool("PermissionRequest", tool, None, given)


def post(
    tool: str = "Bash",
    call: str = "c1",
    given: Any = NPM_TEST,
    response: Any = "ok",
    took_ms: Any = 0,
) -> Body:
    """End a call with success."""
    return of_tool("PostToolUse", tool, call, given, tool_response=response, duration_ms=took_ms)


def failure(error: str = "Exit code 1\nboom", call: str = "c1", **fields: Any) -> Body:
    """End a call with an error."""
    return of_tool("PostToolUseFailure", "Bash", call, error=error, **{"duration_ms": 0, **fields})


def denied(reason: str = "Deletes the branch", call: str = "c1") -> Body:
    """Deny a call, as the classifier of auto mode does."""
    return of_tool("PermissionDenied", "Bash", call, reason=reason)


def batch(*entries: Body) -> Body:
    """Return the results of several calls to the model."""
    return event("PostToolBatch", tool_calls=list(entries))


def entry(response: Any, tool: str = "Bash", call: str = "c1", given: Any = NPM_TEST) -> Body:
    """Make an entry of a batch."""
    return {"tool_name": tool, "tool_use_id": call, "tool_input": given, "tool_response": response}


def state(status: str, waiting_for: str | None = None, pid: int = 7, **fields: Any) -> Body:
    """Make a record of a process's state, as ingestd appends it."""
    return event(
        "session_state",
        status=status,
        waiting_for=waiting_for,
        pid=pid,
        proc_start="311",
        pid_domain="linux:m:pid:[1]",
        prompt_id=None,
        **fields,
    )


def busy(pid: int = 7) -> Body:
    return state("busy", pid=pid)
