"""Use the home page as its readers do: who needs me, what is each doing, what was before."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from connect.__main__ import parser
from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import HAIKU, compaction, request, status_line
from tests.browser.places import NO_SHARED_WORKER
from tests.running import ROOT, SAMPLES, Hookwatch, wait_for

HOUR_S = 3600
FORCE = {"command": "git push --force origin main"}


def post(both: Hookwatch, name: str, session: str, **fields: Any) -> None:
    """Post one event of a session, as of so long ago."""
    project, ago_s = fields.pop("project", "shop-api"), fields.pop("ago_s", 0)
    body = {"hook_event_name": name, "session_id": session, "cwd": f"/w/{project}", **fields}
    fired_at = round((time.time() - ago_s) * 1000)
    assert both.ingestd.post(body, **{"X-Fired-At": str(fired_at)}).status == 200


def ask(both: Hookwatch, session: str, *, ago_s: float = 0, project: str = "shop-api") -> None:
    """Let a session ask for a permission."""
    call = {"tool_name": "Bash", "tool_input": FORCE, "ago_s": ago_s, "project": project}
    post(both, "PreToolUse", session, tool_use_id=f"call of {session}", **call)
    post(both, "PermissionRequest", session, **call)


def answer(both: Hookwatch, session: str, *, project: str = "shop-api") -> None:
    """Let what was asked for run."""
    call = {"tool_name": "Bash", "tool_input": FORCE, "tool_response": {"stdout": ""}}
    post(both, "PostToolUse", session, tool_use_id=f"call of {session}", project=project, **call)


def api(both: Hookwatch, route: str) -> Any:
    """Return what the API says, with all that was posted folded into it."""
    last_id = both.ingestd.get("/health").json()["last_id"]
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] == last_id)
    return both.queryd.get(route).json()


def open_home(page: Page, path: str = "/") -> None:
    """Open the page and wait until it is live."""
    page.goto(path)
    expect(page.locator("[data-connection]")).to_have_text("live")


def row(page: Page, session: str) -> Locator:
    """Return a session's row, or card."""
    return page.locator(f'[data-session="{session}"]')


def order(page: Page) -> list[str]:
    """Return the sessions drawn, from top to bottom."""
    found: list[str] = page.locator("[data-session]").evaluate_all(
        "them => them.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
        ".map(it => it.dataset.session)"
    )
    return found


def needing(page: Page) -> list[str]:
    """Return the sessions in the group of those that need someone."""
    found: list[str] = page.locator("[data-needs]").evaluate_all(
        "them => them.map(it => it.dataset.needs)"
    )
    return found


