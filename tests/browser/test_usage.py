"""Use the usage view as its readers do: every figure is the API's, and says where it comes from."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import accessibility_problems
from tests.browser.made_calls import post_calls
from tests.browser.made_usage import (
    DAY,
    HOUR,
    MINUTE,
    OPUS,
    SONNET,
    UNPRICED,
    api_error,
    message,
    post_week,
    request,
    status_line,
)
from tests.browser.visit import visit
from tests.running import Hookwatch

FIGURES = 9
SHORT = {OPUS: "opus-5-5", SONNET: "sonnet-5-5"}


def now_ms() -> int:
    """Return the start of this minute."""
    return time.time_ns() // 1_000_000 // MINUTE * MINUTE


def post_calls_of_a_day(both: Hookwatch) -> int:
    """Post requests of every source over the last days; return the time they are counted from."""
    now = now_ms()
    opus = [request(now - hour * HOUR, cost=hour / 8) for hour in range(1, 9)]
    others = [
        request(now - 2 * HOUR, session="s2", agent="Explore", model=SONNET, cost=0.0123),
        message(now - 3 * HOUR, session="s3", project="infra"),
        request(now - 4 * HOUR, session="s4", project="infra", model=UNPRICED, cost=None),
        request(now - 3 * DAY, session="s5", project="docs", cost=1_234.5),
        api_error(now - 90 * MINUTE),
    ]
    post_calls(both, [*opus, *others])
    return now


@pytest.fixture(scope="module")
def day(shared_daemons: Hookwatch) -> Hookwatch:
    """Post those requests once, for the tests that only read."""
    post_calls_of_a_day(shared_daemons)
    return shared_daemons


def usage(both: Hookwatch, query: str = "by=model") -> Any:
    """Return what the API answers."""
    answer = both.queryd.get(f"/api/usage?{query}")
    assert answer.status == 200, answer.body
    return answer.json()


def usd(value: float | None) -> str:
    """Write dollars as the page does."""
    if value is None:
        return "–"
    return "<$0.01" if 0 < value < 0.005 else f"${value:,.2f}"


def tokens(value: int) -> str:
    """Write tokens as the page does."""
    if value < 1_000:
        return str(value)
    if value < 999_500:
        return f"{value / 1_000:.{1 if value < 9_950 else 0}f} k"
    return f"{value / 1_000_000:.1f} M"


def ratio(value: float | None) -> str:
    """Write a share as the page does."""
    return "–" if value is None else f"{value * 100:.0f}%"


def cells(row: dict[str, Any]) -> list[str]:
    """Write what stands beside a group's name."""
    cost = usd(row["cost_usd"])
    more = "+" if row["cost_usd"] is not None and row["unpriced_requests"] else ""
    known = row["requests"] > 0
    return [
        cost + more,
        f"{row['requests']:,}" if known else "–",
        *(
            tokens(row[key]) if known else "–"
            for key in ("input", "output", "cache_read", "cache_creation")
        ),
        ratio(row["cache_hit_ratio"]),
        f"{row['unpriced_requests']:,}",
        f"{row['errors']:,}",
    ]


def totals(page: Page) -> Locator:
    """Return the line of all."""
    return page.get_by_role("group", name="Totals")


def table(page: Page, title: str) -> Locator:
    """Return the table of a title."""
    return page.get_by_role("region", name=f"{title}, table", exact=True)


def shown(page: Page, title: str) -> list[list[str]]:
    """Return the figures of a table, from top to bottom."""
    rows = table(page, title).locator("tbody tr").all()
    return [one.locator("td").all_inner_texts()[:FIGURES] for one in rows]


def open_usage(page: Page, query: str = "") -> None:
    """Open the view and wait for its figures."""
    visit(page, f"/usage{query}")
    expect(totals(page)).to_be_visible()


def expect_requests(page: Page, number: int) -> None:
    """Wait until so many requests are counted."""
    words = f"{number:,} request{'' if number == 1 else 's'}"
    expect(totals(page)).to_contain_text(re.compile(rf"\D{words}\b"))


