"""Update Hookwatch under an open page: it offers a reload, calmly and once."""

import json
import re

from playwright.sync_api import Locator, Page, Route, expect

from shared import __version__
from tests.browser.places import NO_SHARED_WORKER
from tests.running import Hookwatch


class Served:
    """Greet the page as queryd of any version would: its streams are answered from here."""

    def __init__(self, page: Page) -> None:
        self.version = __version__
        self.build: str | None = None
        page.add_init_script(NO_SHARED_WORKER)
        page.route("**/stream*", self._greet)

    def _greet(self, route: Route) -> None:
        hello = {"version": self.version, "last_id": 0, "after": 0, "build": self.build}
        # It ends at once, and the page opens the next one half a second later.
        route.fulfill(
            content_type="text/event-stream", body=f"event: hello\ndata: {json.dumps(hello)}\n\n"
        )


def notice(page: Page) -> Locator:
    """Return what the page says of an update."""
    return page.get_by_role("status").filter(has_text="Hookwatch was updated")


def greet_again(page: Page) -> None:
    """Wait until the page was greeted anew, and has taken it in: it asks again only after that."""
    for _ in range(2):
        with page.expect_request("**/stream*"):
            pass


def test_queryd_serves_the_build_that_the_page_is_of(page: Page, both: Hookwatch) -> None:
    """Otherwise every page would offer a reload for ever."""
    page.goto("/")
    for _ in range(2):
        expect(page.locator("[data-connection]")).to_have_text("live")
        expect(notice(page)).to_have_count(0)
        both.queryd.stop()
        expect(page.locator("[data-connection]")).not_to_have_text("live")
        both.queryd.start()
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(notice(page)).to_have_count(0)


def test_an_open_page_offers_a_reload_after_an_upgrade(page: Page) -> None:
    """Only a reload shows what is new, and the old page may not understand the new answers."""
    served = Served(page)
    page.goto("/")
    greet_again(page)
    expect(notice(page)).to_have_count(0)
    served.version = "99.0.0"
    expect(notice(page)).to_contain_text("Hookwatch was updated to 99.0.0")
    greet_again(page)
    expect(notice(page)).to_have_count(1)
    reload = page.get_by_role("button", name="Reload")
    reload.focus()
    with page.expect_request(lambda request: request.is_navigation_request()):
        page.keyboard.press("Enter")
    greet_again(page)
    expect(notice(page)).to_have_count(0)


def test_a_page_of_another_build_offers_a_reload_under_the_same_version(page: Page) -> None:
    """Two builds between releases have one number."""
    served = Served(page)
    served.build = "another-build"
    page.goto("/events")
    expect(notice(page)).to_contain_text(re.compile("Hookwatch was updated(?! to)"))
    expect(page.get_by_role("button", name="Reload")).to_be_visible()


def test_a_dismissed_offer_does_not_come_back(page: Page) -> None:
    """Who is in the middle of something reloads later."""
    served = Served(page)
    page.goto("/")
    greet_again(page)
    served.version = "99.0.0"
    notice(page).get_by_role("button", name="Dismiss").click()
    greet_again(page)
    expect(notice(page)).to_have_count(0)
    served.version = "99.1.0"
    expect(notice(page)).to_contain_text("99.1.0")
