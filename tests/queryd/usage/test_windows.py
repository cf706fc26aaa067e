"""Test the order of windows: reported, `[1m]`, the table, and the largest prompt."""

import pytest

from queryd.usage.windows import compact_at, window_of


@pytest.mark.parametrize(
    ("model", "reported", "with_million", "peak", "window"),
    [
        ("claude-opus-5-5", {}, (), 0, 1_000_000),
        ("claude-sonnet-4-6", {}, (), 0, 200_000),
        ("claude-sonnet-4-6", {"claude-sonnet-4-6": 1_000_000}, (), 0, 1_000_000),
        ("claude-opus-5-5", {"claude-opus-5-5": 200_000}, (), 250_000, 200_000),
        ("claude-opus-5-5", {"claude-sonnet-4-6": 200_000}, (), 0, 1_000_000),
        ("claude-sonnet-4-6[1m]", {}, (), 0, 1_000_000),
        ("claude-sonnet-4-6", {}, ("claude-sonnet-4-6",), 0, 1_000_000),
        ("claude-sonnet-4-6", {}, (), 200_001, 1_000_000),
        ("claude-new-9", {}, (), 200_000, None),
        ("claude-new-9", {}, (), 200_001, 1_000_000),
        (None, {}, (), 0, None),
    ],
)
def test_a_window_comes_from_the_best_source(
    model: str | None,
    reported: dict[str, int],
    with_million: tuple[str, ...],
    peak: int,
    window: int | None,
) -> None:
    """A table is older than the client."""
    found = window_of(model, reported=reported, with_million=with_million, peak=peak)
    assert found == window


@pytest.mark.parametrize(
    ("window", "at"), [(200_000, 167_000), (1_000_000, 967_000), (20_000, None), (None, None)]
)
def test_compaction_is_expected_where_the_client_documents_it(
    window: int | None, at: int | None
) -> None:
    """Without a window there is no estimate."""
    assert compact_at(window) == at
