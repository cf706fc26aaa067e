"""The whole story: terminals side by side, session after session in each, without end.

Pure: the same seed gives the same story.
"""

from __future__ import annotations

from heapq import merge
from itertools import chain
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from connect.demo import agents, session, turns
from connect.demo.bodies import WORKTREES, EventFrame, new_uuid
from connect.demo.context import TurnContext
from connect.demo.material import PROJECTS, DemoProject
from connect.demo.models import SESSION_MODELS
from connect.demo.timing import TimedEvent, delayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.session import Turn

T = TypeVar("T")

# Terminals open one after the other, so that the dashboard visibly fills up.
STAGGER_MS = 700
IN_WORKTREE = (True, False, False, False)
BRANCHES = ("retry-safely", "faster-start", "new-errors")
MODES = ("default", "default", "acceptEdits", "auto", "auto")

# What happens, and how often. Each terminal shuffles these, so that nothing takes long to appear.
TERMINAL_TURNS: tuple[Turn, ...] = (
    *(turns.work,) * 4,
    *(turns.allowed,) * 2,
    *(agents.delegation,) * 2,
    turns.recurring_failure,
    agents.nested_delegation,
    turns.approvals,
    turns.plan_approval,
    turns.refused,
    turns.interrupted,
    turns.interrupted_text,
    turns.question,
    turns.plan,
    agents.background,
    turns.elicitation,
    turns.slash_command,
    turns.rejected_edit,
    turns.denied,
    turns.api_failure,
    turns.idle,
    turns.manual_compaction,
    turns.automatic_compaction,
)
PRINT_TURNS: tuple[Turn, ...] = (
    turns.work,
    agents.foreground,
    turns.not_allowed,
)
# How the first terminals start: the first minute shows asks of every kind, subagents, failures.
FIRST_TURNS: tuple[Turn, ...] = (
    turns.approvals,
    turns.question,
    agents.nested_delegation,
    turns.plan_approval,
    turns.refused,
    turns.recurring_failure,
)
KINDS = ("terminal", "terminal", "print", "terminal")
ENDINGS = ("resume", "clear", "exit", "killed", "exit")
SWITCHES = (True, False)


class StoryEvent(Struct, frozen=True):
    at_ms: int
    body: Body
    attended: bool
    """A user is at the terminal."""
    model: str
    """Of the main thread, for many bodies do not name it."""


class PlayedSession(Struct):
    """A session's events, once, and the model that the main thread uses at the moment."""

    events: Iterator[TimedEvent]
    attended: bool
    model: str

    def event_at(self, at_ms: int, event: TimedEvent) -> StoryEvent:
        self.model = event.body.get("to_model", self.model)
        return StoryEvent(at_ms, event.body, self.attended, self.model)


def generate_story(seed: int, sessions: int) -> Iterator[StoryEvent]:
    """Yield the events of so many terminals in order of time, without end."""
    rngs = [Random(f"{seed}/{index}") for index in range(sessions)]  # noqa: S311 - no secret
    terminals = (terminal(rng, index) for index, rng in enumerate(rngs))
    return merge(*terminals, key=attrgetter("at_ms"))


def terminal(rng: Random, index: int) -> Iterator[StoryEvent]:
    at_ms = index * STAGGER_MS
    for played in sessions(rng, index):
        for event in played.events:
            at_ms += event.wait_ms
            yield played.event_at(at_ms, event)


def sessions(rng: Random, index: int) -> Iterator[PlayedSession]:
    """Yield session after session; the first terminals start in different projects."""
    first_turn, print_turns = FIRST_TURNS[index % len(FIRST_TURNS)], _shuffled(rng, PRINT_TURNS)
    others = list(TERMINAL_TURNS)
    others.remove(first_turn)
    terminal_turns = chain(
        [first_turn], rng.sample(others, k=len(others)), _shuffled(rng, TERMINAL_TURNS)
    )
    endings, switches = _shuffled(rng, ENDINGS, first=index), _shuffled(rng, SWITCHES)
    in_worktree = _shuffled(rng, IN_WORKTREE, first=index)
    project, pause_ms = PROJECTS[index % len(PROJECTS)], 0
    for kind in _shuffled(rng, KINDS, first=index):
        attended = kind == "terminal"
        context = _context(rng, project, in_worktree=next(in_worktree) and attended)
        if attended:
            events = session.in_terminal(
                context, terminal_turns, next(endings), switches=next(switches)
            )
        else:
            events = session.in_print(context, next(print_turns))
        yield PlayedSession(delayed(pause_ms, events), attended, context.frame.model)
        project, pause_ms = rng.choice(PROJECTS), context.wait(session.AWAY)


def _shuffled(rng: Random, items: Sequence[T], *, first: int | None = None) -> Iterator[T]:
    """Yield all items in random order, again and again; `first` chooses the very first."""
    if first is not None:
        yield items[first % len(items)]
    while True:
        yield from rng.sample(items, k=len(items))


def _context(rng: Random, project: DemoProject, *, in_worktree: bool) -> TurnContext:
    folder = f"/home/dev/code/{project.name}"
    frame = EventFrame(
        session_id=new_uuid(rng),
        cwd=f"{folder}{WORKTREES}{rng.choice(BRANCHES)}" if in_worktree else folder,
        permission_mode=rng.choice(MODES),
        effort=rng.choice(("medium", "high")),
        model=rng.choice(SESSION_MODELS),
    )
    return TurnContext(frame, project, rng, dict(project.files))
