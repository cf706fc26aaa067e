"""Dump every table of a database, its rows in an order that does not depend on their storage.

A full-text table has no readable rows; its dump has each word with its count.
"""

from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import apsw
import msgspec

from bench.snapshot.canonical import VARIES, VARYING
from bench.snapshot.renames import Renames


def dump(path: Path, renames: Renames, *, prefix: str = "table") -> Iterator[tuple[str, str]]:
    """Yield names and texts of all tables."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        listed: list[tuple[Any, ...]] = connection.execute(
            "SELECT name, type FROM pragma_table_list WHERE schema = 'main'"
            " AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()
        for table, kind in listed:
            name = f"{prefix}: {renames.old('table', table, prefix)}"
            if kind == "virtual":
                yield name, _words(connection, table)
            else:
                yield name, _rows(connection, table, name, renames)


def _rows(connection: apsw.Connection, table: str, name: str, renames: Renames) -> str:
    found: list[tuple[Any, ...]] = connection.execute(
        f"SELECT name FROM pragma_table_info('{table}')"
    ).fetchall()
    columns = {renames.old("column", column, name): column for (column,) in found}
    old_names = sorted(columns)
    varying = {path for tables, path in VARYING if fnmatchcase(name, tables)}
    selected = ", ".join(f'"{columns[old]}"' for old in old_names)
    lines = []
    for row in connection.execute(f'SELECT {selected} FROM "{table}"'):
        values = {
            old: VARIES if old in varying else _readable(value)
            for old, value in zip(old_names, row, strict=True)
        }
        restored = renames.restore(values, name)
        lines.append(_line([restored[old] for old in old_names]))
    lines.sort()
    return "\n".join([_line(old_names), *lines, ""])


def _readable(value: Any) -> Any:  # noqa: ANN401 - any value of SQLite
    """Return a value as JSON holds it: MessagePack decoded, other bytes as their digits."""
    if not isinstance(value, bytes):
        return value
    try:
        decoded = msgspec.msgpack.decode(value)
        if isinstance(decoded, dict | list):
            return msgspec.json.decode(msgspec.json.encode(decoded))
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError):
        pass  # other bytes may look like the start of MessagePack
    return value.hex()


def _words(connection: apsw.Connection, table: str) -> str:
    """Return each word of a full text, with how many rows have it and how often."""
    connection.execute(
        f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, '{table}', 'col')"
    ).fetchall()
    rows = connection.execute("SELECT term, col, doc, cnt FROM temp.words").fetchall()
    connection.execute("DROP TABLE temp.words").fetchall()
    return "\n".join([*sorted(map(_line, rows)), ""])


def _line(values: Any) -> str:  # noqa: ANN401 - a row
    return msgspec.json.encode(values, order="sorted").decode()
