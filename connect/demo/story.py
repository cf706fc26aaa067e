"""Tell the whole story: terminals side by side, session after session in each, for ever.

Comes in: a seed and how many terminals. Goes out: moments in order of time. Pure: the same seed
tells the same story.
"""

from __future__ import annotations

from heapq import merge
from itertools import chain
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from connect.demo import agents, session, turns
from connect.demo.bodies import Frame, new_uuid
from connect.demo.context import Stage
from connect.demo.material import PROJECTS, Project
from connect.demo.timing import delayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect.demo.bodies import Body
    from connect.demo.session import Turn
    from connect.demo.timing import Beat

T = TypeVar("T")

# Terminals open one after the other, so that the dashboard fills up before one's eyes.
STAGGER_MS = 700
MODES = ("default", "default", "acceptEdits", "auto", "auto")

# What happens, and how often: each terminal deals from decks like these, so that nothing is long in
# coming.
TERMINAL_TURNS: tuple[Turn, ...] = (
    *(turns.work,) * 4,
    *(turns.granted,) * 3,
    *(agents.delegation,) * 2,
    turns.refused,
    turns.interrupted,
    turns.cut_short,
    turns.question,
    turns.plan,
    agents.background,
    turns.elicitation,
    turns.slash_command,
    turns.stumble,
    turns.denied,
    turns.api_failure,
    turns.idle,
    turns.compacted_by_hand,
    turns.compacted_by_itself,
)
PRINT_TURNS: tuple[Turn, ...] = (
    turns.work,
    agents.foreground,
    turns.not_allowed,
)
# How the first terminals begin: the first minute shows an ask, a question and subagents at work.
FIRST_TURNS: tuple[Turn, ...] = (
    turns.granted,
    turns.question,
    turns.plan,
    agents.delegation,
    turns.refused,
    turns.work,
)
KINDS = ("terminal", "terminal", "print", "terminal")
ENDINGS = ("resume", "clear", "exit", "killed", "exit")
SWITCHES = (True, False)


class Moment(Struct, frozen=True):
    """Hold one event of the story: when, what, and whether somebody sits at the terminal."""

    at_ms: int
    body: Body
    attended: bool


def tell(seed: int, sessions: int) -> Iterator[Moment]:
    """Tell the story of so many terminals, without end."""
    lucks = [Random(f"{seed}/{slot}") for slot in range(sessions)]  # noqa: S311 - luck, no secret
    terminals = (terminal(rng, slot) for slot, rng in enumerate(lucks))
    return merge(*terminals, key=attrgetter("at_ms"))


def terminal(rng: Random, slot: int) -> Iterator[Moment]:
    """Tell what one terminal goes through."""
    at_ms = slot * STAGGER_MS
    for attended, beat in _lives(rng, slot):
        at_ms += beat.wait_ms
        yield Moment(at_ms, beat.body, attended)


def _lives(rng: Random, slot: int) -> Iterator[tuple[bool, Beat]]:
    """Open session after session; the first terminals begin in different projects."""
    begun, prints = FIRST_TURNS[slot % len(FIRST_TURNS)], _deck(rng, PRINT_TURNS)
    talk = chain([begun], _deck(rng, TERMINAL_TURNS))
    endings, switches = _deck(rng, ENDINGS, first=slot), _deck(rng, SWITCHES)
    project, pause_ms = PROJECTS[slot % len(PROJECTS)], 0
    for kind in _deck(rng, KINDS, first=slot):
        stage = _stage(rng, project)
        attended = kind == "terminal"
        if attended:
            life = session.in_terminal(stage, talk, next(endings), switches=next(switches))
        else:
            life = session.in_print(stage, next(prints))
        yield from ((attended, beat) for beat in delayed(pause_ms, life))
        project, pause_ms = rng.choice(PROJECTS), stage.wait(session.AWAY)


def _deck(rng: Random, cards: Sequence[T], *, first: int | None = None) -> Iterator[T]:
    """Deal cards for ever, each as often as it is in the deck; `first` names the very first."""
    if first is not None:
        yield cards[first % len(cards)]
    while True:
        yield from rng.sample(cards, k=len(cards))


def _stage(rng: Random, project: Project) -> Stage:
    frame = Frame(
        session_id=new_uuid(rng),
        cwd=f"/home/dev/code/{project.name}",
        permission_mode=rng.choice(MODES),
        effort=rng.choice(("medium", "high")),
        model=session.MODEL,
    )
    return Stage(frame, project, rng, dict(project.files))
