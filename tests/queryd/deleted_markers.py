"""Mark the texts of events with unique words, delete events, and search the files for the words."""

import random
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from ingestd.intake.decode import RequestMetadata, decode_one
from ingestd.log.writer import Writer
from queryd.fold.folder import read_facts
from queryd.fold.folding import Views
from queryd.search.index import TextIndex
from shared.checkpoints import checkpoint_all
from shared.event import NewEvent
from shared.files import wal_of
from shared.reader import Reader
from tests.queryd.folded_views import dump, index_log
from tests.running import wait_for

NAMES: Final = frozenset(
    {
        *("session_id", "prompt_id", "agent_id", "tool_use_id", "message_id", "request_id", "id"),
        *("hook_event_name", "tool_name", "agent_type", "subagent_type", "model", "model_name"),
        *("source", "trigger", "notification_type", "permission_mode", "effort", "type", "version"),
        *("mcp_server_name", "agentId", "agentType", "from_model", "to_model", "new_model"),
        *("old_model", "status", "subtype", "query_source", "speed", "decision", "behavior"),
        *("session.id", "prompt.id", "event.name", "agent.name", "tool_use_ids", "via"),
    }
)
"""Fields that are not texts: names that figures are grouped by, values of the client, and ids."""
RECEIVED_MS: Final = 1_790_000_000_000


def marker(number: int) -> str:
    """Return a word of one event, which shares no prefix with those of others."""
    return "".join(random.Random(number).choices("bcdfghjklmnpqrstvwxz", k=14))


def marked(value: Any, word: str) -> Any:
    """Return a body with a word in every text except in `NAMES`."""
    if isinstance(value, dict):
        return {
            key: it if key in NAMES and isinstance(it, str) else marked(it, word)
            for key, it in value.items()
        }
    if isinstance(value, list):
        return [marked(it, word) for it in value]
    if isinstance(value, str):
        if value.startswith("/"):
            return f"/{word}{value}"
        return f"{value} {word}" if value.startswith("<") else f"{word} {value}"
    return value


def marked_events(bodies: Iterable[dict[str, Any]], times: Iterable[int]) -> list[NewEvent]:
    """Return bodies as events that happened these times, in ms, before they were received.

    The n-th has the n-th marker in its texts, its sender and its summary.
    """
    events = []
    for number, (body, before) in enumerate(zip(bodies, times, strict=True), start=1):
        word = marker(number)
        at = RECEIVED_MS - before
        timed = {"timestamp": at, **body} if "hook_event_type" in body else body
        sent = decode_one(msgspec.json.encode(marked(timed, word)), RequestMetadata(fired_at=at))[0]
        event = msgspec.structs.replace(
            sent.event,
            timestamp=at,
            received_at=RECEIVED_MS,
            summary=word,
            sender=msgspec.Raw(b'{"project_dir":"/%s/shop"}' % word.encode()),
        )
        events.append(NewEvent(event=event))
    return events


class LogAndViews:
    """A log and its views, without threads."""

    def __init__(self, folder: Path) -> None:
        self.log_path = folder / "events.db"
        self.views_path = folder / "views.db"
        self.search_path = folder / "search.db"
        self.writer = Writer(self.log_path, synchronous="NORMAL")
        self.log = Reader(self.log_path)
        self.views = Views(self.views_path)
        self.index = TextIndex(self.search_path)
        assert self.views.follows_deletions(self.log)
        assert self.index.follows_deletions(self.log)

    def close(self) -> None:
        """Close everything."""
        self.writer.close()
        self.log.close()
        self.views.close()
        self.index.close()

    def restart(self) -> None:
        """Open the views again, as after a kill."""
        self.views.close()
        self.index.close()
        self.views = Views(self.views_path)
        self.index = TextIndex(self.search_path)
        for derived in (self.views, self.index):
            assert derived.belongs_to(self.log)
            assert derived.follows_deletions(self.log)

    def fold(self) -> None:
        """Fold all new events."""
        while facts := read_facts(self.log, self.views.folded_id):
            self.views.fold(facts)

    def add_text(self) -> None:
        """Index the text of all new events."""
        while events := self.log.after(self.index.folded_id):
            self.index.add(events)

    def delete(self, older_than: int) -> None:
        """Delete events as retention does."""
        while self.writer.delete_before(RECEIVED_MS - older_than):
            pass

    def empty(self, older_than: int) -> None:
        """Empty payloads as retention does."""
        while not self.writer.delete_payloads(RECEIVED_MS - older_than)[1]:
            pass

    def forget(self) -> None:
        """Apply all deletions to the views and the full text."""
        while self.views.forget(self.log):
            pass
        while self.index.forget(self.log):
            pass
        while self.index.tidy(self.log):
            pass

    def dump(self) -> dict[str, list[Any]]:
        return {**dump(self.index.database), **dump(self.views.database)}

    def ids(self) -> tuple[set[int], set[int]]:
        """Return the ids of the log's events with a payload, and of those without."""
        events = self.log.after(0, limit=100_000)
        whole = {it.id or 0 for it in events if bytes(it.payload) != b"{}"}
        return whole, {it.id or 0 for it in events} - whole

    def leaked_markers(self, count: int) -> dict[str, set[int]]:
        """Return, for each file, the events without payload whose markers it contains."""
        wait_for(lambda: checkpoint_all(self.log_path, "NORMAL"))
        wait_for(self.views.database.empty_wal)
        wait_for(self.index.database.empty_wal)
        whole, _ = self.ids()
        deleted_ids = set(range(1, count + 1)) - whole
        found = {}
        for path in (self.log_path, self.views_path, self.search_path):
            for file in (path, wal_of(path)):
                data = file.read_bytes()
                # FTS5 stores a term without the prefix that it shares with the one before.
                found[file.name] = {it for it in deleted_ids if marker(it)[4:].encode() in data}
        tables = repr(self.dump())
        found["tables"] = {it for it in deleted_ids if marker(it) in tables}
        return {name: numbers for name, numbers in found.items() if numbers}


@contextmanager
def open_log_and_views(folder: Path) -> Iterator[LogAndViews]:
    with closing(LogAndViews(folder)) as opened:
        yield opened


def rebuilt_views(log_path: Path, folder: Path) -> dict[str, list[Any]]:
    """Return the tables of new views and of a new full text of the log."""
    with closing(Reader(log_path)) as log, closing(Views(folder / "rebuilt.db")) as views:
        views.follows_deletions(log)
        while facts := read_facts(log, views.folded_id):
            views.fold(facts)
        return {**index_log(log_path), **dump(views.database)}
