"""Test limits: account-wide, by window, with a forecast."""

from typing import Any

import pytest

from queryd.usage.limits_routes import Limits, limits
from tests.queryd.envelopes import Envelope
from tests.queryd.folded_views import reader_over
from tests.queryd.usage.request_bodies import T0, bodies_of, line

MINUTE = 60
RESET = T0 // 1000 + 4 * 3_600


def line_at(minute: float, five: Any = None, seven: Any = None, **more: Any) -> Envelope:
    """Return the status line of a minute with the used percentages."""
    resets = {"resets_at": RESET}
    envelopes = {
        name: used if isinstance(used, dict) else {"used_percentage": used, **resets}
        for name, used in (("five_hour", five), ("seven_day", seven))
        if used is not None
    }
    session = more.pop("session", "s1")
    return line(minute * MINUTE, session=session, rate_limits={**envelopes, **more})


def limits_after(*envelopes: Envelope, minute: float = 61) -> Limits:
    """Return all limits as of a minute."""
    with reader_over(bodies_of(envelopes)) as views:
        return limits(views, now=T0 + round(minute * MINUTE * 1000))


def five_hour(*envelopes: Envelope, minute: float = 61) -> tuple[float | None, bool, float | None]:
    """Return the used percentage, whether it expired, and the minute of the forecast."""
    row = limits_after(*envelopes, minute=minute).five_hour
    assert row is not None
    full = row.reaches_full_at
    return row.used_percent, row.expired, None if full is None else (full - T0) / 60_000


def test_without_a_report_there_is_no_limit() -> None:
    """Only subscriptions have them, and only after the first answer."""
    assert limits_after(line()) == Limits(
        five_hour=None, seven_day=None, other=[], as_of=None, session_id=None
    )


def test_either_half_may_be_missing() -> None:
    """The client leaves one out now and then; the other stays."""
    found = limits_after(line_at(0, five=20, seven=40), line_at(1, five=21))
    assert found.five_hour is not None
    assert found.seven_day is not None
    assert (found.five_hour.used_percent, found.seven_day.used_percent) == (21, 40)
    assert (found.as_of, found.five_hour.as_of) == (T0 + 60_000, T0 + 60_000)
    assert found.seven_day.as_of == T0


@pytest.mark.parametrize(
    "reset", [RESET, RESET * 1000, str(RESET), "2026-11-18T15:06:40Z", "2026-11-18T16:06:40+01:00"]
)
def test_a_reset_may_be_in_seconds_ms_or_iso_8601(reset: Any) -> None:
    """Sources differ, and so do versions."""
    found = limits_after(line_at(0, five={"used_percentage": 20, "resets_at": reset})).five_hour
    assert found is not None
    assert found.resets_at == RESET * 1000


@pytest.mark.parametrize("reset", [None, "soon", -1, True, {}])
def test_an_invalid_reset_is_unknown(reset: Any) -> None:
    """Use is still worth showing."""
    found = limits_after(line_at(0, five={"used_percentage": 20, "resets_at": reset})).five_hour
    assert found is not None
    assert (found.resets_at, found.used_percent, found.expired) == (None, 20, False)


def test_the_report_of_an_idle_session_is_outdated() -> None:
    """Its status line repeats the figures of its own last answer."""
    assert five_hour(line_at(0, five=20), line_at(1, five=30), line_at(2, five=20))[0] == 30


def test_a_window_that_ended_is_expired() -> None:
    """Its use does not apply to the next window."""
    assert five_hour(line_at(0, five=80), minute=241) == (None, True, None)


def test_a_new_window_starts_low() -> None:
    """Use restarts at 0."""
    later = {"used_percentage": 2, "resets_at": RESET + 18_000}
    assert five_hour(line_at(0, five=80), line_at(241, five=later), minute=242) == (2, False, None)


def test_reports_of_a_windows_end_may_differ_by_a_second() -> None:
    """Else each report would start a new window, and no rate would ever be known."""
    envelopes = [
        line_at(10 * at, five={"used_percentage": 10 + 5 * at, "resets_at": RESET + at % 2})
        for at in range(7)
    ]
    assert five_hour(*envelopes) == (40, False, 60 + 60 / 30 * 60)


def test_a_limit_is_reached_at_the_rate_of_the_last_hour() -> None:
    """10 % more every 10 minutes: from 70 %, 30 minutes later."""
    envelopes = [line_at(10 * at, five=10 + 10 * at) for at in range(7)]
    assert five_hour(*envelopes) == (70, False, 90)


def test_what_was_used_before_the_last_hour_does_not_count() -> None:
    """Anyone who stopped a loop wants to see that it helped."""
    envelopes = [
        line_at(0, five=0),
        line_at(1, five=50),
        line_at(70, five=50),
        line_at(100, five=51),
    ]
    envelopes += [line_at(130, five=52)]
    assert five_hour(*envelopes, minute=131) == (52, False, None)


@pytest.mark.parametrize(
    "envelopes",
    [
        [line_at(0, five=10), line_at(60, five=20)],
        [line_at(0, five=10), line_at(1, five=20), line_at(2, five=30)],
        [line_at(0, five=10), line_at(20, five=10), line_at(40, five=10)],
        [line_at(0, five=10), line_at(30, five=11), line_at(60, five=12)],
    ],
    ids=["two samples", "two minutes", "nothing used", "reset before"],
)
def test_too_few_samples_give_no_forecast(envelopes: list[Envelope]) -> None:
    """A forecast from noise would alarm without reason."""
    assert five_hour(*envelopes)[2] is None


def test_a_full_limit_is_full_since_it_was() -> None:
    """The forecast has come true."""
    assert five_hour(line_at(0, five=99), line_at(5, five=100), line_at(9, five=100)) == (
        100,
        False,
        5,
    )


def test_other_limits_are_shown() -> None:
    """Plans have some of their own, in money too."""
    spend = {
        "used_percentage": 12.5,
        "resets_at": RESET,
        "used_usd": 25,
        "limit_usd": 200,
        "period": "monthly",
    }
    (other,) = limits_after(line_at(0, five=1, spend_limit=spend)).other
    assert (other.name, other.used_percent, other.used_usd, other.limit_usd) == (
        "spend_limit",
        12.5,
        25,
        200,
    )


def test_limits_are_the_accounts_whichever_session_reports_them() -> None:
    """They are of the account, not of a session."""
    found = limits_after(line_at(0, five=20), line_at(1, five=25, session="s2"))
    assert found.five_hour is not None
    assert (found.five_hour.used_percent, found.session_id) == (25, "s2")
