"""Distinguish open calls, as of now: those that run, wait for the user, or have lost their end.

No event reports any of that: it is known from the call's session, which is folded elsewhere. A call
whose process lives and is busy runs, however silent; without one it has no result after a while.
"""

from typing import Final

from queryd.store.periods import MINUTE_MS

NO_RESULT_MS: Final = 15 * MINUTE_MS
"""Silence after which an open call has no result. It may take 10 minutes by the client's limit."""

# In a query on `calls`, `?1` is the present, in ms since the epoch.
OUTCOME: Final = f"""CASE
    WHEN outcome <> 'running' THEN outcome
    WHEN EXISTS (
        SELECT 1 FROM sessions WHERE session_id = calls.session_id AND (
            process_ended OR status = 'ended'
            OR (status IN ('needs_permission', 'needs_input') AND quiet_at <= ?1)
        )
    ) THEN 'no_result'
    WHEN EXISTS (
        SELECT 1 FROM ask_outcomes WHERE session_id = calls.session_id
        AND tool_use_id = calls.tool_use_id AND outcome = 'open'
    ) THEN 'waiting'
    WHEN EXISTS (
        SELECT 1 FROM live_processes WHERE session_id = calls.session_id
        AND status IN ('busy', 'waiting')
    ) THEN 'running'
    WHEN max(started_at, ifnull(iif(
        agent_id = '',
        (SELECT last_event_at FROM sessions WHERE session_id = calls.session_id),
        (
            SELECT last_event_at FROM agents
            WHERE (session_id, agent_id) = (calls.session_id, calls.agent_id)
        )
    ), 0)) <= ?1 - {NO_RESULT_MS} THEN 'no_result'
    ELSE 'running' END"""
"""A `CallOutcome`."""
WAITED_MS: Final = """iif(outcome = 'running', (
    SELECT max(0, max(ifnull(ended_at, ?1)) - min(asked_at)) FROM ask_outcomes
    WHERE session_id = calls.session_id AND tool_use_id = calls.tool_use_id
), waiting_ms)"""
"""How long it waited; so far, of an open call."""