def test_the_first_address_is_the_sessions(page: Page) -> None:
    """People type the host and the port, no more: what they want to know first is there."""
    open_home(page)
    expect(page).to_have_url(re.compile(r":\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


def test_an_empty_page_teaches_how_to_connect(page: Page, both: Hookwatch) -> None:
    """What is pasted must work as it is; the advice goes with the first session."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_home(page)
    expect(page.get_by_text("No sessions yet")).to_be_visible()
    expect(page.get_by_text(".venv/bin/hookwatch demo --history 7d --open")).to_be_visible()
    url = f"http://127.0.0.1:{both.ingestd.port}"
    expect(page.get_by_text(f"connect --statusline --telemetry --url {url}")).to_be_visible()
    page.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    connect = f"connect --statusline --telemetry --url {url}"
    assert copied == f"HOOKWATCH_DATA={both.data} .venv/bin/hookwatch {connect}"
    assert parser().parse_args(connect.split()).url == url, "the command takes it"
    post(both, "UserPromptSubmit", "first", prompt="Hello")
    expect(row(page, "first")).to_contain_text("Hello")
    expect(page.get_by_text("No sessions yet")).to_be_hidden()


def step(page: Page, name: str) -> Locator:
    """Return one of the first steps."""
    return page.locator(f'[data-step="{name}"]')


def test_the_first_steps_turn_green_as_they_are_done(
    page: Page, both: Hookwatch, tmp_path: Path
) -> None:
    """A newcomer sees that each worked, and what to do next, without reading anything else."""
    open_home(page)
    for name in ("connect", "event"):
        expect(step(page, name)).to_have_attribute("data-done", "false")
    command = step(page, "connect").locator("pre").inner_text()
    # In a terminal without the daemons' settings: the command itself has what it needs of them.
    environment = {**os.environ, "CLAUDE_CONFIG_DIR": both.environment["CLAUDE_CONFIG_DIR"]}
    subprocess.run(["sh", "-c", f"{command} --yes"], cwd=ROOT, env=environment, check=True)
    expect(step(page, "connect")).to_have_attribute("data-done", "true")
    expect(step(page, "connect")).to_have_text("Connected")
    expect(step(page, "event")).to_contain_text("Send a prompt in Claude Code")
    settings = json.loads((tmp_path / "claude" / "settings.json").read_text())
    hook = settings["hooks"]["UserPromptSubmit"][0]["hooks"][0]["command"]
    body = {"hook_event_name": "UserPromptSubmit", "session_id": "first", "prompt": "Hello"}
    subprocess.run(["sh", "-c", hook], input=json.dumps(body).encode(), check=True)
    expect(step(page, "event")).to_have_attribute("data-done", "true")
    expect(step(page, "event")).to_have_text("First event received")
    expect(row(page, "first")).to_contain_text("Hello")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Close getting started").click()
    expect(step(page, "event")).to_have_count(0)
    expect(row(page, "first")).to_be_visible()
    open_home(page)
    expect(row(page, "first")).to_be_visible()
    expect(step(page, "event")).to_have_count(0)


def test_sample_events_leave_the_first_steps_to_do(page: Page, both: Hookwatch) -> None:
    """They show how it looks, not that Claude Code is connected."""
    open_home(page)
    expect(step(page, "event")).to_be_visible()
    post(both, "UserPromptSubmit", "sample-m9x0k2p1", prompt="A sample")
    expect(row(page, "sample-m9x0k2p1")).to_be_visible()
    expect(step(page, "event")).to_have_attribute("data-done", "false")
    expect(step(page, "connect").locator("pre")).to_contain_text("connect --statusline")
    post(both, "UserPromptSubmit", "real", prompt="Hello")
    expect(step(page, "event")).to_have_attribute("data-done", "true")


def test_imported_sessions_take_the_place_of_the_first_steps(page: Page, both: Hookwatch) -> None:
    """Those of `hookwatch backfill` are old, and are shown without a reload."""
    open_home(page)
    expect(step(page, "event")).to_be_visible()
    post(both, "UserPromptSubmit", "old", prompt="Long ago", ago_s=72 * HOUR_S)
    expect(row(page, "old")).to_be_visible()
    expect(step(page, "event")).to_have_attribute("data-done", "true")


def test_each_row_says_what_the_api_says(page: Page, both: Hookwatch) -> None:
    """A figure that differs from the API's by one is one that no one can trust."""
    for number in range(5):
        post(both, "UserPromptSubmit", f"s{number}", prompt=f"Task {number}", project=f"p{number}")
        for call in range(number):
            tool = {"tool_name": "Bash", "tool_use_id": f"c{number}{call}"}
            post(both, "PreToolUse", f"s{number}", tool_input={"command": f"ls {call}"}, **tool)
    post(both, "Stop", "s0", last_assistant_message="All is well.\nMore of it.", project="p0")
    post(both, "StopFailure", "s1", error="rate_limit", project="p1")
    rows = api(both, "/api/sessions/active")["sessions"]
    assert len(rows) == 5
    page.set_viewport_size({"width": 1920, "height": 900})
    open_home(page)
    for it in rows:
        tool = it["current_tool"] or {"tool_name": "", "target": ""}
        doing = {
            "done": "“All is well.”",
            "failed": it["status_reason"],
            "working": f"{tool['tool_name']} {tool['target']}",
        }
        shown = row(page, it["session_id"])
        expect(shown.locator("[data-status]")).to_have_attribute("data-status", it["status"])
        expect(shown).to_contain_text(it["project"])
        expect(shown).to_contain_text(it["title"])
        expect(shown.locator(".at-doing")).to_have_text(doing[it["status"]])
        words = f"{it['event_count']} event{'' if it['event_count'] == 1 else 's'} in the last hour"
        expect(shown.get_by_role("img", name=words, exact=True)).to_be_visible()
        assert sum(it["activity"]) == it["event_count"]
        expect(shown.locator(".at-context")).to_have_count(0)  # empty in every row
    expect(page.get_by_text("5 active")).to_be_visible()


def bar(page: Page, session: str) -> Locator:
    """Return a session's context bar."""
    return row(page, session).locator(".at-context [data-context]")


def test_the_context_bar_moves_with_the_status_line(page: Page, both: Hookwatch) -> None:
    """It is looked at to know when to stop: a figure of a minute ago has cost a session."""
    now = round(time.time() * 1000)
    post(both, "UserPromptSubmit", "s1", prompt="Fix it")
    open_home(page)
    expect(row(page, "s1")).to_be_visible()
    expect(row(page, "s1").locator(".at-context")).to_have_count(0)
    tones = {20_000: "working", 159_000: "working", 160_000: "needs", 184_000: "failed"}
    for number, (used, tone) in enumerate(tones.items()):
        post_calls(both, [status_line(now + number, used=used, cost=0.5 * number)])
        expect(bar(page, "s1")).to_have_text(f"{used / 2000:.0f}%")
        expect(bar(page, "s1")).to_have_class(re.compile(rf"\btone-{tone}\b"))
        reported = api(both, "/api/sessions/s1")["session"]["context"]
        assert (reported["used_tokens"], reported["source"]) == (used, "status_line")
        words = rf"^{used:,} of 200,000 tokens, from the status line, as of \d\d:\d\d:\d\d\."
        expect(bar(page, "s1")).to_have_attribute("title", re.compile(words))
    expect(bar(page, "s1")).to_have_attribute("title", re.compile("about 167,000 tokens.*estimate"))
    mark = bar(page, "s1").locator("[data-compact-mark]")
    assert mark.evaluate("it => it.style.left") == "83.5%"
    expect(bar(page, "s1").locator("[data-peak]")).to_have_count(0)
    expect(row(page, "s1").locator(".at-cost")).to_have_text("$1.50")
    post_calls(both, [status_line(now + 9, used=40_000, cost=1.5)])
    expect(bar(page, "s1")).to_have_text("20%")
    expect(bar(page, "s1")).to_have_attribute("title", re.compile("Peak: 184,000"))
    expect(bar(page, "s1").locator("[data-peak]")).to_have_count(1)
    post_calls(both, [compaction(now + 20, 41_000, 9_000)])
    expect(bar(page, "s1")).to_have_attribute("title", re.compile("from the compaction"))


def test_what_claude_code_gives_its_status_line_moves_the_bar(page: Page, both: Hookwatch) -> None:
    """By the route that the tap posts to, and with bodies of the real client."""
    lines = (SAMPLES / "statusline.jsonl").read_bytes().split(b"\n")
    early, later = lines[0], lines[3]
    session = json.loads(early)["session_id"]
    open_home(page)
    assert both.ingestd.ask("POST", "/status-line", early).status == 200
    expect(row(page, session)).to_be_visible()
    expect(row(page, session).locator(".at-context")).to_have_count(0)
    assert both.ingestd.ask("POST", "/status-line", later).status == 200
    expect(bar(page, session)).to_have_text("3%")
    expect(bar(page, session)).to_have_attribute("title", re.compile("from the status line"))


def test_a_cost_names_its_source_and_marks_what_disagrees(page: Page, both: Hookwatch) -> None:
    """Two figures for one thing: who is shown only one of them trusts neither."""
    now = round(time.time() * 1000)
    post(both, "UserPromptSubmit", "s1", prompt="Fix it")
    post(both, "UserPromptSubmit", "s2", prompt="Fix it")
    events = [request(now - 9_000, cost=2.0), status_line(now - 8_000, cost=2.0)]
    events += [request(now - 7_000, cost=0.03, session="s2")]
    post_calls(both, events)
    open_home(page)
    cost = row(page, "s1").locator(".at-cost")
    expect(cost).to_contain_text("$2.00")
    sources = "^\\$2.00, from telemetry. Other sources: \\$2.00 by the status line. "
    words = sources + "Tokens: 12 in, 900 out"
    expect(cost.locator("[title]").first).to_have_attribute("title", re.compile(words))
    expect(page.locator("[data-disagrees]")).to_have_count(0)
    post_calls(both, [status_line(now, cost=2.5)])
    expect(cost.locator("[data-disagrees]")).to_be_visible()
    words = "differ by more than 1%: \\$2.50 by the status line"
    expect(cost.locator("[title]").first).to_have_attribute("title", re.compile(words))
    expect(row(page, "s2").locator(".at-cost")).to_contain_text("$0.03")
    expect(row(page, "s2").locator("[data-disagrees]")).to_have_count(0)


def test_a_subagent_has_its_own_context_and_cost(page: Page, both: Hookwatch) -> None:
    """An agent that fills up forgets what it was sent for, while its parent looks fine."""
    now = round(time.time() * 1000)
    post(both, "UserPromptSubmit", "s1", prompt="Review")
    post(both, "SubagentStart", "s1", agent_id="s1-Explore", agent_type="Explore")
    tokens = (100, 500, 40_000, 9_900)
    post_calls(both, [request(now, model=HAIKU, agent="Explore", cost=0.75, tokens=tokens)])
    open_home(page)
    agent = page.locator('[data-agent="s1-Explore"]')
    expect(agent.locator("[data-context]")).to_have_text("25%")
    expect(agent.locator("[data-context]")).to_have_attribute("title", re.compile("telemetry"))
    expect(agent.locator(".at-cost")).to_contain_text("$0.75")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Model").click()
    page.keyboard.press("Escape")
    expect(agent.locator(".at-model")).to_have_text("haiku-4-5")
    expect(row(page, "s1").locator(".at-cost")).to_contain_text("$0.75")
    expect(row(page, "s1").locator(".at-context")).to_have_text("")


def test_an_ask_is_on_top_until_it_is_answered(page: Page, both: Hookwatch) -> None:
    """It is the reason to have the page open; the longest waiting comes first."""
    post(both, "UserPromptSubmit", "other", prompt="Hi")
    open_home(page)
    expect(row(page, "other")).to_be_visible()
    expect(page.get_by_text("Needs you")).to_have_count(0)
    ask(both, "young", ago_s=48)
    ask(both, "old", ago_s=372, project="docs")
    heading = page.get_by_role("heading", name="Needs you · 2")
    expect(heading).to_be_visible()
    assert needing(page) == ["old", "young"]
    asked = page.locator('[data-needs="old"]')
    expect(asked).to_contain_text(f"Bash {FORCE['command']}")
    expect(asked).to_contain_text("docs")
    expect(asked).to_contain_text("permission")
    expect(asked).to_contain_text(re.compile(r"\b[6-9]:\d\d"))
    expect(asked).to_have_attribute("href", "/sessions/old")
    answer(both, "old", project="docs")
    expect(page.get_by_role("heading", name="Needs you · 1")).to_be_visible()
    answer(both, "young")
    expect(page.get_by_text("Needs you")).to_have_count(0)
    expect(row(page, "young").locator("[data-status]")).to_have_attribute("data-status", "working")


def test_the_asks_of_a_captured_session_come_and_go(page: Page, both: Hookwatch) -> None:
    """The client shows neither all nor in order; the page must say what the API does, each time."""
    lines = (SAMPLES / "sessions" / "46-terminal-hi.jsonl").read_text("utf-8").splitlines()
    session = json.loads(lines[0])["body"]["session_id"]
    open_home(page)
    seen = set()
    for line in lines:
        both.ingestd.post(json.loads(line)["body"])
        now = api(both, f"/api/sessions/{session}")["session"]
        status = row(page, session).locator("[data-status]")
        expect(status).to_have_attribute("data-status", now["status"])
        asks = now["status"] in {"needs_permission", "needs_input"}
        expect(page.locator("[data-needs]")).to_have_count(int(asks))
        seen.add(now["status"])
    assert {"needs_permission", "needs_input", "working", "done", "ended"} <= seen


def test_subagents_nest_and_the_finished_ones_fold(page: Page, both: Hookwatch) -> None:
    """Ten agents that are done must not push away the one that runs."""
    post(both, "UserPromptSubmit", "s", prompt="Review")
    for name in ("live", "gone"):
        post(both, "SubagentStart", "s", agent_id=name, agent_type="Explore")
    tool = {"tool_name": "Grep", "tool_use_id": "g1", "tool_input": {"pattern": "TODO"}}
    post(both, "PreToolUse", "s", agent_id="live", agent_type="Explore", **tool)
    post(both, "SubagentStop", "s", agent_id="gone", agent_type="Explore")
    open_home(page)
    expect(page.locator('[data-agent="live"]')).to_contain_text("TODO")
    expect(page.locator('[data-agent="gone"]')).to_have_count(0)
    page.get_by_role("button", name="1 done").click()
    expect(page.locator('[data-agent="gone"]')).to_be_visible()
    expect(page).to_have_url(re.compile("open=s"))
    page.reload()
    expect(page.locator('[data-agent="gone"]')).to_be_visible()
    tops = [page.locator(it).bounding_box() for it in ('[data-session="s"]', '[data-agent="live"]')]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] < tops[1]["y"]


def test_filter_sort_and_group_are_in_the_address(page: Page, both: Hookwatch) -> None:
    """A view that can be reloaded, shared and gone back to is one that can be relied on."""
    for number, project in enumerate(["b", "a", "b"]):
        asked = {"prompt": project, "project": project, "ago_s": 9 - number}
        post(both, "UserPromptSubmit", f"s{number}", **asked)
    post(both, "Stop", "s0", project="b")
    open_home(page)
    expect(page.locator("[data-session]")).to_have_count(3)
    assert order(page) == ["s2", "s1", "s0"], "who works first, the last begun on top"
    page.get_by_role("button", name="Session", exact=True).click()
    wait_for(lambda: order(page) == ["s1", "s2", "s0"])
    page.get_by_role("button", name=re.compile("^Session")).click()
    wait_for(lambda: order(page) == ["s2", "s0", "s1"])
    expect(page).to_have_url(re.compile("sort=name.*dir=desc"))
    page.get_by_role("button", name="Group by project").click()
    expect(page.get_by_role("heading", level=2)).to_have_text([re.compile("^a"), re.compile("^b")])
    wait_for(lambda: order(page) == ["s1", "s2", "s0"])
    page.get_by_role("combobox", name="Filter by state").click()
    page.get_by_role("option", name="working").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("status=working"))
    for _ in range(2):
        expect(page.locator("[data-session]")).to_have_count(2)
        assert order(page) == ["s1", "s2"]
        page.reload()
    page.get_by_role("button", name="Remove filter State working").click()
    expect(page.locator("[data-session]")).to_have_count(3)
    page.go_back()
    expect(page.locator("[data-session]")).to_have_count(2)


