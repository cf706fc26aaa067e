"""Read one session as its page shows it: whole, live, odd, broken; each figure is the API's."""

import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import (
    HAIKU,
    MINUTE,
    OPUS,
    compaction,
    envelope,
    hook,
    request,
    status_line,
)
from tests.browser.visit import visit
from tests.running import SAMPLES, Hookwatch, wait_for

LOOP = "47-terminal-loop"
ASKS = "46-terminal-hi"
FILES = "06-print-files"
AGENTS = "08-print-agents2"
DENIED = "21-print-write_perm"
TABS = ["activity", "tools", "files", "agents", "events", "usage"]


def bodies_of(name: str) -> list[dict[str, Any]]:
    """Return the bodies of one captured session, in order."""
    lines = (SAMPLES / "sessions" / f"{name}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line)["body"] for line in lines if line]


def prompt(text: str, number: int = 1, session: str = "s1") -> dict[str, Any]:
    """Return the body of a prompt."""
    return {
        "hook_event_name": "UserPromptSubmit",
        "session_id": session,
        "cwd": "/home/dev/shop-api",
        "prompt": text,
        "prompt_id": f"p{number}",
    }


def stop(text: str, number: int = 1, session: str = "s1") -> dict[str, Any]:
    """Return the body of an answer."""
    return {
        **prompt("", number, session),
        "hook_event_name": "Stop",
        "last_assistant_message": text,
        "background_tasks": [],
    }


def tool(kind: str, use: str, command: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return the body of one half of a Bash call."""
    answer = {"tool_response": {"stdout": "", "stderr": ""}, "duration_ms": 7}
    return {
        **prompt("", number),
        "hook_event_name": kind,
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": use,
        **(answer if kind == "PostToolUse" else {}),
        **fields,
    }


def session_of(name: str) -> str:
    """Return the id of one captured session."""
    return str(bodies_of(name)[0]["session_id"])


def of_session(session: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give bodies to a session of which no other test knows."""
    return [{**body, "session_id": session} for body in bodies]


@pytest.fixture(scope="module")
def captured(shared_daemons: Hookwatch) -> Hookwatch:
    """Post the captured sessions and one with usage, to which no test may add."""
    for name in (LOOP, ASKS, FILES, AGENTS, DENIED):
        send(shared_daemons, bodies_of(name))
    spent(shared_daemons)
    return shared_daemons


def duration(ms: int | None) -> str:
    """Write a duration of less than a minute as the page does."""
    if ms is None:
        return "–"
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def ask(both: Hookwatch, session: str, part: str = "") -> Any:
    """Ask the API of a session."""
    path = "%61ctive" if session == "active" else quote(session, safe="")
    return both.queryd.get(f"/api/sessions/{path}{part}").json()


def send(both: Hookwatch, bodies: list[dict[str, Any]]) -> str:
    """Post bodies of one session, wait until the views have them, and return its id."""
    session = str(bodies[0]["session_id"])
    answer = both.ingestd.post(bodies)
    assert answer.json()["rejected"] == []
    last = json.loads(both.queryd.get("/api/events?limit=1").body)["events"]
    wait_for(lambda: both.queryd.get("/api/health").json()["views"]["folded_id"] >= last[0]["id"])
    return session


def open_session(page: Page, session: str, search: str = "") -> None:
    """Open a session's page, and wait until it is there and live."""
    visit(page, f"/sessions/{quote(session, safe='')}{search}")
    expect(page.locator("[data-fact=state]")).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_text("live")


def show_tab(page: Page, tab: str) -> None:
    """Change the tab of an open page, which costs less than a load, and wait for its data."""
    page.keyboard.press(str(TABS.index(tab) + 1))
    tabs = page.get_by_role("navigation", name="Session tabs")
    expect(tabs.locator("[aria-current=page]")).to_have_text(re.compile(f"^{tab}", re.IGNORECASE))
    expect(page.locator(".pulse")).to_have_count(0)


def fact(page: Page, name: str) -> Locator:
    """Return a fact of the header."""
    return page.locator(f"[data-fact={name}]")


def tab_link(page: Page, tab: str) -> Locator:
    """Return the link to a tab, with its count."""
    return page.get_by_role("navigation", name="Session tabs").get_by_role("link", name=tab)


STILL = """() => new Promise((done) => {
    const list = document.querySelector("[data-scrolls]");
    let last = -1;
    const look = () => (list.scrollTop === last ? done(true) : ((last = list.scrollTop),
        setTimeout(look, 100)));
    look();
})"""


def is_where(one: Locator, before: Any) -> bool:
    """Return whether an element still is where it was, to the eye."""
    after = one.bounding_box()
    assert before is not None
    assert after is not None
    return bool(abs(before["y"] - after["y"]) < 3)


def see_all(page: Page) -> None:
    """Make the window so high that all rows are drawn: others are drawn when scrolled to."""
    page.set_viewport_size({"width": 1440, "height": 12_000})


def runs_of(calls: list[dict[str, Any]]) -> str:
    """Return parameters that open every run of like calls."""
    return "".join(f"&run={it['tool_use_id']}" for it in calls)


def turn(page: Page, number: int) -> Locator:
    """Return the block of one turn."""
    return page.locator(f"[data-turn='{number}']")


def line(page: Page, use: str) -> Locator:
    """Return the line of one call."""
    return page.locator(f"[data-call='{use}'] > button")


def spent(both: Hookwatch) -> None:
    """Post a session with a subagent, of two models, that was compacted twice."""
    now = time.time_ns() // 1_000_000
    few = (10, 200, 20_000, 5_000)
    hooks = {"agent_id": "s1-Explore", "agent_type": "Explore"}
    events = [
        hook("UserPromptSubmit", now - 50 * MINUTE, "s1", "shop-api", prompt="Fix it"),
        *(request(now - n * MINUTE, cost=0.5) for n in range(20, 40, 2)),
        hook("SubagentStart", now - 19 * MINUTE, "s1", "shop-api", **hooks),
        request(now - 18 * MINUTE, model=HAIKU, agent="Explore", cost=0.0625, tokens=few),
        compaction(now - 30 * MINUTE - 5_000, 167_000, 27_000),
        compaction(now - 10 * MINUTE, 168_000, 28_000),
        status_line(now - MINUTE, used=30_000, cost=9.0),
        hook("Stop", now - 30_000, "s1", "shop-api", last_assistant_message="Done."),
    ]
    post_calls(both, events)


def test_its_cost_is_shown_by_model_and_by_agent(page: Page, both: Hookwatch) -> None:
    """The dear part of a session is often not the one that is looked at."""
    spent(both)
    open_session(page, "s1")
    page.keyboard.press("6")
    expect(page).to_have_url(re.compile(r"tab=usage$"))
    models = page.get_by_role("region", name="Cost by model, table")
    rows = both.queryd.get("/api/usage?by=model&range=all&session_id=s1").json()["rows"]
    assert {it["key"]: it["cost_usd"] for it in rows} == {OPUS: 5.0, HAIKU: 0.0625}
    expect(models.locator(f"[data-figure='{OPUS}'] .at-bar")).to_have_text("$5.00")
    expect(models.locator(f"[data-figure='{HAIKU}'] .at-bar")).to_have_text("$0.06")
    agents = page.get_by_role("region", name="Cost by agent, table")
    expect(agents.locator("[data-figure=''] .at-bar")).to_have_text("$5.00")
    agent = agents.locator("[data-figure='s1-Explore']")
    expect(agent.locator(".at-bar")).to_have_text("$0.06")
    expect(agent).to_contain_text("haiku-4-5")
    expect(agent.locator("[data-context]")).to_have_text("13%")
    post_calls(both, [request(time.time_ns() // 1_000_000, cost=1.0)])
    expect(models.locator(f"[data-figure='{OPUS}'] .at-bar")).to_have_text("$6.00")
    agent.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"tab=agents&agent=s1-Explore$"))
    page.go_back()
    models.get_by_role("link", name="opus-5-5").click()
    expect(page).to_have_url(re.compile(rf"/usage\?session_id=s1&model={OPUS}&range=all$"))


def test_compactions_are_listed_and_marked_on_the_strip(
    shared_page: Page, captured: Hookwatch
) -> None:
    """After one the model knows less: what went wrong often starts there."""
    open_session(shared_page, "s1", "?tab=usage")
    listed = shared_page.get_by_role("region", name="Compactions").get_by_role("listitem")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("auto · 167,000 → 27,000 tokens")
    expect(listed.last).to_contain_text("auto · 168,000 → 28,000 tokens")
    lane = shared_page.locator("[data-strip] [data-lane]").first
    expect(lane).to_have_attribute("data-compactions", "2")
    lane.focus()
    for _ in range(20):
        shared_page.keyboard.press("ArrowRight")
        if shared_page.locator("[data-tip]").filter(has_text="Context compacted").count():
            break
    expect(shared_page.locator("[data-tip]")).to_contain_text("auto · 167,000 → 27,000 tokens")
    shared_page.keyboard.press("Enter")
    at = ask(captured, "s1")["session"]["compactions"][0]["at"]
    expect(shared_page).to_have_url(re.compile(rf"at={at}"))


def test_what_the_status_line_does_not_report_is_unknown_and_its_records_are_counted(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A zero would read as free; a tab that counts less than it lists, as events that are lost."""
    at = time.time_ns() // 1_000_000 - 60_000
    bodies = [hook("UserPromptSubmit", at, "line", "shop", prompt="Go")]
    bodies += [
        status_line(at + 1_000 * number, session="line", cost=1.5 * number) for number in (1, 2)
    ]
    send(shared_daemons, [*bodies, hook("Stop", at + 5_000, "line", "shop")])
    open_session(shared_page, "line", "?tab=usage")
    agents = shared_page.get_by_role("region", name="Cost by agent, table")
    main = agents.locator("[data-figure='']")
    expect(main.locator(".at-bar")).to_have_text("$3.00")
    tokens = main.get_by_role("cell").filter(has_text=re.compile(r"^(–|0)$"))
    expect(tokens).to_have_text(["–"] * 4)
    expect(tab_link(shared_page, "Events")).to_have_text("Events4")
    show_tab(shared_page, "events")
    expect(shared_page.locator("[data-event]")).to_have_count(4)


@pytest.mark.usefixtures("captured")
def test_a_session_without_usage_explains_how_to_report_it(shared_page: Page) -> None:
    """An empty tab would read as: it was free."""
    session = session_of(FILES)
    open_session(shared_page, session, "?tab=usage")
    expect(shared_page.get_by_text("hookwatch connect --statusline --telemetry")).to_be_visible()


@pytest.mark.parametrize("name", [LOOP, ASKS, DENIED, AGENTS])
def test_turns_calls_and_answers_are_the_apis(
    shared_page: Page, captured: Hookwatch, name: str
) -> None:
    """It is what people come for: what happened, in order, nothing missing, nothing twice."""
    session = session_of(name)
    turns = ask(captured, session, "/turns")["turns"][::-1]
    calls = ask(captured, session, "/calls?limit=1000")["calls"]
    see_all(shared_page)
    open_session(shared_page, session, f"?fold=none{runs_of(calls)}")
    blocks = shared_page.locator("[data-turn]")
    expect(blocks).to_have_count(len(turns))
    assert blocks.evaluate_all("all => all.map((one) => +one.dataset.turn)") == [
        it["id"] for it in turns
    ]
    for it in turns:
        block = turn(shared_page, it["id"])
        block.scroll_into_view_if_needed()
        expect(block.locator("h2 [data-outcome]")).to_have_attribute("data-outcome", it["outcome"])
        if it["answer"] and it["outcome"] == "done":
            answer = block.get_by_role("group", name="Answer")
            expect(answer).to_contain_text(it["answer"][:20].strip())
        mine = [call for call in calls if call["prompt_id"] == it["prompt_id"]]
        assert len(mine) == it["tool_count"]
        expect(block.locator("[data-call]")).to_have_count(len(mine))
        for call in mine:
            row = block.locator(f"[data-call='{call['tool_use_id']}']")
            expect(row.locator("button [data-outcome]")).to_have_attribute(
                "data-outcome", call["outcome"]
            )
            expect(row).to_contain_text((call["target"] or "").split("\n")[0][:40])


def test_a_subagents_calls_stand_under_the_call_that_launched_it(
    shared_page: Page, captured: Hookwatch
) -> None:
    """Three agents at work would else be one heap of calls."""
    session = session_of(AGENTS)
    agents = ask(captured, session, "/agents")["agents"]
    calls = ask(captured, session, "/calls")["calls"]
    see_all(shared_page)
    open_session(shared_page, session, f"?fold=none{runs_of(calls)}")
    rows = shared_page.locator("[data-turn] :is([data-call], [data-agent])")
    expect(rows).to_have_count(len(agents) + len(calls))
    shown = rows.evaluate_all(
        "all => all.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)"
        ".map((one) => [one.dataset.call ?? one.dataset.agent, +one.dataset.depth])"
    )
    names = [name for name, _ in shown]
    for agent in agents:
        head = names.index(agent["agent_id"])
        assert shown[head][1] == 1
        mine = sorted(it["id"] for it in calls if it["agent_id"] == agent["agent_id"])
        below = {it["tool_use_id"]: it["id"] for it in calls}
        group = shown[head + 1 : head + 1 + len(mine)]
        assert [below[name] for name, _ in group] == mine
        assert {depth for _, depth in group} == {1}
        expect(shared_page.locator(f"[data-agent='{agent['agent_id']}']")).to_contain_text(
            agent["agent_type"]
        )
        before = [name for name in names[:head] if name in below]
        launched = [it for it in before if shown[names.index(it)][1] == 0]
        assert launched[-1] == agent["tool_use_id"]


def test_an_open_call_is_in_the_address(shared_page: Page, captured: Hookwatch) -> None:
    """Reload, back and a link sent to a colleague must show the same."""
    session = session_of(LOOP)
    first = ask(captured, session, "/turns")["turns"][-1]
    use = ask(captured, session, "/calls?limit=1000")["calls"][-1]["tool_use_id"]
    open_session(shared_page, session)
    expect(line(shared_page, use)).to_have_count(0)
    turn(shared_page, first["id"]).locator("h2 button").click()
    turn(shared_page, first["id"]).locator("[data-run] > button").click()
    line(shared_page, use).click()
    opened = shared_page.locator(f"[data-call='{use}']")
    for _ in range(2):
        expect(opened).to_contain_text("echo 1; sleep 0.1")
        expect(opened.get_by_role("link", name=re.compile("^event"))).to_have_count(2)
        expect(line(shared_page, use)).to_have_attribute("aria-expanded", "true")
        expect(opened).to_be_in_viewport()
        expect(shared_page).to_have_url(re.compile(f"call={use}"))
        shared_page.reload()
    shared_page.go_back()
    expect(line(shared_page, use)).to_have_attribute("aria-expanded", "false")
    shared_page.go_back()
    expect(line(shared_page, use)).to_have_count(0)


def test_all_turns_fold_and_unfold(shared_page: Page, captured: Hookwatch) -> None:
    """A long session is read by its headings first."""
    session = session_of(LOOP)
    see_all(shared_page)
    open_session(shared_page, session)
    heads = shared_page.locator("[data-turn] h2 button")
    count = len(ask(captured, session, "/turns")["turns"])
    shared_page.get_by_role("button", name="Expand all").click()
    expect(shared_page.locator("[data-turn] h2 button[aria-expanded=true]")).to_have_count(count)
    shared_page.get_by_role("button", name="Collapse all", exact=True).click()
    expect(shared_page.locator("[data-turn] h2 button[aria-expanded=false]")).to_have_count(count)
    heads.first.click()
    shared_page.reload()
    expect(shared_page.locator("[data-turn] h2 button[aria-expanded=true]")).to_have_count(1)


def test_an_open_ask_is_unmistakable(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """It is the one thing that must not be missed."""
    bodies = bodies_of(ASKS)
    at = next(i for i, it in enumerate(bodies) if it["hook_event_name"] == "PermissionRequest")
    session = send(shared_daemons, of_session("asking", bodies[: at + 1]))
    open_session(shared_page, session)
    banner = fact(shared_page, "ask")
    requested = bodies[at]["tool_input"]
    expect(banner).to_contain_text("Permission")
    expect(banner.locator("[data-ask] header")).to_contain_text(requested["description"])
    expect(banner.locator("pre")).to_have_text(requested["command"])
    expect(banner).to_contain_text("Suggested rules")
    expect(shared_page.get_by_text("Waiting for you")).to_be_visible()
    rest = bodies[at + 1 :]
    end = next(i for i, it in enumerate(rest) if it["hook_event_name"] in {"Stop", "PostToolUse"})
    send(shared_daemons, of_session("asking", rest[: end + 1]))
    expect(banner).to_have_count(0)
    (ended,) = [it for it in ask(shared_daemons, session)["session"]["asks"] if it["ended_at"]]
    card = shared_page.locator(f'[data-ask="{ended["event_id"]}"]')
    expect(card).to_contain_text(requested["description"])
    expect(card).to_contain_text(re.compile("Allowed after|Expired", re.IGNORECASE))
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)


def test_a_long_list_leaves_an_ask_its_room(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """A command of which one sees the title alone cannot be judged."""
    calls = [
        tool(half, f"c{n}", f"make step-{n}", tool_name=("Bash", "PowerShell")[n % 2])
        for n in range(60)
        for half in ("PreToolUse", "PostToolUse")
    ]
    push = {"command": "git push --force origin main", "description": "Push the release"}
    asking = {"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": push}
    session = send(
        shared_daemons,
        of_session("long-asking", [prompt("Release it"), *calls, {**prompt(""), **asking}]),
    )
    banner = fact(shared_page, "ask")
    rows = shared_page.locator("[data-scrolls]")
    last = shared_page.locator("[data-call]").last
    for width, height in ((1440, 900), (390, 844)):
        shared_page.set_viewport_size({"width": width, "height": height})
        open_session(shared_page, session)
        expect(banner.locator("pre")).to_have_text(push["command"])
        expect(last).to_be_in_viewport()
        assert banner.evaluate("it => it.scrollHeight <= it.clientHeight"), f"cut at {width} px"
        assert rows.evaluate("it => it.clientHeight") > 60, f"no list at {width} px"
    # Scrolled, the header is one line, in which the title is what counts.
    rows.hover()
    shared_page.mouse.wheel(0, -900)
    head = shared_page.get_by_role("region", name="The session")
    expect(head).to_have_attribute("data-compact", "true")
    title = head.get_by_role("heading", level=1).bounding_box()
    assert title is not None
    assert title["width"] > 60
    expect(head.get_by_label("needs permission")).to_be_visible()


def test_the_page_goes_on_as_the_session_does(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """Anyone who watches must not have to reload; anyone who is at the end stays there."""
    bodies = bodies_of(ASKS)
    half = len(bodies) // 2
    session = send(shared_daemons, of_session("live", bodies[:half]))
    open_session(shared_page, session)
    shown = shared_page.locator("[data-turn]")
    expect(shown).to_have_count(len(ask(shared_daemons, session, "/turns")["turns"]))
    send(shared_daemons, of_session("live", bodies[half:]))
    turns = ask(shared_daemons, session, "/turns")["turns"]
    expect(shown).to_have_count(len(turns))
    shared_page.get_by_role("button", name="Details").click()
    expect(fact(shared_page, "events")).to_have_text(
        str(ask(shared_daemons, session)["session"]["event_count"])
    )
    expect(turn(shared_page, turns[0]["id"])).to_be_in_viewport()
    last = turn(shared_page, turns[0]["id"]).locator("h2 [data-outcome]")
    expect(last).to_have_attribute("data-outcome", turns[0]["outcome"])


def test_a_call_completes_before_ones_eyes(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """A row that says running after it is over makes people wait for nothing."""
    session = send(
        shared_daemons,
        of_session("completing", [prompt("Go"), tool("PreToolUse", "c1", "make all")]),
    )
    open_session(shared_page, session)
    outcome = line(shared_page, "c1").locator("[data-outcome]")
    expect(outcome).to_have_attribute("data-outcome", "running")
    expect(fact(shared_page, "doing")).to_contain_text("make all")
    send(
        shared_daemons,
        of_session(
            "completing",
            [tool("PostToolUse", "c1", "make all"), tool("PreToolUse", "c2", "make test")],
        ),
    )
    expect(outcome).to_have_attribute("data-outcome", "succeeded")
    expect(line(shared_page, "c2").locator("[data-outcome]")).to_have_attribute(
        "data-outcome", "running"
    )
    send(
        shared_daemons,
        of_session(
            "completing", [tool("PostToolUse", "c2", "make test"), stop("All **done** now.")]
        ),
    )
    expect(shared_page.get_by_role("group", name="Answer")).to_contain_text("now.")


def test_nothing_moves_for_who_reads_further_up(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A page that jumps under its reader is closed."""
    bodies = [it for n in range(1, 61) for it in (prompt(f"ask {n}", n), stop("Yes.", n))]
    session = send(shared_daemons, of_session("reading", bodies))
    open_session(shared_page, session)
    expect(shared_page.get_by_text("ask 60")).to_be_in_viewport()
    place = shared_page.locator("[data-scrolls]")
    place.hover()
    shared_page.mouse.wheel(0, -900)
    expect(shared_page.get_by_role("button", name="Newest")).to_be_visible()
    shared_page.wait_for_function(STILL)
    head = shared_page.get_by_text("ask 45")
    expect(head).to_be_in_viewport()
    before = head.bounding_box()
    send(
        shared_daemons,
        of_session(
            "reading",
            [it for n in range(61, 71) for it in (prompt(f"ask {n}", n), stop("Yes.", n))],
        ),
    )
    expect(tab_link(shared_page, "Activity")).to_have_text("Activity70")
    assert is_where(head, before)
    shared_page.get_by_role("button", name="Newest").click()
    expect(shared_page.get_by_text("ask 70")).to_be_in_viewport()


def test_older_turns_load_when_they_are_scrolled_to_and_move_nothing(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A session of a week has hundreds of turns; reading upwards must not lose the place."""
    bodies = [it for n in range(1, 131) for it in (prompt(f"ask {n}.", n), stop("Yes.", n))]
    session = send(shared_daemons, of_session("older", bodies))
    open_session(shared_page, session)
    expect(shared_page.get_by_text("ask 130.")).to_be_in_viewport()
    place = shared_page.locator("[data-scrolls]")
    high = place.evaluate("list => list.scrollHeight")
    place.hover()
    held: list[Route] = []
    older = re.compile("/turns.*cursor=")

    def hold(route: Route) -> None:
        held.append(route)

    shared_page.route(older, hold)

    def is_at_top() -> bool:
        shared_page.mouse.wheel(0, -20_000)
        # Rows drawn on the way are measured, and what is seen then stays where it is: that may
        # lead away from the top again.
        shared_page.wait_for_function(STILL)
        return bool(place.evaluate("list => list.scrollTop === 0")) and bool(held)

    wait_for(is_at_top)
    expect(shared_page.get_by_text("ask 83.")).to_be_in_viewport()
    for route in held:
        route.continue_()
    shared_page.unroute(older)
    shared_page.wait_for_function(
        "high => document.querySelector('[data-scrolls]').scrollHeight > high * 1.5", arg=high
    )
    expect(shared_page.get_by_text("ask 83.")).to_be_in_viewport()
    oldest = ask(shared_daemons, session, "/turns?limit=1000")["turns"][-1]
    open_session(shared_page, session, f"?turn={oldest['id']}")
    expect(turn(shared_page, oldest["id"])).to_be_in_viewport()


def test_calls_without_a_prompt_belong_to_the_turn_they_started_in(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Older clients and other senders name no prompt for a call."""
    bodies = [
        tool("PreToolUse", "c0", "before"),
        prompt("first"),
        tool("PreToolUse", "c1", "one"),
        tool("PostToolUse", "c1", "one"),
        prompt("second", 2),
        tool("PreToolUse", "c2", "two", 2),
    ]
    for body in bodies:
        del body["prompt_id"]
    session = send(shared_daemons, of_session("promptless", bodies))
    turns = ask(shared_daemons, session, "/turns")["turns"][::-1]
    open_session(shared_page, session, "?fold=none")
    for it, use in zip(turns, ["c1", "c2"], strict=True):
        expect(turn(shared_page, it["id"]).locator("[data-call]")).to_have_count(1)
        expect(turn(shared_page, it["id"]).locator(f"[data-call={use}]")).to_have_count(1)
    expect(shared_page.get_by_text("Before the first prompt")).to_be_visible()
    expect(shared_page.locator("[data-call=c0]")).to_have_count(1)


def test_a_moment_in_the_address_leads_to_its_turn_and_its_event(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A click on the strip asks "what was there?"."""
    bodies = of_session("timed", bodies_of(LOOP))
    start = time.time_ns() // 1_000_000 - len(bodies) * 1_000
    session = "timed"
    post_calls(
        shared_daemons,
        [
            envelope(it["hook_event_name"], start + n * 1_000, it, session_id=session)
            for n, it in enumerate(bodies)
        ],
    )
    it = ask(shared_daemons, session, "/turns")["turns"][-2]
    call = next(
        one
        for one in ask(shared_daemons, session, "/calls?limit=1000")["calls"]
        if one["prompt_id"] == it["prompt_id"]
    )
    open_session(shared_page, session, f"?at={call['started_at']}")
    expect(turn(shared_page, it["id"]).locator("h2 button")).to_have_attribute(
        "aria-expanded", "true"
    )
    expect(line(shared_page, call["tool_use_id"])).to_be_in_viewport()
    open_session(shared_page, session, f"?tab=events&at={call['started_at']}")
    expect(shared_page).to_have_url(re.compile(r"event=\d+"))
    expect(shared_page.locator("button.event-grid[aria-expanded=true]")).to_be_in_viewport()


def test_the_tools_table_says_what_the_api_says(shared_page: Page, captured: Hookwatch) -> None:
    """Which tool fails, which is slow: in this session alone."""
    session = session_of(LOOP)
    row = ask(captured, session)["session"]
    tools = captured.queryd.get(
        f"/api/tools/stats?session_id={session}&since={row['first_event_at']}"
        f"&until={row['last_event_at'] + 1}"
    ).json()["tools"]
    open_session(shared_page, session, "?tab=tools")
    expect(shared_page.locator("tr[data-tool]")).to_have_count(len(tools))
    for it in tools:
        cells = shared_page.locator(f"tr[data-tool='{it['tool_name']}'] td")
        expect(cells.nth(0)).to_have_text(str(it["calls"]))
        failed = it["failed"] + it["denied"]
        expect(cells.nth(2)).to_have_text(re.compile(rf"^{failed}( ·|$)"))
        for place, key in ((3, "p50_ms"), (4, "p90_ms"), (5, "p99_ms")):
            expect(cells.nth(place)).to_have_text(duration(it[key]))
    shared_page.get_by_role("button", name="Failed", exact=True).click()
    expect(shared_page).to_have_url(re.compile("sort=failed&dir=desc"))
    most = max(tools, key=lambda it: it["failed"] + it["denied"])["failed"]
    first = shared_page.locator("tr[data-tool] td:nth-of-type(3)").first
    expect(first).to_have_text(re.compile(rf"^{most} ·"))


def test_calls_are_filtered_by_tool_and_outcome(shared_page: Page, captured: Hookwatch) -> None:
    """The failed ones among hundreds are what is looked for."""
    session = session_of(LOOP)
    wanted = ask(captured, session, "/calls?outcome=failed&limit=1000")["calls"]
    open_session(shared_page, session, "?tab=tools")
    shared_page.get_by_role("combobox", name="Filter by outcome").click()
    shared_page.get_by_role("option", name="failed").click()
    shared_page.keyboard.press("Escape")
    expect(shared_page).to_have_url(re.compile("outcome=failed"))
    for _ in range(2):
        shown = shared_page.locator("[data-call]")
        expect(shown).to_have_count(len(wanted))
        found = shown.evaluate_all("all => all.map((one) => one.dataset.call)")
        assert found == [it["tool_use_id"] for it in wanted]
        shared_page.reload()
    open_session(shared_page, session, "?tab=tools&tool=NoSuchTool")
    shared_page.get_by_role("button", name="Show all calls").click()
    expect(shared_page.locator("[data-call]")).not_to_have_count(0)


def test_a_files_changes_are_shown_as_they_were(shared_page: Page, captured: Hookwatch) -> None:
    """What did it do to my file: the question after every long session."""
    bodies = bodies_of(FILES)
    session = session_of(FILES)
    (file,) = ask(captured, session, "/files")["files"]
    edit = next(
        it["tool_input"]
        for it in bodies
        if it["hook_event_name"] == "PostToolUse" and it["tool_name"] == "Edit"
    )
    open_session(shared_page, session, "?tab=files")
    row = shared_page.locator("[data-file]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("hello.py")
    expect(row).to_contain_text("created")
    expect(row.locator("tr td").nth(0)).to_have_text(
        f"+{file['lines_added']} −{file['lines_removed']}"
    )
    for place, key in ((1, "edit_count"), (2, "write_count"), (3, "read_count")):
        expect(row.locator("tr td").nth(place)).to_have_text(str(file[key]))
    row.get_by_role("button", name="hello.py", exact=False).first.click()
    for _ in range(2):
        touches = shared_page.locator("[data-touch]")
        expect(touches).to_have_count(3)
        ids = touches.evaluate_all("all => all.map((one) => +one.dataset.touch)")
        assert ids == sorted(ids, reverse=True)
        for text in (edit["old_string"], edit["new_string"]):
            for said in text.strip().split("\n"):
                expect(touches.nth(0)).to_contain_text(said.strip())
        shared_page.reload()
    shared_page.get_by_role("searchbox").fill("nothing like it")
    expect(shared_page.get_by_text("No matching files")).to_be_visible()


def test_a_change_too_large_for_the_list_is_fetched_whole(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Payloads over 32 KiB are clipped in lists; a diff of half a file would be a lie."""
    path = "/home/dev/shop-api/large.txt"
    end = "the very last line"
    given = {"file_path": path, "content": "a line\n" * 8_000 + end}
    body = {
        **tool("PostToolUse", "w1", ""),
        "tool_name": "Write",
        "tool_input": given,
        "tool_response": {"type": "create", "filePath": path, **given, "structuredPatch": []},
    }
    session = send(shared_daemons, of_session("large", [prompt("Write it"), body]))
    with shared_page.expect_response(re.compile(r"/api/events/\d+$")) as whole:
        open_session(shared_page, session, f"?tab=files&file={quote(path)}")
    assert whole.value.json()["payload"]["tool_input"]["content"].endswith(end)
    expect(shared_page.locator("[data-touch]")).to_have_count(1)


def test_the_tree_of_subagents_leads_to_their_calls(shared_page: Page, captured: Hookwatch) -> None:
    """Who did what, on whose behalf, and what came of it."""
    session = session_of(AGENTS)
    agents = ask(captured, session, "/agents")["agents"]
    open_session(shared_page, session, "?tab=agents")
    expect(shared_page.locator("[data-agent]")).to_have_count(len(agents))
    for agent in agents:
        row = shared_page.locator(f"[data-agent='{agent['agent_id']}']")
        expect(row).to_contain_text(agent["agent_type"])
        expect(row).to_contain_text(agent["description"])
        expect(row.locator("[data-status]")).to_have_attribute("data-status", agent["status"])
        expect(row).to_contain_text(f"{agent['tool_count']} call")
        row.locator("> button").click()
        expect(row.get_by_role("group", name="Last answer")).to_contain_text(agent["last_answer"])
        expect(row.locator("[data-call]")).to_have_count(agent["tool_count"])
    launch = agents[0]["tool_use_id"]
    shared_page.locator(f"[data-agent='{agents[0]['agent_id']}']").get_by_role(
        "link", name="Go to its Agent call"
    ).click()
    expect(line(shared_page, launch)).to_have_attribute("aria-expanded", "true")


def test_the_log_of_the_session_holds_its_events_alone(
    shared_page: Page, captured: Hookwatch
) -> None:
    """When a view is doubted, the events are looked at."""
    session = session_of(AGENTS)
    row = ask(captured, session)["session"]
    open_session(shared_page, session, "?tab=events")
    expect(shared_page.get_by_text(f"{row['event_count']} events loaded")).to_be_visible()
    expect(shared_page.locator("main")).to_have_count(1)
    expect(shared_page.get_by_role("combobox", name="Filter by session")).to_have_count(0)
    shared_page.locator("button.event-grid", has_text="UserPromptSubmit").last.click()
    expect(shared_page).to_have_url(re.compile(r"/sessions/.*event=\d+"))
    shared_page.reload()
    expect(shared_page.locator("button.event-grid[aria-expanded=true]")).to_have_count(1)


@pytest.mark.usefixtures("captured")
def test_keys_lead_through_the_page(shared_page: Page) -> None:
    """Who lives in a terminal does not reach for the mouse."""
    session = session_of(LOOP)
    open_session(shared_page, session, "?fold=all")
    tabs = shared_page.get_by_role("navigation", name="Session tabs")
    current = tabs.locator("[aria-current=page]")
    expect(current).to_have_text(re.compile("^Activity"))
    expect(shared_page.locator("[data-turn]").first).to_be_visible()
    shared_page.keyboard.press("j")
    focused = shared_page.locator("[data-turn] h2 button:focus")
    expect(focused).to_have_attribute("aria-expanded", "false")
    shared_page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-expanded", "true")
    shared_page.keyboard.press("Escape")
    expect(focused).to_have_attribute("aria-expanded", "false")
    first = focused.inner_text()
    shared_page.keyboard.press("j")
    shared_page.keyboard.press("k")
    assert focused.inner_text() == first
    for number, tab in enumerate(TABS, 1):
        shared_page.keyboard.press(str(number))
        expect(current).to_have_text(re.compile(f"^{tab}", re.IGNORECASE))
        expect(current).to_have_count(1)
    shared_page.keyboard.press("]")
    expect(current).to_have_text(re.compile("^Activity"))
    shared_page.keyboard.press("[")
    expect(current).to_have_text(re.compile("^Usage"))
    shared_page.keyboard.press("4")
    shared_page.keyboard.press("Escape")
    expect(current).to_have_text(re.compile("^Activity"))
    shared_page.keyboard.press("Escape")
    expect(shared_page).to_have_url(re.compile(r"/$|/events$"))


def test_an_unknown_session_says_so_until_it_starts(page: Page, both: Hookwatch) -> None:
    """A link may be older than the log, or a little ahead of it."""
    page.goto("/sessions/s1")
    expect(page.get_by_text("Session not found")).to_be_visible()
    both.ingestd.post(prompt("Here I am"))
    expect(page.locator("[data-turn]")).to_contain_text("Here I am")


def test_any_id_has_a_page(page: Page, both: Hookwatch) -> None:
    """Ids come from anyone who sends."""
    ids = ("a/b?c=d #e", "100%41", "active", "日本 👩‍👩‍👧 \u202eid")
    for number, session in enumerate(ids):
        send(both, [prompt(f"Odd one {number}", session=session), stop("Fine.", session=session)])
        page.goto(f"/sessions/{quote(session, safe='')}")
        expect(page.locator("[data-turn]")).to_contain_text(f"Odd one {number}")
        page.keyboard.press("5")
        expect(page.get_by_text("2 events loaded")).to_be_visible()


HOSTILE = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "\x1b[31mred\x1b[0m and \x1b]0;title\x07",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
    "y" * 1_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "ansi", "rtl", "megabyte"])
def test_text_is_only_text(shared_page: Page, shared_daemons: Hookwatch, text: str) -> None:
    """Prompts, commands and paths hold anything; each tab must show it and do nothing of it."""
    path = f"/home/dev/{text[:3000]}"
    write: dict[str, Any] = {
        "tool_name": "Write",
        "tool_input": {"file_path": path, "content": text},
    }
    bodies = [
        {**prompt(text), "session_title": text[:5000]},
        tool("PreToolUse", "c1", text),
        tool("PostToolUse", "c1", text, tool_response={"stdout": text, "stderr": ""}),
        tool("PreToolUse", "w1", "", **write),
        tool("PostToolUse", "w1", "", **write),
        stop(text),
    ]
    session = send(shared_daemons, of_session(f"text-{HOSTILE.index(text)}", bodies))
    open_session(shared_page, session)
    line(shared_page, "c1").click()
    expect(
        shared_page.locator("[data-call=c1]").get_by_role("link", name="event").first
    ).to_be_visible()
    for tab in TABS[1:]:
        show_tab(shared_page, tab)
        wide = shared_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide, tab
    show_tab(shared_page, "files")
    shared_page.locator("[data-file] button").first.click()
    expect(shared_page.locator("[data-touch]")).to_have_count(1)
    expect(shared_page).to_have_title(re.compile("Hookwatch"))


def test_it_fits_a_phone_and_axe_finds_nothing_in_unfolded_turns(
    shared_page: Page, captured: Hookwatch
) -> None:
    """The other states of this page are among those of `test_accessibility.py`."""
    turns = ask(captured, session_of(LOOP), "/turns")["turns"]
    see_all(shared_page)
    open_session(shared_page, session_of(LOOP), "?fold=none")
    expect(shared_page.locator("[data-turn] h2 button[aria-expanded=true]")).to_have_count(
        len(turns)
    )
    assert accessibility_problems(shared_page) == []


@pytest.mark.parametrize(
    ("tab", "asked", "what"),
    [
        ("activity", "/turns", "The turns"),
        ("files", "/files", "The files"),
        ("agents", "/agents", "The subagents"),
        ("tools", "/api/tools/stats", "The tools"),
    ],
)
def test_what_fails_says_so_and_is_tried_again(
    page: Page, both: Hookwatch, tab: str, asked: str, what: str
) -> None:
    """A tab that stays empty without a word looks like an answer."""
    session = send(both, bodies_of(LOOP))
    page.route(f"**{asked}*", lambda route: route.abort())
    open_session(page, session, f"?tab={tab}")
    expect(page.get_by_text(f"{what} couldn\u2019t be loaded")).to_be_visible()
    page.unroute(f"**{asked}*")
    page.get_by_role("button", name="Retry").first.click()
    expect(page.get_by_text("couldn\u2019t be loaded")).to_have_count(0)


def test_empty_tabs_say_what_will_be_there(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """Nothing yet is a state too."""
    start = {**prompt(""), "hook_event_name": "SessionStart", "source": "startup"}
    session = send(shared_daemons, of_session("empty", [start]))
    open_session(shared_page, session)
    for tab, said in {
        "activity": "No prompts yet",
        "tools": "No tool calls yet",
        "files": "No files yet",
        "agents": "No subagents yet",
    }.items():
        show_tab(shared_page, tab)
        expect(shared_page.get_by_role("heading", name=said, level=2, exact=True)).to_be_visible()
