"""Hold numbers to how the page writes them: the tables are those of `format.test.ts`."""

import pytest

from queryd.summaries.amounts import UNKNOWN, counted, duration, usd


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (None, UNKNOWN),
        (-1, UNKNOWN),
        (0, "0 ms"),
        (0.5, "1 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (1_250, "1.3 s"),
        (3_210, "3.2 s"),
        (59_949, "59.9 s"),
        (59_960, "1 min 0 s"),
        (61_000, "1 min 1 s"),
        (3_600_000 * 2.5, "2 h 30 min"),
    ],
)
def test_a_duration_has_its_unit(ms: float | None, words: str) -> None:
    """The same call must not take another time in a row than in a figure beside it."""
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, UNKNOWN), (0, "$0.00"), (0.0214, "$0.0214"), (0.1, "$0.10"), (2.5, "$2.50")],
)
def test_a_small_cost_is_not_shown_as_zero(value: float | None, words: str) -> None:
    """Most requests cost less than a cent."""
    assert usd(value) == words


def test_one_has_no_plural() -> None:
    """Thousands are grouped."""
    assert [counted(value, "line") for value in (0, 1, 1_234)] == [
        "0 lines",
        "1 line",
        "1,234 lines",
    ]
