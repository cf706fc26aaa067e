"""Read every readable row of a damaged log, page by page.

In: the pages of a database (`pages`). Out: rows of `events`, the newest first, and which ids may be
missing. SQLite itself stops at the first damaged page, and its recovery extension is not part of
every build. Left to `recovery`: where the rows go.

Rows are read from the table's tree. Where the tree is broken, unreachable pages are searched for
ids of the gap only: other rows on them were deleted, or are stale copies.
"""

from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ingestd.log.pages import Pages, WalIndex
from shared.rows import COLUMNS as READ_COLUMNS

LEAF: Final = 0x0D
INTERIOR: Final = 0x05
MAX_BYTES: Final = 1_000_000_000
"""SQLite's limit of one row."""
MAX_ID: Final = 2**53
MAX_COLUMNS: Final = 100
FIRST_PAGES: Final = 64
"""They contain the root pages of a log's first tables, which are created before its first event."""

COLUMNS: Final = (*READ_COLUMNS, "event_id", "sender", "payload")
"""Of `events`, in the order of its records."""
_TYPES: Final = (int, int, str, str, *[str | None] * 8, str)
"""Of the columns after the id."""

Row = tuple[Any, ...]
Gap = tuple[int, int | None]
"""Ids past the first, up to the second; None when the tree has no upper bound."""


class Cell(msgspec.Struct, frozen=True, gc=False):
    """Hold one entry of a table's leaf: its rowid and its record, as far as they can be read."""

    rowid: int
    record: list[Any] | None


class IdSet:
    """Hold ids in a few bits each."""

    def __init__(self) -> None:
        self._parts: dict[int, bytearray] = {}
        self.count = 0

    def add(self, number: int) -> bool:
        """Add an id; return whether it is new."""
        part = self._parts.setdefault(number >> 13, bytearray(1024))
        place, bit = (number & 0x1FFF) >> 3, 1 << (number & 7)
        if part[place] & bit:
            return False
        part[place] |= bit
        self.count += 1
        return True


