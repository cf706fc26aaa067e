"""Hold a page as it is shown to WCAG, at a desk's and a phone's width, in both colour schemes."""

from typing import Any, Final

from playwright.sync_api import Page

from tests.running import ROOT

DESK: Final = (1440, 900)
PHONE: Final = (390, 844)
SCHEMES: Final = ("light", "dark")
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOUR_RULES: Final = ("color-contrast", "link-in-text-block")
"""All that depends on the colour scheme."""

_AXE: Final = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
_RUN: Final = """async ([type, values]) => (await axe.run(document, {
    runOnly: { type, values }, resultTypes: ['violations'],
})).violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.filter((it) => !/partially obscured/.test(it.failureSummary)).map((it) =>
        `${it.target.join(' ')}\\n        ${it.html.slice(0, 200)}\\n        ${it.failureSummary}`),
}))"""
_DRAWN: Final = """scheme => document.documentElement.dataset.theme === scheme
    && new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""


def accessibility_problems(
    page: Page, name: str = "page", *, sizes: tuple[tuple[int, int], ...] = (DESK, PHONE)
) -> list[str]:
    """Return what axe finds and where the page must be scrolled sideways, in each size and scheme.

    The page stays loaded: loading it anew for each would cost most of the time.
    """
    page.emulate_media(reduced_motion="reduce")  # axe measures the colours of a moment
    problems = []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(_DRAWN, arg=scheme)
            # Only colours differ between the schemes.
            rules = ("tag", TAGS) if scheme == SCHEMES[0] else ("rule", COLOUR_RULES)
            problems += _violations(page, f"{name}, {width} px, {scheme}", rules)
        problems += _overflow(page, f"{name}, {width} px")
    return problems


def _violations(page: Page, name: str, rules: tuple[str, tuple[str, ...]]) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE)
    found: list[dict[str, Any]] = page.evaluate(_RUN, [rules[0], list(rules[1])])
    return [
        f"{name}: {one['id']} ({one['help']})\n    " + "\n    ".join(one["nodes"])
        for one in found
        if one["nodes"]  # a row that is half under the edge of its list is no small target
    ]


def _overflow(page: Page, name: str) -> list[str]:
    excess: int = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [f"{name}: {excess} px wider than the window"] if excess > 0 else []
