"""Describe a tool call: a label for the tool, the call's target, its result.

Each is one line. The target of an unknown tool is its first descriptive field.
"""

from collections.abc import Callable
from typing import Final

from queryd.summaries.amounts import counted
from queryd.summaries.read import (
    Fields,
    fields,
    first_line,
    items,
    joined,
    number,
    numbered,
    one_line,
    path,
    text,
)

TARGET_CHARS: Final = 400
RESULT_CHARS: Final = 160


def tool_label(name: str) -> str:
    """Return a display name: `server › tool` for `mcp__server__tool`."""
    server, tool = _split_name(name)
    return f"{server} › {tool}" if server else name


def mcp_server(name: str) -> str | None:
    """Return the MCP server that has the tool; None for a built-in tool."""
    return _split_name(name)[0]


def tool_target(tool_name: str, tool_input: object, cwd: str | None) -> str | None:
    """Return what a call acts on: its command, its file relative to `cwd`, its pattern."""
    target = _TARGETS.get(tool_name, _any_target)(fields(tool_input), text(cwd))
    return one_line(target, TARGET_CHARS) or None if target else None


def tool_result(tool_name: str, tool_response: object) -> str | None:
    """Return the result of a successful call, if its response has more than that it succeeded."""
    describe = _RESULTS.get(tool_name)
    result = describe(fields(tool_response)) if describe else None
    return one_line(result, RESULT_CHARS) or None if result else None


def pairs(values: Fields, limit: int) -> str | None:
    """Return the first fields with a string, a number or a bool, as `key=value`."""
    shown: list[str] = []
    for key, value in values.items():
        if len(shown) == limit:
            break
        if pair := _pair(key, value):
            shown.append(pair)
    return " ".join(shown) or None


def _pair(key: str, value: object) -> str | None:
    if isinstance(value, str):
        return f"{key}={first_line(value) or _EMPTY}"
    if isinstance(value, bool):
        return f"{key}={str(value).lower()}"
    plain = number(value)
    return None if plain is None else f"{key}={plain}"


def _command(values: Fields, _cwd: str | None) -> str | None:
    return first_line(values.get("command"))


def _file(values: Fields, cwd: str | None) -> str | None:
    return joined(path(values.get("file_path"), cwd), _range(values), by=" ")


def _range(values: Fields) -> str | None:
    start, lines = number(values.get("offset")), number(values.get("limit"))
    if lines is None:
        return None if start is None else f"from line {start}"
    start = 1 if start is None else start
    return f"lines {start}–{start + lines - 1}"


def _notebook(values: Fields, cwd: str | None) -> str | None:
    return path(values.get("notebook_path"), cwd)


def _search(values: Fields, cwd: str | None) -> str | None:
    place = path(values.get("path"), cwd) or text(values.get("glob"))
    place = None if place is None or place == cwd else f"in {place}"
    return joined(first_line(values.get("pattern")), place, by=" ")


def _url(values: Fields, _cwd: str | None) -> str | None:
    return first_line(values.get("url"))


def _query(values: Fields, _cwd: str | None) -> str | None:
    return first_line(values.get("query"))


def _agent(values: Fields, _cwd: str | None) -> str | None:
    task = first_line(values.get("description")) or first_line(values.get("prompt"))
    return joined(text(values.get("subagent_type")), task, by=": ")


def _question(values: Fields, _cwd: str | None) -> str | None:
    questions = items(values.get("questions"))
    return first_line(fields(questions[0]).get("question")) if questions else None


def _todos(values: Fields, _cwd: str | None) -> str | None:
    todos = [fields(todo) for todo in items(values.get("todos"))]
    done = sum(todo.get("status") == "completed" for todo in todos)
    current = next((todo for todo in todos if todo.get("status") == "in_progress"), fields(None))
    progress = f"{done} of {len(todos)} done"
    return joined(progress, first_line(current.get("activeForm")), by=" · ")


def _created_task(values: Fields, _cwd: str | None) -> str | None:
    return first_line(values.get("subject"))


def _task(values: Fields, _cwd: str | None) -> str | None:
    return joined(numbered(values.get("taskId")), text(values.get("status")), by=" ")


