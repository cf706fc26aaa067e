"""Make tool calls as Claude Code reports them, as JSON text: put together, never encoded.

In: where the session works, its text and its luck. Out: a call with its input, its response or
error, and what the model is told of it. The shapes are those of `tests/samples`; a test holds them.
"""

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Final

import msgspec

from bench.years import outcomes
from bench.years.texts import BREAK, Texts, pick

GIANTS_IN: Final = 3_000
"""One file in so many is a picture or a bundle of 300 kB."""


class Place(msgspec.Struct, frozen=True):
    """Tell where a session works, with whose text and luck."""

    cwd: str
    texts: Texts
    rng: Random


class Call(msgspec.Struct, frozen=True):
    """Hold a call as JSON text; `response` of a failed one is empty, and `error` of a good one."""

    tool_name: str
    tool_input: str
    took_ms: int
    told: str
    response: str = ""
    error: str = ""
    server: str = ""
    """The name of the MCP server, as the end of a body."""
    suggestion: str = '[{"type":"setMode","mode":"acceptEdits","destination":"session"}]'


def call(place: Place) -> Call:
    """Make the next call: mostly commands and reading, sometimes a change."""
    return _MAKERS[bisect(_SHARES, place.rng.random())](place)


def command(place: Place) -> Call:
    """Run a command; one in eleven fails."""
    rng, texts = place.rng, place.texts
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
        return Call("Bash", asked, took_ms, error, error=error, suggestion=_remembered(rule))
    stdout = texts.output.cut(rng, outcomes.OUTPUT_SIZE.draw(rng))[:30_000].rstrip("\\")
    stdout += BREAK + pick(rng, ENDINGS) % (rng.getrandbits(9), rng.getrandbits(16))
    response = (
        f'{{"stdout":"{stdout}","stderr":"","interrupted":false,"isImage":false,'
        '"noOutputExpected":false}'
    )
    return Call("Bash", asked, took_ms, f'"{stdout}"', response, suggestion=_remembered(rule))


def _read(place: Place) -> Call:
    rng = place.rng
    path = _path(place)
    if rng.random() < 1 / GIANTS_IN:
        return _picture(place, path)
    asked, took_ms = f'{{"file_path":"{path}"}}', outcomes.QUICK_MS.draw(rng)
    if rng.random() < 0.02:
        error = f'"File does not exist. Current working directory: {place.cwd}."'
        return Call("Read", asked, took_ms, error, error=error)
    text = place.texts.code.cut(rng, outcomes.FILE_SIZE.draw(rng))
    lines = text.split(BREAK)
    told = BREAK.join([rf"{number}\t{line}" for number, line in enumerate(lines, 1)])
    response = (
        f'{{"type":"text","file":{{"filePath":"{path}","content":"{text}",'
        f'"numLines":{len(lines)},"startLine":1,"totalLines":{len(lines)}}}}}'
    )
    return Call("Read", asked, took_ms, f'"{told}"', response)


