"""Write the events of a session, or of one turn of it, as JSON lines, as the log has them."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from queryd.export.plan import ExportPlan
from queryd.store.readers import Readers
from shared.event import Event, to_json

PAGE_EVENTS: Final = 200
PAGE_BYTES: Final = 256 * 1024


class _PromptId(msgspec.Struct, frozen=True):
    hook: Any = msgspec.field(default=None, name="prompt_id")
    telemetry: Any = msgspec.field(default=None, name="prompt.id")


async def event_lines(readers: Readers, plan: ExportPlan) -> AsyncIterator[bytes]:
    """Yield the events up to the newest one now, a page at a time, in the order of the log."""
    session_id = plan.session.session_id
    last_id = await readers(lambda log: log.last_of_session(session_id)) or 0
    at = 0
    while at < last_id:
        page = await readers(
            lambda log, after=at: log.of_session(  # type: ignore[misc]
                session_id, after=after, limit=PAGE_EVENTS, limit_bytes=PAGE_BYTES
            )
        )
        if not page:
            return
        at = page[-1].id or last_id
        chosen = [event for event in page if (event.id or 0) <= last_id and _is_in(event, plan)]
        if chosen:
            yield b"".join(map(_line, chosen))


def _is_in(event: Event, plan: ExportPlan) -> bool:
    """Return whether an event is of the turn: by its prompt id, or else by its time."""
    turn, until = plan.turn, plan.turn_until
    if turn is None:
        return True
    prompt_id = _prompt_id(event)
    if prompt_id in plan.prompt_ids:
        return prompt_id == turn.prompt_id
    return turn.started_at <= event.timestamp and (until is None or event.timestamp < until)


def _prompt_id(event: Event) -> str | None:
    if b"prompt" not in bytes(event.payload):
        return None
    try:
        ids = _DECODER.decode(event.payload)
    except (msgspec.DecodeError, RecursionError):
        return None
    known = ids.hook or ids.telemetry
    return known if isinstance(known, str) else None


def _line(event: Event) -> bytes:
    # Only between values can JSON contain a line break: one of a text is escaped.
    return to_json(event).replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


_DECODER: Final = msgspec.json.Decoder(_PromptId)
