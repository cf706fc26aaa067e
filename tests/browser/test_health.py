"""Ask the page whether it works: while it does, while a daemon is away, with sample events."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import DAY, HOUR, SONNET, api_error, request
from tests.running import Hookwatch, hookwatch, wait_for

SENT = re.compile(r"Stop the sample")


@pytest.fixture
def both(tmp_path: Path, ports: dict[str, str]) -> Iterator[Hookwatch]:
    """Run both daemons beside a folder of Claude Code's own that is empty at first."""
    config = tmp_path / "claude"
    config.mkdir()
    with hookwatch(tmp_path / "data", CLAUDE_CONFIG_DIR=str(config), **ports) as running:
        yield running


@pytest.fixture
def sampler(browser: Browser, both: Hookwatch) -> Iterator[Page]:
    """Open a window that may ask both daemons, as sample events must, and no one else."""
    yield from opened(browser, both, f"http://127.0.0.1:{both.queryd.port}")


def opened(browser: Browser, both: Hookwatch, home: str) -> Iterator[Page]:
    """Open a window at an address of queryd's; fail if it breaks its policy."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=home)
    page = context.new_page()
    ports = {both.queryd.port, both.ingestd.port}
    foreign: list[str] = []
    problems: list[str] = []

    def asked(url: str) -> None:
        found = re.match(r"http://(?:127\.0\.0\.1|localhost):(\d+)/", url)
        if found is None or int(found[1]) not in ports:
            foreign.append(url)

    page.on("request", lambda it: asked(it.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda it: (
            problems.append(it.text)
            if "Content Security Policy" in it.text or "CORS" in it.text
            else None
        ),
    )
    yield page
    context.close()
    assert foreign == [], "the page asked somebody else"
    assert problems == []


def health(both: Hookwatch) -> dict[str, Any]:
    """Return what the API shows now."""
    reported: dict[str, Any] = both.queryd.get("/api/health").json()
    return reported


def fact(page: Page, name: str) -> Locator:
    """Return where a figure stands."""
    return page.locator(f"[data-fact={name}]")


def verdict(page: Page, kind: str) -> Locator:
    """Return the verdict, if it is of this kind."""
    return page.locator(f"[data-verdict={kind}]")


def post(both: Hookwatch, name: str, project: str = "shop-api", **fields: Any) -> None:
    """Post a hook's body."""
    body = {"hook_event_name": name, "session_id": "s1", "cwd": f"/home/dev/{project}", **fields}
    assert both.ingestd.post(body).status == 200


def test_every_figure_is_the_apis(page: Page, both: Hookwatch) -> None:
    """Anyone who looks here has a doubt; a figure that is another's would feed it."""
    post(both, "SessionStart")
    post(both, "PreToolUse", tool_name="Bash", tool_input={"command": "ls"}, tool_use_id="t1")
    post(both, "Stop", project="<script>alert(1)</script>")
    wait_for(lambda: health(both)["views"]["folded_id"] == 3)
    page.goto("/health")
    expect(verdict(page, "working")).to_contain_text(
        re.compile(r"Receiving events · last one (now|\d+ (s|min))")
    )
    reported = health(both)
    expect(fact(page, "events")).to_have_text("3")
    expect(fact(page, "unsaved")).to_have_text("0 events")
    expect(fact(page, "behind")).to_have_text("0 events")
    expect(fact(page, "skipped")).to_have_text("0 events")
    expect(fact(page, "streams")).to_have_text("1")
    expect(fact(page, "connection")).to_have_text("live")
    expect(fact(page, "views-state")).to_have_text("up to date")
    expect(fact(page, "ingest-url")).to_have_text(reported["ingest_url"])
    lag = reported["lag"]["stream"]
    for figure in ("p50_ms", "p99_ms", "max_ms"):
        expect(fact(page, "lag")).to_contain_text(f"{lag[figure]} ms")
    for name in ("ingestd", "queryd"):
        row = page.locator(f"[data-process={name}]")
        expect(row).to_contain_text(str(reported["processes"][name]["pid"]))
    for setting in reported["settings"]:
        shown = page.locator(f"[data-setting={setting['name']}] dd")
        expect(shown).to_have_text(setting["value"])
    for event_type in reported["received"]["types"]:
        cells = page.locator(f"[data-hook={event_type['event_type']}] :is(th, td)")
        expect(cells.nth(2)).to_have_text(str(event_type["count_24h"]))
    sources = page.locator("[data-source]")
    shown_sources = {it.get_attribute("data-source") for it in sources.all()}
    assert shown_sources == {it["source_app"] for it in reported["sources"]}
    page.get_by_role("button", name="last five minutes: view as table").click()
    expect(page).to_have_url(re.compile(r"rate=table"))
    cells = page.get_by_role("table", name="Events over the last five minutes").locator("tbody td")
    counts = cells.all_inner_texts()  # at once: the rows move on every 5 s
    assert sum(int(it) for it in counts if it != "–") == 3


