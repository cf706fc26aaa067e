"""Hold each kind of event to what is searched of it, sample by sample, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryd.search.text import COLUMNS, EVENT_CHARS, FIELDS, HEAD_CHARS, TAIL_CHARS, Row, row_of
from queryd.search.tokens import token
from tests.queryd.search.strategies import EVENTS
from tests.running import SAMPLES
from tests.shared.events import unstored

SEARCHED = {
    "ConfigChange": {
        "path": "/home/dev/print/proj/.claude/settings.local.json",
        "other": "local_settings",
    },
    "CwdChanged": {"path": "/home/dev/print/proj\n/home/dev/print/proj/sub"},
    "DirectoryAdded": {"path": "/home/dev/icmds/other", "other": "slash_command"},
    "Elicitation": {"other": "tiny\nWhat is your name?\nform"},
    "ElicitationResult": {"other": "tiny\nform\naccept\nBob"},
    "FileChanged": {"path": "/home/dev/print/proj/data.csv", "other": "change"},
    "InstructionsLoaded": {
        "path": "/home/dev/print/proj/.claude/rules/ts.md\n/home/dev/print/proj/src/a.ts",
        "other": "Project\npath_glob_match\nsrc/**/*.ts",
    },
    "MessageDisplay": {"answer": "I will ask a subagent."},
    "Notification": {
        "other": 'Elicitation response for server "tiny": cancel\nelicitation_response'
    },
    "PermissionDenied": {
        "command": "curl -s http://127.0.0.1:9/x | sh",
        "error": "[Code from External]",
    },
    "PermissionRequest": {"path": "/home/dev/print/proj/sub_written.txt", "other": "x\n"},
    "PostCompact": {
        "answer": (
            "<analysis>\nThe user ran scripted scenarios.\n"
            "</analysis>\n\n<summary>\n"
            "1. Primary Request: scripted test.\n"
            "2. Files: README.md\n"
            "3. Pending: nothing.\n"
            "</summary>"
        ),
        "other": "manual",
    },
    "PostModelSwitch": {
        "other": "claude-opus-5-5\nclaude-sonnet-4-6\nclaude-sonnet-4-6\ncommand\n5m\ncatalog"
    },
    "PostToolBatch": {},
    "PostToolUse": {
        "command": "ls; sleep 0.2",
        "output": "CLAUDE.md\nREADME.md\nbig.txt\ndata.csv\nhello.py\nnested\nsrc\nx.png\n",
    },
    "PostToolUseFailure": {"command": "echo sub-fail; exit 4", "error": "Exit code 4\nsub-fail"},
    "PreCompact": {"prompt": "keep the numbers", "other": "manual"},
    "PreModelSwitch": {
        "other": "claude-opus-5-5\nclaude-sonnet-4-6\nclaude-sonnet-4-6\ncommand\n5m\ncatalog"
    },
    "PreToolUse": {"command": "ls; sleep 0.2", "other": "List in subagent"},
    "SessionEnd": {"other": "other"},
    "SessionStart": {
        "other": (
            "fork\nclaude-opus-5-5\n[[scn:hi cwd=/home/dev/icmds/proj]] after compaction (Branch)"
        )
    },
    "Setup": {"other": "init"},
    "Stop": {"answer": "The subagent answered."},
    "StopFailure": {
        "error": (
            'invalid_request\n400 {"type":"error","error":{"type":"invalid_request_error",'
            '"message":"prompt is too long: 1000001 tokens > 1000000 maximum"},'
            '"request_id":"req_01179f982a565824eaca603c"}\n'
            "Prompt is too long · the request is ~1000001 tokens (limit 1000000) but "
            "this conversation is only ~2715 tokens — the rest is system prompt, tool "
            "definitions, and attachment content. A single-exchange conversation cannot "
            "be compacted; reduce attached files/tools or start with less context."
        )
    },
    "SubagentStart": {"other": "general-purpose"},
    "SubagentStop": {"answer": "SUBAGENT REPORT: two files found."},
    "TaskCompleted": {"other": "1\nWrite the parser\nParse the input file"},
    "TaskCreated": {"other": "1\nWrite the parser\nParse the input file"},
    "TeammateIdle": {"other": "mate\nsession-1a60a9b7"},
    "UserPromptExpansion": {
        "prompt": "/mycmd alpha beta",
        "command": "mycmd\nalpha beta",
        "other": "slash_command\nprojectSettings",
    },
    "UserPromptSubmit": {
        "prompt": "[[scn:loop cwd=/home/dev/print/proj]] scripted: s1_first",
        "other": "my named session",
    },
    "WorktreeCreate": {"other": "agent-a8959f0b93119b224"},
    "WorktreeRemove": {"path": "/home/dev/iwt/proj/.wt/feat1"},
}


def texts_of(payload: Any, **fields: Any) -> dict[str, str]:
    """Return the texts that are searched of a body, by their columns."""
    event = unstored(
        hook_event_type=payload.get("hook_event_name", "odd")
        if isinstance(payload, dict)
        else "odd",
        **fields,
    )
    return named(row_of(event, payload))


def named(row: Row) -> dict[str, str]:
    assert len(row) == len(COLUMNS)
    return {name: text for name, text in zip(FIELDS, row[1:], strict=True) if text}


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("examples/*.json")))
def test_each_event_type_is_searchable_by_its_texts(name: str) -> None:
    """Written by hand from the captured bodies: what is left out here no one ever finds."""
    body = json.loads((SAMPLES / "examples" / f"{name}.json").read_text("utf-8"))
    assert texts_of(body) == SEARCHED[name]


def test_an_outcome_is_searchable_by_command_and_path() -> None:
    """`npm error:timeout` must find one event: the failure, with the command that failed."""
    call = {
        "tool_input": {"command": "npm test", "description": "Run it", "shell": "x"},
        "tool_name": "Bash",
    }
    assert texts_of({"hook_event_name": "PreToolUse", **call}) == {
        "command": "npm test\nx",
        "other": "Run it",
    }
    failed = {"hook_event_name": "PostToolUseFailure", **call, "error": "timeout"}
    assert texts_of(failed) == {"command": "npm test\nx", "error": "timeout"}


def test_a_written_text_is_searchable_once() -> None:
    """A file of a megabyte is in PreToolUse, and three times more in PostToolUse."""
    given = {"file_path": "/a.ts", "content": "let x"}
    answer = {
        "type": "create",
        "filePath": "/a.ts",
        "content": "let x",
        "structuredPatch": [{"lines": ["+let x"]}],
        "originalFile": "old",
    }
    pre = {"hook_event_name": "PreToolUse", "tool_input": given}
    post = {"hook_event_name": "PostToolUse", "tool_input": given, "tool_response": answer}
    assert texts_of(pre) == {"path": "/a.ts", "other": "let x"}
    assert texts_of(post) == {"path": "/a.ts", "output": "create"}


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("plain", "plain"),
        ([{"type": "text", "text": "of MCP"}], "text\nof MCP"),
        ({"stdout": "out", "stderr": "err", "interrupted": False}, "out\nerr"),
        ({"type": "text", "file": {"filePath": "/a", "content": "1 2"}}, "text\n1 2"),
        ({"type": "image", "file": {"base64": "AAAA", "type": "image/png"}}, "image\nimage/png"),
        ([{"source": {"data": "iVBOR" * 1_000}}, {"text": "beside"}], "beside"),
        ({"content": [{"text": "an agent's answer"}], "prompt": "as asked"}, "an agent's answer"),
        ({"filenames": ["a.ts", "b.ts"], "numFiles": 2}, "a.ts\nb.ts"),
    ],
)
def test_a_tool_response_of_any_shape_is_searchable(answer: Any, output: str) -> None:
    """Tools answer in every shape; images are letters without a word in them."""
    assert texts_of({"hook_event_name": "PostToolUse", "tool_response": answer})["output"] == output


def test_only_calls_that_never_ran_are_searchable_in_a_batch() -> None:
    """A call that was rejected unread, or refused, is in no other event."""
    calls = [
        {"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_response": "a b"},
        {"tool_name": "Bash", "tool_input": {"command": "no"}, "tool_response": "Exit code 1\nno"},
        {
            "tool_name": "Edit",
            "tool_input": {"file_path": "/a", "old_string": "x"},
            "tool_response": "<tool_use_error>String to replace not found</tool_use_error>",
        },
        {
            "tool_name": "Write",
            "tool_input": {"file_path": "/b"},
            "tool_response": "Permission to use Write has been denied.",
        },
    ]
    body = {"hook_event_name": "PostToolBatch", "tool_calls": calls}
    assert texts_of(body) == {
        "path": "/a\n/b",
        "error": (
            "<tool_use_error>String to replace not found</tool_use_error>\n"
            "Permission to use Write has been denied."
        ),
    }
    tokens = row_of(unstored(hook_event_type="PostToolBatch"), body)[0].split()
    assert {token("tool", "Edit"), token("tool", "Write")} <= set(tokens)
    assert token("tool", "Bash") not in tokens


def test_every_text_of_an_unknown_event_is_searchable() -> None:
    """Claude Code adds events every month; other senders have their own."""
    body = {"session_id": "s", "note": "a", "error": "b", "deep": [{"x": {"y": "c"}}, 1, None]}
    assert texts_of(body, summary="d") == {"error": "b", "other": "a\nc\nd"}


def test_the_start_and_the_end_of_a_long_text_are_searchable() -> None:
    """What failed stands at the end of an output; the index must stay smaller than the log."""
    text = "begin " + "word " * 10_000 + "end"
    found = texts_of({"hook_event_name": "PostToolUse", "tool_response": {"stdout": text}})[
        "output"
    ]
    assert found.startswith("begin ")
    assert found.endswith(" end")
    assert len(found) == HEAD_CHARS + TAIL_CHARS + 3
    many = texts_of({"message": ["w " * 1_400] * 50})["other"]
    assert len(many) <= EVENT_CHARS + 50


def test_any_json_payload_can_be_searched() -> None:
    """Every body that ingestd took is folded, however odd."""
    assert texts_of([1, "a"]) == {}
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert texts_of({"tool_input": 1, "tool_response": None, "tool_calls": "x", "a": deep}) == {}
    assert texts_of({"note": "a\0b \ud83d"}) == {"other": "a b ?"}


@given(
    fields=EVENTS,
    payload=st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    ),
)
@settings(max_examples=300, deadline=None)
def test_the_texts_of_an_event_are_bounded(fields: dict[str, Any], payload: Any) -> None:
    """One event may not fill the index."""
    for key in ("tool_input", "tool_response", "tool_calls", "error", "prompt"):
        row = row_of(unstored(**fields), {key: payload, "other": payload})
        assert len(row) == len(COLUMNS)
        assert sum(map(len, row[1:])) <= EVENT_CHARS + 1_000
        assert not any("\0" in text for text in row)
