"""Background tasks of a session: a Stop lists them, later events end them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from queryd.sessions.asks import Effect
from queryd.sessions.event import LINE_CHARS, STARTS, SessionEvent, first_line, text_of
from queryd.sessions.state import Agent, EndedTask, Session, Task
from queryd.sessions.turns import is_notification
from queryd.store.firing_order import is_late
from shared.event import SESSION_GONE, SESSION_STATE

MAX_TASKS: Final = 50
KEPT_ENDED: Final = 10
FINISHED_TASK: Final = frozenset(
    {"completed", "failed", "killed", "cancelled", "canceled", "stopped"}
)
"""The client's statuses of background tasks that have ended."""


def summary_of(tasks: list[Task]) -> str:
    """Describe background tasks on one line."""
    names = ", ".join(task.words for task in tasks)
    return f"{len(tasks)} task{'s' * (len(tasks) > 1)}: {names}"[:LINE_CHARS]


def _clear(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    session.tasks = []
    session.tasks_cleared_at = fact.event.timestamp


def _replace(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    at = fact.event.timestamp
    if is_late(at, session.tasks_cleared_at):
        return
    ended = {task.id for task in session.ended_tasks if is_late(at, task.at)}
    listed = _tasks_of(fact.payload.get("background_tasks"))
    session.tasks = [task for task in listed if task.id not in ended]
    session.tasks_id = fact.id


def _end_notified(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    prompt = fact.payload.get("prompt")
    if not is_notification(prompt):
        return
    match = _TASK_ID.search(str(prompt)[:LINE_CHARS])
    if match is not None:
        _end(session, match[1], fact)


def _end_agent(session: Session, agent: Agent | None, fact: SessionEvent) -> None:
    if agent is not None:
        _end(session, agent.agent_id, fact)


def _clear_idle(session: Session, _agent: Agent | None, fact: SessionEvent) -> None:
    """Clear tasks that have ended: with any the registry says `busy` or `shell`."""
    if fact.event.timestamp > session.main_event_at and fact.payload.get("status") == "idle":
        session.tasks = []


EFFECTS: Final[Mapping[str, Effect]] = {
    **dict.fromkeys(STARTS, _clear),
    "SessionEnd": _clear,
    SESSION_GONE: _clear,
    f"{SESSION_STATE}:idle": _clear_idle,
    "Stop": _replace,
    "UserPromptSubmit": _end_notified,
    "SubagentStop": _end_agent,
}
"""What an event does to the background tasks of its session, by the event's kind."""


def _end(session: Session, task_id: str, fact: SessionEvent) -> None:
    session.tasks = [task for task in session.tasks if task.id != task_id]
    ended = EndedTask(task_id, fact.event.timestamp)
    session.ended_tasks = [*session.ended_tasks, ended][-KEPT_ENDED:]


def _tasks_of(listed: object) -> list[Task]:
    if not isinstance(listed, list):
        return []
    tasks = [_task_of(entry) for entry in listed if isinstance(entry, dict)]
    return [task for task in tasks if task is not None][:MAX_TASKS]


def _task_of(entry: dict[str, Any]) -> Task | None:
    task_id = text_of(entry.get("id"))
    if task_id is None or text_of(entry.get("status")) in FINISHED_TASK:
        return None
    words = first_line(entry.get("description")) or first_line(entry.get("command")) or task_id
    return Task(task_id, text_of(entry.get("type")), words)


_TASK_ID: Final = re.compile(r"<task-id>([^<]+)</task-id>")
