"""Copy the log, also while it is written: `hookwatch backup FILE`."""

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

from connect.cli.help import HelpFormatter
from connect.errors import CliError
from shared.backup import BackupError, back_up
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.backup import LogContents
    from shared.backup import Progress as ReportProgress

DESCRIPTION = """\
Copy the log to one file, whether Hookwatch runs or not. Hooks are not delayed, and the copy holds
every event stored before it started. FILE appears once the copy is complete, checked and on disk.
Only you can read it; it holds the prompts and outputs that the log holds.

Exit code: 0 copied, 2 failed."""
EXAMPLES = """\
examples:
  hookwatch backup ~/backups/hookwatch.db
  hookwatch backup --force /mnt/nas/hookwatch.db
                                            replace an earlier copy
  hookwatch restore ~/backups/hookwatch.db  restore it"""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser(
        "backup",
        help="copy the log, also while Hookwatch runs",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="where to write the copy")
    backup.add_argument("--force", action="store_true", help="replace FILE if it exists")
    backup.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    log, target = read_settings().log_path, options.file.expanduser()
    if target.is_dir():
        raise CliError(f"{target} is a folder. Name a file in it.")
    if target.exists() and not options.force:
        raise CliError(f"{target} exists. Choose another name, or replace it with --force.")
    if target.exists() and log.exists() and target.samefile(log):
        raise CliError(f"{target} is the log itself.")
    try:
        with progress_bar() as report:
            contents = back_up(log, target, overwrite=options.force, progress=report)
    except BackupError as error:
        raise CliError(f"{error}. No copy was made.") from None
    print(f"Copied {describe_log(contents)} to {target}")
    return 0


def describe_log(contents: LogContents) -> str:
    """Return the number of events, their time range and the size."""
    size = decimal(contents.size_bytes)
    if contents.first_at is None or contents.last_at is None:
        return f"no events ({size})"
    count = f"{contents.events:,} event{'s' * (contents.events != 1)}"
    return f"{count}, {_minute(contents.first_at)} to {_minute(contents.last_at)} ({size})"


@contextmanager
def progress_bar() -> Iterator[ReportProgress]:
    """Show a progress bar on a terminal; yield the function that updates it."""
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


def _minute(at_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"  # logs of early versions hold times in other units
