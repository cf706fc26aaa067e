"""Run measurements, as `python -m bench NAME`; without a name, `quick`.

`quick` measures the daemons over an empty log and what a hook costs, `hooks` the latter alone. Four
measure hooks under load: `otlp` while telemetry arrives, `redact` while bodies arrive that are slow
to redact, `check` while the log is checked for damage, `recover` while a damaged log's rows are
carried over (and the start without its first page). `page` measures the dashboard in Chromium.
`generate` writes the log of a year's use, `fold` folds it into queryd's views, and `latency` sends
every kind of API request to it. `snapshot` records all answers to a fixed log, or compares them
with recorded ones. `install` measures the start of `hookwatch up`, and kills. `backfill` reads
transcripts into a real ingestd. `soak` replays a week of events while daemons are killed and the
disk fills, then checks log, streams and views.
"""

import argparse
import sys
import time
from pathlib import Path

from bench.backfill import measure_backfill
from bench.daemons import daemons
from bench.figures import table
from bench.fold import NoViewsError, measure_fold, measure_restart
from bench.generator.log import add_options
from bench.generator.log import generate as generate_log
from bench.hooks import measure_hooks
from bench.idle import measure_idle
from bench.install import measure_install
from bench.latency import PER_SECOND, measure_latency
from bench.log_check import measure_check
from bench.otlp import measure_otlp
from bench.page import VIEWS, NoBrowserError, NotDrawnError, measure_page
from bench.posts import PostFigures, measure_batches, measure_posts
from bench.recovery import NoRecoveryError, measure_recovery
from bench.redaction import measure_redaction
from bench.snapshot.command import add_options as add_snapshot_options
from bench.soak import SoakError, soak
from bench.soak_views import UnexpectedAnswerError
from bench.status import NoStatusError, measure_status
from bench.streams import measure_stream

MODES = ("baseline", "NORMAL", "FULL")
RESTARTS = 5
FAILURES = (
    NoBrowserError,
    NoViewsError,
    NoRecoveryError,
    NotDrawnError,
    SoakError,
    UnexpectedAnswerError,
)


