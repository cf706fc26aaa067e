"""Take the options of `hookwatch backfill`, find the transcripts, send them, tell how it went."""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from connect.backfill.discovery import Session, find_sessions, last_at, projects_folder
from connect.backfill.importer import Run
from connect.backfill.progress import Show
from connect.backfill.send import Sender, get_json
from connect.backfill.stored import Known, KnownHere, KnowNothing, KnownThere
from connect.cli.demo import absent
from connect.cli.help import Help
from connect.demo.post import Ingestd, Unreachable
from connect.errors import Cannot
from connect.http import ingest_url, url
from connect.settings.places import shown
from shared.history import HistoryReader
from shared.reader import NotReadableError
from shared.settings import Settings, is_loopback, read_settings

PATIENCE_SECONDS: Final = 30.0
DAY_MS: Final = 86_400_000
MOST_NAMES: Final = 10
UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}
HELP: Final = """\
Read the transcripts that Claude Code keeps on this machine, and store what its hooks would have
told: prompts, tool calls, answers, subagents, with their own times, and the tokens that each answer
used. What is stored already is not stored again: run it as often as you like."""
EXAMPLES: Final = """\
examples:
  hookwatch backfill                        every session that is still on disk
  hookwatch backfill --since 7d             those that went on in the last week
  hookwatch backfill --project shop-api --dry-run
                                            count what one project has"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `backfill` to the subcommands."""
    backfill = commands.add_parser(
        "backfill",
        help="store the sessions that are on disk from before",
        description=HELP,
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    backfill.add_argument(
        "--since",
        metavar="WHEN",
        type=since,
        help="only sessions that went on after this: 7d, 24h, 2026-11-01, 2026-11-01T09:30 "
        "(default: all)",
    )
    backfill.add_argument(
        "--project",
        metavar="NAME_OR_DIR",
        help="only sessions of this project: shop-api, ~/shop (default: all)",
    )
    backfill.add_argument(
        "--url", type=url, default=ingest_url(), help="ingestd (default: %(default)s)"
    )
    backfill.add_argument("--dry-run", action="store_true", help="count, and store nothing")
    backfill.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send what is new: 0. Raise Cannot without transcripts, a project of that name, an ingestd."""
    try:
        return backfill(options, read_settings(), now=time.time_ns() // 1_000_000)
    except (Unreachable, NotReadableError) as error:
        raise Cannot(f"{_of(error)}{options.url} {error}") from None
    except OSError as error:
        raise Cannot(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped; another run goes on from here.", file=sys.stderr)
        raise


def backfill(options: argparse.Namespace, settings: Settings, *, now: int) -> int:
    """Go through the sessions that are wanted, and print the summary."""
    ingestd = Ingestd(options.url, settings.token)
    if not options.dry_run and (why := absent(ingestd)) is not None:
        raise Unreachable(why)
    skipped: Counter[str] = Counter()
    sessions = wanted(options, skipped, now=now)
    not_before = now - settings.retention_days * DAY_MS if settings.retention_days else 0
    sender = None if options.dry_run else Sender(ingestd, patience_seconds=PATIENCE_SECONDS)
    with _known(ingestd, settings) as known:
        total = sum(session.size for session in sessions)
        with Show(total, sys.stderr) as show:
            work = Run(known, sender, now=now, not_before=not_before, show=show.progress)
            work.tally.skipped += skipped
            try:
                work.go(sessions)
            finally:
                if sender is not None:
                    sender.close()
        print("\n".join(work.tally.lines(is_dry=options.dry_run)), flush=True)
    return 0


def wanted(options: argparse.Namespace, skipped: Counter[str], *, now: int) -> list[Session]:
    """Return the sessions that the options ask for; raise Cannot where there can be none."""
    folder = projects_folder()
    try:
        found = find_sessions(folder, skipped)
    except FileNotFoundError:
        raise Cannot(
            f"there are no transcripts: {shown(folder)} does not exist. "
            "Set CLAUDE_CONFIG_DIR if Claude Code keeps its files elsewhere."
        ) from None
    except OSError as error:
        raise Cannot(f"{shown(folder)} cannot be read: {error.strerror}") from None
    if options.project is not None:
        found = _of_project(options.project, found, folder)
    if options.since is not None:
        first = options.since if options.since >= 0 else now + options.since
        found = [it for it in found if it.changed_ns >= first * 1_000_000 and last_at(it) >= first]
    return found


def _of_project(project: str, sessions: list[Session], folder: Path) -> list[Session]:
    """Return a project's sessions; raise Cannot, with projects there are, when there is none."""
    found = [session for session in sessions if session.is_of(project)]
    if found:
        return found
    # The newest first: more than fit are likely to be old.
    names = list(dict.fromkeys(session.project_name for session in reversed(sessions)))
    words = [f"no project {project!r} has transcripts in {shown(folder)}."]
    if close := get_close_matches(project, names):
        words.append(f"Did you mean {' or '.join(close)}?")
    elif names:
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        words.append(f"These have: {', '.join(names[:MOST_NAMES])}{more}.")
    raise Cannot(" ".join(words))


def since(text: str) -> int:
    """Return a time in ms since the epoch; one that is so long ago, as a negative span."""
    if span := _SPAN.fullmatch(text.strip()):
        return -max(1, int(span[1]) * UNITS_MS[span[2]])
    try:
        return round(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            "must be like 7d, 24h, 2026-11-01 or 2026-11-01T09:30"
        ) from None


@contextmanager
def _known(ingestd: Ingestd, settings: Settings) -> Iterator[Known]:
    """Find out where the log is, and give who knows what is in it."""
    newest = _newest(ingestd)
    with closing(HistoryReader(settings.log_path)) as reader:
        is_here = is_loopback(urlsplit(ingestd.url).hostname or "")
        if (newest is None and is_here) or (is_here and reader.last_id() >= (newest or 0)):
            yield KnownHere(reader)
        elif newest == 0:
            yield KnowNothing()
        else:
            host = urlsplit(ingestd.url).hostname or "127.0.0.1"
            host = f"[{host}]" if ":" in host else host
            yield KnownThere(Ingestd(f"http://{host}:{settings.query_port}", ingestd.token))


def _newest(ingestd: Ingestd) -> int | None:
    """Return ingestd's newest rowid; None when it does not answer."""
    try:
        found = get_json(ingestd, "/health")
        return int(found["last_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _of(error: Exception) -> str:
    return "the log of " if isinstance(error, NotReadableError) else "ingestd at "


_SPAN: Final = re.compile(r"(\d{1,6})([mhdw])")
