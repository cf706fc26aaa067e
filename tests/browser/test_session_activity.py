"""Read, filter and search what a session did, as a list and as a waterfall."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import envelope
from tests.browser.test_session import (
    ask,
    is_where,
    line,
    of_session,
    open_session,
    prompt,
    send,
    stop,
    tab_link,
    tool,
    turn,
)
from tests.running import Hookwatch, wait_for

SHOP = "/home/dev/shop-api"
FAILURE = "Exit code 1\nFAIL src/cart.test.ts: applies discount\nExpected 10"
MANY = 5_000


class SessionStory:
    """Write the events of one session at chosen times, ms after its start."""

    def __init__(self, session: str, start: int) -> None:
        self.session = session
        self.start = start
        self.events: list[dict[str, Any]] = []
        self.prompt_id = "p1"

    def add(self, kind: str, at: int, **fields: Any) -> None:
        body = {
            "hook_event_name": kind,
            "session_id": self.session,
            "cwd": SHOP,
            "prompt_id": self.prompt_id,
            **fields,
        }
        self.events.append(envelope(kind, self.start + at, body, session_id=self.session))

    def prompt(self, at: int, text: str) -> None:
        self.prompt_id = f"p{at}"
        self.add("UserPromptSubmit", at, prompt=text)

    def call(
        self,
        use: str,
        name: str,
        at: int,
        ms: int | None,
        *,
        waits_ms: int = 0,
        error: str | None = None,
        **fields: Any,
    ) -> None:
        """Add a call; without `ms` it does not end, with `waits_ms` the user is asked first."""
        given = {"tool_name": name, **fields}
        self.add("PreToolUse", at, tool_use_id=use, **given)
        if waits_ms:
            self.add("PermissionRequest", at + 20, **given)
        if ms is None:
            return
        end = {"tool_use_id": use, "duration_ms": ms, **given}
        if error is None:
            answer = fields.get("tool_response", {"stdout": "", "stderr": ""})
            self.add("PostToolUse", at + waits_ms + ms, **{**end, "tool_response": answer})
        else:
            self.add("PostToolUseFailure", at + waits_ms + ms, **end, error=error)

    def read(self, use: str, path: str, at: int, **fields: Any) -> None:
        self.call(use, "Read", at, 200, tool_input={"file_path": f"{SHOP}/{path}"}, **fields)

    def bash(self, use: str, command: str, at: int, ms: int | None, **fields: Any) -> None:
        self.call(use, "Bash", at, ms, tool_input={"command": command}, **fields)

    def edit(self, use: str, path: str, at: int, **fields: Any) -> None:
        given = {"file_path": f"{SHOP}/{path}", "old_string": "a", "new_string": "b"}
        self.call(use, "Edit", at, 100, tool_input=given, **fields)

    def launch(self, use: str, agent: str, kind: str, task: str, at: int, **fields: Any) -> None:
        """Start a subagent."""
        given = {"subagent_type": kind, "description": task, "prompt": "Go"}
        self.add("PreToolUse", at, tool_use_id=use, tool_name="Agent", tool_input=given, **fields)
        self.add("SubagentStart", at + 50, agent_id=agent, agent_type=kind)

    def finish(self, use: str, agent: str, kind: str, task: str, at: int) -> None:
        answer = {"last_assistant_message": "Found."}
        self.add("SubagentStop", at, agent_id=agent, agent_type=kind, **answer)
        self.add(
            "PostToolUse",
            at + 50,
            tool_use_id=use,
            tool_name="Agent",
            tool_input={"subagent_type": kind, "description": task},
            tool_response={"agentId": agent},
        )


def cart_story(session: str) -> SessionStory:
    """Return a session of two turns: reads, a failed test, a pause, asked edits, two subagents."""
    story = SessionStory(session, time.time_ns() // 1_000_000 - 1_000_000)
    story.prompt(0, "Look around the repository")
    story.read("look", "README.md", 1_000)
    story.add("Stop", 4_000, last_assistant_message="A small shop.")
    story.prompt(60_000, "Fix the rounding of the cart.\nDiscounts are applied twice.")
    for n in range(14):
        story.read(f"r{n}", f"src/cart/part{n}.ts", 62_000 + n * 500)
    story.bash("test", "npm test -- src/cart.test.ts", 70_000, 4_500, error=FAILURE)
    story.edit("e1", "src/cart.ts", 800_000, waits_ms=11_000)
    story.edit("e2", "src/cart.test.ts", 814_000)
    explore = {"agent_id": "x1", "agent_type": "Explore"}
    other = {"agent_id": "x2", "agent_type": "Explore"}
    story.launch("a1", "x1", "Explore", "Find every call site", 820_000)
    story.launch("a2", "x2", "Explore", "Check the docs", 820_200)
    story.bash("g1", "rg cart", 821_000, 3_000, **explore)
    story.bash("g2", "cat docs/cart.md", 822_000, 3_000, error="Exit code 1\nno file", **other)
    story.finish("a1", "x1", "Explore", "Find every call site", 830_000)
    story.finish("a2", "x2", "Explore", "Check the docs", 831_000)
    story.bash("all", "npm test", 832_000, 20_000)
    story.add("Stop", 853_000, last_assistant_message="Fixed, with a needle of a test.")
    return story


@pytest.fixture(scope="module")
def cart(shared_daemons: Hookwatch) -> SessionStory:
    """Post the session to which no test may add."""
    story = cart_story("cart")
    post_calls(shared_daemons, story.events)
    return story


@pytest.fixture(scope="module")
def many(shared_daemons: Hookwatch) -> str:
    """Post a turn of 5,000 calls that goes on."""
    story = SessionStory("many", time.time_ns() // 1_000_000 - MANY * 40 - 60_000)
    story.prompt(0, "Rename everything")
    for n in range(MANY):
        at = 100 + n * 40
        if n % 2:
            story.read(f"m{n}", f"src/file{n}.ts", at)
        else:
            story.bash(f"m{n}", f"make step-{n}", at, 20)
    for from_ in range(0, len(story.events), 1_000):
        post_calls(shared_daemons, story.events[from_ : from_ + 1_000])
    return "many"


def pressed(page: Page, name: str) -> Locator:
    """Return a chip of the kinds of calls."""
    return page.get_by_role("group", name="Only calls of a kind").get_by_role("button", name=name)


def shown_calls(page: Page) -> list[str]:
    """Return the ids of the drawn calls, from the top."""
    found: list[str] = page.locator("[data-call]").evaluate_all(
        "all => all.map((one) => [one.getBoundingClientRect().top, one.dataset.call])"
        ".sort((a, b) => a[0] - b[0]).map(([, call]) => call)"
    )
    return found


def test_calls_have_times_pauses_outcomes_and_reasons(
    shared_page: Page, cart: SessionStory
) -> None:
    """When, what, what came of it, why it failed and how long it took, without a click."""
    open_session(shared_page, cart.session)
    failed = line(shared_page, "test")
    shared_page.get_by_label("Activity").hover()
    expect(shared_page.locator("[data-turn]").last).to_be_visible()
    shared_page.set_viewport_size({"width": 1440, "height": 1600})
    clock = "new Intl.DateTimeFormat(undefined, {timeStyle: 'medium', hourCycle: 'h23'}).format"
    at = shared_page.evaluate(f"at => {clock}(at)", cart.start + 70_000)
    expect(failed.locator("time").first).to_have_text(at)
    expect(failed).to_contain_text("exit 1 · FAIL src/cart.test.ts: applies discount")
    target = failed.get_by_text("npm test -- src/cart.test.ts").bounding_box()
    outcome = failed.locator("[data-outcome]").bounding_box()
    took = failed.get_by_text("4.5 s").bounding_box()
    whole = failed.bounding_box()
    assert target is not None
    assert outcome is not None
    assert took is not None
    assert whole is not None
    assert 0 <= outcome["x"] - (target["x"] + target["width"]) < 20, "the outcome follows it"
    assert whole["x"] + whole["width"] - (took["x"] + took["width"]) < 20, "durations end together"
    pause = shared_page.locator("[data-pause]", has_text="12 min later")
    expect(pause).to_have_count(1)
    ask_line = line(shared_page, "e1")
    expect(ask_line).to_contain_text(re.compile("waited 1[01]\\.\\d s for you"))


def test_a_run_of_like_calls_is_one_row_that_opens(shared_page: Page, cart: SessionStory) -> None:
    """Fourteen reads say less than the one command after them."""
    open_session(shared_page, cart.session)
    shared_page.set_viewport_size({"width": 1440, "height": 1600})
    run = shared_page.locator("[data-run='14'] > button")
    expect(run).to_contain_text("×14")
    expect(run).to_contain_text("part0.ts, part1.ts")
    expect(line(shared_page, "r3")).to_have_count(0)
    run.click()
    expect(line(shared_page, "r3")).to_be_visible()
    expect(shared_page).to_have_url(re.compile("run=r0"))
    shared_page.reload()
    expect(line(shared_page, "r13")).to_be_visible()
    run.click()
    expect(line(shared_page, "r3")).to_have_count(0)
    # A link to a call leads into its run.
    open_session(shared_page, cart.session, "?call=r7")
    expect(line(shared_page, "r7")).to_have_attribute("aria-expanded", "true")
    expect(line(shared_page, "r7")).to_be_in_viewport()


def test_chips_filter_by_kind_and_stand_in_the_address(
    shared_page: Page, shared_daemons: Hookwatch, cart: SessionStory
) -> None:
    """What failed, what changed, what was asked: three questions, one click each."""
    counts = ask(shared_daemons, cart.session, "/call-kinds")
    assert counts == {"failed": 2, "edits": 2, "asked": 1}
    open_session(shared_page, cart.session)
    for name, uses in {
        "Failed": ["test", "g2"],
        "Edits": ["e1", "e2"],
        "Asked": ["e1"],
    }.items():
        chip = pressed(shared_page, name)
        expect(chip).to_have_text(f"{name} {counts[name.lower()]}")
        chip.click()
        expect(shared_page).to_have_url(re.compile(f"kind=.*{name.lower()}"))
        expect(shared_page.locator("[data-call]")).to_have_count(len(uses))
        assert shown_calls(shared_page) == uses
        chip.click()
        expect(chip).to_have_attribute("aria-pressed", "false")
    pressed(shared_page, "Failed").click()
    pressed(shared_page, "Asked").click()
    for _ in range(2):
        expect(shared_page.locator("[data-call]")).to_have_count(3)
        assert shown_calls(shared_page) == ["test", "e1", "g2"]
        expect(shared_page.locator("[data-turn]")).to_have_count(1)
        shared_page.reload()
    shared_page.go_back()
    expect(shared_page.locator("[data-call]")).to_have_count(2)


def test_text_is_found_in_folded_turns_and_runs(shared_page: Page, cart: SessionStory) -> None:
    """The browser's own search sees only the rows that are drawn."""
    open_session(shared_page, cart.session, "?fold=all")
    expect(shared_page.locator("[data-turn]")).to_have_count(2)
    shared_page.keyboard.press("Control+f")
    field = shared_page.get_by_role("searchbox", name="Find in this session")
    expect(field).to_be_focused()
    field.fill("PART7.ts")
    status = shared_page.get_by_role("search").get_by_role("status")
    expect(status).to_have_text("1 of 1")
    field.press("Enter")
    expect(line(shared_page, "r7")).to_be_in_viewport()
    expect(shared_page.locator("[data-call=r7]")).to_have_attribute("data-here", "true")
    expect(shared_page).to_have_url(re.compile("query=PART7.ts"))
    field.fill("cart.")
    expect(status).to_have_text("1 of 6")
    here = shared_page.locator("[data-turn] [data-here]")
    field.press("Enter")
    expect(status).to_have_text("1 of 6")
    field.press("Enter")
    expect(status).to_have_text("2 of 6")
    field.press("Enter")
    expect(here).to_have_attribute("data-call", "test")
    shared_page.get_by_role("button", name="Previous match").click()
    expect(status).to_have_text("2 of 6")
    field.press("Shift+Enter")
    field.press("Shift+Enter")
    expect(status).to_have_text("6 of 6")
    expect(here).to_be_in_viewport()
    field.fill("needle")
    field.press("Enter")
    expect(here).to_contain_text("needle of a test")
    marked = shared_page.evaluate("() => [...CSS.highlights.get('found')].map(String)")
    assert marked == ["needle"]
    field.fill("no such text")
    expect(status).to_have_text("No matches")
    field.press("Escape")
    expect(field).to_have_value("")


