"""Test which calls count as opened and never closed."""

from queryd.calls.unfinished_calls import MIN_RUNNING_MS, OpenCall, unfinished_calls
from tests.queryd.folded_views import reader_over
from tests.queryd.hook_bodies import T0, ask, busy, end, event_sequence, post, pre, prompt, stop

DAY_MS = 86_400_000


def test_a_long_running_call_is_unfinished() -> None:
    """A Bash call may take ten minutes; one of an hour was most likely never closed."""
    with reader_over(
        event_sequence((0, prompt()), (1, pre()), (2, pre("Read", "c2")), (3, post()))
    ) as it:
        assert unfinished_calls(it, T0 + MIN_RUNNING_MS).no_result == 0
        found = unfinished_calls(it, T0 + MIN_RUNNING_MS + 60_000)
    assert (found.long_running, found.no_result, found.interrupted) == (0, 1, 0)
    assert found.no_result_examples == [
        OpenCall("s1", "shop", "Read", found.no_result_examples[0].target, T0 + 2_000, 3)
    ]
    assert (found.running_examples, found.interrupted_examples) == ([], [])


def test_a_call_of_a_busy_process_runs_however_long() -> None:
    """A build may run for an hour without an event."""
    with reader_over(event_sequence((0, prompt()), (1, pre()), (1.1, busy()))) as it:
        found = unfinished_calls(it, T0 + DAY_MS // 2)
    assert (found.long_running, found.no_result) == (1, 0)
    assert [example.event_id for example in found.running_examples] == [2]


def test_a_call_that_waits_for_the_user_is_not_unfinished() -> None:
    """It is open because the user has not answered yet."""
    with reader_over(event_sequence((0, prompt()), (1, pre()), (2, ask()))) as it:
        found = unfinished_calls(it, T0 + 4 * MIN_RUNNING_MS)
    assert (found.long_running, found.no_result, found.interrupted) == (0, 0, 0)


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
