"""Compare the figures of docs/figures.md with those of before and with what they have to be.

What the sections of the document say is taken, so that a goal is never judged by another run.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from bench.document import DOCUMENT, sections

HEADING: Final = ("what", "before", "now", "to reach", "")
_ROW: Final = re.compile(r"^\| (.+?) +\| (.+?) \|$", re.MULTILINE)

Sections = dict[str, dict[str, str]]
"""Sections, each with its figures by what was measured."""


class MissingFigureError(Exception):
    """Report a figure that the document does not have."""


class Goal(msgspec.Struct, frozen=True):
    """Say what a figure was, what it has to be, and how it is read from the document.

    `before` is of 2026-11-28, and where it could be measured, of the same run as now.
    """

    what: str
    before: str
    bound: float
    unit: str
    read: Callable[[Sections], float]
    is_at_least: bool = False

    def row(self, measured: Sections) -> tuple[str, ...]:
        """Return its row of the table; raise MissingFigureError when it was not measured."""
        now = self.read(measured)
        is_reached = now >= self.bound if self.is_at_least else now <= self.bound
        sign = "≥" if self.is_at_least else "≤"
        return (
            self.what,
            self.before,
            f"{_number(now)}{self.unit}",
            f"{sign} {_number(self.bound)}{self.unit}",
            "reached" if is_reached else "not reached",
        )


def goals_of(text: str) -> list[tuple[str, ...]]:
    """Return a row for each goal, from a document's text; raise MissingFigureError."""
    measured = {name: dict(_ROW.findall(section)) for name, section in sections(text).items()}
    return [goal.row(measured) for goal in GOALS]


def measure_goals() -> Sequence[tuple[str, ...]]:
    """Return the rows of docs/figures.md as it is."""
    return goals_of(DOCUMENT.read_text("utf-8"))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _figure(section: str, label: str, pattern: str) -> Callable[[Sections], float]:
    """Read the number of the pattern's group in the row whose label starts so."""

    def read(measured: Sections) -> float:
        for what, figure in measured.get(section, {}).items():
            found = re.search(pattern, figure) if what.startswith(label) else None
            if found:
                return float(found[1].replace(",", ""))
        raise MissingFigureError(f"{section}: {label} has no figure like {pattern}")

    return read


def _highest(section: str, pattern: str, without: str = "") -> Callable[[Sections], float]:
    """Read the highest number of the pattern's group in all rows of a section."""

    def read(measured: Sections) -> float:
        rows = measured.get(section, {}).items()
        found = [
            it
            for what, figure in rows
            if not (without and what.startswith(without))
            for it in re.findall(pattern, figure)
        ]
        if not found:
            raise MissingFigureError(f"{section} has no figure like {pattern}")
        return max(float(it.replace(",", "")) for it in found)

    return read


def _lowest_frames(measured: Sections) -> float:
    rows = measured.get("page", {}).values()
    found = [float(it[1]) for it in (re.match(r"(\d+) frames/s", row) for row in rows) if it]
    if not found:
        raise MissingFigureError("page has no frames")
    return min(found)


def _part_of_bare(measured: Sections) -> float:
    rate = r"^([\d,]+)/s"
    full = _figure("quick", "POST, 32 connections, synchronous=FULL", rate)(measured)
    bare = _figure("quick", "POST, 32 connections, bare", rate)(measured)
    return round(full / bare, 2)


_TIMES: Final = r"p50 ([\d.]+) times"
_P50: Final = r"p50 ([\d.]+) ms"
_P99: Final = r"p99 ([\d.]+) ms"

