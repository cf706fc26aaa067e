"""Hold the words to their laws, whatever an event holds: one line, short, the same every time."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.store.payload import decode
from queryd.summaries.asks import DETAIL_CHARS, TITLE_CHARS, summarise_ask, summarise_elicitation
from queryd.summaries.line import LINE_CHARS
from queryd.summaries.preview import preview, with_summary
from queryd.summaries.summary import ASK_SUMMARIES, CALL_SUMMARIES, SUMMARIES
from queryd.summaries.tools import tool_label, tool_result, tool_target
from tests.queryd.summaries.samples import split_summary, summarize
from tests.shared.events import unstored

TYPES = [*ASK_SUMMARIES, *CALL_SUMMARIES, *SUMMARIES, "Unknown", "", " ", "a  →  b\n"]
TOOLS = [
    *("Bash", "PowerShell", "Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "Grep", "Glob"),
    *("WebFetch", "WebSearch", "Agent", "Task", "AskUserQuestion", "TodoWrite", "TaskCreate"),
    *("TaskUpdate", "Skill", "ExitPlanMode", "mcp__a__b", "mcp__", "", "Other", "\n"),
]
TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "a  b",
        "  →  ",
        "→",
        "\u2028x\u0085y\x0bz\x1c",
        "a\r\nb",
        "\ud83d",
        "x" * 5_000,
        " " * 5_000 + "x",
        "<task-notification><summary>",
        "<tool_use_error>",
        "Claude requested permissions to x, but you haven't granted it yet",
        "Exit code 1",
        "completed",
        "in_progress",
        "create",
        "/",
    ]
)
NUMBER = (
    st.integers()
    | st.floats()
    | st.sampled_from([10**15, 10**400, -(10**4_000), 1e300, 0.5, float("nan"), float("inf")])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
TOOL_KEYS = [
    *("command", "file_path", "offset", "limit", "notebook_path", "pattern", "path", "glob", "url"),
    *("query", "subagent_type", "description", "prompt", "questions", "todos", "subject", "taskId"),
    *(
        "status",
        "skill",
        "args",
        "plan",
        "question",
        "activeForm",
        "interrupted",
        "file",
        "content",
    ),
    *("backgroundTaskId", "timedOutAfterMs", "returnCodeInterpretation", "numLines", "totalLines"),
    *("type", "structuredPatch", "lines", "numFiles", "code", "totalToolUseCount", "answers"),
]
KEYS = [
    *("tool_input", "tool_response", "tool_calls", "duration_ms", "error", "is_interrupt", "cwd"),
    *("prompt", "delta", "last_assistant_message", "background_tasks", "message", "agent_type"),
    *("source", "file_path", "model", "cost", "context_window", "task_id", "task_subject"),
    *("reason", "trigger", "mcp_server_name", "action", "from_model", "to_model", "new_cwd"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cost_usd", "status_code", "attempt"),
    *("command_name", "teammate_name", "team_name", "session_title", "load_reason", "event"),
    *("custom_instructions", "directory", "name", "worktree_path", "tool_name", "display_name"),
    *("used_percentage", "total_cost_usd", "description", "text"),
]


def shaped(keys: list[str], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with known fields of any value."""
    return st.dictionaries(st.sampled_from(keys), inner, max_size=6)


INPUT = shaped(TOOL_KEYS, JSON | st.lists(shaped(TOOL_KEYS, JSON), max_size=2)) | JSON
CALL = st.fixed_dictionaries(
    {"tool_name": st.sampled_from(TOOLS) | JSON, "tool_input": INPUT, "tool_response": INPUT}
)
NEAR = shaped(KEYS, JSON | shaped(KEYS, JSON) | st.lists(CALL | shaped(KEYS, JSON), max_size=2))
PAYLOAD: st.SearchStrategy[dict[str, Any]] = (
    st.dictionaries(TEXT, JSON, max_size=4) | NEAR | CALL | st.builds(dict, CALL, x=JSON)
)


def assert_short_line(line: str) -> None:
    """Fail unless it is one short line of the grammar, which UTF-8 can hold."""
    assert line
    assert line == line.strip()
    assert line.splitlines() == [line]
    assert len(line) <= LINE_CHARS
    line.encode()
    for part in split_summary(line):
        assert part is None or part == " ".join(part.split()) != ""


@given(
    kind=st.sampled_from(TYPES) | TEXT,
    tool=st.none() | st.sampled_from(TOOLS) | TEXT,
    payload=PAYLOAD,
)
@settings(max_examples=600, deadline=None)
def test_any_event_has_a_short_one_line_summary(
    kind: str, tool: str | None, payload: dict[str, Any]
) -> None:
    """One event that raised would end the follower, and with it every stream, for good."""
    line = summarize(kind, payload, tool_name=tool)
    assert_short_line(line)
    assert summarize(kind, payload, tool_name=tool) == line


