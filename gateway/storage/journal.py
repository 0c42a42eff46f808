"""The journal: everything this home has said, and the outbox of what leaves it. The truth; all other state is a cache.

One transaction takes a whole batch: readings, ready-made lines for the stores, and the receipts of the MQTT messages
they came from, which may be acknowledged once `commit` has returned. Forwarding is a cursor over the numbered lines.
"""

import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from gateway.ingest.packet_ids import RECEIPTS
from gateway.model.point import restamp
from gateway.storage.channel_names import copy_channels, insert_channel, restore_channels
from gateway.storage.journal_reader import JournalReader
from gateway.storage.merge import merge_journals
from gateway.storage.repair import open_database
from gateway.storage.sqlite import Connection, Database, JournalFull
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

log = logging.getLogger(__name__)
T = TypeVar("T")

FILE = "journal.sqlite"
QUOTA_BYTES = 512 * 1024 * 1024  # some two years of a home with twenty sensors
NEAR_FULL = 0.9
CHUNK_ROWS = 2000
ROOM_TRIES = 5
REFUSED = 1000
DAY_NS = 86_400 * NS_PER_S

SCHEMA = (
    """
    CREATE TABLE channel(id INTEGER PRIMARY KEY, sensor TEXT NOT NULL, room TEXT NOT NULL, quantity TEXT NOT NULL,
        kind TEXT NOT NULL, UNIQUE(sensor, quantity)) STRICT;
    CREATE TABLE reading(time_ns INTEGER NOT NULL, channel INTEGER NOT NULL,
        value REAL NOT NULL CHECK(value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
        flags INTEGER NOT NULL, PRIMARY KEY(time_ns, channel)) STRICT, WITHOUT ROWID;
    CREATE TABLE point(seq INTEGER PRIMARY KEY, time_s INTEGER NOT NULL, line BLOB NOT NULL) STRICT;
    CREATE TABLE cursor(sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE refused(seq INTEGER NOT NULL, sink TEXT NOT NULL, line BLOB NOT NULL, reason TEXT NOT NULL,
        time_ns INTEGER NOT NULL, PRIMARY KEY(seq, sink)) STRICT, WITHOUT ROWID;
    CREATE TABLE receipt(n INTEGER PRIMARY KEY, device TEXT NOT NULL, receipt INTEGER NOT NULL,
        digest BLOB NOT NULL) STRICT;
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
)
KEYS = {"channel": "", "meta": "", "cursor": "", "refused": "", "receipt": "n", "point": "seq", "reading": "time_ns"}


@dataclass(slots=True)
class Batch:
    """What one transaction makes durable. Committing it again changes nothing but repeats its points.

    A repeated point is the same line and overwrites itself in the store.
    """

    readings: list[tuple[int, int, float, int]] = field(default_factory=list)  # time_ns, channel, value, flags
    points: list[tuple[int, bytes]] = field(default_factory=list)  # time_s, line
    receipts: list[tuple[str, int, bytes]] = field(default_factory=list)  # device, receipt, digest
    meta: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.readings or self.points or self.receipts or self.meta)


class Pruned(NamedTuple):
    """What one chunk of pruning removed."""

    readings: int = 0
    points: int = 0
    unsent: int = 0  # of the points: lines no store ever got
    more: bool = False  # there is more to remove: call again soon


class Size(NamedTuple):
    """How large the files are."""

    file_bytes: int
    wal_bytes: int  # far above sqlite.WAL_BYTES: a reader is stuck
    fill: float  # share of the quota in use, 0 to 1


class Journal(JournalReader):
    """The one writer. Write methods belong to one thread at a time; the read methods may be called from any.

    Where there is no room the oldest rows go. Write methods raise JournalFailed, JournalCorrupt or, where even that
    gives no room, JournalFull (see `gateway.storage.sqlite`) with nothing half done, and ValueError for a value SQLite
    cannot keep: not finite, or beyond 64 bits.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database.path)
        self.repaired = database.repaired  # "" or what was wrong with the file: becomes a technical alert
        self._db = database

    @classmethod
    def open(cls, directory: Path, quota_bytes: int = QUOTA_BYTES) -> Self:
        """Open or make the journal in `directory`. Raises JournalNewer or JournalFailed; damage is mended."""
        database = open_database(directory / FILE, SCHEMA, KEYS, quota_bytes)
        if database.repaired:
            with database.transaction() as connection:
                restore_channels(connection)
        with suppress(JournalFull), database.transaction() as connection:
            copy_channels(connection)
        return cls(database)

    def commit(self, batch: Batch) -> int:
        """Make a batch durable. Returns how many of its readings were already there.

        A reading's identity is (time_ns, channel): the first one stays. The intake never gives two readings one time.
        """
        return self._write(lambda connection: _insert(connection, batch))

    def add_channel(self, number: int, channel: Channel) -> None:
        """Give a channel its number for good, before the first reading that uses it. A new room replaces the old."""
        self._write(lambda connection: insert_channel(connection, number, channel))

    def set_cursor(self, sink: str, seq: int) -> None:
        """Note up to which line a sink has everything for good."""
        self._write(lambda connection: connection.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (sink, seq)))

    def keep_cursors(self, sinks: Collection[str]) -> None:
        """Say at start which sinks there are: a sink that was taken out must not hold back pruning for ever."""
        with self._db.transaction() as connection:
            for (sink,) in connection.execute("SELECT sink FROM cursor").fetchall():
                if sink not in sinks:
                    connection.execute("DELETE FROM cursor WHERE sink = ?", (sink,))
            connection.executemany("INSERT OR IGNORE INTO cursor VALUES (?, 0)", [(sink,) for sink in sinks])

    def refuse(self, sink: str, seq: int, line: bytes, reason: str, time_ns: int) -> None:
        """Keep a line aside that a store will not take. The latest 1000 are kept."""
        self._write(lambda connection: _insert_refused(connection, (seq, sink, line, reason, time_ns)))

    def shift_times(self, from_ns: int, delta_ns: int, flag: int = 0) -> int:
        """Re-stamp everything from `from_ns` on: the clock was off by `delta_ns`. Returns the rows moved.

        `flag`: one more that the readings carry from now on.

        For the rows written before the first synchronisation, once, before they are forwarded. Readings go through a
        table on the side, since moving them one by one would run into their neighbours.
        """
        return self._write(lambda connection: _shift(connection, from_ns, delta_ns, flag))

    def prune(self, keep_readings_days: float, keep_points_days: float, now_ns: int, chunk: int = CHUNK_ROWS) -> Pruned:
        """Remove one chunk of what is old enough, or of the oldest where the quota is nearly used up.

        Lines go by age only when every sink has them; those that go for want of room before that are counted. Never
        call it while the clock is not trusted.
        """
        with self._db.transaction() as connection:
            next_seq, sent = _next_seq(connection), _sent(connection)
            readings = _delete_readings(connection, now_ns - int(keep_readings_days * DAY_NS), chunk)
            old_s = (now_ns - int(keep_points_days * DAY_NS)) // NS_PER_S
            points = connection.execute(
                "DELETE FROM point WHERE seq IN"
                " (SELECT seq FROM point WHERE seq <= ? AND time_s < ? ORDER BY seq LIMIT ?)",
                (min(sent, next_seq - 2), old_s, chunk),
            ).rowcount
            pruned = Pruned(readings, points, 0, chunk in (readings, points))
        self._db.keep_reserve()
        if not pruned.more and self._db.fill() > NEAR_FULL:
            return self._make_room(chunk)
        return pruned

    def _write(self, work: Callable[[Connection], T]) -> T:
        """One transaction. Where there is no room for it the oldest rows make some: what is new matters more."""
        for _ in range(ROOM_TRIES):
            try:
                with self._db.transaction() as connection:
                    return work(connection)
            except JournalFull:
                if not self._make_room(CHUNK_ROWS).more:
                    break  # nothing is left to remove; the room held back was let go by now
        with self._db.transaction() as connection:
            return work(connection)

    def _make_room(self, chunk: int) -> Pruned:
        """Remove the oldest chunk, readings or lines, whichever reaches further back."""
        with self._db.transaction() as connection:
            sent = _sent(connection)
            oldest_ns = connection.execute("SELECT min(time_ns) FROM reading").fetchone()[0]
            point = connection.execute("SELECT time_s FROM point ORDER BY seq LIMIT 1").fetchone()
            if point is None or (oldest_ns is not None and oldest_ns < point[0] * NS_PER_S):
                removed = _delete_readings(connection, 2**63 - 1, chunk)
                if removed:
                    log.warning("%s: no room: the oldest %d readings were removed", self.path.name, removed)
                return Pruned(removed, more=removed > 0)
            rows = connection.execute(
                "DELETE FROM point WHERE seq IN (SELECT seq FROM point WHERE seq < ? ORDER BY seq LIMIT ?)"
                " RETURNING seq",
                (_next_seq(connection) - 1, chunk),
            ).fetchall()
        unsent = sum(seq > sent for (seq,) in rows)
        if unsent:
            log.warning("%s: no room: %d lines were dropped before they were sent", self.path.name, unsent)
        return Pruned(0, len(rows), unsent, more=bool(rows))

    def take_over(self, other: Path) -> None:
        """Add everything another journal of this home holds and this one does not, in one transaction."""
        with self._db.attached(other) as connection:
            merge_journals(connection, _next_seq(connection))
            copy_channels(connection)

    def size(self) -> Size:
        """How large the journal is now."""
        wal = self.path.with_name(self.path.name + "-wal")
        return Size(self.path.stat().st_size, wal.stat().st_size if wal.exists() else 0, self._db.fill())

    def checkpoint(self) -> None:
        """Bring everything into the main file, before a copy of it is taken."""
        self._db.checkpoint()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _next_seq(connection: Connection) -> int:
    """The number of the next line, never one that was used: pruning leaves the newest, and a cursor remembers."""
    query = "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM point UNION ALL SELECT max(seq) FROM cursor)"
    return 1 + (connection.execute(query).fetchone()[0] or 0)


