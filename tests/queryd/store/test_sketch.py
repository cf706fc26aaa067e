"""Hold the sketch to the exact quantiles of what was put into it."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from queryd.store.sketch import ERROR, Sketch, bucket_of, merged, pack, unpack

durations = st.one_of(st.integers(0, 200), st.integers(0, 2**40))
many = st.lists(durations, min_size=1, max_size=200)


def packed(values: list[int]) -> bytes | None:
    """Return the sketch of some durations."""
    return pack(Counter(bucket_of(value) for value in values))


def summed(*groups: list[int]) -> Sketch:
    """Return the sum of the groups' sketches."""
    total = Sketch()
    for group in groups:
        total.add(packed(group), max(group, default=None))
    return total


def close(found: int | None, exact: int) -> bool:
    """Return whether a quantile is as near as promised: 1 %, and rounded to whole ms."""
    return found is not None and abs(found - exact) <= exact * ERROR * 1.000001 + 0.5


@given(many, st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_exact_one(
    values: list[int], fraction: float
) -> None:
    """A p99 that is far off sends someone after the wrong tool."""
    (found,) = summed(values).quantiles(fraction)
    assert close(found, sorted(values)[max(1, ceil(fraction * len(values))) - 1])


@given(st.integers(0, 49))
def test_a_short_duration_is_exact(value: int) -> None:
    """Below 50 ms, the error is smaller than 1 ms."""
    assert summed([value]).quantiles(0, 0.5, 1) == (value, value, value)


@given(many, many)
def test_merging_gives_the_sketch_of_both(left: list[int], right: list[int]) -> None:
    """Else an hour would not be the sum of its minutes."""
    both = packed(left + right)
    assert merged(packed(left), packed(right)) == both
    assert merged(packed(right), packed(left)) == both
    total = Sketch()
    total.include(summed(left))
    total.include(summed(right))
    assert total.quantiles(0, 0.5, 1) == summed(left + right).quantiles(0, 0.5, 1)


@given(st.lists(many, max_size=6), st.randoms())
def test_the_order_of_merging_does_not_matter(groups: list[list[int]], random: object) -> None:
    """Rebuilt views must be the same bytes, whatever came together in a batch."""
    shuffled = list(groups)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = other = None
    for group, another in zip(groups, shuffled, strict=True):
        one, other = merged(one, packed(group)), merged(other, packed(another))
    assert one == other == packed([value for group in groups for value in group])


@given(st.dictionaries(st.integers(0, 1_400), st.integers(1, 2**31)))
def test_unpacking_reverses_packing(counts: dict[int, int]) -> None:
    """What is stored is all there is."""
    assert unpack(pack(counts)) == counts


@given(many, st.integers(1, 60))
def test_bars_count_exactly_the_durations_within_them(values: list[int], most: int) -> None:
    """A histogram is read bar by bar: its bounds must be true."""
    bars = summed(values).bars(most)
    assert len(bars) <= most
    assert [bar.to_ms for bar in bars[:-1]] == [bar.from_ms for bar in bars[1:]]
    for bar in bars:
        assert bar.count == sum(bar.from_ms <= value < bar.to_ms for value in values)
    assert sum(bar.count for bar in bars) == len(values)


def test_an_empty_sketch_has_no_quantiles() -> None:
    """Unknown is null, never 0."""
    assert Sketch().quantiles(0.5, 0.99) == (None, None)
    assert Sketch().bars(40) == []
    assert pack({}) is None


def test_a_single_duration_takes_six_bytes() -> None:
    """Most minutes of most cells hold one call: at 2 kB each a year would be gigabytes."""
    assert len(packed([1234]) or b"") == 6