def test_figures_move_by_themselves(page: Page, both: Hookwatch) -> None:
    """It is left open while someone mends the hooks beside it."""
    page.goto("/health")
    expect(verdict(page, "nothing_yet")).to_be_visible()
    post(both, "UserPromptSubmit", prompt="Hello")
    expect(verdict(page, "working")).to_be_visible()
    expect(fact(page, "events")).to_have_text("1")
    expect(page.locator("[data-hook=UserPromptSubmit]")).to_be_visible()


def test_a_daemon_that_is_away_is_named_and_its_return_seen(page: Page, both: Hookwatch) -> None:
    """It is what the page is for."""
    post(both, "Stop")
    page.goto("/health")
    expect(verdict(page, "working")).to_be_visible()
    both.ingestd.kill()
    expect(verdict(page, "ingestd_away")).to_contain_text("hookwatch ingestd")
    expect(page.locator("[data-process=ingestd]")).to_contain_text("–")
    both.ingestd.start()
    expect(verdict(page, "working")).to_be_visible()
    both.ingestd.stop()
    expect(verdict(page, "ingestd_away")).to_be_visible()
    both.ingestd.start()
    expect(verdict(page, "working")).to_be_visible()
    both.queryd.kill()
    expect(verdict(page, "queryd_away")).to_be_visible()
    expect(page.locator("[data-stale=true]")).to_be_visible()
    expect(fact(page, "events")).to_have_text("1")
    both.queryd.start()
    expect(verdict(page, "working")).to_be_visible()
    expect(page.locator("[data-stale=false]")).to_be_visible()


def test_without_queryd_the_page_says_what_to_do(page: Page, both: Hookwatch) -> None:
    """The page is open on another view, and health was not answered there either."""
    page.route("**/api/health", lambda route: route.abort())
    page.goto("/events")
    expect(page.locator("[data-connection]")).to_have_text("live")
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_text("Health couldn\u2019t be loaded")).to_be_visible()
    page.unroute("**/api/health")
    page.get_by_role("button", name="Retry").click()
    expect(verdict(page, "nothing_yet")).to_be_visible()
    assert both.queryd.get("/api/health").status == 200


def test_the_hooks_of_this_machine_are_shown(page: Page, both: Hookwatch, tmp_path: Path) -> None:
    """That no event comes is mostly because no hook is there."""
    page.goto("/health?hooks=all")
    expect(fact(page, "installed")).to_contain_text("not found")
    handler = {"type": "http", "url": health(both)["ingest_url"]}
    hooks = {name: [{"hooks": [handler]}] for name in ("Stop", "WorktreeCreate")}
    settings = tmp_path / "claude" / "settings.json"
    settings.write_text(json.dumps({"hooks": hooks, "disableAllHooks": True}), "utf-8")
    expect(fact(page, "installed")).to_contain_text("2 events have a Hookwatch hook")
    expect(page.locator("[data-hook=Stop] :is(th, td)").nth(1)).to_have_text("http")
    expect(page.locator("[data-hook=PreToolUse] :is(th, td)").nth(1)).to_have_text("none")
    expect(verdict(page, "hooks_disabled")).to_be_visible()
    expect(page.get_by_text("keeps Claude Code from creating worktrees")).to_be_visible()
    settings.write_text("{", "utf-8")
    expect(fact(page, "installed")).to_contain_text("not valid JSON")
    expect(page.locator("[data-hook=PreToolUse] :is(th, td)").nth(1)).to_have_text("–")


