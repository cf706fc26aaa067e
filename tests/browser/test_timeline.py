"""Use the timeline as its readers do: look, zoom, move, open, with hands and with keys."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.spread import HOUR_MS, post_spread
from tests.running import SAMPLES, Hookwatch, wait_for

STEMS = sorted(path.stem for path in (SAMPLES / "sessions").glob("*.jsonl"))[:12]


def lane(page: Page, key: str) -> Locator:
    """Return the drawing of a lane."""
    return page.locator(f'[data-lane="{key}"]')


def window(page: Page) -> tuple[int, int]:
    """Return the time in sight."""
    box = page.locator("[data-since]").first
    return int(box.get_attribute("data-since") or 0), int(box.get_attribute("data-until") or 0)


def asked(both: Hookwatch, query: str = "") -> Any:
    """Return the API's answer."""
    return both.queryd.get(f"/api/timeline{query}").json()


def fixed(now: int, ms: int = 2 * HOUR_MS) -> str:
    """Return the address of a window that does not follow now."""
    return f"/timeline?since={now - ms}&until={now + 60_000}"


def busy(lanes: Any) -> Any:
    """Return the lane with the most calls."""
    return max(lanes, key=lambda it: len(it["calls"]))


def envelope(session: str, kind: str, at: int, **payload: Any) -> dict[str, Any]:
    """Return one event."""
    return {
        "source_app": "live",
        "session_id": session,
        "hook_event_type": kind,
        "timestamp": at,
        "payload": payload,
    }


@pytest.fixture
def now(both: Hookwatch) -> int:
    """Post captured sessions over the last hour."""
    return post_spread(both, STEMS)


def test_blocks_and_marks_are_those_of_the_api(page: Page, both: Hookwatch, now: int) -> None:
    """A picture that leaves something out, or makes it up, is worse than a list."""
    page.goto(fixed(now))
    answer = asked(both, f"?since={now - 2 * HOUR_MS}&until={now + 60_000}")
    assert len(answer["lanes"]) == len(STEMS)
    for session in answer["lanes"]:
        keys = [(session["session_id"], session)]
        keys += [(f"{session['session_id']} {it['agent_id']}", it) for it in session["agents"]]
        for key, drawn in keys:
            shown = lane(page, key)
            expect(shown).to_have_attribute("data-blocks", str(len(drawn["spans"])))
            expect(shown).to_have_attribute("data-marks", str(len(drawn["calls"])))
    order = page.locator("[data-lane]").evaluate_all("them => them.map((it) => it.dataset.lane)")
    assert [it for it in order if " " not in it] == [it["session_id"] for it in answer["lanes"]]


def test_the_table_says_what_the_lanes_draw(page: Page, both: Hookwatch, now: int) -> None:
    """Who cannot see a picture reads the same figures."""
    page.goto(f"{fixed(now)}&as=table")
    session = busy(asked(both, f"?since={now - 2 * HOUR_MS}&until={now + 60_000}")["lanes"])
    worked = sum(it["until"] - it["since"] for it in session["spans"] if it["status"] == "working")
    cells = page.locator(f'[data-row-key="{session["session_id"]}"] td')
    expect(cells.nth(1).locator("[data-ms]")).to_have_attribute("data-ms", str(worked))
    expect(cells.nth(5)).to_have_text(str(len(session["calls"])))
    failed = sum(it["outcome"] == "failed" for it in session["calls"])
    expect(cells.nth(6)).to_have_text(str(failed))


def test_zoom_keeps_the_time_under_the_pointer_and_goes_to_the_url(page: Page, now: int) -> None:
    """Who zooms in on something must not lose it; who shares the address must share the view."""
    page.goto(fixed(now))
    box = page.locator("[data-lane]").first.bounding_box()
    assert box is not None
    since, until = window(page)
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 5)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    expect(page).not_to_have_url(re.compile(f"since={since}"))
    closer = window(page)
    under = since + (until - since) / 4
    assert closer[1] - closer[0] < until - since
    assert closer[0] + (closer[1] - closer[0]) / 4 == pytest.approx(
        under, abs=(until - since) / 500
    )
    query = parse_qs(urlparse(page.url).query)
    assert (int(query["since"][0]), int(query["until"][0])) == closer
    page.reload()
    page.wait_for_selector("[data-lane]")
    assert window(page) == closer
    page.go_back()
    expect(page.locator("[data-since]").first).to_have_attribute("data-since", str(since))


def test_a_drag_moves_the_time_and_opens_nothing(page: Page, now: int) -> None:
    """A hand that lets go above a block must not be taken elsewhere."""
    page.goto(fixed(now))
    box = page.locator("[data-lane]").nth(2).bounding_box()
    assert box is not None
    since, until = window(page)
    page.mouse.move(box["x"] + 500, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 700, box["y"] + 8, steps=5)
    page.mouse.up()
    moved = pytest.approx(since - (until - since) * 200 / box["width"], abs=(until - since) / 200)
    wait_for(lambda: window(page)[0] == moved)  # the address changes several times on the way
    assert urlparse(page.url).path == "/timeline"