def test_every_figure_is_the_apis(page: Page, both: Hookwatch) -> None:
    """One figure that differs from another view's makes all of them doubted."""
    post_week(both, now_ms())
    open_usage(page, "?range=7d")
    total = usage(both, "by=model&range=7d")["total"]
    expect_requests(page, total["requests"])
    words = " ".join(totals(page).inner_text().split())
    assert f"Last 7 days {usd(total['cost_usd'])}+" in words
    spent = sum(total[key] for key in ("input", "output", "cache_read", "cache_creation"))
    assert f"{tokens(spent)} tokens" in words
    assert f"{ratio(total['cache_hit_ratio'])} cache hit rate" in words
    assert f"{total['unpriced_requests']} unpriced" in words
    assert f"{total['errors']} errors" in words
    groups = {"Models": "model", "Projects": "project", "Sessions": "session"}
    for title, by in {**groups, "Agents": "agent_type"}.items():
        answer = usage(both, f"by={by}&range=7d")
        expect(table(page, title).locator("tbody tr")).to_have_count(len(answer["rows"]))
        assert sorted(shown(page, title)) == sorted(map(cells, answer["rows"])), title
    assert len(usage(both, "by=agent_type&range=7d")["rows"]) == 3


def test_the_chart_as_a_table_is_the_series(shared_page: Page, day: Hookwatch) -> None:
    """Who cannot see the picture, or wants the numbers, must get the same answer."""
    for show, key in (("", "cost_usd"), ("&show=tokens", None)):
        open_usage(shared_page, f"?as=table{show}")
        answer = usage(day)
        title = "Cost over time" if show == "" else "Tokens over time"
        region = shared_page.get_by_role("region", name=f"{title}, as a table")
        expect(region.locator("tbody tr").first).to_be_visible()
        heads = region.locator("thead th").all_inner_texts()
        sums: dict[str, float] = {}
        unknown = set()
        for point in answer["series"]:
            name = SHORT.get(point["model"], point["model"])
            kinds = ("input", "output", "cache_read", "cache_creation")
            value = sum(point[kind] for kind in kinds) if key is None else point[key]
            if value is None:
                unknown.add(name)
            sums[name] = sums.get(name, 0) + (value or 0)
        assert set(heads[1:-1]) == set(sums)
        rows = [one.locator("td").all_inner_texts() for one in region.locator("tbody tr").all()]
        for column, name in enumerate(heads[1:-1]):
            found = [row[column].replace("$", "").replace(",", "") for row in rows]
            assert ("–" in found) == (name in unknown)
            read = sum(float(text) for text in found if text != "–")
            assert read == pytest.approx(sums[name], abs=0.01 * len(rows))


@pytest.mark.usefixtures("day")
def test_tokens_instead_of_cost_are_in_the_address(shared_page: Page) -> None:
    """The question "what used it" is another than "what was it worth"."""
    open_usage(shared_page)
    choice = shared_page.get_by_role("group", name="Chart value")
    choice.get_by_role("button", name="Tokens").click()
    expect(shared_page).to_have_url(re.compile(r"/usage\?show=tokens$"))
    expect(shared_page.get_by_role("heading", name="Tokens over time")).to_be_visible()
    shared_page.reload()
    expect(shared_page.get_by_role("heading", name="Tokens over time")).to_be_visible()
    choice.get_by_role("button", name="Cost").click()
    expect(shared_page).to_have_url(re.compile(r"/usage$"))
    expect(shared_page.get_by_role("heading", name="Cost over time")).to_be_visible()


def test_range_and_filters_hold_for_all_figures_and_are_in_the_address(
    shared_page: Page, day: Hookwatch
) -> None:
    """A view that can be reloaded, shared and gone back from is one that can be relied on."""
    open_usage(shared_page)
    expect_requests(shared_page, 11)
    shared_page.get_by_role("button", name="7 d", exact=True).click()
    expect(shared_page).to_have_url(re.compile(r"/usage\?range=7d$"))
    expect_requests(shared_page, 12)
    expect(totals(shared_page)).to_contain_text(
        usd(usage(day, "by=model&range=7d")["total"]["cost_usd"])
    )
    shared_page.get_by_role("combobox", name="Filter by project").click()
    shared_page.get_by_role("option", name="infra").click()
    shared_page.keyboard.press("Escape")
    expect(shared_page).to_have_url(re.compile("source_app=infra"))
    expect_requests(shared_page, 2)
    shared_page.get_by_role("combobox", name="Filter by model").click()
    shared_page.get_by_role("option", name="sonnet-5-5").click()
    shared_page.keyboard.press("Escape")
    for _ in range(2):
        expect_requests(shared_page, 1)
        for title in ("Models", "Projects", "Sessions", "Agents"):
            expect(table(shared_page, title).locator("tbody tr")).to_have_count(1)
        shared_page.reload()
    shared_page.go_back()
    expect_requests(shared_page, 2)
    shared_page.get_by_role("button", name="Remove filter Project infra").click()
    expect(shared_page).to_have_url(re.compile(r"/usage\?range=7d$"))
    expect_requests(shared_page, 12)


