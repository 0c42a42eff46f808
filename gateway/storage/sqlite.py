"""SQLite connections and their failure classes.

One SQLite file as Kinlight uses it: settings that survive a power cut, one writer, short readers, three failures.

Exactly one connection writes and checkpoints; everybody else opens a read-only one for a moment. SQLite 3.7.0 to
3.51.2 can corrupt a WAL file when two connections write or checkpoint at the same instant, and Debian 12 ships one of
them. Measurements behind the settings: docs/stores.md.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from gateway.system.private_files import open_private

log = logging.getLogger(__name__)

PAGE_BYTES = 4096
WAL_PAGES = 200
WAL_BYTES = WAL_PAGES * PAGE_BYTES
RESERVE_BYTES = 4 * 1024 * 1024  # more than a full WAL and one large transaction
BUSY_S = 5.0

SETTINGS = (
    f"page_size={PAGE_BYTES}",
    "auto_vacuum=NONE",
    "journal_mode=WAL",
    "synchronous=FULL",
    f"wal_autocheckpoint={WAL_PAGES}",
    f"journal_size_limit={WAL_BYTES}",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    "secure_delete=FAST",
    "temp_store=MEMORY",
)

Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError
IntegrityError = sqlite3.IntegrityError


class JournalError(OSError):
    """Something about a journal file, in one sentence. An OSError: a state of the disk, not a fault of the program."""


class JournalFull(JournalError):  # noqa: N818 - a state, named as one
    """No room: the transaction was rolled back. Prune, then the same again."""


class JournalFailed(JournalError):  # noqa: N818 - a state, named as one
    """The disk does not do what it should now: rolled back as far as can be known, try the same again later."""


class JournalCorrupt(JournalError):  # noqa: N818 - a state, named as one
    """The file turned out damaged while in use: close and open again, opening mends."""


class JournalNewer(JournalError):  # noqa: N818 - a state, named as one
    """A newer Kinlight wrote this file. It was not touched."""


def failure(path: Path, error: sqlite3.Error) -> JournalError | ValueError:
    """What an error of SQLite means to the caller."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    text = f"{path.name}: {error}"
    if code & 0xFF == sqlite3.SQLITE_FULL:
        return JournalFull(text)
    if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or code == sqlite3.SQLITE_IOERR_SHORT_READ:
        return JournalCorrupt(text)
    if isinstance(error, sqlite3.IntegrityError | sqlite3.InterfaceError | sqlite3.ProgrammingError):
        return ValueError(text)
    return JournalFailed(text)


class Database:
    """The one writing connection of a file. Used by one thread at a time."""

    def __init__(self, path: Path, connection: Connection, repaired: str) -> None:
        self.path = path
        self.connection = connection
        self.repaired = repaired  # "" or what was wrong with the file and what became of it, in one sentence
        self._reserve = reserve_of(path)
        self.keep_reserve()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing, on the disk when it returns. Raises a JournalError, or ValueError for impossible values."""
        try:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                yield self.connection
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:  # after a full disk SQLite has already rolled back
                    self.connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            reason = failure(self.path, error)
            if isinstance(reason, JournalFull):
                self._reserve.unlink(missing_ok=True)
            raise reason from error
        except OverflowError as error:
            raise ValueError(f"{self.path.name}: {error}") from error

    @contextmanager
    def attached(self, other: Path) -> Iterator[Connection]:
        """A transaction in which another file, that nobody else has open, is there as `other`."""
        try:
            self.connection.execute("ATTACH DATABASE ? AS other", (str(other),))
        except sqlite3.Error as error:
            raise failure(other, error) from error
        try:
            with self.transaction() as connection:
                yield connection
        finally:
            self.connection.execute("DETACH DATABASE other")

    def pragma(self, name: str) -> int:
        """The value of a numeric pragma."""
        try:
            value: int = self.connection.execute(f"PRAGMA {name}").fetchone()[0]
        except sqlite3.Error as error:
            raise failure(self.path, error) from error
        return value

    def fill(self) -> float:
        """How much of the quota is in use, 0 to 1. Freed pages count as free."""
        return (self.pragma("page_count") - self.pragma("freelist_count")) / self.pragma("max_page_count")

    def keep_reserve(self) -> bool:
        """Hold back room on the disk, let go on JournalFull, for deleting and closing. False where there is none."""
        try:
            if self._reserve.exists():
                return True
            if not has_room(self.path.parent):
                return False
            with open_private(self._reserve) as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self._reserve.unlink(missing_ok=True)
            return False
        return True

    def checkpoint(self) -> None:
        """Move everything into the main file, as far as no reader is in the way."""
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise failure(self.path, error) from error

    def close(self) -> None:
        """Let go of the file. What was committed stays committed, whatever happens here."""
        try:
            self.connection.close()
        except sqlite3.Error as error:
            log.warning("%s", failure(self.path, error))


@contextmanager
def read_only(path: Path) -> Iterator[Connection]:
    """A connection for one look: from any thread, closed at once, since an open reader makes the WAL grow."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            yield connection
    except sqlite3.Error as error:
        raise failure(path, error) from error


@contextmanager
def read_detached(path: Path) -> Iterator[Connection]:
    """The same where nothing can be written, not even what SQLite keeps beside an open file. Nobody may write it."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro&vfs=unix-none"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()  # the index of the log stays in memory
            connection.execute("PRAGMA trusted_schema=OFF")
            yield connection
    except sqlite3.Error as error:
        raise failure(path, error) from error


def reserve_of(path: Path) -> Path:
    """The file that holds back room for a journal."""
    return path.with_name(path.name + ".reserve")


def has_room(directory: Path) -> bool:
    """Whether there is room on the disk for a journal to grow, and to hold some back. Raises OSError."""
    space = os.statvfs(directory)
    return space.f_bavail * space.f_frsize >= 2 * RESERVE_BYTES


def copy_of(path: Path, to: Path) -> None:
    """A copy of a file that somebody may be writing, in one piece and for its owner alone. Raises JournalError."""
    to.touch(mode=0o600)
    with read_only(path) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, without a log beside it


def unsound(path: Path) -> str:
    """What a check of every page finds wrong, or ""."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            verdict: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return "" if verdict == "ok" else "a check found damaged pages"


def has_wal_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can corrupt a WAL file that two connections write at once."""
    fixed = (3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51) or version >= (3, 51, 3)
    return version >= (3, 7) and not fixed


@cache
def log_version() -> None:
    """Say once which SQLite this is, and what follows from it."""
    if has_wal_reset_fault(sqlite3.sqlite_version_info):
        log.warning("SQLite %s: no other program may write Kinlight's files (WAL-reset fault)", sqlite3.sqlite_version)
    else:
        log.info("SQLite %s", sqlite3.sqlite_version)


def connect(path: Path) -> Connection:
    """A writing connection with our settings. Raises sqlite3's own errors."""
    # psow=0: a cut in the middle of a write may damage the whole 4 KiB block on a cheap card.
    uri = f"{path.absolute().as_uri()}?psow=0"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    for pragma in SETTINGS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection
