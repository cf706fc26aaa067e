"""Diagnose problems: `hookwatch doctor`."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect.cli.help import HelpFormatter
from connect.cli.terminal import use_colour
from connect.doctor.checks import CheckResult, run_checks
from connect.doctor.snapshot import take_snapshot
from connect.errors import CliError
from shared import __version__
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

DESCRIPTION = """\
Check daemons, hooks, recent events, spool, scripts and known pitfalls. Read-only.

Exit code: 0 no problems (there may be warnings), 1 problems found, 2 the check itself failed."""
EXAMPLES = """\
examples:
  hookwatch doctor
  hookwatch doctor --project ~/shop        with that project's settings
  hookwatch doctor --json | jq '.findings[] | select(.level == "problem")'"""
MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
COLOURS = {"ok": "\x1b[32m", "warning": "\x1b[33m", "problem": "\x1b[31m"}
RESET = "\x1b[0m"


class DoctorReport(msgspec.Struct, frozen=True):
    """The field names are the keys of `--json`."""

    version: str
    problems: int
    warnings: int
    findings: Sequence[CheckResult]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="diagnose problems",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    doctor.add_argument("--json", action="store_true", help="print JSON (default: text)")
    doctor.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="also check the settings of this project (default: this folder)",
    )
    doctor.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    project = (options.project or Path.cwd()).expanduser()
    if not project.is_dir():
        raise CliError(f"no folder {project}")
    results = list(run_checks(take_snapshot(read_settings(), os.environ, project)))
    levels = [it.level for it in results]
    report = DoctorReport(__version__, levels.count("problem"), levels.count("warning"), results)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print("\n".join(_lines(report)))
    return 1 if report.problems else 0


def _lines(report: DoctorReport) -> Iterator[str]:
    for group, results in groupby(report.findings, lambda it: it.group):
        yield group
        for it in results:
            yield f"  {_mark(it)}  {it.message}"
            if it.advice is not None:
                yield f"  {' ' * len(MARKS['ok'])}  → {it.advice}"
    yield ""
    counts = ((report.problems, "problem"), (report.warnings, "warning"))
    totals = [f"{count} {noun}{'s' * (count > 1)}" for count, noun in counts if count]
    yield f"{', '.join(totals)}." if totals else "Everything looks good."


def _mark(result: CheckResult) -> str:
    mark = MARKS[result.level]
    return f"{COLOURS[result.level]}{mark}{RESET}" if use_colour() else mark
