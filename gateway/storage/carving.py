"""Record carving from a damaged SQLite file.

Rows straight from the pages of a damaged file, where SQLite finds no way to them: page 1 or a root is gone.

A leaf page holds whole rows, and the shape of a row says of which of our tables it is: no two have the same types.

    page     1 type (13 rows of a table, 10 and 2 of one without rowid), 2 first free, 2 cells, 2 content, 1, [4 child]
    cell     [4 left child], length, [rowid], record; what does not fit goes on in overflow pages (4 next, content)
    record   length of the head, a type for each column, the values.  https://www.sqlite.org/fileformat2.html

Pages known to be free are left out. Where that is not known, a row that was deleted may come back.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gateway.storage.sqlite import PAGE_BYTES, Connection

TABLE, INDEX_LEAF, INDEX_INNER = 13, 10, 2
HEAD_BYTES = {TABLE: 8, INDEX_LEAF: 8, INDEX_INNER: 12}
WAL_HEAD, FRAME_HEAD = struct.Struct(">8x2I4x4s4s8x"), struct.Struct(">II4s4s8x")
MAX_ROW_BYTES = 16 * 1024 * 1024
_KINDS = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
Row = tuple[object, ...]


class Shape(NamedTuple):
    """What the rows of a table look like in the file."""

    table: str
    kinds: tuple[type, ...]
    rowid: bool  # the first column is the rowid, kept outside the record
    known: str  # a query for whether a row with these first columns is there
    keys: int


def shapes_of(connection: Connection, tables: Sequence[str]) -> list[Shape]:
    """The shapes of tables, as a sound file with the same schema has them."""
    found = []
    for table in tables:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        keys = [name for _, name, _, _, _, key in columns if key]
        known = f"SELECT 1 FROM {table} WHERE {' AND '.join(f'{key} = ?' for key in keys)}"  # noqa: S608 - our own names
        kinds = tuple(_KINDS[kind] for _, _, kind, *_ in columns)
        found.append(Shape(table, kinds, "WITHOUT ROWID" not in sql, known, len(keys)))
    return found


def carve(path: Path, sound: Connection, shapes: Sequence[Shape]) -> Iterator[tuple[str, list[Row]]]:
    """Rows of each page of which `sound` has not got the first and the last. Raises OSError."""
    with path.open("rb") as file:
        pages = _Pages(file, path)
        for number in pages.numbers():
            shape, ends = pages.rows(number, shapes, ends_only=True)
            if shape and not all(sound.execute(shape.known, row[: shape.keys]).fetchone() for row in ends):
                yield shape.table, pages.rows(number, [shape])[1]


class _Pages:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._count = path.stat().st_size // PAGE_BYTES
        self._newer = dict(_logged(path.with_name(f"{path.name}-wal")))

    def numbers(self) -> Iterator[int]:
        free = self._free()
        yield from (n for n in range(2, max([self._count, *self._newer]) + 1) if n not in free)

    def page(self, number: int) -> bytes:
        if number in self._newer:
            return self._newer[number]
        try:
            self._file.seek((number - 1) * PAGE_BYTES)
            return self._file.read(PAGE_BYTES).ljust(PAGE_BYTES, b"\0")
        except OSError:  # the card does not give this one
            return bytes(PAGE_BYTES)

    def rows(self, number: int, shapes: Sequence[Shape], *, ends_only: bool = False) -> tuple[Shape | None, list[Row]]:
        """The rows of a page, and of which table; those of the first table that fits."""
        page = self.page(number)
        head = HEAD_BYTES.get(page[0])
        cells = int.from_bytes(page[3:5]) if head else 0
        if not head or head + 2 * cells > PAGE_BYTES:
            return None, []
        found: Shape | None = None
        rows = []
        places = [at for (at,) in struct.iter_unpack(">H", page[head : head + 2 * cells])]
        for at in (*places[:1], *places[-1:]) if ends_only else places:
            try:
                record, rowid = self._cell(page, at)
                values = _values(record)
            except (IndexError, ValueError, struct.error):
                continue
            for shape in [found] if found else shapes:
                if (row := _fitting(shape, values, rowid)) is not None:
                    found = shape
                    rows.append(row)
                    break
        return found, rows

    def _cell(self, page: bytes, at: int) -> tuple[bytes, int | None]:
        kind, rowid = page[0], None
        length, at = _varint(page, at + (4 if kind == INDEX_INNER else 0))
        if kind == TABLE:
            rowid, at = _varint(page, at)
        if not 0 < length <= MAX_ROW_BYTES:
            raise ValueError("no length of a row")
        most = PAGE_BYTES - 35 if kind == TABLE else (PAGE_BYTES - 12) * 64 // 255 - 23
        least = (PAGE_BYTES - 12) * 32 // 255 - 23
        local = length
        if length > most:
            local = least + (length - least) % (PAGE_BYTES - 4)
            local = local if local <= most else least
        record = page[at : at + local]
        following = int.from_bytes(page[at + local : at + local + 4]) if local < length else 0
        while len(record) < length:
            if not 1 < following <= self._count:
                raise ValueError("the row goes on nowhere")
            more = self.page(following)
            record += more[4 : 4 + length - len(record)]
            following = int.from_bytes(more[:4])
        return record, rowid

    def _free(self) -> set[int]:
        """Pages that hold nothing any more, where page 1 can be believed."""
        first, free = self.page(1), set[int]()
        trunk = int.from_bytes(first[32:36]) if first.startswith(b"SQLite format 3\0") else 0
        while 1 < trunk <= self._count and trunk not in free:
            free.add(trunk)
            page = self.page(trunk)
            leaves = min(int.from_bytes(page[4:8]), PAGE_BYTES // 4 - 2)
            free.update(struct.unpack_from(f">{leaves}I", page, 8))
            trunk = int.from_bytes(page[:4])
        return free


def _logged(path: Path) -> Iterator[tuple[int, bytes]]:
    """The pages of every whole transaction in the log beside the file, in order."""
    content = path.read_bytes() if path.exists() else b""
    if len(content) < WAL_HEAD.size or WAL_HEAD.unpack_from(content)[1] != PAGE_BYTES:
        return
    *_, one, two = WAL_HEAD.unpack_from(content)
    waiting = []
    for at in range(WAL_HEAD.size, len(content) - FRAME_HEAD.size - PAGE_BYTES + 1, FRAME_HEAD.size + PAGE_BYTES):
        number, commits, *salts = FRAME_HEAD.unpack_from(content, at)
        if salts != [one, two]:
            return
        waiting.append((number, content[at + FRAME_HEAD.size : at + FRAME_HEAD.size + PAGE_BYTES]))
        if commits:
            yield from waiting
            waiting.clear()


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(9):
        byte = content[at + n]
        if n == 8:
            value = value << 8 | byte
            return value - (1 << 64) if value >> 63 else value, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    raise ValueError("no number")


def _values(record: bytes) -> list[object]:
    end, at = _varint(record, 0)
    if not 1 < end <= len(record):
        raise ValueError("no head of a row")
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[object] = []
    for kind in kinds:
        size = _INTEGER_BYTES.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        part, at = record[at : at + size], at + size
        if len(part) < size or kind in (10, 11) or kind < 0:
            raise ValueError("no value")
        if kind in _INTEGER_BYTES:
            values.append(int.from_bytes(part, signed=True))
        elif kind == 7:
            values.append(struct.unpack(">d", part)[0])
        elif kind >= 12:
            values.append(part.decode() if kind % 2 else part)
        else:
            values.append(None if kind == 0 else kind - 8)
    return values


def _fitting(shape: Shape, values: list[object], rowid: int | None) -> Row | None:
    """The row as its table has it; None where it is none of that table's."""
    if len(values) != len(shape.kinds) or shape.rowid is not (rowid is not None):
        return None
    if shape.rowid:
        if values[0] is not None:
            return None
        values = [rowid, *values[1:]]
    for kind, value in zip(shape.kinds, values, strict=True):
        if type(value) is not kind and not (kind is float and type(value) is int):
            return None
    return tuple(values)
