"""Summarise an event in one line: the `summary` of the API, the stream and the page."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from queryd.store.fact import AskState
from queryd.summaries import asks, calls, hooks, records, telemetry
from queryd.summaries.line import LINE_CHARS, SummaryLine, format_line
from queryd.summaries.read import Fields, encodable, one_line, text
from shared.event import Event


def summary_of(event: Event, payload: Mapping[str, Any], ask: AskState | None = asks.OPEN) -> str:
    """Return the sender's own summary, or one made of the payload: 1 to `LINE_CHARS` characters.

    `ask` is how the event's ask stands, if it is one; None if that is not known. It raises for no
    payload: an exception would end the follower.
    """
    stored = one_line(event.summary, LINE_CHARS) if event.summary else ""
    return encodable(stored or format_line(_line_of(event, payload, ask)))


def _line_of(event: Event, payload: Fields, ask: AskState | None) -> SummaryLine:
    kind = event.hook_event_type
    if summarize_ask := ASK_SUMMARIES.get(kind):
        return summarize_ask(event, payload, ask)
    if summarize_call := CALL_SUMMARIES.get(kind):
        tool = text(event.tool_name) or text(payload.get("tool_name")) or "Tool"
        return summarize_call(tool, payload)
    if summarize := SUMMARIES.get(kind):
        return summarize(payload)
    return SummaryLine(kind, records.describe(payload))


ASK_SUMMARIES: Final[dict[str, Callable[[Event, Fields, AskState | None], SummaryLine]]] = {
    "PermissionRequest": asks.permission_requested,
    "Elicitation": asks.elicitation,
}
CALL_SUMMARIES: Final[dict[str, Callable[[str, Fields], SummaryLine]]] = {
    "PreToolUse": calls.started,
    "PermissionDenied": calls.denied,
    "PostToolUse": calls.succeeded,
    "PostToolUseFailure": calls.failed,
}
SUMMARIES: Final[dict[str, Callable[[Fields], SummaryLine]]] = {
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
    "session_state": records.session_state,
    "session_gone": records.session_gone,
    **telemetry.SUMMARIES,
}
