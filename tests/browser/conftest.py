"""Give tests a page in a real Chromium; skip, and say so, where there is none."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from bench.chromium import FLAGS, HEADLESS_CHROMIUM
from tests.running import DEADLINE_S, ROOT, Hookwatch, free_ports, hookwatch

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
            args=[*FLAGS, "--lang=en-US", "--renderer-process-limit=1"],
            env={**os.environ, "TZ": "Asia/Kolkata"},
        )
        yield running
        running.close()


@pytest.fixture(scope="package")
def ports() -> dict[str, str]:
    """Return the ports of the daemons of each test: one origin, of which Chromium keeps the code.

    To compile the dashboard's scripts anew costs more than most tests.
    """
    ingestd, queryd = free_ports(2)
    return {"HOOKWATCH_INGEST_PORT": str(ingestd), "HOOKWATCH_QUERY_PORT": str(queryd)}


@pytest.fixture(scope="package")
def home(ports: dict[str, str]) -> str:
    """Return the dashboard's origin."""
    return f"http://127.0.0.1:{ports['HOOKWATCH_QUERY_PORT']}"


@pytest.fixture
def both(tmp_path: Path, ports: dict[str, str]) -> Iterator[Hookwatch]:
    """Run both daemons over an empty folder, for a Claude Code without settings."""
    config = {"CLAUDE_CONFIG_DIR": str(tmp_path / "claude")}
    with hookwatch(tmp_path / "data", **config, **ports) as running:
        yield running


@pytest.fixture(scope="package")
def shared_context(browser: Browser, home: str) -> Iterator[BrowserContext]:
    """Open the context whose cache all tests share."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=home)
    yield context
    context.close()


@pytest.fixture
def context(shared_context: BrowserContext, both: Hookwatch, home: str) -> Iterator[BrowserContext]:
    """Return a context without pages, stored values, cookies and permissions of other tests.

    One page of its origin stays, or each test would start a process that draws pages.
    """
    assert home.endswith(f":{both.queryd.port}"), "the daemons listen elsewhere"
    if not shared_context.pages:
        shared_context.new_page().goto("/favicon.svg")
    kept = shared_context.pages[0]
    yield shared_context
    for page in shared_context.pages[1:]:
        page.close()
    kept.evaluate("localStorage.clear()")
    shared_context.clear_cookies()
    shared_context.clear_permissions()


@pytest.fixture
def page(context: BrowserContext, home: str) -> Iterator[Page]:
    """Open a window that fails the test if it asks anyone but queryd, or breaks its policy."""
    opened = context.new_page()
    foreign: list[str] = []
    problems: list[str] = []
    opened.on(
        "request", lambda it: None if it.url.startswith(f"{home}/") else foreign.append(it.url)
    )
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        lambda it: problems.append(it.text) if "Content Security Policy" in it.text else None,
    )
    yield opened
    opened.close()
    assert foreign == [], "the page asked somebody else"
    assert problems == []
