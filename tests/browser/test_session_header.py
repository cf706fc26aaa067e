"""Read the head of a session's page, resume the session, and export it."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import MINUTE, hook
from tests.browser.test_session import (
    AGENTS,
    FILES,
    HOSTILE,
    LOOP,
    ask,
    bodies_of,
    fact,
    of_session,
    open_session,
    prompt,
    send,
    session_of,
    spent,
    stop,
    tool,
)
from tests.browser.visit import visit
from tests.running import Hookwatch

COMPACT_PX = 44


@pytest.fixture(scope="module")
def captured(shared_daemons: Hookwatch) -> Hookwatch:
    """Post captured sessions and one with usage, to which no test may add."""
    for name in (LOOP, FILES, AGENTS):
        send(shared_daemons, bodies_of(name))
    spent(shared_daemons)
    return shared_daemons


@pytest.fixture
def clipboard(shared_page: Page) -> Iterator[Page]:
    """Let the shared page use the clipboard."""
    shared_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield shared_page
    shared_page.context.clear_permissions()


def copied(page: Page, expected: str | re.Pattern[str]) -> str:
    """Wait for a toast, and return what is in the clipboard then."""
    toast = page.get_by_role("status").get_by_text(expected)
    expect(toast).to_be_visible()
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    page.get_by_role("button", name="Dismiss").first.click()
    expect(toast).to_have_count(0)
    return text


def header(page: Page) -> Locator:
    return page.get_by_role("region", name="The session")


def test_the_header_says_what_the_api_says(clipboard: Page, captured: Hookwatch) -> None:
    """A figure that is not the API's is worse than none; one that is unknown is not drawn."""
    session = session_of(LOOP)
    row = ask(captured, session)["session"]
    overview = ask(captured, session, "/overview")
    open_session(clipboard, session)
    expect(fact(clipboard, "turns")).to_have_count(0)
    clipboard.get_by_role("button", name="Details").click()
    expect(clipboard).to_have_url(re.compile("details=open"))
    for name, key in {
        "id": "session_id",
        "turns": "turn_count",
        "calls": "tool_count",
        "failures": "failure_count",
        "subagents": "agent_count",
        "compactions": "compaction_count",
        "events": "event_count",
        "model": "model_name",
        "mode": "permission_mode",
        "cwd": "cwd",
    }.items():
        expect(fact(clipboard, name)).to_have_text(str(row[key]))
    for name in ("cost", "tokens", "client"):
        expect(fact(clipboard, name)).to_have_count(0)
    expect(fact(clipboard, "context")).to_contain_text(f"{row['context']['used_percent']:.0f}%")
    expect(fact(clipboard, "context")).to_contain_text("from a hook")
    expect(fact(clipboard, "state")).to_contain_text("ended")
    expect(fact(clipboard, "ended")).to_contain_text(row["end_reason"])
    heading = clipboard.get_by_role("heading", level=1)
    expect(heading).to_contain_text(row["title"])
    expect(heading).to_contain_text(row["project"])
    changes = overview["changes"]
    lines = f"+{changes['lines_added']} −{changes['lines_removed']}"
    expect(fact(clipboard, "changes")).to_have_text(f"{lines}{changes['file_count']} file")
    clipboard.get_by_role("button", name="Copy session").click()
    clipboard.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    assert clipboard.evaluate("() => navigator.clipboard.readText()") == session
    assert accessibility_problems(clipboard) == []
    fact(clipboard, "changes").click()
    expect(clipboard).to_have_url(re.compile("tab=files"))


def test_context_cost_and_tokens_are_shown_with_their_sources(
    shared_page: Page, captured: Hookwatch
) -> None:
    """They are null until reported; then they are shown with their source."""
    row = ask(captured, "s1")["session"]
    assert row["cost"]["usd"] == 5.0625
    open_session(shared_page, "s1", "?details=open")
    expect(fact(shared_page, "context")).to_contain_text("15%")
    expect(fact(shared_page, "context-source")).to_contain_text(
        re.compile("from the status line, \\d+ min ago")
    )
    expect(fact(shared_page, "cost")).to_contain_text("$5.06")
    expect(fact(shared_page, "cost")).to_contain_text("from telemetry")
    expect(fact(shared_page, "cost").locator("[data-disagrees]")).to_be_visible()
    expect(fact(shared_page, "cost").locator("[title]").first).to_have_attribute(
        "title", re.compile("differ by more than 1%: \\$9.00 by the status line")
    )
    assert sum(row["tokens"].values()) == 874_330
    expect(fact(shared_page, "tokens")).to_have_text("874 k")
    expect(fact(shared_page, "compactions")).to_have_text("2")


