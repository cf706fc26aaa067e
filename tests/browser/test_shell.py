"""Use what is around every view: keys, palette, who needs you, notifications, connection."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.made_calls import folded
from tests.browser.places import NO_SHARED_WORKER, asking
from tests.browser.visit import visit
from tests.running import Hookwatch, wait_for

FAKE_NOTIFICATION = """
window.shown = [];
window.Notification = class {
    static permission = 'default';
    static async requestPermission() { return (window.Notification.permission = 'granted'); }
    constructor(title, options) {
        Object.assign(this, { title, closed: false, ...options });
        window.shown.push(this);
    }
    close() { this.closed = true; }
};
"""


def open_palette(page: Page, keys: str = "Control+k") -> None:
    """Open the palette; what is typed before it is there is meant for the page."""
    page.keyboard.press(keys)
    expect(palette(page).get_by_role("combobox")).to_be_focused()


def connection(page: Page) -> Locator:
    """Return what the page says of its connection."""
    return page.locator("[data-connection]")


def palette(page: Page) -> Locator:
    """Return the palette."""
    return page.get_by_role("dialog", name="Search and commands")


def open_live(page: Page, path: str = "/") -> None:
    """Open a page and wait until it follows the log."""
    visit(page, path)
    expect(connection(page)).to_have_text("live")


def ask(both: Hookwatch, session: str, command: str = "make", project: str = "shop-api") -> None:
    """Let a session wait for permission."""
    for body in asking(session, command, project):
        both.ingestd.post(body)


def prompt(both: Hookwatch, session: str, text: str, project: str = "shop-api") -> None:
    """Let a session work: an ask before it is over."""
    body: dict[str, Any] = {
        "hook_event_name": "UserPromptSubmit",
        "session_id": session,
        "cwd": f"/home/dev/{project}",
        "prompt": text,
    }
    both.ingestd.post(body)


def needing(page: Page) -> Locator:
    """Return the button that says how many sessions need the reader."""
    return page.get_by_role("button", name=re.compile("needs? you$"))


@pytest.fixture(scope="module")
def worked(shared_daemons: Hookwatch) -> None:
    """Post sessions of which none needs anybody, for the tests that only read."""
    prompt(shared_daemons, "blog-session", "Fix the leap years", project="blog")
    prompt(shared_daemons, "shop-session", "Speed up the cart")
    prompt(shared_daemons, "zebra-session", "Something with zebras in it")
    ask(shared_daemons, "asked-session")
    prompt(shared_daemons, "asked-session", "no")
    folded(shared_daemons)


@pytest.mark.usefixtures("worked")
def test_two_keys_lead_to_each_view(shared_page: Page) -> None:
    """Anyone who has the page open all day goes about it without the mouse."""
    open_live(shared_page)
    views = {"ge": "/events", "gt": "/tools", "gl": "/timeline", "gh": "/health", "gs": "/"}
    for keys, path in views.items():
        for key in keys:
            shared_page.keyboard.press(key)
        expect(shared_page).to_have_url(re.compile(f"[0-9]{path}$"))
        expect(shared_page.locator("nav [aria-current=page]")).to_have_count(1)


@pytest.mark.usefixtures("worked")
def test_each_view_is_named_in_the_top_bar(shared_page: Page) -> None:
    """A second screen is read from two metres away."""
    open_live(shared_page)
    title = shared_page.locator("header [data-view-title]")
    for name in ("Sessions", "Events", "Tools", "Timeline", "Usage", "Health", "Settings"):
        shared_page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(title).to_have_text(name)
    visit(shared_page, "/sessions/blog-session")
    expect(title).to_have_text("Sessions/blog")
    title.get_by_role("link", name="Sessions").click()
    expect(shared_page).to_have_url(re.compile(r":\d+/$"))


@pytest.mark.usefixtures("worked")
def test_no_key_cap_is_cut_off(shared_page: Page) -> None:
    """`Shi` is no key."""
    open_live(shared_page)
    shared_page.keyboard.press("?")
    cap = shared_page.get_by_role("dialog", name="Keys").locator("kbd", has_text="Shift")
    expect(cap).to_be_visible()
    box = cap.bounding_box()
    frame = cap.locator("xpath=..").bounding_box()
    label = cap.locator("xpath=ancestor::div[1]").locator("dd").bounding_box()
    assert box is not None
    assert frame is not None
    assert label is not None
    last = cap.locator("xpath=../kbd[last()]").bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= frame["x"] + frame["width"] <= label["x"]
    assert cap.evaluate("it => it.scrollWidth <= it.clientWidth + 1")
    shared_page.keyboard.press("Escape")
    expect(shared_page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.usefixtures("worked")
def test_a_phone_has_everything_that_the_wide_top_bar_has(shared_page: Page) -> None:
    """The bell matters most where the page is not in sight."""
    open_live(shared_page)
    shared_page.set_viewport_size({"width": 390, "height": 844})
    more = shared_page.get_by_role("button", name="More")
    for item, seen in (
        ("Notifications", shared_page.get_by_text("Notifications are blocked")),
        ("Keys", shared_page.get_by_role("dialog", name="Keys")),
        ("Settings", shared_page.get_by_role("heading", name="Settings", exact=True)),
    ):
        more.click()
        shared_page.get_by_role("menu").get_by_text(item, exact=True).click()
        expect(seen.first).to_be_attached()
        shared_page.keyboard.press("Escape")
        expect(shared_page.get_by_role("dialog")).to_have_count(0)
    more.click()
    shared_page.get_by_role("menuitemradio", name="Dark").click()
    expect(shared_page.locator("html")).to_have_attribute("data-theme", "dark")
    shared_page.evaluate("localStorage.removeItem('hookwatch.settings')")
    shared_page.reload()


HIDDEN_SIDEWAYS = """() => [...document.querySelectorAll('header, header *, nav *, main *')]
    .filter((it) => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
    .filter((it) => /auto|scroll/.test(getComputedStyle(it).overflowX))
    .filter((it) => !it.hasAttribute('tabindex'))
    .map((it) => `${it.tagName} ${it.className}`)"""
"""What scrolls sideways without saying so: regions of tables can be focused and have a name."""


@pytest.mark.usefixtures("worked")
def test_no_toolbar_of_a_phone_scrolls_sideways(shared_page: Page) -> None:
    """A filter behind the edge of the screen does not exist."""
    open_live(shared_page)
    shared_page.set_viewport_size({"width": 390, "height": 844})
    for path, menu in (
        ("/", "Filter by state"),
        ("/events", "Filter by agent"),
        ("/tools", "Filter by mcp server"),
        ("/usage?range=all", "Filter by model"),
        ("/timeline", None),
        ("/health", None),
    ):
        visit(shared_page, path)
        expect(shared_page.locator("main .pulse")).to_have_count(0)
        assert shared_page.evaluate(HIDDEN_SIDEWAYS) == [], path
        if menu is None:
            continue
        button = shared_page.get_by_role("combobox", name=menu)
        expect(button).to_be_hidden()
        shared_page.get_by_role("button", name="Filters").click()
        expect(button).to_be_in_viewport(ratio=1)
        assert shared_page.evaluate(HIDDEN_SIDEWAYS) == [], path


@pytest.mark.usefixtures("worked")
def test_the_toolbar_of_events_is_one_line_from_1024_on(shared_page: Page) -> None:
    """Two lines of buttons push the newest event off a small screen."""
    open_live(shared_page)
    visit(shared_page, "/events")
    for width in (1024, 1280, 1440):
        shared_page.set_viewport_size({"width": width, "height": 768})
        first = shared_page.get_by_role("textbox", name="Search events").bounding_box()
        assert first is not None
        for last in (
            shared_page.get_by_role("button", name="Filter by time"),
            shared_page.get_by_role("button", name="Pause"),
        ):
            box = last.bounding_box()
            assert box is not None
            assert abs(box["y"] - first["y"]) < 4, width


@pytest.mark.usefixtures("worked")
def test_a_title_is_read_by_pointer_keyboard_and_finger(shared_page: Page) -> None:
    """The browser's own tooltip exists for a mouse only."""
    open_live(shared_page, "/events")
    tooltip = shared_page.get_by_role("tooltip")
    pause = shared_page.get_by_role("button", name="Pause")
    says = "Pause updates (P). Recording continues."
    pause.hover()
    expect(tooltip).to_have_text(says)
    # The browser would show it a second time.
    assert pause.get_attribute("title") is None
    expect(pause).to_have_accessible_description(says)
    shared_page.keyboard.press("Escape")
    expect(tooltip).to_have_count(0)
    expect(pause).to_have_attribute("title", says)
    shared_page.mouse.move(5, 300)
    shared_page.get_by_role("button", name="Live").focus()
    shared_page.keyboard.press("Tab")
    expect(pause).to_be_focused()
    expect(tooltip).to_have_text(says)
    shared_page.keyboard.press("Tab")
    expect(pause).to_have_attribute("title", says)

    touch = "type => new PointerEvent(type, { bubbles: true, pointerType: 'touch', clientX: 200 })"
    pause.evaluate(f"(it) => it.dispatchEvent(({touch})('pointerdown'))")
    expect(tooltip).to_have_text(says)
    shared_page.keyboard.press("Escape")

    visit(shared_page, "/health")
    hint = shared_page.locator("button[data-hint]").first
    explained = hint.get_attribute("title")
    hint.click()
    expect(tooltip).to_have_text(explained or "")


def test_a_title_under_a_pointer_at_rest_is_read_as_soon_as_tooltips_are_loaded(
    page: Page, both: Hookwatch
) -> None:
    """They load after the page: who points at once would have to leave and come back."""
    both.ingestd.post(asking("a-session", "make publish")[0])
    waiting: list[Route] = []
    page.route("**/tooltips-*.js", lambda route: waiting.append(route))  # noqa: PLW0108  # it gets an attribute
    with page.expect_request("**/tooltips-*.js"):
        page.goto("/events")
    page.get_by_role("button", name="Pause").hover()
    expect(page.get_by_role("tooltip")).to_have_count(0)
    waiting[0].continue_()
    expect(page.get_by_role("tooltip")).to_have_text("Pause updates (P). Recording continues.")


@pytest.mark.usefixtures("worked")
def test_each_kind_of_event_has_an_icon_of_its_own(shared_page: Page) -> None:
    """All were the first of the sprite in Chromium, which has no `mask-position-x`."""
    open_live(shared_page, "/events")
    icons = shared_page.locator("button.event-grid .icon")
    expect(icons.first).to_be_visible()
    shown = icons.evaluate_all(
        "them => them.map((it) => [it.className, getComputedStyle(it).maskPosition])"
    )
    places = dict(shown)
    assert len(places) > 1
    assert len(set(places.values())) == len(places)


@pytest.mark.usefixtures("worked")
def test_the_help_lists_the_keys_and_gives_them_back(shared_page: Page) -> None:
    """Keys no one can look up are keys no one uses."""
    open_live(shared_page)
    shared_page.keyboard.press("?")
    dialog = shared_page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_text("Go to Timeline")).to_be_visible()
    shared_page.keyboard.press("g")
    shared_page.keyboard.press("e")
    expect(shared_page).to_have_url(re.compile("/$"))
    shared_page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_button_counts_who_needs_you_and_goes_through_them(page: Page, both: Hookwatch) -> None:
    """It is what the page is open for: one look, one press."""
    open_live(page, "/events")
    expect(needing(page)).to_have_count(0)
    ask(both, "first-session")
    expect(needing(page)).to_have_text("1 needs you")
    ask(both, "second-session", project="docs")
    expect(needing(page)).to_have_text("2 need you")
    for session in ("first-session", "second-session", "first-session"):
        needing(page).click()
        expect(page).to_have_url(re.compile(f"/sessions/{session}$"))
    prompt(both, "first-session", "no, do this")
    expect(needing(page)).to_have_text("1 needs you")


def test_the_tab_carries_the_count(page: Page, both: Hookwatch) -> None:
    """The page is mostly behind other tabs."""
    icon = page.locator("link[rel=icon]")
    open_live(page)
    expect(page).to_have_title("Sessions · Hookwatch")
    expect(icon).to_have_attribute("href", "/favicon.svg")
    ask(both, "first-session")
    expect(page).to_have_title("(1) Sessions · Hookwatch")
    expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    page.goto("/sessions/first-session")
    expect(page).to_have_title("(1) shop-api firs · Hookwatch")
    prompt(both, "first-session", "no")
    expect(page).to_have_title("shop-api firs · Hookwatch")
    expect(icon).to_have_attribute("href", "/favicon.svg")


@pytest.mark.usefixtures("worked")
def test_the_palette_finds_a_session_by_what_was_asked_of_it(shared_page: Page) -> None:
    """People remember what they asked for, not an id."""
    open_live(shared_page)
    open_palette(shared_page, "/")
    shared_page.keyboard.type("leap bl")
    expect(palette(shared_page).get_by_role("option").first).to_contain_text("blog")
    shared_page.keyboard.press("Enter")
    expect(shared_page).to_have_url(re.compile("/sessions/blog-session$"))
    expect(palette(shared_page)).to_have_count(0)
    shared_page.keyboard.press("Control+k")
    expect(palette(shared_page).get_by_role("group", name="Recent")).to_contain_text("blog")
    shared_page.keyboard.press("Escape")
    expect(palette(shared_page)).to_have_count(0)


@pytest.mark.usefixtures("worked")
def test_the_palette_searches_the_events_for_anything(shared_page: Page) -> None:
    """What no list holds may still be in the log."""
    open_live(shared_page)
    open_palette(shared_page)
    shared_page.keyboard.type("zebras in")
    palette(shared_page).get_by_role("option", name=re.compile("Search events for")).click()
    expect(shared_page).to_have_url(re.compile(r"/events\?q=zebras(%20|\+)in$"))
    expect(shared_page.locator("button.event-grid", has_text="zebras")).to_be_visible()


@pytest.mark.usefixtures("worked")
def test_the_palette_leads_to_values_views_and_actions(shared_page: Page) -> None:
    """One field for everything is one thing to learn."""
    open_live(shared_page)
    for typed, pressed, address in [
        ("bash", "Bash calls and failures", r"/tools\?tool=Bash$"),
        ("type stop perm", "PermissionRequest events of this type", None),
        ("permission", "PermissionRequest events of this type", "event_type=PermissionRequest"),
        ("health", "Health", "/health$"),
    ]:
        open_palette(shared_page)
        shared_page.keyboard.type(typed)
        option = palette(shared_page).get_by_role("option", name=re.compile(f"^{pressed}"))
        if address is None:
            expect(option).to_have_count(0)
            shared_page.keyboard.press("Escape")
        else:
            option.click()
            expect(shared_page).to_have_url(re.compile(address))
        expect(palette(shared_page)).to_have_count(0)
    open_palette(shared_page)
    shared_page.keyboard.type("theme dark")
    shared_page.keyboard.press("Enter")
    expect(shared_page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_late_view_takes_no_letter_from_the_palette(page: Page, both: Hookwatch) -> None:
    """Anyone who types on while a slow page loads would otherwise search for half a word."""
    ask(both, "a-session")
    held: list[Route] = []
    script = re.compile(r"/assets/tools-view-.*\.js")
    page.route(script, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    with page.expect_request(script):
        open_live(page)
        open_palette(page)
        page.keyboard.type("bash")
        palette(page).get_by_role("option", name=re.compile("^Bash calls and failures")).click()
    expect(palette(page)).to_have_count(0)
    open_palette(page)
    page.keyboard.type("tim")
    held.pop().continue_()
    expect(
        page.get_by_role("complementary", name="Tool Bash", include_hidden=True)
    ).to_be_attached()
    page.keyboard.type("eline")
    expect(palette(page).get_by_role("combobox")).to_have_value("timeline")


@pytest.mark.usefixtures("worked")
def test_what_is_typed_is_no_key(shared_page: Page) -> None:
    """A word with g and e in it must not throw anybody off the shared_page."""
    open_live(shared_page)
    open_palette(shared_page, "/")
    shared_page.keyboard.type("ge?")
    expect(palette(shared_page).get_by_role("combobox")).to_have_value("ge?")
    expect(shared_page.get_by_role("dialog", name="Keys")).to_have_count(0)
    shared_page.keyboard.press("Escape")
    expect(palette(shared_page)).to_have_count(0)
    expect(shared_page).to_have_url(re.compile("/$"))


def test_a_notification_calls_and_leads_to_the_session(page: Page, both: Hookwatch) -> None:
    """No one looks at a dashboard while nothing happens; it has to call."""
    page.add_init_script(FAKE_NOTIFICATION)
    ask(both, "stood-before")
    open_live(page, "/events")
    expect(needing(page)).to_be_visible()
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_text("Notifications on")).to_be_visible()
    ask(both, "new-session", "git push --force", project="docs")
    page.wait_for_function("() => window.shown.length === 1")
    title, body = page.evaluate("() => [window.shown[0].title, window.shown[0].body]")
    assert title == "Bash git push --force"
    assert body == "docs needs permission\ngit push --force"
    prompt(both, "new-session", "no", project="docs")
    page.wait_for_function("() => window.shown[0].closed")
    ask(both, "new-session", "git push", project="docs")
    page.wait_for_function("() => window.shown.length === 2")
    page.evaluate("() => window.shown[1].onclick()")
    expect(page).to_have_url(re.compile("/sessions/new-session$"))


def test_nothing_calls_for_what_is_being_looked_at(page: Page, both: Hookwatch) -> None:
    """A call for what is in front of one's eyes is noise, and noise is turned off."""
    page.add_init_script(FAKE_NOTIFICATION)
    open_live(page)
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_text("Notifications on")).to_be_visible()
    page.bring_to_front()
    ask(both, "seen-session")
    expect(needing(page)).to_have_text("1 needs you")
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("/events$"))
    ask(both, "unseen-session", project="docs")
    page.wait_for_function("() => window.shown.length > 0")
    titles = page.evaluate("() => window.shown.map(({ title }) => title)")
    assert len(titles) == 1
    assert "docs needs permission" in page.evaluate("() => window.shown[0].body")