GOALS: Final[Sequence[Goal]] = (
    Goal(
        "a hook by http, p50 to a curl one-liner's",
        "0.13",
        0.2,
        "",
        _figure("hooks", "a hook: http", _TIMES),
    ),
    Goal(
        "a hook by command, p50 to a one-liner's",
        "1.42",
        1.2,
        "",
        _figure("hooks", "a hook: command, ingestd up", _TIMES),
    ),
    Goal(
        "a hook by command, ingestd hung, the first",
        "272",
        45,
        "",
        _figure("hooks", "a hook: command, ingestd hung, the first", _TIMES),
    ),
    *(
        Goal(
            f"a hook by spool, ingestd {state}, p50",
            "–",
            0.4,
            "",
            _figure("hooks", f"a hook: spool, ingestd {state}", _TIMES),
        )
        for state in ("up", "down", "hung")
    ),
    Goal(
        "POST, 1 connection, NORMAL, p50 to the bare server's",
        "2.03",
        1.5,
        "",
        _figure("quick", "POST, 1 connection, synchronous=NORMAL", _TIMES),
    ),
    Goal(
        "POST, 32 connections, FULL, rate to the bare server's",
        "0.37",
        0.7,
        "",
        _part_of_bare,
        is_at_least=True,
    ),
    Goal(
        "batches of 1,000, NORMAL",
        "28,390",
        100_000,
        " events/s",
        _figure("quick", "batches of 1,000 events of 1 kB, synchronous=NORMAL", r"^([\d,]+)"),
        is_at_least=True,
    ),
    Goal(
        "a hook beside batches, NORMAL, p99",
        "44 ms",
        10,
        " ms",
        _figure("quick", "batches of 1,000 events of 1 kB, synchronous=NORMAL", _P99),
    ),
    Goal(
        "a hook beside exports and batches of 32 MB, longest p99",
        "–",
        20,
        " ms",
        _highest("otlp", _P99),
    ),
    Goal(
        "POST to SSE bytes, 100 clients, p50",
        "5.84 ms",
        3,
        " ms",
        _figure("quick", "POST to SSE bytes, 200 events/s, 100", _P50),
    ),
    Goal(
        "POST to SSE bytes, 100 clients, p99",
        "13.66 ms",
        10,
        " ms",
        _figure("quick", "POST to SSE bytes, 200 events/s, 100", _P99),
    ),
    Goal(
        "POST to a new status, p50",
        "23.1 ms",
        8,
        " ms",
        _figure("quick", "POST to a new status", _P50),
    ),
    Goal(
        "POST to a new status, p99",
        "42.6 ms",
        20,
        " ms",
        _figure("quick", "POST to a new status", _P99),
    ),
    Goal(
        "fold of 5,000,000 events",
        "14,000",
        25_000,
        " events/s",
        _figure("fold", "fold of", r"^([\d,]+) events/s"),
        is_at_least=True,
    ),
    Goal("memory while folding", "138 MB", 150, " MB", _figure("fold", "memory", r"^([\d,]+) MB")),
    Goal(
        "the slowest kind of answer, p99",
        "105 ms",
        50,
        " ms",
        _figure("answers", "the slowest", _P99),
    ),
    Goal(
        "the slowest kind with 16 clients, p99",
        "238 ms",
        200,
        " ms",
        _highest("answers_at_once", _P99, without="load"),
    ),
    Goal(
        "start of queryd to its first answer",
        "0.38 s",
        0.5,
        " s",
        _figure("fold", "start of queryd", r"at most ([\d.]+) s"),
    ),
    Goal(
        "the slowest view at 500 events/s",
        "48",
        58,
        " frames/s",
        _lowest_frames,
        is_at_least=True,
    ),
    Goal(
        "the longest task of any view",
        "145 ms",
        50,
        " ms",
        _highest("page", r"longest task ([\d.]+) ms"),
    ),
    Goal(
        "memory of page and worker", "43 MB", 64, " MB", _highest("page", r"at the end ([\d]+) MB")
    ),
    Goal(
        "an ask until it is drawn, p50",
        "90 ms",
        50,
        " ms",
        _figure("page", "POST of a permission request", _P50),
    ),
    Goal(
        "an ask until it is drawn, p99",
        "153 ms",
        100,
        " ms",
        _figure("page", "POST of a permission request", _P99),
    ),
    Goal(
        "idle, both daemons", "1.0 %", 0.8, " %", _figure("quick", "both daemons", r"^([\d.]+) %")
    ),
    Goal("idle, memory", "100 MB", 90, " MB", _figure("quick", "both daemons", r"([\d]+) MB")),
)
