"""Choose settings, and find them in force in every tab."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import folded
from tests.browser.places import asking
from tests.browser.test_shell import open_palette
from tests.browser.visit import visit
from tests.running import Hookwatch

DAY_MS = 86_400_000
MIDNIGHT = time.time_ns() // 1_000_000 // DAY_MS * DAY_MS
AT = MIDNIGHT - 4 * 3_600_000
"""20:00 UTC yesterday: 01:30 in Kolkata, where the browser is, and 05:00 in Tokyo."""
LIVE = '[data-connection="live"]'


@pytest.fixture(scope="module")
def worked(shared_daemons: Hookwatch) -> None:
    """Post a session with one event at a known time, and one that asks."""
    event = {
        "source_app": "shop-api",
        "session_id": "old-session",
        "hook_event_type": "UserPromptSubmit",
        "timestamp": AT,
        "payload": {"prompt": "Speed up the cart"},
    }
    shared_daemons.ingestd.post([event])
    for body in asking("asking-session", "make"):
        shared_daemons.ingestd.post(body)
    folded(shared_daemons)


def stored(page: Page) -> Any:
    """Return the settings as the browser keeps them."""
    return json.loads(page.evaluate("localStorage.getItem('hookwatch.settings')") or "{}")


def height(page: Page, selector: str) -> float:
    """Return the height of the first of these elements."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.usefixtures("worked")
def test_settings_are_reached_from_rail_palette_and_keys(shared_page: Page) -> None:
    """A setting that cannot be found is a setting that does not exist."""
    heading = shared_page.get_by_role("heading", name="Settings", exact=True)
    visit(shared_page, "/")
    shared_page.get_by_role("navigation").get_by_role("link", name="Settings").click()
    expect(heading).to_be_attached()
    visit(shared_page, "/")
    shared_page.keyboard.press("g")
    shared_page.keyboard.press(",")
    expect(heading).to_be_attached()
    visit(shared_page, "/")
    open_palette(shared_page)
    shared_page.keyboard.type("time zone")
    shared_page.get_by_role("option", name=re.compile("^Settings")).click()
    expect(heading).to_be_attached()
    expect(shared_page).to_have_title("(1) Settings · Hookwatch")


@pytest.mark.usefixtures("worked")
def test_a_setting_applies_in_all_tabs_at_once_and_to_the_next_page(shared_page: Page) -> None:
    """Five tabs that disagree on the time are worse than a wrong one."""
    visit(shared_page, "/settings")
    other = shared_page.context.new_page()
    other.goto("/events")
    expect(other.locator("button.event-grid").first).to_be_visible()
    usual = height(other, "button.event-grid")
    expect(other.locator("main")).to_contain_text("01:30:00")

    shared_page.get_by_label("Time zone").focus()
    shared_page.get_by_label("Time zone").select_option("Asia/Tokyo")
    expect(other.locator("main")).to_contain_text("05:00:00")
    expect(shared_page.get_by_label("Time zone")).to_be_focused()
    shared_page.get_by_role("button", name="Compact").click()
    other.wait_for_function(
        "usual => document.querySelector('button.event-grid').offsetHeight < usual", arg=usual
    )
    shared_page.get_by_role("button", name="Dark").click()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    other.reload()
    expect(other.locator("main")).to_contain_text("05:00:00")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    assert height(other, "button.event-grid") < usual

    # In the other tab, where the same words are a menu's.
    other.goto("/usage?range=all")
    expect(other.get_by_role("button", name="Custom range")).to_be_visible()
    other.get_by_role("button", name="Custom range").click()
    expect(other.get_by_role("dialog", name="Custom range")).to_contain_text("Asia/Tokyo")
    other.close()

    shared_page.get_by_role("button", name="Reset to defaults").click()
    expect(shared_page.locator("html")).to_have_attribute("data-density", "comfortable")
    assert stored(shared_page)["time_zone"] is None


@pytest.mark.usefixtures("worked")
def test_a_range_is_entered_in_the_chosen_time_zone(shared_page: Page) -> None:
    """A time that is read in one zone and typed in another finds the wrong night."""
    visit(shared_page, "/settings")
    shared_page.get_by_label("Time zone").select_option("Asia/Tokyo")
    visit(shared_page, "/events")
    shared_page.get_by_role("button", name="Filter by time").click()
    dialog = shared_page.get_by_role("dialog", name="Filter by time")
    today = time.strftime("%Y-%m-%d", time.gmtime(MIDNIGHT / 1000))
    dialog.get_by_label("From").fill(f"{today}T04:00")
    dialog.get_by_label("To", exact=True).fill(f"{today}T06:00")
    dialog.get_by_role("button", name="Apply").click()
    hour = 3_600_000
    expect(shared_page).to_have_url(re.compile(f"since={AT - hour}&until={AT + hour - 1}"))
    expect(shared_page.get_by_text("Speed up the cart")).to_be_visible()
    shared_page.evaluate("localStorage.removeItem('hookwatch.settings')")
    shared_page.reload()


@pytest.mark.usefixtures("worked")
def test_single_keys_can_be_turned_off(shared_page: Page) -> None:
    """Speech input types letters: WCAG 2.1.4 asks for a way to stop them."""
    visit(shared_page, "/settings")
    switch = shared_page.get_by_role("switch", name="Single-key shortcuts")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    switch.blur()
    for key in ("g", "e", "?", "/", "j"):
        shared_page.keyboard.press(key)
    expect(shared_page).to_have_url(re.compile("/settings$"))
    expect(shared_page.get_by_role("dialog")).to_have_count(0)
    # What needs a modifier key, or is no character, works on.
    shared_page.keyboard.press("Control+k")
    expect(shared_page.get_by_role("dialog", name="Search and commands")).to_be_visible()
    shared_page.keyboard.press("Escape")
    expect(shared_page.get_by_role("dialog")).to_have_count(0)
    shared_page.get_by_role("button", name="Keys").click()
    dialog = shared_page.get_by_role("dialog", name="Keys")
    dialog.get_by_role("link", name="Turn them on in Settings").click()
    expect(dialog).to_have_count(0)
    switch.click()
    switch.blur()
    shared_page.keyboard.press("g")
    shared_page.keyboard.press("s")
    expect(shared_page).to_have_url(re.compile(r":\d+/$"))


@pytest.mark.usefixtures("worked")
def test_axe_finds_nothing_in_the_settings_of_every_density(shared_page: Page) -> None:
    """Who needs larger rows needs a page that can be read."""
    visit(shared_page, "/settings")
    problems = accessibility_problems(shared_page, "settings")
    for density in ("Compact", "Spacious"):
        shared_page.get_by_role("button", name=density).click()
        for path in ("/", "/events"):
            visit(shared_page, path)
            expect(shared_page.locator(LIVE)).to_be_visible()
            expect(shared_page.locator(".pulse")).to_have_count(0)
            problems += accessibility_problems(shared_page, f"{density} {path}")
        visit(shared_page, "/settings")
    shared_page.get_by_role("button", name="Reset to defaults").click()
    assert problems == []
