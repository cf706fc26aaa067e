"""Word what Claude Code itself says: notices of background tasks, API errors, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connect.demo.bodies import Body, Frame
    from connect.demo.calls import Call
    from connect.demo.material.parts import Errand, Run, Todo

API_ERRORS = (
    (
        "server_error",
        (
            "API Error: 529 Overloaded. This is a server-side issue, usually temporary — "
            "try again in a moment."
        ),
    ),
    (
        "rate_limit",
        (
            "API Error: Request rejected (429) · This request would exceed your account's rate "
            "limit. Please try again later."
        ),
    ),
)

AGENT_NOTE = (
    "A task-notification fires each time this agent stops with no live background children of its "
    "own. The user can send it another message and resume it, so the same task-id may notify more "
    "than once."
)

ELICITATION: Body = {
    "mcp_server_name": "tracker",
    "message": "Which priority should the ticket have?",
    "mode": "form",
    "requested_schema": {
        "type": "object",
        "properties": {"priority": {"type": "string", "title": "Priority"}},
        "required": ["priority"],
    },
}
ELICITED: Body = {
    "mcp_server_name": "tracker",
    "mode": "form",
    "action": "accept",
    "content": {"priority": "low"},
}


def running_agent(frame: Frame, errand: Errand) -> Body:
    """List a subagent among the background tasks."""
    return {
        "id": frame.agent_id,
        "type": "subagent",
        "status": "running",
        "description": errand.description,
        "agent_type": errand.agent_type,
    }


def running_command(shell_id: str, run: Run) -> Body:
    """List a command among the background tasks."""
    return {
        "id": shell_id,
        "type": "shell",
        "status": "running",
        "description": run.description,
        "command": run.command,
    }


def agent_over(call: Call, errand: Errand, frame: Frame, took_ms: int) -> str:
    """Word the prompt that tells a background agent has reported."""
    tools = len(errand.steps)
    summary = f'Agent "{errand.description}" finished'
    return _notification(
        frame,
        frame.agent_id or "",
        call,
        summary,
        f"<note>{AGENT_NOTE}</note>",
        f"<result>{errand.report}</result>",
        f"<usage><subagent_tokens>{9_000 + 2_100 * tools}</subagent_tokens>"
        f"<tool_uses>{tools}</tool_uses><duration_ms>{took_ms}</duration_ms></usage>",
    )


def command_over(call: Call, shell_id: str, frame: Frame) -> str:
    """Word the prompt that tells a background command has ended."""
    described = call.tool_input["description"]
    summary = f'Background command "{described}" completed (exit code 0)'
    return _notification(frame, shell_id, call, summary)


def task(number: int, todo: Todo) -> Body:
    """Name a task as TaskCreated and TaskCompleted do."""
    return {
        "task_id": str(number),
        "task_subject": todo.subject,
        "task_description": todo.description,
    }


def summary(project: str) -> str:
    """Word the summary a compaction leaves."""
    return (
        f"<analysis>\nThe user worked on {project}.\n</analysis>\n\n<summary>\n"
        "1. Primary Request: fix what was reported, and keep the tests green.\n"
        "2. Files: those edited above.\n3. Pending: nothing.\n</summary>"
    )


def _notification(frame: Frame, task_id: str, call: Call, summary: str, *more: str) -> str:
    lines = (
        "<task-notification>",
        f"<task-id>{task_id}</task-id>",
        f"<tool-use-id>{call.tool_use_id}</tool-use-id>",
        f"<output-file>{frame.task_folder}/{task_id}.output</output-file>",
        "<status>completed</status>",
        f"<summary>{summary}</summary>",
        *more,
        "</task-notification>",
    )
    return "\n".join(lines)
