"""Make tool calls: from a step of the material to its input, response and what the model sees.

Comes in: a step, the folder and contents it acts on. Goes out: a `Call`, and the bodies before,
after and about it.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from connect.demo.bodies import Body, Frame, body, new_tool_use_id
from connect.demo.material.parts import Edit, Fetch, Find, Mcp, Read, Run, Search, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

FRESH = " (file state is current in your context — no need to Read it back)"
NO_OUTPUT = "(Bash completed with no output)"
READERS = frozenset({"Read", "Grep", "Glob"})


class Call(Struct, frozen=True):
    """Hold one tool call, from its input to its outcome: a response, or an error.

    `told` is what the model sees of it.
    """

    tool_name: str
    tool_input: Body
    tool_use_id: str
    told: Any
    took_ms: int
    response: Any = None
    error: str | None = None
    mcp_server: Body | None = None


def before(frame: Frame, call: Call) -> Body:
    """Make the PreToolUse of a call."""
    return body(
        frame, "PreToolUse", **_asked_for(call), tool_use_id=call.tool_use_id, **_served_by(call)
    )


def request(frame: Frame, call: Call) -> Body:
    """Make the PermissionRequest of a call: it carries no tool_use_id."""
    return body(
        frame, "PermissionRequest", **_asked_for(call), **_suggestions(call), **_served_by(call)
    )


def denial(frame: Frame, call: Call, reason: str) -> Body:
    """Make the PermissionDenied of a call that auto mode's classifier stopped."""
    return body(
        frame, "PermissionDenied", **_asked_for(call), tool_use_id=call.tool_use_id, reason=reason
    )


def after(frame: Frame, call: Call) -> Body:
    """Make the PostToolUse or PostToolUseFailure of a call."""
    if call.error is None:
        return body(
            frame,
            "PostToolUse",
            **_answered(call),
            tool_response=call.response,
            tool_use_id=call.tool_use_id,
            duration_ms=call.took_ms,
            **_served_by(call),
        )
    return body(
        frame,
        "PostToolUseFailure",
        **_asked_for(call),
        tool_use_id=call.tool_use_id,
        error=call.error,
        is_interrupt=False,
        duration_ms=call.took_ms,
        **_served_by(call),
    )


def batched(frame: Frame, calls: Iterable[Call]) -> Body:
    """Make the PostToolBatch that closes calls asked for at once."""
    return body(frame, "PostToolBatch", tool_calls=[_in_batch(call) for call in calls])


def call_of(step: Step, frame: Frame, files: dict[str, str], rng: Random) -> Call:
    """Make the call a step asks for. It reads `files`, and changes them when it edits."""
    made = MAKERS[type(step)](step, frame.cwd, files, rng)
    return Call(tool_use_id=new_tool_use_id(rng), **made)


def _asked_for(call: Call) -> Body:
    return {"tool_name": call.tool_name, "tool_input": call.tool_input}


def _answered(call: Call) -> Body:
    # Only here does the input of a question carry the answers: Claude Code writes them into it.
    if call.tool_name == "AskUserQuestion":
        return {"tool_name": call.tool_name, "tool_input": call.response}
    return _asked_for(call)


def _served_by(call: Call) -> Body:
    return {} if call.mcp_server is None else {"mcp_server": call.mcp_server}


def _in_batch(call: Call) -> Body:
    return _asked_for(call) | {"tool_use_id": call.tool_use_id, "tool_response": call.told}


def _suggestions(call: Call) -> Body:
    """Offer the rules Claude Code would offer to remember; a question has none."""
    if call.tool_name == "AskUserQuestion":
        return {}
    if call.tool_name in {"Write", "Edit"}:
        return {
            "permission_suggestions": [
                {"type": "setMode", "mode": "acceptEdits", "destination": "session"}
            ]
        }
    return {"permission_suggestions": [_remember(_rule(call))]}


def _rule(call: Call) -> Body:
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


def _read(step: Read, cwd: str, files: dict[str, str], rng: Random) -> Body:
    """Read: the response counts the empty line after the last newline, as Claude Code does."""
    path, lines = f"{cwd}/{step.path}", files[step.path].split("\n")
    shown = lines[: step.limit]
    limit = {} if step.limit is None else {"limit": step.limit}
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
        "told": "\n".join(f"{number}\t{line}" for number, line in enumerate(shown, 1)),
        "took_ms": rng.randint(3, 40),
    }


