"""The alert journal: append-only SQLite rows of changes, answers and delivery attempts.

The alerts file: every change of every alert, what people answered, and what was tried to tell them.

Small and precious, so apart from the readings: a full or damaged journal must not touch it. Everything is on the disk
when a method returns. An alert survives a restart with its evidence, its state and what still has to be told.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from gateway.alerts.codec import decode, encode
from gateway.model.alert import Alert, Answer, Change, State
from gateway.storage.merge import merge_alerts
from gateway.storage.repair import open_database
from gateway.storage.sqlite import Database, JournalFull, read_only

log = logging.getLogger(__name__)

FILE = "alerts.sqlite"
QUOTA_BYTES = 64 * 1024 * 1024
KEPT_CHANGES = 10_000
KEPT_WHEN_FULL = 1000
CHUNK_ROWS = 500

SCHEMA = (
    """
    CREATE TABLE alert_change(seq INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, time_ns INTEGER NOT NULL,
        state TEXT NOT NULL, tell INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE INDEX change_of_alert ON alert_change(alert_id, seq);
    CREATE TABLE answer(n INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL, action TEXT NOT NULL, by TEXT NOT NULL,
        time_ns INTEGER NOT NULL, minutes INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
    CREATE TABLE notice(n INTEGER PRIMARY KEY, change INTEGER NOT NULL, alert_id INTEGER NOT NULL,
        notifier TEXT NOT NULL, attempt INTEGER NOT NULL, time_ns INTEGER NOT NULL, handed_over INTEGER NOT NULL,
        reason TEXT NOT NULL) STRICT;
    CREATE INDEX notice_of_change ON notice(change, notifier);
    """,
)
KEYS = {"alert_change": "seq", "answer": "n", "notice": "n"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to tell somebody of one change."""

    change: int  # the number `record` gave the change
    alert_id: int
    notifier: str  # who or what was to be told; the same name every time
    attempt: int  # counts from 1
    time_ns: int
    handed_over: bool  # handed over is not delivered, delivered is not answered
    reason: str = ""  # why not


class Unsent(NamedTuple):
    """Something somebody was to be told and was not."""

    change: int
    notifier: str
    alert: Alert
    time_ns: int
    attempts: int  # that failed, as far as is noted


class AlertReader:
    """Questions to the alerts file, from any thread. Raises JournalError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open_alerts(self) -> list[Alert]:
        """Every alert that is not resolved, as it stands, by id."""
        latest = self._latest("SELECT max(seq) FROM alert_change GROUP BY alert_id")
        return [alert for alert in reversed(latest) if alert.state is not State.RESOLVED]

    def alert(self, alert_id: int) -> Alert | None:
        """One alert as it stands, however long ago it was raised."""
        return self._readable(alert_id)

    def all_alerts(self, limit: int = -1) -> list[Alert]:
        """The latest alerts as they stand, the newest id first; without `limit` all of them."""
        return self._latest("SELECT max(seq) FROM alert_change GROUP BY alert_id ORDER BY alert_id DESC LIMIT ?", limit)

    def history(self, alert_id: int) -> list[Change]:
        """Every change of one alert, in order."""
        rows = self._all("SELECT time_ns, tell, body FROM alert_change WHERE alert_id = ? ORDER BY seq", alert_id)
        return [Change(alert, time_ns, bool(tell)) for time_ns, tell, body in rows if (alert := _decoded(body))]

    def last_id(self) -> int:
        """The highest id an alert ever had; 0 before the first."""
        return int(self._all("SELECT coalesce(max(alert_id), 0) FROM alert_change")[0][0])

    def answers(self, alert_id: int) -> list[Answer]:
        """What people said to one alert, in order."""
        query = "SELECT alert_id, action, by, time_ns, minutes, note FROM answer WHERE alert_id = ? ORDER BY n"
        return [Answer(*row) for row in self._all(query, alert_id)]

    def attempts(self, alert_id: int) -> list[Attempt]:
        """Every attempt to tell somebody of one alert, in order."""
        query = "SELECT change, alert_id, notifier, attempt, time_ns, handed_over, reason FROM notice"
        rows = self._all(query + " WHERE alert_id = ? ORDER BY n", alert_id)
        return [
            Attempt(change, of, notifier, attempt, time_ns, bool(done), reason)
            for change, of, notifier, attempt, time_ns, done, reason in rows
        ]

    def unsent(self, notifiers: Sequence[str], since_ns: int) -> list[Unsent]:
        """What was to be told after `since_ns` and was handed over by a notifier never: for a restart, oldest first.

        Only the latest change to be told of each alert counts: it says what the earlier ones said.
        """
        rows = self._all(
            "SELECT max(seq), time_ns, body FROM alert_change WHERE tell AND time_ns >= ? GROUP BY alert_id ORDER BY 1",
            since_ns,
        )
        found = []
        for change, time_ns, body in rows:
            alert = _decoded(body)
            for notifier in notifiers if alert else ():
                attempts, done = self._all(
                    "SELECT coalesce(max(attempt), 0), coalesce(max(handed_over), 0) FROM notice"
                    " WHERE change = ? AND notifier = ?",
                    change,
                    notifier,
                )[0]
                if alert and not done:
                    found.append(Unsent(change, notifier, alert, time_ns, attempts))
        return found

    def called_ns(self, since_ns: int) -> dict[str, int]:
        """When somebody last called for help, by the subject of the alert, in changes since `since_ns`."""
        found: dict[str, int] = {}
        for (body,) in self._all("SELECT body FROM alert_change WHERE time_ns >= ?", since_ns):
            if alert := _decoded(body):
                found[alert.finding.subject] = max(found.get(alert.finding.subject, 0), alert.finding.again_ns)
        return found

    def _latest(self, which: str, *values: object) -> list[Alert]:
        rows = self._all(
            f"SELECT alert_id, body FROM alert_change WHERE seq IN ({which}) ORDER BY alert_id DESC",  # noqa: S608
            *values,
        )
        return [alert for alert_id, body in rows if (alert := _decoded(body) or self._readable(alert_id))]

    def _readable(self, alert_id: int) -> Alert | None:
        """The latest state of an alert that can still be read."""
        changes = self.history(alert_id)
        return changes[-1].alert if changes else None

    def _all(self, query: str, *values: object) -> list[Any]:
        with read_only(self.path) as connection:
            return connection.execute(query, values).fetchall()


class AlertJournal(AlertReader):
    """The one writer. Write methods belong to one thread at a time and commit before they return.

    They raise JournalFull, JournalFailed or JournalCorrupt (see `gateway.storage.sqlite`) with nothing half done.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database.path)
        self.repaired = database.repaired  # "" or what was wrong with the file: becomes a technical alert
        self._db = database

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open or make the alerts file in `directory`. Raises JournalNewer or JournalFailed; damage is mended."""
        return cls(open_database(directory / FILE, SCHEMA, KEYS, QUOTA_BYTES))

    def record(self, changes: Sequence[Change]) -> list[int]:
        """Make changes durable, together. Returns their numbers, for attempts."""
        rows = [(c.alert.id, c.time_ns, c.alert.state.value, c.tell, encode(c.alert)) for c in changes]
        return self._insert("alert_change(alert_id, time_ns, state, tell, body)", rows)

    def record_answer(self, answer: Answer) -> None:
        """Make an answer durable, before it is acted on."""
        row = (answer.alert_id, answer.action, answer.by, answer.time_ns, answer.minutes, answer.note)
        self._insert("answer(alert_id, action, by, time_ns, minutes, note)", [row])

    def record_attempt(self, attempt: Attempt) -> None:
        """Make an attempt to tell somebody durable."""
        self._insert("notice(change, alert_id, notifier, attempt, time_ns, handed_over, reason)", [astuple(attempt)])

    def prune(self, keep: int = KEPT_CHANGES) -> int:
        """Forget resolved alerts beyond the latest `keep` changes, whole alerts at a time. Returns how many."""
        with self._db.transaction() as connection:
            old = connection.execute(
                "SELECT alert_id FROM"
                " (SELECT alert_id, state, max(seq) AS latest FROM alert_change GROUP BY alert_id)"
                " WHERE latest <= (SELECT max(seq) FROM alert_change) - ? AND state = ?"
                " AND alert_id < (SELECT max(alert_id) FROM alert_change)",
                (keep, State.RESOLVED.value),
            ).fetchall()
            for table in ("notice", "answer", "alert_change"):
                connection.executemany(f"DELETE FROM {table} WHERE alert_id = ?", old)  # noqa: S608 - our own names
        self._db.keep_reserve()
        return len(old)

    def take_over(self, other: Path) -> None:
        """Add what another alerts file of this home holds and this one does not, in one transaction."""
        with self._db.attached(other) as connection:
            merge_alerts(connection, KEYS)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _insert(self, columns: str, rows: Sequence[tuple[object, ...]]) -> list[int]:
        with suppress(JournalFull):
            return self._insert_once(columns, rows)
        with suppress(JournalFull):  # whatever filled the disk: the reserve was let go for just this
            return self._insert_once(columns, rows)
        self._make_room()  # the file is as large as it may be
        return self._insert_once(columns, rows)

    def _make_room(self) -> None:
        """Forget the oldest attempts that failed, but the latest of each; where there are none, what is long over."""
        with self._db.transaction() as connection:
            forgotten = connection.execute(
                "DELETE FROM notice WHERE n IN (SELECT n FROM notice WHERE NOT handed_over AND n NOT IN"
                " (SELECT max(n) FROM notice GROUP BY change, notifier) ORDER BY n LIMIT ?)",
                (CHUNK_ROWS,),
            ).rowcount
        if not forgotten:
            self.prune(KEPT_WHEN_FULL)

    def _insert_once(self, columns: str, rows: Sequence[tuple[object, ...]]) -> list[int]:
        marks = ", ".join("?" * len(columns.split(",")))
        with self._db.transaction() as connection:
            statement = f"INSERT INTO {columns} VALUES ({marks})"  # noqa: S608 - our own names
            return [int(connection.execute(statement, row).lastrowid or 0) for row in rows]


def _decoded(body: str) -> Alert | None:
    """The alert in a row; a row that cannot be read must not hide the others."""
    try:
        return decode(body)
    except ValueError as error:
        log.error("a row of the alerts file cannot be read: %s", error)
        return None