def test_an_open_call_leads_to_its_event(page: Page, both: Hookwatch) -> None:
    """A number alone could not be looked into."""
    now = time.time_ns() // 1_000_000
    payload = {"tool_name": "Bash", "tool_input": {"command": "sleep 9999"}, "tool_use_id": "t1"}
    envelope = {"session_id": "s9", "hook_event_type": "PreToolUse", "source_app": "shop"}
    both.ingestd.post([{**envelope, "timestamp": now - 3_600_000, "payload": payload}])
    wait_for(lambda: health(both)["views"]["folded_id"] == 1)
    page.goto("/health")
    expect(fact(page, "no-result")).to_have_text("1")
    page.get_by_role("link", name="Bash sleep 9999").click()
    expect(page).to_have_url(re.compile(r"/events\?.*event="))
    page.go_back()
    expect(fact(page, "no-result")).to_have_text("1")


def test_how_the_api_answers_is_shown(page: Page, both: Hookwatch) -> None:
    """When all sessions are slow, one must see whether it is the API and not one's own code."""
    now = time.time_ns() // 1_000_000
    events = [request(now - n * HOUR, took_ms=(1_000 * n, 100 * n)) for n in range(1, 11)]
    events += [request(now - 2 * HOUR, model=SONNET, took_ms=(400, 90))]
    events += [api_error(now - n * HOUR) for n in (3, 4)]
    events += [api_error(now - 5 * HOUR, status=429, error="Rate limited")]
    events += [request(now - 3 * DAY)]
    page.goto("/health")
    expect(page.get_by_text("hookwatch connect --telemetry")).to_be_visible()
    post_calls(both, events)
    reported = both.queryd.get("/api/api-health").json()
    assert (reported["requests"], reported["errors"]) == (11, 3)
    expect(fact(page, "api-requests")).to_have_text("11")
    expect(fact(page, "api-errors")).to_have_text("3, 21% of all")
    expect(fact(page, "api-retries")).to_have_text("0")
    for name in ("latency", "ttft"):
        words = fact(page, f"api-{name}").inner_text()
        for figure in ("p50", "p90", "p99"):
            ms = reported[name][f"{figure}_ms"]
            assert f"{figure} {f'{ms} ms' if ms < 1000 else f'{ms / 1000:.1f} s'}" in words
    expect(fact(page, "api-cache")).to_have_text(f"{reported['cache_hit_ratio'] * 100:.0f}%")
    for error in reported["by_error"]:
        cells = page.locator(f"[data-api-error='{error['kind']}'] :is(th, td)")
        expect(cells.nth(1)).to_have_text(str(error["count"]))
        link = cells.nth(2).get_by_role("link")
        expect(link).to_have_attribute("href", re.compile(rf"event={error['event_id']}$"))
    for model in reported["by_model"]:
        cells = page.locator(f"[data-api-model='{model['model']}'] :is(th, td)")
        expect(cells.nth(1)).to_have_text(str(model["requests"]))
        expect(cells.nth(2)).to_have_text(str(model["errors"]))
    page.get_by_role("button", name="7 d", exact=True).click()
    expect(page).to_have_url(re.compile(r"/health\?range=7d$"))
    expect(fact(page, "api-requests")).to_have_text("12")
    page.reload()
    expect(fact(page, "api-requests")).to_have_text("12")
    assert accessibility_problems(page) == []


def test_the_page_is_usable_by_everybody(page: Page, both: Hookwatch) -> None:
    """Axe finds what a look does not; a phone is what is at hand when something is wrong."""
    post(both, "Stop")
    wait_for(lambda: health(both)["views"]["folded_id"] == 1)
    for path in ("/health?hooks=all&rate=table", "/health"):
        page.goto(path)
        expect(verdict(page, "working")).to_be_visible()
        assert accessibility_problems(page, path) == []
    expect(verdict(page, "working")).to_be_visible()
    assert page.locator("main").evaluate("it => it.scrollWidth <= it.clientWidth")


def test_the_chart_is_read_with_the_keyboard(page: Page, both: Hookwatch) -> None:
    """A picture that only a mouse can ask is half a picture."""
    page.goto("/health")
    post(both, "Stop")
    chart = page.get_by_role("slider", name="Events over the last five minutes")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r": (\d+|–) events"))


