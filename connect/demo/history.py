"""The days before the demo: sessions in working hours, with their records, as envelopes.

Each day has random numbers of its own: the same seed writes the same day whenever it is written,
under the same event ids. Nights are empty, Sundays too; but in the hours before the demo there is
some work on every day, unless it is night.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from heapq import merge
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from connect.demo.bodies import session_end
from connect.demo.records import RESOURCE, SCOPE, client
from connect.demo.story import StoryEvent, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect.demo.records import DemoRecord
    from connect.demo.timing import Span
    from connect.demo.usage import UsageMeter

MINUTE_MS = 60_000
SATURDAY, SUNDAY = 5, 6
# In ms, beside the story's own pauses: reading and thinking before a prompt, a slow model, a user
# who is busy elsewhere when asked, a break between two sessions.
PROMPT: Span = (40_000, 12 * MINUTE_MS)
MODEL: Span = (1_500, 14_000)
ASKED: Span = (0, 4 * MINUTE_MS)
BREAK: Span = (3 * MINUTE_MS, 35 * MINUTE_MS)
LATE: Span = (0, 40 * MINUTE_MS)
# No session starts this close to the end of the day.
LAST_START_MS = 25 * MINUTE_MS
RECENT_MS = 3 * 60 * MINUTE_MS
EARLIEST_HOUR, LATEST_HOUR = 7, 22.5
THINKS_AFTER = frozenset({"UserPromptSubmit", "PostToolBatch"})
ASKS = frozenset({"PermissionRequest", "Notification"})


class Workday(Struct, frozen=True):
    """The hours of a day in ms since the epoch, and how many terminals are used."""

    starts_at: int
    lunch_at: int
    resumes_at: int
    ends_at: int
    terminals: int


class BatchEntry(Struct, frozen=True, omit_defaults=True):
    """An event as ingestd takes it in a batch."""

    session_id: str
    hook_event_type: str
    timestamp: int
    event_id: str
    payload: dict[str, Any]
    sender: dict[str, Any]
    model_name: str | None = None


def history(seed: int, days: int, until_ms: int, meter: UsageMeter) -> Iterator[bytes]:
    """Yield the envelopes of the last days in order of time, in JSON."""
    counts: dict[str, int] = {}
    for event in past_events(seed, days, until_ms):
        filled = meter.with_figures(event)
        for envelope in _envelopes(filled, meter):
            number = counts[envelope.session_id] = counts.get(envelope.session_id, 0) + 1
            event_id = f"demo:{envelope.session_id}:{number}"
            yield msgspec.json.encode(msgspec.structs.replace(envelope, event_id=event_id))


def past_events(seed: int, days: int, until_ms: int) -> Iterator[StoryEvent]:
    """Yield the events of so many whole days, and of today so far; `at_ms` is since the epoch."""
    last = datetime.fromtimestamp(until_ms / 1000).astimezone().date()
    for before in range(days, -1, -1):
        day = last - timedelta(days=before)
        rng = Random(f"{seed}/{day.isoformat()}")  # noqa: S311 - no secret
        terminals = _terminals(f"{seed}/{day.isoformat()}", _workday(rng, day), until_ms)
        if day == last:
            terminals += _terminals(f"{seed}/{until_ms}", _recent(day, until_ms), until_ms)
        yield from merge(*terminals, key=attrgetter("at_ms"))


def _terminals(seed: str, workday: Workday, until_ms: int) -> list[Iterator[StoryEvent]]:
    rngs = [Random(f"{seed}/{index}") for index in range(workday.terminals)]  # noqa: S311 - no secret
    return [_terminal(rng, index, workday, until_ms) for index, rng in enumerate(rngs)]


def _workday(rng: Random, day: date) -> Workday:
    def at(hour: float) -> int:
        """Return a local time of the day, up to half an hour later."""
        return local_ms(day, hour + rng.random() / 2)

    if day.weekday() == SUNDAY:
        return Workday(0, 0, 0, 0, terminals=0)
    if day.weekday() == SATURDAY:
        return Workday(at(10.5), at(12), at(12.5), at(12.6), terminals=1)
    return Workday(at(8.75), at(12.25), at(13.25), at(17.25), terminals=rng.randint(2, 4))


def _recent(day: date, until_ms: int) -> Workday:
    """Return the last hours, in which there is no lunch."""
    starts_at = max(until_ms - RECENT_MS, local_ms(day, EARLIEST_HOUR))
    is_night = until_ms < starts_at or until_ms > local_ms(day, LATEST_HOUR)
    return Workday(starts_at, until_ms, until_ms, until_ms, terminals=0 if is_night else 2)


def local_ms(day: date, hour: float) -> int:
    """Return a local time in ms since the epoch, in whole minutes."""
    midnight = datetime.combine(day, time()).astimezone()
    return round(midnight.timestamp() * 1000) + round(hour * 60) * MINUTE_MS


def _terminal(rng: Random, index: int, workday: Workday, until_ms: int) -> Iterator[StoryEvent]:
    """Work through a day, session after session; what still runs at the end is closed."""
    at_ms = workday.starts_at + _random(rng, LATE)
    for session in sessions(rng, rng.randrange(1_000) + index):
        if workday.lunch_at <= at_ms < workday.resumes_at:
            at_ms = workday.resumes_at
        if at_ms >= workday.ends_at - LAST_START_MS:
            return
        last: StoryEvent | None = None
        agents: set[str] = set()
        for event in session.events:
            at_ms += event.wait_ms + _extra(rng, last, event.body, agents)
            if _is_prompt(event.body) and workday.lunch_at <= at_ms < workday.resumes_at:
                at_ms = workday.resumes_at + _random(rng, PROMPT) // 2
            if at_ms >= until_ms or (at_ms >= workday.ends_at and _is_prompt(event.body)):
                if last is not None and last.body["hook_event_name"] != "SessionEnd":
                    yield _closed(last)
                return
            last = session.event_at(at_ms, event)
            yield last
        if last is not None and last.body["hook_event_name"] != "SessionEnd":
            yield _closed(last)
        at_ms += _random(rng, BREAK)


def _extra(rng: Random, last: StoryEvent | None, body: dict[str, Any], agents: set[str]) -> int:
    """Return how much longer than in the story an event takes; `agents` are those at work."""
    kind = body["hook_event_name"]
    if kind == "SubagentStart":
        agents.add(body["agent_id"])
    elif kind == "SubagentStop":
        agents.discard(body["agent_id"])
    # With subagents side by side, a pause of one would be a pause of all.
    if last is None or agents:
        return 0
    last_kind = last.body["hook_event_name"]
    if _is_prompt(body):
        return _random(rng, PROMPT)
    if kind in {"PreToolUse", "MessageDisplay"} and last_kind in THINKS_AFTER:
        return _random(rng, MODEL)
    if kind == "PostToolUse" and last_kind in ASKS:
        return _random(rng, ASKED)
    return 0


def _is_prompt(body: dict[str, Any]) -> bool:
    """Return whether the user types something now."""
    prompt = body.get("prompt", "")
    return body["hook_event_name"] == "UserPromptSubmit" and not prompt.startswith("<")


def _closed(last: StoryEvent) -> StoryEvent:
    end = session_end(last.body)
    if last.attended:
        end["reason"] = "prompt_input_exit"
    return msgspec.structs.replace(last, at_ms=last.at_ms + 1_000, body=end)


def _envelopes(event: StoryEvent, meter: UsageMeter) -> Iterator[BatchEntry]:
    body, sender = event.body, client(event)
    yield BatchEntry(
        body["session_id"], body["hook_event_name"], event.at_ms, "", payload=body, sender=sender
    )
    for record in meter.records(event, event.at_ms):
        yield _record_envelope(record, sender)


def _record_envelope(record: DemoRecord, sender: dict[str, Any]) -> BatchEntry:
    """Return a record as ingestd would have stored it."""
    if record.kind == "status_line":
        model = record.body["model"]["id"]
        payload = record.body
    else:
        model = record.body["model"]
        sender = {"via": "otlp"}
        payload = {**record.body, "resource": RESOURCE, "scope": SCOPE}
    return BatchEntry(
        record.session_id,
        record.kind,
        record.at_ms,
        "",
        payload=payload,
        sender=sender,
        model_name=model,
    )


def _random(rng: Random, span: Span) -> int:
    low, high = span
    return round(rng.triangular(low, high, low))
