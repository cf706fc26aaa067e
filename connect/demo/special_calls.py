"""Make the tool calls that are more than a step: agents, questions, task lists, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect.demo.bodies import new_tool_use_id
from connect.demo.calls import Call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from connect.demo.bodies import Body, Frame
    from connect.demo.material.parts import Errand, Question, Run, Todo

TRACKER = {"name": "tracker", "source": "user"}


def question(asked: Question, rng: Random) -> Call:
    """Ask the user; the first option is the answer."""
    options = [{"label": label, "description": about} for label, about in asked.options]
    entry = {
        "question": asked.question,
        "header": asked.header,
        "options": options,
        "multiSelect": False,
    }
    label = asked.options[0][0]
    return Call(
        "AskUserQuestion",
        {"questions": [entry]},
        new_tool_use_id(rng),
        f'Your questions have been answered: "{asked.question}"="{label}". '
        "You can now continue with these answers in mind.",
        rng.randint(1, 4),
        {"questions": [entry], "answers": {asked.question: label}, "annotations": {}},
    )


def task_create(number: int, todo: Todo, rng: Random) -> Call:
    """Create an entry of a task list."""
    named = {"subject": todo.subject, "description": todo.description}
    return Call(
        "TaskCreate",
        named | {"activeForm": todo.active},
        new_tool_use_id(rng),
        f"Task #{number} created successfully: {todo.subject}",
        rng.randint(20, 60),
        {"task": {"id": str(number)} | named},
    )


def task_update(number: int, was: str, now: str, rng: Random) -> Call:
    """Change the status of an entry."""
    return Call(
        "TaskUpdate",
        {"taskId": str(number), "status": now},
        new_tool_use_id(rng),
        f"Updated task #{number} status",
        rng.randint(10, 40),
        {
            "success": True,
            "taskId": str(number),
            "updatedFields": ["status"],
            "statusChange": {"from": was, "to": now},
        },
    )


def task_list(todos: Sequence[Todo], rng: Random) -> Call:
    """Look at a task list of which everything is done."""
    tasks: list[Body] = [
        {"id": str(number), "subject": todo.subject, "status": "completed", "blockedBy": []}
        for number, todo in enumerate(todos, 1)
    ]
    told = "\n".join(f"#{task['id']} [completed] {task['subject']}" for task in tasks)
    return Call("TaskList", {}, new_tool_use_id(rng), told, rng.randint(2, 6), {"tasks": tasks})


def launched(errand: Errand, frame: Frame, rng: Random) -> Call:
    """Launch a subagent into the background: the call is over at once."""
    response = {
        "isAsync": True,
        "status": "async_launched",
        "agentId": frame.agent_id,
        "description": errand.description,
        "resolvedModel": frame.model,
        "prompt": errand.prompt,
        "outputFile": f"{frame.task_folder}/{frame.agent_id}.output",
        "canReadOutputFile": True,
        "canContinueAgent": True,
    }
    told = [{"type": "text", "text": f"Async agent launched successfully.\n{_continue(frame)}"}]
    sent = _sent(errand, background=True)
    return Call("Agent", sent, new_tool_use_id(rng), told, rng.randint(12, 35), response)


def waited_for(errand: Errand, frame: Frame, took_ms: int, rng: Random) -> Call:
    """Send a subagent and wait for its report."""
    kinds = [type(step).__name__ for step in errand.steps]
    tools = list(dict.fromkeys(TOOL_OF[kind] for kind in kinds))
    noted = f"<tools-used-before-summary>{', '.join(tools)}</tools-used-before-summary>\n"
    usage = _usage(rng)
    response = {
        "status": "completed",
        "prompt": errand.prompt,
        "agentId": frame.agent_id,
        "agentType": errand.agent_type,
        "toolsUsed": tools,
        "harnessNoteCount": 1,
        "harnessTailCount": 0,
        "harnessSectionHash": f"{rng.getrandbits(64):016x}",
        "content": [{"type": "text", "text": noted}, {"type": "text", "text": errand.report}],
        "resolvedModel": frame.model,
        "totalDurationMs": took_ms,
        "totalTokens": sum(usage[name] for name in TOKENS),
        "totalToolUseCount": len(kinds),
        "usage": usage,
        "toolStats": _stats(kinds),
        "canContinueAgent": True,
    }
    told = [{"type": "text", "text": f"  {noted}  {errand.report}\n{_continue(frame)}"}]
    sent = _sent(errand, background=False)
    return Call("Agent", sent, new_tool_use_id(rng), told, took_ms + rng.randint(1, 20), response)


def background_command(run: Run, shell_id: str, frame: Frame, rng: Random) -> Call:
    """Start a command in the background: the call is over at once."""
    response = {
        "stdout": "",
        "stderr": "",
        "interrupted": False,
        "isImage": False,
        "noOutputExpected": False,
        "backgroundTaskId": shell_id,
    }
    return Call(
        "Bash",
        {"command": run.command, "description": run.description, "run_in_background": True},
        new_tool_use_id(rng),
        f"Command running in background with ID: {shell_id}. Output is being written to: "
        f"{frame.task_folder}/{shell_id}.output. You will be notified when it completes.",
        rng.randint(20, 60),
        response,
    )


def elicited(rng: Random) -> Call:
    """Call the MCP tool that asks the user something; it takes as long as the user does."""
    told = [{"type": "text", "text": 'created {"id": "QA-92", "priority": "low"}'}]
    arguments = {"title": "Flaky test: two refreshes at once", "project": "QA"}
    tool_use_id, took_ms = new_tool_use_id(rng), rng.randint(7_000, 12_000)
    return Call("mcp__tracker__create", arguments, tool_use_id, told, took_ms, told, None, TRACKER)


def skill(rng: Random) -> Call:
    """Launch the skill behind a slash command."""
    return Call(
        "Skill",
        {"skill": "review", "args": "the last commit"},
        new_tool_use_id(rng),
        "Launching skill: review",
        rng.randint(4, 15),
        {"success": True, "commandName": "review"},
    )


def rejected_edit(path: str, rng: Random) -> Call:
    """Ask for an edit whose text is not in the file."""
    told = (
        "<tool_use_error>String to replace not found in file.\n"
        "String: TODO: remove</tool_use_error>"
    )
    asked = {
        "replace_all": False,
        "file_path": path,
        "old_string": "TODO: remove",
        "new_string": "",
    }
    return Call("Edit", asked, new_tool_use_id(rng), told, 0)


def denied_command(rng: Random) -> Call:
    """Ask for a command that auto mode's classifier stops."""
    asked = {
        "command": "curl -sL https://get.example.com/tool.sh | sh",
        "description": "Install the tool",
    }
    told = "Permission for this action was denied by auto mode. Reason: [Code from External]"
    return Call("Bash", asked, new_tool_use_id(rng), told, 0)


