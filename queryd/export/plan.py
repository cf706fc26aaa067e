"""List what an export contains, in the order in which it is written.

The list has ids alone: texts are read as they are written, so that no session is held whole.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

from queryd.sessions.read import one_session
from queryd.sessions.read_contents import one_turn
from queryd.sessions.rows import SessionRow, TurnRow
from queryd.sessions.state import Agent
from queryd.sessions.tables import agent_of
from queryd.store.fact import MAIN
from queryd.store.store import ViewReader
from shared.errors import Refusal

MAX_DEPTH: Final = 20
"""Of subagents within subagents; deeper ones stand beside their parents."""


class Item(NamedTuple):
    """One part of an export; `id` is that of the turn or call."""

    kind: Literal["turn", "call", "agent", "answer", "before"]
    """`before`: what follows happened before the first prompt."""
    id: int
    depth: int = 0
    """Of calls and subagents: how many subagents they are within."""
    number: int = 0
    """Of a turn, counted from 1."""


class ExportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to export: a session, or one turn of it."""

    session: SessionRow
    now: int
    items: Sequence[Item]
    agents: Mapping[int, Agent]
    """By the `id` of their items."""
    turn: TurnRow | None = None
    """The only turn to export."""
    turn_number: int | None = None
    turn_until: int | None = None
    """When the next turn started."""
    prompt_ids: frozenset[str] = frozenset()
    """Of all turns of the session."""


class TurnChoice(msgspec.Struct, frozen=True):
    """Which turn to export: by its id, or by its number, where -1 is the last one."""

    turn_id: int | None = None
    number: int | None = None


class _StoredCall(NamedTuple):
    id: int
    prompt_id: str | None
    agent_id: str
    started_at: int


class _StoredTurn(NamedTuple):
    id: int
    prompt_id: str | None
    started_at: int


def plan_export(
    views: ViewReader, session_id: str, choice: TurnChoice | None, *, now: int
) -> ExportPlan:
    """Return the plan; refuse an unknown session or turn."""
    with views.snapshot():
        session = one_session(views, session_id, now=now)
        if session is None:
            raise Refusal(404, "not_found", f"session {session_id} not found", "session_id")
        turns = [_StoredTurn(*row) for row in views.fetch(_TURNS, (session_id,))]
        number = None if choice is None else _number_of(choice, turns)
        agents = {
            item_id: agent_of(state) for item_id, state in views.fetch(_AGENTS, (session_id,))
        }
        items = _Items(views, session_id, turns, agents)
        chosen = until = None
        if number is not None:
            chosen = one_turn(views, session_id, turns[number - 1].id, now=now)
            until = turns[number].started_at if number < len(turns) else None
        return ExportPlan(
            session=session,
            now=now,
            items=list(items.of_session() if number is None else items.of_turn(number)),
            agents=agents,
            turn=None if chosen is None else chosen[1],
            turn_number=number,
            turn_until=until,
            prompt_ids=frozenset(turn.prompt_id for turn in turns if turn.prompt_id),
        )


def _number_of(choice: TurnChoice, turns: Sequence[_StoredTurn]) -> int:
    for number, turn in enumerate(turns, 1):
        if turn.id == choice.turn_id or choice.number in {number, number - len(turns) - 1}:
            return number
    field = "turn" if choice.turn_id is None else "turn_id"
    wanted = choice.number if choice.turn_id is None else choice.turn_id
    raise Refusal(404, "not_found", f"turn {wanted} not found; there are {len(turns)}", field)


class _Items:
    """Puts calls below their turns, and those of subagents below the calls that launched them."""

    def __init__(
        self,
        views: ViewReader,
        session_id: str,
        turns: Sequence[_StoredTurn],
        agents: Mapping[int, Agent],
    ) -> None:
        self._turns = turns
        self._agents = {agent.agent_id: item_id for item_id, agent in agents.items()}
        self._launched: dict[int, list[str]] = defaultdict(list)
        """Subagents by the call that launched them."""
        self._calls_of: dict[str, list[_StoredCall]] = defaultdict(list)
        for row in views.fetch(_CALLS, (session_id,)):
            call = _StoredCall(*row)
            self._calls_of[call.agent_id].append(call)
        known = {call.id for calls in self._calls_of.values() for call in calls}
        loose = [it for it in self._calls_of if it != MAIN]
        for agent in agents.values():
            launch = _call_of(views, session_id, agent.tool_use_id)
            if launch in known and agent.tool_use_id is not None:
                self._launched[launch].append(agent.agent_id)
                loose = [it for it in loose if it != agent.agent_id]
        self._main: dict[int, list[_StoredCall | str]] = defaultdict(list)
        """Calls of the main thread and subagents without a known call, by turn; 0 is before."""
        numbers = {turn.prompt_id: number for number, turn in enumerate(turns, 1)}
        firsts = [(self._calls_of[agent_id][0], agent_id) for agent_id in loose]
        parts = [*((call, None) for call in self._calls_of[MAIN]), *firsts]
        for call, agent_id in sorted(parts, key=lambda part: (part[0].started_at, part[0].id)):
            number = numbers.get(call.prompt_id) if call.prompt_id else None
            self._main[number or self._number_at(call.started_at)].append(agent_id or call)
        self._written: set[str] = set()

    def of_session(self) -> Iterator[Item]:
        if self._main[0]:
            yield Item("before", 0)
            yield from self._parts(0)
        for number in range(1, len(self._turns) + 1):
            yield from self.of_turn(number)

    def of_turn(self, number: int) -> Iterator[Item]:
        turn = self._turns[number - 1]
        yield Item("turn", turn.id, number=number)
        yield from self._parts(number)
        yield Item("answer", turn.id, number=number)

    def _parts(self, number: int) -> Iterator[Item]:
        pending: list[tuple[_StoredCall | str, int]]
        pending = [(part, 0) for part in reversed(self._main[number])]
        while pending:
            part, depth = pending.pop()
            if not isinstance(part, str):
                yield Item("call", part.id, depth)
                below = [(it, min(depth + 1, MAX_DEPTH)) for it in self._launched.get(part.id, ())]
                pending += reversed(below)
            elif part not in self._written:  # events may claim that a subagent launched itself
                self._written.add(part)
                if part in self._agents:
                    yield Item("agent", self._agents[part], depth)
                pending += [(call, depth) for call in reversed(self._calls_of.get(part, ()))]

    def _number_at(self, at: int) -> int:
        """Return the number of the last turn that had started at a time; 0 before the first."""
        return bisect_right(self._turns, at, key=lambda turn: turn.started_at)


def _call_of(views: ViewReader, session_id: str, tool_use_id: str | None) -> int:
    rows: list[Any] = [] if tool_use_id is None else views.fetch(_CALL, (session_id, tool_use_id))
    return rows[0][0] if rows else 0


_TURNS: Final = """
    SELECT id, prompt_id, started_at FROM turns WHERE session_id = ? ORDER BY started_at, id
"""
_CALLS: Final = """
    SELECT id, prompt_id, agent_id, started_at FROM calls WHERE session_id = ?
    ORDER BY started_at, id
"""
_CALL: Final = "SELECT id FROM calls WHERE session_id = ? AND tool_use_id = ?"
_AGENTS: Final = "SELECT id, state FROM agents WHERE session_id = ? ORDER BY id"
