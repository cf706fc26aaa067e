"""Test how tools are named, what their calls are about and what comes of them."""

from typing import Any

import pytest

from queryd.summaries.tools import tool_label, tool_result, tool_target

CWD = "/home/dev/shop"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Bash", "Bash"),
        ("mcp__tiny__add", "tiny › add"),
        ("mcp__my__tiny__add", "my › tiny__add"),
        ("mcp__x", "mcp__x"),
        ("mcp__", "mcp__"),
        ("mcp__x__", "mcp__x__"),
        ("", ""),
    ],
)
def test_an_mcp_tool_is_named_by_its_server(name: str, label: str) -> None:
    """The page names tools of its menus the same way, in its own tongue."""
    assert tool_label(name) == label


@pytest.mark.parametrize(
    ("tool", "given", "target"),
    [
        ("Bash", {"command": "a\nb"}, "a …"),
        ("Bash", {"command": "\n\n  a  b\n\n"}, "a b"),
        ("Bash", {"description": "no command"}, None),
        ("PowerShell", {"command": "ls"}, "ls"),
        (
            "Read",
            {"file_path": f"{CWD}/src/a.ts", "offset": 10, "limit": 20},
            "src/a.ts lines 10–29",
        ),
        ("Read", {"file_path": "/etc/hosts", "offset": 7}, "/etc/hosts from line 7"),
        ("Edit", {"file_path": f"{CWD}-other/a.py"}, f"{CWD}-other/a.py"),
        ("NotebookEdit", {"notebook_path": f"{CWD}/a.ipynb"}, "a.ipynb"),
        ("Grep", {"pattern": "TODO", "path": f"{CWD}/src"}, "TODO in src"),
        ("Grep", {"pattern": "TODO", "glob": "*.py"}, "TODO in *.py"),
        ("Glob", {"pattern": "*", "path": CWD}, "*"),
        ("WebFetch", {"url": "https://a.example/", "prompt": "What?"}, "https://a.example/"),
        ("WebSearch", {"query": "weather"}, "weather"),
        ("Agent", {"subagent_type": "Explore", "description": "Look"}, "Explore: Look"),
        ("Task", {"prompt": "Look\nclosely"}, "Look …"),
        ("AskUserQuestion", {"questions": [{"question": "Which?"}]}, "Which?"),
        ("AskUserQuestion", {"questions": []}, None),
        (
            "TodoWrite",
            {"todos": [{"status": "completed"}, {"status": "in_progress", "activeForm": "Two"}]},
            "1 of 2 done · Two",
        ),
        ("TaskCreate", {"subject": "Write"}, "Write"),
        ("TaskUpdate", {"taskId": 3, "status": "completed"}, "#3 completed"),
        ("Skill", {"skill": "greet", "args": "all"}, "greet all"),
        ("ExitPlanMode", {"plan": "# Plan\nOne"}, "# Plan …"),
        ("mcp__a__b", {"path": f"{CWD}/x", "deep": {}}, "x"),
        ("mcp__a__b", {"a": 2, "b": True, "c": "", "d": None, "e": 1.5}, 'a=2 b=true c="" e=1.5'),
        ("mcp__a__b", {}, None),
        ("Bash", None, None),
        ("Bash", ["command"], None),
        ("Bash", {"command": 5}, None),
        ("Bash", {"command": " \u2028 "}, None),
    ],
)
def test_the_target_comes_from_the_input(tool: str, given: Any, target: str | None) -> None:
    """Users scan a list of calls by it."""
    assert tool_target(tool, given, CWD) == target


def test_a_path_outside_the_folder_is_shown_whole() -> None:
    """Windows separates with another sign; a payload may hold no folder at all."""
    assert tool_target("Read", {"file_path": "/a/b"}, None) == "/a/b"
    assert tool_target("Read", {"file_path": "/a/b"}, "/") == "a/b"
    assert tool_target("Read", {"file_path": "C:\\shop\\a\\b.ts"}, "C:\\shop") == "a\\b.ts"


@pytest.mark.parametrize(
    ("tool", "response", "result"),
    [
        ("Bash", {"stdout": "x"}, None),
        ("Bash", {"backgroundTaskId": "b"}, "in the background"),
        ("Bash", {"timedOutAfterMs": 1000}, "timed out"),
        ("Bash", {"returnCodeInterpretation": "No matches found"}, "No matches found"),
        ("Read", {"file": {"numLines": 3, "totalLines": 900}}, "3 of 900 lines"),
        ("Read", {"file": {"numLines": 1, "totalLines": 1}}, "1 line"),
        ("Read", {"type": "image"}, None),
        ("Write", {"type": "create", "content": "1\n2\n"}, "created 2 lines"),
        ("Write", {"type": "create", "content": ""}, "created"),
        ("Edit", {"structuredPatch": [{"lines": [" x", "-y", "+z", "+w", 5]}, 5]}, "+2 −1"),
        ("Edit", {"structuredPatch": []}, None),
        ("Grep", {"numLines": 1, "numFiles": 0}, "1 line"),
        ("Grep", {"numFiles": 2}, "2 files"),
        ("Glob", {"numFiles": 1234}, "1,234 files"),
        ("WebFetch", {"code": 404}, "HTTP 404"),
        ("Agent", {"status": "async_launched", "totalToolUseCount": 1}, "in the background"),
        ("Agent", {"status": "completed", "totalToolUseCount": 1}, "1 tool call"),
        ("AskUserQuestion", {"answers": {"Which?": "Red", "How?": 5, "Who?": "Me"}}, "Red, Me"),
        ("mcp__a__b", {"numFiles": 2}, None),
        ("Bash", "text", None),
        ("Bash", None, None),
    ],
)
def test_a_result_has_details(tool: str, response: Any, result: str | None) -> None:
    """`ok` appears only without other details."""
    assert tool_result(tool, response) == result
