"""Start-up and state recovery.

Opening a home: both journals, the alerts that are open, and the state rebuilt from what was committed.
"""

import fcntl
import json
import logging
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from gateway.alerts.book import AlertBook
from gateway.alerts.journal import AlertJournal
from gateway.alerts.ratings import ratings
from gateway.model.alert import Change
from gateway.model.home import LATE
from gateway.model.minutes import interval_end_ns
from gateway.service.build import Setup
from gateway.service.memory_fallback import NoPlace, borrow, give_back, memory_of
from gateway.storage.journal import Batch, Journal
from gateway.storage.merge import LAST_ALERT
from gateway.storage.sqlite import JournalNewer
from gateway.system.private_files import open_private
from gateway.thinking.pipeline import DOWNTIME_NS, DOWNTIMES, REBUILD_NS, SNAPSHOT, TOLD, WATCHING, Downtime, Pipeline
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

log = logging.getLogger(__name__)

MAX_DOWNTIMES = 1000
CLAIM = ".in-use"
TRIED = "card_tried"
NO_PLACE_S = 3600.0  # each try that looks well is a new start, in which nobody is watched
UNUSABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What a saved state can raise that is damaged, or of another version or plan."""
CALLED_NS = 48 * 3600 * NS_PER_S  # a clock that was set in between may have moved the alerts of the last day


class InUse(OSError):  # noqa: N818 - a state, named as one
    """Another Kinlight runs on these journals."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One home, ready to take frames."""

    journal: Journal
    alerts: AlertJournal
    pipeline: Pipeline
    repaired: tuple[str, ...]  # what was wrong with the files, for a technical alert
    since_ns: int  # of when the state is that the pipeline starts from; 0: from nothing
    claim: BinaryIO  # the directory is ours alone until it is closed
    directory: Path
    card_fault: str = ""  # why this is in memory and not on the card
    card_rests_s: float = 0.0  # so long the card need not be tried again

    def close(self) -> None:
        """Close both journals."""
        self.journal.close()
        self.alerts.close()
        self.claim.close()


def open_somewhere(setup: Setup, directory: Path) -> Opened:
    """The home in `directory` or, where the card cannot be used, in memory: a box that does not start watches nobody.

    Raises JournalNewer, InUse, or what is wrong with the card where there is no memory either.
    """
    memory = memory_of(directory)
    try:
        return open_home(setup, directory, memory)
    except (JournalNewer, InUse):
        raise
    except OSError as error:
        reason = f"{directory} cannot be used: {error.strerror or error}"
        log.error("%s; watching from memory", reason)
        try:
            borrow(directory, memory)
            rests_s = NO_PLACE_S if isinstance(error, NoPlace) else 0.0
            return replace(open_home(setup, memory), card_fault=reason, card_rests_s=rests_s)
        except OSError as without:
            log.error("nor can memory be used: %s", without)
            raise error from None


def try_card(setup: Setup, directory: Path) -> None:
    """Whether the home could be opened there. Raises OSError where not."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        undo.enter_context(claim_of(directory))
        journal = Journal.open(directory, quota_bytes=setup.config.store.quota_mb * 1_000_000)
        undo.callback(journal.close)
        journal.commit(Batch(meta={TRIED: "yes"}))
        undo.callback(AlertJournal.open(directory).close)


def open_home(setup: Setup, directory: Path, memory: Path | None = None) -> Opened:
    """Open or make the journals in `directory` and rebuild; what is kept in `memory` goes into them first.

    Raises JournalError or OSError.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        claim = undo.enter_context(claim_of(directory))
        journal = Journal.open(directory, quota_bytes=setup.config.store.quota_mb * 1_000_000)
        undo.callback(journal.close)
        alerts = AlertJournal.open(directory)
        undo.callback(alerts.close)
        if memory:
            give_back(memory, journal, alerts)
        home = setup.home()
        home.remember(journal.channels())
        last_id = max(alerts.last_id(), int(journal.meta().get(LAST_ALERT, "0")))
        book, since_ns = AlertBook(alerts.open_alerts(), last_id), 0
        engine = setup.engine(home, book)
        for saved in _snapshots(journal.meta(), journal.newest_ns() - REBUILD_NS):
            try:
                engine.restore(saved)
                since_ns = saved["time_ns"]
                break
            except UNUSABLE as error:
                log.warning("a saved state is not used, the home is rebuilt from history: %s", error)
                engine = setup.engine(home, book)
        pipeline = Pipeline(home, setup.intake(home), engine, setup.plan)
        pipeline.intake.remember(journal.recent_receipts())
        repaired = tuple(filter(None, (journal.repaired, alerts.repaired)))
        undo.pop_all()
        return Opened(journal, alerts, pipeline, repaired, since_ns, claim, directory)


