"""Restore a copy of the log, also while Hookwatch runs: `hookwatch restore FILE`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from connect.cli.backup import describe_log, progress_bar
from connect.cli.help import HelpFormatter
from connect.cli.terminal import confirm
from connect.errors import CliError
from shared.backup import BackupError, check_log, contents_of
from shared.files import make_folder
from shared.restore import exclusive_ownership, stage, swap_in_staged
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.backup import LogContents
    from shared.restore import StagedLog
    from shared.settings import Settings

DESCRIPTION = """\
Replace the log by a copy that `hookwatch backup` made, whether Hookwatch runs or not. The current
log is never deleted: it is renamed, with every event up to that moment, and stays beside the
restored one. Later events go to the restored log. Open pages and views update automatically.

Exit code: 0 restored, 2 failed; then the current log is unchanged."""
EXAMPLES = """\
examples:
  hookwatch restore ~/backups/hookwatch.db
  hookwatch restore --yes ~/backups/hookwatch.db
                                            without asking"""
DAY_MS = 86_400_000
POLL_S = 0.05
TIMEOUT_S = 30.0
"""A running ingestd checks once a second, and waits for reads to finish."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    restore = commands.add_parser(
        "restore",
        help="restore a copy, and keep the current log",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="the copy")
    restore.add_argument("--yes", "-y", action="store_true", help="restore without asking")
    restore.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings, source = read_settings(), options.file.expanduser()
    log = settings.log_path
    _check_source(source, log)
    make_folder(settings.data)
    try:
        copy = check_log(source)
        print("\n".join(_lines(source, copy, settings)))
        confirm("Restore this copy? [y/N]", yes=options.yes)
        with progress_bar() as report:
            staged = stage(source, log, progress=report)
        _swap(staged, log)
    except BackupError as error:
        raise CliError(f"{error}. Nothing was changed.") from None
    print(f"Restored {describe_log(copy)}.")
    previous = staged.set_aside
    if previous.exists():
        print(f"The previous log is {previous}: {_contents(previous, is_written=False)}.")
    return 0


def _check_source(source: Path, log: Path) -> None:
    if not source.is_file():
        raise CliError(f"no file {source}.")
    if log.exists() and source.samefile(log):
        raise CliError(f"{source} is the current log itself.")


def _lines(source: Path, copy: LogContents, settings: Settings) -> Iterator[str]:
    log = settings.log_path
    yield f"  restores  {source}"
    yield f"            {describe_log(copy)}"
    if log.exists():
        yield f"  replaces  {log}"
        yield f"            {_contents(log)}"
        yield "            which stays beside it, renamed with the time"
    else:
        yield f"  as        {log}, which does not exist yet"
    oldest = copy.last_at if copy.first_at is None else copy.first_at
    before = time.time_ns() // 1_000_000 - settings.retention_days * DAY_MS
    if settings.retention_days and oldest is not None and oldest < before:
        yield (
            f"  Note: HOOKWATCH_RETENTION_DAYS is {settings.retention_days}: "
            "older events in the copy will be deleted."
        )


def _contents(log: Path, *, is_written: bool = True) -> str:
    try:
        return describe_log(contents_of(log, is_written=is_written))
    except BackupError as error:
        return str(error)  # a damaged log may be the reason to restore


def _swap(staged: StagedLog, log: Path) -> None:
    """Let ingestd swap the logs if it runs, or do it here; raise CliError if neither can."""
    try:
        deadline = time.monotonic() + TIMEOUT_S
        while staged.waits and time.monotonic() < deadline:
            with exclusive_ownership(log) as is_alone:
                if is_alone:
                    swap_in_staged(log)
            time.sleep(POLL_S)
    finally:
        withdrawn = staged.withdraw()
    if withdrawn:
        raise CliError(
            f"ingestd did not restore the copy within {TIMEOUT_S:.0f} s: it hangs, cannot write, "
            "or another program is reading the log. Stop ingestd and try again. "
            "Nothing was changed."
        )
    if staged.waits:
        raise CliError("ingestd has not finished restoring. It continues, also after a restart.")
