"""Measure `hookwatch backfill` over transcripts of a given size, with a real ingestd.

The set is made of the captured transcripts, each copy with ids and times of its own, in a folder
that is deleted afterwards; files are of the sizes that sessions really have.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from bench.daemons import ROOT, daemons
from bench.memory import peak_mb

SAMPLES: Final = ROOT / "tests" / "samples" / "transcripts"
SESSION_BYTES: Final = 2_000_000
"""A long session's file; the captured ones are short, so several are laid one behind another."""
STEP_S: Final = 0.05


class BackfillResult(msgspec.Struct, frozen=True):
    """Hold what one run took."""

    megabytes: float
    seconds: float
    events: int
    peak_mb: float
    daemon_peak_mb: float

    def __str__(self) -> str:
        """Write the figures."""
        rate = self.megabytes / self.seconds
        return (
            f"{self.megabytes:,.0f} MB in {self.seconds:.1f} s: {rate:.1f} MB/s,"
            f" {self.events:,} events, {self.events / self.seconds:,.0f}/s;"
            f" peak {self.peak_mb:.0f} MB (ingestd {self.daemon_peak_mb:.0f} MB)"
        )


def measure_backfill(megabytes: int, *, synchronous: str = "FULL") -> list[tuple[str, str]]:
    """Return rows: a first run, a second one that finds all of it there, and a dry run."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "claude"
        size = make_set(config, megabytes * 1_000_000) / 1_000_000
        data = Path(folder) / "data"
        with daemons("ingestd", data=data, synchronous=synchronous, pin=False) as running:
            environment = {
                "CLAUDE_CONFIG_DIR": str(config),
                "HOOKWATCH_DATA": str(data),
                "HOOKWATCH_INGEST_PORT": str(running.ingest_port),
            }
            runs = {"first run": (), "second run, all there": (), "dry run": ("--dry-run",)}
            return [
                (
                    f"backfill, {name}",
                    str(_run(environment, size, options, running.pids["ingestd"])),
                )
                for name, options in runs.items()
            ]


def make_set(config: Path, size: int) -> int:
    """Write transcripts of about so many bytes, and return how many it were."""
    made = number = 0
    scenes = [
        path for scene in sorted(SAMPLES.iterdir()) for path in sorted(scene.glob("*/*.jsonl"))
    ]
    while made < size:
        session_id = _hex(number, "5e55")
        folder = config / "projects" / f"-home-dev-project-{number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{session_id}.jsonl").open("wb") as file:
            while file.tell() < SESSION_BYTES and made + file.tell() < size:
                scene = scenes[number % len(scenes)]
                file.write(_anew(scene.read_bytes(), number))
                made += _agents_of(scene, folder / session_id, number)
                number += 1
            made += file.tell()
    return made


def _agents_of(scene: Path, folder: Path, number: int) -> int:
    made = 0
    for agent in sorted((scene.with_suffix("") / "subagents").glob("agent-*")):
        (folder / "subagents").mkdir(parents=True, exist_ok=True)
        name = f"agent-a{number:08x}{agent.name.removeprefix('agent-a')}"
        data = _anew(agent.read_bytes(), number)
        (folder / "subagents" / name).write_bytes(data)
        made += len(data)
    return made


def _anew(data: bytes, number: int) -> bytes:
    """Give a copy ids and times that no other copy has."""
    mark = f"{number:08x}".encode()
    data = _UUID.sub(lambda found: mark + found[0][8:], data)
    data = _ID.sub(lambda found: found[1] + mark + found[2], data)
    minutes = number % 1_440
    clock = f"2026-{number // 40_320 % 12 + 1:02d}-{number // 1_440 % 28 + 1:02d}T"
    hour = f"{clock}{minutes // 60:02d}:{minutes % 60:02d}:".encode()
    return _CLOCK.sub(lambda found: hour + found[1], data)


def _run(
    environment: dict[str, str], size: float, options: tuple[str, ...], pid: int
) -> BackfillResult:
    started = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "connect", "backfill", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    peak = 0.0
    while running.poll() is None:
        try:
            peak = max(peak, peak_mb(running.pid))
        except (OSError, StopIteration):
            break  # it is ending
        time.sleep(STEP_S)
    output = running.communicate()[0]
    seconds = time.perf_counter() - started
    found = re.search(r"(?:Imported|Would import) ([\d,]+) events \(([\d,]+) duplicates", output)
    if found is None:
        raise RuntimeError(f"backfill printed: {output!r}")
    stored, there = (int(number.replace(",", "")) for number in found.groups())
    return BackfillResult(size, seconds, stored + there, peak, peak_mb(pid))


def _hex(number: int, mark: str) -> str:
    return f"{number:08x}-{mark}-4000-8000-000000000000"


_UUID: Final = re.compile(rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_ID: Final = re.compile(rb"\b((?:msg|toolu|req)_[0-9A-Za-z]{2})[0-9A-Za-z]{8}([0-9A-Za-z]{6,})")
_CLOCK: Final = re.compile(rb"2026-11-22T\d\d:\d\d:(\d\d\.\d{3}Z)")
