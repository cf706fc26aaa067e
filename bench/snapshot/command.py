"""Record responses, or compare them with recorded ones."""

import argparse
import difflib
import hashlib
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from bench.snapshot.answers import SIZES, answers
from bench.snapshot.renames import Renames

HERE: Final = Path(__file__).parent
SHOWN_LINES: Final = 60
"""Of each answer's diff."""


class Digest(msgspec.Struct, frozen=True):
    """Hold what is committed of an answer."""

    sha256: str
    size: int


Digests = dict[str, Digest]


def add_options(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True)
    record = commands.add_parser("record", help="write all answers, and their digests")
    record.add_argument(
        "--accept", action="store_true", help="make these digests the committed ones"
    )
    record.set_defaults(run=_record)
    compare = commands.add_parser("compare", help="compare with the committed digests")
    compare.add_argument(
        "--recorded", type=Path, help="a folder that `record` wrote; shows diffs with its answers"
    )
    compare.set_defaults(run=_compare)
    for command in (record, compare):
        command.add_argument("--data", type=Path, required=True, help="a new folder")
        command.add_argument("--size", choices=SIZES, default="full")


def record(folder: Path, size: str) -> Digests:
    """Write all answers below a folder and return their digests."""
    folder = folder.resolve()
    written = folder / "answers"
    if written.exists():
        raise SystemExit(f"{folder} has answers already: name a new folder")
    written.mkdir(parents=True)
    digests: Digests = {}
    for name, text in answers(folder / "home", SIZES[size], Renames.read()):
        if name in digests:
            raise ValueError(f"two answers are named {name}")
        content = text.encode("utf-8", "surrogatepass")
        (written / _file_name(name)).write_bytes(content)
        digests[name] = Digest(hashlib.sha256(content).hexdigest(), len(content))
    (folder / "digests.txt").write_text(_written(digests), "utf-8")
    return digests


def committed(size: str) -> Digests:
    """Return the committed digests."""
    lines = (HERE / f"{size}.txt").read_text("utf-8").splitlines()
    parts = (line.split(" ", 2) for line in lines)
    return {name: Digest(sha256, int(length)) for sha256, length, name in parts}


def differences(recorded: Digests, found: Digests) -> Iterator[str]:
    """Yield the names of answers that differ, are missing, or are new."""
    for name in sorted(recorded.keys() | found.keys()):
        if recorded.get(name) != found.get(name):
            yield name


def _record(options: argparse.Namespace) -> int:
    digests = record(options.data, options.size)
    print(f"{len(digests):,} answers, {sum(it.size for it in digests.values()):,} bytes")
    if options.accept:
        shutil.copyfile(options.data / "digests.txt", HERE / f"{options.size}.txt")
    return 0


def _compare(options: argparse.Namespace) -> int:
    """Print what differs: 1. If nothing does: 0."""
    found, recorded = record(options.data, options.size), committed(options.size)
    different = list(differences(recorded, found))
    for name in different:
        change = "" if name in found else " (missing)"
        print(f"differs: {name}{change if name in recorded else ' (new)'}")
        if options.recorded is not None:
            sys.stdout.writelines(_diff(name, options.recorded, options.data))
    print(f"{len(different):,} of {len(recorded.keys() | found.keys()):,} answers differ")
    return 1 if different else 0


def _diff(name: str, before: Path, after: Path) -> Iterable[str]:
    old, new = (_lines(folder / "answers" / _file_name(name)) for folder in (before, after))
    diff = list(difflib.unified_diff(old, new, "recorded", "now", n=2))
    left = len(diff) - SHOWN_LINES
    return [*diff[:SHOWN_LINES], *([f"… {left:,} more lines\n"] if left > 0 else [])]


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").splitlines(keepends=True) if file.is_file() else []


def _file_name(name: str) -> str:
    """Return a file name: readable, and different for different names."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_.=-]+', '-', name)[:100]}-{mark}.txt"


def _written(digests: Digests) -> str:
    return "".join(f"{it.sha256} {it.size} {name}\n" for name, it in digests.items())
