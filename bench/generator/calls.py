"""Generate tool calls as Claude Code reports them, as JSON text: formatted, never encoded.

A test compares the shapes with `tests/samples`.
"""

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Final

import msgspec

from bench.generator import outcomes
from bench.generator.texts import BREAK, WorldTexts, pick

GIANTS_IN: Final = 3_000
"""One file in so many is a picture or a bundle of 300 kB."""


class Workspace(msgspec.Struct, frozen=True):
    cwd: str
    texts: WorldTexts
    rng: Random


class GeneratedCall(msgspec.Struct, frozen=True):
    """Hold a call as JSON text; `response` of a failed one is empty, and `error` of a good one."""

    tool_name: str
    tool_input: str
    took_ms: int
    model_result: str
    response: str = ""
    error: str = ""
    server: str = ""
    """The name of the MCP server, as the end of a body."""
    suggestion: str = '[{"type":"setMode","mode":"acceptEdits","destination":"session"}]'


def generate_call(workspace: Workspace) -> GeneratedCall:
    """Make the next call: mostly commands and reading, sometimes a change."""
    return _MAKERS[bisect(_SHARES, workspace.rng.random())](workspace)


def command(workspace: Workspace) -> GeneratedCall:
    """Run a command; one in eleven fails."""
    rng, texts = workspace.rng, workspace.texts
    run = pick(rng, COMMANDS) % {
        "name": pick(rng, texts.names),
        "part": pick(rng, texts.names),
        "number": rng.getrandbits(12),
        "hash": f"{rng.getrandbits(28):07x}",
    }
    about = texts.prose.cut(rng, 24)[:70].partition(BREAK)[0].rstrip("\\")
    asked = f'{{"command":"{run}","description":"{about}"}}'
    took_ms = outcomes.COMMAND_MS.draw(rng)
    rule = f'{{"toolName":"Bash","ruleContent":"{run}"}}'
    if rng.random() < 0.09:
        error = f'"{outcomes.failure(rng, texts)}"'
        return GeneratedCall(
            "Bash", asked, took_ms, error, error=error, suggestion=_remembered(rule)
        )
    stdout = texts.output.cut(rng, outcomes.OUTPUT_SIZE.draw(rng))[:30_000].rstrip("\\")
    stdout += BREAK + pick(rng, ENDINGS) % (rng.getrandbits(9), rng.getrandbits(16))
    response = (
        f'{{"stdout":"{stdout}","stderr":"","interrupted":false,"isImage":false,'
        '"noOutputExpected":false}'
    )
    return GeneratedCall(
        "Bash", asked, took_ms, f'"{stdout}"', response, suggestion=_remembered(rule)
    )


def _read(workspace: Workspace) -> GeneratedCall:
    rng = workspace.rng
    path = _path(workspace)
    if rng.random() < 1 / GIANTS_IN:
        return _picture(workspace, path)
    asked, took_ms = f'{{"file_path":"{path}"}}', outcomes.QUICK_MS.draw(rng)
    if rng.random() < 0.02:
        error = f'"File does not exist. Current working directory: {workspace.cwd}."'
        return GeneratedCall("Read", asked, took_ms, error, error=error)
    text = workspace.texts.code.cut(rng, outcomes.FILE_SIZE.draw(rng))
    lines = text.split(BREAK)
    model_result = BREAK.join([rf"{number}\t{line}" for number, line in enumerate(lines, 1)])
    response = (
        f'{{"type":"text","file":{{"filePath":"{path}","content":"{text}",'
        f'"numLines":{len(lines)},"startLine":1,"totalLines":{len(lines)}}}}}'
    )
    return GeneratedCall("Read", asked, took_ms, f'"{model_result}"', response)


