"""Hold distributions and print them as a table."""

from collections.abc import Sequence

import msgspec


class Latencies(msgspec.Struct, frozen=True):
    """Hold the middle and the tail of some durations, in ms."""

    p50_ms: float
    p99_ms: float
    max_ms: float

    def __str__(self) -> str:
        """Write the three figures."""
        return f"p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms, max {self.max_ms:.1f} ms"


def latencies(seconds: Sequence[float]) -> Latencies:
    """Sum up durations."""
    ordered = sorted(seconds)
    return Latencies(
        1000 * ordered[len(ordered) // 2],
        1000 * ordered[int(len(ordered) * 0.99)],
        1000 * ordered[-1],
    )


def table(rows: Sequence[Sequence[str]], heading: Sequence[str] = ("what", "figure")) -> str:
    """Return rows as a Markdown table; all columns but the last are padded."""
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    widths[-1] = len(heading[-1])
    lines = [heading, tuple("-" * width for width in widths), *rows]
    return "\n".join(_line(line, widths, "-" if line is lines[1] else " ") for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], edge: str) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"|{edge}" + f"{edge}|{edge}".join(padded) + f"{edge}|"
