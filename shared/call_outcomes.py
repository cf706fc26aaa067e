"""Decide the outcome of a tool call, by one table of Claude Code's result texts.

In: an event of a call, a call of a PostToolBatch, an OpenTelemetry decision, or a result of a
transcript. Out: a verdict, shared by the fold, the summaries, the search and backfill.

No hook fires for a call that was denied or rejected as invalid: it shows only in the text that the
model got. Those texts are Claude Code's. A command's output may contain them too, so a form matches
only the start of a text.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

Outcome = Literal["succeeded", "failed", "denied", "interrupted"]
Decider = Literal[
    "user",
    "rule",  # a permission rule of the settings
    "mode",  # the permission mode
    "hook",
    "classifier",  # of auto mode
    "unattended",  # it needs an approval and there is no user to ask
    "validation",
    "tool",  # it ran: its own result
]
Stage = Literal["validation", "permission", "execution"]


class Verdict(msgspec.Struct, frozen=True):
    """Hold the outcome of a call, and who decided it."""

    outcome: Outcome
    decided_by: Decider | None = None
    """None where Claude Code does not report it."""
    stage: Stage = "execution"
    """Where the call ended, and so which hooks fire for it: rejected in validation, it has no
    PreToolUse; denied a permission, it has no Post*; executed, it has both."""


class Form(msgspec.Struct, frozen=True):
    """Describe one form of Claude Code's result texts."""

    name: str
    pattern: str
    verdict: Verdict


INTERRUPTION: Final = "[Request interrupted by user"
"""Start of what a client writes to its transcript for an Esc or a Ctrl-C."""
TEXT_CHARS: Final = 2_000
SUCCEEDED: Final = Verdict("succeeded", "tool")
FAILED: Final = Verdict("failed", "tool")
INTERRUPTED: Final = Verdict("interrupted", "user")


def form_of(response: object) -> Form | None:
    """Return the form of a result; None for any other text."""
    found = _ANY.match(_start_of(response))
    return None if found is None or found.lastgroup is None else _BY_NAME[found.lastgroup]


def verdict_of_event(event_type: str, payload: Mapping[str, Any]) -> Verdict:
    """Judge a call by the event that closes it: PostToolUse*, PermissionDenied."""
    match event_type:
        case "PermissionDenied":
            return Verdict("denied", "classifier", "permission")
        case "PostToolUseFailure":
            if payload.get("is_interrupt") is True:
                return INTERRUPTED
            form = form_of(payload.get("error"))
            # A tool's own error may read like a denial; a denied call has no such event.
            return form.verdict if form and form.verdict.stage == "execution" else FAILED
    response = payload.get("tool_response")
    cut_off = isinstance(response, Mapping) and response.get("interrupted") is True
    return INTERRUPTED if cut_off else SUCCEEDED


def verdict_of_entry(entry: Mapping[str, Any], *, was_asked: bool = False) -> Verdict:
    """Judge a call of a PostToolBatch by the result that its model got.

    `was_asked`: a permission was requested and the call has no Post* of its own, so it never ran,
    whatever the text. A hook that denies has a text of its own, and Claude Code has many sentences
    for commands that it cannot check.
    """
    text = entry.get("tool_response")
    form = form_of(text)
    if form is not None:
        return form.verdict
    kind = entry.get(DENIAL_KIND)
    if kind and isinstance(kind, str):
        return _verdict_of_kind(kind)
    if was_asked and _start_of(text):
        return Verdict("denied", None, "permission")
    return SUCCEEDED


def never_ran(entry: Mapping[str, Any]) -> bool:
    """Return whether a call of a PostToolBatch did not run; then it has no Post*."""
    return verdict_of_entry(entry).stage != "execution"


def verdict_of_result(text: str, denial_kind: str | None) -> Verdict:
    """Judge a result that a transcript marks as an error; old clients write no denial kind."""
    form = form_of(text)
    if form is not None:
        return form.verdict
    return FAILED if denial_kind is None else _verdict_of_kind(denial_kind)


def verdict_of_decision(payload: Mapping[str, Any]) -> Verdict | None:
    """Judge a call by OpenTelemetry's `tool_decision`; None if that is not conclusive.

    A No at a prompt fires no hook. Other rejections are in a PostToolBatch too, with their reason;
    one by a hook may be false: a late answer is reported although the call runs.
    """
    if payload.get("decision") == "reject" and payload.get("source") == "user_reject":
        return Verdict("denied", "user", "permission")
    return None


