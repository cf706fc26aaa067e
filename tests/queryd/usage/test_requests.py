"""Test that each request counts once, whichever sources report it."""

from itertools import permutations

import pytest

from queryd.usage.read_usage import UsageGroup, UsageSelection, sums
from tests.queryd.envelopes import Envelope
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import (
    MODEL,
    bodies_of,
    figures,
    hook,
    line,
    message,
    record,
    request,
    total,
)


def tokens(*envelopes: Envelope, session: str = "s1") -> tuple[int, int, int, int] | None:
    """Return a session's tokens: input, output, cache read, cache written."""
    found = figures(*envelopes, session=session).tokens
    if found is None:
        return None
    return found.input, found.output, found.cache_read, found.cache_creation


def requests(*envelopes: Envelope) -> int:
    """Return how many requests there were."""
    with reader_over(bodies_of(envelopes)) as views:
        return total(views).requests


@pytest.mark.parametrize("envelopes", list(permutations([request(), message(), line(1, 0.5)])))
def test_all_sources_together_count_a_request_once(envelopes: tuple[Envelope, ...]) -> None:
    """With all sources on, the page must not triple the cost."""
    found = figures(*envelopes)
    assert tokens(*envelopes) == (10, 20, 30, 40)
    assert requests(*envelopes) == 1
    assert found.cost is not None
    assert (found.cost.usd, found.cost.source) == (0.5, "otlp")


@pytest.mark.parametrize(
    ("telemetry", "transcript"),
    [
        (request(), message(1)),
        (request(usd=None), message(1, cache_creation={"ephemeral_1h_input_tokens": 40})),
        (request(request_id=None), message(1, request_id=None)),
        (request(agent_id="a1", query_source=None), message(1, agent_id="a1")),
        (request(session="s1"), message(1, session="fork")),
    ],
)
def test_the_order_of_observations_does_not_change_a_request(
    telemetry: Envelope, transcript: Envelope
) -> None:
    """Exports are retried and transcripts are read late."""
    rows = []
    for observed in permutations([telemetry, transcript]):
        with reader_over(bodies_of(observed)) as views:
            rows.append(views.fetch("SELECT * FROM requests"))
    assert len(rows[0]) == 1
    assert rows[0] == rows[1]


def test_a_message_reported_again_counts_once() -> None:
    """A transcript has a line a block, each with the whole usage."""
    assert tokens(message(), message(1)) == (10, 20, 30, 40)


def test_a_message_that_grew_counts_as_it_ended() -> None:
    """While it streams its output is reported too low."""
    grown = message(1, tokens=(10, 25, 30, 40))
    assert tokens(message(), grown, message(2)) == (10, 25, 30, 40)


def test_a_message_repeated_by_a_side_question_counts_once() -> None:
    """A side question repeats the parent's messages under request ids of its own."""
    assert tokens(message(), message(1, request_id="req_2")) == (10, 20, 30, 40)


@pytest.mark.parametrize("second", [0, 60])
def test_a_message_that_a_fork_copied_counts_where_it_was_first(second: float) -> None:
    """A fork's file holds all that its parent's does."""
    envelopes = (
        message(),
        message(second, session="fork"),
        message(61, message_id="m2", request_id="r2"),
    )
    assert tokens(*envelopes) == (20, 40, 60, 80)
    assert figures(*envelopes, session="fork").tokens is None


def test_telemetry_decides_the_session_of_a_request() -> None:
    """A fork's file may be read before its parent's."""
    envelopes = (message(session="fork"), request(session="s1"))
    assert tokens(*envelopes) == (10, 20, 30, 40)
    assert figures(*envelopes, session="fork").tokens is None


@pytest.mark.parametrize(
    "envelopes", list(permutations([request(request_id=None), message(request_id=None)]))
)
def test_without_ids_the_same_tokens_are_the_same_request(envelopes: tuple[Envelope, ...]) -> None:
    """Gateways name no request; both sources report it all the same."""
    assert requests(*envelopes) == 1