def test_a_blocked_notification_says_what_to_do(page: Page) -> None:
    """A switch that does nothing when pressed looks broken."""
    page.add_init_script(FAKE_NOTIFICATION)
    page.add_init_script("window.Notification.permission = 'denied'")
    page.add_init_script("window.Notification.requestPermission = async () => 'denied'")
    open_live(page)
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_text("Notifications are blocked")).to_be_visible()
    expect(page.get_by_text("site settings")).to_be_visible()


def test_the_connection_is_true_on_a_page_without_a_log(page: Page, both: Hookwatch) -> None:
    """A calm home page over a dead server would be the worst lie it could say."""
    open_live(page)
    # Every part of Health is loaded now; what is not cannot be fetched later.
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="Health", exact=True)).to_be_attached()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_title("Sessions · Hookwatch")
    both.queryd.kill()
    expect(connection(page)).to_contain_text("reconnecting…")
    expect(connection(page)).to_have_text("offline")
    expect(page).to_have_title("offline · Sessions · Hookwatch")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url(re.compile("/health$"))
    expect(connection(page)).to_have_text("offline")
    ask(both, "meanwhile")
    both.queryd.start()
    expect(connection(page)).to_have_text("live")
    expect(needing(page)).to_have_text("1 needs you")


def test_without_a_stream_sessions_still_come(page: Page, both: Hookwatch) -> None:
    """Some proxies hold streams back; who needs you must be known all the same."""
    page.add_init_script(NO_SHARED_WORKER)
    page.route("**/stream*", lambda route: route.abort())
    page.goto("/")
    expect(connection(page)).to_have_text("polling")
    ask(both, "a-session")
    expect(needing(page)).to_have_text("1 needs you")
    prompt(both, "a-session", "no")
    expect(needing(page)).to_have_count(0)


