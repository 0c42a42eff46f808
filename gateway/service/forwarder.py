"""Store-and-forward with cursor, retry and back-off.

From the outbox to one store: everything, in order, however long the store was away.

A cursor over numbered lines. `stored` is how far the store has said yes; `safe` is how far it is believed to be on the
store's disk, and is what is kept in the journal. A yes becomes safe after a minute of the same server: VictoriaMetrics
loses the last 8-20 s of acknowledged points when it is killed. A line may be sent twice and never changes, so it
overwrites itself. After an outage the oldest goes first; at 100,000 lines a second a week of one home is there in a
second, so live lines are not kept waiting.

No clock and no thread: the caller says what time it is and calls again when told.
"""

import logging
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from gateway.model.contracts import Outcome, Sink, Verdict
from gateway.storage.journal_reader import Backlog
from gateway.storage.sqlite import JournalError
from gateway.system.log_limit import LogLimit

log = logging.getLogger(__name__)

BATCH_LINES = 5000
IDLE_S = 5.0
HOLD_BACK_S = 60.0
SETTLE_EVERY_S = 60.0  # each settling asks the server for its start time and costs the card one commit
UNTELLABLE_S = 600.0  # a server that no longer says when it started is treated as one that never did
BACKOFF_S = (1.0, 300.0)  # first and longest wait
HOLD_S = 300.0
MAX_WAIT_S = 3600.0  # what a server may ask for
WITNESSES = 20  # newest lines tried, to see whether a store takes any line at all


NOTHING = Backlog(0, 0)


class Outbox(Protocol):
    """The journal as the forwarder sees it; called from the forwarder's thread."""

    def points_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]: ...
    def last_seq(self) -> int: ...
    def backlog(self, seq: int) -> Backlog: ...


@dataclass(frozen=True, slots=True)
class Status:
    """How forwarding stands, for the status page. Replaced whole, so any thread may read it."""

    outcome: Outcome = Outcome.STORED
    reason: str = ""  # why not everything is stored; a sentence an installer can act on
    stored: int = 0
    safe: int = 0
    refused: int = 0  # lines put aside since the start
    backlog: Backlog = NOTHING
    paused: bool = False


