"""Say in one line what happened: the `summary` that the API, the stream and the page show.

In: an event and its decoded payload, whole. Out: one line of the grammar that `line` describes,
the same for the same event. Left to the next: putting it into the event (`outgoing`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from queryd.summaries import calls, hooks, records, telemetry
from queryd.summaries.line import LINE_CHARS, Line, write
from queryd.summaries.read import Fields, one_line, text
from shared.event import Event


def summary_of(event: Event, payload: Mapping[str, Any]) -> str:
    """Return the event in words: the sender's own where it gave some, as they are but on one line.

    It has at most `LINE_CHARS`, and something is always said. Nothing is raised, whatever the
    payload holds: an event that has no words would end the follower.
    """
    stored = one_line(event.summary, LINE_CHARS) if event.summary else ""
    return _encodable(stored or write(_line_of(event, payload)))


def _line_of(event: Event, payload: Fields) -> Line:
    kind = event.hook_event_type
    if say_call := CALLS.get(kind):
        return say_call(text(event.tool_name) or text(payload.get("tool_name")) or "Tool", payload)
    if say := WORDS.get(kind):
        return say(payload)
    return Line(kind, records.told(payload))


def _encodable(line: str) -> str:
    """Replace half an emoji, which a payload may hold escaped and no UTF-8 can."""
    return line if line.isascii() else line.encode(errors="replace").decode()


CALLS: Final[dict[str, Callable[[str, Fields], Line]]] = {
    "PreToolUse": calls.asked,
    "PermissionRequest": calls.waiting,
    "PermissionDenied": calls.denied,
    "PostToolUse": calls.succeeded,
    "PostToolUseFailure": calls.failed,
}
WORDS: Final[dict[str, Callable[[Fields], Line]]] = {
    "SessionStart": hooks.session_start,
    "SessionEnd": hooks.session_end,
    "Setup": hooks.setup,
    "InstructionsLoaded": hooks.instructions,
    "UserPromptSubmit": hooks.prompt,
    "UserPromptExpansion": hooks.expansion,
    "MessageDisplay": hooks.message,
    "PostToolBatch": calls.batch,
    "SubagentStart": hooks.agent_start,
    "SubagentStop": hooks.agent_stop,
    "Stop": hooks.stop,
    "StopFailure": hooks.stop_failure,
    "Notification": hooks.notification,
    "TaskCreated": hooks.task_created,
    "TaskCompleted": hooks.task_completed,
    "Elicitation": hooks.elicitation,
    "ElicitationResult": hooks.elicitation_result,
    "PreCompact": hooks.compacting,
    "PostCompact": hooks.compacted,
    "PreModelSwitch": hooks.model_switching,
    "PostModelSwitch": hooks.model_switched,
    "ConfigChange": hooks.settings,
    "CwdChanged": hooks.folder_changed,
    "FileChanged": hooks.file_changed,
    "DirectoryAdded": hooks.folder_added,
    "TeammateIdle": hooks.teammate,
    "WorktreeCreate": hooks.worktree_created,
    "WorktreeRemove": hooks.worktree_removed,
    "status_line": records.status_line,
    "api_request": records.api_request,
    "api_error": records.api_error,
    "usage": records.usage,
    **telemetry.WORDS,
}