def streams(both: Hookwatch) -> int:
    """Return how many streams queryd serves."""
    count: int = both.queryd.ask("GET", "/api/health").json()["streams"]
    return count


def test_any_number_of_tabs_has_one_connection(page: Page, both: Hookwatch) -> None:
    """A browser allows six connections to a host: the seventh tab used to hang for ever."""
    tabs = [page, *(page.context.new_page() for _ in range(6))]
    filters = ("", "?source_app=shop-api", "?q=Publish", "?errors=1", "/../", "/../health", "")
    for tab, query in zip(tabs, filters, strict=True):
        open_live(tab, f"/events{query}")
    ask(both, "a-session")
    for tab, query in zip(tabs, filters, strict=True):
        expect(needing(tab)).to_have_text("1 needs you")
        if "errors" not in query and "/" not in query:
            expect(tab.locator("button.event-grid", has_text="Publish it")).to_be_visible()
    assert streams(both) == 1
    for tab in tabs[:-1]:
        tab.close()
    prompt(both, "a-session", "No, wait")
    expect(needing(tabs[-1])).to_have_count(0)
    assert streams(both) == 1
    tabs[-1].close()
    wait_for(lambda: streams(both) == 0)


def test_a_page_of_another_build_has_a_worker_of_its_own(page: Page, both: Hookwatch) -> None:
    """After an upgrade the worker of the tabs left open may not understand a new page."""
    open_live(page)
    updated = page.context.new_page()

    def rebuild(route: Route) -> None:
        text = re.sub(r'name="build" content="\w+"', 'name="build" content="new"', get(route))
        route.fulfill(body=text, content_type="text/html")

    def get(route: Route) -> str:
        return route.fetch().text()

    updated.route("**/events", rebuild)
    open_live(updated, "/events")
    wait_for(lambda: streams(both) == 2)
    again = page.context.new_page()
    open_live(again, "/events")
    assert streams(both) == 2
    ask(both, "a-session")
    for tab in (page, updated, again):
        expect(needing(tab)).to_have_text("1 needs you")


