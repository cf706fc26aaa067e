"""Hold ranges of time to the minutes they are made of."""

from hypothesis import given
from hypothesis import strategies as st

from queryd.calls.rollup import ROLLUP
from queryd.store.periods import BUCKETS, MAX_POINTS, bucket_for, buckets_of, cut, floor_to

SIZES = {level: it.size for level, it in enumerate(ROLLUP.levels)}

minutes = st.integers(0, 40_000_000)
lengths = st.one_of(st.integers(1, 3_000), st.integers(1, 3_000_000))
some_levels = st.sets(st.sampled_from(sorted(SIZES)))


@given(minutes, lengths, some_levels, minutes)
def test_a_range_is_cut_without_gap_or_overlap(
    first: int, length: int, levels: set[int], newest: int
) -> None:
    """A minute counted more than once, or never, is a wrong figure."""
    place = first
    for run in cut(first, first + length, {it: SIZES[it] for it in levels}, newest=newest):
        assert run.first == place < run.end
        place = run.end
        if run.level is None:
            assert 0 not in levels
            continue
        assert run.level in levels
        assert floor_to(run.first, SIZES[run.level]) == run.first
        assert floor_to(run.end, SIZES[run.level]) == run.end
        assert run.level == 0 or run.end <= newest
    assert place == first + length


@given(minutes, lengths)
def test_a_range_is_read_in_few_periods(first: int, length: int) -> None:
    """A year by minutes would be half a million."""
    runs = cut(first, first + length, SIZES, newest=first + length)
    periods = sum((it.end - it.first) // SIZES[it.level] for it in runs if it.level is not None)
    assert all(it.level is not None for it in runs)
    assert periods <= 2 * (59 + 23 + 6 + 3) + length // SIZES[4]


@given(minutes, lengths)
def test_a_chart_has_a_sensible_number_of_buckets(first: int, length: int) -> None:
    """One bar shows nothing, and neither do a thousand."""
    size = bucket_for(first, first + length)
    assert 1 <= buckets_of(first, first + length, size) <= MAX_POINTS
    assert size == 1 or length / size > 8


def test_usual_ranges_have_the_expected_buckets() -> None:
    """Half hours, days, weeks are read off a clock or a calendar."""
    day = 1_440
    sizes = {hours: bucket_for(day, day + hours * 60) for hours in (1, 24, 168, 720, 8_760)}
    assert sizes == {1: 1, 24: 60, 168: 180, 720: day, 8_760: 7 * day}


def test_buckets_of_an_hour_or_more_consist_of_whole_periods() -> None:
    """So that a point of a year's chart reads a week, not its minutes."""
    longest = {it: max(size for size in SIZES.values() if it % size == 0) for it in BUCKETS}
    assert [longest[it] for it in BUCKETS[5:]] == [*[60] * 3, 1_440, 10_080, *[40_320] * 3]


def test_weeks_start_on_monday() -> None:
    """The epoch was a Thursday."""
    assert floor_to(4 * 1_440, SIZES[3]) == 4 * 1_440
    assert floor_to(11 * 1_440 - 1, SIZES[3]) == 4 * 1_440