class Salvage:
    """Read one damaged log. No content of its files makes it raise."""

    def __init__(
        self,
        path: Path,
        *,
        index: WalIndex | None = None,
        vfs: str | None = None,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self.pages = Pages(path, index=index, vfs=vfs or "", rest=rest)
        self._tree = _Tree(self.pages)
        self._free = self._freelist()
        self._roots = self._schema()
        self._gaps: list[Gap] = []
        self._deleted: list[tuple[int, int]] = []
        self._found = IdSet()
        """Ids in gaps whose row was found."""
        self._reached = 0

    def close(self) -> None:
        """Close the files. Closing twice is harmless."""
        self.pages.close()

    @property
    def is_schema_readable(self) -> bool:
        """Return whether the root of the table of events is known."""
        return "events" in self._roots

    @property
    def gaps(self) -> Sequence[Gap]:
        """Return the ids that the tree does not reach; complete once `rows` has ended."""
        return self._gaps

    def reached(self) -> int:
        """Return the id down to which `rows` has yielded every row."""
        return max(
            [self._reached, *[MAX_ID if high is None else high + 1 for _, high in self._gaps]]
        )

    def uuid(self) -> str | None:
        """Return the log's UUID."""
        for cell in self._table("log"):
            if cell.record and isinstance(cell.record[0], str) and len(cell.record[0]) == 36:
                return cell.record[0]
        return None

    def last_given_id(self) -> int | None:
        """Return the highest id given to an event, by the log's own count; None if unknown."""
        for cell in self._table("sqlite_sequence"):
            match cell.record:
                case ["events", int(last)] if 0 <= last < MAX_ID:
                    return max(last, self._newest_in_tree())
        return None

    def last_deletion(self) -> int | None:
        """Return the number of the last recorded deletion; None if unknown."""
        if self.last_given_id() is None:  # the count of deletions is on the same page
            return None
        for cell in self._table("sqlite_sequence"):
            match cell.record:
                case ["deletions", int(last)] if 0 <= last < MAX_ID:
                    return last
        return 0

    def highest_id(self) -> int:
        """Return the highest id that can be found without the schema.

        The log's own count of ids is on one of the first pages, and so found fast. Only if that is
        lost too, every page is searched for rows.
        """
        counted = self._count_without_schema()
        if counted is None:
            return self._highest_row(range(1, self.pages.count + 1))
        # The count may be an older version; newer ids are in the WAL.
        return max(counted, self._highest_row(self.pages.wal_pages))

    def table(self, name: str) -> list[Row]:
        """Return the readable rows of a small table."""
        return [(cell.rowid, *cell.record) for cell in self._table(name) if cell.record]

    def deletions(self) -> list[tuple[int, int]]:
        """Return the known ids that retention deleted, from first to last."""
        found = []
        for cell in self._table("deletions"):
            match cell.record:
                case [_, int(first), int(last), 0, *_]:
                    found.append((first, last))
        return found

    def rows(self) -> Iterator[Row | None]:
        """Yield the rows, the newest first; None for each page without one."""
        self._gaps.clear()
        self._found = IdSet()
        self._reached = MAX_ID
        self._deleted = _merged(self.deletions())
        reached = _PageSet(self.pages.count)
        root = self._roots.get("events")
        if root is None:
            root = yield from self._most_likely_root()
        if root is None:
            self._gaps.append((0, None))
        else:
            yield from self._walk(root, reached, 0, None, 0)
        if self._gaps:
            yield from self._unreachable(reached)
        self._reached = 0

    def missing(self, last_id: int) -> int:
        """Return how many ids of the gaps have no row, at most: a duplicate may have used an id.

        Complete once `rows` has ended.
        """
        holes = [
            (low + 1, last_id if high is None else min(high, last_id)) for low, high in self._gaps
        ]
        ids = sum(max(0, last - first + 1) for first, last in holes)
        deleted = sum(
            max(0, min(last, end) - max(first, start) + 1)
            for first, last in holes
            for start, end in self._deleted
        )
        return max(0, ids - deleted - self._found.count)

    def _walk(
        self, number: int, reached: "_PageSet", low: int, high: int | None, depth: int
    ) -> Iterator[Row | None]:
        """Yield the rows below a page of the tree, with ids past `low`, up to `high`."""
        if depth > 20 or not reached.set(number):
            self._gaps.append((low, high))
            return
        children = self._tree.interior(number)
        if children is not None and _ascend([key for _, key in children[:-1]], low, high):
            bounds = [low, *[key for _, key in children[:-1]]]
            ends = [*bounds[1:], high]
            for (child, _), first, last in reversed(list(zip(children, bounds, ends, strict=True))):
                yield from self._walk(child, reached, first, last, depth + 1)
            return
        cells = self._tree.leaf(number)
        if cells is None or (not cells and depth > 0):
            self._gaps.append((low, high))
            yield None
            return
        yield from self._leaf_rows(cells, low, high)

    def _leaf_rows(self, cells: list[Cell], low: int, high: int | None) -> Iterator[Row | None]:
        valid: list[Row] = []
        is_whole = True
        last = low
        for cell in cells:
            in_place = last < cell.rowid <= (MAX_ID if high is None else high)
            if in_place and _is_event(cell.record):
                last = cell.rowid
                valid.append((cell.rowid, *(cell.record or [])[1:]))
            else:
                is_whole = False
        if not is_whole:
            self._gaps.append((low, high))
        for row in reversed(valid):
            self._reached = row[0]
            if is_whole or self._found.add(row[0]):
                yield row
        yield None

    def _unreachable(self, reached: "_PageSet") -> Iterator[Row | None]:
        """Yield rows of the gaps from pages that the tree does not reach, the newest first."""
        gaps = [(low, MAX_ID if high is None else high) for low, high in self._gaps]
        tops, numbers = array("Q"), array("Q")
        for number in range(1, self.pages.count + 1):
            if reached.has(number) or self._free.has(number):
                continue
            cells = self._tree.leaf(number, ids_only=True)
            if cells is not None:
                tops.append(max((max(0, min(cell.rowid, MAX_ID)) for cell in cells), default=0))
                numbers.append(number)
            yield None
        for place in sorted(range(len(tops)), key=tops.__getitem__, reverse=True):
            for cell in reversed(self._tree.leaf(numbers[place]) or ()):
                rowid = cell.rowid
                if not any(low < rowid <= high for low, high in gaps):
                    continue
                if any(first <= rowid <= last for first, last in self._deleted):
                    continue
                if _is_event(cell.record) and self._found.add(rowid):
                    yield (rowid, *(cell.record or [])[1:])
            yield None

    def _most_likely_root(self) -> Generator[None, None, int | None]:
        """Return the page without a parent that has the most descendants: the root of the events.

        Used when the schema cannot be read. A table of one page has no root, and is found anyway.
        """
        has_parent, interior = _PageSet(self.pages.count), array("Q")
        for number in range(1, self.pages.count + 1):
            children = self._tree.interior(number)
            if children is not None:
                interior.append(number)
                for child, _ in children:
                    has_parent.set(child)
            yield None
        best, most = None, 0
        for number in interior:
            if not has_parent.has(number) and (size := self._size(number, 0)) > most:
                best, most = number, size
        return best

    def _size(self, number: int, depth: int) -> int:
        children = self._tree.interior(number) if depth < 20 else None
        if children is None:
            return 1
        if depth >= 1 and self._tree.interior(children[0][0]) is None:
            return len(children)
        return sum(self._size(child, depth + 1) for child, _ in children)

    def _count_without_schema(self) -> int | None:
        """Return the highest id given, read from the root page of the count; None if lost.

        A root page never moves, and no other page ever holds such records.
        """
        for number in range(2, min(FIRST_PAGES, self.pages.count) + 1):
            for cell in self._tree.leaf(number) or ():
                match cell.record:
                    case ["events", int(last)] if 0 <= last < MAX_ID:
                        return last
        return None

    def _highest_row(self, numbers: Iterable[int]) -> int:
        highest = 0
        for number in numbers:
            for cell in self._tree.leaf(number, ids_only=True) or ():
                if cell.rowid > highest and _is_event(self._tree.record_at(number, cell.rowid)):
                    highest = cell.rowid
        return highest

    def _newest_in_tree(self) -> int:
        """Return the last id of the tree's last page; 0 if a page on the path is damaged."""
        number = self._roots.get("events", 0)
        for _ in range(20):
            children = self._tree.interior(number)
            if children is None:
                break
            number = children[-1][0]
        cells = self._tree.leaf(number) or []
        return max((cell.rowid for cell in cells if _is_event(cell.record)), default=0)

    def _table(self, name: str) -> Iterator[Cell]:
        root = self._roots.get(name)
        return iter(()) if root is None else self._tree.cells(root)

    def _schema(self) -> dict[str, int]:
        """Return the root pages by table name."""
        roots = {}
        for cell in self._tree.cells(1):
            match cell.record:
                case ["table", str(name), str(), int(root), *_] if 1 < root <= self.pages.count:
                    roots[name] = root
        return roots

    def _freelist(self) -> "_PageSet":
        """Return the free pages that can be found."""
        free = _PageSet(self.pages.count)
        for page, _ in freelist(self.pages):
            free.set(page)
        return free


def freelist(pages: Pages) -> Iterator[tuple[int, bool]]:
    """Yield the pages of the freelist with True; an invalid trunk ends it, with False."""
    first = pages.page(1)
    if first is None or not pages.has_header:
        return
    trunk, left = int.from_bytes(first[32:36]), int.from_bytes(first[36:40])
    while trunk != 0:
        page = pages.page(trunk)
        count = 0 if page is None else int.from_bytes(page[4:8])
        if page is None or trunk == 1 or count > pages.usable // 4 - 2 or left < count + 1:
            yield trunk, False
            return
        left -= count + 1
        leaves = [int.from_bytes(page[8 + 4 * it : 12 + 4 * it]) for it in range(count)]
        if not all(1 < leaf <= pages.count for leaf in leaves):
            yield trunk, False
            return
        yield trunk, True
        for leaf in leaves:
            yield leaf, True
        trunk = int.from_bytes(page[:4])


class _PageSet:
    """Hold page numbers in a bit each."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._bits = bytearray(count // 8 + 1)

    def has(self, number: int) -> bool:
        return 0 < number <= self._count and bool(self._bits[number >> 3] & 1 << (number & 7))

    def set(self, number: int) -> bool:
        """Add a number; return whether it is in range and new."""
        if not 0 < number <= self._count or self.has(number):
            return False
        self._bits[number >> 3] |= 1 << (number & 7)
        return True


class _Tree:
    """Decode pages of table trees."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def interior(self, number: int) -> list[tuple[int, int]] | None:
        """Return an interior page's children with their keys, the right-most last; else None."""
        found = self._cell_places(number, INTERIOR)
        if found is None:
            return None
        page, places, head = found
        children = []
        for place in places:
            key = _varint(page, place + 4)
            if key is None:
                return None
            children.append((int.from_bytes(page[place : place + 4]), key[0]))
        children.append((int.from_bytes(page[head + 8 : head + 12]), MAX_ID))
        if not all(1 < child <= self._pages.count for child, _ in children):
            return None
        return children

    def leaf(self, number: int, *, ids_only: bool = False) -> list[Cell] | None:
        """Return a leaf's entries in the page's order; None if it is not a leaf."""
        found = self._cell_places(number, LEAF)
        if found is None:
            return None
        page, places, _ = found
        return [self._cell(page, place, ids_only=ids_only) for place in places]

    def record_at(self, number: int, rowid: int) -> list[Any] | None:
        """Return one record of a leaf."""
        for cell in self.leaf(number) or ():
            if cell.rowid == rowid:
                return cell.record
        return None

    def cells(self, root: int) -> Iterator[Cell]:
        """Yield the readable entries of a small table."""
        seen = _PageSet(self._pages.count)
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if not seen.set(number):
                continue
            children = self.interior(number)
            if children is not None:
                waiting.extend(child for child, _ in reversed(children))
                continue
            yield from self.leaf(number) or ()

    def _cell_places(self, number: int, kind: int) -> tuple[bytes, Sequence[int], int] | None:
        page = self._pages.page(number)
        head = 100 if number == 1 else 0
        if page is None or page[head] != kind:
            return None
        count = int.from_bytes(page[head + 3 : head + 5])
        start = head + (12 if kind == INTERIOR else 8)
        if start + 2 * count > self._pages.usable:
            return None
        return page, memoryview(_swapped(page[start : start + 2 * count])).cast("H"), head

    def _cell(self, page: bytes, place: int, *, ids_only: bool) -> Cell:
        unreadable = Cell(-1, None)
        size = _varint(page, place)
        if size is None or not 0 < size[0] <= MAX_BYTES:
            return unreadable
        rowid = _varint(page, size[1])
        if rowid is None:
            return unreadable
        if ids_only:
            return Cell(rowid[0], None)
        content = self._content(page, rowid[1], size[0])
        return Cell(rowid[0], None if content is None else _record(content))

    def _content(self, page: bytes, start: int, size: int) -> bytes | None:
        """Return a record's bytes, those on overflow pages included."""
        usable = self._pages.usable
        if size <= usable - 35:
            content = page[start : start + size]
            return content if len(content) == size else None
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        if local > usable - 35:
            local = least
        if start + local + 4 > usable:
            return None
        parts = [page[start : start + local]]
        left = size - local
        following = int.from_bytes(page[start + local : start + local + 4])
        if -(-left // (usable - 4)) > self._pages.count:
            return None
        while left > 0:  # bounded by the size, so that a cyclic chain ends
            overflow = self._pages.page(following) if following > 1 else None
            if overflow is None:
                return None
            parts.append(overflow[4 : 4 + min(left, usable - 4)])
            left -= usable - 4
            following = int.from_bytes(overflow[:4])
        return b"".join(parts) if following == 0 else None


def _record(content: bytes) -> list[Any] | None:
    """Return the columns of a record; None if it is invalid."""
    head = _varint(content, 0)
    if head is None or not head[1] <= head[0] <= len(content):
        return None
    end, place = head
    kinds: list[int] = []
    while place < end:
        read = _varint(content, place)
        if read is None or read[0] < 0 or len(kinds) > MAX_COLUMNS:
            return None
        kinds.append(read[0])
        place = read[1]
    columns: list[Any] = []
    place = end
    try:
        for kind in kinds:
            size = _SIZES[kind] if kind < len(_SIZES) else (kind - 12) // 2
            columns.append(_value(kind, content[place : place + size], size))
            place += size
    except ValueError:
        return None
    return columns if place == len(content) else None


def _value(kind: int, data: bytes, size: int) -> Any:  # noqa: ANN401 - whatever a column holds
    """Return a column of a record; raise ValueError if it is invalid."""
    if len(data) != size or kind in {10, 11}:
        raise ValueError
    if kind in {8, 9}:
        return kind - 8
    if 0 < kind < 7:
        return int.from_bytes(data, signed=True)
    if kind > 12 and kind % 2 == 1:
        return data.decode()
    return data if kind else None  # a float or a blob: no event has one


def _is_event(record: list[Any] | None) -> bool:
    """Return whether a record is a row of `events`: garbage may decode as a record."""
    if record is None or len(record) != len(COLUMNS) or record[0] is not None:
        return False
    if not all(isinstance(it, kind) for it, kind in zip(record[1:], _TYPES, strict=True)):
        return False
    return is_json(record[-1]) and (record[-2] is None or is_json(record[-2]))


def is_json(text: str | bytes) -> bool:
    """Return whether a text is valid as a payload."""
    try:
        _JSON.decode(text)
    except msgspec.DecodeError:
        return False
    except RecursionError:
        return True  # nested more deeply than the decoder goes
    return True


def _varint(data: bytes, place: int) -> tuple[int, int] | None:
    """Return an integer of one to nine bytes and the place after it."""
    if place < len(data) and (only := data[place]) < 0x80:
        return only, place + 1
    value = 0
    for index, byte in enumerate(data[place : place + 9]):
        if index == 8:
            value = value << 8 | byte
            return (value - 2**64 if value >= 2**63 else value), place + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    return None


def _ascend(keys: list[int], low: int, high: int | None) -> bool:
    """Return whether keys ascend, past `low`, up to `high`."""
    last = low
    for key in keys:
        if not last < key <= (MAX_ID if high is None else high):
            return False
        last = key
    return True


def _merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of ids without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _swapped(data: bytes) -> bytes:
    """Return 16-bit numbers in this machine's byte order."""
    numbers = array("H", data)
    if _IS_LITTLE:
        numbers.byteswap()
    return numbers.tobytes()


_IS_LITTLE: Final = array("H", [1]).tobytes()[0] == 1
_JSON: Final = msgspec.json.Decoder(msgspec.Raw)
_SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
"""In bytes, of the columns of each kind; the kind of a text or a blob contains its size."""
