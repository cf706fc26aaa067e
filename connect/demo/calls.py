"""Tool calls: from an action of the material to the bodies of its events."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from connect.demo.bodies import Body, EventFrame, body, new_tool_use_id
from connect.demo.material.parts import (
    FileEdit,
    FileRead,
    FileWrite,
    GlobSearch,
    GrepSearch,
    McpCall,
    PageFetch,
    ShellCommand,
    ToolAction,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

FRESH = " (file state is current in your context — no need to Read it back)"
NO_OUTPUT = "(Bash completed with no output)"
READERS = frozenset({"Read", "Grep", "Glob"})


class DemoCall(Struct, frozen=True):
    """A tool call with its outcome: a response or an error. The model sees `model_result`."""

    tool_name: str
    tool_input: Body
    tool_use_id: str
    model_result: Any
    took_ms: int
    response: Any = None
    error: str | None = None
    mcp_server: Body | None = None


def before(frame: EventFrame, call: DemoCall) -> Body:
    return body(
        frame,
        "PreToolUse",
        **_call_fields(call),
        tool_use_id=call.tool_use_id,
        **_server_field(call),
    )


def request(frame: EventFrame, call: DemoCall) -> Body:
    """Return the PermissionRequest of a call, which has no tool_use_id."""
    return body(
        frame,
        "PermissionRequest",
        **_call_fields(call),
        **_suggestions(call),
        **_server_field(call),
    )


def denial(frame: EventFrame, call: DemoCall, reason: str) -> Body:
    """Return the PermissionDenied of a call that auto mode's classifier stopped."""
    return body(
        frame, "PermissionDenied", **_call_fields(call), tool_use_id=call.tool_use_id, reason=reason
    )


def after(frame: EventFrame, call: DemoCall) -> Body:
    if call.error is None:
        return body(
            frame,
            "PostToolUse",
            **_result_fields(call),
            tool_response=call.response,
            tool_use_id=call.tool_use_id,
            duration_ms=call.took_ms,
            **_server_field(call),
        )
    return body(
        frame,
        "PostToolUseFailure",
        **_call_fields(call),
        tool_use_id=call.tool_use_id,
        error=call.error,
        is_interrupt=False,
        duration_ms=call.took_ms,
        **_server_field(call),
    )


def batched(frame: EventFrame, calls: Iterable[DemoCall]) -> Body:
    """Return the PostToolBatch after parallel calls."""
    return body(frame, "PostToolBatch", tool_calls=[_batch_entry(call) for call in calls])


def call_of(action: ToolAction, frame: EventFrame, files: dict[str, str], rng: Random) -> DemoCall:
    """Return the call for an action; an edit changes `files`."""
    fields = CALL_FIELDS[type(action)](action, frame.cwd, files, rng)
    return DemoCall(tool_use_id=new_tool_use_id(rng), **fields)


def failure_of(action: ShellCommand | McpCall, *, ms: int, port: int) -> ShellCommand | McpCall:
    """Return a failing action with these numbers in its error."""
    if isinstance(action, McpCall):
        return replace(action, result=action.result.format(ms=ms, port=port))
    return replace(action, output=action.output.format(ms=ms, port=port))


def _call_fields(call: DemoCall) -> Body:
    return {"tool_name": call.tool_name, "tool_input": call.tool_input}


def _result_fields(call: DemoCall) -> Body:
    # Claude Code adds the answers to the input of a question, in this event only.
    if call.tool_name == "AskUserQuestion":
        return {"tool_name": call.tool_name, "tool_input": call.response}
    return _call_fields(call)


def _server_field(call: DemoCall) -> Body:
    return {} if call.mcp_server is None else {"mcp_server": call.mcp_server}


def _batch_entry(call: DemoCall) -> Body:
    # As the model wrote it: Claude Code adds the path of a plan.
    tool_input = {name: it for name, it in call.tool_input.items() if name != "planFilePath"}
    return {
        "tool_name": call.tool_name,
        "tool_input": tool_input,
        "tool_use_id": call.tool_use_id,
        "tool_response": call.model_result,
    }


def _suggestions(call: DemoCall) -> Body:
    """Return the rules that Claude Code would offer to remember; none for questions and plans."""
    if call.tool_name in {"AskUserQuestion", "ExitPlanMode"}:
        return {}
    if call.tool_name in {"Write", "Edit"}:
        return {
            "permission_suggestions": [
                {"type": "setMode", "mode": "acceptEdits", "destination": "session"}
            ]
        }
    return {"permission_suggestions": [_remember(_rule(call))]}


def _rule(call: DemoCall) -> Body:
    named = {"toolName": call.tool_name}
    return (
        named | {"ruleContent": call.tool_input["command"]} if call.tool_name == "Bash" else named
    )


def _remember(rule: Body) -> Body:
    return {
        "type": "addRules",
        "rules": [rule],
        "behavior": "allow",
        "destination": "localSettings",
    }