@pytest.mark.parametrize(
    "envelopes",
    [
        (request(request_id=None), request(5, request_id=None)),
        (message(request_id=None), message(5, request_id=None, message_id="msg_2")),
        (request(), message(request_id="req_2")),
        (request(request_id=None), message(request_id=None, tokens=(1, 2, 3, 4))),
        (request(request_id=None), message(request_id=None, session="s2")),
    ],
)
def test_requests_with_equal_tokens_from_one_source_are_two(
    envelopes: tuple[Envelope, ...],
) -> None:
    """One source reports each request once."""
    assert requests(*envelopes) == 2


def test_a_placeholder_for_an_error_is_no_request() -> None:
    """The client writes it with no usage, under a model that does not exist."""
    assert requests(message(model="<synthetic>")) == 0


def test_numbers_may_be_text() -> None:
    """Old clients wrote all attributes as text."""
    old = request(tokens=("10", "20", "30", "40"), cost_usd="0.25")
    found = figures(old)
    assert tokens(old) == (10, 20, 30, 40)
    assert found.cost is not None
    assert found.cost.usd == 0.25


@pytest.mark.parametrize("broken", [True, -5, 10**30, [], {}, "many", 1e400])
def test_an_invalid_number_counts_as_0(broken: object) -> None:
    """A sender may send anything."""
    assert tokens(request(tokens=(broken, 20, 30, 40))) == (0, 20, 30, 40)


def test_a_subagent_has_figures_of_its_own_and_counts_in_its_session() -> None:
    """Its spend is real, and half of what some sessions cost."""
    envelopes = (
        request(usd=0.5),
        request(1, request_id="req_2", agent_id="a1", usd=0.25, tokens=(1, 2, 3, 4)),
        message(2, message_id="m3", request_id="req_3", agent_id="a2", tokens=(5, 0, 0, 0)),
    )
    assert tokens(*envelopes) == (16, 22, 33, 44)
    own = figures(*envelopes, agent_id="a1")
    assert own.cost is not None
    assert own.tokens is not None
    assert (own.cost.usd, own.tokens.input, own.model_name) == (0.25, 1, MODEL)


def test_requests_belong_to_the_project_of_their_session() -> None:
    """Telemetry names none, and may come before the first hook."""
    envelopes = (
        request(),
        hook("UserPromptSubmit", 1, prompt="Hi"),
        request(2, request_id="req_2"),
    )
    with reader_over(bodies_of(envelopes)) as views:
        found = sums(views, UsageSelection(first=0, end=2**52), UsageGroup(project=True))
    assert {project: one.requests for (project,), one in found.items()} == {"shop": 2}


def test_titles_and_summaries_do_not_change_a_sessions_model() -> None:
    """A small model writes them, and the row would flicker."""
    other = request(1, request_id="r2", model="claude-haiku-4-5", query_source="generate_title")
    envelopes = (hook("SessionStart", model="claude-opus-5-5[1m]"), request(), other)
    with reader_over(bodies_of(envelopes)) as views:
        assert views.fetch("SELECT model_name FROM sessions") == [("claude-opus-5-5[1m]",)]


def test_records_do_not_count_as_events_of_a_session() -> None:
    """Hooks already reported what happened; counted again it would double the work."""
    envelopes = [hook("UserPromptSubmit", prompt="Hi"), request(1), message(2), line(3, 0.5)]
    envelopes += [record("tool_result", 4, tool_use_id="t1", success="true"), record("metric", 5)]
    with reader_over(bodies_of(envelopes)) as views:
        ((events, tools, status),) = views.fetch(
            "SELECT event_count, tool_count, status FROM sessions"
        )
        assert views.fetch("SELECT count(*) FROM calls") == [(0,)]
    assert (events, tools, status) == (1, 0, "working")
