"""Write a session as a trace in Chrome's JSON format, which Perfetto opens.

A thread of the trace is the main thread of the session, or a subagent. What is properly nested, or
comes one after another, is a complete event (`X`); what overlaps is a pair of asynchronous events
(`b` and `e`). Times are microseconds, in order.
"""

import heapq
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import msgspec

from queryd.export.content import OUTCOMES, agent_title, session_title
from queryd.export.plan import ExportPlan
from queryd.export.texts import clean
from queryd.sessions.read_contents import one_call, one_turn
from queryd.sessions.rows import CallRow, TurnRow
from queryd.store.readers import Readers
from queryd.store.store import ViewReader
from queryd.summaries.read import one_line
from queryd.summaries.tools import tool_label

PAGE: Final = 200
NAME_CHARS: Final = 120
MAIN_THREAD: Final = 1
_MICROSECONDS: Final = 1_000

TraceEvent = dict[str, Any]


async def trace_chunks(readers: Readers, plan: ExportPlan) -> AsyncIterator[bytes]:
    """Yield the trace, a page of calls at a time."""
    trace = _Trace(plan)
    yield _HEAD + b",\n".join(map(_encoded, trace.names()))
    starts = await readers.views(lambda views: _starts(views, plan))
    for first in range(0, len(starts), PAGE):
        page = starts[first : first + PAGE]
        events = await readers.views(
            lambda views, page=page: [  # type: ignore[misc]
                event for kind, item_id in page for event in trace.add(views, kind, item_id)
            ]
        )
        if events:
            yield b"".join(b",\n" + _encoded(event) for event in events)
    yield b"".join(b",\n" + _encoded(event) for event in trace.rest()) + b"\n]}\n"


def _starts(views: ViewReader, plan: ExportPlan) -> list[tuple[str, int]]:
    """Return the turns and calls of an export by when they started, as ids."""
    wanted = {(item.kind, item.id) for item in plan.items if item.kind in {"turn", "call"}}
    stored = [
        (started_at, order, kind, item_id)
        for order, (kind, sql) in enumerate((("turn", _TURNS), ("call", _CALLS)))
        for item_id, started_at in views.fetch(sql, (plan.session.session_id,))
        if (kind, item_id) in wanted
    ]
    return [(kind, item_id) for _, _, kind, item_id in sorted(stored)]


