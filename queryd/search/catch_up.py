"""Index a long log in a process of its own, up to near its end.

The texts of 5,000,000 events take a core for minutes: in a thread they would hold the interpreter
lock that the fold and the streams need. The process ends with its parent, or when it is done.
"""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from queryd.search.index import TextIndex
from shared.event import Event
from shared.reader import Reader

NEAR: Final = 2_000
"""It stops so many events before the end, which a search matches in the log."""
BATCH: Final = 500
BATCH_BYTES: Final = 1024 * 1024
"""Larger batches take more memory and save no time."""
NICENESS: Final = 5
"""Hooks and statuses come first where there are few cores."""
POLL_S: Final = 0.1
GC_THRESHOLD: Final = 50_000
"""Decoded events have no reference cycles."""
_ROOT: Final = Path(__file__).resolve().parents[2]
_CODE: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from queryd.search.catch_up import main; main(*sys.argv[2:])"
)


def run_process(
    log_path: Path, search_path: Path, *, lock: int, is_stopping: Callable[[], bool]
) -> bool:
    """Run the process to its end, or until it is to stop; return whether it came any further.

    It inherits the fold lock: if this process is killed, no other folds before that one has ended.
    """
    command = [sys.executable, "-P", "-c", _CODE, str(_ROOT), str(log_path), str(search_path)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.PIPE,
        pass_fds=(lock,),
        start_new_session=True,  # Ctrl-C is for the parent
    ) as process:
        try:
            while not is_stopping():
                try:
                    return process.wait(POLL_S) == 0
                except subprocess.TimeoutExpired:
                    pass
            return True
        finally:
            process.kill()  # nothing is lost: the next one continues at the last commit


def main(log_path: str, search_path: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICENESS)
    gc.set_threshold(GC_THRESHOLD, 50, 100)
    sys.exit(0 if catch_up(Path(log_path), Path(search_path)) else 1)


def catch_up(log_path: Path, search_path: Path) -> bool:
    """Index until near the end of the log, or until one of the files is replaced.

    Return whether any event was indexed.
    """
    with closing(Reader(log_path)) as log, closing(TextIndex(search_path)) as index:
        if not (index.belongs_to(log) and index.follows_deletions(log)):
            return False  # the parent discards it
        first_id = index.folded_id
        while index.in_place and not log.refresh() and log.last_id() - index.folded_id > NEAR:
            events = read_events(log, index.folded_id, limit=BATCH, limit_bytes=BATCH_BYTES)
            if not events:
                break
            index.add(events)
        return index.folded_id > first_id


def read_events(log: Reader, after: int, *, limit: int, limit_bytes: int) -> list[Event]:
    """Return the next events; none while they are being copied from a damaged log."""
    if not log.is_whole_after(after):
        return []
    return log.after(after, limit=limit, limit_bytes=limit_bytes)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)
