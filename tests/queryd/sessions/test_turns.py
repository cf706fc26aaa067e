"""Test where a turn starts and ends, above all where no event reports it."""

from typing import Any

import pytest

from queryd.sessions.read_contents import turns_page
from queryd.sessions.rows import TurnRow
from tests.queryd.folded_views import reader_over
from tests.queryd.hook_bodies import (
    T0,
    Body,
    Timed,
    ask,
    busy,
    end,
    event,
    event_sequence,
    failure,
    folded,
    notification,
    of_agent,
    post,
    pre,
    prompt,
    row_after,
    seconds,
    start,
    stop,
    task_notification,
)


def turns_of(*events: Timed, silence_s: float = 0) -> list[TurnRow]:
    """Return the turns of the first session, oldest first, some time after the last event."""
    bodies = event_sequence(*events)
    now = bodies[-1][0] + round(silence_s * 1_000)
    with reader_over(bodies) as views:
        turns, _ = turns_page(views, "s1", limit=50, after=None, now=now)
    return turns[::-1]


def outcomes(*events: Timed) -> list[tuple[str | None, str, str]]:
    """Return prompt_id, kind and outcome of each turn."""
    return [(turn.prompt_id, turn.kind, turn.outcome) for turn in turns_of(*events)]


def test_a_turn_goes_from_a_prompt_to_its_answer() -> None:
    """The whole row, as it is shown in the story of a session."""
    (turn,) = turns_of(start(), prompt("Fix it\nnow"), pre(), failure(), (9, stop("Fixed.\nAll.")))
    assert (turn.id, turn.prompt_id, turn.kind, turn.outcome) == (2, "p1", "prompt", "done")
    assert (turn.prompt, turn.answer) == ("Fix it\nnow", "Fixed.\nAll.")
    assert (seconds(turn.started_at), seconds(turn.ended_at or 0)) == (1, 9)
    assert (turn.tool_count, turn.failure_count, turn.last_event_id) == (1, 1, 5)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (stop(), "done"),
        (stop(tasks=[{"id": "b1"}]), "done"),
        ({**stop(), "prompt_id": None}, "done"),
        (event("StopFailure", error="rate_limit"), "failed"),
        (prompt("Again", "p2"), "interrupted"),
        (notification("idle_prompt"), "interrupted"),
        (start("resume"), "interrupted"),
        (end(), "interrupted"),
        ({**stop(), "prompt_id": "p9"}, "interrupted"),
    ],
)
def test_a_turn_ends_as_what_ends_it_says(ending: Body, outcome: str) -> None:
    """Where no event reported its end, the first event that implies it ends it."""
    turn = turns_of(prompt(), ending)[0]
    assert (turn.outcome, turn.ended_at is None) == (outcome, False)


@pytest.mark.parametrize(
    "other",
    [
        *(post(), start("compact"), event("PreCompact"), event("MessageDisplay")),
        *(of_agent(stop()), of_agent(pre())),
        of_agent(event("SubagentStop")),
    ],
    ids=lambda it: it["hook_event_name"],
)
def test_a_turn_goes_on_through_all_else(other: Body) -> None:
    """Subagents and compactions have stops and starts of their own, under the same prompt_id."""
    assert outcomes(prompt(), other) == [("p1", "prompt", "running")]


def test_a_task_notification_starts_a_turn_of_its_own_kind() -> None:
    """The story must not say that a person asked for it."""
    assert outcomes(prompt(), stop(), task_notification("b1", "p2")) == [
        ("p1", "prompt", "done"),
        ("p2", "notification", "running"),
    ]


def test_a_notification_in_the_middle_of_a_turn_is_part_of_it() -> None:
    """It carries the prompt_id of the turn that it comes into."""
    events = [prompt("Fix it"), pre(), task_notification("b1", "p1")]
    assert outcomes(*events) == [("p1", "prompt", "running")]
    assert turns_of(*events)[0].prompt == "Fix it"


def test_a_turn_without_a_prompt_is_known_by_its_calls() -> None:
    """Hooks switched on in the middle of a turn miss its prompt."""
    assert outcomes(pre()) == [("p1", "unknown", "running")]
    assert outcomes(pre(), stop()) == [("p1", "unknown", "done")]
    assert row_after(pre()).turn_count == 1


def test_a_prompt_that_comes_after_its_first_call_is_that_turns() -> None:
    """Events of one moment come in any order; it is one turn."""
    (turn,) = turns_of(pre(), prompt("Fix it"))
    assert (turn.kind, turn.prompt, turn.outcome) == ("prompt", "Fix it", "running")


def test_a_stopped_turn_that_works_on_runs_again() -> None:
    """A Stop hook of the user's own can send the model on, in the same turn."""
    assert outcomes(prompt(), stop(), pre()) == [("p1", "prompt", "running")]
    (turn,) = turns_of(prompt(), stop("Almost."), pre(), post(), stop("Done."))
    assert (turn.outcome, turn.answer) == ("done", "Done.")


