"""Open the address of one event: it is shown, whatever else is slow, old or gone."""

import json
import re
import sqlite3

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.places import NO_SHARED_WORKER
from tests.running import Hookwatch

EVENTS = 900
"""Three of the page's own pages: the first event is not in the one that it loads first."""

SLOW_FIRST_DRAWING = """
new MutationObserver((_, observer) => {
    if (document.querySelector('[data-event]') === null) return;
    observer.disconnect();
    for (const end = performance.now() + 400; performance.now() < end;);
}).observe(document, { childList: true, subtree: true });
"""
"""A page that draws slowly rests before it draws again, here for more than a second."""


def post(both: Hookwatch, numbers: range) -> None:
    """Store prompts, each with its number."""
    bodies = [
        {
            "hook_event_name": "UserPromptSubmit",
            "session_id": "a-session",
            "cwd": "/home/dev/shop-api",
            "prompt": f"prompt {number:04}",
        }
        for number in numbers
    ]
    lines = "\n".join(json.dumps(body) for body in bodies).encode()
    answer = both.ingestd.ask(
        "POST", "/events", lines, {"Content-Type": "application/x-ndjson"}
    ).json()
    assert answer["accepted"] == len(bodies)


def id_of(both: Hookwatch, number: int) -> int:
    """Return the id of the event with a number."""
    with sqlite3.connect(both.log_path) as log:
        sought = f'%"prompt {number:04}"%'
        found = log.execute("SELECT id FROM events WHERE payload LIKE ?", (sought,)).fetchone()
    log.close()
    event_id: int = found[0]
    return event_id


def row(page: Page, number: int) -> Locator:
    """Return the row of the event with a number."""
    return page.locator("button.event-grid", has_text=f"prompt {number:04}")


def expect_open(page: Page, number: int) -> None:
    """Wait until that row is open and in sight."""
    expect(row(page, number)).to_have_attribute("aria-expanded", "true")
    expect(row(page, number)).to_be_in_viewport()


@pytest.mark.parametrize("number", [1, 450, 899], ids=["oldest", "middle", "newest"])
def test_the_row_is_shown_however_slow_the_page_draws(
    page: Page, both: Hookwatch, number: int
) -> None:
    """A link that opens nothing on a busy machine is a broken link."""
    post(both, range(EVENTS))
    page.add_init_script(SLOW_FIRST_DRAWING)
    page.goto(f"/events?event={id_of(both, number)}")
    expect_open(page, number)


def test_the_row_is_shown_when_the_stream_opens_late(page: Page, both: Hookwatch) -> None:
    """The first page and the stream come in either order."""
    post(both, range(EVENTS))
    streams: list[Route] = []

    def hold(route: Route) -> None:
        streams.append(route)
        if len(streams) == 1:
            route.abort()  # the page then fetches its first rows without a stream
        elif len(streams) > 2:
            route.continue_()

    page.add_init_script(NO_SHARED_WORKER)
    page.route("**/stream*", hold)
    with page.expect_request(lambda _: len(streams) > 1):
        page.goto(f"/events?event={id_of(both, 1)}")
    expect_open(page, 1)
    streams[1].continue_()
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect_open(page, 1)


def test_the_row_stays_where_it_is_while_the_log_goes_on(page: Page, both: Hookwatch) -> None:
    """Who reads an event does not want it to move on, were it almost the newest."""
    post(both, range(EVENTS))
    page.goto(f"/events?event={id_of(both, EVENTS - 3)}")
    expect_open(page, EVENTS - 3)
    expect(page.locator("[data-connection]")).to_have_text("live")
    post(both, range(EVENTS, EVENTS + 60))
    expect(page.get_by_role("button", name=re.compile("60 new"))).to_be_visible()
    expect_open(page, EVENTS - 3)


def test_back_returns_to_the_row_that_was_open(page: Page, both: Hookwatch) -> None:
    """The address is the state: also of an event far back, and under another filter."""
    post(both, range(EVENTS))
    page.goto(f"/events?event={id_of(both, 1)}")
    expect_open(page, 1)
    page.get_by_role("button", name="Newest").click()
    expect(row(page, EVENTS - 1)).to_be_in_viewport()
    page.get_by_role("link", name="Health").click()
    expect(page).to_have_url(re.compile("/health$"))
    page.go_back()
    expect_open(page, 1)


@pytest.mark.parametrize("stored", [0, 5], ids=["empty", "some"])
def test_an_event_that_is_not_there_is_said_not_to_be(
    page: Page, both: Hookwatch, stored: int
) -> None:
    """Retention deletes events; a link to one must not look like a slow page."""
    post(both, range(stored))
    page.goto("/events?event=123456")
    expect(page.get_by_text("Event 123456 not found")).to_be_visible()
    expect(page).to_have_url(re.compile("/events$"))
    if stored:
        expect(row(page, stored - 1)).to_be_in_viewport()


def test_an_event_that_the_filters_hide_is_said_not_to_be_there(
    page: Page, both: Hookwatch
) -> None:
    """The rows are then those of the filters, with no row open."""
    post(both, range(3))
    page.goto(f"/events?event_type=Stop&event={id_of(both, 1)}")
    expect(page.get_by_text(f"Event {id_of(both, 1)} not found")).to_be_visible()
    expect(page).to_have_url(re.compile("event_type=.*Stop[^&]*$"))
