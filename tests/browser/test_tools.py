"""Use the tools view as its readers do: every figure is the API's, whatever is asked."""

import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import made_call, post_calls
from tests.browser.visit import visit
from tests.running import Hookwatch, sample_bodies

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
OUTCOMES = ("succeeded", "running", "waiting", "no_result", "interrupted", "denied", "failed")
OPEN = ("running", "waiting", "no_result")
MCP_TOOL = "mcp__github__search_code"
FIGURES = "Totals"


def post_calls_of_a_day(both: Hookwatch) -> int:
    """Post calls of every outcome over the last days; return the time they are counted from."""
    now = time.time_ns() // 1_000_000 // MINUTE * MINUTE
    bash = [
        made_call("Bash", now - hour * HOUR, duration_ms=40 * 2**hour, waited_ms=1500)
        for hour in range(1, 9)
    ]
    errors = ["Exit code 1\nnpm ERR! 3 tests failed", "Exit code 1\nnpm ERR! 4 tests failed", "no"]
    failed = [
        made_call("Bash", now - 2 * HOUR - n * MINUTE, outcome="failed", error=error, session="s2")
        for n, error in enumerate(errors)
    ]
    others = [
        made_call("Edit", now - 3 * HOUR, outcome="denied", duration_ms=0),
        made_call("Edit", now - 4 * HOUR, project="infra", model="claude-haiku-4-5", session="s3"),
        made_call("Read", now - 3 * DAY, project="infra", session="s3"),
        made_call("Bash", now - 5 * HOUR, outcome="interrupted", session="s2"),
        made_call(MCP_TOOL, now - 6 * HOUR, duration_ms=900, agent_type="Explore"),
        made_call(MCP_TOOL, now - 7 * HOUR, outcome="failed", agent_type="Explore", error="boom"),
        made_call("Grep", now - 10 * MINUTE, agent_type="Explore"),
        made_call("Bash", now - 2 * MINUTE, outcome="running", session="s4", duration_ms=0),
    ]
    post_calls(both, *bash, *failed, *others)
    return now


@pytest.fixture(scope="module")
def now(shared_daemons: Hookwatch) -> int:
    """Post those calls once, for the tests that only read; return when they end."""
    return post_calls_of_a_day(shared_daemons)


def fixed(now: int, ms: int = DAY) -> str:
    """Return the query of a range that stands still: the buckets of the others move with time."""
    return f"?since={now - ms}&until={now}"


def stats(both: Hookwatch, query: str = "") -> Any:
    """Return what the API answers."""
    answer = both.queryd.get(f"/api/tools/stats{query}")
    assert answer.status == 200, answer.body
    return answer.json()


def count(value: int) -> str:
    """Write a count as the page does."""
    return f"{value:,}"


def calls(value: int) -> str:
    """Write how many calls there are as the page does."""
    return f"{count(value)} call{'' if value == 1 else 's'}"


def duration(ms: int | None) -> str:
    """Write a duration as the page does."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms} ms"
    if ms < 59_950:
        return f"{ms / 1000:.1f} s"
    seconds = round(ms / 1000)
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def percent(part: int, whole: int) -> str:
    """Write a share as the page does."""
    if whole == 0:
        return "–"
    share = part / whole * 100
    if 0 < share < 1:
        return "<1%"
    return ">99%" if 99 < share < 100 else f"{int(share + 0.5)}%"


def others(row: dict[str, Any]) -> list[int]:
    """Return how many calls neither succeeded nor failed, by column."""
    running = row["running"] + row["waiting"]
    return [row["denied"], row["interrupted"], running, row["no_result"]]


def cells(row: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Write what stands beside a group's name, but for its last failure.

    A column that is empty in every row is not drawn.
    """
    drawn = [any(column) for column in zip(*map(others, rows), strict=True)]
    return [
        count(row["calls"]),
        percent(row["succeeded"], row["calls"] - sum(row[outcome] for outcome in OPEN)),
        count(row["failed"]),
        *(count(each) for each, is_drawn in zip(others(row), drawn, strict=True) if is_drawn),
        *(duration(row[f"{name}_ms"]) for name in ("p50", "p90", "p99", "max", "waiting")),
    ]


def table(page: Page, title: str) -> Locator:
    """Return the table of a title."""
    return page.get_by_role("region", name=f"{title}, table", exact=True)


def row(page: Page, tool: str, title: str = "Tools") -> Locator:
    """Return the row of a group."""
    return (
        table(page, title)
        .locator("tbody tr")
        .filter(has=page.get_by_role("button", name=tool, exact=True))
    )


