"""Damage the log, and see that every view says so until the user has dismissed it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.running import Hookwatch, hookwatch, wait_for
from tests.shared.damage import garbage, make_log, pages_of


@pytest.fixture
def both(tmp_path: Path, ports: dict[str, str]) -> Iterator[Hookwatch]:
    """Run both daemons over a log of which a page is garbage; yield once it is recovered."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    path = data / "events.db"
    make_log(path, 300)
    garbage(path, [pages_of(path, "events", "leaf")[3]])
    with hookwatch(data, **ports) as running:

        def is_done() -> bool:
            found = running.ingestd.get("/health").json()["damage"]["recoveries"]
            return bool(found and found[0]["done_at"])

        wait_for(is_done)
        yield running


def test_every_view_says_that_the_log_was_damaged_until_it_is_dismissed(
    page: Page, both: Hookwatch
) -> None:
    (aside,) = both.data.glob("events-damaged-*.db")
    bar = page.get_by_role("status", name="Database damage")
    for view in ("/", "/events", "/health"):
        page.goto(view)
        expect(bar).to_contain_text("has been recovered")
        expect(bar).to_contain_text(re.compile(r"\d+ events recovered, at most \d+ lost"))
        expect(bar).to_contain_text(aside.name)
    log = page.get_by_role("region", name="Log and index")
    expect(log).to_contain_text(aside.name)
    bar.get_by_role("button", name="Dismiss").click()
    expect(bar).to_be_empty()
    page.reload()
    expect(log).to_contain_text(aside.name)
    expect(bar).to_be_empty()