class Forwarder:
    """Sends one outbox to one sink. `save(seq)` keeps the cursor; `refuse(seq, line, reason)` keeps a bad line aside,
    or the first of many that are bad together, with their number in the reason.

    Both may be late (a queue to the thread that writes): a cursor that lags only means lines sent again.
    """

    def __init__(
        self,
        name: str,
        outbox: Outbox,
        sink: Sink,
        *,
        cursor: int,
        save: Callable[[int], None],
        refuse: Callable[[int, bytes, str], None],
        chance: random.Random,
    ) -> None:
        self.name = name
        self.paused = False  # while the clock is not trusted: stores drop what seems old or in the future
        self.status = Status(stored=cursor, safe=cursor)
        self._outbox = outbox
        self._sink = sink
        self._save = save
        self._refuse = refuse
        self._chance = chance
        self._stored = self._safe = cursor
        self._marks: deque[tuple[float, int]] = deque()  # (when, up to which line) the store said yes
        self._life = ""
        self._life_seen_s = 0.0
        self._settle_s = 0.0  # when to look at the server again
        self._lost = True  # no contact yet, or contact was lost since
        self._limit = BATCH_LINES
        self._bad_end = 0  # a refused batch ended here: a bad line is before it
        self._witness = b""  # the last line the store took
        self._passing = False  # the line before this one was refused too
        self._refused = 0
        self._failures = 0
        self._wake_s = float("-inf")
        self._backlog = NOTHING
        self._now_s = 0.0
        self._log_limit = LogLimit()
        self._spoke = False  # the log has that the store is unwell, so it shall have that it takes lines again

    def step(self, now_s: float) -> float:
        """Send one batch if it is time. Returns after how many seconds it wants to be called again."""
        if self.paused:
            self.status = Status(
                self.status.outcome, "waiting for the right time of day", *self._counts(), self._backlog, paused=True
            )
            return IDLE_S
        self._now_s = now_s
        if now_s < self._wake_s:
            return self._wake_s - now_s
        try:
            wait_s = self._send(now_s)
        except JournalError as error:
            wait_s = self._fail(now_s, Verdict(Outcome.LATER, f"the outbox cannot be used: {error}"))
        self._wake_s = now_s + wait_s
        return wait_s

    def _send(self, now_s: float) -> float:
        if self._lost or now_s >= self._settle_s:
            self._settle(now_s)
        batch = self._outbox.points_after(self._stored, self._limit)
        if not batch:
            return self._report(Verdict(Outcome.STORED), IDLE_S)
        verdict = self._sink.write([line for _, line in batch])
        if verdict.outcome is Outcome.STORED:
            return self._taken(now_s, batch)
        if verdict.outcome is Outcome.REFUSED:
            return self._search(now_s, batch, verdict)
        return self._fail(now_s, verdict)

    def _taken(self, now_s: float, batch: list[tuple[int, bytes]]) -> float:
        self._stored = batch[-1][0]
        self._marks.append((now_s, self._stored))
        self._witness = batch[-1][1]
        self._passing = False
        self._failures = 0
        self._lost = False
        full = len(batch) == self._limit
        searching = self._stored < self._bad_end
        self._limit = max(1, self._limit // 2) if searching else min(BATCH_LINES, self._limit * 4)
        return self._report(Verdict(Outcome.STORED), 0.0 if full or searching else IDLE_S)

    def _search(self, now_s: float, batch: list[tuple[int, bytes]], verdict: Verdict) -> float:
        """Halve the batch until what is left is all bad, then put it aside and go on: if the store takes others."""
        self._failures = 0
        self._lost = False
        (seq, line), (last, _) = batch[0], batch[-1]
        if len(batch) > 1 and verdict.bad_lines != len(batch):
            self._bad_end = batch[-1][0]
            self._limit = len(batch) // 2
            return self._report(Verdict(self.status.outcome, self.status.reason), 0.0)
        other = self._another_than({line for _, line in batch})
        if other.outcome is Outcome.REFUSED:
            why = f"the store refuses every line: check the sink's url, token and bucket ({verdict.reason})"
            return self._fail(now_s, Verdict(Outcome.HOLD, why))
        if other.outcome is not Outcome.STORED:
            return self._fail(now_s, other)
        if not self._passing and self._log_limit.may_say("refused", now_s):
            log.warning("%s refused a line for good, it was kept aside: %s", self.name, verdict.reason)
        self._passing = True
        more = f"all {len(batch)} lines up to number {last}: " if len(batch) > 1 else ""
        self._refuse(seq, line, more + verdict.reason)
        self._refused += len(batch)
        self._stored = last
        self._marks.append((now_s, last))
        self._bad_end, self._limit = 0, len(batch)  # bad lines come in runs: a backlog older than the store keeps
        return self._report(Verdict(Outcome.STORED), 0.0)

    def _another_than(self, bad: set[bytes]) -> Verdict:
        """Whether the store takes another line at this moment. If none, it is the server's fault, not the lines'."""
        newest = self._outbox.points_after(max(0, self._outbox.last_seq() - WITNESSES), WITNESSES)
        for another in filter(None, (self._witness, *(other for _, other in reversed(newest)))):
            if another not in bad:
                verdict = self._sink.write([another])
                if verdict.outcome is Outcome.STORED:
                    self._witness = another
                if verdict.outcome is not Outcome.REFUSED:
                    return verdict
        return Verdict(Outcome.REFUSED)

    def _fail(self, now_s: float, verdict: Verdict) -> float:
        if not self._lost and not self._life:
            # A server that cannot say whether it was restarted: send the last minute again, but only the last minute,
            # or a way that breaks often would never get anywhere.
            self._settle_by_age(now_s)
            self._stored = self._safe
        self._lost = True
        if verdict.outcome is Outcome.HOLD:
            wait_s = HOLD_S * self._chance.uniform(0.9, 1.1)
        else:
            first, longest = BACKOFF_S
            wait_s = min(longest, first * 2 ** min(self._failures, 20)) * self._chance.uniform(0.5, 1.0)
        self._failures += 1
        return self._report(verdict, min(MAX_WAIT_S, max(wait_s, verdict.after_s)))

    def _settle(self, now_s: float) -> None:
        """Ask which server this is. Another one: send the last minute again. The same: what it has had long is safe."""
        self._settle_s = now_s + SETTLE_EVERY_S
        life = self._sink.incarnation()
        if life:
            self._life_seen_s = now_s
        elif self._life and now_s - self._life_seen_s < UNTELLABLE_S:
            return
        if life == self._life:
            self._settle_by_age(now_s)
            return
        if self._life and life and self._log_limit.may_say("restarted", now_s):
            log.info("%s was restarted: sending again from line %d", self.name, self._safe + 1)
        self._life = life
        self._stored = self._safe
        self._marks.clear()

    def _settle_by_age(self, now_s: float) -> None:
        safe = self._safe
        while self._marks and self._marks[0][0] <= now_s - HOLD_BACK_S and self._marks[0][1] <= self._stored:
            safe = max(safe, self._marks.popleft()[1])
        if safe > self._safe:
            self._safe = safe
            self._save(safe)

    def _report(self, verdict: Verdict, wait_s: float) -> float:
        before = self.status
        well = verdict.outcome is Outcome.STORED
        if well and self._spoke:
            log.info("%s takes lines again", self.name)
            self._spoke = False
        elif (
            not well and before.outcome is not verdict.outcome and self._log_limit.may_say(verdict.outcome, self._now_s)
        ):
            log.warning("%s: %s; everything is kept and sent later", self.name, verdict.reason)
            self._spoke = True
        with suppress(JournalError):  # the figures are a courtesy; that the outbox is unwell shows elsewhere
            self._backlog = self._outbox.backlog(self._stored)
        self.status = Status(verdict.outcome, verdict.reason, *self._counts(), backlog=self._backlog)
        return wait_s

    def _counts(self) -> tuple[int, int, int]:
        return self._stored, self._safe, self._refused