@pytest.mark.usefixtures("day")
def test_groups_are_filters_and_sessions_lead_to_their_page(shared_page: Page) -> None:
    """Which model costs most leads to what it was used for."""
    open_usage(shared_page)
    table(shared_page, "Models").get_by_role("button", name="sonnet-5-5").click()
    expect(shared_page).to_have_url(re.compile(rf"model={SONNET}"))
    expect_requests(shared_page, 2)
    table(shared_page, "Projects").get_by_role("button", name="infra").click()
    expect_requests(shared_page, 1)
    shared_page.get_by_role("button", name="Clear all").click()
    expect_requests(shared_page, 11)
    table(shared_page, "Sessions").get_by_role("link", name="s3").click()
    expect(shared_page).to_have_url(re.compile(r"/sessions/s3\?tab=usage$"))


def test_a_cost_says_where_it_comes_from_and_what_is_not_in_it(
    shared_page: Page, day: Hookwatch
) -> None:
    """Costs are the figures that are trusted least: each must name its witness."""
    open_usage(shared_page)
    rows = {it["key"]: it for it in usage(day, "by=session")["rows"]}
    assert (rows["s1"]["cost_source"], rows["s3"]["cost_source"]) == ("otlp", "transcript")
    for session, words in {
        "s1": "from telemetry.",
        "s3": "from the transcript.s tokens at list prices.",
        "s4": "Cost unknown. 1 request without a known price is not in it.",
    }.items():
        row = table(shared_page, "Sessions").locator(f"[data-figure={session}]")
        expect(row.locator(".at-bar [title]")).to_have_attribute("title", re.compile(words))
    total = shared_page.locator("[data-total-cost]")
    expect(total).to_have_attribute("title", re.compile("from several sources. 1 request without"))
    expect(total).to_have_text(re.compile(r"^\$[\d.]+\+$"))
    chart = shared_page.get_by_role("slider", name="Cost over time")
    chart.focus()
    expect(shared_page.locator("[data-tip]")).to_contain_text("From several sources")


def limit(page: Page, name: str) -> Locator:
    """Return a meter with its words."""
    return page.locator(f'[data-limit="{name}"]')


def test_limits_say_how_full_they_are_until_when_and_when_full(page: Page, both: Hookwatch) -> None:
    """To plan the afternoon one must know whether the window lasts."""
    now = time.time_ns() // 1_000_000
    ends = {"five_hour": now + 2 * HOUR, "seven_day": now + 3 * DAY}
    lines = [
        status_line(
            now - (40 - minute) * MINUTE,
            limits={
                "five_hour": (20 + minute, ends["five_hour"]),
                "seven_day": (41.0, ends["seven_day"]),
            },
        )
        for minute in range(0, 41, 5)
    ]
    post_calls(both, lines)
    page.goto("/usage")
    five, seven = limit(page, "5-hour limit"), limit(page, "7-day limit")
    reported = both.queryd.get("/api/limits").json()
    assert reported["five_hour"]["reaches_full_at"] is not None
    expect(five.get_by_role("meter")).to_have_attribute("aria-valuenow", "60")
    expect(five).to_contain_text("60%")
    clock = "ms => new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit',"
    clock += " hourCycle: 'h23'}).format(ms)"
    full = page.evaluate(clock, reported["five_hour"]["reaches_full_at"])
    expect(five).to_contain_text(f"{full} at this rate")
    resets = page.evaluate(clock, reported["five_hour"]["resets_at"])
    expect(five).to_contain_text(re.compile(rf"Resets in \d+ (h|min).*\(.*{resets}\)"))
    expect(seven).to_contain_text("41%")
    expect(seven).not_to_contain_text("at this rate")
    expect(page.get_by_role("region", name="Limits")).to_contain_text("Updated")
    later = {"five_hour": (95.0, ends["five_hour"])}
    post_calls(both, [status_line(now + 1_000, limits=later, session="s2")])
    expect(five).to_contain_text("95%")
    expect(page.get_by_role("region", name="Limits").get_by_role("link")).to_contain_text("s2")


