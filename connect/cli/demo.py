"""Play demo sessions: `hookwatch demo`."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from connect.demo.player import Player
from connect.demo.progress import CLEAR_LINE, PlayProgress
from connect.demo.story import generate_story
from connect.errors import CliError
from connect.http import RETRY_S, Daemon, UnreachableError, ingest_url, ingestd_problem, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SEED_BITS = 32


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo",
        help="play demo sessions",
        description="Play demo Claude Code sessions to a running ingestd.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    demo.add_argument("--sessions", type=_count, default=6, help="number of parallel sessions")
    demo.add_argument("--rate", type=_positive, default=5.0, help="events per second, in total")
    demo.add_argument(
        "--duration", type=_seconds, default=0.0, help="seconds to play; 0 = until Ctrl-C"
    )
    demo.add_argument("--url", type=parse_url, default=ingest_url(), help="address of ingestd")
    demo.add_argument("--seed", type=int, default=None, help="random seed, for repeatable runs")
    demo.add_argument(
        "--wait", type=_seconds, default=300.0, help="seconds to wait while ingestd is down"
    )
    demo.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Play until the duration is over or the user stops it; raise CliError without an ingestd."""
    on_stop_signal(signal.default_int_handler)
    ingestd = Daemon(options.url, os.environ.get("HOOKWATCH_TOKEN") or None)
    try:
        wait_for_ingestd(ingestd, options.wait)
        play(ingestd, options)
    except UnreachableError as error:
        raise CliError(str(error)) from None
    except KeyboardInterrupt:
        return 0
    return 0


def play(ingestd: Daemon, options: argparse.Namespace) -> None:
    """Play the story. Ctrl-C ends all sessions first; a second Ctrl-C skips that."""
    seed = random.getrandbits(SEED_BITS) if options.seed is None else options.seed
    rate = f"{options.sessions} sessions at {options.rate:g} events/s"
    print(f"Playing {rate} to {ingestd.url} (seed {seed}). Press Ctrl-C to stop.", flush=True)
    player = Player(ingestd, retry_for_s=options.wait, on_outage=print_waiting)
    story = generate_story(seed, options.sessions)
    with PlayProgress(player, sys.stderr) as progress:
        # An exception at any point could leave a lock half acquired: the handler sets a flag.
        on_stop_signal(lambda *_: player.stop())
        with suppress(KeyboardInterrupt):
            player.play(
                story,
                rate=options.rate,
                duration_s=options.duration,
                on_progress=progress.update,
            )
        on_stop_signal(signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            player.end()
    print(progress.summary(), flush=True)


def on_stop_signal(handler: Callable[[int, FrameType | None], object]) -> None:
    """Set what Ctrl-C and SIGTERM do."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def wait_for_ingestd(ingestd: Daemon, timeout_s: float) -> None:
    """Wait until ingestd answers, and print that once; raise UnreachableError after the timeout."""
    deadline, is_announced = time.monotonic() + timeout_s, False
    while (problem := ingestd_problem(ingestd)) is not None:
        if time.monotonic() >= deadline:
            raise UnreachableError(problem)
        if not is_announced:
            print_waiting(problem)
            is_announced = True
        time.sleep(RETRY_S)


def print_waiting(problem: str) -> None:
    clear = CLEAR_LINE if sys.stderr.isatty() else ""
    # One write: `print` writes the newline separately, and send queues are threads.
    sys.stderr.write(f"{clear}Waiting: {problem}\n")
    sys.stderr.flush()


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