def shown(page: Page, title: str) -> dict[str, list[str]]:
    """Return what a table shows, by the names of its rows, the last failure aside."""
    heads = table(page, title).locator("thead th").all_inner_texts()
    figures = [head for head in heads[1:] if not head.startswith("Last failure")]
    rows = table(page, title).locator("tbody tr").all()
    return {
        one.locator("th").inner_text(): one.locator("td").all_inner_texts()[: len(figures)]
        for one in rows
    }


def open_tools(page: Page, query: str = "") -> None:
    """Open the view and wait for its figures."""
    visit(page, f"/tools{query}")
    expect(page.get_by_role("group", name=FIGURES)).to_be_visible()


def expect_total(page: Page, number: int) -> None:
    """Wait until so many calls are counted."""
    totals = page.get_by_role("group", name=FIGURES)
    expect(totals).to_contain_text(re.compile(rf"\D{calls(number)}\b"))


def slider(page: Page, title: str = "Calls over time") -> Locator:
    """Return a chart as the keyboard has it."""
    return page.get_by_role("slider", name=title)


def test_every_figure_is_the_apis(page: Page, both: Hookwatch) -> None:
    """One figure that differs from another view's makes all of them doubted."""
    lines = "\n".join(map(json.dumps, sample_bodies())).encode()
    both.ingestd.ask("POST", "/events", lines, {"Content-Type": "application/x-ndjson"})
    post_calls_of_a_day(both)
    open_tools(page, "?range=7d")
    answer = stats(both, "?range=7d")
    total = answer["total"]
    expect_total(page, total["calls"])
    words = page.get_by_role("group", name=FIGURES).inner_text()
    assert "Last 7 days" in words
    ended = total["calls"] - sum(total[outcome] for outcome in OPEN)
    assert f"{percent(total['succeeded'], ended)} succeeded" in words
    for outcome in ("failed", "denied", "interrupted"):
        assert total[outcome] > 0
        assert f"{count(total[outcome])} {outcome}" in words
    for name in ("p50", "p90", "p99"):
        assert f"{duration(total[f'{name}_ms'])} {name}" in words
    assert f"{duration(total['waiting_ms'])} waiting for you" in words
    tools = shown(page, "Tools")
    assert [tools[label(each["tool_name"])] for each in answer["tools"]] == [
        cells(each, answer["tools"]) for each in answer["tools"]
    ]
    assert len(tools) == len(answer["tools"]) > 10
    servers = shown(page, "MCP servers")
    assert servers == {
        each["mcp_server"]: cells(each, answer["mcp_servers"]) for each in answer["mcp_servers"]
    }
    assert len(servers) >= 2
    agents = shown(page, "Agents")
    assert agents == {
        each["agent_type"] or "main agent": cells(each, answer["agent_types"])
        for each in answer["agent_types"]
    }


def label(tool: str) -> str:
    """Name a tool as the page does."""
    return re.sub(r"^mcp__(.+?)__(.+)$", r"\1 › \2", tool)


def test_the_chart_as_a_table_is_the_series(
    shared_page: Page, shared_daemons: Hookwatch, now: int
) -> None:
    """Who cannot see the picture, or wants the numbers, must get the same answer."""
    week = fixed(now, 7 * DAY)
    open_tools(shared_page, f"{week}&as=table")
    series = stats(shared_daemons, week)["series"]
    region = shared_page.get_by_role("region", name="Calls over time, as a table")
    rows = region.locator("tbody tr")
    expect(rows).to_have_count(len(series))
    found = [one.locator("td").all_inner_texts() for one in rows.all()]
    assert found == [[count(point[key]) for key in (*OUTCOMES, "calls")] for point in series]
    shared_page.get_by_role("button", name="Durations over time: view as table").click()
    rows = shared_page.get_by_role("region", name="Durations over time, as a table").locator(
        "tbody tr"
    )
    expect(rows).to_have_count(len(series))
    found = [one.locator("td").all_inner_texts() for one in rows.all()]
    assert found == [[duration(point["p50_ms"]), duration(point["p99_ms"])] for point in series]