def _picture(workspace: Workspace, path: str) -> GeneratedCall:
    rng = workspace.rng
    path = path.rpartition(".")[0] + ".png"
    size = outcomes.GIANT_SIZE.draw(rng)
    data = rng.randbytes(size // 2).hex()
    response = (
        f'{{"type":"image","file":{{"base64":"{data}","type":"image/png","originalSize":{size}}}}}'
    )
    model_result = (
        '[{"type":"image","source":{"type":"base64","media_type":"image/png",'
        f'"data":"{data}"}}}}]'
    )
    asked = f'{{"file_path":"{path}"}}'
    return GeneratedCall("Read", asked, outcomes.QUICK_MS.draw(rng), model_result, response)


def _edit(workspace: Workspace) -> GeneratedCall:
    rng, texts, path = workspace.rng, workspace.texts, _path(workspace)
    giant = rng.random() < 1 / GIANTS_IN
    size = (outcomes.GIANT_SIZE if giant else outcomes.FILE_SIZE).draw(rng)
    original = texts.code.cut(rng, size)
    lines = original.split(BREAK)
    at = int(rng.random() * len(lines))
    old = lines[at : at + 1 + int(rng.random() * 3)]
    new = texts.code.cut(rng, outcomes.CHANGE_SIZE.draw(rng))
    after = at + len(old)
    hunk = [f" {line}" for line in lines[max(at - 3, 0) : at]]
    hunk += [f"-{line}" for line in old]
    hunk += [f"+{line}" for line in new.split(BREAK)]
    hunk += [f" {line}" for line in lines[after : after + 3]]
    start, added = max(at - 3, 0) + 1, new.count(BREAK) + 1
    context = len(hunk) - len(old) - added
    patch = (
        f'[{{"oldStart":{start},"oldLines":{context + len(old)},"newStart":{start},'
        f'"newLines":{context + added},"lines":["' + '","'.join(hunk) + '"]}]'
    )
    before = BREAK.join(old)
    response = (
        f'{{"filePath":"{path}","oldString":"{before}","newString":"{new}",'
        f'"originalFile":"{original}","structuredPatch":{patch},"userModified":false,'
        '"replaceAll":false}'
    )
    asked = (
        f'{{"file_path":"{path}","old_string":"{before}","new_string":"{new}","replace_all":false}}'
    )
    model_result = f'"The file {path} has been updated successfully.{FRESH}"'
    return GeneratedCall("Edit", asked, outcomes.QUICK_MS.draw(rng), model_result, response)


def _write(workspace: Workspace) -> GeneratedCall:
    rng, path = workspace.rng, _path(workspace)
    text = workspace.texts.code.cut(rng, outcomes.FILE_SIZE.draw(rng))
    response = (
        f'{{"type":"create","filePath":"{path}","content":"{text}","structuredPatch":[],'
        '"originalFile":null,"userModified":false}'
    )
    model_result = f'"File created successfully at: {path}{FRESH}"'
    asked = f'{{"file_path":"{path}","content":"{text}"}}'
    return GeneratedCall("Write", asked, outcomes.QUICK_MS.draw(rng), model_result, response)


def _search(workspace: Workspace) -> GeneratedCall:
    rng, texts = workspace.rng, workspace.texts
    pattern = pick(rng, texts.names)
    found = texts.output.cut(rng, outcomes.FOUND_SIZE.draw(rng))
    count = found.count(BREAK) + 1
    response = (
        f'{{"mode":"content","numFiles":0,"filenames":[],"content":"{found}",'
        f'"numLines":{count},"totalLines":{count}}}'
    )
    asked = f'{{"pattern":"{pattern}","output_mode":"content"}}'
    return GeneratedCall("Grep", asked, outcomes.SEARCH_MS.draw(rng), f'"{found}"', response)


def _find(workspace: Workspace) -> GeneratedCall:
    rng = workspace.rng
    paths = [_path(workspace) for _ in range(1 + int(rng.random() ** 3 * 30))]
    took_ms = outcomes.SEARCH_MS.draw(rng)
    listed = '","'.join(paths)
    response = (
        f'{{"filenames":["{listed}"],"durationMs":{took_ms},"numFiles":{len(paths)},'
        f'"truncated":false,"totalMatches":{len(paths)},"countIsComplete":true}}'
    )
    asked = f'{{"pattern":"**/{pick(rng, workspace.texts.names)}*"}}'
    return GeneratedCall("Glob", asked, took_ms, f'"{BREAK.join(paths)}"', response)


def _task(workspace: Workspace) -> GeneratedCall:
    rng = workspace.rng
    number, was = 1 + rng.getrandbits(3), rng.random() < 0.5
    before, now = ("pending", "in_progress") if was else ("in_progress", "completed")
    response = (
        f'{{"success":true,"taskId":"{number}","updatedFields":["status"],'
        f'"statusChange":{{"from":"{before}","to":"{now}"}}}}'
    )
    asked = f'{{"taskId":"{number}","status":"{now}"}}'
    model_result = f'"Updated task #{number} status"'
    return GeneratedCall("TaskUpdate", asked, outcomes.QUICK_MS.draw(rng), model_result, response)


def _fetch(workspace: Workspace) -> GeneratedCall:
    rng, texts = workspace.rng, workspace.texts
    url = f"https://docs.{pick(rng, texts.names)}.dev/{pick(rng, texts.names)}"
    asked = f'{{"url":"{url}","prompt":"{texts.prose.cut(rng, 60)}"}}'
    took_ms = outcomes.FETCH_MS.draw(rng)
    if rng.random() < 0.15:
        error = f'"{outcomes.worded(outcomes.FETCH_FAILURES, rng, texts)}"'
        return GeneratedCall(
            "WebFetch", asked, took_ms, error, error=error, suggestion=_rule("WebFetch")
        )
    result = texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng) * 3)
    response = (
        f'{{"bytes":{len(result) * 9},"code":200,"codeText":"OK","result":"{result}",'
        f'"durationMs":{took_ms},"url":"{url}"}}'
    )
    return GeneratedCall(
        "WebFetch", asked, took_ms, f'"{result}"', response, suggestion=_rule("WebFetch")
    )


