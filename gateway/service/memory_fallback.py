"""The in-memory fallback of both journals.

Where the journals are while the card takes none: in memory, from what can still be read of it.

A box whose card is read-only, full or broken watches, tells and forwards all the same. It begins with the alerts, the
learned and the last days of the card as far as they can be read, and when the card works again, what was heard in
between goes onto it. Memory lasts through a restart of the program, not through a power cut.
"""

import hashlib
import logging
import os
import shutil
from pathlib import Path

from gateway.alerts.journal import FILE as ALERTS
from gateway.alerts.journal import AlertJournal
from gateway.storage.journal import FILE as READINGS
from gateway.storage.journal import Batch, Journal
from gateway.storage.journal_reader import DetachedReader, JournalReader
from gateway.storage.merge import BORROWED, LAST_ALERT
from gateway.storage.sqlite import JournalError
from rules.terms.time import NS_PER_S

log = logging.getLogger(__name__)

QUOTA_BYTES = 32 * 1024 * 1024
BORROWED_NS = 3 * 86_400 * NS_PER_S  # longer than the rules look back
UNKNOWN_LAST_ALERT = 20_000  # no home had so many: an answer to an alert on the card must not meet another here
CHUNK_ROWS = 20_000
SHARED = Path("/dev/shm")  # noqa: S108 - a folder of ours in it, and only where nobody else made it


def memory_of(directory: Path) -> Path:
    """The folder in memory that stands in for `directory`; it need not exist."""
    if runtime := os.environ.get("RUNTIME_DIRECTORY"):
        return Path(runtime) / "memory"
    name = hashlib.sha256(os.fsencode(directory.absolute())).hexdigest()[:16]
    return SHARED / f"kinlight-{os.getuid()}-{name}"


def holds_journals(memory: Path) -> bool:
    """Whether a home is there, in a folder that is ours alone."""
    return (memory / READINGS).exists() and memory.stat().st_uid == os.getuid() and not memory.is_symlink()


def current(directory: Path) -> Path:
    """Where the journals of a home are now: in memory, or in `directory`."""
    memory = memory_of(directory)
    return memory if holds_journals(memory) else directory


def borrow(card: Path, memory: Path) -> None:
    """Begin in memory with what can be read of the card. What is in memory already stays. Raises OSError."""
    if holds_journals(memory):
        return
    beside = memory.with_name(f"{memory.name}.new")
    for each in (beside, memory):
        if each.is_symlink() or each.exists():
            shutil.rmtree(each)
    beside.mkdir(mode=0o700)
    copied = _copy_alerts(card, beside)
    journal = Journal.open(beside, QUOTA_BYTES)
    try:
        if not copied:
            journal.commit(Batch(meta={LAST_ALERT: str(UNKNOWN_LAST_ALERT)}))
        _borrow_readings(DetachedReader(card / READINGS), journal)
    except (OSError, ValueError) as error:
        log.error("of what the card holds not everything can be read: %s", error)
    finally:
        journal.close()
    beside.replace(memory)


class NoPlace(JournalError):  # noqa: N818 - a state, named as one
    """The card opens, and does not take what is in memory."""


def give_back(memory: Path, journal: Journal, alerts: AlertJournal) -> bool:
    """Put what was kept in memory onto the card; whether there was anything. Raises NoPlace."""
    if not holds_journals(memory):
        return False
    try:
        for name, taker in ((READINGS, journal), (ALERTS, alerts)):
            if (memory / name).exists():
                taker.take_over(memory / name)
    except JournalError as error:
        raise NoPlace(f"what is in memory finds no place on it: {error}") from error
    shutil.rmtree(memory)
    log.warning("the card works again: what was kept in memory is on it")
    return True


def _copy_alerts(card: Path, to: Path) -> bool:
    """The file and its log as they lie there; opening makes them good."""
    try:
        for name in (ALERTS, f"{ALERTS}-wal"):
            if (card / name).exists():
                shutil.copyfile(card / name, to / name)
                (to / name).chmod(0o600)
    except OSError as error:
        log.error("the alerts on the card cannot be read: %s", error)
        for path in to.iterdir():
            path.unlink()
        return False
    return True


def _borrow_readings(card: JournalReader, journal: Journal) -> None:
    if not card.path.exists():
        return
    for number, channel in card.channels():
        journal.add_channel(number, channel)
    journal.commit(Batch(meta={**card.meta(), BORROWED: "yes"}, receipts=card.recent_receipts()))
    rows: list[tuple[int, int, float, int]] = []
    for row in card.readings(card.newest_ns() - BORROWED_NS):
        rows.append((row.time_ns, row.channel, row.value, row.flags))
        if len(rows) >= CHUNK_ROWS:
            journal.commit(Batch(readings=rows))
            rows = []
    journal.commit(Batch(readings=rows))
