"""Measure the dashboard in Chromium while events arrive, and how soon it draws an event.

It needs a Chromium and the built page. The browser has one core, daemons and load have another:
their costs are not mixed.
"""

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.chromium import CHROMIUM, FLAGS
from bench.daemons import LOAD_CORE, SERVER_CORE, on_core
from bench.figures import Latencies, latencies
from bench.load import running_load

VIEWS: Final = ("/", "/events", "/timeline", "/tools")
LONG_MS: Final = 100
REQUESTS: Final = 20
SETTLE_MS: Final = 3_000
"""What a view does to open is not what it does while events arrive."""

_WATCH: Final = """() => {
    const seen = {frames: 0, tasks: [], started: performance.now()};
    window.benchSeen = seen;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) seen.tasks.push(task.duration);
    }).observe({entryTypes: ['longtask']});
    const frame = () => { seen.frames += 1; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
_SEEN: Final = (
    "() => ({...window.benchSeen, elapsed: performance.now() - window.benchSeen.started})"
)
_APPEARS: Final = """(text) => {
    window.benchAppeared = new Promise((done) => {
        const check = () => {
            if (!document.body.innerText.includes(text)) return;
            watch.disconnect();
            requestAnimationFrame(() => setTimeout(() => done(Date.now())));
        };
        const watch = new MutationObserver(check);
        watch.observe(document.body, {subtree: true, childList: true, characterData: true});
        check();
        setTimeout(() => done(null), 10_000);
    });
}"""


class NoBrowserError(Exception):
    """Report that there is no Chromium to measure with."""


class NotDrawnError(Exception):
    """Report that a permission request was never drawn."""


class PageFigures(msgspec.Struct, frozen=True):
    """Hold figures of one view; memory is what the garbage collector leaves."""

    frames_per_second: float
    longest_ms: float
    long_tasks: int
    early_mb: float
    late_mb: float

    def __str__(self) -> str:
        """Sum it up."""
        return (
            f"{self.frames_per_second:.0f} frames/s; longest task {self.longest_ms:.0f} ms, "
            f"{self.long_tasks} over {LONG_MS} ms; {self.early_mb:.0f} MB, "
            f"at the end {self.late_mb:.0f} MB"
        )


def measure_page(
    ingest_port: int,
    query_port: int,
    *,
    per_second: int,
    seconds: float,
    views: Sequence[str] = VIEWS,
) -> list[tuple[str, str]]:
    """Watch each view for some seconds while events arrive; raise NoBrowserError without one.

    Raises NotDrawnError when a permission request is not drawn.
    """
    home = f"http://127.0.0.1:{query_port}"
    rows = []
    with _browser() as browser, on_core(SERVER_CORE), running_load(ingest_port, per_second) as load:
        for view in views:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(home + view)
            figures = _watch(page, seconds)
            rows.append((f"{view} while {per_second} events/s arrive", str(figures)))
            page.close()
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(home)
        waits = _request_latencies(page, ingest_port)
        rows.append(
            (f"POST of a permission request until it is drawn, {per_second} events/s", str(waits))
        )
    if load.result is not None:
        rows.append(("the load", str(load.result)))
    return rows


def _watch(page: Page, seconds: float) -> PageFigures:
    devtools = page.context.new_cdp_session(page)
    page.wait_for_timeout(SETTLE_MS)
    early = _memory_mb(devtools)
    page.evaluate(_WATCH)
    page.wait_for_timeout(seconds * 1_000)
    seen = page.evaluate(_SEEN)
    late = _memory_mb(devtools)
    return PageFigures(
        frames_per_second=1_000 * seen["frames"] / seen["elapsed"],
        longest_ms=max(seen["tasks"], default=0),
        long_tasks=sum(task > LONG_MS for task in seen["tasks"]),
        early_mb=early,
        late_mb=late,
    )


def _request_latencies(page: Page, ingest_port: int) -> Latencies:
    """Return the times from the start of a permission request's POST until it is drawn."""
    page.wait_for_timeout(SETTLE_MS)
    took = []
    for number in range(REQUESTS):
        words = f"make ask-{number}-{time.time_ns()}"
        page.evaluate(_APPEARS, words)
        started = time.time()
        _post(ingest_port, _permission_request(f"ask-{number}", words))
        seen_ms = page.evaluate("() => window.benchAppeared")
        if seen_ms is None:
            raise NotDrawnError(f"{words} was not drawn")
        took.append(seen_ms / 1_000 - started)
        _post(
            ingest_port,
            {**_permission_request(f"ask-{number}", words), "hook_event_name": "SessionEnd"},
        )
    return latencies(took)


def _permission_request(session_id: str, command: str) -> dict[str, Any]:
    return {
        "hook_event_name": "PermissionRequest",
        "session_id": session_id,
        "cwd": "/home/dev/asking",
        "tool_name": "Bash",
        "tool_input": {"command": command},
    }


def _post(port: int, body: dict[str, Any]) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/events", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - as above
        pass


def _memory_mb(devtools: CDPSession) -> float:
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


@contextmanager
def _browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        raise NoBrowserError("no Chromium is installed (apt-get install chromium)")
    with on_core(LOAD_CORE), sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield running
        finally:
            running.close()
