"""Examine the connection and tell what to do: `hookwatch doctor`."""

from __future__ import annotations

import os
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect.cli.help import Help
from connect.doctor.checks import Told, examine
from connect.doctor.snapshot import look
from connect.errors import Cannot
from shared import __version__
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

DESCRIPTION = """\
Examine the whole way of an event: both daemons, the hooks in every settings file that holds here,
what was heard last, the spool, the scripts, and what is known to silence hooks. Nothing is changed.

Exit code: 0 all is well or there are only warnings, 1 there are problems, 2 it cannot look."""
EXAMPLES = """\
examples:
  hookwatch doctor
  hookwatch doctor --project ~/shop        with that project's settings
  hookwatch doctor --json | jq '.findings[] | select(.level == "problem")'"""
MARKS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
COLOURS = {"ok": "\x1b[32m", "warning": "\x1b[33m", "problem": "\x1b[31m"}
PLAIN = "\x1b[0m"


class Report(msgspec.Struct, frozen=True):
    """Hold all that was found."""

    version: str
    problems: int
    warnings: int
    findings: Sequence[Told]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor` to the subcommands."""
    doctor = commands.add_parser(
        "doctor",
        help="examine the connection, and tell what to do",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    doctor.add_argument("--json", action="store_true", help="for scripts (default: for people)")
    doctor.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="whose settings hold as well (default: this folder)",
    )
    doctor.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell it: 0 without problems, 1 with some."""
    project = (options.project or Path.cwd()).expanduser()
    if not project.is_dir():
        raise Cannot(f"{project}: there is no such folder")
    findings = list(examine(look(read_settings(), os.environ, project)))
    levels = [it.level for it in findings]
    report = Report(__version__, levels.count("problem"), levels.count("warning"), findings)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print("\n".join(_lines(report)))
    return 1 if report.problems else 0


def _lines(report: Report) -> Iterator[str]:
    for group, findings in groupby(report.findings, lambda it: it.group):
        yield group
        for it in findings:
            yield f"  {_mark(it)}  {it.message}"
            if it.advice is not None:
                yield f"  {' ' * len(MARKS['ok'])}  → {it.advice}"
    yield ""
    counts = ((report.problems, "problem"), (report.warnings, "warning"))
    told = [f"{count} {noun}{'s' * (count > 1)}" for count, noun in counts if count]
    yield f"{', '.join(told)}." if told else "All is well."


def _mark(told: Told) -> str:
    mark = MARKS[told.level]
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return mark
    return f"{COLOURS[told.level]}{mark}{PLAIN}"