def _picture(place: Place, path: str) -> Call:
    rng = place.rng
    path = path.rpartition(".")[0] + ".png"
    size = outcomes.GIANT_SIZE.draw(rng)
    data = rng.randbytes(size // 2).hex()
    response = (
        f'{{"type":"image","file":{{"base64":"{data}","type":"image/png","originalSize":{size}}}}}'
    )
    told = (
        '[{"type":"image","source":{"type":"base64","media_type":"image/png",'
        f'"data":"{data}"}}}}]'
    )
    asked = f'{{"file_path":"{path}"}}'
    return Call("Read", asked, outcomes.QUICK_MS.draw(rng), told, response)


def _edit(place: Place) -> Call:
    rng, texts, path = place.rng, place.texts, _path(place)
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
    told = f'"The file {path} has been updated successfully.{FRESH}"'
    return Call("Edit", asked, outcomes.QUICK_MS.draw(rng), told, response)


def _write(place: Place) -> Call:
    rng, path = place.rng, _path(place)
    text = place.texts.code.cut(rng, outcomes.FILE_SIZE.draw(rng))
    response = (
        f'{{"type":"create","filePath":"{path}","content":"{text}","structuredPatch":[],'
        '"originalFile":null,"userModified":false}'
    )
    told = f'"File created successfully at: {path}{FRESH}"'
    asked = f'{{"file_path":"{path}","content":"{text}"}}'
    return Call("Write", asked, outcomes.QUICK_MS.draw(rng), told, response)


def _search(place: Place) -> Call:
    rng, texts = place.rng, place.texts
    pattern = pick(rng, texts.names)
    found = texts.output.cut(rng, outcomes.FOUND_SIZE.draw(rng))
    count = found.count(BREAK) + 1
    response = (
        f'{{"mode":"content","numFiles":0,"filenames":[],"content":"{found}",'
        f'"numLines":{count},"totalLines":{count}}}'
    )
    asked = f'{{"pattern":"{pattern}","output_mode":"content"}}'
    return Call("Grep", asked, outcomes.SEARCH_MS.draw(rng), f'"{found}"', response)


def _find(place: Place) -> Call:
    rng = place.rng
    paths = [_path(place) for _ in range(1 + int(rng.random() ** 3 * 30))]
    took_ms = outcomes.SEARCH_MS.draw(rng)
    listed = '","'.join(paths)
    response = (
        f'{{"filenames":["{listed}"],"durationMs":{took_ms},"numFiles":{len(paths)},'
        f'"truncated":false,"totalMatches":{len(paths)},"countIsComplete":true}}'
    )
    asked = f'{{"pattern":"**/{pick(rng, place.texts.names)}*"}}'
    return Call("Glob", asked, took_ms, f'"{BREAK.join(paths)}"', response)


def _task(place: Place) -> Call:
    rng = place.rng
    number, was = 1 + rng.getrandbits(3), rng.random() < 0.5
    before, now = ("pending", "in_progress") if was else ("in_progress", "completed")
    response = (
        f'{{"success":true,"taskId":"{number}","updatedFields":["status"],'
        f'"statusChange":{{"from":"{before}","to":"{now}"}}}}'
    )
    asked = f'{{"taskId":"{number}","status":"{now}"}}'
    told = f'"Updated task #{number} status"'
    return Call("TaskUpdate", asked, outcomes.QUICK_MS.draw(rng), told, response)


def _fetch(place: Place) -> Call:
    rng, texts = place.rng, place.texts
    url = f"https://docs.{pick(rng, texts.names)}.dev/{pick(rng, texts.names)}"
    asked = f'{{"url":"{url}","prompt":"{texts.prose.cut(rng, 60)}"}}'
    took_ms = outcomes.FETCH_MS.draw(rng)
    if rng.random() < 0.15:
        error = f'"{outcomes.worded(outcomes.FETCH_FAILURES, rng, texts)}"'
        return Call("WebFetch", asked, took_ms, error, error=error, suggestion=_rule("WebFetch"))
    result = texts.prose.cut(rng, outcomes.ANSWER_SIZE.draw(rng) * 3)
    response = (
        f'{{"bytes":{len(result) * 9},"code":200,"codeText":"OK","result":"{result}",'
        f'"durationMs":{took_ms},"url":"{url}"}}'
    )
    return Call("WebFetch", asked, took_ms, f'"{result}"', response, suggestion=_rule("WebFetch"))


def _of_server(place: Place) -> Call:
    rng, texts = place.rng, place.texts
    server, tool = pick(rng, SERVERS)
    name = f"mcp__{server}__{tool}"
    asked = f'{{"query":"{texts.prose.cut(rng, 40)}","limit":{1 + rng.getrandbits(5)}}}'
    took_ms = outcomes.SERVER_MS.draw(rng)
    end = f',"mcp_server":{{"name":"{server}","source":"project"}}'
    if rng.random() < 0.08:
        error = f'"{outcomes.worded(outcomes.SERVER_FAILURES, rng, texts)}"'
        return Call(name, asked, took_ms, error, error=error, server=end, suggestion=_rule(name))
    text = texts.prose.cut(rng, outcomes.FOUND_SIZE.draw(rng))
    told = f'[{{"type":"text","text":"{text}"}}]'
    return Call(name, asked, took_ms, told, told, server=end, suggestion=_rule(name))


def _path(place: Place) -> str:
    rng, names = place.rng, place.texts.names
    folder, name = pick(rng, names[:60]), pick(rng, names)
    return f"{place.cwd}/src/{folder}/{name}{pick(rng, SUFFIXES)}"


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
_MADE: Final[tuple[tuple[Callable[[Place], Call], float], ...]] = (
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
