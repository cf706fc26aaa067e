"""Put a tool call into words.

In: a tool's name, its input, its answer, as they came. Out: the tool's name as people say it, what
the call is about, what came of it; each on one line. An unknown tool gets its first telling field.
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
    """Return a tool's name as people say it: `mcp__server__tool` reads `server › tool`."""
    server, tool = _of_server(name)
    return f"{server} › {tool}" if server else name


def mcp_server(name: str) -> str | None:
    """Return the MCP server whose tool it is; None for the client's own tools."""
    return _of_server(name)[0]


def tool_target(tool_name: str, tool_input: object, cwd: str | None) -> str | None:
    """Return what a call is about: its command, its file relative to `cwd`, its pattern."""
    said = _TARGETS.get(tool_name, _any_target)(fields(tool_input), text(cwd))
    return one_line(said, TARGET_CHARS) or None if said else None


def tool_result(tool_name: str, tool_response: object) -> str | None:
    """Return what came of a call that succeeded, where its answer says more than that."""
    of = _RESULTS.get(tool_name)
    said = of(fields(tool_response)) if of else None
    return one_line(said, RESULT_CHARS) or None if said else None


def pairs(given: Fields, most: int) -> str | None:
    """Return the first fields that hold something short, as `key=value`."""
    found: list[str] = []
    for key, value in given.items():
        if len(found) == most:
            break
        if said := _pair(key, value):
            found.append(said)
    return " ".join(found) or None


def _pair(key: str, value: object) -> str | None:
    if isinstance(value, str):
        return f"{key}={first_line(value) or _EMPTY}"
    if isinstance(value, bool):
        return f"{key}={str(value).lower()}"
    known = number(value)
    return None if known is None else f"{key}={known}"


def _command(given: Fields, _cwd: str | None) -> str | None:
    return first_line(given.get("command"))


def _file(given: Fields, cwd: str | None) -> str | None:
    return joined(path(given.get("file_path"), cwd), _range(given), by=" ")


def _range(given: Fields) -> str | None:
    start, lines = number(given.get("offset")), number(given.get("limit"))
    if lines is None:
        return None if start is None else f"from line {start}"
    start = 1 if start is None else start
    return f"lines {start}–{start + lines - 1}"


def _notebook(given: Fields, cwd: str | None) -> str | None:
    return path(given.get("notebook_path"), cwd)


def _search(given: Fields, cwd: str | None) -> str | None:
    place = path(given.get("path"), cwd) or text(given.get("glob"))
    place = None if place is None or place == cwd else f"in {place}"
    return joined(first_line(given.get("pattern")), place, by=" ")


def _url(given: Fields, _cwd: str | None) -> str | None:
    return first_line(given.get("url"))


def _query(given: Fields, _cwd: str | None) -> str | None:
    return first_line(given.get("query"))


def _agent(given: Fields, _cwd: str | None) -> str | None:
    errand = first_line(given.get("description")) or first_line(given.get("prompt"))
    return joined(text(given.get("subagent_type")), errand, by=": ")


def _question(given: Fields, _cwd: str | None) -> str | None:
    questions = items(given.get("questions"))
    return first_line(fields(questions[0]).get("question")) if questions else None


def _todos(given: Fields, _cwd: str | None) -> str | None:
    todos = [fields(todo) for todo in items(given.get("todos"))]
    done = sum(todo.get("status") == "completed" for todo in todos)
    current = next((todo for todo in todos if todo.get("status") == "in_progress"), fields(None))
    said = f"{done} of {len(todos)} done"
    return joined(said, first_line(current.get("activeForm")), by=" · ")


def _new_task(given: Fields, _cwd: str | None) -> str | None:
    return first_line(given.get("subject"))


def _task(given: Fields, _cwd: str | None) -> str | None:
    return joined(numbered(given.get("taskId")), text(given.get("status")), by=" ")


def _skill(given: Fields, _cwd: str | None) -> str | None:
    return joined(text(given.get("skill")), first_line(given.get("args")), by=" ")


def _plan(given: Fields, _cwd: str | None) -> str | None:
    return first_line(given.get("plan"))


def _any_target(given: Fields, cwd: str | None) -> str | None:
    for key in _TELLING:
        if line := first_line(given.get(key)):
            return path(line, cwd)
    return pairs(given, 4)


def _shell_result(given: Fields) -> str | None:
    if text(given.get("backgroundTaskId")):
        return "in the background"
    if number(given.get("timedOutAfterMs")) is not None:
        return "timed out"
    return text(given.get("returnCodeInterpretation"))


def _read_result(given: Fields) -> str | None:
    file = fields(given.get("file"))
    lines, total = number(file.get("numLines")), number(file.get("totalLines"))
    if lines is None:
        return None
    if total is not None and total > lines:
        return f"{lines} of {counted(total, 'line')}"
    return counted(lines, "line")


def _change_result(given: Fields) -> str | None:
    created = given.get("type") == "create"
    return joined("created" if created else None, _changed_lines(given, created=created), by=" ")


def _changed_lines(given: Fields, *, created: bool) -> str | None:
    added = removed = 0
    for hunk in items(given.get("structuredPatch")):
        for line in items(fields(hunk).get("lines")):
            if isinstance(line, str):
                added += line.startswith("+")
                removed += line.startswith("-")
    if added or removed:
        return f"+{added} −{removed}"
    content = text(given.get("content")) if created else None
    return None if content is None else counted(content.removesuffix("\n").count("\n") + 1, "line")


def _found(given: Fields) -> str | None:
    return _count(given, "numLines", "line") or _count(given, "numFiles", "file")


def _files(given: Fields) -> str | None:
    return _count(given, "numFiles", "file")


def _count(given: Fields, key: str, noun: str) -> str | None:
    value = number(given.get(key))
    return None if value is None else counted(value, noun)


def _status(given: Fields) -> str | None:
    code = number(given.get("code"))
    return None if code is None else f"HTTP {code}"


def _agent_result(given: Fields) -> str | None:
    if given.get("status") == "async_launched":
        return "in the background"
    return _count(given, "totalToolUseCount", "tool call")


def _answers(given: Fields) -> str | None:
    return joined(*map(first_line, fields(given.get("answers")).values()))


_EMPTY: Final = '""'
_TELLING: Final = (
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
    "TaskCreate": _new_task,
    "TaskUpdate": _task,
    "Skill": _skill,
    "ExitPlanMode": _plan,
}
_RESULTS: Final[dict[str, Callable[[Fields], str | None]]] = {
    "Bash": _shell_result,
    "PowerShell": _shell_result,
    "Read": _read_result,
    "Write": _change_result,
    "Edit": _change_result,
    "MultiEdit": _change_result,
    "Grep": _found,
    "Glob": _files,
    "WebFetch": _status,
    "Agent": _agent_result,
    "Task": _agent_result,
    "AskUserQuestion": _answers,
}


def _of_server(name: str) -> tuple[str | None, str]:
    """Cut a name as the client puts it together: what follows the server's may hold `__` too."""
    parts = name.split("__", 2)
    is_of_server = len(parts) == 3 and parts[0] == "mcp" and parts[1] and parts[2]
    return (parts[1], parts[2]) if is_of_server else (None, name)
