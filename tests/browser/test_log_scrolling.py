"""Read the log while it goes on: what is in view stays there, whatever comes or goes around it."""

import json
import re
from itertools import count, pairwise

from playwright.sync_api import Locator, Page, expect

from tests.running import Hookwatch, wait_for

EVENTS = 900
"""Three of the page's own pages."""
BURST = 120
ROW_PX = 28

IN_VIEW = """() => {
    const edge = document.querySelector('.log')?.getBoundingClientRect();
    if (edge === undefined) return [];  // another log is being loaded
    return [...document.querySelectorAll('[data-event]')]
        .map((row) => [row.innerText.match(/prompt (\\d+)/)?.[1], row.getBoundingClientRect()])
        .filter(([, {top, bottom}]) => bottom > edge.top && top < edge.bottom)
        .sort(([, a], [, b]) => a.top - b.top)
        .map(([number, {top}]) => [number, Math.round(top - edge.top)]);
}"""
"""The prompts in view with their distance from the upper edge, in the order on the screen."""

REST = """() => new Promise((done) => {
    let last = null;
    const look = () => {
        const top = document.querySelector('.log').scrollTop;
        const tops = [...document.querySelectorAll('[data-event]')].map(
            (row) => row.getBoundingClientRect().top);
        const now = JSON.stringify([top, tops]);
        if (now === last) return done();
        last = now;
        requestAnimationFrame(look);
    };
    look();
})"""
"""Wait for two frames with all rows in the same places."""