def main() -> int:
    """Measure, and print a Markdown table; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers()
    quick = commands.add_parser("quick", help="what `make bench` measures")
    quick.add_argument("--seconds", type=float, default=5.0, help="for each measurement")
    quick.set_defaults(run=_quick)
    hooks = commands.add_parser("hooks", help="measure what a hook costs Claude Code")
    hooks.add_argument("--times", type=int, default=200, help="hooks of each kind")
    hooks.set_defaults(run=_hooks)
    otlp = commands.add_parser("otlp", help="measure hooks while exports of 1 MB arrive")
    otlp.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    otlp.set_defaults(run=_otlp)
    redact = commands.add_parser("redact", help="measure hooks while bodies slow to redact arrive")
    redact.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    redact.set_defaults(run=_redact)
    _add_damage(commands)
    page = commands.add_parser("page", help="measure the dashboard while events arrive")
    page.add_argument("--seconds", type=float, default=60.0, help="for each view")
    page.add_argument("--per-second", type=int, default=500, help="events that arrive")
    page.add_argument("views", nargs="*", default=VIEWS, help="paths; all views by default")
    page.set_defaults(run=_page)
    generate = commands.add_parser("generate", help="generate the log of a year's use")
    add_options(generate)
    generate.set_defaults(run=generate_log)
    fold = commands.add_parser("fold", help="fold a generated log into views, from its first event")
    fold.set_defaults(run=_fold)
    latency = commands.add_parser("latency", help="time API requests while events arrive")
    latency.add_argument("--seconds", type=float, default=300.0)
    latency.add_argument("--only", default="", help="prefix of the kinds of requests")
    latency.add_argument("--per-second", type=int, default=PER_SECOND, help="events that arrive")
    latency.set_defaults(run=_latency)
    backfill = commands.add_parser("backfill", help="read transcripts into a real ingestd")
    backfill.add_argument("--megabytes", type=int, default=1_000, help="of transcripts")
    backfill.set_defaults(run=_backfill)
    install = commands.add_parser("install", help="measure the start of `hookwatch up`, and kills")
    install.add_argument("--times", type=int, default=10, help="how often it is started")
    install.add_argument("--command", help="an installed hookwatch (default: this checkout)")
    install.set_defaults(run=_install)
    soak_parser = commands.add_parser("soak", help="inject faults for minutes, then check the data")
    soak_parser.add_argument("--minutes", type=float, default=5.0)
    soak_parser.add_argument(
        "--seed", type=int, default=None, help="of the random generator (default: from the time)"
    )
    soak_parser.set_defaults(run=_soak)
    snapshot = commands.add_parser("snapshot", help="compare answers with recorded ones")
    add_snapshot_options(snapshot)
    for command in (fold, latency):
        command.add_argument("--log", type=Path, required=True, help="a log from `generate`")
    options = parser.parse_args(sys.argv[1:] or ["quick"])
    try:
        code: int = options.run(options)
    except FAILURES as error:
        print(error, file=sys.stderr)
        return 2
    return code


def _add_damage(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help="measure hooks while the log is checked for damage")
    check.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    check.add_argument(
        "--data", type=Path, help="a data folder (default: a small log is generated)"
    )
    check.set_defaults(run=_check)
    recover = commands.add_parser("recover", help="measure hooks while a log is recovered")
    recover.add_argument("--seconds", type=float, default=3.0, help="for each measurement")
    recover.add_argument("--megabytes", type=int, default=400, help="of the generated log")
    recover.add_argument("--data", type=Path, help="a data folder with a log to use instead")
    recover.set_defaults(run=_recover)


def _quick(options: argparse.Namespace) -> int:
    seconds = options.seconds
    print(
        table(
            [
                *_posts(seconds),
                *_batches(seconds),
                *_streams(seconds),
                *_status(seconds),
                *_idle(seconds),
                *measure_hooks(times=int(20 * seconds)),
            ]
        )
    )
    return 0


def _hooks(options: argparse.Namespace) -> int:
    print(table(measure_hooks(times=options.times)))
    return 0


def _otlp(options: argparse.Namespace) -> int:
    print(table(measure_otlp(options.seconds)))
    return 0


def _redact(options: argparse.Namespace) -> int:
    print(table(measure_redaction(options.seconds)))
    return 0


def _check(options: argparse.Namespace) -> int:
    print(table(measure_check(options.seconds, options.data)))
    return 0


def _install(options: argparse.Namespace) -> int:
    print(table(measure_install(options.times, options.command)))
    return 0


def _recover(options: argparse.Namespace) -> int:
    print(table(measure_recovery(options.seconds, options.megabytes, options.data)))
    return 0


def _page(options: argparse.Namespace) -> int:
    with daemons("ingestd", "queryd") as running:
        found = measure_page(
            running.ingest_port,
            running.query_port,
            per_second=options.per_second,
            seconds=options.seconds,
            views=options.views,
        )
    print(table(found))
    return 0


def _fold(options: argparse.Namespace) -> int:
    rows = measure_fold(options.log).rows()
    taken = sorted(measure_restart(options.log) for _ in range(RESTARTS))
    restarts = f"{taken[RESTARTS // 2]:.2f} s, at most {taken[-1]:.2f} s"
    print(table([*rows, (f"start of queryd to its first answer, {RESTARTS} times", restarts)]))
    return 0


def _latency(options: argparse.Namespace) -> int:
    """Print the table and what failed; exit with 1 if anything did."""
    latency = measure_latency(
        options.log, seconds=options.seconds, only=options.only, per_second=options.per_second
    )
    print(table(latency.rows()))
    failures = latency.failures()
    for line in failures:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failures else 0


def _backfill(options: argparse.Namespace) -> int:
    print(table(measure_backfill(options.megabytes)))
    return 0


def _soak(options: argparse.Namespace) -> int:
    """Print the table and what does not hold; exit with 1 if anything does not."""
    seed = time.time_ns() % 1_000_000 if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    found = soak(options.minutes, seed)
    print(table(found.rows))
    for line in found.failures:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if found.failures else 0


def _posts(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for connections in (1, 32):
        bare: PostFigures | None = None
        for mode in MODES:
            with daemons(*_daemon_of(mode), synchronous=_synchronous(mode)) as running:
                posts = measure_posts(running.ingest_port, connections=connections, seconds=seconds)
            bare = bare or posts
            ratio = posts.latencies.p50_ms / bare.latencies.p50_ms
            rows.append(
                (
                    f"POST, {connections} connection{'s' * (connections > 1)}, {_mode_label(mode)}",
                    f"{posts.per_second:,.0f}/s; {posts.latencies}; p50 {ratio:.2f} times bare",
                )
            )
    return rows


def _batches(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for mode in MODES:
        with daemons(*_daemon_of(mode), synchronous=_synchronous(mode)) as running:
            rate = measure_batches(running.ingest_port, seconds=seconds)
        rows.append(
            (f"batches of 1,000 events of 1 kB, {_mode_label(mode)}", f"{rate:,.0f} events/s")
        )
    return rows


def _streams(seconds: float) -> list[tuple[str, str]]:
    rows = []
    for clients in (1, 100):
        with daemons("ingestd", "queryd", pin=False) as running:
            found = measure_stream(
                running.ingest_port,
                running.query_port,
                per_second=200,
                clients=clients,
                seconds=2 * seconds,
            )
        rows.append((f"POST to SSE bytes, 200 events/s, {clients} client(s), FULL", str(found)))
    return rows


def _status(seconds: float) -> list[tuple[str, str]]:
    with daemons("ingestd", "queryd", pin=False) as running:
        try:
            found = str(
                measure_status(
                    running.ingest_port, running.query_port, per_second=200, seconds=4 * seconds
                )
            )
        except NoStatusError as error:
            found = str(error)
    return [("POST to a new status on the stream, 200 events/s", found)]


def _idle(seconds: float) -> list[tuple[str, str]]:
    with daemons("ingestd", "queryd") as running:
        idle = measure_idle(list(running.pids.values()), seconds=2 * seconds)
    return [
        (
            "both daemons, idle",
            f"{idle.core_percent:.1f} % of one core, {idle.rss_mb:.0f} MB resident",
        )
    ]


def _daemon_of(mode: str) -> tuple[str]:
    return ("baseline" if mode == "baseline" else "ingestd",)


def _synchronous(mode: str) -> str:
    return "FULL" if mode == "baseline" else mode


def _mode_label(mode: str) -> str:
    return "bare (no database)" if mode == "baseline" else f"synchronous={mode}"


if __name__ == "__main__":
    sys.exit(main())