def test_a_limit_whose_window_is_over_is_unknown_and_not_nothing(
    page: Page, both: Hookwatch
) -> None:
    """After lunch the old 90 % says nothing, and 0 % would be a guess."""
    now = time.time_ns() // 1_000_000
    past_window = {"five_hour": (90.0, now - HOUR)}
    post_calls(both, [status_line(now - 3 * HOUR, limits=past_window), request(now - 3 * HOUR)])
    open_usage(page)
    expect(limit(page, "5-hour limit")).to_contain_text("–")
    expect(limit(page, "5-hour limit")).to_contain_text("no update since")
    expect(limit(page, "7-day limit")).to_have_count(0)


@pytest.mark.usefixtures("day")
def test_keys_lead_here_walk_the_rows_and_sort(shared_page: Page) -> None:
    """Anyone who lives in terminals does not reach for the mouse."""
    visit(shared_page, "/")
    expect(shared_page.locator("[data-connection]")).to_have_text("live")
    shared_page.keyboard.press("g")
    shared_page.keyboard.press("u")
    expect(shared_page).to_have_url(re.compile(r"/usage$"))
    expect(shared_page).to_have_title("Usage · Hookwatch")
    table(shared_page, "Models").get_by_role("button", name="Requests").click()
    expect(shared_page).to_have_url(re.compile("sort=requests&dir=desc"))
    found = [int(row[1]) for row in shown(shared_page, "Models")]
    assert found == sorted(found, reverse=True)
    table(shared_page, "Models").get_by_role("button", name="Model", exact=True).click()
    expect(shared_page).to_have_url(re.compile("sort=name&dir=asc"))
    names = table(shared_page, "Models").locator("tbody th")
    assert names.all_inner_texts() == ["acme-large-1", "opus-5-5", "sonnet-5-5"]
    for key in "jjk":
        shared_page.keyboard.press(key)
    shared_page.keyboard.press("Enter")
    expect(shared_page).to_have_url(re.compile(f"model={UNPRICED}"))


@pytest.mark.usefixtures("day")
def test_the_palette_finds_it_by_its_topics(shared_page: Page) -> None:
    """No one remembers what a view is called; "cost" must lead to costs."""
    visit(shared_page, "/")
    expect(shared_page.locator("[data-connection]")).to_have_text("live")
    shared_page.keyboard.press("/")
    shared_page.keyboard.type("cost")
    shared_page.get_by_role("option", name="Usage").click()
    expect(shared_page).to_have_url(re.compile(r"/usage$"))


def test_arrow_keys_read_the_chart_and_zoom_into_it(shared_page: Page, day: Hookwatch) -> None:
    """A chart that only a mouse can read is closed to some, and slow for others."""
    open_usage(shared_page)
    answer = usage(day, "by=model&utc_offset_minutes=330")  # the time zone of the tests
    chart = shared_page.get_by_role("slider", name="Cost over time")
    chart.focus()
    shared_page.keyboard.press("End")
    for _ in range(200):
        if "$0.13" in (chart.get_attribute("aria-valuetext") or ""):
            break
        shared_page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"\$0\.13 opus-5-5"))
    shared_page.keyboard.press("Enter")
    (point,) = [it for it in answer["series"] if it["cost_usd"] == 0.125]
    expect(shared_page).to_have_url(re.compile(rf"since={point['at']}&until={point['until']}$"))
    expect_requests(shared_page, 1)
    shared_page.go_back()
    expect_requests(shared_page, 11)


@pytest.mark.usefixtures("day")
def test_a_model_is_put_out_of_the_chart_by_its_legend(shared_page: Page) -> None:
    """The dearest model hides what the others cost."""
    open_usage(shared_page)
    legend = shared_page.get_by_role("region", name="Cost over time")
    legend.get_by_role("button", name="opus-5-5").click()
    expect(shared_page).to_have_url(re.compile(rf"hide={OPUS}"))
    chart = shared_page.get_by_role("slider", name="Cost over time")
    chart.focus()
    expect(chart).not_to_have_attribute("aria-valuetext", re.compile("opus"))
    shared_page.reload()
    expect(legend.get_by_role("button", name="opus-5-5")).to_have_attribute("aria-pressed", "false")


def test_new_requests_are_counted_without_a_reload(page: Page, both: Hookwatch) -> None:
    """The view stands open all day."""
    now = post_calls_of_a_day(both)
    open_usage(page)
    expect_requests(page, 11)
    post_calls(both, [request(now, session="new", model="claude-fable-5", cost=7.77)])
    expect_requests(page, 12)
    expect(table(page, "Models")).to_contain_text("fable-5")
    expect(table(page, "Sessions")).to_contain_text("$7.77")


