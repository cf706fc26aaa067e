"""Use the event stream as its readers do: live, filtered, interrupted, broken."""

import json
import re
import sqlite3
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.running import SAMPLES, Hookwatch, sample_bodies

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


def test_the_first_address_leads_to_the_events(page: Page) -> None:
    """People type the host and the port, no more."""
    open_live(page, "/")
    expect(page).to_have_url(re.compile(r"/events$"))


def test_an_empty_log_teaches_how_to_send_the_first_event(page: Page, both: Hookwatch) -> None:
    """An empty page that says nothing is closed and forgotten."""
    open_live(page)
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
    expect(page.get_by_text("make demo")).to_be_visible()
    both.ingestd.post(prompt("Hello"))
    expect(row(page, "Hello")).to_be_visible()
    expect(page.get_by_text("Waiting for the first event")).to_be_hidden()


def test_events_missed_while_queryd_was_away_are_filled_in(page: Page, both: Hookwatch) -> None:
    """Whoever watches must not have to wonder what the gap held."""
    both.ingestd.post(prompt("before"))
    open_live(page)
    expect(row(page, "before")).to_be_visible()
    both.queryd.kill()
    expect(connection(page)).to_contain_text("reconnecting…")
    for number in range(7):
        both.ingestd.post(prompt(f"missed {number}"))
    both.queryd.start()
    expect(page.get_by_text("7 events filled in")).to_be_visible(timeout=20_000)
    expect(connection(page)).to_have_text("live")
    for number in range(7):
        expect(row(page, f"missed {number}")).to_have_count(1)
    both.ingestd.post(prompt("after"))
    expect(row(page, "after")).to_have_count(1)


def test_without_a_stream_the_page_polls(page: Page, both: Hookwatch) -> None:
    """Some proxies hold streams back; the page then is late, and says so, but not blind."""
    page.route("**/stream*", lambda route: route.abort())
    page.goto("/events")
    expect(connection(page)).to_have_text("polling", timeout=20_000)
    both.ingestd.post(prompt("found by polling"))
    expect(row(page, "found by polling")).to_be_visible(timeout=20_000)


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
    page.get_by_role("button", name="Follow").click()
    for _ in range(40):
        page.mouse.move(700, 400)
        page.mouse.wheel(0, -20_000)
        if page.get_by_text(f"{stored} events in memory").is_visible():
            break
        page.wait_for_timeout(50)
    expect(page.get_by_text(f"{stored} events in memory")).to_be_visible()
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
    """A full disk is just when somebody looks at the page."""
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