def brush(page: Page) -> Locator:
    """Return what shows that a range is selected."""
    return page.locator("[data-strip] [data-brush]")


def test_a_brush_on_the_strip_filters_by_time(shared_page: Page, cart: SessionStory) -> None:
    """What did it do in those ten minutes, and nothing else."""
    open_session(shared_page, cart.session)
    lane = shared_page.locator("[data-strip] [data-lane]").first
    box = lane.bounding_box()
    assert box is not None
    strip = shared_page.locator("[data-strip]")
    since, until = (int(strip.get_attribute(f"data-{it}") or 0) for it in ("since", "until"))

    def x_of(at: int) -> float:
        return box["x"] + box["width"] * (cart.start + at - since) / (until - since)

    y = box["y"] + box["height"] / 2
    shared_page.mouse.move(x_of(790_000), y)
    shared_page.mouse.down()
    shared_page.mouse.move(x_of(805_000), y, steps=4)
    shared_page.mouse.move(x_of(818_000), y, steps=4)
    shared_page.mouse.up()
    expect(shared_page).to_have_url(re.compile(r"from=\d+&to=\d+"))
    expect(brush(shared_page)).to_have_count(1)
    expect(shared_page.locator("[data-call]")).to_have_count(2)
    assert shown_calls(shared_page) == ["e1", "e2"]
    expect(pressed(shared_page, "Edits")).to_have_text("Edits 2")
    expect(pressed(shared_page, "Failed")).to_have_count(0)
    shared_page.reload()
    expect(shared_page.locator("[data-call]")).to_have_count(2)
    # The edges move by keyboard: past the subagents.
    end = shared_page.get_by_role("slider", name="End of the selected time")
    end.focus()
    before = int(end.get_attribute("aria-valuenow") or 0)
    shared_page.keyboard.press("End")
    expect(end).not_to_have_attribute("aria-valuenow", str(before))
    expect(line(shared_page, "all")).to_be_visible()
    start = shared_page.get_by_role("slider", name="Start of the selected time")
    start.focus()
    for _ in range(3):
        shared_page.keyboard.press("ArrowRight")
    expect(line(shared_page, "e1")).to_have_count(0)
    shared_page.get_by_role("button", name=re.compile("^Remove filter Time")).click()
    expect(brush(shared_page)).to_have_count(0)
    expect(shared_page).not_to_have_url(re.compile("from="))
    # Without a range the first key selects one; a click still goes to a moment.
    start.focus()
    shared_page.keyboard.press("Shift+ArrowRight")
    expect(brush(shared_page)).to_have_count(1)
    shared_page.keyboard.press("Escape")
    expect(brush(shared_page)).to_have_count(0)
    shared_page.mouse.click(x_of(833_000), y)
    expect(shared_page).to_have_url(re.compile(r"at=\d+"))
    expect(line(shared_page, "all")).to_be_in_viewport()


