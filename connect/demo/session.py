"""One session, from SessionStart to its end. `usage` fills in how large its context is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connect.demo import turns
from connect.demo.bodies import WORKTREES, new_uuid, session_end
from connect.demo.context import HOOK, TYPE, TurnContext
from connect.demo.models import other_model
from connect.demo.sequences import instructions
from connect.demo.timing import TimedEvent, delayed

if TYPE_CHECKING:
    from connect.demo.timing import Span

Turn = Callable[[TurnContext], Iterator[TimedEvent]]

TURN_COUNT = (3, 7)
AWAY: Span = (2_000, 12_000)
PICKING: Span = (900, 3_000)


def in_terminal(
    context: TurnContext, turns_left: Iterator[Turn], ending: str, *, switches: bool
) -> Iterator[TimedEvent]:
    """Open a terminal, give some prompts, and leave in one of several ways."""
    yield context.event(0, "SessionStart", source="startup", model=context.frame.model)
    yield instructions(context, "session_start")
    yield from _play_turns(context, turns_left)
    if switches:
        context = yield from _switch(context)
        yield from _play_turns(context, turns_left)
    if ending == "clear":
        context = yield from _clear(context, turns_left)
    if ending == "resume":
        yield from _resume(context, turns_left)
    if ending != "killed":
        if WORKTREES in context.frame.cwd:
            yield _remove_worktree(context)
        yield _leave(context, "prompt_input_exit")


def in_print(context: TurnContext, turn: Turn) -> Iterator[TimedEvent]:
    """Run one prompt without a terminal: `claude -p`."""
    yield context.event(0, "SessionStart", source="startup")
    last = instructions(context, "session_start")
    yield last
    for last in delayed(context.wait(HOOK), turn(context)):
        yield last
    yield TimedEvent(context.wait(HOOK), session_end(last.body))


def _play_turns(context: TurnContext, turns_left: Iterator[Turn]) -> Iterator[TimedEvent]:
    for _ in range(context.rng.randint(*TURN_COUNT)):
        yield from delayed(context.wait(TYPE), next(turns_left)(context))


def _switch(context: TurnContext) -> Generator[TimedEvent, None, TurnContext]:
    """Switch the model with /model; return the context from then on."""
    switched = context.new_prompt()
    model = other_model(context.frame.model)
    fields = {
        "from_model": context.frame.model,
        "to_model": model,
        "requested_model": model,
        "source": "command",
        "context_tokens": 0,
        "prompt_cache_warm": True,
        "cache_ttl": "5m",
        "estimated_cache_write_usd": 0.0,
        "pricing": "catalog",
    }
    yield switched.event(context.wait(TYPE), "PreModelSwitch", **fields)
    yield switched.event(context.wait(PICKING), "PostModelSwitch", **fields)
    return replace(context, frame=replace(context.frame, model=model))


def _remove_worktree(context: TurnContext) -> TimedEvent:
    path = context.frame.cwd
    return context.new_prompt().event(context.wait(TYPE), "WorktreeRemove", worktree_path=path)


def _leave(context: TurnContext, reason: str) -> TimedEvent:
    """End a session: the command that ends it is a prompt of its own."""
    return context.new_prompt().event(context.wait(TYPE), "SessionEnd", reason=reason)


def _clear(
    context: TurnContext, turns_left: Iterator[Turn]
) -> Generator[TimedEvent, None, TurnContext]:
    """End one session and start another in the same terminal; return its context."""
    yield _leave(context, "clear")
    frame = replace(context.frame, session_id=new_uuid(context.rng), prompt_id=None)
    cleared = replace(context, frame=frame)
    yield cleared.event(context.wait(HOOK), "SessionStart", source="clear")
    yield from _with_instructions(cleared, delayed(context.wait(TYPE), turns.work(cleared)))
    yield from _play_turns(cleared, turns_left)
    return cleared


def _with_instructions(context: TurnContext, turn: Iterator[TimedEvent]) -> Iterator[TimedEvent]:
    """Load the instructions with the first prompt, as after a clear."""
    first = next(turn)
    frame = replace(context.frame, prompt_id=first.body["prompt_id"])
    yield from chain([first, instructions(replace(context, frame=frame), "session_start")], turn)


def _resume(context: TurnContext, turns_left: Iterator[Turn]) -> Iterator[TimedEvent]:
    """Leave and come back: the same session starts again."""
    yield _leave(context, "prompt_input_exit")
    away_ms = context.wait(AWAY)
    yield context.event(
        away_ms,
        "SessionStart",
        source="resume",
        model=context.frame.model,
        seconds_since_last_response=away_ms // 1000,
        context_tokens=0,
        prompt_cache_likely_expired=False,
        estimated_cache_write_usd=0.0,
    )
    yield instructions(context, "session_start")
    yield from _play_turns(context, turns_left)
