"""Find the session in which something was said, choose columns, tell projects apart."""

import re
import time
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import status_line
from tests.browser.visit import visit
from tests.running import Hookwatch, wait_for

NOW_MS: Final = round(time.time() * 1000)
MINUTE_S: Final = 60


def post(daemons: Hookwatch, name: str, session: str, *, ago_s: float = 0, **fields: Any) -> None:
    """Post an event of a session, as of so long ago."""
    project = fields.pop("project", "shop-api")
    body = {"hook_event_name": name, "session_id": session, "cwd": f"/w/{project}", **fields}
    fired_at = NOW_MS - round(ago_s * 1000)
    assert daemons.ingestd.post(body, **{"X-Fired-At": str(fired_at)}).status == 200


@pytest.fixture(scope="module")
def sessions(shared_daemons: Hookwatch) -> None:
    """Post an ended session of many turns, two live ones and one that has long been idle."""
    for turn in range(12):
        ago = 4_000 - 100 * turn
        prompt = "Why is the n+1 query slow?" if turn == 3 else f"Step {turn} of the report"
        said = "The discount was applied twice." if turn == 7 else f"Step {turn} is done."
        post(shared_daemons, "UserPromptSubmit", "5e55-ended", prompt=prompt, ago_s=ago)
        post(shared_daemons, "Stop", "5e55-ended", last_assistant_message=said, ago_s=ago - 50)
    post(shared_daemons, "SessionEnd", "5e55-ended", reason="other", ago_s=2_000)
    for name, project in (("docs-1", "docs"), ("docs-2", "docs"), ("blog-1", "blog")):
        prompt = f"Write the page {name}"
        post(shared_daemons, "UserPromptSubmit", f"1dle-{name}", prompt=prompt, project=project)
    post(shared_daemons, "UserPromptSubmit", "0ld", prompt="Long ago", ago_s=41 * MINUTE_S)
    post(shared_daemons, "Stop", "0ld", last_assistant_message="Done.", ago_s=40 * MINUTE_S)
    post_calls(shared_daemons, [status_line(NOW_MS, used=40_000, cost=2.5, session="1dle-docs-1")])
    last_id = shared_daemons.ingestd.get("/health").json()["last_id"]

    def reached() -> bool:
        health = shared_daemons.queryd.get("/api/health").json()
        places = health["views"]["folded_id"], health["search"]["indexed_id"]
        return bool(min(places) == last_id)

    wait_for(reached)


def row(page: Page, session: str) -> Locator:
    return page.locator(f'[data-session="{session}"]')


def turn_at(page: Page, prompt: str) -> Locator:
    return page.locator("[data-turn]", has_text=prompt)


@pytest.mark.usefixtures("sessions")
def test_a_session_is_found_by_what_was_asked_and_answered(shared_page: Page) -> None:
    """Neither word is in the title of the session, which has ended."""
    page = shared_page
    visit(page, "/")
    field = page.get_by_role("textbox", name="Search prompts and answers")
    field.fill("discount twi")
    expect(page).to_have_url(re.compile(r"q=discount(%20|\+)twi"))
    found = row(page, "5e55-ended")
    expect(found).to_contain_text("The discount was applied twice.")
    expect(found.locator("mark")).to_have_text(["discount", "twice"])
    expect(found).to_contain_text("answer")
    expect(page.locator("[data-session]")).to_have_count(1)
    field.press("Escape")
    expect(page.locator("[data-session]").nth(1)).to_be_visible()
    field.fill("n+1 query")
    expect(row(page, "5e55-ended").locator("mark")).to_have_text(["n+1", "query"])
    assert accessibility_problems(page) == []
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sessions/5e55-ended\?at=\d+"))
    expect(turn_at(page, "Why is the n+1 query slow?")).to_be_in_viewport()
    expect(turn_at(page, "Step 3 is done.").first).to_be_visible()


@pytest.mark.usefixtures("sessions")
def test_a_search_says_what_it_lacks_and_what_is_wrong_with_it(shared_page: Page) -> None:
    """An empty page must not look like a broken one."""
    page = shared_page
    visit(page, "/?q=nothingofthat")
    expect(page.get_by_text("No session found")).to_be_visible()
    page.get_by_role("button", name="Clear search").last.click()
    expect(row(page, "1dle-docs-1")).to_be_visible()
    page.get_by_role("textbox", name="Search prompts and answers").fill('"discount')
    expect(page.get_by_role("alert")).to_contain_text("missing closing quote at position 1")
    visit(page, "/?q=page&source_app=blog")
    expect(page.locator("[data-session]")).to_have_count(1)
    expect(row(page, "1dle-blog-1")).to_be_visible()


