"""Decide when silence means that a session or subagent is quiet: no event reports that."""

from typing import Final

from queryd.calls.open_calls import NO_RESULT_MS
from queryd.sessions.state import Actor, Session
from queryd.store.fact import Status
from queryd.store.periods import MINUTE_MS

QUIET_MS: Final = 5 * MINUTE_MS
"""A working session sends events more often than this."""
QUIET_RUNNING_MS: Final = NO_RESULT_MS
"""While a call runs."""
QUIET_ASKING_MS: Final = 24 * 60 * MINUTE_MS
"""An ask may stay open over night."""


def quiet_at(actor: Actor) -> int | None:
    """Return from when on silence makes an actor quiet; None when it never does."""
    match actor.status:
        case "working" if isinstance(actor, Session) and actor.process_status == "busy":
            return None  # its process lives and says that it works
        case "working" if actor.running:
            silence = QUIET_RUNNING_MS
        case "working":
            silence = QUIET_MS
        case "needs_permission" | "needs_input":
            silence = QUIET_ASKING_MS
        case _:
            return None
    return max(actor.last_event_at + silence, actor.not_quiet_before)


def quiet_reason(status: Status) -> str:
    """Return the reason shown for a quiet actor."""
    return f"no activity since {status}"