def test_a_mistyped_address_shows_the_page(page: Page, both: Hookwatch) -> None:
    """Addresses are shared, cut and edited by hand."""
    post(both, "UserPromptSubmit", "s", prompt="x")
    for query in ("status=nonsense&sort=%3Cb%3E&dir=up", "layout=9&group=&open="):
        open_home(page, f"/?{query}")
        expect(row(page, "s")).to_be_visible()


def test_a_filter_that_leaves_nothing_says_so(page: Page, both: Hookwatch) -> None:
    """An empty list must not look like a broken one."""
    post(both, "UserPromptSubmit", "s", prompt="x")
    open_home(page, "/?model_name=nobody")
    page.get_by_role("button", name="Clear filters").click()
    expect(row(page, "s")).to_be_visible()


def test_what_ended_stands_below_and_pages_back(page: Page, both: Hookwatch) -> None:
    """Yesterday's session is looked for too; each is listed once, in the order of the API."""
    for number in range(45):
        days = 0 if number < 25 else 2
        ago = days * 24 * HOUR_S + number * 10 + 10
        post(both, "UserPromptSubmit", f"e{number:02}", prompt="x", ago_s=ago)
        if number % 10:
            post(both, "SessionEnd", f"e{number:02}", reason="other", ago_s=ago - 5)
    rows = api(both, "/api/sessions?limit=1000")["sessions"]
    alive = {it["session_id"] for it in api(both, "/api/sessions/active")["sessions"]}
    assert len(alive) == 3
    page.set_viewport_size({"width": 1440, "height": 2600})
    open_home(page)
    expect(page.get_by_role("heading", name="Recently ended")).to_be_visible()
    expect(page.locator("[data-session]")).to_have_count(23)
    expect(page.get_by_role("heading", name="Older than a day")).to_have_count(0)
    page.get_by_role("button", name="Show older sessions").click()
    expect(page.get_by_role("heading", name="Older than a day")).to_be_visible()
    expect(page.locator("[data-session]")).to_have_count(45)
    expect(page.get_by_role("button", name="Show older sessions")).to_have_count(0)
    shown = order(page)
    assert set(shown[:3]) == alive
    assert shown[3:] == [it["session_id"] for it in rows if it["session_id"] not in alive]
    page.mouse.move(30, 500)
    post(both, "SessionEnd", "e00", reason="other")
    wait_for(lambda: order(page).index("e00") == 2)
    expect(page.locator("[data-session]")).to_have_count(45)


