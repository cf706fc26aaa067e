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


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows as a Markdown table."""
    width = max(len(what) for what, _ in rows)
    lines = [f"| {'what':{width}} | figure |", f"|-{'-' * width}-|--------|"]
    return "\n".join([*lines, *(f"| {what:{width}} | {figure} |" for what, figure in rows)])