def test_zeros_and_unknown_figures_are_not_drawn(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Five dashes and three zeros have the weight of what is known."""
    session = send(shared_daemons, of_session("bare", [prompt("Hello"), stop("Hi.")]))
    open_session(shared_page, session, "?details=open")
    expect(fact(shared_page, "turns")).to_have_text("1")
    for name in ("calls", "failures", "subagents", "compactions", "tokens", "context", "cost"):
        expect(fact(shared_page, name)).to_have_count(0)
    for name in ("changes", "mode", "client", "ended"):
        expect(fact(shared_page, name)).to_have_count(0)
    ages = r"\b0 s\b"
    text = re.sub(ages, "", header(shared_page).inner_text())
    assert re.search(r"–|\b0\b", text) is None


def test_time_goes_on_and_the_cache_counts_down(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Whether to answer now or after lunch depends on both."""
    now = time.time_ns() // 1_000_000
    cache = {"ttl": "5m", "recache_tokens_if_cold": 27_288}
    for session, expires_at in (("warm", now // 1000 + 280), ("cold", now // 1000 - 60)):
        body = {"session_id": session, "model": {"id": "opus"}}
        status = json.dumps({**body, "prompt_cache": {**cache, "expires_at": expires_at}})
        shared_daemons.ingestd.ask("POST", "/status-line", status.encode())
        asks = {"tool_name": "Bash", "tool_input": {"command": "rm -rf build"}}
        events = [
            hook("UserPromptSubmit", now - 4 * MINUTE, session, "shop-api", prompt="Clean up"),
            hook("PermissionRequest", now - 3 * MINUTE, session, "shop-api", **asks),
        ]
        post_calls(shared_daemons, events)
    open_session(shared_page, "warm")
    expect(fact(shared_page, "context")).to_have_text(re.compile(r"^cache warm [1-4]:\d\d$"))
    expect(fact(shared_page, "time")).to_contain_text("1 min 0 s worked")
    expect(fact(shared_page, "time")).to_contain_text(re.compile(r"[3-9] min \d+ s waited for you"))
    before = fact(shared_page, "time").inner_text()
    expect(fact(shared_page, "time")).not_to_have_text(before)
    open_session(shared_page, "cold")
    expect(fact(shared_page, "context")).to_have_text("cache cold: 27 k tokens to write again")


def test_the_header_shrinks_to_one_line_when_the_user_scrolls(
    shared_page: Page, captured: Hookwatch
) -> None:
    """What is read has the window; what the session is, and its actions, stay."""
    del captured
    open_session(shared_page, session_of(LOOP), "?fold=none&details=open")
    head = header(shared_page)
    expect(fact(shared_page, "cwd")).to_be_visible()
    full = head.bounding_box()
    assert full is not None
    assert full["height"] > 2 * COMPACT_PX
    shared_page.locator("[data-scrolls]").first.hover()
    shared_page.mouse.wheel(0, -600)
    expect(head).to_have_attribute("data-compact", "true")
    box = head.bounding_box()
    assert box is not None
    assert COMPACT_PX <= box["height"] <= COMPACT_PX + 1  # and its border
    expect(shared_page.get_by_role("button", name="Export", exact=True)).to_be_visible()
    expect(fact(shared_page, "state")).to_be_visible()
    expect(fact(shared_page, "cwd")).to_have_count(0)
    shared_page.locator("[data-scrolls]").first.evaluate("list => list.scrollTo({ top: 0 })")
    expect(head).not_to_have_attribute("data-compact", "true")
    expect(fact(shared_page, "cwd")).to_be_visible()


def resumable(both: Hookwatch, session: str, folder: Path) -> Path:
    """Post a session with a transcript, and return where it is."""
    transcript = folder / "projects" / "-home-dev-shop-api" / f"{session}.jsonl"
    transcript.parent.mkdir(parents=True, exist_ok=True)
    transcript.write_text("{}\n")
    start = {**prompt(f"Resume {session}"), "transcript_path": str(transcript)}
    send(both, of_session(session, [start, stop("Done.")]))
    return transcript


COMMAND = "cd /home/dev/shop-api && claude --resume {}"


def test_a_session_is_resumed_by_button_and_keys(
    clipboard: Page, shared_daemons: Hookwatch, tmp_path: Path
) -> None:
    """The command is long, and the folder matters; a transcript that is deleted ends it."""
    transcript = resumable(shared_daemons, "resume-1", tmp_path)
    open_session(clipboard, "resume-1")
    clipboard.get_by_role("button", name="Resume", exact=True).click()
    assert copied(clipboard, "Copied resume command") == COMMAND.format("resume-1")
    clipboard.evaluate("() => navigator.clipboard.writeText('something else')")
    clipboard.keyboard.press("c")
    clipboard.keyboard.press("r")
    assert copied(clipboard, "Copied resume command") == COMMAND.format("resume-1")
    transcript.unlink()
    send(shared_daemons, of_session("resume-1", [prompt("One more", 2)]))
    expect(clipboard.get_by_role("button", name="Resume", exact=True)).to_have_count(0)
    clipboard.get_by_role("button", name="Details").click()
    expect(fact(clipboard, "resume")).to_have_text("Claude Code has deleted its transcript.")
    clipboard.keyboard.press("c")
    clipboard.keyboard.press("r")
    expect(clipboard.get_by_text(re.compile("This session can.t be resumed"))).to_be_visible()
    clipboard.get_by_role("button", name="Dismiss").click()


def test_a_session_of_another_machine_says_so(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """Its transcript is not looked for here, so it may be missing there."""
    sender = {"X-Hookwatch-Sender": json.dumps({"host": "laptop"})}
    shared_daemons.ingestd.post({**prompt("Elsewhere"), "session_id": "far"}, **sender)
    send(shared_daemons, of_session("far", [stop("Done.")]))
    open_session(shared_page, "far", "?details=open")
    expect(shared_page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    expect(fact(shared_page, "resume")).to_contain_text("It ran on laptop")


def test_a_session_is_resumed_from_the_list_and_the_palette(
    clipboard: Page, shared_daemons: Hookwatch, tmp_path: Path
) -> None:
    """The session to resume is found in a list, and seldom open already."""
    resumable(shared_daemons, "resume-2", tmp_path)
    resumable(shared_daemons, "resume-3", tmp_path).unlink()
    visit(clipboard, "/")
    row = clipboard.locator("[data-session='resume-2']")
    row.click(button="right")
    clipboard.get_by_role("menuitem", name="Resume").click()
    expect(row).to_be_focused()
    assert copied(clipboard, "Copied resume command") == COMMAND.format("resume-2")
    clipboard.evaluate("() => navigator.clipboard.writeText('something else')")
    row.focus()
    clipboard.keyboard.press("c")
    clipboard.keyboard.press("r")
    assert copied(clipboard, "Copied resume command") == COMMAND.format("resume-2")
    clipboard.locator("[data-session='resume-3']").hover()
    clipboard.get_by_role("button", name="Actions of this session").click()
    expect(clipboard.get_by_role("menuitem", name="Copy session ID")).to_be_visible()
    expect(clipboard.get_by_role("menuitem", name="Resume")).to_have_count(0)
    expect(clipboard.get_by_text("Claude Code has deleted its transcript.")).to_be_visible()
    clipboard.keyboard.press("Escape")
    expect(clipboard.get_by_role("menu")).to_have_count(0)
    clipboard.evaluate("() => navigator.clipboard.writeText('something else')")
    clipboard.keyboard.press("/")
    palette = clipboard.get_by_role("dialog", name="Search and commands")
    palette.get_by_role("combobox").fill("resume resume-2")
    clipboard.get_by_role("option", name=re.compile("^Resume ")).first.click()
    assert copied(clipboard, "Copied resume command") == COMMAND.format("resume-2")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Markdown", "markdown"), ("HTML page", "html"), ("Events", "jsonl"), ("Trace", "trace")],
)
def test_export_downloads_what_the_api_answers(
    shared_page: Page, captured: Hookwatch, name: str, kind: str
) -> None:
    """A file with a name that can be kept."""
    session = session_of(FILES)
    open_session(shared_page, session)
    shared_page.get_by_role("button", name="Export", exact=True).click()
    with shared_page.expect_download() as download:
        shared_page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()
    expect(shared_page.get_by_role("menu")).to_have_count(0)
    answer = captured.queryd.get(f"/api/sessions/{session}/export?as={kind}")
    assert f'"{download.value.suggested_filename}"' in answer.headers["content-disposition"]
    assert Path(download.value.path()).read_bytes() == answer.body


def test_a_session_and_a_turn_are_copied_as_markdown(clipboard: Page, captured: Hookwatch) -> None:
    """For an issue one turn is enough."""
    session = session_of(LOOP)
    path = f"/api/sessions/{session}/export?as=markdown"
    open_session(clipboard, session)
    clipboard.get_by_role("button", name="Export", exact=True).click()
    expect(clipboard.get_by_text("Redacted secrets stay redacted.")).to_be_visible()
    clipboard.get_by_role("menuitem", name="Copy as Markdown").click()
    assert copied(clipboard, "Copied as Markdown") == captured.queryd.get(path).body.decode()
    turn_id = ask(captured, session, "/turns")["turns"][0]["id"]
    turn = clipboard.locator(f"[data-turn='{turn_id}']")
    turn.get_by_role("button", name="Copy as Markdown").click()
    expected = captured.queryd.get(f"{path}&turn_id={turn_id}").body.decode()
    assert copied(clipboard, "Copied as Markdown") == expected


def test_an_export_that_fails_says_so(clipboard: Page, captured: Hookwatch) -> None:
    """An empty clipboard is noticed when it is pasted."""
    del captured
    open_session(clipboard, session_of(FILES))
    clipboard.route("**/export?*", lambda route: route.abort())
    clipboard.get_by_role("button", name="Export", exact=True).click()
    clipboard.get_by_role("menuitem", name="Copy as Markdown").click()
    expect(clipboard.get_by_text(re.compile("Couldn.t copy as Markdown"))).to_be_visible()
    clipboard.unroute("**/export?*")
    clipboard.get_by_role("button", name="Retry").click()
    copied(clipboard, "Copied as Markdown")


@pytest.mark.usefixtures("captured")
def test_lanes_of_subagents_have_names_and_are_collapsed_at_first(shared_page: Page) -> None:
    """Five unlabelled lanes push the page down and say nothing."""
    open_session(shared_page, session_of(AGENTS))
    lanes = shared_page.locator("[data-strip] [data-lane]")
    expect(lanes).to_have_count(1)
    shared_page.get_by_role("button", name="2 subagents").click()
    expect(lanes).to_have_count(3)
    strip = shared_page.locator("[data-strip]")
    for name in ("First helper", "Second helper"):
        expect(strip.get_by_text(name)).to_be_visible()
    expect(shared_page).to_have_url(re.compile("lanes=open"))
    for text in ("Explore", "general-purpose"):
        box = strip.get_by_label(f"Lane of subagent {text}").bounding_box()
        label = strip.get_by_text(text, exact=True).bounding_box()
        assert box is not None
        assert label is not None
        assert label["x"] + label["width"] <= box["x"], "it lies over its lane"
        middle = label["y"] + label["height"] / 2
        assert box["y"] <= middle <= box["y"] + box["height"], "it stands beside another lane"
    for width in (1440, 390):
        shared_page.set_viewport_size({"width": width, "height": 844})
        axis, *plots = strip.locator("[aria-hidden]:has(> [data-tick]), [data-lane]").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect()).map(({ x, width }) => [x, width])"
        )
        assert len(plots) == 3
        assert plots == [axis] * 3, "one time is at different places"
        first, last = (
            edge["x"] + edge["width"] / 2
            for edge in strip.get_by_role("slider").evaluate_all(
                "all => all.map((one) => one.getBoundingClientRect().toJSON())"
            )
        )
        assert [first, last - first] == axis, "the selection is not where its time is"


def test_it_fits_a_phone(shared_page: Page, captured: Hookwatch) -> None:
    """The title and what can be done are there at 390 px too."""
    del captured
    shared_page.set_viewport_size({"width": 390, "height": 844})
    open_session(shared_page, "s1", "?details=open")
    expect(shared_page.get_by_role("button", name="Export", exact=True)).to_be_in_viewport()
    expect(fact(shared_page, "cost")).to_contain_text("$5.06")
    assert shared_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(shared_page) == []


VIOLATION = """() => new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/b.png" }));
})"""


@pytest.mark.parametrize("text", HOSTILE[:3], ids=["script", "ansi", "rtl"])
def test_an_exported_page_runs_nothing_and_asks_no_one(
    reading_context: BrowserContext, shared_daemons: Hookwatch, tmp_path: Path, text: str
) -> None:
    """It is sent to others, who open it from their disk, where no header protects them."""
    hostile = f"{text}\n\n![a](http://127.0.0.1:9/a.png) </pre></details></style><base href=//x>"
    bodies: list[dict[str, Any]] = [
        {**prompt(hostile), "session_title": hostile[:5000]},
        tool("PreToolUse", "c1", hostile),
        tool("PostToolUse", "c1", hostile, tool_response={"stdout": hostile, "stderr": hostile}),
        stop(hostile),
    ]
    session = send(shared_daemons, of_session(f"page-{HOSTILE.index(text)}", bodies))
    file = tmp_path / "session.html"
    file.write_bytes(shared_daemons.queryd.get(f"/api/sessions/{session}/export?as=html").body)
    page = reading_context.new_page()
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    try:
        page.goto(file.as_uri())
        assert requests == [file.as_uri()]
        assert problems == []
        assert page.title() != "taken"
        assert page.locator("script, img, iframe, base, object, link, form").count() == 0
        page.get_by_text("Bash").click()
        expect(page.locator("details pre").first).to_be_visible()
        expect(page.get_by_role("heading", name="Answer")).to_be_visible()
        # The policy of the page holds even if markup got in.
        assert page.evaluate(VIOLATION) == "img-src"
        layout = page.locator("dl").evaluate("it => getComputedStyle(it).display")
        assert layout == "grid", "its own style is not applied"
    finally:
        page.close()