def test_nothing_jumps_under_the_pointer(page: Page, both: Hookwatch) -> None:
    """A click must hit what it was aimed at; new rows are announced and come after."""
    for number in range(4):
        post(both, "UserPromptSubmit", f"s{number}", prompt="x", ago_s=90 - number * 10)
    open_home(page)
    expect(page.locator("[data-session]")).to_have_count(4)
    assert order(page) == ["s3", "s2", "s1", "s0"]
    aimed = row(page, "s2")
    aimed.hover()
    before = aimed.bounding_box()
    ask(both, "s0")
    post(both, "UserPromptSubmit", "new", prompt="x")
    post(both, "SubagentStart", "s3", agent_id="a1", agent_type="Explore")
    post(both, "SessionEnd", "s1", reason="other")
    announced = page.get_by_role("main").get_by_role("button", name="1 needs you")
    expect(announced).to_be_visible()
    expect(page.locator('[data-agent="a1"]')).to_have_count(1)
    expect(row(page, "s1").locator("[data-status]")).to_have_attribute("data-status", "ended")
    assert order(page) == ["s3", "s2", "s1", "s0", "new"]
    assert aimed.bounding_box() == before
    answer(both, "s0")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    assert aimed.bounding_box() == before
    ask(both, "s0")
    expect(announced).to_be_visible()
    page.mouse.move(30, 500)
    expect(page.get_by_role("heading", name="Needs you · 1")).to_be_visible()
    expect(page.get_by_role("heading", name="Recently ended")).to_be_visible()
    wait_for(lambda: order(page) == ["s0", "new", "s3", "s2", "s1"])