def is_interruption(text: str) -> bool:
    """Return whether a transcript's line records that the user interrupted the turn."""
    return text.startswith(INTERRUPTION)


def text_of(response: object) -> str:
    """Return the start of a result for display, without the tags around an error."""
    return _TAGS.sub("", _start_of(response)).strip()


def _verdict_of_kind(kind: str) -> Verdict:
    return Verdict("denied", _DECIDERS_OF_KINDS.get(kind), "permission")


def _start_of(response: object) -> str:
    """Return the start of a text, or of the first text in a list of content blocks."""
    if isinstance(response, list):
        texts = (it.get("text") for it in response if isinstance(it, Mapping))
        response = next(texts, "")
    return response[:TEXT_CHARS].lstrip() if isinstance(response, str) else ""


def _form(name: str, outcome: Outcome, decided_by: Decider, stage: Stage, pattern: str) -> Form:
    return Form(name, pattern, Verdict(outcome, decided_by, stage))


DENIAL_KIND: Final = "tool_denial_kind"
"""What backfill adds to the call of a batch: transcripts contain it, hooks do not."""
_DECIDERS_OF_KINDS: Final[dict[str, Decider]] = {
    "user-rejected": "user",
    "permission-rule": "rule",
    "automode-blocked": "classifier",
    "automode-unavailable": "classifier",
    "automode-parsing-error": "classifier",
}
_TAGS: Final = re.compile(r"</?tool_use_error>")
_TOOL: Final = r"(?:[A-Z]\w*|mcp__[\w-]+)"

# The first that matches counts. Each form has a captured body in tests/samples; a variant marked
# with older clients is known from their transcripts alone.
FORMS: Final = (
    _form(
        *("file_denied", "denied", "rule", "validation"),
        r"<tool_use_error>File is in a directory that is denied by your permission settings",
    ),
    _form("invalid", "failed", "validation", "validation", r"<tool_use_error>"),
    _form("exit_code", "failed", "tool", "execution", r"Exit code [1-9]\d*\b"),
    _form("interrupted", "interrupted", "user", "execution", re.escape(INTERRUPTION)),
    _form(
        *("agent_denied", "denied", "rule", "execution"),
        r"Agent type '[^'\n]*' has been denied by permission rule\b",
    ),
    _form(
        *("user_refused", "denied", "user", "permission"),
        r"The user doesn't want to (?:proceed with this tool use|take this action)"
        r"|The agent proposed a plan that was rejected by the user\b",  # older clients
    ),
    _form(
        *("mode_denied", "denied", "mode", "permission"),
        rf"Permission to use {_TOOL} has been denied because Claude Code is running in"
        r"|Cannot write to [^\n]* while in plan mode\.",
    ),
    _form(
        *("rule_denied", "denied", "rule", "permission"),
        rf"Permission to use {_TOOL}\b.*\bhas (?:been (?:auto-)?denied|not been granted)"
        r"|Permission to (?:read|edit|write to) [^\n]+ has been denied\.",
    ),
    _form(
        *("domain_denied", "denied", "rule", "permission"),
        r"WebFetch denied access to domain:\S",
    ),
    _form(
        *("skill_denied", "denied", "rule", "permission"),
        r"Skill execution blocked by permission rules\b",
    ),
    _form(
        *("classifier_denied", "denied", "classifier", "permission"),
        r"Permission for this action (?:was|has been) denied\b"
        r"|Auto mode is unavailable: its safety check\b"
        r"|Auto mode could not evaluate this action\b",
    ),
    _form(
        *("hook_denied", "denied", "hook", "permission"),
        rf"PreToolUse:{_TOOL} hook error\b|Permission denied by hook\s*\Z"
        rf"|{_TOOL} operation blocked by hook\b",  # older clients
    ),
    _form(
        *("not_granted", "denied", "unattended", "permission"),
        r"Claude requested permissions? to .*(?:haven't granted|is a sensitive file)",
    ),
    _form(
        *("command_unapproved", "denied", "unattended", "permission"),
        r"This command requires approval\s*\Z"
        r"|This Bash command contains multiple operations\b.*\brequires? approval:"
        r"|\S+ in '[^'\n]*' (?:was blocked\. For security|needs approval\.)"
        r"|A nested command in this command can't be checked before it runs",
    ),
)
# One expression for all of them: the fold, the full text and the summaries judge every call of
# every batch.
_ANY: Final = re.compile("|".join(f"(?P<{it.name}>{it.pattern})" for it in FORMS), re.DOTALL)
_BY_NAME: Final = {form.name: form for form in FORMS}
