"""Make one hook body: what Claude Code would post at that moment, key for key and in its own order.

Comes in: a `Frame` (whose moment it is) and the event's own fields. Goes out: the body as a dict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

Body = dict[str, Any]

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


class Frame(Struct, frozen=True):
    """Hold what the bodies of one moment share: the session, the prompt, the agent that acts."""

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
        """Name the file Claude Code would write this session to."""
        return f"{self.transcript_stem}.jsonl"

    @property
    def transcript_stem(self) -> str:
        """Name the folder beside the transcript, which holds those of its subagents."""
        return f"/home/dev/.claude/projects/{self.cwd.replace('/', '-')}/{self.session_id}"

    @property
    def task_folder(self) -> str:
        """Name the folder Claude Code would write the output of background tasks to."""
        project = self.cwd.replace("/", "-")
        return f"/tmp/claude-1000/{project}/{self.session_id}/tasks"  # noqa: S108 - names no file


def body(frame: Frame, event: str, **own: Any) -> Body:  # noqa: ANN401 - any JSON
    """Make the body of one event: the common fields it has in Claude Code, then its own."""
    return {**_common(frame, event), "hook_event_name": event, **own}


def ended(last: Body) -> Body:
    """Make the SessionEnd that follows a body when Claude Code is stopped, or its print is over."""
    names = ("session_id", "transcript_path", "cwd", "prompt_id")
    kept: Body = {name: last[name] for name in names if name in last}
    return {**kept, "hook_event_name": "SessionEnd", "reason": "other"}


def _common(frame: Frame, event: str) -> Body:
    """Make the fields before the event's name; which an event has is Claude Code's habit."""
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
    """Make a random uuid, as session and prompt ids are."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def new_tool_use_id(rng: Random) -> str:
    """Make the id of a tool call."""
    return f"toolu_01{rng.getrandbits(88):022x}"


def new_agent_id(rng: Random) -> str:
    """Make the id of a subagent."""
    return f"a{rng.getrandbits(64):016x}"


def new_shell_id(rng: Random) -> str:
    """Make the id of a background command."""
    return "b" + "".join(rng.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=8))