class _Trace:
    """Turns what starts, in order, into events in order."""

    def __init__(self, plan: ExportPlan) -> None:
        self._plan = plan
        self._pending: list[tuple[int, int, TraceEvent]] = []
        """Events that are later than what has started so far."""
        self._count = 0
        self._open: dict[int, list[tuple[str, int]]] = defaultdict(list)
        """The complete events of a thread that have not ended: kind and end."""
        self._threads = {
            agent.agent_id: number
            for number, agent in enumerate(plan.agents.values(), MAIN_THREAD + 1)
        }
        for compaction in plan.session.compactions:
            if self._is_within(compaction.at):
                event = {"ph": "i", "s": "t", "cat": "compaction", "name": "Compaction"}
                self._push(compaction.at, {**event, "tid": MAIN_THREAD})

    def names(self) -> Iterator[TraceEvent]:
        """Yield the names of the process and the threads, which have no time."""
        session = self._plan.session
        title = one_line(session_title(session), NAME_CHARS)
        name = f"{session.project}: {title}" if session.project else title
        yield _name("process_name", 0, name)
        yield _name("thread_name", MAIN_THREAD, "Main thread")
        for agent in self._plan.agents.values():
            thread = self._threads[agent.agent_id]
            yield _name("thread_name", thread, one_line(agent_title(agent), NAME_CHARS))

    def add(self, views: ViewReader, kind: str, item_id: int) -> Iterator[TraceEvent]:
        """Add what starts next; yield the events that are due before it."""
        session_id, now = self._plan.session.session_id, self._plan.now
        if kind == "turn":
            turn = one_turn(views, session_id, item_id, now=now)
            if turn is not None:
                yield from self._due(turn[1].started_at)
                self._add_turn(turn[1])
        else:
            call = one_call(views, session_id, item_id, now=now)
            if call is not None:
                yield from self._due(call[1].started_at)
                self._add_call(call[1])

    def rest(self) -> Iterator[TraceEvent]:
        while self._pending:
            yield heapq.heappop(self._pending)[2]

    def _due(self, at: int) -> Iterator[TraceEvent]:
        while self._pending and self._pending[0][0] <= at:
            yield heapq.heappop(self._pending)[2]

    def _add_turn(self, turn: TurnRow) -> None:
        name = one_line(turn.prompt or "", NAME_CHARS) or "Turn"
        args = {
            "outcome": OUTCOMES.get(turn.outcome, turn.outcome),
            "prompt": turn.prompt,
            "answer": turn.answer,
        }
        end = self._end_of(turn.started_at, turn.ended_at)
        self._add(MAIN_THREAD, "turn", turn.id, name, turn.started_at, end, args)

    def _add_call(self, call: CallRow) -> None:
        thread = MAIN_THREAD
        if call.agent_id is not None:
            thread = self._threads.setdefault(call.agent_id, len(self._threads) + 2)
        args = {
            "target": call.target,
            "outcome": OUTCOMES[call.outcome],
            "error": call.error,
            "tool_use_id": call.tool_use_id,
        }
        end = self._end_of(call.started_at, call.ended_at)
        self._add(thread, "call", call.id, tool_label(call.tool_name), call.started_at, end, args)
        if call.asked_at is not None and call.waiting_ms:
            since = min(max(call.asked_at, call.started_at), end)
            self._add_pair(
                thread, "wait", call.id, "Waiting for you", since,
                min(since + call.waiting_ms, end), {},
            )  # fmt: skip

    def _add(
        self, thread: int, kind: str, item_id: int, name: str, start: int, end: int,
        args: dict[str, str | None],
    ) -> None:  # fmt: skip
        running = self._open[thread]
        while running and running[-1][1] <= start:
            running.pop()
        # Within a turn a call is nested; within another call it only overlaps it.
        if running and (running[-1][0] != "turn" or end > running[-1][1]):
            self._add_pair(thread, kind, item_id, name, start, end, args)
            return
        running.append((kind, end))
        dur = (end - start) * _MICROSECONDS
        event = {"ph": "X", "cat": kind, "name": name, "tid": thread, "dur": dur, "args": args}
        self._push(start, event)

    def _add_pair(
        self, thread: int, kind: str, item_id: int, name: str, start: int, end: int,
        args: dict[str, str | None],
    ) -> None:  # fmt: skip
        event = {"cat": kind, "id": f"{kind} {item_id}", "name": name, "tid": thread}
        self._push(start, {"ph": "b", **event, "args": args})
        self._push(end, {"ph": "e", **event})

    def _push(self, at: int, event: TraceEvent) -> None:
        self._count += 1
        event = {**event, "pid": 1, "ts": at * _MICROSECONDS}
        heapq.heappush(self._pending, (at, self._count, event))

    def _end_of(self, start: int, end: int | None) -> int:
        return max(start, self._plan.now if end is None else end)

    def _is_within(self, at: int) -> bool:
        turn, until = self._plan.turn, self._plan.turn_until
        return turn is None or (turn.started_at <= at and (until is None or at < until))


def _name(kind: str, thread: int, name: str) -> TraceEvent:
    return {"ph": "M", "name": kind, "pid": 1, "tid": thread, "args": {"name": name}}


def _encoded(event: TraceEvent) -> bytes:
    args = {key: clean(value) for key, value in event.get("args", {}).items() if value}
    return msgspec.json.encode({**event, "name": clean(event["name"]), "args": args})


_HEAD: Final = b'{"displayTimeUnit":"ms","traceEvents":[\n'
_TURNS: Final = "SELECT id, started_at FROM turns WHERE session_id = ?"
_CALLS: Final = "SELECT id, started_at FROM calls WHERE session_id = ?"
