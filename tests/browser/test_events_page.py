"""Use the event stream as its readers do: live, filtered, interrupted, broken."""

import json
import re
import sqlite3
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.places import NO_SHARED_WORKER
from tests.running import SAMPLES, Hookwatch, sample_bodies, wait_for

WORDS_OF_SAMPLE = "ls; sleep 0.2"


def prompt(text: str, session: str = "a-session", project: str = "shop-api") -> dict[str, Any]:
    """Return the body of a prompt."""
    return {
        "hook_event_name": "UserPromptSubmit",
        "session_id": session,
        "cwd": f"/home/dev/{project}",
        "prompt": text,
    }


def row(page: Page, text: str) -> Locator:
    """Return the rows of the log that hold a text."""
    return page.locator("button.event-grid", has_text=text)


def connection(page: Page) -> Locator:
    """Return what the page says of its connection."""
    return page.locator("[data-connection]")


def open_live(page: Page, path: str = "/events") -> None:
    """Open the page and wait until it follows the log."""
    page.goto(path)
    expect(connection(page)).to_have_text("live")


def test_a_posted_body_appears_at_once(page: Page, both: Hookwatch) -> None:
    """It is the first thing anybody tries."""
    open_live(page)
    both.ingestd.post((SAMPLES / "examples" / "PreToolUse.json").read_bytes())
    expect(row(page, WORDS_OF_SAMPLE)).to_be_visible()
    expect(page).to_have_title(re.compile("Hookwatch"))


def test_an_empty_log_teaches_how_to_send_the_first_event(page: Page, both: Hookwatch) -> None:
    """An empty page that says nothing is closed and forgotten."""
    open_live(page)
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
    expect(page.get_by_text("hookwatch demo --history 7d --open")).to_be_visible()
    both.ingestd.post(prompt("Hello"))
    expect(row(page, "Hello")).to_be_visible()
    expect(page.get_by_text("Waiting for the first event")).to_be_hidden()


def test_events_missed_while_queryd_was_away_are_filled_in(page: Page, both: Hookwatch) -> None:
    """Anyone who watches must not have to wonder what the gap held."""
    both.ingestd.post(prompt("before"))
    open_live(page)
    expect(row(page, "before")).to_be_visible()
    both.queryd.kill()
    expect(connection(page)).to_contain_text("reconnecting…")
    for number in range(7):
        both.ingestd.post(prompt(f"missed {number}"))
    both.queryd.start()
    expect(page.get_by_text("7 events filled in")).to_be_visible()
    expect(connection(page)).to_have_text("live")
    for number in range(7):
        expect(row(page, f"missed {number}")).to_have_count(1)
    both.ingestd.post(prompt("after"))
    expect(row(page, "after")).to_have_count(1)


def test_without_a_stream_the_page_polls(page: Page, both: Hookwatch) -> None:
    """Some proxies hold streams back; the page then is late, and says so, but not blind."""
    page.add_init_script(NO_SHARED_WORKER)
    page.route("**/stream*", lambda route: route.abort())
    page.goto("/events")
    expect(connection(page)).to_have_text("polling")
    both.ingestd.post(prompt("found by polling"))
    expect(row(page, "found by polling")).to_be_visible()


def test_filters_are_in_the_address_and_hold_for_past_and_live(page: Page, both: Hookwatch) -> None:
    """A view that can be reloaded, shared and gone back to is one that can be relied on."""
    both.ingestd.post(prompt("old wanted", project="shop-api"))
    both.ingestd.post(prompt("old other", project="infra"))
    open_live(page)
    page.get_by_role("combobox", name="Project").click()
    page.get_by_role("option", name="shop-api").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("source_app=.*shop-api"))
    both.ingestd.post(prompt("new other", project="infra"))
    both.ingestd.post(prompt("new wanted", project="shop-api"))
    for _ in range(2):
        expect(row(page, "old wanted")).to_be_visible()
        expect(row(page, "new wanted")).to_be_visible()
        expect(row(page, "other")).to_have_count(0)
        page.reload()
        expect(connection(page)).to_have_text("live")


