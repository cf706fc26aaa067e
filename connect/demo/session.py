"""Live one session, from its SessionStart to its end.

Comes in: a fresh `Stage`, and turns to draw from. Goes out: the beats of a whole session.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import turns
from connect.demo.bodies import ended, new_uuid
from connect.demo.context import HOOK, TYPE, Stage
from connect.demo.sequences import instructions
from connect.demo.timing import Beat, delayed

if TYPE_CHECKING:
    from connect.demo.timing import Span

Turn = Callable[[Stage], Iterator[Beat]]

TURNS_A_TALK = (3, 7)
AWAY: Span = (2_000, 12_000)
PICKING: Span = (900, 3_000)
MODEL = "claude-opus-5-5"
OTHER_MODEL = "claude-sonnet-4-6"
# USD a token that a switch or a resume writes anew into the prompt cache.
SWITCH_USD = 3.75e-6
RESUME_USD = 5e-6


def in_terminal(
    stage: Stage, talk: Iterator[Turn], ending: str, *, switches: bool
) -> Iterator[Beat]:
    """Open a terminal, talk for a while, and leave in one of the ways there are."""
    yield stage.beat(0, "SessionStart", source="startup", model=stage.frame.model)
    yield instructions(stage, "session_start")
    yield from _talk(stage, talk)
    if switches:
        stage = yield from _switch(stage)
        yield from _talk(stage, talk)
    if ending == "clear":
        stage = yield from _clear(stage, talk)
    if ending == "resume":
        yield from _resume(stage, talk)
    if ending != "killed":
        yield _leave(stage, "prompt_input_exit")


def in_print(stage: Stage, turn: Turn) -> Iterator[Beat]:
    """Run one prompt without a terminal: `claude -p`."""
    yield stage.beat(0, "SessionStart", source="startup")
    last = instructions(stage, "session_start")
    yield last
    for last in delayed(stage.wait(HOOK), turn(stage)):
        yield last
    yield Beat(stage.wait(HOOK), ended(last.body))


def _talk(stage: Stage, talk: Iterator[Turn]) -> Iterator[Beat]:
    """Give some prompts."""
    for _ in range(stage.rng.randint(*TURNS_A_TALK)):
        yield from delayed(stage.wait(TYPE), next(talk)(stage))


def _switch(stage: Stage) -> Generator[Beat, None, Stage]:
    """Switch the model with /model. Return the stage as it is from then on."""
    asked, tokens = stage.prompted(), stage.rng.randint(20_000, 140_000)
    own = {
        "from_model": stage.frame.model,
        "to_model": OTHER_MODEL,
        "requested_model": OTHER_MODEL,
        "source": "command",
        "context_tokens": tokens,
        "prompt_cache_warm": True,
        "cache_ttl": "5m",
        "estimated_cache_write_usd": round(tokens * SWITCH_USD, 4),
        "pricing": "catalog",
    }
    yield asked.beat(stage.wait(TYPE), "PreModelSwitch", **own)
    yield asked.beat(stage.wait(PICKING), "PostModelSwitch", **own)
    return replace(stage, frame=replace(stage.frame, model=OTHER_MODEL))


def _leave(stage: Stage, reason: str) -> Beat:
    """End a session: the command that ends it is a prompt of its own."""
    return stage.prompted().beat(stage.wait(TYPE), "SessionEnd", reason=reason)


def _clear(stage: Stage, talk: Iterator[Turn]) -> Generator[Beat, None, Stage]:
    """Clear: one session ends, another begins in the same terminal. Return the other."""
    yield _leave(stage, "clear")
    frame = replace(stage.frame, session_id=new_uuid(stage.rng), prompt_id=None)
    fresh = replace(stage, frame=frame)
    yield fresh.beat(stage.wait(HOOK), "SessionStart", source="clear")
    yield from _instructed(fresh, delayed(stage.wait(TYPE), turns.work(fresh)))
    yield from _talk(fresh, talk)
    return fresh


def _instructed(stage: Stage, turn: Iterator[Beat]) -> Iterator[Beat]:
    """Load the instructions with the first prompt, as after a clear."""
    first = next(turn)
    frame = replace(stage.frame, prompt_id=first.body["prompt_id"])
    yield from chain([first, instructions(replace(stage, frame=frame), "session_start")], turn)


def _resume(stage: Stage, talk: Iterator[Turn]) -> Iterator[Beat]:
    """Leave and come back: the same session starts again."""
    yield _leave(stage, "prompt_input_exit")
    away_ms, tokens = stage.wait(AWAY), stage.rng.randint(20_000, 140_000)
    yield stage.beat(
        away_ms,
        "SessionStart",
        source="resume",
        model=stage.frame.model,
        seconds_since_last_response=away_ms // 1000,
        context_tokens=tokens,
        prompt_cache_likely_expired=False,
        estimated_cache_write_usd=round(tokens * RESUME_USD, 4),
    )
    yield instructions(stage, "session_start")
    yield from _talk(stage, talk)
