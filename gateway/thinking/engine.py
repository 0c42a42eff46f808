"""The engine, the one thread's thinking: samples and ticks in, points and alert changes out. No clock, no I/O.

Each minute: close the store's row, judge silence, let every rule look, let the alert book decide who is told. Every
fifth minute the interval is summarised. A quantity that a rule wakes on (a help button) is looked at when it arrives.

History is the truth: fed the journal's readings again, an engine is in the state it was in when it stopped. While that
runs (`rebuilding`), nobody is told anything and only what was not yet summarised comes out.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.kit.quantity import SIGNS_OF_LIFE
from gateway.alerts.book import AlertBook
from gateway.learning.learning import Learning
from gateway.model.alert import Answer, Change, called
from gateway.model.bulkhead import findings_of
from gateway.model.home import BRIDGE, LATE, STALE, SUSPECT, Home, Sample
from gateway.model.minutes import INTERVAL_MINUTES
from gateway.model.point import Point
from gateway.model.rating import Rating
from gateway.thinking.silence import Silence
from gateway.thinking.summary import SENSOR_MINUTES, Summary
from gateway.thinking.window_store import WindowStore
from rules.kit.contract import Rule, Sensor, Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE, moved

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Output:
    """What one step of thinking gave."""

    points: Sequence[Point] = ()
    changes: Sequence[Change] = ()


NOTHING = Output()


class Engine:
    """One home. `rules` by their module name; `book` holds the alerts that are open."""

    def __init__(
        self, home: Home, store: WindowStore, learning: Learning, rules: Mapping[str, Rule], book: AlertBook
    ) -> None:
        self.home = home
        self.store = store
        self.learning = learning
        self.book = book
        self.silence = Silence([sensor.silent_after_s for sensor in home.sensors])
        self.rebuilding = False
        self.calls: dict[tuple[str, str], Finding] = {}  # the last call for help of each, as found while rebuilding
        self.faults: dict[str, Finding] = {}  # ours: a worker or rule that is not working, by its name
        self._troubles: Mapping[str, str] = {}  # of the way in, as last noted
        self._rules = rules
        self._summary = Summary(home)
        self._rows = {sensor.name: row for row, sensor in enumerate(home.sensors)}
        self._sensor_of: list[int] = []  # channel -> row of `silence`
        self._ratings: list[Rating] = []
        self._wakes: dict[str, list[str]] = {}
        for name, rule in rules.items():
            for quantity in rule.wakes_on:
                self._wakes.setdefault(quantity, []).append(name)

    def sample(self, sample: Sample) -> Output:
        """Take in one sample."""
        return self.samples((sample,))

    def samples(self, samples: Sequence[Sample]) -> Output:
        """Take in what was said at once: rules that wake on a part of it see all of it, a battery beside the press."""
        woken = [name for sample in samples if self._take(sample) for name in self._wakes_of(sample)]
        if not woken:
            return NOTHING
        if self.rebuilding:
            self._note_calls(dict.fromkeys(woken), samples[-1].time_ns)
            return NOTHING
        return Output(changes=self._look(dict.fromkeys(woken), samples[-1].time_ns))

    def _wakes_of(self, sample: Sample) -> Sequence[str]:
        return self._wakes.get(self.home.channels[sample.channel].quantity, ())

    def _take(self, sample: Sample) -> bool:
        """Take in one sample: whether something happened."""
        if sample.flags & (SUSPECT | LATE):
            return False  # kept in the journal, visible in the status, and nobody concludes anything from it
        if sample.channel >= len(self._sensor_of):
            self._map_channels()
        channel = self.home.channels[sample.channel]
        row = self._sensor_of[sample.channel]
        if channel.quantity == "online" and row >= 0:
            self._reachable(row, sample.value > 0)  # a remembered "offline" is what is true now
        if sample.flags & STALE:
            self.store.suppose(sample)
            return False
        if row >= 0 and (channel.quantity != "online" or sample.value > 0):
            self.silence.heard(row, sample.time_ns)
        happened = self.store.add(sample)
        self._summary.add(sample)
        self.learning.sample(sample, happened)
        return happened

    def call_late(self, told_ns: Mapping[str, int], since_ns: int, time_ns: int) -> list[Change]:
        """Calls for help since `since_ns` that the rebuilding found and that have no alert: told now, marked late.

        `told_ns`: when the last call was that has one, by subject. Reading and alert are committed apart, so a power
        cut may have fallen between them.
        """
        missed = [f for f in self.calls.values() if f.again_ns >= max(since_ns, told_ns.get(f.subject, 0) + 1)]
        self.calls.clear()
        changes = self.book.observe(missed, time_ns, frozenset()) if missed else []
        called_ns = {(f.rule, f.subject): f.again_ns for f in missed}
        of = [called_ns.get((c.alert.finding.rule, c.alert.finding.subject)) for c in changes]
        return [replace(c, time_ns=at_ns, late=True) if at_ns else c for c, at_ns in zip(changes, of, strict=True)]

    def tick(self, time_ns: int) -> Output:
        """A minute ended at `time_ns` (a multiple of a minute). Ticks come in order; minutes may be missing."""
        self.silence.tick(time_ns)
        silent = self._channel_silence(time_ns)
        self.store.close_minute(time_ns, silent)
        self._apply_ratings(time_ns)
        points = self._summarise(time_ns) + self.learning.minute(time_ns, silent | self.store.unheard(len(silent)))
        changes = [] if self.rebuilding else self._look(list(self._rules), time_ns)
        return Output(points, changes)

    def answer(self, answer: Answer) -> Sequence[Change]:
        """A person answered. Raises ValueError with a sentence for them."""
        return self.book.answer(answer)

    def rate(self, rating: Rating) -> None:
        """A person said whether an alert of the core was right. It counts from the next minute on."""
        self._ratings = sorted([*self._ratings, rating])

    def fault(self, name: str, finding: Finding | None, time_ns: int) -> Sequence[Change]:
        """Something of ours stopped working (or, with None, works again): a technical finding like any other."""
        if finding is None:
            self.faults.pop(name, None)
        else:
            self.faults[name] = finding
        return self._observe(list(self.faults.values()), frozenset({"kinlight"}), time_ns)

    def note_troubles(self, troubles: Mapping[str, str], time_ns: int) -> None:
        """What of the way in is not well: a technical finding for each, from the tick that follows on."""
        for name in self._troubles.keys() - troubles.keys():
            self.faults.pop(name, None)
        for name in troubles.keys() - self._troubles.keys():
            self.faults[name] = own_fault(name, troubles[name], time_ns)
        self._troubles = troubles

    def shift(self, delta_ns: int, since_ns: int = 0) -> list[Change]:
        """The clock was off by `delta_ns` since `since_ns`: all times from then on move, and nothing fires."""
        self.store.shift(delta_ns, since_ns)
        self.silence.shift(delta_ns, since_ns)
        self.learning.shift(delta_ns, since_ns)
        self._ratings = [each._replace(time_ns=moved(each.time_ns, delta_ns, since_ns)) for each in self._ratings]
        return self.book.shift(delta_ns)

    def start(self, watching_since_ns: int, after_downtime: bool) -> None:
        """The box watches, since `watching_since_ns`. After a break of ours nobody counts as having been quiet."""
        self.store.watching_since_ns = watching_since_ns
        self.silence.start(watching_since_ns, after_downtime)

    def save(self, time_ns: int) -> dict[str, Any]:
        """What cannot be had from the last days of readings, as JSON values: a cache, never the truth."""
        return {
            "time_ns": time_ns,
            "silence": self.silence.save([sensor.name for sensor in self.home.sensors]),
            "store": self.store.save(),
            "learning": self.learning.save(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over what `save` gave, before the readings that followed it are gone through again.

        Raises ValueError where another version saved it; nothing was taken over then.
        """
        self.learning.restore(saved["learning"])
        self.silence.restore([sensor.name for sensor in self.home.sensors], saved["silence"])
        self.store.restore(saved["store"], saved["time_ns"])

    def moved_ns(self) -> int:
        """When there was any sign of life last; 0 for never. A sensor that never pauses gave none since it began."""
        chattering = self.learning.learned.chattering
        seen = zip(self.home.channels, self.store.event_ns, strict=False)
        signs = ((channel, time_ns) for channel, time_ns in seen if channel.quantity in SIGNS_OF_LIFE)
        return max(
            (min(time_ns, chattering.get(c.id, time_ns)) if chattering else time_ns for c, time_ns in signs), default=0
        )

    def window(self, time_ns: int) -> Window:
        """What the rules would see now."""
        return self.store.window(time_ns, self._channel_silence(time_ns), self.learning.learned, self._sensors(time_ns))

    def _apply_ratings(self, time_ns: int) -> None:
        while self._ratings and self._ratings[0].time_ns <= time_ns:
            self.learning.rate(self._ratings.pop(0))

    def _note_calls(self, names: Iterable[str], time_ns: int) -> None:
        for finding in self._findings(names, time_ns)[0]:
            if called(finding):
                self.calls[finding.rule, finding.subject] = finding

    def _look(self, names: Iterable[str], time_ns: int) -> list[Change]:
        findings, spoke = self._findings(names, time_ns)
        findings += self.faults.values()
        # a rule that was switched off since it raised an alert finds nothing any more
        spoke |= {alert.finding.rule for alert in self.book.open()} - set(self._rules)
        return self._observe(findings, frozenset(spoke | {"kinlight"}), time_ns)

    def _findings(self, names: Iterable[str], time_ns: int) -> tuple[list[Finding], set[str]]:
        """What these rules find, and which of them could speak."""
        window = self.window(time_ns)
        findings: list[Finding] = []
        spoke: set[str] = set()
        for name in names:
            found, fault = findings_of(name, self._rules[name], window, logged=f"rule {name}" in self.faults)
            findings += found
            if not fault:
                spoke.add(name)
                self.faults.pop(f"rule {name}", None)
            elif f"rule {name}" not in self.faults:
                self.faults[f"rule {name}"] = own_fault(f"rule {name}", fault, time_ns)
        return findings, spoke

    def _observe(self, findings: list[Finding], spoke: frozenset[str], time_ns: int) -> list[Change]:
        return self.book.observe(findings, time_ns, spoke)

    def _summarise(self, time_ns: int) -> list[Point]:
        minute = time_ns // NS_PER_MINUTE
        if minute % INTERVAL_MINUTES:
            return []
        shares = self.store.latest(INTERVAL_MINUTES)
        points = self._summary.close(time_ns, shares)
        if minute % SENSOR_MINUTES == 0:
            rows = range(len(self.home.sensors))
            silent = self.silence.silent(time_ns)
            heard = [self.silence.heard_ns(row) for row in rows]
            points += self._summary.sensors(time_ns, silent, heard, [self.silence.limit_s(row) for row in rows])
        return points

    def _sensors(self, time_ns: int) -> list[Sensor]:
        """Every configured sensor; a bridge is none."""
        silence, silent = self.silence, self.silence.silent(time_ns)
        all_ = bool(silent[silence.home])
        return [
            Sensor(
                s.name,
                s.room,
                s.device,
                s.role,
                silence.heard_ns(row),
                all_ or bool(silent[row]),
                silence.is_reachable(row),
            )
            for row, s in enumerate(self.home.sensors)
            if s.address != BRIDGE
        ]

    def _channel_silence(self, time_ns: int) -> NDArray[np.bool_]:
        """(channels,) whether the sensor behind each is silent, or the whole home is."""
        self._map_channels()
        silent = self.silence.silent(time_ns)
        if not self._sensor_of:
            return np.zeros(0, dtype=np.bool_)
        of = np.array(self._sensor_of, dtype=np.intp)
        quiet: NDArray[np.bool_] = np.where(of >= 0, silent[of], False) | silent[self.silence.home]
        return quiet

    def _map_channels(self) -> None:
        for channel in self.home.channels[len(self._sensor_of) :]:
            self._sensor_of.append(self._rows.get(channel.sensor, -1))

    def _reachable(self, row: int, reachable: bool) -> None:
        """What a device or its bridge says of itself; a bridge takes everything behind it along."""
        sensor = self.home.sensors[row]
        behind = [r for r, s in enumerate(self.home.sensors) if s.device == sensor.device]
        for each in behind if sensor.address == BRIDGE else [row]:
            self.silence.reachable(each, reachable)


def own_fault(name: str, reason: str, time_ns: int) -> Finding:
    """A failure of ours, for the people who can mend it."""
    return Finding(
        rule="kinlight",
        subject=name,
        kind=AlertKind.TECHNICAL,
        priority=Priority.MEDIUM,
        what=f"Part of the Kinlight box is not working: {name}: {reason}.",
        since_ns=time_ns,
        next_step="See `kinlight status` on the box; the message there says what to mend.",
        clears="The part works again.",
        hold_s=120.0,
    )
