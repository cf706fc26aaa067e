"""Hold every view to WCAG: axe-core looks at each, in both themes, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.places import EMPTY, fill
from tests.running import ROOT, Hookwatch, hookwatch

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
pytestmark = pytest.mark.timeout(300)  # axe takes its time with fourteen views
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LOOK = """async (rules) => (await axe.run(document, {
    runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'],
})).violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, html, failureSummary }) =>
        `${target.join(' ')}\\n        ${html.slice(0, 200)}\\n        ${failureSummary}`),
}))"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hookwatch]:
    """Run both daemons before the first event: what looks at pages changes nothing."""
    with hookwatch(tmp_path_factory.mktemp("empty") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hookwatch, dict[str, str]]]:
    """Run both daemons over a full log; give the addresses of what is to see."""
    with hookwatch(tmp_path_factory.mktemp("filled") / "data") as running:
        yield running, fill(running)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return "dark" if request.param == "dark" else "light"


@pytest.fixture(params=SIZES)
def sized(
    request: pytest.FixtureRequest,
    browser: Browser,
    theme: Literal["light", "dark"],
) -> Iterator[Page]:
    """Open a window of one size and theme, which does not animate: axe measures what it sees."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def open_place(page: Page, running: Hookwatch, path: str) -> None:
    """Open an address and wait until it shows what it has, not a skeleton of it."""
    page.goto(f"http://127.0.0.1:{running.queryd.port}{path}")
    expect(page.locator("[data-connection]")).to_have_text("live")
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".pulse")).to_have_count(0)


def violations(page: Page, name: str) -> list[str]:
    """Return what axe finds, each with the elements that offend."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(LOOK, RULES)
    return [
        f"{name}: {one['id']} ({one['help']})\n    " + "\n    ".join(one["nodes"]) for one in found
    ]


def sideways(page: Page, name: str) -> list[str]:
    """Return a complaint when the page must be scrolled sideways."""
    over: int = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [f"{name}: {over} px wider than the window"] if over > 0 else []


def test_axe_finds_nothing_in_any_view_with_data(
    sized: Page, filled: tuple[Hookwatch, dict[str, str]]
) -> None:
    """Whoever reads with a keyboard or a screen reader watches the same sessions."""
    running, places = filled
    found: list[str] = []
    for name, path in places.items():
        open_place(sized, running, path)
        found += violations(sized, name) + sideways(sized, name)
    assert found == [], "\n\n".join(found)


def test_axe_finds_nothing_before_the_first_event(sized: Page, empty: Hookwatch) -> None:
    """The first screen anybody sees teaches; it must teach everybody."""
    found: list[str] = []
    for name, path in EMPTY.items():
        open_place(sized, empty, path)
        found += violations(sized, name) + sideways(sized, name)
    assert found == [], "\n\n".join(found)


def test_axe_finds_nothing_in_what_lies_over_the_page(
    sized: Page, filled: tuple[Hookwatch, dict[str, str]]
) -> None:
    """The palette and the keys are there for those who do not use a mouse."""
    open_place(sized, filled[0], "/")
    found: list[str] = []
    for key, name in (("/", "Search and commands"), ("?", "Keys")):
        sized.keyboard.press(key)
        expect(sized.get_by_role("dialog", name=name)).to_be_visible()
        found += violations(sized, name)
        sized.keyboard.press("Escape")
        expect(sized.get_by_role("dialog")).to_have_count(0)
    assert found == [], "\n\n".join(found)
