"""Hook bodies as Claude Code posts them, with the same keys in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

Body = dict[str, Any]

WORKTREES = "/.claude/worktrees/"

TOOL_EVENTS = frozenset(
    {
        "PreToolUse",
        "PermissionRequest",
        "PermissionDenied",
        "PostToolUse",
        "PostToolUseFailure",
        "PostToolBatch",
    }
)
WITH_MODE = TOOL_EVENTS | {"UserPromptSubmit", "UserPromptExpansion", "SubagentStop", "Stop"}
WITH_EFFORT = TOOL_EVENTS | {"SubagentStop", "Stop", "StopFailure"}


class EventFrame(Struct, frozen=True):
    """What bodies share: the session, the prompt, the agent."""

    session_id: str
    cwd: str
    permission_mode: str
    effort: str
    model: str
    prompt_id: str | None = None
    turn_id: str | None = None
    agent_id: str | None = None
    agent_type: str | None = None

    @property
    def transcript_path(self) -> str:
        return f"{self.transcript_stem}.jsonl"

    @property
    def transcript_stem(self) -> str:
        """The folder beside the transcript, for those of subagents."""
        return f"/home/dev/.claude/projects/{self._folder_name}/{self.session_id}"

    @property
    def task_folder(self) -> str:
        """The folder for the output of background tasks."""
        return f"/tmp/claude-1000/{self._folder_name}/{self.session_id}/tasks"  # noqa: S108 - names no file

    @property
    def _folder_name(self) -> str:
        return self.cwd.replace("/", "-").replace(".", "-")


def body(frame: EventFrame, event: str, **fields: Any) -> Body:  # noqa: ANN401 - any JSON
    return {**_common(frame, event), "hook_event_name": event, **fields}


def session_end(last: Body) -> Body:
    """Return the SessionEnd after a body when Claude Code is stopped, or print mode ends."""
    names = ("session_id", "transcript_path", "cwd", "prompt_id")
    common: Body = {name: last[name] for name in names if name in last}
    return {**common, "hook_event_name": "SessionEnd", "reason": "other"}


def _common(frame: EventFrame, event: str) -> Body:
    """Return the fields before the event's name, which differ by event as in Claude Code."""
    fields: Body = {
        "session_id": frame.session_id,
        "transcript_path": frame.transcript_path,
        "cwd": frame.cwd,
    }
    if frame.prompt_id is not None:
        fields["prompt_id"] = frame.prompt_id
    if event in WITH_MODE:
        fields["permission_mode"] = frame.permission_mode
    if frame.agent_id is not None:
        fields |= {"agent_id": frame.agent_id, "agent_type": frame.agent_type}
    if event in WITH_EFFORT:
        fields["effort"] = {"level": frame.effort}
    return fields


def new_uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def new_tool_use_id(rng: Random) -> str:
    return f"toolu_01{rng.getrandbits(88):022x}"


def new_agent_id(rng: Random) -> str:
    return f"a{rng.getrandbits(64):016x}"


def new_shell_id(rng: Random) -> str:
    return "b" + "".join(rng.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=8))
