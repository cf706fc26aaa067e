"""Run measurements, as `python -m bench NAME`; without a name, `quick`.

`quick` measures the daemons over an empty log, `hooks` what a hook costs Claude Code.
Four measure hooks under load: `otlp` while telemetry arrives, `redact` while bodies arrive that are
slow to redact, `check` while the log is checked for damage, `recover` while a damaged log's rows
are carried over (and the start without its first page). `page` measures the dashboard in Chromium.
`fold` folds a generated log into queryd's views. `answers` sends every kind of API request to it,
from one client or many, and `work` counts what each kind costs in several folded logs. `install`
measures the start of `hookwatch up`, and kills. `backfill` reads transcripts into a real ingestd.
`soak` replays a week of events while daemons are killed and the disk fills, then checks log,
streams and views.

`registry` measures what the watch on Claude Code's registry costs. `true-state` runs the real
Claude Code and measures how soon its row shows an Esc or a crash.

With `--write` a measurement replaces its section of docs/figures.md; `figures` does so for all that
need no generated log and no long run. `generate` writes the log of a year's use, and `snapshot`
records all answers to a fixed log, or compares them with recorded ones.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.answers import PER_SECOND, measure_answers
from bench.backfill import measure_backfill
from bench.daemons import daemons
from bench.document import command_of, section_of, write_section
from bench.figures import table
from bench.fold import NoViewsError, measure_fold, measure_restart
from bench.generator.log import add_options
from bench.generator.log import generate as generate_log
from bench.goals import HEADING, MissingFigureError, measure_goals
from bench.hooks import measure_hooks
from bench.install import measure_install
from bench.log_check import NoCheckError, measure_check
from bench.otlp import measure_otlp
from bench.page import VIEWS, NoBrowserError, NotDrawnError, measure_page
from bench.quick import measure_quick
from bench.recovery import NoRecoveryError, measure_recovery
from bench.redaction import measure_redaction
from bench.registry import NotWatchedError, measure_registry
from bench.snapshot.command import add_options as add_snapshot_options
from bench.soak import SoakError, soak
from bench.soak_views import UnexpectedAnswerError
from bench.tab import BrowserTabError
from bench.true_state.client import NotSeenError
from bench.true_state.measure import NoClientError, measure_true_state
from bench.work import measure_work

RESTARTS = 5
FIGURES = (
    "quick",
    "hooks",
    "otlp",
    "redact",
    "check",
    "recover",
    "backfill",
    "install",
    "page",
    "goals",
)
"""What `figures` measures, some fifteen minutes."""
FAILURES = (
    NoClientError,
    NotSeenError,
    NotWatchedError,
    NoBrowserError,
    NoCheckError,
    NoViewsError,
    NoRecoveryError,
    NotDrawnError,
    BrowserTabError,
    MissingFigureError,
    SoakError,
    UnexpectedAnswerError,
)


class Measured(msgspec.Struct, frozen=True):
    rows: Sequence[Sequence[str]]
    failures: Sequence[str] = ()
    heading: Sequence[str] = ("what", "figure")


def main(arguments: Sequence[str]) -> int:
    """Run a command; return the exit code."""
    options = parser().parse_args(arguments or ["quick"])
    try:
        code: int = _measure(options) if "measure" in options else options.run(options)
    except FAILURES as error:
        print(error, file=sys.stderr)
        return 2
    return code


def _measure(options: argparse.Namespace) -> int:
    """Print the table and what failed; write the section if it is to be and nothing failed."""
    measured: Measured = options.measure(options)
    print(table(measured.rows, measured.heading), flush=True)
    for line in measured.failures:
        print(f"failed: {line}", file=sys.stderr)
    if measured.failures:
        return 1
    if options.write:
        write_section(
            section_of(options), command_of(options), measured.rows, heading=measured.heading
        )
    return 0


def _figures(_: argparse.Namespace) -> int:
    """Measure and write each section; one that fails keeps its old figures."""
    return max(main([name, "--write"]) for name in FIGURES)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers()
    quick = commands.add_parser("quick", help="what `make bench` measures")
    quick.add_argument("--seconds", type=float, default=5.0, help="for each measurement")
    quick.set_defaults(measure=_quick)
    hooks = commands.add_parser("hooks", help="measure what a hook costs Claude Code")
    hooks.add_argument("--times", type=int, default=200, help="hooks of each kind")
    hooks.set_defaults(measure=_hooks)
    otlp = commands.add_parser(
        "otlp", help="measure hooks while exports and batches of up to 32 MB arrive"
    )
    otlp.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    otlp.set_defaults(measure=_otlp)
    redact = commands.add_parser("redact", help="measure hooks while bodies slow to redact arrive")
    redact.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    redact.set_defaults(measure=_redact)
    _add_damage(commands)
    page = commands.add_parser("page", help="measure the dashboard while events arrive")
    page.add_argument("--seconds", type=float, default=60.0, help="for each view")
    page.add_argument("--per-second", type=int, default=500, help="events that arrive")
    page.add_argument("views", nargs="*", default=VIEWS, help="paths; all views by default")
    page.set_defaults(measure=_page)
    generate = commands.add_parser("generate", help="generate the log of a year's use")
    add_options(generate)
    generate.set_defaults(run=generate_log)
    _add_years(commands)
    backfill = commands.add_parser("backfill", help="read transcripts into a real ingestd")
    backfill.add_argument("--megabytes", type=int, default=1_000, help="of transcripts")
    backfill.set_defaults(measure=_backfill)
    _add_programs(commands)
    soak_parser = commands.add_parser("soak", help="inject faults for minutes, then check the data")
    soak_parser.add_argument("--minutes", type=float, default=5.0)
    soak_parser.add_argument(
        "--seed", type=int, default=None, help="of the random generator (default: from the time)"
    )
    soak_parser.set_defaults(measure=_soak)
    snapshot = commands.add_parser("snapshot", help="compare answers with recorded ones")
    add_snapshot_options(snapshot)
    goals = commands.add_parser("goals", help="compare docs/figures.md with what is to be reached")
    goals.set_defaults(measure=_goals)
    figures = commands.add_parser("figures", help="measure, and write docs/figures.md")
    figures.set_defaults(run=_figures)
    for name, command in commands.choices.items():
        if command.get_default("measure") is not None:
            command.add_argument("--write", action="store_true", help="into docs/figures.md")
            command.set_defaults(name=name)
    return parser


def _add_years(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fold = commands.add_parser("fold", help="fold a generated log into views, from its first event")
    fold.set_defaults(measure=_fold)
    answers = commands.add_parser("answers", help="time API requests while events arrive")
    answers.add_argument("--seconds", type=float, default=300.0)
    answers.add_argument("--clients", type=int, default=1, help="that send requests at once")
    answers.add_argument("--only", default="", help="prefix of the kinds of requests")
    answers.add_argument(
        "--per-second", type=int, default=PER_SECOND, help="events that arrive; 0: write nothing"
    )
    answers.set_defaults(measure=_answers)
    work = commands.add_parser("work", help="count the work of API requests in folded logs")
    work.add_argument("logs", type=Path, nargs="+", help="logs from `generate`, folded")
    work.add_argument("--requests", type=int, default=20, help="of each kind")
    work.add_argument("--only", default="", help="prefix of the kinds of requests")
    work.set_defaults(measure=_work)
    for command in (fold, answers):
        command.add_argument("--log", type=Path, required=True, help="a log from `generate`")


def _add_programs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    install = commands.add_parser("install", help="measure the start of `hookwatch up`, and kills")
    install.add_argument("--times", type=int, default=10, help="how often it is started")
    install.add_argument("--command", help="an installed hookwatch (default: this checkout)")
    install.set_defaults(measure=_install)
    registry = commands.add_parser(
        "registry", help="measure what the watch on Claude Code's registry costs"
    )
    registry.add_argument("--sessions", type=int, default=100, help="that are open")
    registry.add_argument("--seconds", type=float, default=30.0, help="for each measurement")
    registry.set_defaults(measure=_registry)
    true_state = commands.add_parser(
        "true-state", help="time the status after Esc, a refusal, a crash in the real Claude Code"
    )
    true_state.add_argument("--claude", type=Path, default=Path("claude"), help="the program")
    true_state.add_argument("--times", type=int, default=5, help="for each scene")
    true_state.set_defaults(measure=_true_state)


def _add_damage(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser("check", help="measure hooks while the log is checked for damage")
    check.add_argument("--seconds", type=float, default=10.0, help="for each measurement")
    check.add_argument(
        "--data", type=Path, help="a data folder (default: a small log is generated)"
    )
    check.set_defaults(measure=_check)
    recover = commands.add_parser("recover", help="measure hooks while a log is recovered")
    recover.add_argument("--seconds", type=float, default=3.0, help="for each measurement")
    recover.add_argument("--megabytes", type=int, default=400, help="of the generated log")
    recover.add_argument("--data", type=Path, help="a data folder with a log to use instead")
    recover.set_defaults(measure=_recover)


def _quick(options: argparse.Namespace) -> Measured:
    return Measured(measure_quick(options.seconds))


def _hooks(options: argparse.Namespace) -> Measured:
    return Measured(measure_hooks(times=options.times))


def _otlp(options: argparse.Namespace) -> Measured:
    return Measured(measure_otlp(options.seconds))


def _redact(options: argparse.Namespace) -> Measured:
    return Measured(measure_redaction(options.seconds))


def _check(options: argparse.Namespace) -> Measured:
    return Measured(measure_check(options.seconds, options.data))


def _install(options: argparse.Namespace) -> Measured:
    return Measured(measure_install(options.times, options.command))


def _recover(options: argparse.Namespace) -> Measured:
    return Measured(measure_recovery(options.seconds, options.megabytes, options.data))


def _goals(_: argparse.Namespace) -> Measured:
    return Measured(measure_goals(), heading=HEADING)


def _page(options: argparse.Namespace) -> Measured:
    with daemons("ingestd", "queryd") as running:
        found = measure_page(
            running.ingest_port,
            running.query_port,
            per_second=options.per_second,
            seconds=options.seconds,
            views=options.views,
        )
    return Measured(found)


def _fold(options: argparse.Namespace) -> Measured:
    rows = measure_fold(options.log).rows()
    taken = sorted(measure_restart(options.log) for _ in range(RESTARTS))
    restarts = f"{taken[RESTARTS // 2]:.2f} s, at most {taken[-1]:.2f} s"
    return Measured([*rows, (f"start of queryd to its first answer, {RESTARTS} times", restarts)])


def _answers(options: argparse.Namespace) -> Measured:
    latency = measure_answers(
        options.log,
        seconds=options.seconds,
        only=options.only,
        per_second=options.per_second,
        clients=options.clients,
    )
    return Measured(latency.rows(), latency.failures())


def _work(options: argparse.Namespace) -> Measured:
    work = measure_work(options.logs, requests=options.requests, only=options.only)
    return Measured(work.rows())


def _backfill(options: argparse.Namespace) -> Measured:
    return Measured(measure_backfill(options.megabytes))


def _registry(options: argparse.Namespace) -> Measured:
    return Measured(measure_registry(options.sessions, options.seconds))


def _true_state(options: argparse.Namespace) -> Measured:
    return Measured(measure_true_state(options.claude, times=options.times))


def _soak(options: argparse.Namespace) -> Measured:
    seed = time.time_ns() % 1_000_000 if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    found = soak(options.minutes, seed)
    return Measured(found.rows, found.failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