def _sent(connection: Connection) -> int:
    """Up to which line every sink has everything; with no sink, every line there is."""
    seq = connection.execute("SELECT min(seq) FROM cursor").fetchone()[0]
    return _next_seq(connection) if seq is None else int(seq)


def _insert(connection: Connection, batch: Batch) -> int:
    before = connection.total_changes
    connection.executemany(
        "INSERT INTO reading VALUES (?, ?, ?, ?) ON CONFLICT(time_ns, channel) DO NOTHING", batch.readings
    )
    known = len(batch.readings) - (connection.total_changes - before)
    if batch.points:
        rows = [(seq, *point) for seq, point in enumerate(batch.points, start=_next_seq(connection))]
        connection.executemany("INSERT INTO point VALUES (?, ?, ?)", rows)
    if batch.receipts:
        connection.executemany("INSERT INTO receipt(device, receipt, digest) VALUES (?, ?, ?)", batch.receipts)
        connection.execute("DELETE FROM receipt WHERE n <= (SELECT max(n) FROM receipt) - ?", (RECEIPTS,))
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", batch.meta.items()
    )
    return known


def _insert_refused(connection: Connection, row: tuple[int, str, bytes, str, int]) -> None:
    connection.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?)", row)
    connection.execute(
        "DELETE FROM refused WHERE (seq, sink) IN"
        " (SELECT seq, sink FROM refused ORDER BY seq DESC, sink LIMIT -1 OFFSET ?)",
        (REFUSED,),
    )


