"""Integrity check, migration and repair of a database file at opening.

Opening a journal file whatever state it is in: checked, mended where damaged, brought up to date.

A box that does not start watches nobody, so a damaged file is no error: what can be read is rescued into a new file
and the damaged one moved aside. Every step may be cut by a power failure; the next start begins again or finishes.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from gateway.storage.carving import carve, shapes_of
from gateway.storage.sqlite import (
    PAGE_BYTES,
    Connection,
    Database,
    DatabaseError,
    IntegrityError,
    JournalCorrupt,
    JournalError,
    JournalFailed,
    JournalNewer,
    connect,
    failure,
    has_room,
    log_version,
    read_only,
    reserve_of,
)

log = logging.getLogger(__name__)

FOREIGN = "another program's"
KEPT_DAMAGED = 2  # damaged files kept for whoever wants to look
_IMPLAUSIBLE_VERSION = 1000  # a schema version beyond this is a damaged header, not a newer program
_RESCUE_ROWS = 20_000
_LOW, _HIGH = -(2**62), 2**62

Schema = Sequence[str]
"""One script for each step: the first makes version 1, each further one the next version. Forward only."""
Rows = list[tuple[object, ...]]
Keys = dict[str, str]
"""Tables worth rescuing, each with its first column where that is an integer the rows are ordered by, else ""."""


def open_database(path: Path, schema: Schema, keys: Keys, quota_bytes: int) -> Database:
    """Open, check, mend and migrate. Raises JournalNewer, or JournalFailed where the disk itself does not work.

    A full disk has no room for what SQLite keeps beside an open file: then the room held back is let go.
    """
    log_version()
    reserve = reserve_of(path)
    try:
        return _open(path, schema, keys, quota_bytes)
    except JournalNewer:
        raise
    except JournalError as error:
        if not reserve.is_file() or has_room(path.parent):
            raise
        log.warning("%s; the room held back for a full disk is let go", error)
        reserve.unlink()
    return _open(path, schema, keys, quota_bytes)


def _open(path: Path, schema: Schema, keys: Keys, quota_bytes: int) -> Database:
    repaired = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _finish(path)
        problem = _problem(path, len(schema), keys) if path.exists() else ""
        if problem:
            repaired = _repair(path, schema, keys, problem)
            log.error("%s", repaired)
        elif not path.exists():
            _set_aside(path)  # a WAL that lost its file would be replayed into the new one
            _build(path, schema).replace(path)
            _sync_directory(path.parent)
        with ExitStack() as undo:  # a step that fails must not leave the file locked
            connection = undo.enter_context(closing(connect(path)))
            connection.execute(f"PRAGMA max_page_count={max(64, quota_bytes // PAGE_BYTES)}")
            _migrate(connection, schema)
            undo.pop_all()
    except DatabaseError as error:
        raise failure(path, error) from error
    except JournalError:
        raise
    except OSError as error:
        raise JournalFailed(f"{path}: {error.strerror}") from error
    return Database(path, connection, repaired)


def _migrate(connection: Connection, schema: Schema) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for step, script in enumerate(schema[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={step}; COMMIT;")


def _problem(path: Path, newest: int, keys: Keys) -> str:
    """What is wrong with the file, or "". Reads only."""
    if not path.is_file():
        return "it is no file"
    if path.stat().st_size == 0:
        return "it was empty"
    try:
        with read_only(path) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and tables.isdisjoint(keys):
                return f"it is {FOREIGN}"
            if newest < version < _IMPLAUSIBLE_VERSION:
                raise JournalNewer(f"{path} was written by a newer Kinlight: schema {version}, this one knows {newest}")
            if not 1 <= version <= newest:
                return "its header is damaged"
            if missing := sorted(keys.keys() - tables):
                return f"it has no table {missing[0]}"
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except JournalCorrupt as error:
        return str(error).partition(": ")[2]
    return "" if verdict == "ok" else "a check found damaged pages"


def _build(path: Path, schema: Schema, rescue: Callable[[Connection], None] | None = None) -> Path:
    """A complete new file beside `path`, on the disk, not yet in its place."""
    fresh = path.with_name(path.name + ".new")
    for leftover in _family(fresh):
        leftover.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with closing(connect(fresh)) as connection:
        _migrate(connection, schema)
        if rescue:
            rescue(connection)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    return fresh


def _repair(path: Path, schema: Schema, keys: Keys, problem: str) -> str:
    rows = 0

    def rescue(new: Connection) -> None:
        nonlocal rows
        try:
            with read_only(path) as damaged:
                rows = sum(_rescue_table(damaged, new, table, key) for table, key in keys.items())
        except JournalError as error:
            log.warning("%s, so its rows are looked for page by page", error)
        if path.is_file() and not problem.endswith(FOREIGN):
            rows += _carve_rows(path, new, list(keys))

    fresh = _build(path, schema, rescue)
    fresh.replace(_repaired(path))
    aside = _set_aside(path)
    _finish(path)
    rescued = f"{rows} rows were rescued" if rows else "nothing could be rescued"
    return f"{path.name} was damaged ({problem}): {rescued} into a new file, the damaged one was kept as {aside.name}"


def _carve_rows(path: Path, new: Connection, tables: Sequence[str]) -> int:
    """What SQLite found no way to, in portions."""
    total = 0
    waiting: dict[str, Rows] = {table: [] for table in tables}
    for table, found in carve(path, new, shapes_of(new, tables)):
        waiting[table] += found
        if len(waiting[table]) >= _RESCUE_ROWS:
            total += _insert(new, table, waiting[table])
            waiting[table] = []
    return total + sum(_insert(new, table, rows) for table, rows in waiting.items())


def _rescue_table(damaged: Connection, new: Connection, table: str, key: str) -> int:
    """Copy the rows that can be read: up to the damage, over it in growing steps, back to it from behind, and on."""
    if not key:
        return _copy(damaged, new, table, f"SELECT * FROM {table}")[0]  # noqa: S608 - our own table names
    total, start = 0, _LOW
    while True:
        ahead = f"SELECT * FROM {table} WHERE {key} >= {start} ORDER BY {key}"  # noqa: S608
        copied, last, whole = _copy(damaged, new, table, ahead)
        total += copied
        if whole:
            return total
        floor = start if last is None else last + 1
        start = _behind(damaged, table, key, floor)
        back = f"SELECT * FROM {table} WHERE {key} BETWEEN {floor} AND {start - 1} ORDER BY {key} DESC"  # noqa: S608
        total += _copy(damaged, new, table, back)[0]
        if start >= _HIGH:
            return total


def _behind(damaged: Connection, table: str, key: str, floor: int) -> int:
    """The key of the first row found behind the damage that begins at `floor`."""
    step = 1
    while floor + step < _HIGH:
        try:
            row = damaged.execute(
                f"SELECT {key} FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1",  # noqa: S608 - our own names
                (floor + step,),
            ).fetchone()
        except DatabaseError:
            step *= 2
        else:
            # A damaged page may answer with nonsense; onwards it goes all the same.
            return max(floor + step, row[0]) if row and isinstance(row[0], int) else _HIGH
    return _HIGH


def _copy(damaged: Connection, new: Connection, table: str, query: str) -> tuple[int, int | None, bool]:
    """Copy rows until the damage: how many came over, the last key, and whether the query came to its end."""
    copied, last, whole = 0, None, False
    for rows, ended in _read(damaged, query):
        whole = ended
        copied += _insert(new, table, rows)
        last = rows[-1][0] if rows else last
    return copied, last if isinstance(last, int) else None, whole


def _read(damaged: Connection, query: str) -> Iterator[tuple[Rows, bool]]:
    """Rows in portions, and with the last portion whether it was the end and not the damage."""
    rows: Rows = []
    try:
        for row in damaged.execute(query):
            rows.append(row)
            if len(rows) >= _RESCUE_ROWS:
                yield rows, False
                rows = []
    except DatabaseError:
        yield rows, False
    else:
        yield rows, True


def _insert(new: Connection, table: str, rows: Rows) -> int:
    if not rows:
        return 0
    before = new.total_changes
    statement = f"INSERT OR IGNORE INTO {table} VALUES ({','.join('?' * len(rows[0]))})"  # noqa: S608 - our own names
    new.execute("BEGIN")
    try:
        new.executemany(statement, rows)
    except IntegrityError:  # a damaged page that still parsed: row by row, without the impossible ones
        for row in rows:
            with suppress(IntegrityError):
                new.execute(statement, row)
    new.execute("COMMIT")
    return new.total_changes - before


def _repaired(path: Path) -> Path:
    return path.with_name(path.name + ".mended")


def _finish(path: Path) -> None:
    """Put a mended file in its place where a power cut came between the two renames."""
    if not path.exists() and _repaired(path).exists():
        _set_aside(path)
        _repaired(path).replace(path)
        _sync_directory(path.parent)
    _repaired(path).unlink(missing_ok=True)


def _family(path: Path) -> list[Path]:
    """The file and what SQLite keeps beside it, the file itself last."""
    return [path.with_name(path.name + suffix) for suffix in ("-shm", "-wal", "")]


def _set_aside(path: Path) -> Path:
    """Move the file with its WAL out of the way, and forget all but the latest such files."""
    kept = sorted({_number(p) for p in path.parent.glob(f"{path.name}.corrupt.*")} - {0})
    aside = path.with_name(f"{path.name}.corrupt.{kept[-1] + 1 if kept else 1}")
    moves = [(source, target) for source, target in zip(_family(path), _family(aside), strict=True) if source.exists()]
    for source, target in moves:
        source.replace(target)
    for number in kept[: 1 - KEPT_DAMAGED] if moves else ():
        for old in _family(path.with_name(f"{path.name}.corrupt.{number}")):
            if not old.is_dir():  # never ours: what somebody put there is theirs to remove
                old.unlink(missing_ok=True)
    return aside


def _number(path: Path) -> int:
    text = path.name.rpartition(".corrupt.")[2].partition("-")[0]
    return int(text) if text.isascii() and text.isdecimal() else 0


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
