"""Claude Code's own texts: notifications of background tasks, API errors, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connect.demo.bodies import Body, EventFrame
    from connect.demo.calls import DemoCall
    from connect.demo.material.parts import AgentTask, ShellCommand, TodoEntry

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


def running_agent(frame: EventFrame, task: AgentTask) -> Body:
    return {
        "id": frame.agent_id,
        "type": "subagent",
        "status": "running",
        "description": task.description,
        "agent_type": task.agent_type,
    }


def running_command(shell_id: str, run: ShellCommand) -> Body:
    return {
        "id": shell_id,
        "type": "shell",
        "status": "running",
        "description": run.description,
        "command": run.command,
    }


def agent_finished(call: DemoCall, task: AgentTask, frame: EventFrame, took_ms: int) -> str:
    """Return the prompt that reports the end of a background agent."""
    tools = len(task.actions)
    summary = f'Agent "{task.description}" finished'
    return _notification(
        frame,
        frame.agent_id or "",
        call,
        summary,
        f"<note>{AGENT_NOTE}</note>",
        f"<result>{task.report}</result>",
        f"<usage><subagent_tokens>{9_000 + 2_100 * tools}</subagent_tokens>"
        f"<tool_uses>{tools}</tool_uses><duration_ms>{took_ms}</duration_ms></usage>",
    )


def command_finished(call: DemoCall, shell_id: str, frame: EventFrame) -> str:
    """Return the prompt that reports the end of a background command."""
    described = call.tool_input["description"]
    summary = f'Background command "{described}" completed (exit code 0)'
    return _notification(frame, shell_id, call, summary)


def task_entry(number: int, todo: TodoEntry) -> Body:
    """Return the fields of TaskCreated and TaskCompleted."""
    return {
        "task_id": str(number),
        "task_subject": todo.subject,
        "task_description": todo.description,
    }


def summary(project: str) -> str:
    """Return the summary that a compaction leaves."""
    return (
        f"<analysis>\nThe user worked on {project}.\n</analysis>\n\n<summary>\n"
        "1. Primary Request: fix what was reported, and keep the tests green.\n"
        "2. Files: those edited above.\n3. Pending: nothing.\n</summary>"
    )


def _notification(frame: EventFrame, task_id: str, call: DemoCall, summary: str, *more: str) -> str:
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
