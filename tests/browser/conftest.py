"""Give tests a page in a real Chromium; skip, and say so, where there is none."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.chromium import FLAGS, HEADLESS_CHROMIUM
from tests.running import DEADLINE_S, ROOT, Hookwatch

# Here and nowhere else: it holds for the whole process, whichever modules run in it, in any order.
# Playwright's own 5 s are too few where page, daemons and browser share the cores with other tests.
expect.set_options(timeout=DEADLINE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of this folder where there is no browser or no built page."""
    reason = None
    if HEADLESS_CHROMIUM is None:
        reason = "no Chromium is installed (apt-get install chromium)"
    elif not (ROOT / "web" / "dist" / "index.html").exists():
        reason = "the dashboard is not built (make setup)"
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start one Chromium for the tests of this folder: its event loop must be gone after them.

    Its language and time zone are not the machine's. The zone has an offset of half an hour and
    never changes it, so that no local time comes around again.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=HEADLESS_CHROMIUM,
            args=[*FLAGS, "--lang=en-US"],
            env={**os.environ, "TZ": "Asia/Kolkata"},
        )
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, both: Hookwatch) -> Iterator[Page]:
    """Open a window that fails the test if it asks anyone but queryd, or breaks its policy."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        base_url=f"http://127.0.0.1:{both.queryd.port}",
    )
    opened = context.new_page()
    foreign: list[str] = []
    problems: list[str] = []
    home = f"http://127.0.0.1:{both.queryd.port}/"
    opened.on("request", lambda it: None if it.url.startswith(home) else foreign.append(it.url))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        lambda it: problems.append(it.text) if "Content Security Policy" in it.text else None,
    )
    yield opened
    context.close()
    assert foreign == [], "the page asked somebody else"
    assert problems == []
