"""Test that goals are judged by what the document says."""

import pytest

from bench.document import DOCUMENT, sections
from bench.goals import GOALS, MissingFigureError, goals_of


def _row(text: str, what: str) -> tuple[str, ...]:
    return next(row for row in goals_of(text) if row[0] == what)


def test_each_goal_has_a_figure_in_the_document() -> None:
    rows = goals_of(DOCUMENT.read_text("utf-8"))
    assert len(rows) == len(GOALS)
    assert {row[-1] for row in rows} <= {"reached", "not reached"}


@pytest.mark.parametrize(
    ("p99", "judged"), [("19.99", "reached"), ("20.00", "reached"), ("20.01", "not reached")]
)
def test_a_goal_is_reached_up_to_its_bound(p99: str, judged: str) -> None:
    section = sections(DOCUMENT.read_text("utf-8"))["quick"]
    line = next(it for it in section.splitlines() if it.startswith("| POST to a new status"))
    changed = f"| POST to a new status on the stream, 200 events/s | p50 1.00 ms, p99 {p99} ms |"
    text = DOCUMENT.read_text("utf-8").replace(line, changed)
    assert _row(text, "POST to a new status, p99")[2:] == (
        f"{float(p99):g} ms",
        "≤ 20 ms",
        judged,
    )


def test_a_rate_has_to_be_at_least_its_bound() -> None:
    text = DOCUMENT.read_text("utf-8")
    section = sections(text)["fold"]
    line = next(it for it in section.splitlines() if it.startswith("| fold of"))
    for rate, judged in (("25,000", "reached"), ("24,999", "not reached")):
        changed = f"| fold of 5,000,000 events, search included | {rate} events/s |"
        row = _row(text.replace(line, changed), "fold of 5,000,000 events")
        assert row[2:] == (f"{rate} events/s", "≥ 25,000 events/s", judged)


def test_a_goal_without_a_figure_says_which() -> None:
    text = DOCUMENT.read_text("utf-8").replace("both daemons, idle", "both daemons, busy, idle")
    assert goals_of(text)  # a label's start is enough
    with pytest.raises(MissingFigureError, match="both daemons"):
        goals_of(text.replace("both daemons, busy, idle", "one daemon"))
