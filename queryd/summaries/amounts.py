"""Format numbers as the page does: with a unit, and `–` for an unknown value."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

UNKNOWN: Final = "–"


def counted(value: float, noun: str) -> str:
    """Return `1 event`, `12 events`; only for nouns with a regular plural."""
    return f"{grouped(value)} {noun}{'' if value == 1 else 's'}"


def grouped(value: float) -> str:
    """Return `1,234`."""
    return f"{value:,}"


def duration(ms: float | None) -> str:
    """Return `999 ms`, `3.2 s`, `1 min 5 s`, `2 h 30 min`."""
    if ms is None or ms < 0:
        return UNKNOWN
    if ms < 1_000:
        return f"{rounded(ms)} ms"
    if ms < 59_950:
        return f"{_fixed(ms / 1_000, '0.1')} s"
    seconds = rounded(ms / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3_600} h {seconds % 3_600 // 60} min"


def usd(value: float | None) -> str:
    """Return `$0.0214`, `$2.50`: four decimals below ten cents."""
    if value is None:
        return UNKNOWN
    return f"${_fixed(value, '0.0001' if value != 0 and abs(value) < 0.1 else '0.01')}"


def rounded(value: float) -> int:
    """Round halves up, as JavaScript does; Python rounds 0.5 to 0."""
    return math.floor(value + 0.5)


def _fixed(value: float, step: str) -> str:
    """Round as JavaScript's `toFixed` does."""
    return str(Decimal(value).quantize(Decimal(step), ROUND_HALF_UP))
