"""List Claude Code's hook events, in the order of a session, and how to register them."""

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
"""An empty answer to it prevents Claude Code from creating the worktree."""
COMMAND_ONLY: Final = frozenset({"SessionStart", "Setup"})
"""Claude Code ignores http hooks for these."""
ON_REQUEST: Final = ("MessageDisplay", "Elicitation", "ElicitationResult", "FileChanged")
"""Optional: MessageDisplay delays the text on screen; what a user enters in a form may be secret;
FileChanged reports only the files of its matcher."""
WORTH_HAVING: Final = tuple(
    event for event in HOOK_EVENTS if event not in {NEVER_REGISTER, "PreModelSwitch", *ON_REQUEST}
)
"""What `hookwatch connect` registers. Without PreModelSwitch: a slow hook blocks the switch, and
PostModelSwitch reports the same."""
