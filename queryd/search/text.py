"""Say what is searched of an event: its texts, by what they are.

In: an event and its payload. Out: a row of the full text. Of an outcome the event that tells it is
searched together with its command and paths, so that `npm error:timeout` finds one event; what only
repeats another event is left out. Long texts are searched by their beginning and their end.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from queryd.search.tokens import failed_calls, tokens_of
from shared.event import STATUS_LINE, Event

COLUMNS: Final = ("meta", "prompt", "command", "path", "output", "error", "answer", "other")
"""`meta` holds the tokens of an event's values, the others its texts."""
FIELDS: Final = COLUMNS[1:]

Row = tuple[str, ...]
"""What is searched of one event, in the order of `COLUMNS`."""

HEAD_CHARS: Final = 2_000
TAIL_CHARS: Final = 1_000
EVENT_CHARS: Final = 8_000
LEAVES: Final = 300
DEPTH: Final = 8


def definition(name: str, *, options: str = "") -> str:
    """Return the statement that makes a table of full text: the same rules wherever it is used."""
    return (
        f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(COLUMNS)}, {options}"
        f" tokenize='{TOKENIZER} {' '.join(TOKENIZER_ARGUMENTS)}')"
    )


TOKENIZER: Final = "unicode61"
TOKENIZER_ARGUMENTS: Final = ("remove_diacritics", "2")


def row_of(event: Event, payload: Any) -> Row:  # noqa: ANN401 - any JSON
    """Return what is searched of an event; its payload may be any JSON."""
    fields = payload if isinstance(payload, dict) else {}
    failed = failed_calls(fields) if "tool_calls" in fields else ()
    return (tokens_of(event, fields, failed), *texts_of(event, fields, failed))


def texts_of(event: Event, payload: dict[str, Any], failed: Sequence[dict[str, Any]] = ()) -> Row:
    """Return an event's texts, in the order of `FIELDS`; `failed` as `tokens_of` takes it."""
    texts = _Texts()
    kind = event.hook_event_type
    readings = _READING_OF.get(kind, _READING)
    for key, value in () if kind in _FIGURES else payload.items():
        reading = readings.get(key, "other")
        if reading == "nothing" or not value:
            continue
        if reading == "input":
            texts.add_input(value, whole=kind not in _TELL_OUTCOMES)
        elif reading == "response":
            texts.add_response(value)
        elif reading == "batch":
            texts.add_calls(failed)
        elif isinstance(value, str):
            texts.add(reading, value)
        else:
            texts.add_all(reading, value)
    if event.summary:
        texts.add("other", event.summary)
    return texts.row()


class _Texts:
    """Collect the texts of one event, up to a bound."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._left = EVENT_CHARS

    def add(self, column: str, text: str) -> None:
        """Add a text to a column."""
        if len(text) > HEAD_CHARS + TAIL_CHARS:
            if _BLOB.match(text):
                return
            text = f"{text[:HEAD_CHARS]} … {text[-TAIL_CHARS:]}"
        if self._left <= 0:
            return
        if len(text) > self._left:
            text = text[: self._left]
        self._left -= len(text)
        self._found.setdefault(column, []).append(text)

    def add_all(self, column: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Add a text, or every text within a value."""
        if isinstance(value, str):
            self.add(column, value)
        elif isinstance(value, dict | list):
            for text in _leaves(value):
                self.add(column, text)

    def add_input(self, given: Any, *, whole: bool) -> None:  # noqa: ANN401 - any JSON
        """Add a tool's input; unless it is wanted whole, only what tells the call from others."""
        if not isinstance(given, dict):
            self.add_all("command", given)
            return
        for key, value in given.items():
            column = _INPUT.get(key, "command")
            if whole or column != "other":
                self.add_all(column, value)

    def add_response(self, given: Any) -> None:  # noqa: ANN401 - any JSON
        """Add what a tool answered, without what its input said already."""
        if not isinstance(given, dict):
            self.add_all("output", given)
            return
        repeats = given.keys() >= _WRITTEN
        for key, value in given.items():
            if key not in _SKIPPED and not (repeats and key == "content"):
                self.add_all("output", value)

    def add_calls(self, calls: Sequence[dict[str, Any]]) -> None:
        """Add calls of which no other event tells."""
        for call in calls:
            self.add_input(call.get("tool_input"), whole=False)
            self.add_all("error", call.get("tool_response"))

    def row(self) -> Row:
        """Return the texts, as SQLite can hold them."""
        found = self._found
        return tuple([_clean("\n".join(found[name])) if name in found else "" for name in FIELDS])


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield the texts within a value, in order, up to a number and a depth."""
    left = LEAVES
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting and left > 0:
        value, depth = waiting.pop()
        left -= 1
        if isinstance(value, str):
            if value:
                yield value
        elif depth < DEPTH and isinstance(value, dict):
            inner = [each for key, each in value.items() if key not in _SKIPPED]
            waiting += [(each, depth + 1) for each in reversed(inner[:left])]
        elif depth < DEPTH and isinstance(value, list):
            waiting += [(each, depth + 1) for each in reversed(value[:left])]


def _clean(text: str) -> str:
    """Replace what SQLite's text functions stop at, and half characters, which no UTF-8 holds."""
    if "\0" in text:
        text = text.replace("\0", " ")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_BLOB: Final = re.compile(r"(?:data:[\w/+.;=-]{0,80},)?[A-Za-z0-9+/=_-]{256}")
