"""Name the parts of a project's material: the steps Claude takes, and the jobs they belong to."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Read(Struct, frozen=True):
    """Read a file of the project, or its first `limit` lines."""

    path: str
    limit: int | None = None


class Search(Struct, frozen=True):
    """Grep for a pattern; `found` is what grep prints."""

    pattern: str
    found: str


class Find(Struct, frozen=True):
    """Glob for files."""

    pattern: str
    paths: tuple[str, ...]


class Edit(Struct, frozen=True):
    """Replace one text of a file of the project."""

    path: str
    old: str
    new: str


class Write(Struct, frozen=True):
    """Create a file."""

    path: str
    content: str


class Run(Struct, frozen=True):
    """Run a command in the shell. With an `exit_code` it fails; `took_ms` is its usual duration."""

    command: str
    description: str
    output: str = ""
    took_ms: int = 300
    exit_code: int = 0


class Fetch(Struct, frozen=True):
    """Fetch a web page and ask about it; with an `error` the fetch fails."""

    url: str
    question: str
    result: str = ""
    error: str | None = None


class Mcp(Struct, frozen=True):
    """Call a tool of an MCP server."""

    server: str
    tool: str
    arguments: dict[str, Any]
    result: str
    fails: bool = False


Step = Read | Search | Find | Edit | Write | Run | Fetch | Mcp


class Job(Struct, frozen=True):
    """One prompt, the batches of steps asked for at once, and Claude's last words."""

    prompt: str
    batches: tuple[tuple[Step, ...], ...]
    answer: str
    opening: str = ""


class Errand(Struct, frozen=True):
    """What a subagent is sent to do."""

    agent_type: str
    description: str
    prompt: str
    steps: tuple[Step, ...]
    report: str


class Delegation(Struct, frozen=True):
    """A prompt that Claude answers by sending subagents; `notices` meet their reports."""

    prompt: str
    errands: tuple[Errand, ...]
    launched: str
    notices: tuple[str, ...]


class Question(Struct, frozen=True):
    """A prompt that makes Claude ask back; the first option is the one the user takes."""

    prompt: str
    question: str
    header: str
    options: tuple[tuple[str, str], ...]
    answer: str


class Todo(Struct, frozen=True):
    """One entry of a task list."""

    subject: str
    description: str
    active: str


class Plan(Struct, frozen=True):
    """A prompt big enough for a task list, each entry with the step that settles it."""

    prompt: str
    todos: tuple[tuple[Todo, Step], ...]
    answer: str


class Background(Struct, frozen=True):
    """A background command: started, and reported when it is over."""

    prompt: str
    run: Run
    launched: str
    finished: str


class Project(Struct, frozen=True):
    """A repository somebody works in."""

    name: str
    files: dict[str, str]
    jobs: tuple[Job, ...]
    delegation: Delegation
    question: Question
    plan: Plan
    background: Background
