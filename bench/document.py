"""Write measurements into docs/figures.md, each section between its markers."""

import argparse
import os
import platform
import re
import time
from collections.abc import Sequence
from pathlib import Path

import apsw

from bench.figures import table

DOCUMENT = Path(__file__).parents[1] / "docs" / "figures.md"
_SECTION = re.compile(r"<!-- bench (\w+) -->\n(.*?)<!-- end -->", re.DOTALL)
_NO_OPTIONS = {"name", "measure", "write", "views", "logs"}


class NoSectionError(Exception):
    """Report that a document has no markers for a measurement."""


def write_section(
    name: str,
    command: str,
    rows: Sequence[Sequence[str]],
    document: Path | None = None,
    heading: Sequence[str] = ("what", "figure"),
) -> None:
    """Replace what stands between the markers of a measurement; all else stays."""
    document = document or DOCUMENT
    text = document.read_text("utf-8")
    if name not in sections(text):
        raise NoSectionError(f"{document.name} has no markers for `{name}`")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    body = f"Measured on {day}: `{command}`, {_machine()}.\n\n{table(rows, heading)}\n"
    marked = f"<!-- bench {name} -->\n{body}<!-- end -->"
    replaced = _SECTION.sub(lambda it: marked if it[1] == name else it[0], text)
    document.write_text(replaced, "utf-8")


def sections(text: str) -> dict[str, str]:
    """Return what stands between the markers, by measurement."""
    return dict(_SECTION.findall(text))


def section_of(options: argparse.Namespace) -> str:
    """Return the name of the section of a command with these options."""
    if getattr(options, "clients", 1) > 1:
        return "answers_at_once"
    return str(options.name).replace("-", "_")


def command_of(options: argparse.Namespace) -> str:
    """Return the command that gives these options, without paths."""
    given = [
        f"--{name.replace('_', '-')} {name.upper() if isinstance(value, Path) else value}"
        for name, value in vars(options).items()
        if name not in _NO_OPTIONS and value not in {None, ""}
    ]
    others = [*getattr(options, "views", ()), *("LOG" for _ in getattr(options, "logs", ()))]
    return " ".join([".venv/bin/python -m bench", options.name, *given, *others])


def _machine() -> str:
    cores = os.cpu_count()
    system = f"{platform.system()} on {platform.machine()}"
    python, sqlite = platform.python_version(), apsw.sqlite_lib_version()
    return f"{cores} cores, {system}, Python {python}, SQLite {sqlite}"
