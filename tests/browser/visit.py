"""Show an address of the dashboard, without a load where one is not needed."""

from playwright.sync_api import Page, expect


def visit(page: Page, path: str) -> None:
    """Load the dashboard; where it is loaded, go there as its own links do, at a fraction of that.

    The view before is taken down first, so none of its state is left.
    """
    if page.url == "about:blank":
        page.goto(path)
        return
    nothing = page.get_by_role("heading", name="Page not found")
    _push(page, "/no/such/page")
    expect(nothing).to_be_visible()
    _push(page, path)
    expect(nothing).to_have_count(0)


def _push(page: Page, path: str) -> None:
    page.evaluate("path => history.pushState(null, '', path)", path)