def _search(step: Search, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    count = len(step.found.splitlines())
    return {
        "tool_name": "Grep",
        "tool_input": {"pattern": step.pattern, "output_mode": "content"},
        "response": {
            "mode": "content",
            "numFiles": 0,
            "filenames": [],
            "content": step.found,
            "numLines": count,
            "totalLines": count,
        },
        "told": step.found or "No matches found",
        "took_ms": rng.randint(15, 120),
    }


def _find(step: Find, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    took_ms, count = rng.randint(20, 90), len(step.paths)
    return {
        "tool_name": "Glob",
        "tool_input": {"pattern": step.pattern},
        "response": {
            "filenames": list(step.paths),
            "durationMs": took_ms - 2,
            "numFiles": count,
            "truncated": False,
            "totalMatches": count,
            "countIsComplete": True,
        },
        "told": "\n".join(step.paths),
        "took_ms": took_ms,
    }


def _edit(step: Edit, cwd: str, files: dict[str, str], rng: Random) -> Body:
    path, original = f"{cwd}/{step.path}", files[step.path]
    files[step.path] = original.replace(step.old, step.new, 1)
    return {
        "tool_name": "Edit",
        "tool_input": {
            "file_path": path,
            "old_string": step.old,
            "new_string": step.new,
            "replace_all": False,
        },
        "response": {
            "filePath": path,
            "oldString": step.old,
            "newString": step.new,
            "originalFile": original,
            "structuredPatch": patch(original, files[step.path]),
            "userModified": False,
            "replaceAll": False,
        },
        "told": f"The file {path} has been updated successfully.{FRESH}",
        "took_ms": rng.randint(4, 60),
    }


def patch(old: str, new: str) -> list[Body]:
    """Make the hunks of a change, with three lines around it."""
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


def _write(step: Write, cwd: str, files: dict[str, str], rng: Random) -> Body:
    path, files[step.path] = f"{cwd}/{step.path}", step.content
    return {
        "tool_name": "Write",
        "tool_input": {"file_path": path, "content": step.content},
        "response": {
            "type": "create",
            "filePath": path,
            "content": step.content,
            "structuredPatch": [],
            "originalFile": None,
            "userModified": False,
        },
        "told": f"File created successfully at: {path}{FRESH}",
        "took_ms": rng.randint(5, 70),
    }


def _run(step: Run, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    error = f"Exit code {step.exit_code}\n{step.output}".rstrip() if step.exit_code else None
    response = {
        "stdout": step.output,
        "stderr": "",
        "interrupted": False,
        "isImage": False,
        "noOutputExpected": False,
    }
    return {
        "tool_name": "Bash",
        "tool_input": {"command": step.command, "description": step.description},
        "told": error or step.output or NO_OUTPUT,
        "took_ms": round(step.took_ms * rng.uniform(0.7, 1.5)),
    } | ({"response": response} if error is None else {"error": error})


def _fetch(step: Fetch, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    took_ms = rng.randint(300, 2500) if step.error is None else rng.randint(15, 90)
    response = {
        "bytes": rng.randint(4_000, 90_000),
        "code": 200,
        "codeText": "OK",
        "result": step.result,
        "durationMs": took_ms,
        "url": step.url,
    }
    return {
        "tool_name": "WebFetch",
        "tool_input": {"url": step.url, "prompt": step.question},
        "told": step.error or step.result,
        "took_ms": took_ms,
    } | ({"response": response} if step.error is None else {"error": step.error})


def _mcp(step: Mcp, _cwd: str, _files: dict[str, str], rng: Random) -> Body:
    return {
        "tool_name": f"mcp__{step.server}__{step.tool}",
        "tool_input": step.arguments,
        "told": step.result,
        "took_ms": rng.randint(20, 900),
        "mcp_server": {"name": step.server, "source": "project"},
    } | ({"error": step.result} if step.fails else {"response": step.result})


MAKERS: dict[type[Step], Any] = {
    Read: _read,
    Search: _search,
    Find: _find,
    Edit: _edit,
    Write: _write,
    Run: _run,
    Fetch: _fetch,
    Mcp: _mcp,
}
