"""Kill each daemon under every view: each says so, in words, until the daemon is back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import DESK, accessibility_problems
from tests.browser.conftest import VIEWPORT
from tests.browser.made_calls import folded
from tests.browser.places import asking
from tests.browser.visit import visit
from tests.running import Hookwatch, hookwatch, wait_for

VIEWS: Final = ("/events", "/tools", "/timeline", "/usage", "/health", "/sessions/a-session", "/")
UNLOADED: Final = "/sessions/a-session?tab=files"
HTTP_HOOKS: Final = """{{"hooks": {{"Stop": [{{"hooks": [
    {{"type": "http", "url": "http://127.0.0.1:{port}/events"}}]}}]}}}}"""


@pytest.fixture
def both(tmp_path: Path, ports: dict[str, str]) -> Iterator[Hookwatch]:
    """Run both daemons for a Claude Code that sends hooks by http."""
    claude = tmp_path / "claude"
    claude.mkdir()
    port = ports["HOOKWATCH_INGEST_PORT"]
    (claude / "settings.json").write_text(HTTP_HOOKS.format(port=port))
    with hookwatch(tmp_path / "data", CLAUDE_CONFIG_DIR=str(claude), **ports) as running:
        yield running


def bar(page: Page, name: str) -> Locator:
    return page.get_by_role("status", name=name)


def chip(page: Page) -> Locator:
    return page.locator("[data-connection]")


def show(page: Page, path: str) -> None:
    """Go there as a link does: its parts are loaded already."""
    page.evaluate("path => history.pushState(null, '', path)", path)
    # Only a view that is shown sets the title of the page.
    expect(page.locator("main")).to_have_count(1)
    expect(page).to_have_url(re.compile(re.escape(path) + "$"))


def load_views(page: Page, both: Hookwatch) -> None:
    """Show every view once: what is not loaded then cannot be fetched without queryd."""
    for body in asking("a-session", "make publish"):
        both.ingestd.post(body)
    folded(both)
    for path in VIEWS:
        visit(page, path)
        expect(page.get_by_role("heading", level=1).first).to_be_attached()
    expect(chip(page)).to_have_text("live")


def waiting(page: Page) -> Locator:
    """Return how long the session has waited: a relative time."""
    return page.locator("time", has_text=re.compile(r"^\d+:\d\d$")).first


def seconds(text: str | None) -> int:
    minutes, rest = (text or "0:00").split(":")
    return int(minutes) * 60 + int(rest)


def test_without_ingestd_no_view_looks_healthy(page: Page, both: Hookwatch) -> None:
    """A monitor that reports itself healthy while it records nothing is not trusted again."""
    load_views(page, both)
    both.ingestd.kill()
    port = both.environment["HOOKWATCH_INGEST_PORT"]
    for path in VIEWS:
        show(page, path)
        expect(chip(page)).to_have_text("Not recording")
        said = bar(page, "Not recording")
        expect(said).to_contain_text(re.compile(r"Not recording since .*\d\d:\d\d:\d\d\."))
        expect(said).to_contain_text("ingestd is not running.")
        expect(said).to_contain_text("Events are lost until it\u2019s back.")
        # The command starts this installation, not one on the usual ports.
        expect(said).to_contain_text(f"HOOKWATCH_INGEST_PORT={port} ")
        expect(said).to_contain_text("hookwatch ingestd")
        expect(said.get_by_role("button", name="Copy command")).to_be_visible()
        assert said.bounding_box()["height"] <= 64  # type: ignore[index]  # it is visible
        expect(bar(page, "Disconnected")).to_be_empty()
    expect(page).to_have_title(re.compile("^not recording · "))
    assert accessibility_problems(page) == []
    both.ingestd.start()
    expect(chip(page)).to_have_text("live")
    for path in VIEWS:
        show(page, path)
        expect(bar(page, "Not recording")).to_be_empty()


def test_without_queryd_every_view_says_as_of_when_it_is(page: Page, both: Hookwatch) -> None:
    """Times that tick over a dead connection pass old states for current ones."""
    load_views(page, both)
    expect(waiting(page)).to_be_visible()
    both.queryd.kill()
    said = bar(page, "Disconnected")
    expect(said).to_contain_text(re.compile(r"Disconnected.*\d+ s ago"))
    age = said.locator("strong").text_content()
    as_of = re.search(r"Shown as of (\d\d:\d\d:\d\d)\.", said.text_content() or "")
    assert as_of is not None
    frozen = waiting(page).text_content()
    # The bar counts on; what is shown below it does not.
    expect(said.locator("strong")).not_to_have_text(age or "")
    for path in VIEWS:
        show(page, path)
        expect(said).to_contain_text(f"Shown as of {as_of[1]}.")
        expect(said.get_by_role("button", name=re.compile("Retry now|Retrying"))).to_be_visible()
        expect(said).to_contain_text("hookwatch queryd")
        expect(bar(page, "Not recording")).to_be_empty()
        expect(chip(page)).to_have_text(re.compile("offline|reconnecting"))
    assert waiting(page).text_content() == frozen
    main = page.locator("main")
    assert main.evaluate("it => getComputedStyle(it).opacity") == "0.6"
    # What is dimmed is not for use, so its contrast does not count.
    problems = accessibility_problems(page, sizes=(DESK,))
    assert [problem for problem in problems if "color-contrast" not in problem] == []
    page.set_viewport_size(VIEWPORT)
    show(page, UNLOADED)
    failed = page.get_by_role("alert").filter(has_text="reach")
    expect(failed.first).to_be_visible()
    both.queryd.start()
    said.get_by_role("button", name="Retry now").click()
    expect(said).to_be_empty()
    # What could not be loaded is, without another click.
    expect(failed).to_have_count(0)
    for path in VIEWS:
        show(page, path)
        expect(said).to_be_empty()
        expect(chip(page)).to_have_text("live")
    assert main.evaluate("it => getComputedStyle(it).opacity") == "1"
    before = seconds(frozen)
    wait_for(lambda: seconds(waiting(page).text_content()) > before)
