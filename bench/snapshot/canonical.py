"""Turn a response into a text that is the same on each run, machine and day."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.snapshot.client import SnapshotResponse
from bench.snapshot.renames import Renames

VARIES: Final = "(varies)"
VARYING: Final = (
    # Answers whose names match, and a path in their JSON, with the reason.
    ("health *", "version"),  # of Hookwatch: a release changes it
    ("health *", "log.db_bytes"),  # sizes depend on checkpoints and on SQLite's version
    ("health *", "log.wal_bytes"),
    ("health *", "log.views_bytes"),
    ("health *", "log.search_bytes"),
    ("health *", "log.disk_free_bytes"),
    ("health *", "views.state"),  # the fold may not have taken the lock yet
    ("health *", "views.events_per_second"),
    ("health *", "search.state"),
    ("health *", "follow"),  # whether the watch works on this file system, and when it woke
    ("health *", "processes"),  # pids, CPU and memory
    ("health *", "rate"),  # by the monotonic clock
    ("health *", "lag"),
    ("health *", "installed"),  # paths of this machine
    ("stream: *", "*.data.build"),  # of the dashboard that is built here, if one is
    ("stream: *", "*.data.version"),
    ("document", "info.version"),
    # Prose of the document, which `make openapi` commits: it is not what answers are held to.
    ("document", "*.description"),
    ("document", "*.summary"),
    ("document", "*.example"),
    ("document", "*.examples"),
    # How far the full text was put in order between folds.
    ("search table: text_shards", "tidied"),
)
IGNORED_HEADERS: Final = frozenset({"date", "server", "content-length"})


class Canonical:
    """Make texts; `local` maps what belongs to this run (folders, ports) to names."""

    def __init__(self, renames: Renames, local: Mapping[str, str]) -> None:
        self._renames = renames
        self._local = local

    def answer(self, name: str, path: str, answer: SnapshotResponse) -> str:
        """Return the text of an HTTP answer; `path` is spelled with old names."""
        headers = [
            f"{header}: {value}"
            for header, value in sorted(answer.headers.items())
            if header not in IGNORED_HEADERS
        ]
        try:
            body = self.json(name, msgspec.json.decode(answer.body)) if answer.body else ""
        except msgspec.DecodeError:
            body = answer.body.decode("utf-8", "replace")
        return self._without_local("\n".join([path, str(answer.status), *headers, "", body, ""]))

    def json(self, name: str, value: Any) -> str:  # noqa: ANN401 - any JSON
        """Return the text of a JSON value."""
        restored = self._renames.restore(value, name)
        patterns = [path for answers, path in VARYING if fnmatchcase(name, answers)]
        held = _without_varying(restored, "", patterns) if patterns else restored
        return msgspec.json.format(msgspec.json.encode(held, order="sorted"), indent=1).decode()

    def _without_local(self, text: str) -> str:
        for own, name in self._local.items():
            text = text.replace(own, name)
        return text


def local_names(folder: Path, *, ingest_port: int, query_port: int) -> dict[str, str]:
    """Return how what belongs to a run is named in texts."""
    return {
        str(folder): "FOLDER",
        f":{ingest_port}": ":INGEST_PORT",
        f":{query_port}": ":QUERY_PORT",
        f'"{ingest_port}"': '"INGEST_PORT"',
        f'"{query_port}"': '"QUERY_PORT"',
    }


def _without_varying(value: Any, path: str, patterns: list[str]) -> Any:  # noqa: ANN401 - any JSON
    if path and any(fnmatchcase(path, pattern) for pattern in patterns):
        return VARIES
    if isinstance(value, dict):
        return {
            key: _without_varying(inner, f"{path}.{key}".lstrip("."), patterns)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _without_varying(inner, f"{path}.{number}".lstrip("."), patterns)
            for number, inner in enumerate(value)
        ]
    return value
