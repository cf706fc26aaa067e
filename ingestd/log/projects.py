"""Know the project of each session, for records that do not name it, and hooks that guess it.

Telemetry has no working directory, and the one of a hook may have moved on.
"""

from collections.abc import Sequence
from typing import Final

import apsw
import msgspec

from shared.event import NO_SESSION, NewEvent, is_record

SESSIONS: Final = 4_096
"""Known in memory; others are looked up in the log."""


class Projects:
    """The projects of the sessions of a log."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def fill(self, connection: apsw.Connection, events: Sequence[NewEvent]) -> list[NewEvent]:
        """Return the events with their sessions' projects where they name none, or guess one."""
        return [self._filled(connection, new) for new in events]

    def _filled(self, connection: apsw.Connection, new: NewEvent) -> NewEvent:
        event = new.event
        if event.source_app is not None and not new.is_project_guessed:
            if self._known.get(event.session_id) is None:
                self._remember(event.session_id, event.source_app)
            return new
        is_record_or_guess = is_record(event.hook_event_type) or new.is_project_guessed
        if event.session_id == NO_SESSION or not is_record_or_guess:
            return new
        if event.session_id not in self._known:
            rows = connection.execute(_FIRST_NAMED, (event.session_id,)).fetchall()
            self._remember(event.session_id, str(rows[0][0]) if rows else None)
        known = self._known[event.session_id]
        if known is None:
            if event.source_app is not None:
                self._remember(event.session_id, event.source_app)
            return new
        return msgspec.structs.replace(new, event=msgspec.structs.replace(event, source_app=known))

    def _remember(self, session_id: str, project: str | None) -> None:
        if len(self._known) >= SESSIONS:
            del self._known[next(iter(self._known))]
        self._known[session_id] = project


# A session's first events name its project, if any does.
_FIRST_NAMED: Final = """
    SELECT source_app FROM (
        SELECT id, source_app FROM events WHERE session_id = ? ORDER BY id LIMIT 100
    ) WHERE source_app IS NOT NULL ORDER BY id LIMIT 1
"""
