"""Name the events that Claude Code is known to send, in the order of a session's life.

In: nothing. Out: names, and what is special about registering for some of them.
"""

from typing import Final

HOOK_EVENTS: Final = (
    "SessionStart", "Setup", "InstructionsLoaded", "UserPromptSubmit", "UserPromptExpansion",
    "MessageDisplay", "PreToolUse", "PermissionRequest", "PermissionDenied", "PostToolUse",
    "PostToolUseFailure", "PostToolBatch", "SubagentStart", "SubagentStop", "Stop", "StopFailure",
    "Notification", "TaskCreated", "TaskCompleted", "Elicitation", "ElicitationResult",
    "PreCompact", "PostCompact", "PreModelSwitch", "PostModelSwitch", "ConfigChange", "CwdChanged",
    "FileChanged", "DirectoryAdded", "TeammateIdle", "WorktreeCreate", "WorktreeRemove",
    "SessionEnd",
)  # fmt: skip
NEVER_REGISTER: Final = "WorktreeCreate"
"""An empty answer to it keeps Claude Code from making the worktree."""
COMMAND_ONLY: Final = frozenset({"SessionStart", "Setup"})
"""An http hook for these is passed over in silence."""
ON_REQUEST: Final = ("MessageDisplay", "Elicitation", "ElicitationResult", "FileChanged")
"""Not worth it for everybody: the words wait for the hook to be drawn; what somebody fills into a
form may be secret; FileChanged hears of no file but those its matcher names."""
WORTH_HAVING: Final = tuple(
    event for event in HOOK_EVENTS if event not in {NEVER_REGISTER, "PreModelSwitch", *ON_REQUEST}
)
"""What `hookwatch connect` asks for. PreModelSwitch: a hook that is late blocks the switch, and
PostModelSwitch tells the same."""
