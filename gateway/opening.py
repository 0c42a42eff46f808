"""Opening a home: both journals, the alerts that are open, and the state rebuilt from what was committed."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.alert_journal import AlertJournal
from gateway.alerts import AlertBook
from gateway.answering import ratings
from gateway.build import Setup
from gateway.journal import Journal
from gateway.pipeline import REBUILD_NS, SNAPSHOT, Pipeline
from rules.base import NS_PER_S

log = logging.getLogger(__name__)

BREAK_NS = 15 * 60 * NS_PER_S  # a shorter stop of ours is no break in the watching


@dataclass(frozen=True, slots=True)
class Opened:
    """One home, ready to take frames."""

    journal: Journal
    alerts: AlertJournal
    pipeline: Pipeline
    mended: tuple[str, ...]  # what was wrong with the files, for a technical alert

    def close(self) -> None:
        """Close both journals."""
        self.journal.close()
        self.alerts.close()


def open_home(setup: Setup, directory: Path) -> Opened:
    """Open or make the journals in `directory` and rebuild. Raises JournalError or OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal = Journal.open(directory, quota_bytes=setup.config.store.quota_mb * 1_000_000)
    alerts = AlertJournal.open(directory)
    home = setup.home()
    home.remember(journal.channels())
    engine = setup.engine(home, AlertBook(alerts.open_alerts(), alerts.last_id()))
    pipeline = Pipeline(home, setup.intake(home), engine)
    pipeline.intake.remember(journal.recent_receipts())
    mended = tuple(filter(None, (journal.mended, alerts.mended)))
    return Opened(journal, alerts, pipeline, mended)


def rebuild(opened: Opened, now_ns: int) -> None:
    """Go through the committed past once more, from the newest snapshot that is old enough, up to `now_ns`."""
    journal, pipeline = opened.journal, opened.pipeline
    meta = journal.meta()
    newest_ns = journal.newest_ns()
    if not newest_ns:
        pipeline.engine.start(now_ns, after_break=True)
        return
    since_ns = 0  # without a saved state: from all that was kept
    if saved := _snapshot(meta, newest_ns - REBUILD_NS):
        try:
            pipeline.engine.restore(saved)
            since_ns = saved["time_ns"]
        except (KeyError, ValueError) as error:
            log.warning("the saved state is not used, it is rebuilt from history: %s", error)
    broken = now_ns - newest_ns > BREAK_NS
    until_ns = newest_ns if broken else now_ns
    for rating in ratings(opened.alerts):
        if rating.time_ns > pipeline.engine.learning.closed_ns:  # earlier ones are in the saved state
            pipeline.engine.rate(rating)
    pipeline.rebuild(journal.readings(since_ns), int(meta.get("summarised_ns", "0")), until_ns)
    pipeline.intake.advance(newest_ns + 1)
    if broken:
        log.info("the box did not watch for %.1f hours", (now_ns - newest_ns) / NS_PER_S / 3600)
        pipeline.engine.start(now_ns, after_break=True)
    else:
        pipeline.engine.start(int(meta.get("watching_since_ns", "0")) or since_ns, after_break=False)


def _snapshot(meta: dict[str, str], until_ns: int) -> dict[str, Any] | None:
    """The newest saved state up to that time. One that cannot be read is left out: history is the truth."""
    best: dict[str, Any] | None = None
    for key, text in meta.items():
        if key.startswith(f"{SNAPSHOT}:"):
            try:
                saved: dict[str, Any] = json.loads(text)
            except ValueError:
                log.warning("the saved state %s cannot be read; it is rebuilt from history", key)
                continue
            if saved["time_ns"] <= until_ns and (best is None or saved["time_ns"] > best["time_ns"]):
                best = saved
    return best