def claim_of(directory: Path) -> BinaryIO:
    """Two programs that write one journal damage it. The claim ends with the process, however that ends."""
    claim = open_private(directory / CLAIM)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.close()
        raise InUse(
            f"{directory} is in use by another Kinlight; stop that one first, or give another --directory"
        ) from None
    return claim


def in_use(directory: Path) -> bool:
    """Whether a Kinlight runs on the journals there."""
    try:
        with (directory / CLAIM).open("rb") as claim:
            fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def nothing_after(journal: Journal, now_ns: int) -> None:
    """What an earlier run stamped with a clock that was ahead ends now, and is late. `now_ns` must be right.

    Left there such rows would come true in time, and hold every start without a time server in the future.
    """
    ahead_ns = journal.newest_ns() - now_ns
    if ahead_ns > NS_PER_MINUTE:
        log.warning("readings up to %.1f hours ahead of the clock are put back", ahead_ns / NS_PER_S / 3600)
        journal.shift_times(now_ns + 1, -ahead_ns, LATE)


def rebuild(opened: Opened, now_ns: int) -> list[Change]:
    """Go through the committed past once more, from the newest snapshot that is old enough, up to `now_ns`.

    Returns what is to be told late: calls for help that were committed, and their alerts were not.
    """
    journal, pipeline = opened.journal, opened.pipeline
    meta = journal.meta()
    newest_ns = min(journal.newest_ns(), now_ns)  # rows of a clock that was ahead must not make today's too late
    if not newest_ns:
        pipeline.engine.start(now_ns, after_downtime=True)
        pipeline.note_start(now_ns, [(0, now_ns)])
        return []
    # The box says every five minutes that it is up: a quiet home is no break of ours.
    summarised_ns = min(int(meta.get("summarised_ns", "0")), now_ns)
    watched_ns = interval_end_ns(max(newest_ns, summarised_ns) - 1)
    broken = now_ns - watched_ns > DOWNTIME_NS
    downtimes: list[Downtime] = [(a, b) for a, b in json.loads(meta.get(DOWNTIMES, "[]"))]
    for rating in ratings(opened.alerts):
        if rating.time_ns > pipeline.engine.learning.closed_ns:  # earlier ones are in the saved state
            pipeline.engine.rate(rating)
    pipeline.remember_told(json.loads(meta.get(TOLD, "[]")))
    until_ns = watched_ns if broken else now_ns
    past = journal.readings(opened.since_ns, now_ns + 1)
    signs_s = journal.signs_of_life_s((opened.since_ns - REBUILD_NS) // NS_PER_S)
    downtimes = pipeline.rebuild(past, summarised_ns, until_ns, opened.since_ns, downtimes, signs_s=signs_s)
    pipeline.intake.advance(newest_ns + 1)
    if broken:
        log.info("the box did not watch for %.1f hours", (now_ns - watched_ns) / NS_PER_S / 3600)
        pipeline.note_start(now_ns, [*downtimes, (watched_ns, now_ns)][-MAX_DOWNTIMES:])
        pipeline.engine.start(now_ns, after_downtime=True)
    else:
        since_ns = int(meta.get(WATCHING, "0")) or opened.since_ns
        since_ns = max(since_ns, *(to_ns for _, to_ns in downtimes), 0)
        pipeline.note_start(since_ns, downtimes[-MAX_DOWNTIMES:])
        pipeline.engine.start(since_ns, after_downtime=False)
    return pipeline.call_late(opened.alerts.called_ns(now_ns - CALLED_NS), now_ns)


def _snapshots(meta: dict[str, str], until_ns: int) -> list[dict[str, Any]]:
    """The saved states up to that time, the newest first. One that cannot be read is left out: history is the truth."""
    found: list[dict[str, Any]] = []
    for key, text in meta.items():
        if key.startswith(f"{SNAPSHOT}:"):
            try:
                saved: dict[str, Any] = json.loads(text)
                if saved["time_ns"] <= until_ns:
                    found.append(saved)
            except UNUSABLE:
                log.warning("the saved state %s cannot be read; it is rebuilt from history", key)
    return sorted(found, key=lambda saved: -saved["time_ns"])
