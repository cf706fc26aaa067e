"""Test that an API error has the right kind and is counted once."""

import pytest

from queryd.usage.api_errors import kind_of
from tests.queryd.envelopes import Envelope
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import bodies_of, hook, record, total

STOPPED = hook("StopFailure", 1, error="server_error", prompt_id="p1")
FAILED = record("api_error", 0, status_code=529, error="Overloaded", **{"prompt.id": "p1"})
GIVEN_UP = record("api_retries_exhausted", 0, error="Overloaded", **{"prompt.id": "p1"})


def errors(*envelopes: Envelope) -> tuple[list[str], int, int]:
    """Return the stored kinds, the number of errors and that of exhausted retries."""
    with reader_over(bodies_of(envelopes)) as views:
        kinds = views.fetch("SELECT kind FROM api_errors WHERE kind <> '' ORDER BY at, id")
        found = total(views)
    return [kind for (kind,) in kinds], found.errors, found.given_up


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (529, "Overloaded", "overloaded"),
        (429, "This request would exceed your rate limit", "rate_limit"),
        (500, "Internal server error", "server_error"),
        (503, None, "server_error"),
        (400, "messages: something is wrong", "invalid_request"),
        (401, None, "authentication_failed"),
        (None, "Request timed out.", "timeout"),
        (None, "Connection error.", "connection"),
        (None, "getaddrinfo ENOTFOUND api.example", "connection"),
        (None, "Request was aborted.", "aborted"),
        (None, "??", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_an_error_has_the_name_that_hooks_give_it(
    status: int | None, message: str | None, kind: str
) -> None:
    """Two sources must not split one kind in two."""
    assert kind_of(status, message) == kind


@pytest.mark.parametrize("envelopes", [(FAILED, GIVEN_UP, STOPPED), (STOPPED, FAILED, GIVEN_UP)])
def test_a_failure_reported_by_two_sources_is_one(envelopes: tuple[Envelope, ...]) -> None:
    """Telemetry may come first or late; only it has the status."""
    assert errors(*envelopes) == (["overloaded"], 1, 1)


def test_hooks_alone_report_errors_too() -> None:
    """Most have no telemetry."""
    assert errors(STOPPED) == (["server_error"], 1, 0)


def test_failures_of_two_turns_are_two() -> None:
    """A bad hour has many."""
    other = hook("StopFailure", 60, error="rate_limit", prompt_id="p2")
    assert errors(FAILED, STOPPED, other) == (["overloaded", "rate_limit"], 2, 0)