@pytest.mark.usefixtures("sessions")
def test_the_palette_finds_what_was_said_and_opens_at_the_turn(shared_page: Page) -> None:
    """It is where one types first."""
    page = shared_page
    visit(page, "/")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("discount")
    group = page.get_by_role("dialog").get_by_role("group", name="Prompts and answers")
    option = group.get_by_role("option")
    expect(option).to_contain_text("Step 0 of the report")
    expect(option).to_contain_text("The discount was applied twice.")
    option.click()
    expect(page).to_have_url(re.compile(r"/sessions/5e55-ended\?at=\d+"))
    expect(turn_at(page, "The discount was applied twice.")).to_be_in_viewport()


@pytest.mark.usefixtures("sessions")
def test_a_title_has_room_and_an_id_shows_where_one_points(shared_page: Page) -> None:
    """Ids tell no one which session it is; titles of 22 characters did not either."""
    page = shared_page
    for width in (1024, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        visit(page, "/")
        named = row(page, "1dle-docs-1").locator(".at-name")
        box = named.bounding_box()
        assert box is not None
        assert box["width"] >= 360
        expect(named).to_contain_text("Write the page docs-1")
        page.mouse.move(5, 5)
        hidden = row(page, "1dle-docs-1").locator("[data-id]")
        expect(hidden).to_be_hidden()
        row(page, "1dle-docs-1").hover()
        expect(hidden).to_have_text("1dle")
        expect(hidden).to_be_visible()


@pytest.mark.usefixtures("sessions")
def test_no_column_is_dropped_in_silence_and_chosen_ones_stay(shared_page: Page) -> None:
    """Whoever looks for the cost must learn why it is not there."""
    page = shared_page
    page.set_viewport_size({"width": 1440, "height": 900})
    visit(page, "/")
    heads = page.get_by_role("group", name="Sort by")
    expect(heads).to_have_text(re.compile("Session.*State.*Activity.*Context.*Cost.*Last$"))
    expect(page.locator("[data-hidden-columns]")).to_have_count(0)
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(heads.get_by_role("button", name="Cost")).to_have_count(0)
    expect(page.locator("[data-hidden-columns]")).to_have_text("Too narrow for Cost")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Context").click()
    page.keyboard.press("Escape")
    expect(heads.get_by_role("button", name="Cost")).to_be_visible()
    expect(heads.get_by_role("button", name="Context")).to_have_count(0)
    expect(page.locator("[data-hidden-columns]")).to_have_count(0)
    page.reload()
    expect(heads.get_by_role("button", name="Cost")).to_be_visible()
    expect(heads.get_by_role("button", name="Context")).to_have_count(0)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitem", name="Use default columns").click()
    expect(heads.get_by_role("button", name="Context")).to_be_visible()


@pytest.mark.usefixtures("sessions")
def test_a_project_has_one_colour_and_another_another(shared_page: Page) -> None:
    """Colours that repeat by chance, or are those of states, say nothing."""
    page = shared_page
    visit(page, "/")

    def colour(session: str) -> str:
        key = row(page, session).locator("[data-project-key]")
        found: str = key.evaluate("it => getComputedStyle(it).backgroundColor")
        return found

    assert colour("1dle-docs-1") == colour("1dle-docs-2") != colour("1dle-blog-1")
    assert colour("5e55-ended") not in {colour("1dle-docs-1"), colour("1dle-blog-1")}


@pytest.mark.usefixtures("sessions")
def test_what_is_idle_is_folded_and_not_active(shared_page: Page) -> None:
    """A terminal that was closed without a word would be alive for ever."""
    page = shared_page
    visit(page, "/")
    expect(page.get_by_text("3 active")).to_be_visible()
    expect(row(page, "1dle-docs-1")).to_be_visible()
    expect(row(page, "0ld")).to_have_count(0)
    head = page.get_by_role("button", name="Idle for 30 minutes or more · 1")
    head.click()
    expect(row(page, "0ld")).to_be_visible()
    visit(page, "/events")
    visit(page, "/")
    expect(row(page, "0ld")).to_be_visible()
    head.click()
    expect(row(page, "0ld")).to_have_count(0)
