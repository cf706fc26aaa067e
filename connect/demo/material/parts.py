"""The types of the demo's content: tool actions, and the prompts that lead to them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class FileRead(Struct, frozen=True):
    """Read a file of the project, or its first `limit` lines."""

    path: str
    limit: int | None = None


class GrepSearch(Struct, frozen=True):
    pattern: str
    output: str


class GlobSearch(Struct, frozen=True):
    pattern: str
    paths: tuple[str, ...]


class FileEdit(Struct, frozen=True):
    """Replace one text in a file of the project."""

    path: str
    old: str
    new: str


class FileWrite(Struct, frozen=True):
    path: str
    content: str


class ShellCommand(Struct, frozen=True):
    """Fails with a non-zero `exit_code`; `took_ms` is its usual duration."""

    command: str
    description: str
    output: str = ""
    took_ms: int = 300
    exit_code: int = 0


class PageFetch(Struct, frozen=True):
    """Fetch a web page and ask about it; fails with an `error`."""

    url: str
    question: str
    result: str = ""
    error: str | None = None


class McpCall(Struct, frozen=True):
    server: str
    tool: str
    arguments: dict[str, Any]
    result: str
    fails: bool = False


ToolAction = (
    FileRead | GrepSearch | GlobSearch | FileEdit | FileWrite | ShellCommand | PageFetch | McpCall
)


class WorkPrompt(Struct, frozen=True):
    """A prompt, batches of parallel actions, and Claude's answer."""

    prompt: str
    batches: tuple[tuple[ToolAction, ...], ...]
    answer: str
    opening: str = ""


class AgentTask(Struct, frozen=True):
    """What a subagent is asked to do; it starts a subagent of its own for each of `subtasks`."""

    agent_type: str
    description: str
    prompt: str
    actions: tuple[ToolAction, ...]
    report: str
    subtasks: tuple[AgentTask, ...] = ()


class DelegationPrompt(Struct, frozen=True):
    """A prompt for which Claude starts subagents; `answers` follow their reports."""

    prompt: str
    tasks: tuple[AgentTask, ...]
    launched: str
    answers: tuple[str, ...]


class Question(Struct, frozen=True):
    question: str
    header: str
    options: tuple[tuple[str, str], ...]
    multi_select: bool = False


class QuestionPrompt(Struct, frozen=True):
    """A prompt after which Claude asks questions; the user picks the first options."""

    prompt: str
    questions: tuple[Question, ...]
    answer: str


class TodoEntry(Struct, frozen=True):
    subject: str
    description: str
    active: str


class PlanPrompt(Struct, frozen=True):
    """A prompt that needs a task list, each entry with the action that completes it."""

    prompt: str
    todos: tuple[tuple[TodoEntry, ToolAction], ...]
    answer: str


class ApprovalPrompt(Struct, frozen=True):
    """A prompt in plan mode: Claude explores, and the user approves its plan."""

    prompt: str
    actions: tuple[ToolAction, ...]
    plan: str


class RecurringFailure(Struct, frozen=True):
    """A call that fails in many sessions, with other numbers in `{ms}` and `{port}` each time."""

    prompt: str
    call: ShellCommand | McpCall
    answer: str


class BackgroundPrompt(Struct, frozen=True):
    """A prompt for which Claude starts a background command."""

    prompt: str
    run: ShellCommand
    launched: str
    finished: str


class DemoProject(Struct, frozen=True):
    name: str
    files: dict[str, str]
    jobs: tuple[WorkPrompt, ...]
    delegation: DelegationPrompt
    question: QuestionPrompt
    plan: PlanPrompt
    background: BackgroundPrompt