def _of_server(workspace: Workspace) -> GeneratedCall:
    rng, texts = workspace.rng, workspace.texts
    server, tool = pick(rng, SERVERS)
    name = f"mcp__{server}__{tool}"
    asked = f'{{"query":"{texts.prose.cut(rng, 40)}","limit":{1 + rng.getrandbits(5)}}}'
    took_ms = outcomes.SERVER_MS.draw(rng)
    end = f',"mcp_server":{{"name":"{server}","source":"project"}}'
    if rng.random() < 0.08:
        error = f'"{outcomes.worded(outcomes.SERVER_FAILURES, rng, texts)}"'
        return GeneratedCall(
            name, asked, took_ms, error, error=error, server=end, suggestion=_rule(name)
        )
    text = texts.prose.cut(rng, outcomes.FOUND_SIZE.draw(rng))
    model_result = f'[{{"type":"text","text":"{text}"}}]'
    return GeneratedCall(
        name, asked, took_ms, model_result, model_result, server=end, suggestion=_rule(name)
    )


def _path(workspace: Workspace) -> str:
    rng, names = workspace.rng, workspace.texts.names
    folder, name = pick(rng, names[:60]), pick(rng, names)
    return f"{workspace.cwd}/src/{folder}/{name}{pick(rng, SUFFIXES)}"


def _rule(tool_name: str) -> str:
    return _remembered(f'{{"toolName":"{tool_name}"}}')


def _remembered(rule: str) -> str:
    return (
        f'[{{"type":"addRules","rules":[{rule}],"behavior":"allow","destination":"localSettings"}}]'
    )


FRESH: Final = " (file state is current in your context \u2014 no need to Read it back)"
SUFFIXES: Final = (".py", ".py", ".ts", ".ts", ".tsx", ".rs", ".go", ".sql", ".md", ".json")
SERVERS: Final = (
    ("tracker", "search"),
    ("tracker", "create"),
    ("database", "query"),
    ("browser", "navigate"),
    ("browser", "snapshot"),
)
COMMANDS: Final = (
    "npm test",
    "npm test -- %(name)s",
    "npm run build",
    ".venv/bin/python -m pytest tests/test_%(name)s.py -q",
    "pytest -k '%(name)s and %(part)s' -x --timeout=%(number)d",
    "git status",
    "git diff --stat",
    "git log --oneline -%(number)d",
    "git show %(hash)s",
    r"git commit -am \"%(name)s: %(part)s\"",
    "git push origin %(name)s-%(number)d",
    "ls -la src/%(name)s",
    "cat src/%(name)s/%(part)s.py | head -%(number)d",
    "rg '%(name)s' src | head -%(number)d",
    "find . -name '*%(name)s*' -newer Makefile",
    "docker compose up -d %(name)s",
    "docker logs %(name)s --tail %(number)d",
    "curl -s http://127.0.0.1:%(number)d/api/%(name)s | jq .%(part)s",
    "make %(name)s",
    "ruff check src/%(name)s && mypy src",
    "cargo test %(name)s",
    "go test ./%(name)s/...",
    "psql -c 'SELECT count(*) FROM %(name)s'",
    "sed -n '%(number)d,+40p' src/%(name)s/%(part)s.ts",
    "kubectl get pods -n %(name)s",
    "terraform plan -target=module.%(name)s",
)
ENDINGS: Final = (
    "%d passed in %d ms",
    "Done: %d files, %d bytes",
    "\u2713 %d tests, %d assertions",
    "exit 0 after %d steps, pid %d",
    "total %d (%d kB)",
)
_MADE: Final[tuple[tuple[Callable[[Workspace], GeneratedCall], float], ...]] = (
    (command, 0.38),
    (_read, 0.26),
    (_edit, 0.14),
    (_search, 0.09),
    (_find, 0.03),
    (_write, 0.04),
    (_task, 0.02),
    (_fetch, 0.01),
    (_of_server, 0.03),
)
_MAKERS: Final = [maker for maker, _ in _MADE]
_SHARES: Final = list(accumulate(share for _, share in _MADE[:-1]))