@given(kind=st.sampled_from(TYPES), summary=TEXT, payload=PAYLOAD)
@settings(max_examples=300, deadline=None)
def test_a_stored_summary_takes_precedence(
    kind: str, summary: str, payload: dict[str, Any]
) -> None:
    """Its sender knew more than the payload shows, but it must not imitate the grammar."""
    line = summarize(kind, payload, summary=summary)
    assert_short_line(line)
    if not summary.strip():
        assert line == summarize(kind, payload)
    elif len(summary) < LINE_CHARS:
        sent = summary.encode(errors="replace").decode()
        assert line == " ".join(sent.split())


def test_a_stored_summary_is_shown_unchanged() -> None:
    """The plain case of the law above."""
    payload = {"tool_input": {"command": "ls"}}
    assert summarize("PreToolUse", payload, summary="Lists\n  the files") == "Lists the files"
    assert summarize("PreToolUse", payload, tool_name="Bash", summary=" ") == "Bash  ls"


@given(tool=st.sampled_from(TOOLS) | TEXT, value=INPUT, cwd=st.none() | TEXT)
@settings(max_examples=300, deadline=None)
def test_any_call_has_a_one_line_target(tool: str, value: Any, cwd: str | None) -> None:
    """Others than the summary build on these."""
    tool_label(tool)
    for text in (tool_target(tool, value, cwd), tool_result(tool, value)):
        assert text is None or text == " ".join(text.split()) != ""
        assert text is None or len(text) <= LINE_CHARS


@given(tool=st.sampled_from(TOOLS) | TEXT, value=INPUT, payload=PAYLOAD)
@settings(max_examples=300, deadline=None)
def test_any_ask_has_a_short_title_and_two_lines_at_most(
    tool: str, value: Any, payload: dict[str, Any]
) -> None:
    """A row of the sessions' list has no room for more."""
    for ask in (summarise_ask(tool, value, None), summarise_elicitation(payload)):
        assert ask.title == " ".join(ask.title.split())
        assert len(ask.title) <= TITLE_CHARS
        lines = [] if ask.detail is None else ask.detail.split("\n")
        assert len(lines) <= 2
        for line in lines:
            assert line == " ".join(line.split()) != ""
            assert len(line) <= DETAIL_CHARS


@given(kind=st.sampled_from(TYPES), payload=PAYLOAD, padding=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_clipped_event_has_the_summary_of_the_whole_payload(
    *, kind: str, payload: dict[str, Any], padding: bool
) -> None:
    """A row of a clipped event must say the same as the event that it opens to."""
    whole = {**payload, **({"pad": "x" * 40_000} if padding else {})}
    text = json.dumps(whole, ensure_ascii=False).replace("Infinity", "1e999")
    # Ingestd stores no half of an emoji.
    event = unstored(hook_event_type=kind, payload=text.encode(errors="replace"))
    decoded = decode(bytes(event.payload))
    listed, alone = preview(event, decoded), with_summary(event, decoded)
    assert listed.summary
    assert listed.summary == alone.summary
    assert bytes(alone.payload) == bytes(event.payload)
    assert listed.payload_clipped == (len(event.payload) > 32 * 1024)


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"null", b"[]", b'"x"', b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b"\xff"],
)
def test_an_unreadable_payload_has_a_summary(payload: bytes) -> None:
    """Ingestd stores none of these; should one be in the log, it must not stop what follows."""
    event = unstored(hook_event_type="X", payload=payload)
    assert preview(event, decode(payload)).summary


@pytest.mark.parametrize("kind", TYPES)
def test_huge_numbers_are_not_shown(kind: str) -> None:
    """Python refuses to write an integer of more than 4,300 digits; a payload may hold one."""
    endless: dict[str, Any] = dict.fromkeys([*KEYS, *TOOL_KEYS], 10**5_000)
    payload = {**endless, "tool_input": endless, "tool_response": endless, "tool_calls": [endless]}
    assert_short_line(summarize(kind, payload, tool_name="Grep"))
    assert_short_line(summarize(kind, payload, tool_name="Other"))


@pytest.mark.parametrize("kind", TYPES)
def test_a_megabyte_in_every_field_is_fast(kind: str) -> None:
    """Payloads are that large; their lines are not."""
    large = "x \n" * 400_000
    given = dict.fromkeys(TOOL_KEYS, large)
    payload = {**dict.fromkeys(KEYS, large), "tool_input": given, "tool_response": given}
    assert_short_line(summarize(kind, payload, tool_name="Grep"))