def test_letting_go_by_hand_puts_all_in_order(page: Page, both: Hookwatch) -> None:
    """The pointer may rest on the list all day."""
    post(both, "UserPromptSubmit", "s", prompt="x", ago_s=9)
    open_home(page)
    row(page, "s").hover()
    post(both, "UserPromptSubmit", "new", prompt="x")
    expect(row(page, "new")).to_be_visible()
    assert order(page) == ["s", "new"]
    button = page.get_by_role("button", name="1 new")
    button.hover()
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(true)))")
    expect(button).to_be_visible()
    assert order(page) == ["s", "new"], "it waits for the press, or a row would be pressed instead"
    button.click()
    wait_for(lambda: order(page) == ["new", "s"])


def test_keys_move_open_and_clear(page: Page, both: Hookwatch) -> None:
    """Hands stay on the keyboard beside five terminals."""
    for number in range(3):
        post(both, "UserPromptSubmit", f"s{number}", prompt="x", ago_s=9 - number)
    open_home(page)
    expect(page.locator("[data-session]")).to_have_count(3)
    for key, session in [("j", "s2"), ("j", "s1"), ("ArrowDown", "s0"), ("j", "s0"), ("k", "s1")]:
        page.keyboard.press(key)
        expect(row(page, session)).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, "s1")).not_to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sessions/s2$"))


