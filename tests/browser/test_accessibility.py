"""Hold every view to WCAG, with data and without, in both colour schemes, on a desk and a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import DESK, PHONE, accessibility_problems
from tests.browser.places import EMPTY, PLACES, fill
from tests.running import Hookwatch, hookwatch


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons before the first event."""
    with hookwatch(tmp_path_factory.mktemp("empty") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hookwatch, dict[str, str]]]:
    """Run both daemons over a full log; give the address of each place."""
    with hookwatch(tmp_path_factory.mktemp("filled") / "data") as running:
        yield running, fill(running)


@pytest.fixture
def window(shared_context: BrowserContext) -> Iterator[Page]:
    """Open a window; the daemons are the module's, as looking at pages changes nothing."""
    opened = shared_context.new_page()
    yield opened
    opened.evaluate("localStorage.clear()")
    opened.close()


def open_place(page: Page, running: Hookwatch, path: str) -> None:
    """Open an address and wait until its data have replaced the skeletons."""
    page.goto(f"http://127.0.0.1:{running.queryd.port}{path}")
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".pulse")).to_have_count(0)


@pytest.mark.parametrize("name", PLACES)
def test_axe_finds_nothing_in_any_view_with_data(
    window: Page, filled: tuple[Hookwatch, dict[str, str]], name: str
) -> None:
    """People who read with a keyboard or a screen reader watch the same sessions."""
    running, places = filled
    open_place(window, running, places[name])
    assert accessibility_problems(window, name) == []


@pytest.mark.parametrize("name", EMPTY)
def test_axe_finds_nothing_before_the_first_event(
    window: Page, empty: Hookwatch, name: str
) -> None:
    """The first screen teaches; it must teach everyone."""
    open_place(window, empty, EMPTY[name])
    assert accessibility_problems(window, name) == []


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_axe_finds_nothing_in_dialogs(
    window: Page, filled: tuple[Hookwatch, dict[str, str]], size: tuple[int, int]
) -> None:
    """The palette and the list of keys are there for those who do not use a mouse."""
    window.set_viewport_size({"width": size[0], "height": size[1]})
    open_place(window, filled[0], "/")
    problems: list[str] = []
    for key, name in (("/", "Search and commands"), ("?", "Keys")):
        window.keyboard.press(key)
        expect(window.get_by_role("dialog", name=name)).to_be_visible()
        problems += accessibility_problems(window, name, sizes=(size,))
        window.keyboard.press("Escape")
        expect(window.get_by_role("dialog")).to_have_count(0)
    assert problems == []
