"""Measure the dashboard in Chromium while events arrive, and how soon it draws an event.

It needs a Chromium and the built page. The browser has one core, daemons and load have another:
their costs are not mixed. The CPU per event compares two builds even on a busy machine; frames,
tasks and latencies need an idle one.
"""

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.chromium import CHROMIUM, FLAGS
from bench.daemons import LOAD_CORE, SERVER_CORE, on_core
from bench.figures import Latencies, latencies
from bench.load import running_load
from bench.tab import Tab, window

VIEWS: Final = (
    "/",
    "/events",
    "/tools",
    "/timeline",
    "/digest",
    "/usage",
    "/health",
    "/sessions/newest",
)
"""`newest` is the session of the newest event."""
LONG_MS: Final = 50
LARGE_BYTES: Final = 32_000
TABS: Final = 6
REQUESTS: Final = 100
SETTLE_SECONDS: Final = 3
"""What a view does to open is not what it does while events arrive."""
NAMED: Final = 3
"""How many scripts of long frames are named."""

_WATCH: Final = """() => {
    const seen = {frames: 0, tasks: [], scripts: [], started: performance.now()};
    window.benchSeen = seen;
    const watch = (type, add) => new PerformanceObserver(
        (list) => list.getEntries().forEach(add)).observe({type});
    watch('longtask', (task) => seen.tasks.push(task.duration));
    watch('long-animation-frame', (frame) => {
        for (const it of frame.scripts) seen.scripts.push({
            invoker: it.invoker, name: it.sourceFunctionName, url: it.sourceURL,
            position: it.sourceCharPosition, took_ms: it.duration,
            layout_ms: it.forcedStyleAndLayoutDuration});
    });
    const frame = () => { seen.frames += 1; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""
_SEEN: Final = (
    "() => ({...window.benchSeen, elapsed_ms: performance.now() - window.benchSeen.started})"
)
_APPEARS: Final = """(text) => {
    window.benchAppeared = new Promise((done) => {
        const watch = new MutationObserver((changes) => {
            // The text of what changed: that of the whole page would cost a layout for each change.
            if (!changes.some(({target}) => target.textContent.includes(text))) return;
            watch.disconnect();
            requestAnimationFrame(() => setTimeout(() => done(Date.now())));
        });
        watch.observe(document.body, {subtree: true, childList: true, characterData: true});
        setTimeout(() => done(null), 10_000);
    });
}"""
_COST: Final = {
    "TaskDuration": "page",
    "ScriptDuration": "script",
    "RecalcStyleDuration": "style",
    "LayoutDuration": "layout",
}


class NoBrowserError(Exception):
    """Report that there is no Chromium to measure with."""


class NotDrawnError(Exception):
    """Report that a permission request was never drawn."""


class LongScript(msgspec.Struct, frozen=True):
    """Name a script of a long frame, as the browser reports it."""

    invoker: str
    name: str
    url: str
    position: int
    took_ms: float
    layout_ms: float

    @property
    def label(self) -> str:
        """Return what called it, its function and its file."""
        file = self.url.rsplit("/", 1)[-1].split("?")[0]
        place = f"{file}:{self.position}" if file else "inline"
        return f"{self.invoker or '?'} {self.name or 'anonymous'} ({place})"


class SeenByPage(msgspec.Struct, frozen=True):
    frames: int
    tasks: list[float]
    scripts: list[LongScript]
    elapsed_ms: float


class PageFigures(msgspec.Struct, frozen=True):
    """Hold figures of one view.

    Memory is what the garbage collector leaves, of page and worker. Costs are per event: CPU of
    the page's main thread by kind, and of all threads that draw pages (`renderers`).
    """

    frames_per_second: float
    longest_ms: float
    long_tasks: int
    early_mb: float
    late_mb: float
    worker_mb: float
    costs_us: dict[str, float]
    longest_scripts: list[str]

    def __str__(self) -> str:
        """Sum it up."""
        costs = ", ".join(f"{name} {took:.0f}" for name, took in self.costs_us.items())
        scripts = f"; long: {', '.join(self.longest_scripts)}" if self.longest_scripts else ""
        return (
            f"{self.frames_per_second:.0f} frames/s; longest task {self.longest_ms:.0f} ms, "
            f"{self.long_tasks} over {LONG_MS} ms; {self.early_mb:.0f} MB, at the end "
            f"{self.late_mb:.0f} MB, of it {self.worker_mb:.0f} MB in the worker; "
            f"CPU per event, µs: {costs}{scripts}"
        )


class PageCase(msgspec.Struct, frozen=True):
    """One view under one load."""

    view: str
    body_bytes: int = 0
    tabs: int = 1

    def label(self, per_second: int) -> str:
        """Name it in the table."""
        large = f" with bodies of {self.body_bytes // 1_000} kB" if self.body_bytes else ""
        tabs = f" in one of {self.tabs} tabs" if self.tabs > 1 else ""
        return f"{self.view}{tabs} while {per_second} events/s{large} arrive"


def cases_of(views: Sequence[str]) -> list[PageCase]:
    """Return each view, and the log also with large bodies and with many tabs."""
    cases = [PageCase(view) for view in views]
    if "/events" in views:
        cases += [
            PageCase("/events", tabs=TABS),
            PageCase("/events", body_bytes=LARGE_BYTES),
        ]
    return cases


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
    cases = cases_of(views)
    rows = []
    with _browser() as browser, on_core(SERVER_CORE):
        with running_load(ingest_port, per_second) as load:
            rows += [
                (case.label(per_second), str(_watch(browser, home, case, seconds)))
                for case in cases
                if not case.body_bytes
            ]
            waits = _request_latencies(browser, home, ingest_port)
        asked = f"POST of a permission request until it is drawn, {per_second} events/s"
        rows.append((asked, str(waits)))
        for case in (it for it in cases if it.body_bytes):
            with running_load(ingest_port, per_second, body_bytes=case.body_bytes):
                rows.append((case.label(per_second), str(_watch(browser, home, case, seconds))))
    if load.result is not None:
        rows.append(("the load", str(load.result)))
    return rows


def _watch(browser: Browser, home: str, case: PageCase, seconds: float) -> PageFigures:
    """Watch the first of the tabs; the others are behind it."""
    root = browser.new_browser_cdp_session()
    path = case.view.replace("newest", str(_newest(home)["session_id"]))
    with window(root, [f"{home}{path}"] * case.tabs) as tabs:
        front = tabs[0]
        front.send("Performance.enable", timeDomain="threadTicks")
        time.sleep(SETTLE_SECONDS)
        early = _memory_mb(front) + _worker_mb(root)
        front.evaluate(_WATCH)
        before = _spent(root, front), _newest(home)["id"]
        time.sleep(seconds)
        after = _spent(root, front), _newest(home)["id"]
        seen = msgspec.convert(front.evaluate(_SEEN), SeenByPage)
        events = max(1, after[1] - before[1])
        worker = _worker_mb(root)
        costs = {name: 1e6 * (took - before[0][name]) / events for name, took in after[0].items()}
        return PageFigures(
            frames_per_second=1_000 * seen.frames / seen.elapsed_ms,
            longest_ms=max(seen.tasks, default=0),
            long_tasks=sum(task > LONG_MS for task in seen.tasks),
            early_mb=early,
            late_mb=_memory_mb(front) + worker,
            worker_mb=worker,
            costs_us=costs,
            longest_scripts=longest_scripts(seen.scripts),
        )


def longest_scripts(scripts: Sequence[LongScript]) -> list[str]:
    """Name the scripts that took most time in long frames, with their forced layouts."""
    took: dict[str, tuple[float, float]] = {}
    for script in scripts:
        total, layout = took.get(script.label, (0.0, 0.0))
        took[script.label] = total + script.took_ms, layout + script.layout_ms
    longest = sorted(took.items(), key=lambda it: it[1], reverse=True)[:NAMED]
    return [
        f"{label} {total:.0f} ms" + (f", {layout:.0f} of it in forced layouts" if layout else "")
        for label, (total, layout) in longest
    ]


def _spent(root: CDPSession, tab: Tab) -> dict[str, float]:
    """Return CPU seconds: of the page's main thread by kind, and of all renderers."""
    metrics = tab.send("Performance.getMetrics")["metrics"]
    spent = {_COST[it["name"]]: float(it["value"]) for it in metrics if it["name"] in _COST}
    processes = root.send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = sum(float(it["cpuTime"]) for it in processes if it["type"] == "renderer")
    return {**spent, "renderers": renderers}


def _newest(home: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{home}/api/events?limit=1", timeout=10) as answer:  # noqa: S310 - our own queryd
        newest: dict[str, Any] = json.load(answer)["events"][0]
    return newest


def _request_latencies(browser: Browser, home: str, ingest_port: int) -> Latencies:
    """Return the times from the start of a permission request's POST until it is drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(home)
    page.wait_for_timeout(SETTLE_SECONDS * 1_000)
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
    page.close()
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


def _memory_mb(tab: Tab) -> float:
    tab.send("HeapProfiler.collectGarbage")
    return float(tab.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _worker_mb(root: CDPSession) -> float:
    """Return the heap of the workers that pages share; 0 without one."""
    total = 0.0
    for target in root.send("Target.getTargets")["targetInfos"]:
        if target["type"] == "shared_worker":
            worker = Tab(root, target["targetId"])
            total += _memory_mb(worker)
            worker.detach()
    return total


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
