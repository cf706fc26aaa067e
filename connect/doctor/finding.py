"""What a check reports: a level, a sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import msgspec

from connect.doctor.snapshot import Snapshot

Level = Literal["ok", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True):
    level: Level
    message: str
    advice: str | None = None


Check: TypeAlias = Callable[[Snapshot], Iterator[Finding]]


def ok(message: str) -> Finding:
    return Finding("ok", message)


def warning(message: str, advice: str) -> Finding:
    """Return what works, but not as intended."""
    return Finding("warning", message, advice)


def problem(message: str, advice: str) -> Finding:
    """Return what keeps events from arriving, or prints errors in Claude Code."""
    return Finding("problem", message, advice)
