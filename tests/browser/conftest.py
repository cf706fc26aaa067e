"""Give tests a page in a real Chromium; skip, and say so, where there is none."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from bench.chromium import FLAGS, HEADLESS_CHROMIUM
from tests.running import DEADLINE_S, ROOT, Hookwatch, free_ports, hookwatch

# Here and nowhere else: it holds for the whole process, whichever modules run in it, in any order.
# Playwright's own 5 s are too few where page, daemons and browser share the cores with other tests.
expect.set_options(timeout=DEADLINE_S * 1000)

VIEWPORT: Final = ViewportSize(width=1440, height=900)
DEVICE_SCALE: Final = 0.5
"""Layout is the same, and a quarter is drawn."""
FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note for the fixtures that the test failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


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
    context = browser.new_context(
        viewport=VIEWPORT, base_url=home, device_scale_factor=DEVICE_SCALE
    )
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
    with watched(opened, home):
        yield opened
        opened.close()


@contextmanager
def watched(page: Page, home: str) -> Iterator[None]:
    """Fail at the end if the page asked anyone but queryd, broke its policy or threw."""
    foreign: list[str] = []
    problems: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(f"{home}/"):
            foreign.append(request.url)

    def threw(error: Error) -> None:
        problems.append(str(error))

    def logged(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    page.on("request", asked)
    page.on("pageerror", threw)
    page.on("console", logged)
    yield
    page.remove_listener("request", asked)
    page.remove_listener("pageerror", threw)
    page.remove_listener("console", logged)
    assert foreign == [], "the page asked somebody else"
    assert problems == []


# Tests that only read share daemons, data and a loaded page: a load costs more than most of them.
# They have an origin of their own, as tests of the same module may need daemons of their own.


@pytest.fixture(scope="package")
def shared_ports() -> dict[str, str]:
    """Return the ports of the daemons that the tests of a module share."""
    ingestd, queryd = free_ports(2)
    return {"HOOKWATCH_INGEST_PORT": str(ingestd), "HOOKWATCH_QUERY_PORT": str(queryd)}


@pytest.fixture(scope="module")
def shared_daemons(
    tmp_path_factory: pytest.TempPathFactory, shared_ports: dict[str, str]
) -> Iterator[Hookwatch]:
    """Run both daemons over an empty folder for the tests of a module that only read."""
    folder = tmp_path_factory.mktemp("shared")
    config = {"CLAUDE_CONFIG_DIR": str(folder / "claude")}
    with hookwatch(folder / "data", **config, **shared_ports) as running:
        yield running


@pytest.fixture(scope="package")
def reading_context(browser: Browser, shared_ports: dict[str, str]) -> Iterator[BrowserContext]:
    """Open the context of the shared page, whose cache all modules share."""
    home = f"http://127.0.0.1:{shared_ports['HOOKWATCH_QUERY_PORT']}"
    context = browser.new_context(
        viewport=VIEWPORT, base_url=home, device_scale_factor=DEVICE_SCALE
    )
    yield context
    context.close()


@pytest.fixture(scope="module")
def reading_pages(reading_context: BrowserContext) -> Iterator[BrowserContext]:
    """Close the module's page after it: it shows what its daemons answered."""
    yield reading_context
    for page in reading_context.pages:
        page.evaluate("localStorage.clear()")
        page.close()


@pytest.fixture
def shared_page(
    request: pytest.FixtureRequest, reading_pages: BrowserContext, shared_daemons: Hookwatch
) -> Iterator[Page]:
    """Return a window in which the dashboard may be loaded already: `visit` shows an address.

    After a test that fails or leaves a dialog open, the next one gets a new window.
    """
    page = reading_pages.pages[0] if reading_pages.pages else reading_pages.new_page()
    try:
        with watched(page, f"http://127.0.0.1:{shared_daemons.queryd.port}"):
            yield page
            page.set_viewport_size(VIEWPORT)
            page.emulate_media(color_scheme="null", reduced_motion="null")  # as it was
    except BaseException:
        page.close()
        raise
    if FAILED in request.node.stash or page.get_by_role("dialog").count() > 0:
        page.close()
