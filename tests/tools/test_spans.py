"""Hold ranges of time to the minutes they are made of."""

from hypothesis import given
from hypothesis import strategies as st

from queryd.store.periods import (
    BUCKETS,
    MOST_POINTS,
    PERIODS,
    bucket_for,
    buckets_of,
    floor_to,
    level_within,
    spans,
)

minutes = st.integers(0, 40_000_000)
lengths = st.one_of(st.integers(1, 3_000), st.integers(1, 3_000_000))
some_levels = st.sets(st.sampled_from([1, 2, 3, 4])).map(lambda upper: [0, *sorted(upper)])


@given(minutes, lengths, some_levels, minutes)
def test_spans_are_the_range_without_gap_or_overlap(
    first: int, length: int, levels: list[int], newest: int
) -> None:
    """A minute counted twice, or never, is a wrong figure."""
    place = first
    for span in spans(first, first + length, levels, newest):
        assert span.first == place < span.end
        assert span.level in levels
        assert floor_to(span.first, PERIODS[span.level]) == span.first
        assert floor_to(span.end, PERIODS[span.level]) == span.end
        assert span.level == 0 or span.end <= newest
        place = span.end
    assert place == first + length


@given(minutes, lengths)
def test_a_range_is_read_in_few_periods(first: int, length: int) -> None:
    """A year by minutes would be half a million."""
    cut = spans(first, first + length, [0, 1, 2, 3, 4], first + length)
    periods = sum((span.end - span.first) // PERIODS[span.level] for span in cut)
    assert periods <= 2 * (59 + 23 + 6 + 3) + length // PERIODS[-1]


@given(minutes, lengths)
def test_a_chart_has_a_sensible_number_of_buckets(first: int, length: int) -> None:
    """One bar says nothing, a thousand nothing either."""
    size = bucket_for(first, first + length)
    assert 1 <= buckets_of(first, first + length, size) <= MOST_POINTS
    assert size == 1 or length / size > 8


def test_the_usual_ranges_have_the_buckets_one_expects() -> None:
    """Half hours, days, weeks are read off a clock or a calendar."""
    day = 1_440
    sizes = {hours: bucket_for(day, day + hours * 60) for hours in (1, 24, 168, 720, 8_760)}
    assert sizes == {1: 1, 24: 60, 168: 180, 720: day, 8_760: 7 * day}


def test_a_bucket_is_made_of_whole_periods() -> None:
    """So that a point of a year's chart reads a week, not its minutes."""
    assert [PERIODS[level_within(size)] for size in BUCKETS[-5:]] == [1_440, 10_080, *[40_320] * 3]


def test_weeks_begin_on_monday() -> None:
    """The epoch was a Thursday."""
    assert floor_to(4 * 1_440, PERIODS[3]) == 4 * 1_440
    assert floor_to(11 * 1_440 - 1, PERIODS[3]) == 4 * 1_440