"""An image and the like as letters: nobody searches for it, and it would fill the index."""

_FIGURES: Final = frozenset({STATUS_LINE, "api_request", "usage", "metric"})
"""Records that come by the hundred and say nothing in words; they are found by their values."""

_TELL_OUTCOMES: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})
"""Events of a call that has an event before, which is searched by its whole input."""

_READING: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "session_id",
            "transcript_path",
            "agent_transcript_path",
            "cwd",
            "prompt_id",
            "permission_mode",
            "permission_suggestions",
            "effort",
            "agent_id",
            "agent_type",
            "mcp_server",
            "hook_event_name",
            "hook_event_type",
            "tool_name",
            "tool_use_id",
            "turn_id",
            "message_id",
            "timestamp",
            "requested_schema",
            # What telemetry says again on every record.
            "session.id",
            "user.id",
            "prompt.id",
            "event.name",
            "event.timestamp",
            "terminal.type",
            "anthropic.provider",
            "resource",
            "scope",
            "trace_id",
            "span_id",
            "parent_span_id",
        ),
        "nothing",
    ),
    "tool_input": "input",
    "tool_response": "response",
    "tool_calls": "batch",
    **dict.fromkeys(("prompt", "custom_instructions"), "prompt"),
    **dict.fromkeys(("command", "command_name", "command_args"), "command"),
    **dict.fromkeys(
        (
            "file_path",
            "trigger_file_path",
            "old_cwd",
            "new_cwd",
            "directory",
            "worktree_path",
            "path",
        ),
        "path",
    ),
    **dict.fromkeys(("error", "error_details", "error_message"), "error"),
    **dict.fromkeys(("last_assistant_message", "delta", "compact_summary"), "answer"),
    **dict.fromkeys(("output", "stdout", "stderr"), "output"),
}
"""How each field of a payload is read: as a column, or in a way of its own; others as `other`."""

_READING_OF: Final = {
    "StopFailure": {**_READING, "last_assistant_message": "error"},
    "PermissionDenied": {**_READING, "reason": "error"},
    "SubagentStart": {**_READING, "agent_type": "other"},
}

_INPUT: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("file_path", "notebook_path", "path", "planFilePath", "directory", "worktree_path"), "path"
    ),
    **dict.fromkeys(
        (
            "description",
            "content",
            "old_string",
            "new_string",
            "new_source",
            "edits",
            "plan",
            "todos",
            "questions",
            "answers",
            "annotations",
        ),
        "other",
    ),
}
"""Where a tool's input goes: documents and remarks to `other`, what it was told to `command`."""

_SKIPPED: Final = frozenset(
    {
        "base64",
        "originalFile",
        "structuredPatch",
        "oldString",
        "newString",
        "oldTodos",
        "filePath",
        "prompt",
        "agentId",
        "toolUseId",
        "resolvedModel",
    }
)
"""Of an answer: what its call's input holds, or no words."""

_WRITTEN: Final = frozenset({"filePath", "structuredPatch"})
