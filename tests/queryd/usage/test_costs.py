"""Test costs: their source, disagreements and unpriced requests."""

import pytest

from queryd.usage.rows import Cost, OtherCost
from tests.queryd.envelopes import Envelope
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import (
    bodies_of,
    figures,
    hook,
    line,
    message,
    record,
    request,
    total,
)

PRICED = 0.000646
"""What the price table makes of the tokens of a message: 10 × 4, 20 × 20, 30 × 0.2, 40 × 5."""


def cost(*envelopes: Envelope, session: str = "s1") -> Cost:
    """Return a session's cost."""
    found = figures(*envelopes, session=session).cost
    assert found is not None
    return found


def reported_usd(*envelopes: Envelope, session: str = "s1") -> tuple[float | None, str]:
    """Return a session's cost and its source."""
    found = cost(*envelopes, session=session)
    return None if found.usd is None else round(found.usd, 9), found.source


def test_telemetry_is_preferred_where_it_covers_everything() -> None:
    """It has a figure a request, and no total can be stale."""
    found = cost(request(usd=0.5), message(), line(1, 0.501))
    assert found == Cost(
        usd=0.5,
        source="otlp",
        others=[OtherCost("status_line", 0.501), OtherCost("transcript", PRICED)],
        disagrees=True,
        unpriced_requests=0,
    )


def test_the_status_line_is_preferred_where_telemetry_started_late() -> None:
    """Telemetry that was switched on in the middle knows only the second half."""
    envelopes = (line(0, 0.2), request(60, usd=0.5), line(61, 0.7))
    assert reported_usd(*envelopes) == (0.7, "status_line")


def test_transcripts_are_priced_where_nothing_else_reports_a_cost() -> None:
    """A table of prices is a guess at what the client computed itself."""
    assert reported_usd(message()) == (PRICED, "transcript")


def test_half_from_telemetry_and_half_from_transcripts_is_each_request_once() -> None:
    """A session that was resumed with telemetry on, its start filled in."""
    envelopes = (message(0), request(60, request_id="req_2", usd=0.5))
    assert reported_usd(*envelopes) == (0.500646, "transcript")


@pytest.mark.parametrize(("usd", "disagrees"), [(0.504, False), (0.506, True), (0.49, True)])
def test_sources_disagree_by_more_than_one_percent(usd: float, disagrees: bool) -> None:  # noqa: FBT001 - a case
    """Less is rounding, and what the client asks beside the conversation."""
    assert cost(request(usd=0.5), line(1, usd)).disagrees is disagrees


def test_telemetry_of_half_a_session_is_no_disagreement() -> None:
    """It must differ; the mark is for what no one can explain."""
    assert not cost(line(0, 0.2), request(60, usd=0.5), line(61, 0.7)).disagrees


def test_a_model_without_a_price_is_counted_and_not_guessed() -> None:
    """A wrong price looks like a right one."""
    found = cost(message(), message(1, message_id="m2", request_id="r2", model="claude-unknown"))
    assert (found.usd, found.unpriced_requests) == (PRICED, 1)


def test_without_a_price_the_cost_is_unknown() -> None:
    """Unknown is null, never 0."""
    found = cost(message(model="claude-unknown"))
    assert (found.usd, found.source, found.unpriced_requests) == (None, "transcript", 1)
    assert figures(hook("UserPromptSubmit", prompt="Hi")).cost is None


def test_telemetrys_cost_is_never_computed_again() -> None:
    """It lacks how long cache writes live, so a price table would be wrong."""
    assert reported_usd(request(usd=0.123), message()) == (0.123, "otlp")


@pytest.mark.parametrize(
    ("totals", "usd"),
    [
        ((0.1, 0.5), 0.5),
        ((0.5, 0, 0.5), 0.5),
        ((0.5, 0, 0.75), 0.75),
        ((0.5, 0, 0.25), 0.75),
        ((0.5, 0.25, 0.5), 1.0),
        ((0.5, 0), 0.5),
        ((0,), 0.0),
    ],
)
def test_a_total_that_restarts_is_added_to_the_one_before(
    totals: tuple[float, ...], usd: float
) -> None:
    """0 means nothing: a client shows it before it has read the earlier cost."""
    assert reported_usd(*(line(second, it) for second, it in enumerate(totals)))[0] == usd


def test_a_total_that_comes_late_changes_nothing() -> None:
    """Status lines are posted side by side, and arrive in any order."""
    assert reported_usd(line(0, 0.1), line(2, 0.5), line(1, 0.3))[0] == 0.5


def test_after_clear_the_old_session_keeps_its_cost() -> None:
    """The new one starts at 0, under an id of its own."""
    envelopes = (
        line(0, 0.5),
        hook("SessionEnd", 1, reason="clear"),
        hook("SessionStart", 2, session="s2", source="clear"),
        line(3, 0, session="s2"),
        line(4, 0.2, session="s2"),
    )
    assert reported_usd(*envelopes)[0] == 0.5
    assert reported_usd(*envelopes, session="s2")[0] == 0.2


@pytest.mark.parametrize("source", ["fork", "clear"])
def test_what_a_session_inherits_is_not_its_own(source: str) -> None:
    """Some totals go on from the session before; both would count it."""
    envelopes = (
        hook("SessionStart", session="s2", source=source),
        line(1, 5.0, session="s2"),
        line(2, 5.25, session="s2"),
    )
    assert reported_usd(*envelopes, session="s2")[0] == 0.25


def test_a_resumed_session_goes_on_from_its_own_total() -> None:
    """It keeps its id, so the earlier cost is its own."""
    envelopes = (
        line(0, 0.5),
        hook("SessionStart", 9, source="resume"),
        line(10, 0),
        line(11, 0.75),
    )
    assert reported_usd(*envelopes)[0] == 0.75


@pytest.mark.parametrize("late", [request(9, usd=0.5), message(9)])
def test_growth_of_a_total_counts_until_requests_are_reported(late: Envelope) -> None:
    """Usage over time must not be empty with a status line alone, nor double with all on."""
    with reader_over(bodies_of([line(0, 0), line(1, 0.25), line(2, 0.5)])) as views:
        alone = total(views)
    assert (alone.requests, alone.nanos, alone.line_nanos) == (0, 500_000_000, 500_000_000)
    envelopes = [line(0, 0), line(1, 0.25), late, line(10, 0.5)]
    with reader_over(bodies_of(envelopes)) as views:
        both = total(views)
    assert (both.requests, both.line_nanos) == (1, 0)
    assert both.nanos == both.otlp_nanos + both.transcript_nanos


def test_a_project_that_becomes_known_late_takes_no_cost_away() -> None:
    """Telemetry without a project may come first; a hook that names it says nothing of the cost."""
    envelopes = (record("metric", -1), hook("UserPromptSubmit", 0, prompt="Hi"), line(1, 5.0))
    assert cost(*envelopes).usd == 5.0