def test_a_burst_arrives_whole(page: Page, both: Hookwatch) -> None:
    """What is missing in a burst is what someone scrolls back for."""
    open_live(page)
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
    lines = "\n".join(json.dumps(prompt(f"number {number}")) for number in range(3_000))
    both.ingestd.ask("POST", "/events", lines.encode(), {"Content-Type": "application/x-ndjson"})
    expect(page.get_by_text("3,000 events loaded")).to_be_visible()
    expect(row(page, "number 2999")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Newest")).to_have_count(0)


RECORD_FRAMES = """() => {
    window.stale = [];
    const look = () => {
        const isFiltered = document.querySelector('[aria-label^="Remove filter Project"]') !== null;
        const rows = [...document.querySelectorAll('button.event-grid')];
        const others = rows.filter((row) => row.textContent.includes('other')).length;
        if (isFiltered) window.stale.push(others);
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_new_filter_shows_no_row_of_the_old_one(page: Page, both: Hookwatch) -> None:
    """A row that the filter excludes, if only for a moment, makes every filter suspect."""
    for number in range(20):
        both.ingestd.post(prompt(f"other {number}", project="infra"))
    both.ingestd.post(prompt("wanted", project="shop-api"))
    open_live(page)
    expect(row(page, "other 19")).to_be_visible()
    page.evaluate(RECORD_FRAMES)
    page.get_by_role("combobox", name="Project").click()
    page.get_by_role("option", name="shop-api").click()
    page.keyboard.press("Escape")
    expect(row(page, "other")).to_have_count(0)
    expect(row(page, "wanted")).to_be_visible()
    stale = page.evaluate("() => window.stale")
    assert stale
    assert not any(stale)


def test_a_row_opens_to_its_whole_payload_and_stays_open(page: Page, both: Hookwatch) -> None:
    """Large payloads are clipped on the stream; what is opened must be all of it."""
    end = "the very end of it"
    both.ingestd.post({**prompt("large one"), "notes": "x" * 100_000 + end})
    open_live(page)
    row(page, "large one").click()
    expect(page.get_by_text("notes:")).to_be_visible()
    page.reload()
    expect(page.get_by_text("notes:")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy JSON").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert json.loads(copied)["notes"].endswith(end)


def test_every_captured_body_is_shown(page: Page, both: Hookwatch) -> None:
    """What the real client sends is what the rows are made for: none may break or vanish."""
    bodies = sample_bodies()
    answer = both.ingestd.ask(
        "POST",
        "/events",
        "\n".join(json.dumps(body) for body in bodies).encode(),
        {"Content-Type": "application/x-ndjson"},
    )
    stored = answer.json()["accepted"]
    open_live(page)
    expect(page.locator("button.event-grid").first).to_be_visible()
    page.get_by_role("button", name="Live").click()
    page.mouse.move(700, 400)

    def are_all_loaded() -> bool:
        page.mouse.wheel(0, -20_000)
        return page.get_by_text(f"{stored} events loaded").is_visible()

    wait_for(are_all_loaded)
    expect(page.get_by_text("malformed")).to_have_count(0)


HOSTILE = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "\x1b[31mred\x1b[0m and \x1b]0;title\x07",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
    "emoji 👩‍👩‍👧‍👦 and a lone \ud83d half",
    "y" * 1_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "ansi", "rtl", "emoji", "megabyte"])
def test_text_is_only_text(page: Page, both: Hookwatch, text: str) -> None:
    """Commands, outputs and files hold anything; the page must show it and do nothing of it."""
    open_live(page)
    answer = both.ingestd.post(prompt(text))
    assert answer.status == 200
    expect(page.locator("button.event-grid")).to_have_count(1)
    row(page, "Prompt").click()
    expect(page.get_by_text("prompt:", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("Hookwatch"))


def test_an_unsaved_event_is_shown_and_marked_until_it_is_saved(
    page: Page, both: Hookwatch
) -> None:
    """A full disk is just when someone looks at the page."""
    both.ingestd.post(prompt("saved"))
    open_live(page)
    holder = sqlite3.connect(both.log_path, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert both.ingestd.post(prompt("held in memory")).status == 500
        expect(row(page, "held in memory")).to_contain_text("not saved yet")
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    expect(row(page, "held in memory")).not_to_contain_text("not saved yet")
    expect(row(page, "held in memory")).to_have_count(1)


def test_the_docs_page_is_drawn_by_its_own_scripts(page: Page) -> None:
    """Its tools usually come from a CDN; ours must work with the cable pulled."""
    page.goto("/docs")
    expect(page.locator(".opblock-summary-path", has_text="/api/filters")).to_be_visible()


def call(tool: str, number: int, tool_input: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a call that starts."""
    return {
        "hook_event_name": "PreToolUse",
        "session_id": "a-session",
        "cwd": "/home/dev/shop-api",
        "tool_name": tool,
        "tool_input": tool_input,
        "tool_use_id": f"toolu_{number}",
    }


def ended(started: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the body of its end: with `error` of a failure, else with `tool_response`."""
    name = "PostToolUseFailure" if "error" in fields else "PostToolUse"
    return {**started, "hook_event_name": name, "duration_ms": 120, **fields}


def test_a_call_is_one_row_that_its_answer_completes_in_place(page: Page, both: Hookwatch) -> None:
    """Two rows a call are twice as much to read, and neither says how it went with what."""
    started = call("Bash", 1, {"command": "npm test"})
    open_live(page)
    both.ingestd.post(prompt("before"))
    both.ingestd.post(started)
    expect(row(page, "npm test")).to_contain_text("running")
    both.ingestd.post(prompt("between"))
    expect(row(page, "between")).to_have_count(1)
    key = page.locator("article", has_text="npm test").get_attribute("data-event")
    both.ingestd.post(ended(started, tool_response={"stdout": "12 passed", "stderr": ""}))
    expect(row(page, "npm test")).to_contain_text("120 ms")
    expect(row(page, "npm test")).to_have_count(1)
    expect(row(page, "npm test")).not_to_contain_text("running")
    expect(page.locator("article", has_text="npm test")).to_have_attribute("data-event", str(key))
    expect(page.locator("button.event-grid").nth(1)).to_contain_text("npm test")
    # The answer's own address opens the row that it is a part of.
    page.goto(f"/events?event={int(str(key)) + 2}")
    expect(row(page, "npm test")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("12 passed", exact=True).first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Split calls").click()
    expect(row(page, "npm test")).to_have_count(2)
    expect(page).to_have_url(re.compile("split=1"))


def test_a_search_holds_for_past_and_live_and_marks_what_it_found(
    page: Page, both: Hookwatch
) -> None:
    """What is looked for is in years of log as well as in what comes the next moment."""
    both.ingestd.post(prompt("an old heron"))
    both.ingestd.post(prompt("an old crow"))
    open_live(page)
    page.get_by_label("Search events").fill("heron")
    expect(page).to_have_url(re.compile("q=heron"))
    expect(row(page, "old heron").locator("mark")).to_have_text("heron")
    expect(row(page, "crow")).to_have_count(0)
    both.ingestd.post(prompt("a new crow"))
    both.ingestd.post(prompt("a new heron"))
    expect(row(page, "new heron")).to_be_visible()
    expect(row(page, "crow")).to_have_count(0)
    page.get_by_role("button", name="Remove filter Search").click()
    expect(row(page, "crow")).to_have_count(2)
    expect(page.get_by_label("Search events")).to_have_value("")


def test_a_search_that_cannot_be_read_says_so_at_its_field(page: Page, both: Hookwatch) -> None:
    """A query is wrong for a moment whenever a quote is typed; the page must not break over it."""
    both.ingestd.post(prompt("a heron"))
    open_live(page, "/events?q=%22her")
    expect(page.locator("#search-refused")).to_have_text("Missing closing quote at position 1")
    expect(page.get_by_label("Search events")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Search events").fill('"a heron"')
    expect(row(page, "a heron")).to_be_visible()
    expect(page.locator("#search-refused")).to_have_count(0)


def test_errors_only_leaves_what_went_wrong(page: Page, both: Hookwatch) -> None:
    """The first question after a noisy hour."""
    started = call("Bash", 1, {"command": "make all"})
    both.ingestd.post(started)
    both.ingestd.post(prompt("all is well"))
    open_live(page)
    page.get_by_role("button", name="Errors").click()
    expect(page).to_have_url(re.compile("errors=1"))
    both.ingestd.post(ended(started, error="Exit code 2\nno rule to make"))
    both.ingestd.post(prompt("still well"))
    expect(row(page, "make all")).to_have_count(1)
    expect(row(page, "well")).to_have_count(0)
    row(page, "make all").click()
    expect(page.get_by_text("Exit code 2", exact=True)).to_be_visible()
    # The half that the filter hides is fetched, and distinguished from the one that is shown.
    expect(page.get_by_text("#3 · result of #1", exact=True)).to_be_visible()


def test_a_range_of_time_is_chosen_named_and_kept_in_the_address(
    page: Page, both: Hookwatch
) -> None:
    """A link to the last hour is about the hour before it is opened, not before it was copied."""
    now = time.time_ns() // 1_000_000
    for text, hours in (("an old heron", 5), ("a new heron", 0)):
        payload = prompt(text)
        envelope = {
            "source_app": "shop-api",
            "session_id": "a-session",
            "hook_event_type": "UserPromptSubmit",
            "timestamp": now - hours * 3_600_000,
            "payload": payload,
        }
        both.ingestd.post(envelope)
    open_live(page)
    expect(row(page, "heron")).to_have_count(2)
    menu = page.get_by_role("button", name="Filter by time")
    menu.click()
    page.get_by_role("button", name="Last hour").click()
    expect(page).to_have_url(re.compile(r"/events\?range=1h$"))
    for _ in range(2):
        expect(row(page, "a new heron")).to_have_count(1)
        expect(row(page, "an old heron")).to_have_count(0)
        page.reload()
    both.ingestd.post(prompt("a next heron"))
    expect(row(page, "a next heron")).to_have_count(1)
    page.get_by_role("button", name="Remove filter Time Last hour").click()
    expect(row(page, "heron")).to_have_count(3)
    menu.click()
    dialog = page.get_by_role("dialog", name="Filter by time")
    frame = dialog.bounding_box()
    assert frame is not None
    for field in (dialog.get_by_label("From"), dialog.get_by_label("To", exact=True)):
        box = field.bounding_box()
        assert box is not None
        assert box["x"] >= frame["x"] + 8
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] - 8
    local = "ms => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString()"
    hour_ago = (now - 3_600_000) // 1000 * 1000
    dialog.get_by_label("From").fill("")
    dialog.get_by_label("To", exact=True).fill(page.evaluate(local, hour_ago)[:19])
    dialog.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(rf"/events\?until={hour_ago - 1}$"))
    expect(row(page, "heron")).to_have_text(re.compile("an old heron"))


@pytest.mark.parametrize("query", ["since=9&until=5", "since=9e15", "range=2h&errors=no&event=x"])
def test_an_impossible_address_shows_all_events(page: Page, both: Hookwatch, query: str) -> None:
    """Addresses are typed, cut off and pasted."""
    both.ingestd.post(prompt("a heron"))
    open_live(page, f"/events?{query}")
    expect(row(page, "a heron")).to_be_visible()


def test_a_row_leads_to_its_session(page: Page, both: Hookwatch) -> None:
    """From one line to the whole of it, with the pointer or the keyboard, and back."""
    both.ingestd.post(prompt("lead on"))
    open_live(page)
    page.get_by_role("link", name="Session shop-api").click()
    expect(page).to_have_url(re.compile("/sessions/a-session"))
    page.go_back()
    expect(row(page, "lead on")).to_be_visible()


TOOLS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("Bash", {"command": "ls"}, {"stdout": "\x1b[31mred.txt\x1b[0m"}, ".ansi-red"),
    (
        "Read",
        {"file_path": "/a.py"},
        {"type": "text", "file": {"content": "x = 1\n", "startLine": 7, "totalLines": 9}},
        '.line-no[data-no="7"]',
    ),
    ("Edit", {"file_path": "/a.py", "old_string": "a", "new_string": "b"}, {}, "tr.line-added"),
    ("Write", {"file_path": "/n.py", "content": "a\n"}, {"type": "create"}, "text=new file"),
    (
        "Grep",
        {"pattern": "def"},
        {"content": "a.py:1:def f()", "numLines": 1},
        "text=1 matching line",
    ),
    ("Glob", {"pattern": "*.py"}, {"filenames": ["b.py"], "numFiles": 1}, "ul >> text=b.py"),
    ("WebFetch", {"url": "https://x.example/"}, {"code": 200, "result": "**good**"}, "strong"),
    ("Agent", {"prompt": "Look"}, {"content": [{"type": "text", "text": "*seen*"}]}, "em"),
    (
        "AskUserQuestion",
        {"questions": [{"question": "Which?", "options": [{"label": "Red"}]}]},
        {"answers": {"Which?": "Red"}},
        '[aria-label="chosen"]',
    ),
    ("ExitPlanMode", {"plan": "1. *first*"}, {}, "em"),
    ("TodoWrite", {"todos": [{"content": "One", "status": "completed"}]}, {}, "text=done"),
    ("mcp__tiny__add", {"a": 2}, '{"sum": 5}', "dt >> text=sum"),
    ("Zzz", {"level": 3}, {"what": "new"}, "dt >> text=what"),
]


def test_a_call_is_drawn_as_its_tool_asks_for(page: Page, both: Hookwatch) -> None:
    """A payload as a tree answers no question at first sight."""
    for number, (tool, given, answer, _) in enumerate(TOOLS):
        started = call(tool, number, given)
        both.ingestd.post(started)
        both.ingestd.post(ended(started, tool_response=answer))
    open_live(page)
    articles = page.locator("article")
    expect(articles).to_have_count(len(TOOLS))
    expect(articles.first).to_contain_text(TOOLS[0][0])  # the oldest
    for article, (*_, seen) in zip(articles.all(), TOOLS, strict=True):
        opener = article.locator("button.event-grid")
        opener.click()
        expect(article.locator(seen).first).to_be_visible()
        opener.click()
        expect(opener).to_have_attribute("aria-expanded", "false")


def test_a_malformed_event_among_good_ones_is_skipped(page: Page, both: Hookwatch) -> None:
    """One bad row must not cost the others."""
    both.ingestd.post(prompt("good one"))
    both.ingestd.post(prompt("bad one"))
    both.ingestd.post(prompt("good two"))

    def spoil(route: Any) -> None:
        body = route.fetch().json()
        body["events"][1]["timestamp"] = "no time"
        route.fulfill(json=body)

    page.route("**/api/events?*", spoil)
    open_live(page)
    expect(row(page, "good")).to_have_count(2)
    expect(row(page, "bad")).to_have_count(0)
    expect(page.get_by_text("1 malformed event skipped")).to_be_visible()


def test_accessibility_finds_nothing(page: Page, both: Hookwatch) -> None:
    """Anyone who cannot see the colours or use a mouse watches sessions too."""
    started = call("Bash", 1, {"command": "ls"})
    both.ingestd.post(started)
    both.ingestd.post(ended(started, tool_response={"stdout": "a\nb"}))
    open_live(page, "/events?event=1&q=ls")
    expect(page.get_by_text("Command", exact=True)).to_be_visible()
    assert accessibility_problems(page) == []
