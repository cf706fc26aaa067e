"""Measure what a hook costs Claude Code, by every way to send one.

A hook is run as the client runs it, by `/bin/sh -c` with the body on stdin; an http hook is a POST
on a connection kept open.
"""

import http.client
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Final

from bench.daemons import ROOT, RunningDaemons, daemons
from bench.posts import body
from shared.hook_handlers import FORWARDER, SPOOLER, command_handler
from shared.spool import READY

SCRIPTS: Final = ROOT / "connect" / "plugin" / "scripts"
WARM_UP: Final = 5
NOWHERE: Final = 1
"""A port that refuses."""
READY_S: Final = 10.0

_SERIAL: Final = count()
Hook = Callable[[bytes], None]


def measure_hooks(*, times: int) -> list[tuple[str, str]]:
    """Run each kind of hook some times, in turns."""
    with tempfile.TemporaryDirectory() as name, _ingestd(Path(name) / "data") as running:
        folder = Path(name)
        url = f"http://127.0.0.1:{running.ingest_port}"
        refused = f"http://127.0.0.1:{NOWHERE}"
        watched = folder / "data" / "spool"
        _wait_for(watched / READY)
        curl = f"curl -s --max-time 2 --data-binary @- {url}/events >/dev/null 2>&1 || true"
        kinds: dict[str, Hook] = {
            "sh -c true": _command("true"),
            "http, connection kept": _post(running.ingest_port),
            "curl one-liner, ingestd up": _command(curl),
            "command, ingestd up": _handler(FORWARDER, url, folder / "up"),
            "command, ingestd down": _handler(FORWARDER, refused, folder / "down"),
            "spool, ingestd up": _handler(SPOOLER, url, watched),
            "spool, ingestd down": _handler(SPOOLER, refused, _ready(folder / "spool")),
        }
        took = _in_turns(kinds, times)
        hung = {
            "command, ingestd hung, all later ones": _handler(FORWARDER, url, folder / "hung0"),
            "spool, ingestd hung": _handler(SPOOLER, url, watched),
        }
        os.kill(running.pids["ingestd"], signal.SIGSTOP)
        try:
            firsts = [_handler(FORWARDER, url, folder / f"hung{turn}") for turn in range(3)]
            took["command, ingestd hung, the first hook"] = [_time(hook) for hook in firsts]
            took |= _in_turns(hung, times)
        finally:
            os.kill(running.pids["ingestd"], signal.SIGCONT)
    return [*_rows(took), ("load of the machine", f"{os.getloadavg()[0]:.1f}")]


def _ingestd(data: Path) -> AbstractContextManager[RunningDaemons]:
    data.mkdir()
    return daemons("ingestd", data=data, pin=False)


def _in_turns(kinds: dict[str, Hook], times: int) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(times + WARM_UP):
        for name, hook in kinds.items():
            seconds = _time(hook)
            if turn >= WARM_UP:
                took[name].append(seconds)
    return took


def _ready(folder: Path) -> Path:
    """Return a spool as an ingestd left it that is down now."""
    folder.mkdir()
    (folder / READY).touch()
    return folder


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + READY_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.01)


def _time(hook: Hook) -> float:
    content = body(next(_SERIAL))
    started = time.perf_counter()
    hook(content)
    return time.perf_counter() - started


def _handler(script: str, url: str, spool: Path) -> Hook:
    return _command(command_handler(SCRIPTS / script, url, spool)["command"])


def _command(text: str) -> Hook:
    environment = {
        **os.environ,
        "CLAUDE_PROJECT_DIR": "/home/dev/shop",
        "AI_AGENT": "claude-code_2-1-330_harness",
        "CLAUDE_PID": "4242",
    }

    def run(content: bytes) -> None:
        subprocess.run(["/bin/sh", "-c", text], input=content, check=True, env=environment)

    return run


def _post(port: int) -> Hook:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def run(content: bytes) -> None:
        connection.request("POST", "/events", content, {"Content-Type": "application/json"})
        connection.getresponse().read()

    return run


def _rows(took: dict[str, list[float]]) -> list[tuple[str, str]]:
    ordered = {name: sorted(1000 * seconds for seconds in found) for name, found in took.items()}
    middle = {name: found[len(found) // 2] for name, found in ordered.items()}
    curl = middle["curl one-liner, ingestd up"]
    rows = []
    for name, found in ordered.items():
        figures = f"p50 {middle[name]:.1f} ms, p90 {found[int(len(found) * 0.9)]:.1f} ms"
        ratio = f"p50 {middle[name] / curl:.2f} times the one-liner's"
        rows.append((f"a hook: {name}", f"{figures}; {ratio}"))
    return rows
