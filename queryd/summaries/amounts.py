"""Write numbers as the page shows them: with a unit.

In: a number, or None where it is not known. Out: words, `–` for the unknown.
"""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

UNKNOWN: Final = "–"


def counted(value: float, noun: str) -> str:
    """Write `1 event`, `12 events`: the plural is regular wherever this is used."""
    return f"{grouped(value)} {noun}{'' if value == 1 else 's'}"


def grouped(value: float) -> str:
    """Write `1,234`."""
    return f"{value:,}"


def duration(ms: float | None) -> str:
    """Write `999 ms`, `3.2 s`, `1 min 5 s`, `2 h 30 min`."""
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
    """Write `$0.0214`, `$2.50`: four digits only of what two would make nothing of."""
    if value is None:
        return UNKNOWN
    return f"${_fixed(value, '0.0001' if value != 0 and abs(value) < 0.1 else '0.01')}"


def rounded(value: float) -> int:
    """Round halves up, as JavaScript does; Python's `round` would make 0 of 0.5."""
    return math.floor(value + 0.5)


def _fixed(value: float, step: str) -> str:
    """Do what `toFixed` does, halves included."""
    return str(Decimal(value).quantize(Decimal(step), ROUND_HALF_UP))