def _read(action: FileRead, cwd: str, files: dict[str, str], rng: Random) -> Body:
    # Counts the empty line after the last newline, as Claude Code does.
    path, lines = f"{cwd}/{action.path}", files[action.path].split("\n")
    shown = lines[: action.limit]
    limit = {} if action.limit is None else {"limit": action.limit}
    file = {
        "filePath": path,
        "content": "\n".join(shown),
        "numLines": len(shown),
        "startLine": 1,
        "totalLines": len(lines),
    }
    return {
        "tool_name": "Read",
        "tool_input": {"file_path": path} | limit,
        "response": {"type": "text", "file": file},
        "model_result": "\n".join(f"{number}\t{line}" for number, line in enumerate(shown, 1)),
        "took_ms": rng.randint(3, 40),
    }


def _search(action: GrepSearch, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    count = len(action.output.splitlines())
    return {
        "tool_name": "Grep",
        "tool_input": {"pattern": action.pattern, "output_mode": "content"},
        "response": {
            "mode": "content",
            "numFiles": 0,
            "filenames": [],
            "content": action.output,
            "numLines": count,
            "totalLines": count,
        },
        "model_result": action.output or "No matches found",
        "took_ms": rng.randint(15, 120),
    }


def _find(action: GlobSearch, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    took_ms, count = rng.randint(20, 90), len(action.paths)
    return {
        "tool_name": "Glob",
        "tool_input": {"pattern": action.pattern},
        "response": {
            "filenames": list(action.paths),
            "durationMs": took_ms - 2,
            "numFiles": count,
            "truncated": False,
            "totalMatches": count,
            "countIsComplete": True,
        },
        "model_result": "\n".join(action.paths),
        "took_ms": took_ms,
    }


def _edit(action: FileEdit, cwd: str, files: dict[str, str], rng: Random) -> Body:
    path, original = f"{cwd}/{action.path}", files[action.path]
    files[action.path] = original.replace(action.old, action.new, 1)
    return {
        "tool_name": "Edit",
        "tool_input": {
            "file_path": path,
            "old_string": action.old,
            "new_string": action.new,
            "replace_all": False,
        },
        "response": {
            "filePath": path,
            "oldString": action.old,
            "newString": action.new,
            "originalFile": original,
            "structuredPatch": patch(original, files[action.path]),
            "userModified": False,
            "replaceAll": False,
        },
        "model_result": f"The file {path} has been updated successfully.{FRESH}",
        "took_ms": rng.randint(4, 60),
    }


def patch(old: str, new: str) -> list[Body]:
    """Return the hunks of a change, with three lines of context."""
    before, after = old.splitlines(), new.splitlines()
    groups = SequenceMatcher(None, before, after).get_grouped_opcodes(3)
    return [_hunk(group, before, after) for group in groups]


def _hunk(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Body:
    (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
    lines: list[str] = []
    for tag, i, j, k, m in group:
        if tag == "equal":
            lines += [f" {line}" for line in old[i:j]]
        else:
            lines += [f"-{line}" for line in old[i:j]] + [f"+{line}" for line in new[k:m]]
    return {
        "oldStart": old_start + 1,
        "oldLines": old_end - old_start,
        "newStart": new_start + 1,
        "newLines": new_end - new_start,
        "lines": lines,
    }


def _write(action: FileWrite, cwd: str, files: dict[str, str], rng: Random) -> Body:
    path, files[action.path] = f"{cwd}/{action.path}", action.content
    return {
        "tool_name": "Write",
        "tool_input": {"file_path": path, "content": action.content},
        "response": {
            "type": "create",
            "filePath": path,
            "content": action.content,
            "structuredPatch": [],
            "originalFile": None,
            "userModified": False,
        },
        "model_result": f"File created successfully at: {path}{FRESH}",
        "took_ms": rng.randint(5, 70),
    }


def _run(action: ShellCommand, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    error = f"Exit code {action.exit_code}\n{action.output}".rstrip() if action.exit_code else None
    response = {
        "stdout": action.output,
        "stderr": "",
        "interrupted": False,
        "isImage": False,
        "noOutputExpected": False,
    }
    return {
        "tool_name": "Bash",
        "tool_input": {"command": action.command, "description": action.description},
        "model_result": error or action.output or NO_OUTPUT,
        "took_ms": round(action.took_ms * rng.uniform(0.7, 1.5)),
    } | ({"response": response} if error is None else {"error": error})


def _fetch(action: PageFetch, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    took_ms = rng.randint(300, 2500) if action.error is None else rng.randint(15, 90)
    response = {
        "bytes": rng.randint(4_000, 90_000),
        "code": 200,
        "codeText": "OK",
        "result": action.result,
        "durationMs": took_ms,
        "url": action.url,
    }
    return {
        "tool_name": "WebFetch",
        "tool_input": {"url": action.url, "prompt": action.question},
        "model_result": action.error or action.result,
        "took_ms": took_ms,
    } | ({"response": response} if action.error is None else {"error": action.error})


def _mcp(action: McpCall, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    return {
        "tool_name": f"mcp__{action.server}__{action.tool}",
        "tool_input": action.arguments,
        "model_result": action.result,
        "took_ms": rng.randint(20, 900),
        "mcp_server": {"name": action.server, "source": "project"},
    } | ({"error": action.result} if action.fails else {"response": action.result})


CALL_FIELDS: dict[type[ToolAction], Any] = {
    FileRead: _read,
    GrepSearch: _search,
    GlobSearch: _find,
    FileEdit: _edit,
    FileWrite: _write,
    ShellCommand: _run,
    PageFetch: _fetch,
    McpCall: _mcp,
}