def test_a_waterfall_shows_parallel_calls_waits_and_failures(
    shared_page: Page, cart: SessionStory
) -> None:
    """What ran beside what, what waited, and what a turn's time went into."""
    open_session(shared_page, cart.session)
    shared_page.set_viewport_size({"width": 1440, "height": 1600})
    shared_page.get_by_role("button", name="Waterfall").click()
    expect(shared_page).to_have_url(re.compile("view=waterfall"))
    bars: dict[str, Any] = {}
    for use in ("a1", "a2", "g1", "g2", "e1", "all"):
        bar = shared_page.locator(f"[data-call='{use}'] [data-bar]")
        expect(bar).to_be_visible()
        bars[use] = bar.bounding_box() or {}
    axis = shared_page.locator("[data-axis]").last
    scale = float(axis.get_attribute("data-axis") or 0)
    grid = axis.evaluate("one => one.lastElementChild.getBoundingClientRect().toJSON()")
    for use, (at, ms) in {"a1": (820_000, 10_050), "all": (832_000, 20_000)}.items():
        left = grid["left"] + grid["width"] * (at - 62_000) / scale
        assert abs(bars[use]["x"] - left) < 3, use
        assert abs(bars[use]["width"] - max(3, grid["width"] * ms / scale)) < 3, use
    assert bars["a2"]["x"] < bars["a1"]["x"] + bars["a1"]["width"], "side by side"
    assert bars["a2"]["y"] > bars["a1"]["y"]
    depth = shared_page.locator("[data-call=g1]").get_attribute("data-depth")
    assert depth == "1", "below its subagent"
    expect(shared_page.locator("[data-call=e1] [data-part=waited]")).to_have_count(1)
    expect(shared_page.locator("[data-call=e2] [data-part=waited]")).to_have_count(0)
    expect(shared_page.locator("[data-call=test] [data-failed]")).to_have_count(1)
    expect(shared_page.locator("[data-call=all] [data-failed]")).to_have_count(0)
    # For a screen reader each bar is a sentence, and the axis says what it is.
    expect(line(shared_page, "g2")).to_have_accessible_name(
        re.compile(r"Bash cat docs/cart.md Started .*, Ran 3.0 s, failed: exit 1 · no file$")
    )
    expect(shared_page.get_by_text(re.compile("^Waterfall of 22 calls"))).to_have_count(1)
    # Figures by pointer and by keyboard; Enter opens the call.
    line(shared_page, "all").hover()
    figures = shared_page.locator("[data-figures]")
    expect(figures).to_contain_text("Ran 20.0 s")
    shared_page.mouse.move(0, 0)
    expect(figures).to_have_count(0)
    line(shared_page, "e1").focus()
    shared_page.keyboard.press("j")
    expect(line(shared_page, "e2")).to_be_focused()
    expect(figures).to_contain_text("src/cart.test.ts")
    shared_page.keyboard.press("Enter")
    expect(line(shared_page, "e2")).to_have_attribute("aria-expanded", "true")
    expect(shared_page).to_have_url(re.compile("call=e2"))
    assert accessibility_problems(shared_page) == []
    shared_page.get_by_role("button", name="List").click()
    expect(shared_page.locator("[data-bar]")).to_have_count(0)


