"""Import past sessions: `hookwatch backfill`."""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from difflib import get_close_matches
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from connect.backfill.discovery import TranscriptFiles, find_sessions, last_at, projects_folder
from connect.backfill.importer import Importer
from connect.backfill.progress import ImportProgress
from connect.backfill.send import BatchSender
from connect.backfill.stored import EmptyLog, LocalLog, RemoteLog, StoredEvents
from connect.cli.help import HelpFormatter
from connect.errors import CliError
from connect.http import Daemon, UnreachableError, ingest_url, ingestd_problem, parse_url
from connect.settings.locations import display_path
from shared.history import HistoryReader
from shared.reader import NotReadableError
from shared.settings import Settings, is_loopback, read_settings

RETRY_FOR_S: Final = 30.0
DAY_MS: Final = 86_400_000
MAX_SUGGESTIONS: Final = 10
UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}
DESCRIPTION: Final = """\
Import the transcripts that Claude Code keeps on this machine: prompts, tool calls, answers and
subagents with their original times, and the tokens of each answer. Events that are already stored
are skipped, so you can run it as often as you like."""
EXAMPLES: Final = """\
examples:
  hookwatch backfill                        every session on disk
  hookwatch backfill --since 7d             those active in the last week
  hookwatch backfill --project shop-api --dry-run
                                            count the events of one project"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backfill = commands.add_parser(
        "backfill",
        help="import past sessions",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    backfill.add_argument(
        "--since",
        metavar="WHEN",
        type=parse_since,
        help="only sessions active since: 7d, 24h, 2026-11-01, 2026-11-01T09:30 (default: all)",
    )
    backfill.add_argument(
        "--project",
        metavar="NAME_OR_DIR",
        help="only sessions of this project: shop-api, ~/shop (default: all)",
    )
    backfill.add_argument(
        "--url",
        type=parse_url,
        default=ingest_url(),
        help="address of ingestd (default: %(default)s)",
    )
    backfill.add_argument("--dry-run", action="store_true", help="count, and store nothing")
    backfill.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import what is new; raise CliError without transcripts, such a project, or an ingestd."""
    try:
        return backfill(options, read_settings(), now=time.time_ns() // 1_000_000)
    except UnreachableError as error:
        raise CliError(str(error)) from None
    except NotReadableError as error:
        raise CliError(f"can't read the log of {options.url}: {error}") from None
    except OSError as error:
        raise CliError(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped. Run it again to continue.", file=sys.stderr)
        raise


def backfill(options: argparse.Namespace, settings: Settings, *, now: int) -> int:
    ingestd = Daemon(options.url, settings.token)
    if not options.dry_run and (problem := ingestd_problem(ingestd)) is not None:
        raise UnreachableError(problem)
    skipped: Counter[str] = Counter()
    sessions = selected_sessions(options, skipped, now=now)
    not_before = now - settings.retention_days * DAY_MS if settings.retention_days else 0
    sender = None if options.dry_run else BatchSender(ingestd, retry_for_s=RETRY_FOR_S)
    with _stored_events(ingestd, settings) as stored:
        total = sum(session.size for session in sessions)
        with ImportProgress(total, sys.stderr) as progress:
            importer = Importer(
                stored, sender, now=now, not_before=not_before, on_progress=progress.update
            )
            importer.counts.skipped += skipped
            try:
                importer.run(sessions)
            finally:
                if sender is not None:
                    sender.close()
        print("\n".join(importer.counts.summary(is_dry_run=options.dry_run)), flush=True)
    return 0


def selected_sessions(
    options: argparse.Namespace, skipped: Counter[str], *, now: int
) -> list[TranscriptFiles]:
    """Return the sessions that the options select; raise CliError when there can be none."""
    folder = projects_folder()
    try:
        sessions = find_sessions(folder, skipped)
    except FileNotFoundError:
        raise CliError(
            f"no transcripts found in {display_path(folder)}. "
            "Set CLAUDE_CONFIG_DIR if they're elsewhere."
        ) from None
    except OSError as error:
        raise CliError(f"{display_path(folder)} cannot be read: {error.strerror}") from None
    if options.project is not None:
        sessions = _of_project(options.project, sessions, folder)
    if options.since is not None:
        since = options.since if options.since >= 0 else now + options.since
        sessions = [
            it for it in sessions if it.changed_ns >= since * 1_000_000 and last_at(it) >= since
        ]
    return sessions


def _of_project(
    project: str, sessions: list[TranscriptFiles], folder: Path
) -> list[TranscriptFiles]:
    """Return a project's sessions; raise CliError with suggestions when there are none."""
    selected = [session for session in sessions if session.is_of(project)]
    if selected:
        return selected
    # The newest first: those that do not fit are likely to be old.
    names = list(dict.fromkeys(session.project_name for session in reversed(sessions)))
    sentences = [f'no project named "{project}" in {display_path(folder)}.']
    if close := get_close_matches(project, names):
        sentences.append(f"Did you mean {' or '.join(close)}?")
    elif names:
        rest = len(names) - MAX_SUGGESTIONS
        more = f" and {rest} more" if rest > 0 else ""
        sentences.append(f"Known: {', '.join(names[:MAX_SUGGESTIONS])}{more}.")
    raise CliError(" ".join(sentences))


def parse_since(text: str) -> int:
    """Return a time in ms since the epoch, or a span before now as a negative number."""
    if span := _SPAN.fullmatch(text.strip()):
        return -max(1, int(span[1]) * UNITS_MS[span[2]])
    try:
        return round(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            "must be like 7d, 24h, 2026-11-01 or 2026-11-01T09:30"
        ) from None


@contextmanager
def _stored_events(ingestd: Daemon, settings: Settings) -> Iterator[StoredEvents]:
    """Find out where ingestd's log is, and how to look up what it holds."""
    newest = _newest_id(ingestd)
    with closing(HistoryReader(settings.log_path)) as reader:
        is_local = is_loopback(urlsplit(ingestd.url).hostname or "")
        if (newest is None and is_local) or (is_local and reader.last_id() >= (newest or 0)):
            yield LocalLog(reader)
        elif newest == 0:
            yield EmptyLog()
        else:
            host = urlsplit(ingestd.url).hostname or "127.0.0.1"
            host = f"[{host}]" if ":" in host else host
            url = f"http://{host}:{settings.query_port}"
            yield RemoteLog(Daemon(url, ingestd.token, "queryd"))


def _newest_id(ingestd: Daemon) -> int | None:
    """Return ingestd's newest rowid; None when it does not answer."""
    try:
        return int(ingestd.get_json("/health")["last_id"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None


_SPAN: Final = re.compile(r"(\d{1,6})([mhdw])")
