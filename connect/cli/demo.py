"""Play demo sessions: `hookwatch demo`."""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING

from connect.cli.help import HelpFormatter
from connect.cli.open import has_browser
from connect.demo.account import Account
from connect.demo.daemons import STOP_SIGNALS, OwnDaemons
from connect.demo.history import history
from connect.demo.history_sender import send_history
from connect.demo.player import Player
from connect.demo.progress import CLEAR_LINE, PlayProgress
from connect.demo.story import generate_story
from connect.demo.usage import UsageMeter
from connect.errors import CliError
from connect.http import RETRY_S, Daemon, UnreachableError, ingest_url, ingestd_problem, parse_url
from shared.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SEED_BITS = 32
MAX_DAYS = 90
# Of the limits of five hours and of a week, when no history says how much was used.
USED_PERCENT = (62.0, 41.0)
# When a history starts; a week that started with it would be over, and new, as it ends.
USED_BEFORE_HISTORY = (0.0, 20.0)
DESCRIPTION = """\
Play made-up Claude Code sessions, with cost, context, cache, limits, subagents and
requests of every kind.

It starts both daemons on free ports, over a temporary folder that is deleted at the end: nothing
of it gets into your log. With --into it plays to an ingestd that is running already, and what it
plays stays in that log."""
EXAMPLES = """\
examples:
  hookwatch demo --open                     play, and show it in your browser
  hookwatch demo --history 7d --open        with a week of work before today
  hookwatch demo --seed 5                   the same sessions each time
  hookwatch demo --into --duration 60       a minute of it, into your own log"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo",
        help="play demo sessions",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    demo.add_argument(
        "--history",
        type=_days,
        default=0,
        metavar="DAYS",
        help=f"write so many days of work first, as 7d; at most {MAX_DAYS}d (default: none)",
    )
    demo.add_argument(
        "--open", action="store_true", help="open the dashboard, where there is a browser"
    )
    demo.add_argument(
        "--into",
        type=parse_url,
        nargs="?",
        const=ingest_url(),
        metavar="URL",
        help="play to the ingestd at this address; without an address, to "
        f"{ingest_url()} (default: to daemons of its own)",
    )
    demo.add_argument(
        "--sessions", type=_count, default=6, help="number of parallel sessions (default: 6)"
    )
    demo.add_argument(
        "--rate", type=_positive, default=5.0, help="events per second, in total (default: 5)"
    )
    demo.add_argument(
        "--duration",
        type=_seconds,
        default=0.0,
        help="seconds to play; 0 = until Ctrl-C (default: 0)",
    )
    demo.add_argument("--seed", type=int, help="for repeatable runs (default: a random one)")
    demo.add_argument(
        "--wait",
        type=_seconds,
        default=300.0,
        help="seconds to wait while ingestd is down (default: 300)",
    )
    demo.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Play until the duration is over or the user stops it; raise CliError without an ingestd."""
    if options.into and options.open:
        raise CliError("--open shows the demo's own dashboard. With --into, run `hookwatch open`.")
    on_stop_signal(signal.default_int_handler)
    try:
        if options.into:
            ingestd = Daemon(options.into, read_settings().token)
            wait_for_ingestd(ingestd, options.wait)
            write_and_play(ingestd, None, options)
        else:
            with OwnDaemons() as daemons:
                write_and_play(daemons.ingestd, f"{daemons.queryd.url}/", options)
    except UnreachableError as error:
        raise CliError(str(error)) from None
    except KeyboardInterrupt:
        return 0
    return 0


def write_and_play(ingestd: Daemon, dashboard: str | None, options: argparse.Namespace) -> None:
    seed = random.getrandbits(SEED_BITS) if options.seed is None else options.seed
    account = Account(used_percent=USED_BEFORE_HISTORY if options.history else USED_PERCENT)
    meter = UsageMeter(account)
    if dashboard is not None:
        print(f"Dashboard: {dashboard}", flush=True)
    if options.history:
        write_history(ingestd, meter, seed, options)
    if dashboard is not None and options.open and has_browser():
        webbrowser.open(dashboard)
    play(ingestd, meter, seed, options)


def write_history(
    ingestd: Daemon, meter: UsageMeter, seed: int, options: argparse.Namespace
) -> None:
    started_at, now_ms = time.monotonic(), time.time_ns() // 1_000_000
    stored = send_history(
        history(seed, options.history, now_ms, meter),
        ingestd,
        retry_for_s=options.wait,
        on_outage=print_waiting,
        on_progress=lambda count: _show(f"{CLEAR_LINE}Writing history: {count:,} events"),
    )
    _show(CLEAR_LINE)
    seconds = time.monotonic() - started_at
    print(f"Wrote {options.history} days of history: {stored:,} events in {seconds:.0f} s.")


def play(ingestd: Daemon, meter: UsageMeter, seed: int, options: argparse.Namespace) -> None:
    """Play the story. Ctrl-C ends all sessions first; a second Ctrl-C skips that."""
    rate = f"{options.sessions} sessions at {options.rate:g} events/s"
    print(f"Playing {rate} to {ingestd.url} (seed {seed}). Press Ctrl-C to stop.", flush=True)
    player = Player(ingestd, meter, retry_for_s=options.wait, on_outage=print_waiting)
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
    """Set what Ctrl-C, SIGTERM and the end of the terminal do."""
    for number in STOP_SIGNALS:
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


def _show(text: str) -> None:
    """Show progress on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(text)
        sys.stderr.flush()


def _days(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,3})d", text)
    days = int(match[1]) if match else 0
    if not 1 <= days <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"must be 1d to {MAX_DAYS}d")
    return days


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
