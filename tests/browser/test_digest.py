"""Come back after a time away: a bar, a digest of what happened, and marks in lists."""

import re
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.visit import visit
from tests.running import Hookwatch, wait_for

HOUR_MS: Final = 3_600_000
NOW: Final = time.time_ns() // 1_000_000
LEFT: Final = NOW - 2 * HOUR_MS - 4 * 60_000
"""When the user was last seen."""
KEY: Final = "hookwatch.last-seen"
Body = dict[str, Any]


def sent(session: str, at: int, kind: str, **payload: Any) -> Body:
    return {
        "session_id": session,
        "source_app": "shop",
        "hook_event_type": kind,
        "timestamp": at,
        "payload": payload,
    }


def work(session: str, at: int, title: str, end: str = "Stop", **fields: Any) -> list[Body]:
    """Return the events of a short turn that changes a file."""
    return [
        sent(session, at, "UserPromptSubmit", prompt=title, session_title=title),
        sent(
            session,
            at + 1_000,
            "PostToolUse",
            tool_name="Edit",
            tool_use_id=f"{session}-1",
            tool_input={"file_path": f"/w/{session}.py", "old_string": "a", "new_string": "b"},
            tool_response={"structuredPatch": [{"lines": ["-a", "+b", "+c"]}]},
        ),
        sent(session, at + 2_000, end, **fields),
    ]


BODIES: Final = [
    *work("before", LEFT - 5 * 60_000, "Done before", last_assistant_message="Old news."),
    *work("cart", LEFT + 60_000, "Fix the cart", last_assistant_message="Fixed **it**.\n\nMore."),
    sent("cart", LEFT + 61_500, "api_request", request_id="r1", model="m", cost_usd=4.31),
    *work("docs", LEFT + HOUR_MS, "Write the docs", last_assistant_message="Wrote it."),
    *work("infra", LEFT + HOUR_MS + 60_000, "Move infra", "StopFailure", error="rate_limit"),
    sent("ask", NOW - 60_000, "UserPromptSubmit", prompt="Deploy", session_title="Deploy"),
    sent(
        "ask",
        NOW - 50_000,
        "PermissionRequest",
        tool_name="Bash",
        tool_input={"command": "git push --force"},
    ),
]


@pytest.fixture(scope="module")
def daemons(shared_daemons: Hookwatch) -> Hookwatch:
    """Post what happened before and while the user was away."""
    assert shared_daemons.ingestd.post(BODIES).json()["rejected"] == []
    health = shared_daemons.queryd
    wait_for(lambda: health.get("/api/health").json()["views"]["folded_id"] == len(BODIES))
    return shared_daemons


@pytest.fixture
def returned(shared_page: Page, daemons: Hookwatch) -> Iterator[Page]:
    """Show the sessions to a user who comes back."""
    del daemons
    visit(shared_page, "/?sort=last")
    expect(shared_page.locator("[data-session]").first).to_be_visible()
    come_back(shared_page, LEFT)
    yield shared_page
    shared_page.evaluate(f"localStorage.removeItem('{KEY}')")
    shared_page.evaluate("window.dispatchEvent(new StorageEvent('storage'))")