def test_a_thousand_sessions_are_scrolled_without_being_drawn(page: Page, both: Hookwatch) -> None:
    """A team's server has that many; the last one is as near as the first."""
    now = round(time.time() * 1000)
    envelopes = [
        {
            "session_id": f"s{number:04}",
            "hook_event_type": "UserPromptSubmit",
            "timestamp": now - 1000 - number,
            "source_app": f"p{number % 7}",
            "payload": {"prompt": f"Task {number}"},
        }
        for number in range(1000)
    ]
    assert both.ingestd.post(envelopes).json()["accepted"] == 1000
    open_home(page)
    expect(page.get_by_text("1000 active")).to_be_visible()
    expect(row(page, "s0000")).to_be_visible()
    assert page.locator("[data-session]").count() < 100
    listed = page.get_by_role("list", name="Sessions")
    listed.evaluate("it => it.parentElement.scrollTo(0, it.scrollHeight)")
    expect(row(page, "s0999")).to_be_visible()
    assert page.locator("[data-session]").count() < 100


def test_cards_show_the_same_sessions(page: Page, both: Hookwatch) -> None:
    """Some like a wall: it must not know less than the table."""
    for number in range(6):
        post(both, "UserPromptSubmit", f"s{number}", prompt=f"Task {number}", ago_s=9 - number)
    ask(both, "s3")
    open_home(page)
    page.get_by_role("button", name="Cards").click()
    expect(page).to_have_url(re.compile("layout=cards"))
    expect(page.locator("[data-session]")).to_have_count(6)
    expect(row(page, "s3")).to_contain_text(FORCE["command"])
    boxes = [row(page, it).bounding_box() for it in ("s5", "s4")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] == boxes[1]["y"], "they stand beside each other"
    for session in ("s3", "s5", "s4"):
        page.keyboard.press("ArrowRight")
        expect(row(page, session)).to_be_focused()


