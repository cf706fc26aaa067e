"""The state machine of a session's main thread and of a subagent, as tables.

A row reads: in one of these statuses, this event leads to that status. An event without a row for
the current status changes nothing. Statuses here are base statuses: open asks are not part of them
(see `asks.py`), and silence is not an event (see `quiet.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Final, Literal

import msgspec

from queryd.sessions.asks import message_of
from queryd.sessions.event import LINE_CHARS, STARTS, SessionEvent, first_line, text_of
from queryd.sessions.state import NO_PROMPT_YET, PROCESS_ENDED, SESSION_LEFT, Session
from queryd.sessions.tasks import summary_of
from queryd.store.fact import Status
from shared.event import SESSION_GONE, SESSION_STATE

REVIVAL_MS: Final = 5_000
"""Events of one moment arrive in any order: work this soon after an end does not revive."""
COMPACTING: Final = "compacting"
BY_THE_USER: Final = "stopped by the user"
BUSY: Final = f"{SESSION_STATE}:busy"
WAITING: Final = f"{SESSION_STATE}:waiting"
IDLE: Final = f"{SESSION_STATE}:idle"

Guard = Callable[[Session, SessionEvent], bool]
Reason = Callable[[SessionEvent], str | None]
NextStatus = tuple[Status, str | None, int]
"""Status, reason, and the event of the reason; 0 where the reason is ours."""
Computed = Literal["same", "resting", "before_compaction"]
"""No change; `done` or `background`, by the tasks that run; the status before a compaction."""


class Transition(msgspec.Struct, frozen=True, gc=False):
    """Where an event leads."""

    to: Status | Computed
    reason: str | Reason | None = None
    """A text of ours, or how it is read from the event."""
    guard: Guard | None = None
    """The event changes nothing where this is false."""


Table = Mapping[str, Mapping[Status, Transition]]
"""By the event's kind, then by the current status."""
_Row = tuple[Iterable[str], Iterable[Status], Transition]


def _is_on_time(_session: Session, fact: SessionEvent) -> bool:
    """Exclude a SessionStart that arrives after the first turn has started."""
    return fact.turn_ended


def _starts_turn(_session: Session, fact: SessionEvent) -> bool:
    return fact.turn_started


def _is_revival(session: Session, fact: SessionEvent) -> bool:
    return fact.event.timestamp - (session.ended_at or 0) > REVIVAL_MS


def _is_later(session: Session, fact: SessionEvent) -> bool:
    """Exclude events that arrive late, from before the registry said that the turn is over."""
    return fact.event.timestamp > session.idle_at


def _is_newest(session: Session, fact: SessionEvent) -> bool:
    """Exclude states of before the last hook, and the ends of processes of before."""
    return fact.event.timestamp > max(session.main_event_at, session.ended_at or 0)


def _ends_turn(session: Session, fact: SessionEvent) -> bool:
    return fact.turn_ended or _is_newest(session, fact)


def _is_last_end(session: Session, fact: SessionEvent) -> bool:
    """Let a SessionEnd explain an end that the registry noticed first, or replace an earlier one.

    Between two ends a start may arrive late.
    """
    is_second = fact.event.timestamp > (session.ended_at or 0)
    return session.base_source == "registry" or is_second


def _process_end(fact: SessionEvent) -> str:
    return SESSION_LEFT if fact.payload.get("reason") == "session_left" else PROCESS_ENDED


def _end_reason(fact: SessionEvent) -> str | None:
    return text_of(fact.payload.get("reason"))


def _error(fact: SessionEvent) -> str:
    error = text_of(fact.payload.get("error")) or "failed"
    message = first_line(fact.payload.get("last_assistant_message"))
    details = message or first_line(fact.payload.get("error_details"))
    return f"{error}: {details}"[: 2 * LINE_CHARS] if details else error


def _row(
    events: str | Iterable[str],
    statuses: Iterable[Status],
    to: Status | Computed,
    reason: str | Reason | None = None,
    guard: Guard | None = None,
) -> _Row:
    events = (events,) if isinstance(events, str) else events
    return events, statuses, Transition(to, reason, guard)


def _table(*rows: _Row) -> Table:
    table: dict[str, dict[Status, Transition]] = {}
    for events, statuses, transition in rows:
        for event, status in product(events, statuses):
            if table.setdefault(event, {}).setdefault(status, transition) is not transition:
                raise ValueError(f"two rows for {event} in {status}")
    return table


ACTIVE: Final[tuple[Status, ...]] = ("working",)
IN_BACKGROUND: Final[tuple[Status, ...]] = ("background",)
RUNNING: Final = (*ACTIVE, *IN_BACKGROUND)
RESTING: Final[tuple[Status, ...]] = ("done", "failed", "needs_input")
INTERRUPTED: Final[tuple[Status, ...]] = ("interrupted",)
STARTED: Final = (*RUNNING, *RESTING)
LIVE: Final = (*STARTED, *INTERRUPTED)
ENDED: Final[tuple[Status, ...]] = ("ended",)
ANY: Final = (*LIVE, *ENDED)
READY: Final[tuple[Status, ...]] = ("working", "done", "needs_input", "interrupted")
SPECIFIC: Final[tuple[Status, ...]] = ("background", "failed")
"""These say more than that the prompt is idle."""
STOPPED: Final[tuple[Status, ...]] = ("done", "failed", "interrupted")
NOT_RUNNING: Final = (*RESTING, *INTERRUPTED, *ENDED)
NOT_STOPPED: Final[tuple[Status, ...]] = ("working", "ended")
"""A session may restart after its subagents were ended with it."""
RESULTS: Final = ("PostToolUse", "PostToolUseFailure", "PermissionDenied", "PostToolBatch")
WORK: Final = ("PreToolUse", "PermissionRequest", *RESULTS)
SHOWS_WORK: Final = frozenset({*WORK, "UserPromptSubmit", "MessageDisplay"})
"""A session whose first event is one of these is working: hooks may be turned on in its middle."""