def come_back(page: Page, left: int) -> None:
    """Let the page be seen again, as when its tab is chosen."""
    page.evaluate(
        """([key, seenAt]) => {
            localStorage.setItem(key, JSON.stringify({ seenAt, away: null }));
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        [KEY, left],
    )


def bar_of(page: Page) -> Locator:
    return page.get_by_role("status", name="While you were away")


def test_a_bar_sums_up_what_happened_and_leads_to_the_digest(returned: Page) -> None:
    page = returned
    bar = bar_of(page)
    expect(bar).to_contain_text(
        re.compile(
            r"While you were away \(2 h \d min\): "
            r"2 finished, 1 failed, 1 waits for you, \$4\.31, 3 files changed"
        )
    )
    assert accessibility_problems(page, "away") == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(bar.get_by_role("button", name="Dismiss")).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 900})

    bar.get_by_role("link", name="Review").click()
    expect(page).to_have_url(re.compile(rf"/digest\?since={LEFT}$"))
    expect(bar).to_be_empty()
    blocks = page.get_by_role("list", name="Sessions").get_by_role("heading", level=2)
    expect(blocks).to_have_text(["Deploy", "Move infra", "Write the docs", "Fix the cart"])
    cart = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Fix the cart"))
    expect(cart).to_contain_text("1 finished")
    expect(cart).to_contain_text("$4.31")
    expect(cart).to_contain_text("1 file changed +2 −1")
    expect(cart).to_contain_text("Fixed it.")
    expect(cart).not_to_contain_text("More.")
    deploy = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Deploy"))
    expect(deploy.get_by_text("Bash git push --force")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Deploy")).to_be_focused()


def test_every_number_leads_to_its_rows_with_the_same_filters(
    shared_page: Page, daemons: Hookwatch
) -> None:
    del daemons
    visit(shared_page, f"/digest?since={LEFT}&until={NOW}&source_app=shop")
    total = shared_page.get_by_role("group", name="Totals")
    addresses = {
        "2 finished": "/events?since={}&until={}&source_app=shop&event_type=Stop",
        "1 failed": "/events?since={}&until={}&source_app=shop&event_type=StopFailure",
        "1 waits for you": "/?source_app=shop&status=needs_permission&status=needs_input",
        "$4.31": "/usage?since={}&until={}&source_app=shop",
        "4 prompts": "/events?since={}&until={}&source_app=shop&event_type=UserPromptSubmit",
    }
    for name, address in addresses.items():
        link = total.get_by_role("link", name=name, exact=True)
        expect(link).to_have_attribute("href", address.format(LEFT, NOW))
    total.get_by_role("link", name="3 files changed +6 −3").click()
    rows = shared_page.locator("[data-event]")
    expect(rows).to_have_count(3)
    shared_page.go_back()
    cart = shared_page.get_by_role("listitem").filter(has_text="Fix the cart")
    expect(cart.get_by_role("link", name="1 file changed")).to_have_attribute(
        "href", "/sessions/cart?tab=files"
    )
    cart.get_by_role("link", name="1 finished").click()
    expect(rows).to_have_count(1)


def test_lists_mark_what_is_new_until_it_is_dismissed(returned: Page) -> None:
    page = returned
    mark = page.get_by_text("New since")
    idle = page.get_by_role("button", name="Idle for 30 minutes or more · 4")
    idle.click()
    expect(mark).to_have_count(1)
    order = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    texts = order.all_inner_texts()
    at = next(i for i, text in enumerate(texts) if "New since" in text)
    assert "Fix the cart" in texts[at - 1]
    assert "Done before" in texts[at + 1]
    visit(page, "/events")
    first = page.locator("[data-event]").filter(has=mark)
    expect(first).to_contain_text("Fix the cart")
    bar_of(page).get_by_role("button", name="Dismiss").click()
    expect(bar_of(page)).to_be_empty()
    expect(mark).to_have_count(0)
    visit(page, "/?sort=last")
    expect(order.filter(has_text="Done before")).to_be_visible()
    expect(mark).to_have_count(0)
    idle.click()


def test_there_is_no_bar_where_nothing_happened_or_after_a_short_time(
    shared_page: Page, daemons: Hookwatch
) -> None:
    del daemons
    visit(shared_page, "/health")
    with shared_page.expect_response(re.compile("/api/digest")) as answer:
        # In the future of every event but none that waits: its request is older.
        shared_page.route(
            "**/api/digest*",
            lambda route: route.continue_(
                url=route.request.url.split("?")[0] + "?since=1&until=2&limit=1"
            ),
        )
        come_back(shared_page, LEFT)
    assert answer.value.json()["sessions"] == []
    expect(bar_of(shared_page)).to_be_empty()
    shared_page.unroute("**/api/digest*")
    come_back(shared_page, time.time_ns() // 1_000_000 - 14 * 60_000)
    expect(bar_of(shared_page)).to_be_empty()
    assert '"away":null' in shared_page.evaluate(f"localStorage.getItem('{KEY}')")


def test_any_range_has_a_digest_that_can_be_copied(shared_page: Page, daemons: Hookwatch) -> None:
    del daemons
    shared_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(shared_page, "/digest")
    names = shared_page.get_by_role("list", name="Sessions").get_by_role("heading", level=2)
    expect(names).to_have_count(5)
    shared_page.get_by_role("group", name="Time range").get_by_text("1 h", exact=True).click()
    expect(shared_page).to_have_url(re.compile(r"/digest\?range=1h$"))
    expect(names).to_have_text(["Deploy"])
    shared_page.get_by_role("group", name="Time range").get_by_text("24 h", exact=True).click()
    expect(names).to_have_count(5)
    shared_page.get_by_role("button", name="Copy as Markdown").click()
    expect(shared_page.get_by_role("button", name="Copied")).to_be_visible()
    text = shared_page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("# Digest: ")
    assert "## Fix the cart (shop)" in text
    assert "> Fixed **it**." in text