HOSTILE = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "\x1b[31mred\x1b[0m and \x1b]0;title\x07",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
    "emoji 👩‍👩‍👧‍👦 and a lone \ud83d half",
    "y" * 1_000_000,
]


@pytest.mark.parametrize("layout", ["", "?layout=cards"])
def test_text_is_only_text(page: Page, both: Hookwatch, layout: str) -> None:
    """Titles, commands and answers hold anything; the page must show it and do nothing of it."""
    for number, text in enumerate(HOSTILE):
        asked = {"tool_name": text[:90], "tool_input": {"command": text}}
        post(both, "UserPromptSubmit", f"prompted{number}", prompt=text)
        post(both, "Stop", f"answered{number}", last_assistant_message=text)
        post(both, "PermissionRequest", f"asking{number}", **asked)
        agent = {"agent_id": text[:90], "agent_type": text[:90]}
        post(both, "SubagentStart", f"prompted{number}", **agent)
    open_home(page, f"/{layout}")
    expect(page.locator("[data-session]")).to_have_count(3 * len(HOSTILE))
    expect(page).to_have_title(re.compile("Hookwatch"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("[data-session] script, [data-session] img").count() == 0


def test_a_phone_has_it_all_without_scrolling_sideways(page: Page, both: Hookwatch) -> None:
    """The ask is answered from the sofa, too: it comes first, and fits."""
    page.set_viewport_size({"width": 390, "height": 844})
    ask(both, "asking")
    prompt = "A prompt so long that no phone was ever made that could show it on a line of its own"
    post(both, "UserPromptSubmit", "s", prompt=prompt, project="a-project-of-a-rather-long-name")
    post(both, "SubagentStart", "s", agent_id="a1", agent_type="Explore")
    open_home(page)
    expect(page.locator("[data-needs]")).to_contain_text(FORCE["command"])
    expect(row(page, "s")).to_contain_text("working")
    page.get_by_role("button", name=re.compile("Show the whole request")).click()
    expect(page.locator("[data-ask] pre")).to_have_text(FORCE["command"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for found in page.locator("[data-session], [data-needs], [data-agent]").all():
        box = found.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 390
    asked, first = page.locator("[data-needs]").bounding_box(), row(page, "s").bounding_box()
    assert asked is not None
    assert first is not None
    assert asked["y"] < first["y"]


def test_a_list_that_cannot_be_loaded_says_so_and_is_tried_again(
    page: Page, both: Hookwatch
) -> None:
    """Nothing shown and nothing said would read as: no one needs you."""
    post(both, "UserPromptSubmit", "s", prompt="x")
    page.add_init_script(NO_SHARED_WORKER)
    page.route("**/api/sessions/active**", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("The sessions couldn\u2019t be loaded")).to_be_visible()
    page.unroute("**/api/sessions/active**")
    page.get_by_role("button", name="Retry").click()
    expect(row(page, "s")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?layout=cards&group=project"])
def test_axe_finds_nothing(page: Page, both: Hookwatch, path: str) -> None:
    """A person who cannot see the amber must learn of it too."""
    ask(both, "asking")
    post(both, "UserPromptSubmit", "s", prompt="x")
    post(both, "SubagentStart", "s", agent_id="a1", agent_type="Explore")
    post(both, "SubagentStart", "s", agent_id="a2", agent_type="Explore")
    post(both, "SubagentStop", "s", agent_id="a2", agent_type="Explore")
    post(both, "StopFailure", "failed", error="rate_limit")
    post(both, "SessionEnd", "over", reason="other")
    open_home(page, path)
    expect(page.locator("[data-session]")).to_have_count(4)
    assert accessibility_problems(page) == []
