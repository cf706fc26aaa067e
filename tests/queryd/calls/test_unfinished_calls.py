"""Test which calls count as opened and never closed."""

from queryd.calls.unfinished_calls import MIN_RUNNING_MS, OpenCall, unfinished_calls
from tests.queryd.folded_views import reader_over
from tests.queryd.hook_bodies import T0, end, event_sequence, post, pre, prompt, stop

DAY_MS = 86_400_000


def test_a_long_running_call_is_unfinished() -> None:
    """A Bash call may take ten minutes; one of an hour was most likely never closed."""
    with reader_over(
        event_sequence((0, prompt()), (1, pre()), (2, pre("Read", "c2")), (3, post()))
    ) as it:
        assert unfinished_calls(it, T0 + MIN_RUNNING_MS).long_running == 0
        found = unfinished_calls(it, T0 + MIN_RUNNING_MS + 60_000)
    assert (found.long_running, found.interrupted) == (1, 0)
    assert found.running_examples == [
        OpenCall("s1", "shop", "Read", found.running_examples[0].target, T0 + 2_000, 3)
    ]
    assert found.interrupted_examples == []


def test_an_interrupted_call_counts_for_a_day() -> None:
    """An Esc is no fault; a hundred of them in a day may be."""
    with reader_over(event_sequence((0, prompt()), (1, pre()), (9, stop()), (10, end()))) as it:
        found = unfinished_calls(it, T0 + 20_000)
        later = unfinished_calls(it, T0 + DAY_MS + 120_000)
    assert (found.long_running, found.interrupted) == (0, 1)
    assert [example.event_id for example in found.interrupted_examples] == [3]
    assert (later.interrupted, later.interrupted_examples) == (0, [])


def test_empty_views_have_no_unfinished_calls() -> None:
    """Users open the page before the first event."""
    with reader_over([]) as it:
        found = unfinished_calls(it, T0)
    assert (found.long_running, found.interrupted) == (0, 0)
