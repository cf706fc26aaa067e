"""Measure what a hook costs Claude Code: the forwarder beside every other way to send one.

A hook is run as the client runs it, by `/bin/sh -c` with the body on stdin; an http hook is a POST
on a connection kept open.
"""

import http.client
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

from bench.daemons import ROOT, daemons
from bench.posts import body

SCRIPT: Final = ROOT / "connect" / "plugin" / "scripts" / "forward.sh"
WARM_UP: Final = 5
NOWHERE: Final = 1
"""A port that refuses."""

_SERIAL: Final = count()
Hook = Callable[[bytes], None]


def measure_hooks(*, times: int) -> list[tuple[str, str]]:
    """Run each kind of hook some times, in turns."""
    with daemons("ingestd", pin=False) as running, tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{running.ingest_port}"
        refused = f"http://127.0.0.1:{NOWHERE}"
        curl = f"curl -s --max-time 2 --data-binary @- {url}/events >/dev/null 2>&1 || true"
        kinds: dict[str, Hook] = {
            "sh -c true": _command("true"),
            "http, connection kept": _post(running.ingest_port),
            "curl one-liner, ingestd up": _command(curl),
            "forwarder, ingestd up": _command(_forwarder(url, Path(folder) / "up")),
            "forwarder, ingestd down": _command(_forwarder(refused, Path(folder) / "down")),
        }
        took: dict[str, list[float]] = {name: [] for name in kinds}
        for turn in range(times + WARM_UP):
            for name, hook in kinds.items():
                seconds = _time(hook)
                if turn >= WARM_UP:
                    took[name].append(seconds)
        first, later = _hung(url, Path(folder), running.pids["ingestd"], times)
    took["forwarder, ingestd hung, the first hook"] = first
    took["forwarder, ingestd hung, all later ones"] = later
    return _rows(took)


def _hung(url: str, folder: Path, pid: int, times: int) -> tuple[list[float], list[float]]:
    os.kill(pid, signal.SIGSTOP)
    try:
        firsts = [_time(_command(_forwarder(url, folder / f"hung{turn}"))) for turn in range(3)]
        later = _command(_forwarder(url, folder / "hung0"))
        return firsts, [_time(later) for _ in range(times)]
    finally:
        os.kill(pid, signal.SIGCONT)


def _time(hook: Hook) -> float:
    content = body(next(_SERIAL))
    started = time.perf_counter()
    hook(content)
    return time.perf_counter() - started


def _forwarder(url: str, spool: Path) -> str:
    script = shlex.quote(str(SCRIPT))
    return (
        f"[ -r {script} ] && sh {script} settings {url} {shlex.quote(str(spool))} "
        ">/dev/null 2>&1 || :"
    )


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