def _skill(values: Fields, _cwd: str | None) -> str | None:
    return joined(text(values.get("skill")), first_line(values.get("args")), by=" ")


def _plan(values: Fields, _cwd: str | None) -> str | None:
    return first_line(values.get("plan"))


def _any_target(values: Fields, cwd: str | None) -> str | None:
    for key in _DESCRIPTIVE_FIELDS:
        if line := first_line(values.get(key)):
            return path(line, cwd)
    return pairs(values, 4)


def _shell_result(values: Fields) -> str | None:
    if text(values.get("backgroundTaskId")):
        return "in the background"
    if number(values.get("timedOutAfterMs")) is not None:
        return "timed out"
    return text(values.get("returnCodeInterpretation"))


def _read_result(values: Fields) -> str | None:
    file = fields(values.get("file"))
    lines, total = number(file.get("numLines")), number(file.get("totalLines"))
    if lines is None:
        return None
    if total is not None and total > lines:
        return f"{lines} of {counted(total, 'line')}"
    return counted(lines, "line")


def _edit_result(values: Fields) -> str | None:
    created = values.get("type") == "create"
    return joined("created" if created else None, _changed_lines(values, created=created), by=" ")


def _changed_lines(values: Fields, *, created: bool) -> str | None:
    added = removed = 0
    for hunk in items(values.get("structuredPatch")):
        for line in items(fields(hunk).get("lines")):
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    if added or removed:
        return f"+{added} −{removed}"
    content = text(values.get("content")) if created else None
    return None if content is None else counted(content.removesuffix("\n").count("\n") + 1, "line")


def _matches(values: Fields) -> str | None:
    return _count(values, "numLines", "line") or _count(values, "numFiles", "file")


def _files(values: Fields) -> str | None:
    return _count(values, "numFiles", "file")


def _count(values: Fields, key: str, noun: str) -> str | None:
    value = number(values.get(key))
    return None if value is None else counted(value, noun)


def _status(values: Fields) -> str | None:
    code = number(values.get("code"))
    return None if code is None else f"HTTP {code}"


def _agent_result(values: Fields) -> str | None:
    if values.get("status") == "async_launched":
        return "in the background"
    return _count(values, "totalToolUseCount", "tool call")


def _answers(values: Fields) -> str | None:
    return joined(*map(first_line, fields(values.get("answers")).values()))


_EMPTY: Final = '""'
_DESCRIPTIVE_FIELDS: Final = (
    "description",
    "file_path",
    "path",
    "url",
    "query",
    "name",
    "prompt",
    "message",
)
_TARGETS: Final[dict[str, Callable[[Fields, str | None], str | None]]] = {
    "Bash": _command,
    "PowerShell": _command,
    "Read": _file,
    "Write": _file,
    "Edit": _file,
    "MultiEdit": _file,
    "NotebookEdit": _notebook,
    "Grep": _search,
    "Glob": _search,
    "WebFetch": _url,
    "WebSearch": _query,
    "Agent": _agent,
    "Task": _agent,
    "AskUserQuestion": _question,
    "TodoWrite": _todos,
    "TaskCreate": _created_task,
    "TaskUpdate": _task,
    "Skill": _skill,
    "ExitPlanMode": _plan,
}
_RESULTS: Final[dict[str, Callable[[Fields], str | None]]] = {
    "Bash": _shell_result,
    "PowerShell": _shell_result,
    "Read": _read_result,
    "Write": _edit_result,
    "Edit": _edit_result,
    "MultiEdit": _edit_result,
    "Grep": _matches,
    "Glob": _files,
    "WebFetch": _status,
    "Agent": _agent_result,
    "Task": _agent_result,
    "AskUserQuestion": _answers,
}


def _split_name(name: str) -> tuple[str | None, str]:
    # Only the first two: the tool's own name may contain `__` too.
    parts = name.split("__", 2)
    is_mcp = len(parts) == 3 and parts[0] == "mcp" and parts[1] and parts[2]
    return (parts[1], parts[2]) if is_mcp else (None, name)
