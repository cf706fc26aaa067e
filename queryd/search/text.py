"""Extract the searchable texts of an event, as a row of the full-text index.

The event that reports a call's outcome also has its command and paths, so that `npm error:timeout`
matches one event; other text that repeats another event is left out. Of a long text the start and
the end are indexed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from queryd.search.tokens import failed_calls, tokens_of
from shared.event import STATUS_LINE, Event

COLUMNS: Final = ("meta", "prompt", "command", "path", "output", "error", "answer", "other")
"""`meta` has the tokens of an event's values, the others its texts."""
FIELDS: Final = COLUMNS[1:]

Row = tuple[str, ...]
"""The searchable text of an event, in the order of `COLUMNS`."""

HEAD_CHARS: Final = 2_000
TAIL_CHARS: Final = 1_000
EVENT_CHARS: Final = 8_000
LEAVES: Final = 300
DEPTH: Final = 8


def definition(name: str, *, options: str = "") -> str:
    """Return the SQL that creates a full-text table with the tokenizer that all of them share."""
    return (
        f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(COLUMNS)}, {options}"
        f" tokenize='{TOKENIZER} {' '.join(TOKENIZER_ARGUMENTS)}')"
    )


TOKENIZER: Final = "unicode61"
TOKENIZER_ARGUMENTS: Final = ("remove_diacritics", "2")


def row_of(event: Event, payload: Any) -> Row:  # noqa: ANN401 - any JSON
    """Return the searchable text of an event; its payload may be any JSON."""
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
            texts.add_input(value, whole=kind not in _REPORT_OUTCOMES)
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
    """Collect the texts of one event, up to `EVENT_CHARS`."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._left = EVENT_CHARS

    def add(self, column: str, text: str) -> None:
        if len(text) > HEAD_CHARS + TAIL_CHARS:
            if _BLOB.match(text):
                return
            text = f"{text[:HEAD_CHARS]} … {text[-TAIL_CHARS:]}"
        if self._left <= 0:
            return
        if len(text) > self._left:
            text = text[: self._left]
        self._left -= len(text)
        self._texts.setdefault(column, []).append(text)

    def add_all(self, column: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Add a text, or every text within a value."""
        if isinstance(value, str):
            self.add(column, value)
        elif isinstance(value, dict | list):
            for text in _leaves(value):
                self.add(column, text)

    def add_input(self, given: Any, *, whole: bool) -> None:  # noqa: ANN401 - any JSON
        """Add a tool's input; unless `whole`, only the parts that identify the call."""
        if not isinstance(given, dict):
            self.add_all("command", given)
            return
        for key, value in given.items():
            column = _INPUT.get(key, "command")
            if whole or column != "other":
                self.add_all(column, value)

    def add_response(self, given: Any) -> None:  # noqa: ANN401 - any JSON
        """Add a tool's response, without the parts that repeat its input."""
        if not isinstance(given, dict):
            self.add_all("output", given)
            return
        repeats = given.keys() >= _WRITTEN
        for key, value in given.items():
            if key not in _SKIPPED and not (repeats and key == "content"):
                self.add_all("output", value)

    def add_calls(self, calls: Sequence[dict[str, Any]]) -> None:
        for call in calls:
            self.add_input(call.get("tool_input"), whole=False)
            self.add_all("error", call.get("tool_response"))

    def row(self) -> Row:
        """Return the texts as SQLite can store them."""
        texts = self._texts
        return tuple([_clean("\n".join(texts[name])) if name in texts else "" for name in FIELDS])


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield the texts within a value, in order, up to a number and a depth."""
    left = LEAVES
    pending: list[tuple[Any, int]] = [(value, 0)]
    while pending and left > 0:
        value, depth = pending.pop()
        left -= 1
        if isinstance(value, str):
            if value:
                yield value
        elif depth < DEPTH and isinstance(value, dict):
            inner = [each for key, each in value.items() if key not in _SKIPPED]
            pending += [(each, depth + 1) for each in reversed(inner[:left])]
        elif depth < DEPTH and isinstance(value, list):
            pending += [(each, depth + 1) for each in reversed(value[:left])]


def _clean(text: str) -> str:
    """Replace NULs, at which SQLite's text functions stop, and lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", " ")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_BLOB: Final = re.compile(r"(?:data:[\w/+.;=-]{0,80},)?[A-Za-z0-9+/=_-]{256}")
"""Base64 data such as images, which would fill the index."""

_FIGURES: Final = frozenset({STATUS_LINE, "api_request", "usage", "metric"})
"""Frequent records without prose; a search matches them by their values."""

_REPORT_OUTCOMES: Final = frozenset({"PostToolUse", "PostToolUseFailure", "PermissionDenied"})
"""Events of a call with an earlier event, of which the whole input is indexed."""

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
            # Repeated on every telemetry record.
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
"""The column of each payload field, or how it is read; `other` for fields that are not listed."""

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
"""Where a tool's input goes: documents and remarks to `other`, the rest to `command`."""

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
"""Response fields that repeat the call's input, or contain no prose."""

_WRITTEN: Final = frozenset({"filePath", "structuredPatch"})