def test_all_of_it_can_be_copied_for_a_bug_report(page: Page, both: Hookwatch) -> None:
    """Who reports a bug should not have to type figures."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    post(both, "Stop", project="secret-project")
    wait_for(lambda: health(both)["views"]["folded_id"] == 1)
    page.goto("/health")
    page.get_by_role("button", name="Copy report").click()
    text = wait_for(lambda: page.evaluate("navigator.clipboard.readText()"))
    assert "log: 1 events up to 1" in text
    assert f"{health(both)['processes']['queryd']['version']}" in text
    assert "secret-project" not in text
    assert str(both.data) not in text


def test_a_sample_plays_to_its_end_is_marked_and_can_be_removed(
    sampler: Page, both: Hookwatch
) -> None:
    """Who has no session yet sees the whole way work, and is rid of it with one click."""
    page = sampler
    page.goto("/events")
    page.get_by_role("button", name="Send sample events").click()
    expect(page.get_by_text("UserPromptSubmit").first).to_be_visible()
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_role("button", name=SENT)).to_be_visible()

    def row() -> dict[str, Any]:
        rows: list[dict[str, Any]] = both.queryd.get("/api/sessions").json()["sessions"]
        return rows[0] if rows else {"status": None}

    seen = set[str]()

    def ended() -> bool:
        seen.add(row()["status"])
        return "ended" in seen

    wait_for(ended)
    assert {"working", "needs_permission", "done", "ended"} <= seen
    session = row()
    assert session["session_id"].startswith("sample-")
    assert session["title"].startswith("Sample")
    assert session["source_app"] == "hookwatch-sample"
    assert (session["failure_count"], session["agent_count"]) == (1, 1)
    link = page.get_by_role("link", name="View session")
    expect(link).to_contain_text("sample")
    expect(page.get_by_role("button", name="Send sample events again")).to_be_visible()

    page.get_by_role("link", name="Events").click()
    expect(page.locator("button.event-grid").first).to_be_visible()
    page.get_by_role("link", name="Health").click()
    page.get_by_role("button", name="Remove samples from the screen").click()
    for look in ("click", "reload"):
        page.get_by_role("link", name="Events").click()
        expect(page.locator("[data-connection]")).to_have_text("live")
        if look == "reload":
            page.reload()
            expect(page.locator("[data-connection]")).to_have_text("live")
        expect(page.locator("button.event-grid")).to_have_count(0)
        page.get_by_role("link", name="Health").click()
    page.get_by_role("button", name="Show samples again").click()
    page.get_by_role("link", name="Events").click()
    expect(page.locator("button.event-grid").first).to_be_visible()


def test_a_sample_can_be_stopped(sampler: Page, both: Hookwatch) -> None:
    """What was started by a click is ended by one, and leaves no session that waits."""
    sampler.goto("/health")
    sampler.get_by_role("button", name="Send sample events").click()
    wait_for(lambda: health(both)["last_id"] >= 2)
    sampler.get_by_role("button", name=SENT).click()
    expect(sampler.get_by_role("button", name="Send sample events again")).to_be_visible()
    wait_for(lambda: both.queryd.get("/api/sessions").json()["sessions"][0]["status"] == "ended")


def test_a_sample_that_fails_says_so_and_can_be_sent_again(sampler: Page, both: Hookwatch) -> None:
    """The first click of a newcomer, while the daemon is not there yet."""
    sampler.goto("/health")
    expect(verdict(sampler, "nothing_yet")).to_be_visible()
    both.ingestd.kill()
    sampler.get_by_role("button", name="Send sample events").click()
    notice = sampler.get_by_role("alert").filter(has_text="Couldn\u2019t send sample events")
    expect(notice).to_contain_text("hookwatch ingestd")
    expect(sampler.get_by_role("link", name=re.compile("^View"))).to_have_count(0)
    both.ingestd.start()
    notice.get_by_role("button", name="Retry").click()
    wait_for(lambda: health(both)["last_id"] >= 1)
    sampler.get_by_role("button", name=SENT).click()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_sample_is_sent_with_a_token_by_either_name(
    browser: Browser, tmp_path: Path, host: str
) -> None:
    """The cookie belongs to a name; another port of it is the same name."""
    token = "0123456789abcdef"
    with hookwatch(tmp_path / "data", HOOKWATCH_TOKEN=token) as running:

        def stored() -> int:
            answer = running.queryd.get("/api/health", Authorization=f"Bearer {token}")
            return int(answer.json()["last_id"])

        for page in opened(browser, running, f"http://{host}:{running.queryd.port}"):
            page.goto(f"/?token={token}")
            page.goto("/health")
            page.get_by_role("button", name="Send sample events").click()
            wait_for(lambda: stored() >= 2)
            page.get_by_role("button", name=SENT).click()