def test_a_late_call_of_an_older_turn_does_not_run_it_again() -> None:
    """A person has typed the next prompt already; two turns never run at once."""
    assert outcomes(prompt(), prompt("Again", "p2"), pre()) == [
        ("p1", "prompt", "interrupted"),
        ("p2", "prompt", "running"),
    ]


def test_a_repeated_prompt_is_one_turn() -> None:
    """The same hook in two settings files sends every event two times."""
    assert outcomes(prompt(), prompt(), stop(), stop()) == [("p1", "prompt", "done")]


def test_a_turn_is_called_by_its_first_prompt() -> None:
    """What is typed into a running turn is not what the turn was started for."""
    assert turns_of(prompt("Fix it"), prompt("Quicker", "p1"))[0].prompt == "Fix it"


def test_prompts_without_an_id_are_turns_all_the_same() -> None:
    """Clients before 2.1.196 send none; a Stop is of the newest turn then."""
    old = [prompt("Fix it", None), {**stop(), "prompt_id": None}, prompt("Test it", None)]
    assert outcomes(*old) == [
        ("event-1", "prompt", "done"),
        ("event-3", "prompt", "running"),
    ]


def test_two_sessions_may_share_a_prompt_id() -> None:
    """A fork goes on under a new session; each has its own turn."""
    events = [prompt(), {**prompt(), "session_id": "s2"}, {**stop(), "session_id": "s2"}]
    assert outcomes(*events) == [("p1", "prompt", "running")]


@pytest.mark.parametrize("text", [None, 7, ["Fix"], ""])
def test_a_prompt_of_any_shape_starts_a_turn(text: Any) -> None:
    """An image alone is a prompt, too."""
    assert outcomes(prompt(text)) == [("p1", "prompt", "running")]


def test_a_long_prompt_is_cut() -> None:
    """People paste whole logs; the event holds all of it."""
    (turn,) = turns_of(prompt("x" * 100_000), stop("y" * 100_000))
    assert (turn.prompt, turn.answer) == ("x" * 4_000, "y" * 4_000)


def test_a_turn_never_ends_before_it_started() -> None:
    """Two clocks, or a spool sent late."""
    (turn,) = turns_of((5, prompt()), (3, stop()))
    assert turn.ended_at == turn.started_at


def test_turns_are_ordered_and_paged_by_time() -> None:
    """Who connects in the middle of a session and reads its past in wants to read it in order."""
    events = [(10, prompt("third", "p3")), (0, prompt("first", "p1")), (5, prompt("second", "p2"))]
    with reader_over(event_sequence(*events)) as views:
        pages: list[str | None] = []
        place = None
        while not pages or place is not None:
            found, place = turns_page(views, "s1", limit=1, after=place, now=T0)
            pages += [turn.prompt for turn in found]
    assert pages == ["third", "second", "first"]


@pytest.mark.parametrize(
    ("events", "silence_s", "outcome", "ended_after_s"),
    [
        (((2, pre()),), 600, "running", None),
        (((2, pre()),), 1_200, "no_result", 2),
        (((2, pre()), (3, ask())), 600, "waiting", None),
        (((2, notification("permission_prompt")),), 600, "waiting", None),
        (((2, pre()), (3, busy())), 36_000, "running", None),
        (((2, pre()), (3, ask()), (14, post())), 3_600, "no_result", 14),
    ],
    ids=["silent", "quiet", "asked", "notified", "busy", "quiet after an answer"],
)
def test_a_turn_does_not_run_on_in_a_session_that_is_over(
    events: tuple[Timed, ...], silence_s: int, outcome: str, ended_after_s: int | None
) -> None:
    """A turn "running for 1 h" in a quiet session makes the reader doubt both."""
    (turn,) = turns_of((1, prompt()), *events, silence_s=silence_s)
    assert turn.outcome == outcome
    ended_at = None if ended_after_s is None else T0 + ended_after_s * 1_000
    assert turn.ended_at == ended_at


def test_calls_without_a_prompt_id_belong_to_the_turn_that_was_open() -> None:
    """Other senders have no prompt ids: a session of 28 calls showed one turn without any."""

    def unnamed(body: Body) -> Body:
        return {**body, "prompt_id": None}

    events = [
        unnamed(it)
        for it in (
            *(prompt("One"), pre(), post(), of_agent(pre(call="c2")), stop()),
            *(prompt("Two"), pre(call="c3"), failure(call="c3")),
        )
    ]
    first, second = turns_of(*events)
    assert [first.tool_count, second.tool_count, second.failure_count] == [2, 1, 1]
    assert [first.outcome, second.outcome] == ["done", "running"]
    assert [first.prompt_id, second.prompt_id] == ["event-1", "event-6"]
    calls = {it.tool_use_id: it.prompt_id for it in folded(*events).calls}
    assert calls == {"c1": "event-1", "c2": "event-1", "c3": "event-6"}
