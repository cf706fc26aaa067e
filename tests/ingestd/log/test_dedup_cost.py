"""Hold the cost of an event to a bound, however many of the same time and body are stored."""

import itertools
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from ingestd.log.writer import Writer
from shared.event import NewEvent
from shared.history import timed_id
from tests.shared.events import new

AT = 1_795_000_000_000
GROUP = 32
MAX_GROWTH = 2.5
"""Times the work, at most, for double the events."""

Make = Callable[[int], NewEvent]


def fired(payload: bytes, event_id: str | None = None, via: str | None = None) -> NewEvent:
    sender = None if via is None else msgspec.Raw(b'{"via":"%b"}' % via.encode())
    return new(
        event_id=event_id, timestamp=AT, received_at=AT + 10**6, payload=payload, sender=sender
    )


def body(number: int) -> bytes:
    return b'{"prompt":"%d"}' % number


VARIANTS: dict[str, Make] = {
    "other payloads": lambda number: fired(body(number)),
    "other payloads and ids": lambda number: fired(body(number), f"e{number}", "settings"),
    "one payload, no ids": lambda _: fired(body(0)),
    "one payload, other ids": lambda number: fired(body(0), f"e{number}", "settings"),
    "one payload by two vias": lambda number: fired(
        body(0), f"e{number}", ("settings", "plugin")[number % 2]
    ),
    "one payload by many vias": lambda number: fired(body(0), f"e{number}", f"via{number}"),
    "payloads in pairs by two vias": lambda number: fired(
        body(number // 2), f"e{number}", ("settings", "plugin")[number % 2]
    ),
}


class WorkCounter:
    """Count what SQLite and Python do for some events."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = itertools.count()

    def steps(self, make: Make, count: int, *, is_replay: bool) -> int:
        """Return how many hundreds of steps SQLite's machine made."""
        seen = [0]

        def note() -> bool:
            seen[0] += 1
            return False

        with closing(self._writer(is_replay=is_replay)) as writer:
            writer._opened().set_progress_handler(note, 100)  # noqa: SLF001 - SQLite's own count
            _append(writer, make, count)
        return seen[0]

    def instructions(self, make: Make, count: int) -> int:
        """Return how many instructions Python's interpreter ran."""
        ran = [0]

        def trace(frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
            frame.f_trace_lines = False
            frame.f_trace_opcodes = True
            ran[0] += event == "opcode"
            return trace

        with closing(self._writer(is_replay=False)) as writer:
            before = sys.gettrace()
            sys.settrace(trace)
            try:
                _append(writer, make, count)
            finally:
                sys.settrace(before)
        return ran[0]

    def _writer(self, *, is_replay: bool) -> Writer:
        path = self._folder / f"{next(self._names)}.db"
        if is_replay:  # of a time before the newest event, so that the log is asked
            with closing(Writer(path, synchronous="NORMAL")) as writer:
                writer.append([new(timestamp=AT + 10**6, received_at=AT + 10**6)])
        return Writer(path, synchronous="NORMAL")


def _append(writer: Writer, make: Make, count: int) -> None:
    for start in range(0, count, GROUP):
        writer.append([make(number) for number in range(start, start + GROUP)])


@pytest.fixture
def work(tmp_path: Path) -> WorkCounter:
    return WorkCounter(tmp_path)


@pytest.mark.parametrize("is_replay", [False, True], ids=["live", "replayed"])
@pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)
def test_double_the_events_of_one_time_take_double_the_steps(
    work: WorkCounter, make: Make, *, is_replay: bool
) -> None:
    """A script that rounds its times to seconds sends thousands of one time."""
    once = work.steps(make, 1_024, is_replay=is_replay)
    assert work.steps(make, 2_048, is_replay=is_replay) <= MAX_GROWTH * max(once, 100)


@pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)
def test_double_the_events_of_one_body_take_double_the_instructions(
    work: WorkCounter, make: Make
) -> None:
    """Indexed events are compared in Python, where SQLite counts no steps."""
    once = work.instructions(make, 1_024)
    assert work.instructions(make, 2_048) <= MAX_GROWTH * once


def test_double_the_hooks_of_backfilled_events_take_double_the_steps(work: WorkCounter) -> None:
    """The hooks of a moment, met by as many events that transcripts report of it."""

    def make(number: int) -> NewEvent:
        late, number = divmod(number, 2)
        event_id = timed_id("Stop", AT, f"{late:06}") if number else f"h{late}"
        return new(
            event_id=event_id,
            hook_event_type="Stop",
            timestamp=AT,
            received_at=AT,
            session_id=f"s{late % 64}",
            payload=b'{"prompt_id":"p%d"}' % late,
        )

    once = work.steps(make, 1_024, is_replay=False)
    assert work.steps(make, 2_048, is_replay=False) <= MAX_GROWTH * once
