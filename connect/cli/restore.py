"""Put a copy back as the log, while everything runs: `hookwatch restore FILE`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from connect.cli.backup import copying, described
from connect.cli.help import Help
from connect.errors import Cannot
from connect.settings.change import agreed
from shared.backup import BackupError, check_log, contents_of
from shared.files import make_folder
from shared.restore import alone, put_back, stage
from shared.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.backup import LogContents
    from shared.restore import Staged
    from shared.settings import Settings

DESCRIPTION = """\
Put a copy that `hookwatch backup` made back as the log, whether Hookwatch runs or not. The present
log is never deleted: it is set aside beside the new one, with every event up to that moment, and
events that come later go into the restored log. Open pages and the views follow by themselves.

Exit code: 0 restored, 2 it cannot be done; then the present log goes on as it was."""
EXAMPLES = """\
examples:
  hookwatch restore ~/backups/hookwatch.db
  hookwatch restore --yes ~/backups/hookwatch.db
                                            ask nothing"""
DAY_MS = 86_400_000
LOOK_S = 0.05
PATIENCE_S = 30.0
"""A running ingestd looks once a second, and waits for readers in the middle of a read."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `restore` to the subcommands."""
    restore = commands.add_parser(
        "restore",
        help="put such a copy back, and keep the present log",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="the copy")
    restore.add_argument("--yes", "-y", action="store_true", help="restore without asking")
    restore.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Restore the copy: 0. Raise Cannot when that is not possible; then nothing has changed."""
    settings, source = read_settings(), options.file.expanduser()
    log = settings.log_path
    _refuse(source, log)
    make_folder(settings.data)
    try:
        copy = check_log(source)
        print("\n".join(_lines(source, copy, settings)))
        agreed("Restore this copy?", dry_run=False, yes=options.yes)
        with copying() as report:
            staged = stage(source, log, progress=report)
        _swap(staged, log)
    except BackupError as error:
        raise Cannot(f"{error}. Nothing was changed.") from None
    print(f"Restored {described(copy)}.")
    aside = staged.set_aside
    if aside.exists():
        print(f"The log before is in {aside}: {_contents(aside, is_written=False)}.")
    return 0


def _refuse(source: Path, log: Path) -> None:
    if not source.is_file():
        raise Cannot(f"there is no file {source}.")
    if log.exists() and source.samefile(log):
        raise Cannot(f"{source} is the present log itself.")


def _lines(source: Path, copy: LogContents, settings: Settings) -> Iterator[str]:
    log = settings.log_path
    yield f"  restores  {source}"
    yield f"            {described(copy)}"
    if log.exists():
        yield f"  replaces  {log}"
        yield f"            {_contents(log)}"
        yield "            which is kept beside it, under a name with the time"
    else:
        yield f"  as        {log}, where there is no log now"
    oldest = copy.last_at if copy.first_at is None else copy.first_at
    before = time.time_ns() // 1_000_000 - settings.retention_days * DAY_MS
    if settings.retention_days and oldest is not None and oldest < before:
        yield (
            f"  Note: HOOKWATCH_RETENTION_DAYS is {settings.retention_days}: "
            "older events of the copy are deleted again."
        )


def _contents(log: Path, *, is_written: bool = True) -> str:
    try:
        return described(contents_of(log, is_written=is_written))
    except BackupError as error:
        return str(error)  # it may be why another is put in its place


def _swap(staged: Staged, log: Path) -> None:
    """Let ingestd swap the logs if it runs, or do it here; raise Cannot if neither can."""
    try:
        end = time.monotonic() + PATIENCE_S
        while staged.waits and time.monotonic() < end:
            with alone(log) as is_alone:
                if is_alone:
                    put_back(log)
            time.sleep(LOOK_S)
    finally:
        withdrawn = staged.withdraw()
    if withdrawn:
        raise Cannot(
            f"ingestd did not take the copy within {PATIENCE_S:.0f} s: it hangs, cannot write, or "
            "something reads the log for long. Stop it and try again. Nothing was changed."
        )
    if staged.waits:
        raise Cannot(
            "ingestd has not finished the swap; it goes on with it, at its next start too."
        )