def test_a_drag_selects_no_text(page: Page, now: int) -> None:
    """Blue labels after each drag look broken."""
    page.goto(fixed(now))
    box = page.locator("[data-lane]").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] - 12)  # on the axis
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=8)
    page.mouse.up()
    assert page.evaluate("() => getSelection().toString()") == ""


def test_lanes_keep_their_place_under_the_pointer(page: Page, both: Hookwatch) -> None:
    """A lane that moves away as it is aimed at opens another session."""
    at = time.time_ns() // 1_000_000
    names = ("first", "second", "third")
    for place, name in enumerate(names):
        started = at - 60_000 + place * 1000
        both.ingestd.post([envelope(name, "UserPromptSubmit", started, prompt="Go")])
    page.goto("/timeline?range=1h")
    lanes = page.locator("[data-lane]")
    expect(lanes).to_have_count(3)
    order = "them => them.map((it) => it.dataset.lane)"
    before = lanes.evaluate_all(order)
    assert before == ["third", "second", "first"]
    lane(page, "second").hover()
    both.ingestd.post([envelope("first", "UserPromptSubmit", at, prompt="Go on")])
    both.ingestd.post([envelope("new", "UserPromptSubmit", at + 1, prompt="Go")])
    expect(lane(page, "new")).to_be_visible()
    assert lanes.evaluate_all(order) == [*before, "new"]
    page.mouse.move(5, 5)
    expect(lanes.first).to_have_attribute("data-lane", "new")
    assert lanes.evaluate_all(order) == ["new", "first", "third", "second"]


def test_a_long_project_stays_in_its_column(page: Page, both: Hookwatch) -> None:
    """Two texts over each other cannot be read."""
    at = time.time_ns() // 1_000_000
    event = envelope("long", "UserPromptSubmit", at, prompt="A title that is long too " * 5)
    both.ingestd.post([{**event, "source_app": "a-project-with-a-long-name-" * 4}])
    page.goto("/timeline?range=1h&as=table")
    row = page.locator('[data-row-key="long"]')
    state = row.locator("td").first.bounding_box()
    assert state is not None
    texts = row.locator("th").locator("a, bdi, span")
    rights = texts.evaluate_all("them => them.map((it) => it.getBoundingClientRect().right)")
    assert max(rights) <= state["x"]


@pytest.mark.usefixtures("now")
def test_now_is_followed_until_one_looks_back_and_again_when_asked(page: Page) -> None:
    """It stays open all day: what happens now must come into sight by itself."""
    page.goto("/timeline?range=1h")
    expect(page.locator("[data-now]")).to_be_visible()
    first = window(page)
    expect(page.locator("[data-since]").first).not_to_have_attribute("data-since", str(first[0]))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"since="))
    expect(page.locator("[data-now]")).to_have_count(0)
    page.get_by_role("button", name="Now").click()
    expect(page).to_have_url(re.compile(r"range=1h"))
    expect(page.locator("[data-now]")).to_be_visible()
    page.get_by_role("button", name="12 h").click()
    expect(page).to_have_url(re.compile(r"range=12h"))


