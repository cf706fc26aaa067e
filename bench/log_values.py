"""Read values to request from a generated log: ids, names, rare and common words."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Final

import apsw
import msgspec

from bench.generator.log import read_metadata
from bench.generator.texts import VOCABULARY, vocabulary

SAMPLES: Final = 3_000
COMMON_RANKS: Final = slice(0, 60)
RARE_RANKS: Final = slice(VOCABULARY // 2, None)


class LogValues(msgspec.Struct, frozen=True, kw_only=True):
    last_id: int
    first_ms: int
    end_ms: int
    session_ids: Sequence[str]
    agent_ids: Sequence[str]
    projects: Sequence[str]
    tool_names: Sequence[str]
    event_types: Sequence[str]
    models: Sequence[str]
    agent_types: Sequence[str]
    common_words: Sequence[str]
    rare_words: Sequence[str]
    tickets: Sequence[str]
    """Words of hardly any event."""


def read_log_values(log: Path) -> LogValues:
    """Read a generated log at random places."""
    metadata = read_metadata(log)
    rng = Random(metadata.seed)  # noqa: S311 - no secret
    with closing(apsw.Connection(str(log), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        drawn = [_row(connection, 1 + int(rng.random() * metadata.events)) for _ in range(SAMPLES)]
    bodies = [msgspec.json.decode(row[-1]) for row in drawn]
    words = vocabulary()
    return LogValues(
        last_id=metadata.events,
        first_ms=metadata.first_ms,
        end_ms=metadata.end_ms,
        session_ids=[row[0] for row in drawn],
        agent_ids=[row[1] for row in drawn if row[1]],
        event_types=_distinct(row[2] for row in drawn),
        projects=_distinct(row[3] for row in drawn),
        tool_names=_distinct(row[4] for row in drawn),
        models=_distinct(it for body in bodies if isinstance(it := body.get("model"), str)),
        agent_types=_distinct(body.get("agent_type") for body in bodies),
        common_words=words[COMMON_RANKS],
        rare_words=words[RARE_RANKS],
        tickets=[
            body["prompt"].partition(":")[0]
            for body in bodies
            if "-" in body.get("prompt", "").partition(":")[0][:12]
        ],
    )


def _row(connection: apsw.Connection, rowid: int) -> tuple[Any, ...]:
    sql = (
        "SELECT session_id, agent_id, hook_event_type, source_app, tool_name, payload "
        "FROM events WHERE id = ?"
    )
    return tuple(connection.execute(sql, (rowid,)).fetchall()[0])


def _distinct(values: Any) -> list[str]:  # noqa: ANN401 - what JSON held
    return sorted({value for value in values if value})
