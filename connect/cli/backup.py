"""Copy the log while everything runs: `hookwatch backup FILE`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from connect.cli.help import Help
from connect.errors import Cannot
from shared.backup import BackupError, back_up
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.backup import LogContents
    from shared.backup import Progress as Report

DESCRIPTION = """\
Copy the log into one file, whether Hookwatch runs or not. Hooks do not wait for it, and every event
stored before it began is in the copy. The file gets its name once it is complete, checked and on
disk; it is readable by you alone, and holds whatever prompts and outputs the log holds.

Exit code: 0 copied, 2 it cannot be done."""
EXAMPLES = """\
examples:
  hookwatch backup ~/backups/hookwatch.db
  hookwatch backup --force /mnt/nas/hookwatch.db
                                            replace the copy of before
  hookwatch restore ~/backups/hookwatch.db  put it back"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup` to the subcommands."""
    backup = commands.add_parser(
        "backup",
        help="copy the log while everything runs",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="where the copy goes")
    backup.add_argument("--force", action="store_true", help="replace FILE where there is one")
    backup.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy the log: 0. Raise Cannot when that is not possible; then FILE is as it was."""
    log, target = read_settings().log_path, options.file.expanduser()
    if target.is_dir():
        raise Cannot(f"{target} is a folder: name a file in it.")
    if target.exists() and not options.force:
        raise Cannot(f"{target} exists. Choose another name, or replace it with --force.")
    if target.exists() and log.exists() and target.samefile(log):
        raise Cannot(f"{target} is the log itself.")
    try:
        with copying() as report:
            found = back_up(log, target, overwrite=options.force, progress=report)
    except BackupError as error:
        raise Cannot(f"{error}. No copy was made.") from None
    print(f"Copied {described(found)} to {target}")
    return 0


def described(found: LogContents) -> str:
    """Return what a log contains, in words."""
    size = decimal(found.size_bytes)
    if found.first_at is None or found.last_at is None:
        return f"no events ({size})"
    count = f"{found.events:,} event{'s' * (found.events != 1)}"
    return f"{count}, {_minute(found.first_at)} to {_minute(found.last_at)} ({size})"


@contextmanager
def copying() -> Iterator[Report]:
    """Draw a bar while inside, where there is a terminal; give what it is moved with."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    ) as bar:
        task = bar.add_task("Copying", total=None)

        def report(done: int, total: int) -> None:
            text = "Copying" if done < total else "Checking"
            bar.update(task, completed=done, total=total, description=text)

        yield report


def _minute(at: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at / 1000).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"{at} ms"  # logs of early versions hold times in any unit