def test_without_shared_workers_each_tab_has_the_engine_in_its_page(
    page: Page, both: Hookwatch
) -> None:
    """Chrome on Android has none."""
    tabs = [page, page.context.new_page()]
    for tab in tabs:
        tab.add_init_script(NO_SHARED_WORKER)
        open_live(tab, "/events")
    assert streams(both) == 2
    ask(both, "a-session")
    for tab in tabs:
        expect(needing(tab)).to_have_text("1 needs you")
        expect(tab.locator("button.event-grid", has_text="Publish it")).to_be_visible()
    tabs[1].close()
    wait_for(lambda: streams(both) == 1)


def test_all_tabs_notify_once(page: Page, both: Hookwatch) -> None:
    """Five tabs that call five times teach anybody to turn them off."""
    tabs = [page, page.context.new_page(), page.context.new_page()]
    for tab in tabs:
        tab.add_init_script(FAKE_NOTIFICATION)
        tab.add_init_script("window.Notification.permission = 'granted'")
        open_live(tab, "/events")
    page.get_by_role("button", name="Notifications").click()
    expect(page.get_by_text("Notifications on")).to_be_visible()
    for tab in tabs:
        button = tab.get_by_role("button", name="Notifications")
        expect(button).to_have_attribute("aria-pressed", "true")
    ask(both, "a-session", project="docs")
    for tab in tabs:
        expect(needing(tab)).to_have_text("1 needs you")

    def shown() -> list[Any]:
        return [it for tab in tabs for it in tab.evaluate("() => window.shown")]

    assert [it["body"].splitlines()[0] for it in wait_for(shown)] == ["docs needs permission"]
    prompt(both, "a-session", "no", project="docs")
    wait_for(lambda: all(it["closed"] for it in shown()))
    assert len(shown()) == 1


@pytest.mark.usefixtures("worked")
def test_back_and_forward_go_through_the_views(shared_page: Page) -> None:
    """The address is the state: the browser's own buttons must work on it."""
    open_live(shared_page)
    for name in ("Events", "Health"):
        shared_page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(shared_page).to_have_title(f"{name} · Hookwatch")
    shared_page.go_back()
    expect(shared_page).to_have_title("Events · Hookwatch")
    shared_page.go_back()
    expect(shared_page).to_have_title("Sessions · Hookwatch")
    shared_page.go_forward()
    expect(shared_page).to_have_url(re.compile("/events$"))


def test_a_guessed_address_leads_home(page: Page) -> None:
    """`/sessions/{id}` has a parent in everybody's mind."""
    open_live(page, "/sessions")
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_an_unknown_address_says_so_and_stays_connected(page: Page) -> None:
    """An old bookmark must not look like a broken server."""
    open_live(page, "/no/such/page")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.get_by_role("link", name="Go to Sessions").click()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_the_theme_is_kept(page: Page) -> None:
    """It is chosen once, and the page must not flash in the other one."""
    open_live(page)
    page.get_by_role("button", name="Theme: System").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_view_that_throws_leaves_the_rest_standing(page: Page) -> None:
    """One bad row must not take away the only page that shows what runs."""
    broken = "export const ToolsView = () => { throw new Error('broken on purpose'); };"
    page.route(
        "**/assets/tools-view-*.js",
        lambda route: route.fulfill(body=broken, content_type="text/javascript"),
    )
    open_live(page, "/tools")
    expect(page.get_by_role("heading", name="This view crashed")).to_be_visible()
    expect(page.get_by_text("broken on purpose")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    page.get_by_role("link", name="Health").click()
    expect(page).to_have_title("Health · Hookwatch")
    expect(page.get_by_role("heading", name="This view crashed")).to_have_count(0)


def test_a_part_missing_after_an_upgrade_offers_a_reload(page: Page) -> None:
    """A page left open over an upgrade asks for files that are no more."""
    page.route("**/assets/tools-view-*.js", lambda route: route.abort())
    open_live(page, "/tools")
    expect(page.get_by_role("heading", name="This view couldn\u2019t be loaded")).to_be_visible()
    page.unroute("**/assets/tools-view-*.js")
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("heading", name="This view couldn\u2019t be loaded")).to_have_count(0)
    expect(connection(page)).to_have_text("live")