def test_the_waterfalls_code_loads_when_it_is_first_shown(page: Page, both: Hookwatch) -> None:
    """Most readers never open it."""
    story = cart_story("lazy")
    post_calls(both, story.events)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_session(page, "lazy")
    expect(page.locator("[data-turn]").last).to_be_visible()
    assert not any("waterfall" in url for url in asked)
    page.get_by_role("button", name="Waterfall").click()
    expect(page.locator("[data-bar]").first).to_be_visible()
    assert any("waterfall" in url for url in asked)


def test_a_running_subagent_is_named_by_its_task_below_its_parent(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Its current call is not what it is there for."""
    story = SessionStory("nested", time.time_ns() // 1_000_000 - 20_000)
    story.prompt(0, "Release it")
    story.launch("l1", "n1", "reviewer", "Review the release notes", 1_000)
    outer = {"agent_id": "n1", "agent_type": "reviewer"}
    story.launch("l2", "n2", "Explore", "Level 2 audit", 2_000, **outer)
    story.bash("deep", "rg TODO", 3_000, None, agent_id="n2", agent_type="Explore")
    post_calls(shared_daemons, story.events)
    open_session(shared_page, "nested", "?tab=agents")
    inner = shared_page.locator("[data-agent=n2]")
    expect(shared_page.locator("[data-agent=n1] [data-task]")).to_have_text(
        "Review the release notes"
    )
    expect(inner.locator("[data-task]")).to_have_text("Level 2 audit")
    expect(inner.locator("[data-doing]")).to_have_text("NowBash rg TODO")
    expect(inner).to_have_attribute("data-depth", "1")
    open_session(shared_page, "nested")
    expect(shared_page.locator("[data-agent=n2]")).to_contain_text("Explore· Level 2 audit")
    expect(shared_page.locator("[data-agent=n1]")).to_have_attribute("data-depth", "1")
    expect(shared_page.locator("[data-agent=n2]")).to_have_attribute("data-depth", "2")
    expect(shared_page.locator("[data-call=deep]")).to_have_attribute("data-depth", "2")


def test_newest_is_offered_only_where_something_is_below(
    shared_page: Page, cart: SessionStory
) -> None:
    """A button that leads nowhere is not believed again."""
    open_session(shared_page, cart.session)
    shared_page.set_viewport_size({"width": 1440, "height": 2400})
    newest = shared_page.get_by_role("button", name="Newest")
    line(shared_page, "e2").click()
    expect(shared_page.locator("[data-call=e2]").get_by_role("link").first).to_be_visible()
    expect(newest).to_have_count(0)
    shared_page.set_viewport_size({"width": 1440, "height": 700})
    shared_page.get_by_label("Activity").hover()
    shared_page.mouse.wheel(0, -400)
    newest.click()
    expect(newest).to_have_count(0)
    expect(shared_page.get_by_role("group", name="Answer")).to_be_in_viewport()


def place_in_list(page: Page, use: str) -> float:
    """Return how far a call is below the list's upper edge: the header above may grow."""
    return float(
        line(page, use).evaluate(
            "one => one.getBoundingClientRect().top"
            " - one.closest('[data-scrolls]').getBoundingClientRect().top"
        )
    )


AT_END = """() => {
    const list = document.querySelector("[data-scrolls]");
    return list !== null && list.scrollHeight - list.scrollTop - list.clientHeight < 2;
}"""


def test_five_thousand_calls_draw_only_what_is_seen(
    shared_page: Page, shared_daemons: Hookwatch, many: str
) -> None:
    """Some agents never stop; the page must go on answering, and hide nothing."""
    open_session(shared_page, many)
    last = line(shared_page, f"m{MANY - 1}")
    expect(last).to_be_in_viewport()
    drawn = shared_page.locator("[data-call]")
    assert drawn.count() < 80
    # A call far up opens by its link, among its neighbours.
    open_session(shared_page, many, "?call=m2000")
    expect(line(shared_page, "m2000")).to_be_in_viewport()
    expect(line(shared_page, "m2001")).to_be_visible()
    assert drawn.count() < 80
    # What the reader sees stays while new rows come.
    before = place_in_list(shared_page, "m2000")
    new = [tool("PreToolUse", f"new{n}", f"make new-{n}") for n in range(50)]
    send(shared_daemons, [{**it, "session_id": many, "prompt_id": "p0"} for it in new])
    total = ask(shared_daemons, many)["session"]["tool_count"]
    expect(tab_link(shared_page, "Tools")).to_have_text(f"Tools{total:,}")
    expect(
        turn(shared_page, ask(shared_daemons, many, "/turns")["turns"][0]["id"])
    ).to_contain_text(f"{total:,} calls")
    assert abs(place_in_list(shared_page, "m2000") - before) < 3
    shared_page.get_by_role("button", name="Newest").click()
    expect(line(shared_page, "new49")).to_be_in_viewport()
    shared_page.wait_for_function(AT_END)
    # At the end, more rows are followed.
    more = [tool("PreToolUse", "newest", "make newest")]
    send(shared_daemons, [{**it, "session_id": many, "prompt_id": "p0"} for it in more])
    expect(line(shared_page, "newest")).to_be_in_viewport()


def test_calls_load_as_they_are_scrolled_to_and_move_nothing(shared_page: Page, many: str) -> None:
    """History must not push away what is being read."""
    open_session(shared_page, many)
    shared_page.reload()
    shared_page.wait_for_function(AT_END)
    expect(shared_page.locator("[data-call]").first).to_be_visible()
    place = shared_page.locator("[data-scrolls]")
    held: list[Route] = []
    older = re.compile(r"/calls\?.*cursor=")

    def hold(route: Route) -> None:
        held.append(route)

    shared_page.route(older, hold)
    with shared_page.expect_request(older):
        # The oldest loaded calls, beside those that are not.
        place.evaluate("list => { list.scrollTop = list.scrollHeight - 500 * 28 - 600; }")
    first = shared_page.locator("[data-call]").first
    expect(first).to_be_in_viewport()
    use = first.get_attribute("data-call") or ""
    before = first.bounding_box()
    held[0].continue_()
    shared_page.unroute(older)
    expect(line(shared_page, f"m{int(use[1:]) - 3}")).to_be_visible()
    assert is_where(line(shared_page, use), before)
    place.evaluate("list => { list.scrollTop = 0; }")
    expect(line(shared_page, "m0")).to_be_in_viewport()
    shared_page.get_by_role("button", name="Newest").click()
    expect(line(shared_page, "m0")).to_have_count(0)


def test_no_line_is_half_under_the_header_of_its_turn(
    shared_page: Page, shared_daemons: Hookwatch, many: str
) -> None:
    """A cut line reads as a fault."""
    open_session(shared_page, many)
    expect(shared_page.locator("[data-turn]")).to_be_visible()
    shared_page.wait_for_function(AT_END)

    def is_clear() -> bool:
        return bool(
            shared_page.evaluate(
                """() => {
                    const head = document.querySelector("[data-turn] h2").getBoundingClientRect();
                    return [...document.querySelectorAll("[data-call]")].every((one) => {
                        const { top, bottom } = one.getBoundingClientRect();
                        return bottom <= head.bottom + 1 || top >= head.bottom - 1;
                    });
                }"""
            )
        )

    wait_for(is_clear)
    # Faster than frames are drawn, as a held key is where the machine is busy.
    shared_page.evaluate(
        """async () => {
            for (let n = 0; n < 40; n += 1) {
                const press = new KeyboardEvent("keydown", { key: "k", bubbles: true });
                document.body.dispatchEvent(press);
                await Promise.resolve();
            }
        }"""
    )
    use = ask(shared_daemons, many, "/calls?limit=40")["calls"][-1]["tool_use_id"]
    expect(line(shared_page, use)).to_be_focused()
    top, bottom = shared_page.evaluate(
        """() => [document.activeElement.getBoundingClientRect().top,
            document.querySelector("[data-turn] h2").getBoundingClientRect().bottom]"""
    )
    assert top >= bottom - 1, "keys lead to rows that are seen whole"


def test_activity_fits_a_phone(shared_page: Page, cart: SessionStory) -> None:
    """Time, tool, outcome and duration stay on one line, the command below."""
    shared_page.set_viewport_size({"width": 390, "height": 844})
    for search in ("", "?kind=failed", "?view=waterfall"):
        open_session(shared_page, cart.session, search)
        expect(shared_page.locator("[data-call]").first).to_be_visible()
        assert shared_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), search
        assert accessibility_problems(shared_page) == []


def test_filters_that_match_nothing_say_so(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """An empty page would look like a fault."""
    session = send(
        shared_daemons, of_session("plain", [prompt("Say hi"), stop("Hi.", session="plain")])
    )
    open_session(shared_page, session, "?kind=failed")
    expect(shared_page.get_by_role("heading", name="No matching calls")).to_be_visible()
    shared_page.get_by_role("button", name="Clear filters").click()
    expect(shared_page.locator("[data-turn]")).to_have_count(1)
