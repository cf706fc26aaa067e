"""Say what a check found: how bad it is, what it is, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import msgspec

from connect.doctor.snapshot import Scene

Level = Literal["ok", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True):
    """Hold one sentence of what is so and, unless all is well, one of what to do."""

    level: Level
    message: str
    advice: str | None = None


Check: TypeAlias = Callable[[Scene], Iterator[Finding]]


def ok(message: str) -> Finding:
    """Return what is as it should be."""
    return Finding("ok", message)


def warning(message: str, advice: str) -> Finding:
    """Return what works, and is not as one would want it."""
    return Finding("warning", message, advice)


def problem(message: str, advice: str) -> Finding:
    """Return what keeps events from arriving, or shows in Claude Code."""
    return Finding("problem", message, advice)
