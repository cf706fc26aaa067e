"""Take the options of `hookwatch demo`, wait for ingestd, play, and tell how it went."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING

from connect.demo.player import Player
from connect.demo.post import (
    LOCKED_OUT,
    RETRY_SECONDS,
    Ingestd,
    Line,
    Unreachable,
    locked_out,
    silence,
)
from connect.demo.progress import CLEAR, Show
from connect.demo.story import tell
from connect.http import ingest_url, url

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# /health answers 503 while ingestd cannot write: it is there all the same.
THERE = (200, 503)
SEED_BITS = 32


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo` to the subcommands."""
    demo = commands.add_parser(
        "demo",
        help="play realistic sessions at a running ingestd",
        description="Play realistic Claude Code sessions at a running ingestd, until Ctrl-C.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    demo.add_argument(
        "--sessions", type=_count, default=6, help="how many terminals are open at once"
    )
    demo.add_argument("--rate", type=_positive, default=5.0, help="events per second, all together")
    demo.add_argument(
        "--duration", type=_seconds, default=0.0, help="seconds to play; 0 is for ever"
    )
    demo.add_argument("--url", type=url, default=ingest_url(), help="where ingestd is")
    demo.add_argument(
        "--seed", type=int, default=None, help="tell the same story again, session ids and all"
    )
    demo.add_argument(
        "--wait",
        type=_seconds,
        default=300.0,
        help="seconds to wait for an ingestd that is down, or goes down while it plays",
    )
    demo.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Play until the duration is over or somebody stops it: 0. Without an ingestd: 2."""
    on_stop(signal.default_int_handler)
    ingestd = Ingestd(options.url, os.environ.get("HOOKWATCH_TOKEN") or None)
    try:
        wait_for(ingestd, options.wait)
        play(ingestd, options)
    except Unreachable as error:
        print(f"hookwatch demo: ingestd at {ingestd.url} {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def play(ingestd: Ingestd, options: argparse.Namespace) -> None:
    """Play the story. A Ctrl-C ends it properly, a second one ends that."""
    seed = random.getrandbits(SEED_BITS) if options.seed is None else options.seed
    what = f"{options.sessions} sessions at {options.rate:g} events/s to {ingestd.url}"
    print(f"Playing {what} (seed {seed}). Ctrl-C stops.", flush=True)
    player = Player(
        ingestd, patience_seconds=options.wait, notice=lambda why: say_waiting(ingestd, why)
    )
    story = tell(seed, options.sessions)
    with Show(player, sys.stderr) as show:
        # An exception out of nowhere could meet a lock that is half taken: a note is enough.
        on_stop(lambda *_: player.stop())
        with suppress(KeyboardInterrupt):
            player.play(story, rate=options.rate, duration=options.duration, show=show.progress)
        on_stop(signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            player.end()
    print(show.line(), flush=True)


def on_stop(handle: Callable[[int, FrameType | None], object]) -> None:
    """Say what Ctrl-C, and a TERM alike, shall do from here on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)


def wait_for(ingestd: Ingestd, seconds: float) -> None:
    """Wait until ingestd answers, saying so once. Raise `Unreachable` when it does not in time."""
    until, said = time.monotonic() + seconds, False
    while (why := absent(ingestd)) is not None:
        if time.monotonic() >= until:
            raise Unreachable(why)
        if not said:
            say_waiting(ingestd, why)
            said = True
        time.sleep(RETRY_SECONDS)


def say_waiting(ingestd: Ingestd, why: str) -> None:
    """Say what it waits for, on a line of its own."""
    clear = CLEAR if sys.stderr.isatty() else ""
    # In one piece: `print` writes the line's end by itself, and lanes are threads.
    sys.stderr.write(f"{clear}Waiting: ingestd at {ingestd.url} {why}\n")
    sys.stderr.flush()


def absent(ingestd: Ingestd) -> str | None:
    """Say why ingestd is not there, or None when it is."""
    line = Line(ingestd)
    try:
        status = line.get("/health")
    except (OSError, HTTPException) as error:
        return silence(error)
    finally:
        line.close()
    if status in LOCKED_OUT:
        return locked_out(status)
    return None if status in THERE else f"is something else (GET /health answered {status})."


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number