@pytest.mark.usefixtures("now")
def test_range_and_filters_hold_for_all_figures_and_are_in_the_address(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """A view that can be reloaded, shared and gone back from is one that can be relied on."""
    open_tools(shared_page)
    expect_total(shared_page, stats(shared_daemons)["total"]["calls"])
    shared_page.get_by_role("button", name="7 d", exact=True).click()
    expect(shared_page).to_have_url(re.compile(r"/tools\?range=7d$"))
    expect_total(shared_page, stats(shared_daemons, "?range=7d")["total"]["calls"])
    shared_page.get_by_role("combobox", name="Project").click()
    shared_page.get_by_role("option", name="infra").click()
    shared_page.keyboard.press("Escape")
    expect(shared_page).to_have_url(re.compile("source_app=infra"))
    expect_total(shared_page, 2)
    shared_page.get_by_role("combobox", name="Model").click()
    shared_page.get_by_role("option", name="claude-haiku-4-5").click()
    shared_page.keyboard.press("Escape")
    expect_total(shared_page, 1)
    for _ in range(2):
        expect(table(shared_page, "Tools").locator("tbody tr")).to_have_count(1)
        expect(row(shared_page, "Edit")).to_be_visible()
        expect(
            shared_page.get_by_role("list", name="Active filters").get_by_role("button")
        ).to_have_count(2)
        shared_page.reload()
        expect_total(shared_page, 1)
    shared_page.go_back()
    expect_total(shared_page, 2)
    shared_page.get_by_role("button", name="Remove filter Project infra").click()
    expect(shared_page).to_have_url(re.compile(r"/tools\?range=7d$"))


@pytest.mark.usefixtures("now")
def test_each_filter_asks_the_api_for_itself(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """The address has the API's own names: what one says the other answers."""
    for query in (
        "session_id=s2",
        "agent_type=Explore",
        "agent_type=",
        "mcp_server=github",
        "model_name=claude-haiku-4-5&model_name=none",
    ):
        open_tools(shared_page, f"?range=7d&{query}")
        answer = stats(shared_daemons, f"?range=7d&{query}")
        expect_total(shared_page, answer["total"]["calls"])
        assert shown(shared_page, "Tools") == {
            label(each["tool_name"]): cells(each, answer["tools"]) for each in answer["tools"]
        }
        assert (
            0 < answer["total"]["calls"] < stats(shared_daemons, "?range=7d")["total"]["calls"]
        ), query


@pytest.mark.usefixtures("now")
def test_groups_are_filters(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """Which server is slow leads to which of its tools is."""
    open_tools(shared_page)
    table(shared_page, "MCP servers").get_by_role("button", name="github").click()
    expect(shared_page).to_have_url(re.compile(r"mcp_server=github"))
    expect_total(shared_page, 2)
    table(shared_page, "Agents").get_by_role("button", name="Explore").click()
    expect(shared_page).to_have_url(re.compile(r"agent_type=Explore"))
    expect_total(shared_page, 2)
    shared_page.get_by_role("button", name="Clear all").click()
    expect_total(shared_page, stats(shared_daemons)["total"]["calls"])


@pytest.mark.usefixtures("now")
def test_a_tool_opens_to_its_calls_and_failures_and_back_closes_it(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """The question after "which tool fails" is "how, and show me one"."""
    open_tools(shared_page)
    row(shared_page, "Bash").get_by_role("button").click()
    expect(shared_page).to_have_url(re.compile(r"tool=Bash"))
    panel = shared_page.get_by_role("complementary", name="Tool Bash")
    detail = shared_daemons.queryd.get("/api/tools/Bash").json()
    panel.get_by_role("button", name="How long calls took: view as table").click()
    bars = panel.get_by_role("region", name="How long calls took, as a table").locator("tbody tr")
    expect(bars).to_have_count(len(detail["histogram"]))
    assert [one.locator("td").first.inner_text() for one in bars.all()] == [
        count(bar["count"]) for bar in detail["histogram"]
    ]
    slowest = panel.get_by_role("region", name="Slowest calls").get_by_role("listitem")
    assert [one.get_by_role("link").first.inner_text() for one in slowest.all()] == [
        duration(call["duration_ms"]) for call in detail["slowest"]
    ]
    expect(slowest.first).to_contain_text("waited 1.5 s")
    failures = panel.get_by_role("region", name="Failures").get_by_role("listitem")
    assert detail["failure_kinds"] == 2
    expect(failures).to_have_count(2)
    expect(failures.first).to_contain_text("2 ×")
    expect(failures.first).to_contain_text(detail["failures"][0]["error_key"])
    shared_page.go_back()
    expect(panel).to_be_hidden()
    shared_page.go_forward()
    expect(panel).to_be_visible()
    failures.first.get_by_role("link", name="last").click()
    event = detail["failures"][0]["last_event_id"]
    expect(shared_page).to_have_url(re.compile(rf"/events\?.*event={event}$"))
    shared_page.go_back()
    slowest.first.get_by_role("link").nth(1).click()
    expect(shared_page).to_have_url(re.compile(rf"/sessions/{detail['slowest'][0]['session_id']}$"))


@pytest.mark.usefixtures("now")
def test_the_last_failure_leads_to_its_event(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """A link that opens the row instead of the event is one click too many, each time."""
    open_tools(shared_page)
    (bash,) = [one for one in stats(shared_daemons)["tools"] if one["tool_name"] == "Bash"]
    row(shared_page, "Bash").get_by_role("link").click()
    expect(shared_page).to_have_url(
        re.compile(rf"/events\?event={bash['last_failure']['event_id']}$")
    )


@pytest.mark.usefixtures("now")
def test_cells_are_padded(shared_page: Page) -> None:
    """Two figures without a space between them read as one."""
    open_tools(shared_page)
    gaps = (
        row(shared_page, "Bash")
        .locator("td")
        .evaluate_all("all => all.map((it) => parseFloat(getComputedStyle(it).paddingLeft))")
    )
    assert min(gaps) >= 4


@pytest.mark.usefixtures("now")
def test_keys_walk_the_rows_sort_and_open(shared_page: Page) -> None:
    """Anyone who lives in terminals does not reach for the mouse."""
    open_tools(shared_page)
    table(shared_page, "Tools").get_by_role("button", name="Tool", exact=True).click()
    expect(shared_page).to_have_url(re.compile("sort=name&dir=asc"))
    names = table(shared_page, "Tools").locator("tbody th")
    assert names.all_inner_texts() == ["Bash", "Edit", "github › search_code", "Grep"]
    for key in "jjjjk":
        shared_page.keyboard.press(key)
    shared_page.keyboard.press("Enter")
    panel = shared_page.get_by_role("complementary", name="Tool github › search_code")
    expect(panel).to_be_visible()
    shared_page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(row(shared_page, "github › search_code").get_by_role("button")).to_be_focused()


@pytest.mark.usefixtures("now")
def test_a_column_sorts_by_its_figures(shared_page: Page, shared_daemons: Hookwatch) -> None:
    """Sorted as text, 9 ms would stand above 2 min."""
    for column in ("calls", "failed", "p50_ms", "p99_ms", "max_ms", "waiting_ms"):
        open_tools(shared_page, f"?sort={column}&dir=desc")
        found = {label(one["tool_name"]): one[column] for one in stats(shared_daemons)["tools"]}
        order = [
            found[name]
            for name in table(shared_page, "Tools").locator("tbody th").all_inner_texts()
        ]
        known = [value for value in order if value is not None]
        assert known == sorted(known, reverse=True), column
        assert order[: len(known)] == known, column


def test_arrow_keys_read_the_chart_and_zoom_into_it(
    shared_page: Page, shared_daemons: Hookwatch, now: int
) -> None:
    """A chart that only a mouse can read is closed to some, and slow for others."""
    day = fixed(now)
    open_tools(shared_page, day)
    chart = slider(shared_page)
    series = stats(shared_daemons, day)["series"]
    chart.focus()
    for place in range(1, 9):
        point = series[-place]
        counts = ", ".join(f"{count(point[key])} {key.replace('_', ' ')}" for key in OUTCOMES)
        expect(chart).to_have_attribute("aria-valuetext", re.compile(f": {re.escape(counts)}$"))
        expect(shared_page.locator("[data-tip]")).to_contain_text(calls(point["calls"]))
        shared_page.keyboard.press("ArrowLeft")
    shared_page.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuenow", "1")
    shared_page.keyboard.press("End")
    shared_page.keyboard.press("ArrowLeft")
    shared_page.keyboard.press("Shift+ArrowLeft")
    shared_page.keyboard.press("Shift+ArrowLeft")
    shared_page.keyboard.press("Enter")
    since, until = series[-4]["start"], series[-1]["start"] - 1
    expect(shared_page).to_have_url(re.compile(rf"since={since}&until={until}$"))
    expect_total(shared_page, sum(point["calls"] for point in series[-4:-1]))


def test_dragging_over_the_chart_zooms_and_back_returns(
    shared_page: Page, shared_daemons: Hookwatch, now: int
) -> None:
    """What looks odd is looked at closer by pulling over it."""
    day = fixed(now)
    open_tools(shared_page, day)
    series = stats(shared_daemons, day)["series"]
    box = slider(shared_page).bounding_box()
    assert box is not None
    width = box["width"] / len(series)
    middle = box["y"] + box["height"] / 2
    shared_page.mouse.move(box["x"] + width * 2.5, middle)
    shared_page.mouse.down()
    shared_page.mouse.move(box["x"] + width * 9.5, middle, steps=4)
    shared_page.mouse.up()
    # The range starts within its first bucket, never here.
    since, until = series[2]["start"], series[10]["start"] - 1
    expect(shared_page).to_have_url(re.compile(rf"since={since}&until={until}$"))
    shared_page.go_back()
    expect(shared_page).to_have_url(re.compile(re.escape(f"/tools{day}") + "$"))
    expect_total(shared_page, stats(shared_daemons, day)["total"]["calls"])


def pixels(page: Page) -> str:
    """Return the picture on the first chart's canvas."""
    return str(page.evaluate("() => document.querySelector('canvas').toDataURL()"))


@pytest.mark.usefixtures("now")
def test_the_chart_is_drawn_anew_for_theme_width_and_legend(shared_page: Page) -> None:
    """Dark bars on a dark shared_page, or bars of the old width, are worse than none."""
    shared_page.emulate_media(color_scheme="light")
    open_tools(shared_page)
    shared_page.wait_for_function("() => document.querySelector('canvas')?.width > 300")
    changed = "before => document.querySelector('canvas').toDataURL() !== before"
    before = pixels(shared_page)
    shared_page.emulate_media(color_scheme="dark")
    shared_page.wait_for_function(changed, arg=before)
    before = pixels(shared_page)
    shared_page.get_by_role("button", name="failed", exact=False).first.click()
    expect(shared_page).to_have_url(re.compile("hide=failed"))
    shared_page.wait_for_function(changed, arg=before)
    slider(shared_page).focus()
    expect(slider(shared_page)).not_to_have_attribute("aria-valuetext", re.compile("failed"))
    shared_page.get_by_role("button", name="denied", exact=False).first.dblclick()
    hidden = [outcome for outcome in OUTCOMES if outcome != "denied"]
    expect(shared_page).to_have_url(re.compile("&".join(f"hide={outcome}" for outcome in hidden)))
    shared_page.set_viewport_size({"width": 700, "height": 800})
    shared_page.wait_for_function(
        "() => { const one = document.querySelector('canvas');"
        " return one.width === Math.round(one.parentElement.clientWidth * devicePixelRatio)"
        " && one.clientWidth < 700 && one.clientWidth > 500; }"
    )


def test_new_calls_are_counted_without_a_reload(page: Page, both: Hookwatch) -> None:
    """The view stands open all day."""
    now = post_calls_of_a_day(both)
    open_tools(page)
    before = stats(both)["total"]["calls"]
    expect_total(page, before)
    post_calls(both, made_call("NewTool", now))
    expect_total(page, before + 1)
    expect(row(page, "NewTool")).to_be_visible()


def test_without_calls_it_teaches_and_a_larger_range_is_offered(
    page: Page, both: Hookwatch
) -> None:
    """Nothing in the last hour and nothing at all are two different answers."""
    page.goto("/tools?range=1h")
    expect(page.get_by_role("heading", name="No tool calls yet")).to_be_visible()
    post_calls(both, made_call("Bash", time.time_ns() // 1_000_000 - 2 * HOUR))
    title = page.get_by_role("heading", name="No calls: last hour")
    expect(title).to_be_visible()
    page.get_by_role("button", name="Show last 24 hours").click()
    expect_total(page, 1)
    page.goto("/tools?source_app=nobody")
    page.get_by_role("button", name="Clear filters").click()
    expect_total(page, 1)


def test_what_fails_says_so_and_is_tried_again(page: Page, both: Hookwatch) -> None:
    """The service restarts while the page is open."""
    post_calls_of_a_day(both)
    page.route("**/api/tools/stats*", lambda route: route.abort())
    page.goto("/tools")
    expect(page.get_by_role("heading", name="The figures couldn\u2019t be loaded")).to_be_visible()
    page.unroute("**/api/tools/stats*")
    page.get_by_role("button", name="Retry").click()
    expect_total(page, stats(both)["total"]["calls"])
    both.queryd.kill()
    expect(page.get_by_text("Not up to date")).to_be_visible()
    expect(row(page, "Bash")).to_be_visible()
    both.queryd.start()
    expect(page.get_by_text("Not up to date")).to_be_hidden()


def test_a_custom_range_is_of_local_time_and_must_make_sense(
    shared_page: Page, shared_daemons: Hookwatch, now: int
) -> None:
    """A range that cannot be meant shows figures of nothing, and one wonders where they went."""
    open_tools(shared_page)
    shared_page.get_by_role("button", name="Custom range").click()
    dialog = shared_page.get_by_role("dialog", name="Custom range")
    since, until = dialog.get_by_label("From"), dialog.get_by_label("To", exact=True)
    apply = dialog.get_by_role("button", name="Apply")
    since.fill("2099-01-01T00:00")
    apply.click()
    expect(dialog.get_by_role("alert")).to_have_text("The start is in the future.")
    local = "ms => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString()"
    since.fill(shared_page.evaluate(local, now - 4 * HOUR)[:16])
    until.fill(shared_page.evaluate(local, now - 5 * HOUR)[:16])
    apply.click()
    expect(dialog.get_by_role("alert")).to_have_text("The end is before the start.")
    until.fill(shared_page.evaluate(local, now - 2 * HOUR)[:16])
    apply.click()
    query = f"?since={now - 4 * HOUR}&until={now - 2 * HOUR - 1}"
    expect(shared_page).to_have_url(re.compile(re.escape(f"/tools{query}") + "$"))
    expect_total(shared_page, stats(shared_daemons, query)["total"]["calls"])


@pytest.mark.usefixtures("now")
def test_an_impossible_address_shows_the_default(
    shared_page: Page, shared_daemons: Hookwatch
) -> None:
    """Addresses are typed, cut off and pasted."""
    total = stats(shared_daemons)["total"]["calls"]
    impossible = (
        "range=2h&sort=price&dir=up&hide=x",
        "since=9&until=5",
        "since=-1",
        "until=1e99&tool=",
    )
    for query in impossible:
        open_tools(shared_page, f"?{query}")
        expect_total(shared_page, total)


HOSTILE = [
    "<script>document.title='taken'</script>",
    "\u202eright to left",
    "mcp__😀__a/b?c#d%2F",
    "y" * 5_000,
    "a.b[0].c",
]


def test_tools_of_any_name_are_only_text(page: Page, both: Hookwatch) -> None:
    """MCP servers choose the names of their tools, and errors hold anything."""
    now = time.time_ns() // 1_000_000 - HOUR
    error = "\x1b[31m<img src=x onerror=\"document.title='taken'\">" + "z" * 100_000
    post_calls(both, *(made_call(name, now, outcome="failed", error=error) for name in HOSTILE))
    open_tools(page)
    expect(table(page, "Tools").locator("tbody tr")).to_have_count(len(HOSTILE))
    for name in HOSTILE:
        open_tools(page, f"?tool={quote(name, safe='')}")
        panel = page.get_by_role("complementary")
        expect(panel.get_by_text("1 ×")).to_be_visible()
        expect(panel).to_contain_text("<img")
    expect(page).to_have_title(re.compile("Hookwatch"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


@pytest.mark.usefixtures("now")
def test_a_tool_never_called_says_so(shared_page: Page) -> None:
    """An old bookmark must not look like a broken shared_page."""
    open_tools(shared_page, "?tool=Bosh")
    expect(shared_page.get_by_text("no tool Bosh was ever called")).to_be_visible()


@pytest.mark.usefixtures("now")
def test_axe_finds_nothing_in_tables_instead_of_charts(shared_page: Page) -> None:
    """The other states of this view are among those of `test_accessibility.py`."""
    open_tools(shared_page, "?as=table&source_app=shop-api")
    assert accessibility_problems(shared_page) == []


@pytest.mark.usefixtures("now")
def test_a_named_filter_value_is_offered(shared_page: Page) -> None:
    """What cannot be picked from the menu is not found by those who do not know its name."""
    open_tools(shared_page)
    for menu, values in {
        "agent type": ["main agent", "Explore"],
        "mcp server": ["github", "no server"],
        "model": ["claude-haiku-4-5", "claude-opus-5"],
    }.items():
        shared_page.get_by_role("combobox", name=f"Filter by {menu}").click()
        expect(shared_page.get_by_role("option")).to_have_count(len(values))
        for value in values:
            expect(shared_page.get_by_role("option", name=value)).to_be_visible()
        shared_page.keyboard.press("Escape")
