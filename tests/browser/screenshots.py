"""Take screenshots of every view in every state: `python -m tests.browser.screenshots --help`.

They are named `screenshots/<state>-<view>-<size>-<theme>.png`.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from bench.chromium import CHROMIUM, FLAGS
from tests.browser.places import EMPTY, fill, newest_id, places, rows
from tests.running import ROOT, Hookwatch, hookwatch, wait_for

Theme: TypeAlias = Literal["light", "dark"]
Places: TypeAlias = dict[str, str]

OUT: Final = ROOT / "screenshots"
SIZES: Final = {"desk": (1440, 900), "phone": (390, 844)}
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
READY_MS: Final = 5_000
"""A view that is not ready by then is taken as it is: that is worth seeing too."""
SETTLE_MS: Final = 400
NORMAL_EVENTS: Final = 1_000
"""Some minutes of six terminals, beside the captured sessions."""


def main() -> int:
    """Take the pictures that were asked for, and print the path of each."""
    options = _options()
    if CHROMIUM is None:
        sys.stderr.write("no Chromium is installed (apt-get install chromium)\n")
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = re.compile(options.only or "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for state, play in STATES.items():
            if options.state and state not in options.state:
                continue
            with tempfile.TemporaryDirectory() as folder, play(Path(folder)) as (both, shown):
                for name in _shoot(browser, both, shown, state, wanted, options):
                    sys.stdout.write(f"{name}\n")
        browser.close()
    return 0


@contextmanager
def empty(folder: Path) -> Iterator[tuple[Hookwatch, Places]]:
    """Run daemons that have seen nothing."""
    with hookwatch(folder) as both:
        yield both, dict(EMPTY)


@contextmanager
def normal(folder: Path) -> Iterator[tuple[Hookwatch, Places]]:
    """Run daemons that have seen a few terminals for a while."""
    with hookwatch(folder) as both:
        shown = fill(both)
        with _demo(both, sessions=6, rate=25):
            wait_for(lambda: newest_id(both) >= NORMAL_EVENTS, deadline_s=120)
            yield both, {**shown, **_demo_places(both)}


@contextmanager
def busy(folder: Path) -> Iterator[tuple[Hookwatch, Places]]:
    """Run daemons in a flood, which goes on while pictures are taken."""
    with hookwatch(folder) as both, _demo(both, sessions=50, rate=500):
        wait_for(lambda: _count(both) >= 45)
        yield both, _demo_places(both)


@contextmanager
def without_queryd(folder: Path) -> Iterator[tuple[Hookwatch, Places]]:
    """Run daemons one of which dies under the open page."""
    with hookwatch(folder) as both:
        yield both, fill(both)


@contextmanager
def without_ingestd(folder: Path) -> Iterator[tuple[Hookwatch, Places]]:
    """Run queryd over a log that no one writes any more."""
    with hookwatch(folder) as both:
        shown = fill(both)
        both.ingestd.kill()
        yield both, shown


STATES: Final = {
    "empty": empty,
    "normal": normal,
    "busy": busy,
    "no-queryd": without_queryd,
    "no-ingestd": without_ingestd,
}


def _shoot(
    browser: Browser,
    both: Hookwatch,
    shown: Places,
    state: str,
    wanted: re.Pattern[str],
    options: argparse.Namespace,
) -> Iterator[Path]:
    for theme in options.theme or THEMES:
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=theme,
                base_url=f"http://127.0.0.1:{both.queryd.port}",
            )
            page = context.new_page()
            for view, path, prepare in _views(shown):
                name = f"{state}-{view}-{size}-{theme}"
                if not wanted.search(name):
                    continue
                _open(page, path)
                if state == "no-queryd":
                    both.queryd.kill()
                    _until(page, "[data-connection=offline]", 3 * READY_MS)
                prepare(page)
                page.wait_for_timeout(SETTLE_MS)
                file = options.out / f"{name}.png"
                page.screenshot(path=file)
                yield file
                if state == "no-queryd":
                    both.queryd.start()
            context.close()


def _views(shown: Places) -> Iterator[tuple[str, str, Callable[[Page], None]]]:
    """Yield the name, the address and what is to be done there of each picture."""
    for name, path in shown.items():
        yield name, path, _nothing
    yield "home-cards", "/", _to_cards
    yield "palette", "/", _open_palette
    yield "keys", "/", _open_keys


def _nothing(_page: Page) -> None:
    """Leave the view as its address opens it."""


def _to_cards(page: Page) -> None:
    for role in ("button", "radio", "tab"):
        found = page.get_by_role(role, name=re.compile("card|grid", re.IGNORECASE))
        if found.count():
            found.first.click()
            return


def _open_palette(page: Page) -> None:
    page.keyboard.press("/")
    _until(page, "[role=option]", READY_MS)


def _open_keys(page: Page) -> None:
    page.keyboard.press("?")
    _until(page, "[role=dialog]", READY_MS)


def _open(page: Page, path: str) -> None:
    page.goto(path)
    _until(page, "[data-connection=live]", READY_MS)
    _until(page, "main:not(:has(.pulse))", READY_MS)


def _until(page: Page, selector: str, timeout_ms: float) -> None:
    try:
        page.wait_for_selector(selector, timeout=timeout_ms, state="attached")
    except PlaywrightError:
        sys.stderr.write(f"{page.url}: no {selector} within {timeout_ms / 1000:.0f} s\n")


@contextmanager
def _demo(both: Hookwatch, *, sessions: int, rate: float) -> Iterator[None]:
    """Play the simulator while pictures are taken: its sessions end when it does."""
    url = f"http://127.0.0.1:{both.ingestd.port}"
    story = ["--sessions", str(sessions), "--rate", str(rate)]
    playing = subprocess.Popen(
        [sys.executable, "-m", "connect", "demo", "--into", url, "--seed", "7", *story],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        playing.terminate()
        playing.wait()


def _demo_places(both: Hookwatch) -> Places:
    """Return every place, with the session that has the most to show."""
    alive = rows(both, "/api/sessions/active?limit=500")
    best = max(alive, key=lambda row: (row["agent_count"] > 0, row["event_count"]))
    return places(best["session_id"], newest_id(both))


def _count(both: Hookwatch) -> int:
    answer = both.queryd.get("/api/sessions/active?limit=500")
    return len(json.loads(answer.body)["sessions"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("--only", help="a regular expression on names, as 'home|session'")
    parser.add_argument("--theme", action="append", choices=THEMES, help="default: both")
    parser.add_argument("--state", action="append", choices=list(STATES), help="default: all")
    parser.add_argument("--out", type=Path, default=OUT, help="default: screenshots/")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