def test_a_range_of_ones_own_is_a_window_with_two_ends(page: Page, now: int) -> None:
    """What began yesterday at noon is looked for by its time, not by panning."""
    page.goto("/timeline")
    page.get_by_role("button", name="Custom range").click()
    dialog = page.get_by_role("dialog", name="Custom range")
    local = "ms => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString()"
    since, until = ((now - hours * HOUR_MS) // 60_000 * 60_000 for hours in (4, 2))
    dialog.get_by_label("From").fill(page.evaluate(local, since)[:16])
    dialog.get_by_label("To", exact=True).fill(page.evaluate(local, until)[:16])
    dialog.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(rf"/timeline\?since={since}&until={until - 1}$"))
    assert window(page) == (since, until - 1)
    expect(page.get_by_role("button", name="Custom range")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_what_happens_now_is_drawn_without_a_reload(page: Page, both: Hookwatch) -> None:
    """A wait for someone must be seen when it starts."""
    page.goto("/timeline")
    expect(page.get_by_role("heading", name="No sessions in this range")).to_be_visible()
    at = time.time_ns() // 1_000_000
    both.ingestd.post([envelope("new", "UserPromptSubmit", at - 60_000, prompt="Go")])
    expect(lane(page, "new")).to_have_attribute("data-blocks", "1")
    asking = {"tool_name": "Bash", "tool_input": {"command": "rm -rf build"}}
    both.ingestd.post([envelope("new", "PermissionRequest", at - 30_000, **asking)])
    expect(lane(page, "new")).to_have_attribute("data-blocks", "2")
    expect(lane(page, "new")).to_have_accessible_name(re.compile("permission"))


def test_keys_go_from_lane_to_lane_and_from_mark_to_mark(
    page: Page, both: Hookwatch, now: int
) -> None:
    """The whole timeline must be within reach without a mouse, and be read out."""
    page.goto(fixed(now))
    lanes = asked(both, f"?since={now - 2 * HOUR_MS}&until={now + 60_000}")["lanes"]
    expect(lane(page, lanes[0]["session_id"])).to_be_visible()
    page.keyboard.press("j")
    expect(lane(page, lanes[0]["session_id"])).to_be_focused()
    page.keyboard.press("j")
    expect(lane(page, lanes[1]["session_id"])).to_be_focused()
    page.keyboard.press("ArrowRight")
    said = page.locator("[aria-live=polite]", has_text="done")
    expect(said).to_have_count(1)
    page.keyboard.press("Enter")
    first = lanes[1]["spans"][0]["since"]
    expect(page).to_have_url(re.compile(rf"/sessions/{lanes[1]['session_id']}\?.*at={first}"))


def test_a_call_opens_its_event(page: Page, both: Hookwatch, now: int) -> None:
    """The mark is where one sees that something failed; the event says why."""
    page.goto(fixed(now))
    session = busy(asked(both, f"?since={now - 2 * HOUR_MS}&until={now + 60_000}")["lanes"])
    call = session["calls"][-1]
    drawn = lane(page, session["session_id"])
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box is not None
    since, until = window(page)
    x = (call["started_at"] - since) / (until - since) * box["width"]
    page.mouse.move(box["x"] + x + 1, box["y"] + 14)
    expect(page.locator("[data-tip]")).to_contain_text(call["tool_name"])
    page.mouse.click(box["x"] + x + 1, box["y"] + 14)
    expect(page).to_have_url(re.compile(rf"/events\?.*event={call['event_id']}\b"))


def test_filters_and_folded_subagents_are_in_the_url(page: Page, both: Hookwatch, now: int) -> None:
    """A view of one project, tidied up, must come back as it was."""
    page.goto(fixed(now))
    lanes = asked(both, f"?since={now - 2 * HOUR_MS}&until={now + 60_000}")["lanes"]
    parent = next(it for it in lanes if it["agents"])
    nested = lane(page, f"{parent['session_id']} {parent['agents'][0]['agent_id']}")
    expect(nested).to_be_visible()
    page.get_by_role("button", name=f"Subagents of {parent['session_id'][:4]}").click()
    expect(nested).to_have_count(0)
    page.get_by_role("combobox", name="Filter by project").click()
    page.get_by_role("option", name=parent["project"]).click()
    page.keyboard.press("Escape")
    wanted = [it["session_id"] for it in lanes if it["project"] == parent["project"]]
    expect(page.locator("[data-lane]")).to_have_count(len(wanted))
    page.reload()
    expect(page.locator("[data-lane]")).to_have_count(len(wanted))
    page.get_by_role("button", name=f"Remove filter Project {parent['project']}").click()
    expect(lane(page, lanes[-1]["session_id"])).to_have_count(1)


def test_a_failed_answer_offers_to_try_again(page: Page, now: int) -> None:
    """A daemon that restarts must not leave a blank page."""
    page.route(
        "**/api/timeline*",
        lambda it: it.fulfill(
            status=503, json={"error": {"code": "x", "message": "made anew", "field": None}}
        ),
    )
    page.goto(fixed(now))
    expect(page.get_by_text("made anew")).to_be_visible()
    page.unroute("**/api/timeline*")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("[data-lane]").first).to_be_visible()


@pytest.mark.usefixtures("now")
def test_the_strip_of_a_session_is_its_whole_life(page: Page, both: Hookwatch) -> None:
    """On a session's page it is the map; a click on it goes there."""
    session = busy(asked(both)["lanes"])["session_id"]
    life = asked(both, f"?session_id={session}")
    page.goto(f"/sessions/{session}")
    strip = page.locator("[data-strip]")
    expect(strip).to_have_attribute("data-since", str(life["since"]))
    shown = strip.locator("[data-lane]").first
    expect(shown).to_have_attribute("data-blocks", str(len(life["lanes"][0]["spans"])))
    box = shown.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    expect(page).to_have_url(re.compile(r"at=\d{13}"))


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(page: Page, now: int, width: int) -> None:
    """A phone beside the keyboard, a screen reader, either theme: the same timeline."""
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(fixed(now))
    page.wait_for_selector("[data-lane]")
    drawn = """() => { const canvas = document.querySelector('[data-lane] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((it) => it > 0); }"""
    page.wait_for_function(drawn)
    assert accessibility_problems(page, sizes=((width, 844),)) == []