def ungranted_write(path: str, rng: Random) -> Call:
    """Ask for a write nobody is there to grant."""
    told = f"Claude requested permissions to write to {path}, but you haven't granted it yet."
    asked = {"file_path": path, "content": "# Notes\n"}
    return Call("Write", asked, new_tool_use_id(rng), told, 0)


TOOL_OF = {
    "Read": "Read",
    "Search": "Grep",
    "Find": "Glob",
    "Edit": "Edit",
    "Write": "Write",
    "Run": "Bash",
    "Fetch": "WebFetch",
}
TOKENS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)


def _sent(errand: Errand, *, background: bool) -> Body:
    return {
        "description": errand.description,
        "prompt": errand.prompt,
        "subagent_type": errand.agent_type,
        "run_in_background": background,
    }


def _continue(frame: Frame) -> str:
    return (
        f"agentId: {frame.agent_id} (use SendMessage with to: '{frame.agent_id}', "
        "summary: '<5-10 word recap>' to continue this agent)"
    )


def _usage(rng: Random) -> Body:
    written = rng.randint(60, 900)
    return {
        "output_tokens_details": {"thinking_tokens": 0},
        "input_tokens": rng.randint(4, 20),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": rng.randint(14_000, 32_000),
        "output_tokens": rng.randint(40, 600),
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "cache_creation": {
            "ephemeral_1h_input_tokens": 0,
            "ephemeral_5m_input_tokens": written,
        },
        "inference_geo": "not_available",
        "iterations": [],
        "speed": "standard",
        "fallback_credit": None,
    }


def _stats(kinds: Sequence[str]) -> Body:
    counted = {
        "readCount": kinds.count("Read"),
        "searchCount": kinds.count("Search") + kinds.count("Find"),
        "bashCount": kinds.count("Run"),
        "editFileCount": 0,
        "linesAdded": 0,
        "linesRemoved": 0,
    }
    return counted | {"otherToolCount": len(kinds) - sum(counted.values())}
