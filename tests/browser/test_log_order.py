"""Read the log in the order in which things happened, whenever they arrived."""

import json
import re
import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_log_scrolling import IN_VIEW, REST, ROW_PX, log, row, scroll_by
from tests.running import Hookwatch, wait_for

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def event(number: int, at: int, event_type: str = "UserPromptSubmit") -> dict[str, Any]:
    """Return an event with a number that happened at a time."""
    return {
        "session_id": "a-session",
        "source_app": "shop-api",
        "hook_event_type": event_type,
        "timestamp": at,
        "payload": {"prompt": f"prompt {number:04}", "message": f"prompt {number:04}"},
    }


def store(both: Hookwatch, events: list[dict[str, Any]]) -> None:
    lines = "\n".join(json.dumps(it) for it in events).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    answer = both.ingestd.ask("POST", "/events", lines, kind).json()
    assert answer["accepted"] == len(events), answer


def numbers_in_view(page: Page) -> list[int]:
    return [int(number) for number, _ in page.evaluate(IN_VIEW)]


def in_view(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(IN_VIEW)
    return found


def place_of(page: Page, number: int) -> int:
    """Return how far below the log's upper edge a row is."""
    return int(dict(map(tuple, in_view(page)))[f"{number:04}"])


def test_a_late_event_is_inserted_where_it_happened_and_marked(page: Page, both: Hookwatch) -> None:
    """After an outage, or an import, the log must still read as what happened."""
    now = now_ms()
    # A tenth of a second between any two; the last one happened just now.
    start = now - 300 * 100
    store(both, [event(number, start + number * 100) for number in range(0, 300, 2)])
    page.goto("/events")
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(row(page, 298)).to_be_in_viewport()
    # Following, the end stays in view, and the late event is above it.
    store(both, [event(291, start + 291 * 100)])
    expect(row(page, 291)).to_be_in_viewport()
    shown = numbers_in_view(page)
    assert shown == sorted(shown)
    assert shown[-1] == 298
    expect(row(page, 291)).not_to_contain_text("arrived")
    # Far above the rows that are read: nothing moves.
    scroll_by(page, -1_000)
    before = in_view(page)
    store(both, [event(9_000 + place, start - 5 * MINUTE_MS + place) for place in range(3)])
    store(both, [event(299, now), event(297, start + 297 * 100)])
    expect(page.get_by_role("button", name=re.compile("5 new"))).to_be_visible()
    assert in_view(page) == before
    # They are where they happened, and show how late they came.
    log(page).hover()
    page.mouse.wheel(0, -10_000)
    expect(row(page, 9_000)).to_be_in_viewport()
    page.evaluate(REST)
    shown = numbers_in_view(page)
    assert shown[:4] == [9_000, 9_001, 9_002, 0]
    assert shown[3:] == list(range(0, 2 * (len(shown) - 3), 2))
    late = page.get_by_role("feed").get_by_text("arrived 5 min later")
    expect(late).to_have_count(3)
    expect(late.locator("visible=true").first).to_be_in_viewport()
    # A late event inside the view: the row that is read stays, those around it make room.
    row(page, 10).click()
    expect(row(page, 10)).to_have_attribute("aria-expanded", "true")
    page.evaluate(REST)
    opened = place_of(page, 10)
    store(both, [event(5, start + 500)])
    expect(row(page, 5)).to_be_in_viewport()
    assert place_of(page, 10) == opened
    shown = numbers_in_view(page)
    assert shown[3:] == sorted(shown[3:])


def test_days_have_headings_and_the_footer_is_true_in_either_order(
    page: Page, both: Hookwatch
) -> None:
    """Times of several days in one list mean nothing without the day."""
    now = now_ms()
    store(both, [event(3, now)])
    store(both, [event(1, now - 2 * DAY_MS), event(2, now - DAY_MS), event(4, now + 1)])
    page.goto("/events")
    expect(row(page, 4)).to_be_in_viewport()
    assert numbers_in_view(page) == [1, 2, 3, 4]
    headings = page.get_by_role("feed").get_by_role("heading")
    expect(headings).to_have_count(3)
    expect(headings.last).to_have_text("Today")
    tops = [top for _, top in in_view(page)]
    assert tops == [28, 28 * 3, 28 * 5, 28 * 6]
    first = page.locator("[data-event] time").first.get_attribute("datetime")
    footer = page.locator("p", has_text="loaded")
    day = headings.first.inner_text().split(", ")[1]
    expect(footer).to_contain_text("4 events loaded")
    expect(footer).to_contain_text(re.compile(rf"oldest {day} [\d:]+, nothing before"))
    assert first is not None
    # In the order of arrival there is no day to head; each row shows its own.
    page.get_by_role("button", name="Order of arrival").click()
    expect(page).to_have_url(re.compile("order=received"))
    wait_for(lambda: numbers_in_view(page) == [3, 1, 2, 4])
    expect(headings).to_have_count(0)
    expect(row(page, 1).locator("time")).to_contain_text(day)
    expect(footer).to_contain_text(re.compile(r"first received [\d:]+, nothing before"))
    page.reload()
    expect(row(page, 4)).to_be_in_viewport()
    assert numbers_in_view(page) == [3, 1, 2, 4]
    page.get_by_role("button", name="Order of arrival").click()
    wait_for(lambda: numbers_in_view(page) == [1, 2, 3, 4])


def test_a_match_is_shown_in_context_and_back_returns_to_the_matches(
    page: Page, both: Hookwatch
) -> None:
    """What led to a failure stands beside it, and the filter hides it."""
    start = now_ms() - 3_000_000
    store(
        both,
        [
            event(
                number,
                start + number * 1_000,
                "UserPromptSubmit" if number % 10 == 0 else "Notification",
            )
            for number in range(1_000)
        ],
    )
    page.goto("/events?event_type=UserPromptSubmit")
    expect(row(page, 990)).to_be_in_viewport()
    scroll_by(page, -40 * ROW_PX)
    shown = numbers_in_view(page)
    assert shown == list(range(shown[0], shown[0] + 10 * len(shown), 10))
    hit = shown[len(shown) // 2]
    before = in_view(page)
    # By a key, for the row that the keys have chosen.
    row(page, hit).click()
    page.keyboard.press("Escape")
    page.evaluate(REST)
    wait_for(lambda: in_view(page) == before)
    page.keyboard.press("v")
    expect(page).to_have_url(re.compile(r"context=.*\d+"))
    expect(page.locator('[aria-current="true"]', has=row(page, hit))).to_be_in_viewport()
    page.evaluate(REST)
    shown = numbers_in_view(page)
    assert {hit - 1, hit, hit + 1} <= set(shown)
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    assert place_of(page, hit) == dict(map(tuple, before))[f"{hit:04}"]
    expect(page.get_by_text("All events around the marked one")).to_be_visible()
    # The address holds it all.
    page.reload()
    expect(page.locator('[aria-current="true"]', has=row(page, hit))).to_be_in_viewport()
    page.go_back()
    expect(row(page, hit)).to_be_in_viewport()
    expect(row(page, hit - 1)).to_have_count(0)
    # By the button of an open row; Back is where it was.
    page.goto("/events?event_type=UserPromptSubmit")
    expect(row(page, 990)).to_be_in_viewport()
    scroll_by(page, -40 * ROW_PX)
    row(page, hit).click()
    page.get_by_role("button", name="View in context").click()
    expect(row(page, hit - 1)).to_be_in_viewport()
    page.evaluate(REST)
    opened = place_of(page, hit)
    page.get_by_role("button", name="Back to matches").click()
    expect(row(page, hit - 1)).to_have_count(0)
    expect(row(page, hit)).to_have_attribute("aria-expanded", "true")
    page.evaluate(REST)
    assert place_of(page, hit) == opened
