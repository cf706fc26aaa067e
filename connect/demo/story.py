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
from connect.demo.bodies import EventFrame, new_uuid
from connect.demo.context import TurnContext
from connect.demo.material import PROJECTS, DemoProject
from connect.demo.timing import delayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.session import Turn
    from connect.demo.timing import TimedEvent

T = TypeVar("T")

# Terminals open one after the other, so that the dashboard visibly fills up.
STAGGER_MS = 700
MODES = ("default", "default", "acceptEdits", "auto", "auto")

# What happens, and how often. Each terminal shuffles these, so that nothing takes long to appear.
TERMINAL_TURNS: tuple[Turn, ...] = (
    *(turns.work,) * 4,
    *(turns.allowed,) * 3,
    *(agents.delegation,) * 2,
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
# How the first terminals start: the first minute shows a permission request, a question, subagents.
FIRST_TURNS: tuple[Turn, ...] = (
    turns.allowed,
    turns.question,
    turns.plan,
    agents.delegation,
    turns.refused,
    turns.work,
)
KINDS = ("terminal", "terminal", "print", "terminal")
ENDINGS = ("resume", "clear", "exit", "killed", "exit")
SWITCHES = (True, False)


class StoryEvent(Struct, frozen=True):
    at_ms: int
    body: Body
    attended: bool
    """A user is at the terminal."""


def generate_story(seed: int, sessions: int) -> Iterator[StoryEvent]:
    """Yield the events of so many terminals in order of time, without end."""
    rngs = [Random(f"{seed}/{index}") for index in range(sessions)]  # noqa: S311 - no secret
    terminals = (terminal(rng, index) for index, rng in enumerate(rngs))
    return merge(*terminals, key=attrgetter("at_ms"))


def terminal(rng: Random, index: int) -> Iterator[StoryEvent]:
    at_ms = index * STAGGER_MS
    for attended, event in _sessions(rng, index):
        at_ms += event.wait_ms
        yield StoryEvent(at_ms, event.body, attended)


def _sessions(rng: Random, index: int) -> Iterator[tuple[bool, TimedEvent]]:
    """Yield session after session; the first terminals start in different projects."""
    first_turn, print_turns = FIRST_TURNS[index % len(FIRST_TURNS)], _shuffled(rng, PRINT_TURNS)
    terminal_turns = chain([first_turn], _shuffled(rng, TERMINAL_TURNS))
    endings, switches = _shuffled(rng, ENDINGS, first=index), _shuffled(rng, SWITCHES)
    project, pause_ms = PROJECTS[index % len(PROJECTS)], 0
    for kind in _shuffled(rng, KINDS, first=index):
        context = _context(rng, project)
        attended = kind == "terminal"
        if attended:
            events = session.in_terminal(
                context, terminal_turns, next(endings), switches=next(switches)
            )
        else:
            events = session.in_print(context, next(print_turns))
        yield from ((attended, event) for event in delayed(pause_ms, events))
        project, pause_ms = rng.choice(PROJECTS), context.wait(session.AWAY)


def _shuffled(rng: Random, items: Sequence[T], *, first: int | None = None) -> Iterator[T]:
    """Yield all items in random order, again and again; `first` chooses the very first."""
    if first is not None:
        yield items[first % len(items)]
    while True:
        yield from rng.sample(items, k=len(items))


def _context(rng: Random, project: DemoProject) -> TurnContext:
    frame = EventFrame(
        session_id=new_uuid(rng),
        cwd=f"/home/dev/code/{project.name}",
        permission_mode=rng.choice(MODES),
        effort=rng.choice(("medium", "high")),
        model=session.MODEL,
    )
    return TurnContext(frame, project, rng, dict(project.files))