WATCH_FRAMES = """() => {
    window.frames = {filtered: 0, wrong: 0};
    const look = () => {
        if (document.querySelector('[aria-label="Filter by type, 1 picked"]') !== null) {
            window.frames.filtered += 1;
            const rows = [...document.querySelectorAll('[data-event]')];
            if (rows.some((row) => row.innerText.includes('prompt'))) window.frames.wrong += 1;
        }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
"""Count the frames under a filter of one type, and those of them with a prompt."""


def post(both: Hookwatch, numbers: range, *, session: str = "a-session") -> None:
    """Store prompts, each with its number."""
    bodies = [
        {
            "hook_event_name": "UserPromptSubmit",
            "session_id": session,
            "cwd": "/home/dev/shop-api",
            "prompt": f"prompt {number:04}",
        }
        for number in numbers
    ]
    lines = "\n".join(json.dumps(body) for body in bodies).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    assert both.ingestd.ask("POST", "/events", lines, kind).json()["accepted"] == len(bodies)


def row(page: Page, number: int) -> Locator:
    """Return the row of the prompt with a number."""
    return page.locator("button.event-grid", has_text=f"prompt {number:04}")


def log(page: Page) -> Locator:
    """Return what scrolls."""
    return page.locator(".log")


def in_view(page: Page) -> list[tuple[str, int]]:
    """Return the numbers in view with their distances from the upper edge."""
    return [(number, top) for number, top in page.evaluate(IN_VIEW)]


def scroll_by(page: Page, px: int) -> None:
    """Turn the wheel over the log, and wait until it rests."""
    before = in_view(page)
    log(page).hover()
    page.mouse.wheel(0, px)
    wait_for(lambda: in_view(page) != before)
    page.evaluate(REST)


def open_log(page: Page, both: Hookwatch, stored: int = EVENTS) -> None:
    """Open a log that follows its newest event."""
    post(both, range(stored))
    page.goto("/events")
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(row(page, stored - 1)).to_be_in_viewport()


def test_the_newest_rows_stay_in_view_through_a_burst(page: Page, both: Hookwatch) -> None:
    """Who follows the log must see its end, without a gap, however much comes at once."""
    open_log(page, both)
    post(both, range(EVENTS, EVENTS + BURST))
    last = EVENTS + BURST - 1
    expect(row(page, last)).to_be_in_viewport()

    def rows_to_the_end() -> list[tuple[str, int]]:
        rows = in_view(page)
        return rows if rows and rows[-1][0] == f"{last:04}" else []

    shown = wait_for(rows_to_the_end)
    numbers = [int(number) for number, _ in shown]
    assert numbers == list(range(last - len(numbers) + 1, last + 1))
    tops = [top for _, top in shown]
    assert [b - a for a, b in pairwise(tops)] == [ROW_PX] * (len(tops) - 1)


def test_what_is_read_does_not_move_while_events_arrive(page: Page, both: Hookwatch) -> None:
    """A row that jumps away under the eye is a row that has to be found again."""
    open_log(page, both)
    scroll_by(page, -2_000)
    before = in_view(page)
    for start in range(EVENTS, EVENTS + 3 * BURST, BURST):
        post(both, range(start, start + BURST))
    expect(page.get_by_role("button", name=re.compile(f"{3 * BURST} new"))).to_be_visible()
    assert in_view(page) == before


def test_scrolling_back_finds_every_event_in_order(page: Page, both: Hookwatch) -> None:
    """Pages of history come in above what is in view, and none is left out."""
    open_log(page, both)
    seen: dict[int, None] = {}
    for _ in count():
        shown = [int(number) for number, _ in in_view(page)]
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        seen.update(dict.fromkeys(shown))
        if shown[0] == 0:
            break
        scroll_by(page, -600)
    assert sorted(seen) == list(range(EVENTS))


def test_a_result_completes_its_row_without_moving_others(page: Page, both: Hookwatch) -> None:
    """A call that ends long after it started is not at the end of the log."""
    call = {
        "session_id": "a-session",
        "cwd": "/home/dev/shop-api",
        "tool_name": "Bash",
        "tool_use_id": "toolu_late",
        "tool_input": {"command": "sleep 99"},
    }
    post(both, range(50))
    both.ingestd.post({"hook_event_name": "PreToolUse", **call})
    post(both, range(50, 300))
    page.goto("/events")
    expect(row(page, 299)).to_be_in_viewport()
    log(page).hover()
    call_row = page.locator("button.event-grid", has_text="sleep 99")
    page.mouse.wheel(0, -6_500)
    expect(call_row).to_be_in_viewport()
    before = in_view(page)
    both.ingestd.post({"hook_event_name": "PostToolUse", "tool_response": {}, **call})
    expect(call_row).to_contain_text("PostToolUse")
    assert in_view(page) == before


def test_an_opened_row_stays_under_the_pointer(page: Page, both: Hookwatch) -> None:
    """Opening one row closes another, perhaps above it."""
    open_log(page, both)
    scroll_by(page, -2_000)
    numbers = [int(number) for number, _ in in_view(page)]
    first, second = numbers[1], numbers[2]  # lower down, a row moves up to show its detail
    with page.expect_response(re.compile(r"/api/events/\d+$")):
        row(page, first).click()
    expect(page.locator("article", has=row(page, first)).get_by_text("JSON")).to_be_visible()
    page.evaluate(REST)
    before = dict(in_view(page))[f"{second:04}"]
    row(page, second).click()
    expect(row(page, first)).to_have_attribute("aria-expanded", "false")
    wait_for(lambda: dict(in_view(page)).get(f"{second:04}") == before)


def test_a_far_event_opens_in_place_under_load(page: Page, both: Hookwatch) -> None:
    """A link must lead to its event, however fast the log goes on."""
    post(both, range(EVENTS))
    newest = both.queryd.get("/api/events?limit=1").json()["events"][0]["id"]
    page.goto(f"/events?event={newest - EVENTS + 2}")
    for start in range(EVENTS, EVENTS + 5 * BURST, BURST):
        post(both, range(start, start + BURST))
    expect(row(page, 1)).to_have_attribute("aria-expanded", "true")
    expect(row(page, 1)).to_be_in_viewport()


def test_another_filter_never_shows_a_row_of_the_one_before(page: Page, both: Hookwatch) -> None:
    """A row that the filter excludes, even for a frame, is a wrong answer."""
    post(both, range(100))
    both.ingestd.post({"hook_event_name": "Stop", "session_id": "a-session"})
    page.goto("/events")
    expect(row(page, 99)).to_be_in_viewport()
    page.evaluate(WATCH_FRAMES)
    page.get_by_role("combobox", name="Filter by type").click()
    page.get_by_role("option", name=re.compile(r"^Stop\b")).click()
    expect(page.locator("[data-event]")).to_have_count(1)
    page.wait_for_function("() => window.frames.filtered > 2")
    assert page.evaluate("() => window.frames.wrong") == 0


def test_past_a_readable_rate_the_newest_are_drawn_and_the_others_counted(
    page: Page, both: Hookwatch
) -> None:
    """Rows that fly by are no rows; the rate is, and each of them is there to scroll to."""
    open_log(page, both, stored=60)
    rate = page.locator("[data-rate]")
    numbers = count(60, BURST)

    def burst() -> bool:
        start = next(numbers)
        post(both, range(start, start + BURST))
        return rate.count() == 1 and "not drawn" in rate.inner_text()

    wait_for(burst)
    expect(rate).to_contain_text("events/s")
    last = next(numbers) - 1
    expect(row(page, last)).to_be_in_viewport()
    expect(rate).to_have_count(0)  # calm again: all is drawn
    scroll_by(page, -60 * ROW_PX)
    shown = [int(number) for number, _ in in_view(page)]
    assert shown == list(range(shown[0], shown[0] + len(shown)))