def test_a_status_line_alone_reports_a_cost_without_tokens(page: Page, both: Hookwatch) -> None:
    """Who taps the status line alone must not read that nothing was used."""
    now = now_ms()
    post_calls(both, [status_line(now - n * MINUTE, cost=3.0 / n) for n in (4, 3, 2, 1)])
    open_usage(page)
    total = usage(both)["total"]
    assert (total["requests"], total["cost_source"]) == (0, "status_line")
    words = " ".join(totals(page).inner_text().split())
    assert f"{usd(total['cost_usd'])} · – requests · – tokens · – cache" in words
    rows = usage(both, "by=session")["rows"]
    expect(table(page, "Sessions").locator("tbody tr")).to_have_count(1)
    assert shown(page, "Sessions") == [cells(one) for one in rows]
    title = re.compile("from the status line")
    expect(page.locator("[data-total-cost]")).to_have_attribute("title", title)


def test_without_requests_it_teaches_and_a_larger_range_is_offered(
    page: Page, both: Hookwatch
) -> None:
    """Nothing in the last hour and nothing at all are two different answers."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/usage?range=1h")
    heading = page.get_by_role("heading", name="No usage data yet")
    expect(heading).to_be_visible()
    expect(page.get_by_role("region", name="Limits")).to_contain_text("No limits reported")
    page.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    url = f"http://127.0.0.1:{both.ingestd.port}"
    connect = f".venv/bin/hookwatch connect --statusline --telemetry --url {url}"
    assert copied == f"HOOKWATCH_DATA={both.data} {connect}"
    post_calls(both, [request(now_ms() - 2 * HOUR)])
    title = page.get_by_role("heading", name="No requests: last hour")
    expect(title).to_be_visible()
    page.get_by_role("button", name="Show last 24 hours").click()
    expect_requests(page, 1)
    page.goto("/usage?source_app=nobody")
    page.get_by_role("button", name="Clear filters").click()
    expect_requests(page, 1)


def test_what_fails_says_so_and_is_tried_again(page: Page, both: Hookwatch) -> None:
    """The service restarts while the page is open."""
    post_calls_of_a_day(both)
    page.route("**/api/usage*", lambda route: route.abort())
    page.goto("/usage")
    heading = page.get_by_role("heading", name="The usage couldn\u2019t be loaded")
    expect(heading).to_be_visible()
    page.unroute("**/api/usage*")
    page.get_by_role("button", name="Retry").click()
    expect_requests(page, 11)
    both.queryd.kill()
    expect(page.get_by_text("Not up to date")).to_be_visible()
    expect(table(page, "Models").locator("tbody tr")).to_have_count(3)
    both.queryd.start()
    expect(page.get_by_text("Not up to date")).to_be_hidden()


@pytest.mark.usefixtures("day")
def test_an_impossible_address_shows_the_default(shared_page: Page) -> None:
    """Addresses are typed, cut off and pasted."""
    impossible = (
        "range=2h&sort=price&dir=up&show=x&as=y",
        "since=9&until=5",
        "since=-1",
        "until=1e99",
    )
    for query in impossible:
        open_usage(shared_page, f"?{query}")
        expect_requests(shared_page, 11)


HOSTILE = ["<script>document.title='taken'</script>", "\u202eright to left", "y" * 5_000, "a&b=c#d"]


def test_models_and_projects_of_any_name_are_only_text(page: Page, both: Hookwatch) -> None:
    """Gateways name models as they like, and folders are called anything."""
    at = now_ms() - HOUR
    post_calls(
        both,
        [request(at, model=name, project=name, session=name[:90], cost=1.0) for name in HOSTILE],
    )
    open_usage(page)
    expect(table(page, "Models").locator("tbody tr")).to_have_count(len(HOSTILE))
    expect(table(page, "Projects").locator("tbody tr")).to_have_count(len(HOSTILE))
    table(page, "Models").get_by_role("button", name="a&b=c#d").click()
    expect_requests(page, 1)
    expect(page).to_have_title(re.compile("Hookwatch"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


@pytest.mark.usefixtures("day")
def test_axe_finds_nothing_where_a_filter_leaves_nothing(shared_page: Page) -> None:
    """The other states of this view are among those of `test_accessibility.py`."""
    visit(shared_page, "/usage?source_app=unknown")
    expect(shared_page.get_by_text("No requests")).to_be_visible()
    assert accessibility_problems(shared_page) == []
