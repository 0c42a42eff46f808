"""Reading the journal: from any thread, through connections that live for one look.

A reader that stays open makes the WAL grow without bound, so long answers are read in pieces.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gateway.storage.sqlite import read_detached, read_only
from rules.terms.channel import Channel

CHUNK_ROWS = 20_000
MAX_NS = 2**63 - 1


class StoredReading(NamedTuple):
    """One row of the journal."""

    time_ns: int
    channel: int
    value: float
    flags: int


class Backlog(NamedTuple):
    """What a sink has not been sent."""

    lines: int
    oldest_s: int  # UTC seconds of the first of them; 0 where there is none


class Refused(NamedTuple):
    """A line a store would not take, kept for whoever mends it."""

    seq: int
    sink: str
    line: bytes
    reason: str
    time_ns: int


class JournalReader:
    """Every question to a journal file. Raises JournalError where the file cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def channels(self) -> list[tuple[int, Channel]]:
        """Channels with their numbers, in order."""
        rows = self._all("SELECT id, sensor, room, quantity, kind FROM channel ORDER BY id")
        return [(number, Channel(*names)) for number, *names in rows]

    def readings(self, since_ns: int, until_ns: int | None = None) -> Iterator[StoredReading]:
        """Readings from `since_ns` to before `until_ns`, by time and then channel."""
        until = MAX_NS if until_ns is None else until_ns
        time_ns, channel = since_ns, -1
        while True:
            rows = self._all(
                "SELECT time_ns, channel, value, flags FROM reading"
                " WHERE (time_ns, channel) > (?, ?) AND time_ns < ? ORDER BY time_ns, channel LIMIT ?",
                time_ns,
                channel,
                until,
                CHUNK_ROWS,
            )
            yield from map(StoredReading._make, rows)
            if len(rows) < CHUNK_ROWS:
                return
            time_ns, channel = rows[-1][:2]

    def signs_of_life_s(self, since_s: int) -> list[int]:
        """When the box made points, in UTC seconds, ascending: it makes some every quarter of an hour it watches."""
        return [row[0] for row in self._all("SELECT DISTINCT time_s FROM point WHERE time_s >= ? ORDER BY 1", since_s)]

    def newest_ns(self) -> int:
        """The time of the latest reading; 0 in an empty journal. A clock must not start before it."""
        return int(self._all("SELECT coalesce(max(time_ns), 0) FROM reading")[0][0])

    def points_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        """The next lines of the outbox behind `seq`, in the order they were made."""
        return self._all("SELECT seq, line FROM point WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)

    def last_seq(self) -> int:
        """The number of the newest line; 0 where there is none."""
        return int(self._all("SELECT coalesce(max(seq), 0) FROM point")[0][0])

    def backlog(self, seq: int) -> Backlog:
        """What lies behind `seq`."""
        rows = self._all("SELECT seq, time_s FROM point WHERE seq > ? ORDER BY seq LIMIT 1", seq)
        return Backlog(self.last_seq() - rows[0][0] + 1, rows[0][1]) if rows else Backlog(0, 0)

    def cursor(self, sink: str) -> int:
        """Up to which line a sink has everything for good; 0 at the beginning."""
        rows = self._all("SELECT seq FROM cursor WHERE sink = ?", sink)
        return int(rows[0][0]) if rows else 0

    def refused(self, limit: int = 100) -> list[Refused]:
        """Lines that stores refused, the latest first."""
        rows = self._all("SELECT seq, sink, line, reason, time_ns FROM refused ORDER BY time_ns DESC LIMIT ?", limit)
        return [Refused(*row) for row in rows]

    def recent_receipts(self) -> list[tuple[str, int, bytes]]:
        """(device, receipt, digest) of the latest committed MQTT messages, oldest first."""
        return self._all("SELECT device, receipt, digest FROM receipt ORDER BY n")

    def meta(self) -> dict[str, str]:
        """What the trunk keeps beside the rows."""
        return dict(self._all("SELECT key, value FROM meta WHERE key NOT LIKE 'channel:%'"))

    def _all(self, query: str, *values: object) -> list[Any]:
        with read_only(self.path) as connection:
            return connection.execute(query, values).fetchall()


class DetachedReader(JournalReader):
    """The same questions to a file on a disk that takes nothing. Nobody may be writing it."""

    def _all(self, query: str, *values: object) -> list[Any]:
        with read_detached(self.path) as connection:
            return connection.execute(query, values).fetchall()