def _shift(connection: Connection, from_ns: int, delta_ns: int, flag: int) -> int:
    from_s, delta_s = from_ns // NS_PER_S, round(delta_ns / NS_PER_S)
    connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM reading WHERE time_ns >= ?", (from_ns,))
    connection.execute("DELETE FROM reading WHERE time_ns >= ?", (from_ns,))
    moved = connection.execute(
        "INSERT OR IGNORE INTO reading SELECT time_ns + ?, channel, value, flags | ? FROM moved", (delta_ns, flag)
    ).rowcount
    connection.execute("DROP TABLE moved")
    points = connection.execute("SELECT seq, time_s, line FROM point WHERE time_s >= ?", (from_s,)).fetchall()
    connection.executemany(
        "UPDATE point SET time_s = ?, line = ? WHERE seq = ?",
        [(time_s + delta_s, restamp(line, time_s + delta_s), seq) for seq, time_s, line in points],
    )
    return moved + len(points)


def _delete_readings(connection: Connection, before_ns: int, chunk: int) -> int:
    return connection.execute(
        "DELETE FROM reading WHERE (time_ns, channel) IN"
        " (SELECT time_ns, channel FROM reading WHERE time_ns < ? ORDER BY time_ns LIMIT ?)",
        (before_ns, chunk),
    ).rowcount
