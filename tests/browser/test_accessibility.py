"""Hold every view to WCAG, with data and without, in both colour schemes, on a desk and a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import DESK, PHONE, accessibility_problems
from tests.browser.places import EMPTY, PLACES, fill
from tests.browser.visit import visit
from tests.running import Hookwatch, hookwatch


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons before the first event."""
    with hookwatch(tmp_path_factory.mktemp("empty") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def places(shared_daemons: Hookwatch) -> dict[str, str]:
    """Fill the log; return the address of each place."""
    return fill(shared_daemons)


@pytest.fixture(scope="module")
def empty_page(empty: Hookwatch, browser: Browser) -> Iterator[Page]:
    """Open a window on the dashboard before the first event."""
    home = f"http://127.0.0.1:{empty.queryd.port}"
    context = browser.new_context(base_url=home)
    yield context.new_page()
    context.close()


def open_place(page: Page, path: str, size: tuple[int, int] = DESK) -> None:
    """Open an address and wait until its data have replaced the skeletons."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    if path == "/nowhere":
        page.goto(path)  # `visit` waits until there is something
    else:
        visit(page, path)
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".pulse")).to_have_count(0)


@pytest.mark.parametrize("name", PLACES)
def test_axe_finds_nothing_in_any_view_with_data(
    shared_page: Page, places: dict[str, str], name: str
) -> None:
    """People who read with a keyboard or a screen reader watch the same sessions."""
    open_place(shared_page, places[name])
    assert accessibility_problems(shared_page, name) == []


@pytest.mark.parametrize("name", EMPTY)
def test_axe_finds_nothing_before_the_first_event(empty_page: Page, name: str) -> None:
    """The first screen teaches; it must teach everyone."""
    open_place(empty_page, EMPTY[name])
    assert accessibility_problems(empty_page, name) == []


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.usefixtures("places")
def test_axe_finds_nothing_in_dialogs(shared_page: Page, size: tuple[int, int]) -> None:
    """The palette and the list of keys are there for those who do not use a mouse."""
    open_place(shared_page, "/", size)
    problems: list[str] = []
    for key, name in (("/", "Search and commands"), ("?", "Keys")):
        shared_page.keyboard.press(key)
        expect(shared_page.get_by_role("dialog", name=name)).to_be_visible()
        problems += accessibility_problems(shared_page, name, sizes=(size,))
        shared_page.keyboard.press("Escape")
        expect(shared_page.get_by_role("dialog")).to_have_count(0)
    assert problems == []
