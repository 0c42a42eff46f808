"""A store that can be killed, an outbox as a list, and a forwarder between them in simulated time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.model.contracts import Outcome, Verdict
from gateway.service.forwarder import Forwarder
from gateway.storage.journal_reader import Backlog
from gateway.storage.sqlite import JournalFailed

FLUSH_S = 20.0  # VictoriaMetrics forgets what is younger when it is killed


@dataclass
class Store:
    """A store in memory that loses its latest lines when it is killed."""

    tells_life: bool = True
    bad: frozenset[bytes] = frozenset()
    counts: bool = False  # whether it says how many lines of a batch are bad
    now_s: float = 0.0
    life: int = 1
    down: bool = False
    verdict: Verdict | None = None  # what it says to everything, if anything
    fails_after: int | None = None  # writes until it is down
    kept: dict[bytes, float] = field(default_factory=dict)  # line -> when it arrived
    writes: list[int] = field(default_factory=list)

    def write(self, lines: Sequence[bytes]) -> Verdict:
        self.writes.append(len(lines))
        if self.fails_after is not None:
            self.down = self.fails_after <= 0
            self.fails_after -= 1
        if self.down:
            return Verdict(Outcome.LATER, "connection refused")
        if self.verdict:
            return self.verdict
        if self.bad & set(lines):
            said = len(self.bad & set(lines)) if self.counts else 0
            return Verdict(Outcome.REFUSED, "field type conflict", bad_lines=said)
        for line in lines:
            self.kept.setdefault(line, self.now_s)
        return Verdict(Outcome.STORED)

    def incarnation(self) -> str:
        return str(self.life) if self.tells_life and not self.down else ""

    def close(self) -> None: ...

    def kill(self) -> None:
        self.kept = {line: at_s for line, at_s in self.kept.items() if at_s <= self.now_s - FLUSH_S}
        self.down = True

    def start(self) -> None:
        self.down = False
        self.life += 1


@dataclass
class Outbox:
    """The journal's outbox as a list."""

    lines: list[bytes] = field(default_factory=list)
    broken: bool = False

    def add(self, count: int) -> None:
        self.lines += [b"line %d" % (len(self.lines) + i) for i in range(count)]

    def points_after(self, seq: int, limit: int) -> list[tuple[int, bytes]]:
        if self.broken:
            raise JournalFailed("disk I/O error")
        return list(enumerate(self.lines[seq : seq + limit], start=seq + 1))

    def last_seq(self) -> int:
        return len(self.lines)

    def backlog(self, seq: int) -> Backlog:
        if self.broken:
            raise JournalFailed("disk I/O error")
        return Backlog(len(self.lines) - seq, 0)


class World:
    """A forwarder, its outbox, its store, and simulated time."""

    def __init__(self, store: Store, outbox: Outbox | None = None) -> None:
        self.store = store
        self.outbox = outbox or Outbox()
        self.saved = 0
        self.refused: list[bytes] = []
        self.now_s = 0.0
        self.restart()

    def restart(self) -> None:
        """What a kill -9 of the gateway does: only what was saved is remembered."""
        self.forwarder = Forwarder(
            "store",
            self.outbox,
            self.store,
            cursor=self.saved,
            save=self._save,
            refuse=lambda seq, line, reason: self.refused.append(line),
            chance=random.Random(1),
        )
        self.next_s = self.now_s

    def _save(self, seq: int) -> None:
        self.saved = seq

    def run(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.next_s <= until_s:
            self.now_s = self.store.now_s = max(self.now_s, self.next_s)
            self.next_s = self.now_s + max(0.01, self.forwarder.step(self.now_s))
        self.now_s = self.store.now_s = until_s
