"""Say what happened in a session, tool calls aside.

In: the payload of a hook. Out: what it is, what it is about, what came of it.
"""

from typing import Final

from queryd.summaries.amounts import counted
from queryd.summaries.line import Line
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


def prompt(given: Fields) -> Line:
    """Say what was asked; a background task's end comes as a prompt that nobody typed."""
    said = text(given.get("prompt"))
    if said is None or not said.startswith(_NOTIFICATION):
        return Line("Prompt", first_line(said))
    return Line("Background task", _inside(said, "summary"), _inside(said, "status"))


def expansion(given: Fields) -> Line:
    """Say which command was typed."""
    return Line("Command", first_line(given.get("prompt")) or text(given.get("command_name")))


def message(given: Fields) -> Line:
    """Say what Claude writes."""
    return Line("Claude", first_line(given.get("delta")))


def stop(given: Fields) -> Line:
    """Say how a turn ended, and what still runs."""
    return Line("Done", first_line(given.get("last_assistant_message")), _background(given))


def stop_failure(given: Fields) -> Line:
    """Say why a turn broke off."""
    why = first_line(given.get("last_assistant_message"))
    return Line("Turn failed", why, spaced(given.get("error")))


def agent_start(given: Fields) -> Line:
    """Say which agent started."""
    return Line("Agent started", text(given.get("agent_type")))


def agent_stop(given: Fields) -> Line:
    """Say what an agent reported."""
    return Line("Agent done", first_line(given.get("last_assistant_message")))


def teammate(given: Fields) -> Line:
    """Say who has nothing to do."""
    name, team = text(given.get("teammate_name")), text(given.get("team_name"))
    return Line("Teammate idle", joined(name, team, by=" in "))


def notification(given: Fields) -> Line:
    """Say what the person was told."""
    return Line("Notification", first_line(given.get("message")))


def elicitation(given: Fields) -> Line:
    """Say what an MCP server wants to know."""
    return Line(f"{_server(given)} asks", first_line(given.get("message")), "waits for you")


def elicitation_result(given: Fields) -> Line:
    """Say how it was answered."""
    return Line(f"{_server(given)} was answered", text(given.get("action")))


def session_start(given: Fields) -> Line:
    """Say how a session came to be."""
    title = first_line(given.get("session_title"))
    detail = joined(spaced(given.get("source")), text(given.get("model")), title, by=" · ")
    return Line("Session started", detail)


def session_end(given: Fields) -> Line:
    """Say why a session ended."""
    return Line("Session ended", spaced(given.get("reason")))


def setup(given: Fields) -> Line:
    """Say what set a project up."""
    return Line("Setup", spaced(given.get("trigger")))


def instructions(given: Fields) -> Line:
    """Say which instructions were read, and why."""
    return Line("Instructions read", _file(given), spaced(given.get("load_reason")))


def task_created(given: Fields) -> Line:
    """Say what is to be done."""
    return Line("Task created", _task(given))


def task_completed(given: Fields) -> Line:
    """Say what has been done."""
    return Line("Task done", _task(given))


def compacting(given: Fields) -> Line:
    """Say why a context is being compacted, and with what in mind."""
    wish = first_line(given.get("custom_instructions"))
    return Line("Compacting", joined(spaced(given.get("trigger")), wish, by=" · "))


def compacted(given: Fields) -> Line:
    """Say why a context was compacted."""
    return Line("Compacted", spaced(given.get("trigger")))


def model_switching(given: Fields) -> Line:
    """Say which model gives way to which."""
    return Line("Switching model", _models(given))


def model_switched(given: Fields) -> Line:
    """Say which model gave way to which, and at whose wish."""
    return Line("Model switched", _models(given), spaced(given.get("source")))


def settings(given: Fields) -> Line:
    """Say which settings changed."""
    return Line("Settings changed", _file(given) or spaced(given.get("source")))


def folder_changed(given: Fields) -> Line:
    """Say where a session now works."""
    return Line("Folder changed", text(given.get("new_cwd")))


def folder_added(given: Fields) -> Line:
    """Say where a session may work too."""
    return Line("Folder added", text(given.get("directory")))


def file_changed(given: Fields) -> Line:
    """Say which watched file changed, and how."""
    return Line("File changed", _file(given), spaced(given.get("event")))


def worktree_created(given: Fields) -> Line:
    """Say which worktree was made."""
    return Line("Worktree created", text(given.get("name")))


def worktree_removed(given: Fields) -> Line:
    """Say which worktree is gone."""
    return Line("Worktree removed", text(given.get("worktree_path")))


def _inside(said: str, tag: str) -> str | None:
    """Return what a tag holds; it may hold `<` itself, for commands do."""
    after = said[:SCANNED_CHARS].partition(f"<{tag}>")[2]
    return first_line(after.partition(f"</{tag}>")[0])


def _background(given: Fields) -> str | None:
    tasks = items(given.get("background_tasks"))
    if not tasks:
        return None
    what = first_line(fields(tasks[0]).get("description")) if len(tasks) == 1 else None
    return joined(f"{counted(len(tasks), 'task')} in the background", what, by=": ")


def _server(given: Fields) -> str:
    return text(given.get("mcp_server_name")) or "MCP server"


def _file(given: Fields) -> str | None:
    return path(given.get("file_path"), given.get("cwd"))


def _task(given: Fields) -> str | None:
    subject = first_line(given.get("task_subject"))
    return joined(numbered(given.get("task_id")), subject, by=" ")


def _models(given: Fields) -> str | None:
    new = text(given.get("to_model")) or "default"
    return joined(text(given.get("from_model")), new, by=" → ")


_NOTIFICATION: Final = "<task-notification>"
