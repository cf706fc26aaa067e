"""Summarise hook events other than tool calls: one function a type, from payload to line."""

from typing import Final

from queryd.summaries.amounts import counted
from queryd.summaries.line import SummaryLine
from queryd.summaries.read import (
    SCANNED_CHARS,
    Fields,
    fields,
    first_line,
    items,
    joined,
    numbered,
    path,
    spaced,
    text,
)


def prompt(payload: Fields) -> SummaryLine:
    content = text(payload.get("prompt"))
    # Claude Code reports the end of a background task as a prompt of its own.
    if content is None or not content.startswith(_NOTIFICATION):
        return SummaryLine("Prompt", first_line(content))
    return SummaryLine(
        "Background task", _tag_content(content, "summary"), _tag_content(content, "status")
    )


def expansion(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Command", first_line(payload.get("prompt")) or text(payload.get("command_name"))
    )


def message(payload: Fields) -> SummaryLine:
    return SummaryLine("Claude", first_line(payload.get("delta")))


def stop(payload: Fields) -> SummaryLine:
    return SummaryLine(
        "Answered", first_line(payload.get("last_assistant_message")), _background(payload)
    )


def stop_failure(payload: Fields) -> SummaryLine:
    why = first_line(payload.get("last_assistant_message"))
    return SummaryLine("Turn failed", why, spaced(payload.get("error")))


def agent_start(payload: Fields) -> SummaryLine:
    return SummaryLine("Subagent started", text(payload.get("agent_type")))


def agent_stop(payload: Fields) -> SummaryLine:
    return SummaryLine("Subagent finished", first_line(payload.get("last_assistant_message")))


def teammate(payload: Fields) -> SummaryLine:
    name, team = text(payload.get("teammate_name")), text(payload.get("team_name"))
    return SummaryLine("Teammate idle", joined(name, team, by=" in "))


def notification(payload: Fields) -> SummaryLine:
    return SummaryLine("Notification", first_line(payload.get("message")))


def elicitation_result(payload: Fields) -> SummaryLine:
    action = text(payload.get("action"))
    answer = "answered" if action is None else _ANSWERS.get(action, action)
    return SummaryLine(f"Answer to {server_of(payload)}", answer)


def session_start(payload: Fields) -> SummaryLine:
    title = first_line(payload.get("session_title"))
    detail = joined(spaced(payload.get("source")), text(payload.get("model")), title, by=" · ")
    return SummaryLine("Session started", detail)


def session_end(payload: Fields) -> SummaryLine:
    reason = text(payload.get("reason"))
    return SummaryLine("Session ended", _END_REASONS.get(reason or "", spaced(reason)))


def setup(payload: Fields) -> SummaryLine:
    return SummaryLine("Setup", spaced(payload.get("trigger")))


def instructions(payload: Fields) -> SummaryLine:
    return SummaryLine("Loaded", _file(payload), spaced(payload.get("load_reason")))


def task_created(payload: Fields) -> SummaryLine:
    return SummaryLine("Task created", _task(payload))


def task_completed(payload: Fields) -> SummaryLine:
    return SummaryLine("Task completed", _task(payload))


def compacting(payload: Fields) -> SummaryLine:
    instructions = first_line(payload.get("custom_instructions"))
    return SummaryLine("Compacting", joined(spaced(payload.get("trigger")), instructions, by=" · "))


def compacted(payload: Fields) -> SummaryLine:
    return SummaryLine("Compacted", spaced(payload.get("trigger")))


def model_switching(payload: Fields) -> SummaryLine:
    return SummaryLine("Switching model", _models(payload))


def model_switched(payload: Fields) -> SummaryLine:
    return SummaryLine("Model changed", _models(payload), spaced(payload.get("source")))


def settings(payload: Fields) -> SummaryLine:
    return SummaryLine("Settings changed", _file(payload) or spaced(payload.get("source")))


def folder_changed(payload: Fields) -> SummaryLine:
    return SummaryLine("Folder changed", text(payload.get("new_cwd")))


def folder_added(payload: Fields) -> SummaryLine:
    return SummaryLine("Folder added", text(payload.get("directory")))


def file_changed(payload: Fields) -> SummaryLine:
    return SummaryLine("File changed", _file(payload), spaced(payload.get("event")))


def worktree_created(payload: Fields) -> SummaryLine:
    return SummaryLine("Worktree created", text(payload.get("name")))


def worktree_removed(payload: Fields) -> SummaryLine:
    return SummaryLine("Worktree removed", text(payload.get("worktree_path")))


def _tag_content(content: str, tag: str) -> str | None:
    # Not a pattern without `<`: the commands in it contain that.
    after = content[:SCANNED_CHARS].partition(f"<{tag}>")[2]
    return first_line(after.partition(f"</{tag}>")[0])


def _background(payload: Fields) -> str | None:
    tasks = items(payload.get("background_tasks"))
    if not tasks:
        return None
    description = first_line(fields(tasks[0]).get("description")) if len(tasks) == 1 else None
    return joined(f"{counted(len(tasks), 'task')} in the background", description, by=": ")


def server_of(payload: Fields) -> str:
    return text(payload.get("mcp_server_name")) or "MCP server"


def _file(payload: Fields) -> str | None:
    return path(payload.get("file_path"), payload.get("cwd"))


def _task(payload: Fields) -> str | None:
    subject = first_line(payload.get("task_subject"))
    return joined(numbered(payload.get("task_id")), subject, by=" ")


def _models(payload: Fields) -> str | None:
    new = text(payload.get("to_model")) or "default"
    return joined(text(payload.get("from_model")), new, by=" to ")


_NOTIFICATION: Final = "<task-notification>"
_ANSWERS: Final = {"accept": "accepted", "decline": "declined", "cancel": "cancelled"}
_END_REASONS: Final = {"prompt_input_exit": "you exited", "logout": "you logged out"}