# Events by what they say of the time at which they were fired: one that arrives after another,
# though it was fired before it, does not undo what that one says.
WORKS: Final = frozenset({*WORK, "UserPromptSubmit", "PreCompact"})
STOPS: Final = frozenset({"Stop", "StopFailure", "SessionEnd", "Notification:idle_prompt"})
RESTARTS: Final = frozenset({*STARTS, "UserPromptSubmit"})
AGENT_STARTS: Final = frozenset({"SubagentStart", "PreToolUse"})
AGENT_STOPS: Final = frozenset({"SubagentStop", "StopFailure"})

# A formatter would break the columns.
# fmt: off
MAIN_THREAD: Final = _table(
    #    event                                 in     becomes          reason         only if
    _row("SessionStart",                       ANY,   "done",          NO_PROMPT_YET, _is_on_time),
    _row(("SessionStart:resume", "SessionStart:fork"), ANY, "done",    None,          _is_on_time),
    _row("UserPromptSubmit",                   STARTED, "working"),
    _row("UserPromptSubmit",                   INTERRUPTED, "working", None,        _is_later),
    _row("UserPromptSubmit",                   ENDED, "working",       None,          _starts_turn),
    _row(WORK,                                 STARTED, "working"),
    _row(WORK,                                 INTERRUPTED, "working", None,        _is_later),
    _row(WORK,                                 ENDED, "working",       None,          _is_revival),
    _row("Stop",                               LIVE,  "resting"),
    _row("StopFailure",                        LIVE,  "failed",        _error),
    _row("SessionEnd",                         LIVE,  "ended",         _end_reason),
    _row("SessionEnd",                         ENDED, "ended",         _end_reason,   _is_last_end),
    _row("Notification:idle_prompt",           READY, "needs_input",   message_of),
    _row("PreCompact",                         LIVE,  "working",       COMPACTING),
    _row("PostCompact",                        LIVE,  "before_compaction"),
    # The registry of Claude Code's processes repairs what hooks do not report:
    _row((BUSY, WAITING),                      NOT_RUNNING, "working", None,          _is_newest),
    _row(IDLE,                                 ACTIVE, "interrupted",  BY_THE_USER,   _ends_turn),
    _row(IDLE,                                 IN_BACKGROUND, "resting", None,        _is_newest),
    _row(IDLE,                                 ENDED, "done",          None,          _is_newest),
    _row(SESSION_GONE,                         LIVE,  "ended",         _process_end),
    # Asks, tasks and counts only:
    _row((BUSY, WAITING),                      RUNNING, "same"),
    _row(IDLE,                                 (*RESTING, *INTERRUPTED), "same"),
    _row("Notification:idle_prompt",           SPECIFIC, "same"),
    _row("Notification:permission_prompt",     LIVE,  "same"),
    _row("Notification:elicitation_dialog",    LIVE,  "same"),
    _row("Notification:elicitation_response",  LIVE,  "same"),
    _row(("Elicitation", "ElicitationResult"), LIVE,  "same"),
    _row("SessionStart:compact",               LIVE,  "same"),
    _row("tool_decision",                      LIVE,  "same"),
)

SUBAGENT: Final = _table(
    #    event                                 in           becomes    reason
    _row("SubagentStart",                      ANY,         "working"),
    _row("PreToolUse",                         ANY,         "working"),
    _row(RESULTS,                              NOT_STOPPED, "working"),
    _row("SubagentStop",                       ANY,         "done"),
    _row("StopFailure",                        ANY,         "failed",  _error),
    # Asks only; a result may arrive after the stop:
    _row(RESULTS,                              STOPPED,     "same"),
    _row("PermissionRequest",                  ANY,         "same"),
    _row(("Elicitation", "ElicitationResult"), ANY,         "same"),
    _row("tool_decision",                      ANY,         "same"),
)
# fmt: on

AFTER_SESSION_END: Final = frozenset({"SubagentStop"})
"""What changes a subagent after its session has ended."""


def next_status(session: Session, transition: Transition, fact: SessionEvent) -> NextStatus | None:
    """Return the status that a transition leads to; None where it does not change."""
    status, reason = transition.to, transition.reason
    if status == "same":
        return None
    if status == "resting":
        return resting(session)
    if status == "before_compaction":
        return _restored(session)
    if callable(reason):
        return status, reason(fact), 0 if status == "ended" and fact.process.has_ended else fact.id
    return status, reason, 0


def resting(session: Session) -> NextStatus:
    """Return the status of a session whose main thread has stopped."""
    if not session.tasks:
        return "done", None, 0
    return "background", summary_of(session.tasks), session.tasks_id


def _restored(session: Session) -> NextStatus | None:
    before = session.before_compaction
    if before is not None and before[0] == "background":
        return resting(session)  # a task may have ended during the compaction
    return before
