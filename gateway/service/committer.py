"""Group commit, and the MQTT acknowledgement behind it.

From what is pending to what is durable: when a batch goes to the journal, and when the broker may forget it.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable

from gateway.storage.journal import Batch, Journal
from gateway.storage.sqlite import JournalCorrupt
from gateway.storage.write_queue import WriteQueue
from gateway.system.clock import Clock
from gateway.thinking.pipeline import Pipeline
from rules.terms.channel import Channel

log = logging.getLogger(__name__)

COMMIT_ROWS = 2000
MAX_PENDING = 200_000  # rows kept in memory while the card does not take any


class Committer:
    """The thread that thinks calls it; the journal's thread does the work."""

    def __init__(
        self,
        pipeline: Pipeline,
        tasks: WriteQueue[Journal],
        clock: Clock,
        acknowledge: Callable[[Iterable[int]], None] | None,
        refused: Callable[[str], None],
    ) -> None:
        """`acknowledge` tells the broker; None where there is none. `refused` hears of readings no journal takes."""
        self.lost = 0  # rows let go because the card took none for too long
        self.broken: JournalCorrupt | None = None  # set by the journal's thread
        self._pipeline = pipeline
        self._tasks = tasks
        self._clock = clock
        self._tell_broker = acknowledge
        self._refused = refused
        self._waiting: deque[deque[int]] = deque()  # receipts of what was submitted, batch by batch
        self._committed_s = clock.monotonic_s()

    def if_due(self, interval_s: float, window: int, *, stuck: bool) -> None:
        """Commit when enough waits, when it waited long enough, or when the broker says no more until we do.

        `window`: so many messages the broker sends before it waits for us.
        `stuck`: the card has not answered for long. Then alerting from memory beats a broker that stops.
        """
        if stuck or self._tasks.failing:
            self._let_go(window)
        pipeline = self._pipeline
        aged = self._clock.monotonic_s() - self._committed_s >= interval_s
        waits = pipeline.pending() or pipeline.unacknowledged()
        if pipeline.pending() >= COMMIT_ROWS or pipeline.unacknowledged() >= window or (aged and waits):
            self.commit()

    def commit(self) -> None:
        """Commit now, unless the card is minutes behind: then rows stay in the pipeline."""
        self._committed_s = self._clock.monotonic_s()
        if self._tasks.has_room():
            self.submit()

    def submit(self) -> None:
        """Hand everything that is pending to the journal's thread."""
        channels, batch = self._pipeline.new_channels(), self._pipeline.harvest()
        receipts = deque(self._pipeline.take_receipts())
        while self._waiting and not self._waiting[0]:
            self._waiting.popleft()
        self._waiting.append(receipts)

        def task(journal: Journal) -> None:
            try:
                refused = [*keep_channels(journal, channels), *keep(journal, batch)]
            except JournalCorrupt as error:
                self.broken = error
                raise
            if refused:  # trying again would never help
                log.error("%d rows cannot be kept, the first: %s", len(refused), refused[0])
                self._refused(f"{len(refused)} rows could not be kept: {refused[0]}")
            self._acknowledge(receipts)

        self._tasks.submit(task)

    def _let_go(self, window: int) -> None:
        """Not before the broker stops: until then it keeps for us what no card has, and a short fault loses nothing."""
        if self._pipeline.unacknowledged() + sum(map(len, self._waiting)) >= window:
            while self._waiting:
                self._acknowledge(self._waiting.popleft())
            self._acknowledge(deque(self._pipeline.take_receipts()))
        self.lost += self._pipeline.drop_oldest(MAX_PENDING)

    def _acknowledge(self, receipts: deque[int]) -> None:
        """Each once, though the journal's thread and ours may both be at it."""
        while receipts:
            try:
                receipt = receipts.popleft()
            except IndexError:  # the other one was quicker
                return
            if self._tell_broker:
                self._tell_broker([receipt])


def keep_channels(journal: Journal, channels: Iterable[tuple[int, Channel]]) -> list[str]:
    """Give channels their numbers; why the journal takes one not, for each."""
    refused = []
    for number, channel in channels:
        try:
            journal.add_channel(number, channel)
        except ValueError as error:
            refused.append(str(error))
    return refused


def keep(journal: Journal, batch: Batch) -> list[str]:
    """Commit a batch; where a row of it can never be kept, all the others. Returns why not, for each such row."""
    try:
        journal.commit(batch)
    except ValueError as error:
        parts = _smaller(batch)
        return [reason for part in parts for reason in keep(journal, part)] if parts else [str(error)]
    return []


def _smaller(batch: Batch) -> tuple[Batch, ...]:
    """A batch in smaller ones, in order, receipts behind what they are for; nothing where it is one row."""
    kinds = (Batch(batch.readings), Batch(points=batch.points), Batch(receipts=batch.receipts), Batch(meta=batch.meta))
    parts = [part for part in kinds if part]
    if len(parts) > 1:
        return tuple(parts)
    for name in ("readings", "points", "receipts", "meta"):
        rows = getattr(batch, name)
        if (middle := len(rows) // 2) and isinstance(rows, dict):
            items = list(rows.items())
            return Batch(meta=dict(items[:middle])), Batch(meta=dict(items[middle:]))
        if middle:
            return Batch(**{name: rows[:middle]}), Batch(**{name: rows[middle:]})
    return ()
