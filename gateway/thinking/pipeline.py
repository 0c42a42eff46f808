"""The pipeline from frames to rows, points and alert changes.

The one way from wire to alert: frames and ticks in; rows to commit and alert changes out.

The daemon feeds it from threads, a replay from a file, and both get the same result. What it gathers is taken with
`harvest` and becomes one transaction: readings, the points made from them and the receipts of their messages stand or
fall together, which is why a crash at any moment loses nothing and doubles nothing.
"""

import json
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from drivers.kit.contract import Frame
from gateway.config.plan import Plan
from gateway.ingest.intake import NEW_SESSION, Intake
from gateway.ingest.packet_ids import RECEIPTS
from gateway.model.alert import Answer, Change, State
from gateway.model.home import Home, Sample
from gateway.model.minutes import next_minute_ns
from gateway.model.point import Point, line
from gateway.points.alert_points import caseload_point, changed_points, day_told_point, holder_points, open_points
from gateway.points.caseload_priority import caseload_priority
from gateway.points.consent_filter import may_leave
from gateway.storage.journal import Batch
from gateway.storage.journal_reader import StoredReading
from gateway.storage.merge import LAST_ALERT
from gateway.thinking.engine import NOTHING, Engine, Output
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

NO_PLAN = Plan()
SOMEBODY = "somebody"  # who answered without a role in the plan: a typed name does not leave the home
SNAPSHOT = "snapshot"
DOWNTIMES = "breaks"  # as it is called in files
WATCHING = "watching_since_ns"
TOLD = "told_today"
Downtime = tuple[int, int]  # from when to when (UTC ns) the box did not watch
HOUR_NS = 3600 * NS_PER_S
QUARTER_NS = HOUR_NS // 4
DAY_NS = 24 * HOUR_NS
DOWNTIME_NS = QUARTER_NS  # a shorter stop of ours is no break in the watching
UNHEARD_NS = 26 * HOUR_NS  # the rarest battery device speaks once in 25 hours
REBUILD_NS = 2 * DAY_NS  # a snapshot must be older than the rules look back
SNAPSHOTS = 4  # one a day, so that one is always old enough


class Pipeline:
    """Intake and engine of one home, and what waits to be committed."""

    def __init__(self, home: Home, intake: Intake, engine: Engine, plan: Plan = NO_PLAN) -> None:
        """`plan`: what the person lets leave the home, and the roles people have in it."""
        self.home = home
        self.intake = intake
        self.engine = engine
        self._plan = plan
        self._roles = {contact.name for contact in plan.contact}
        self.tick_ns = 0  # the newest tick
        self.points = 0  # made since the start
        self._known = 0  # channels the journal has
        self._batch = Batch()
        self._unacknowledged: list[int] = []
        self._saved_ns = 0
        self._numbered = engine.book.last_id  # as the journal knows it
        self._told: set[int] = set()  # alerts about the person that were told since the last care day ended
        self._holders: set[str] = set()  # who looked after an open alert when that was last said

    def pending(self) -> int:
        """Rows that wait for a commit."""
        return len(self._batch.readings) + len(self._batch.points)

    def unacknowledged(self) -> int:
        """Messages the broker still keeps for us."""
        return len(self._unacknowledged)

    def frame(self, frame: Frame) -> list[Change]:
        """Take in one frame."""
        if frame.receipt:
            digest = self.intake.digest(frame)
            self._unacknowledged.append(frame.receipt)
            if self.intake.repeated(frame, digest):
                return []
            self._batch.receipts.append((frame.device, frame.receipt, digest))
        samples = self.intake.take(frame)
        self._batch.readings += [(s.time_ns, s.channel, s.value, s.flags) for s in samples]
        output = self.engine.samples(samples)
        # of nearly every frame nothing comes before the minute ends
        return [] if output is NOTHING else self._gather(output)

    def tick(self, time_ns: int) -> list[Change]:
        """End a minute."""
        self.tick_ns = time_ns
        self.intake.advance(time_ns)
        self.engine.note_troubles(self.intake.troubles(time_ns), time_ns)
        changes = self._gather(self.engine.tick(time_ns))
        self._say_again(time_ns)
        if self.engine.learning.closed_ns != self._saved_ns:  # a care day closed: nothing is half gathered
            self._saved_ns = self.engine.learning.closed_ns
            self._told.clear()
            self._batch.meta[f"{SNAPSHOT}:{time_ns // DAY_NS % SNAPSHOTS}"] = json.dumps(self.engine.save(time_ns))
        return changes

    def shift(self, delta_ns: int, since_ns: int = 0) -> list[Change]:
        """The clock was off by `delta_ns` since `since_ns` (0: all the time); call it between two minutes."""
        self.intake.shift(delta_ns, since_ns)
        changes = self.engine.shift(delta_ns, since_ns)
        self._saved_ns = self.engine.learning.closed_ns
        return changes

    def answer(self, answer: Answer) -> list[Change]:
        """A person answered. Raises ValueError with a sentence for them."""
        return self._gather(Output(changes=self.engine.answer(answer)))

    def fault(self, name: str, finding: Finding | None, time_ns: int) -> list[Change]:
        """Something of ours stopped working or, with None, works again."""
        return self._gather(Output(changes=self.engine.fault(name, finding, time_ns)))

    def add_points(self, points: Iterable[Point]) -> None:
        """Put points in the outbox."""
        for point in points:
            if may_leave(point, self._plan.forward) and (text := line(point)):  # None: nothing of it was known
                self._batch.points.append((point.time_s, text))
                self.points += 1

    def harvest(self) -> Batch:
        """What is to be committed together; the pipeline starts gathering anew."""
        batch, self._batch = self._batch, Batch()
        if self.engine.book.last_id != self._numbered:
            self._numbered = self.engine.book.last_id
            batch.meta[LAST_ALERT] = str(self._numbered)
        if batch.points:
            batch.meta["summarised_ns"] = str(self.tick_ns)
            batch.meta[TOLD] = json.dumps(sorted(self._told))
            batch.meta[WATCHING] = str(self.engine.store.watching_since_ns)
        return batch

    def new_channels(self) -> list[tuple[int, Channel]]:
        """Channels the journal has not been given yet."""
        known, self._known = self._known, len(self.home.channels)
        return list(enumerate(self.home.channels))[known:]

    def take_receipts(self) -> list[int]:
        """What the broker may forget once all that was harvested is committed, repeats included."""
        receipts, self._unacknowledged = self._unacknowledged, []
        return receipts

    def new_session(self) -> None:
        """The broker has forgotten us: its packet ids mean new messages, and older receipts mean nothing any more."""
        self.intake.forget_receipts()
        self._unacknowledged.clear()
        self._batch.receipts = [NEW_SESSION]

    def drop_oldest(self, keep: int) -> int:
        """Let go of the oldest rows that wait beyond `keep` of a kind; how many. Only when the card takes nothing."""
        batch, before = self._batch, self.pending()
        del batch.readings[:-keep], batch.points[:-keep], batch.receipts[:-RECEIPTS]
        return before - self.pending()

    def note_start(self, watching_since_ns: int, downtimes: Sequence[Downtime]) -> None:
        """Keep with the next commit since when the box watches, and when it did not."""
        self._batch.meta[WATCHING] = str(watching_since_ns)
        self._batch.meta[DOWNTIMES] = json.dumps(downtimes)

    def remember_told(self, ids: Iterable[int]) -> None:
        """Which alerts were told since the last care day ended, as last committed. Before `rebuild`."""
        self._told = set(ids)

    def rebuild(
        self,
        readings: Iterable[StoredReading],
        summarised_ns: int,
        until_ns: int,
        since_ns: int = 0,
        downtimes: Iterable[Downtime] = (),
        *,
        signs_s: Sequence[int] = (),
    ) -> list[Downtime]:
        """Go once more through what was committed, up to `until_ns`, without telling anybody.

        Points of intervals that were committed are dropped; the interval under way is gathered again. `since_ns`: when
        the state that was restored is of, 0 for none. In `downtimes`, in order, the box did not watch: those minutes
        are unknown, not quiet. So are holes in which there is no reading and none of `signs_s`, the seconds at which
        the box is known to have watched: a step of the clock leaves one. Returns all the downtimes there are.
        """
        self._known = len(self.home.channels)
        self.engine.rebuilding = True
        tick_ns = next_minute_ns(since_ns) if since_ns else 0
        known = list(downtimes)
        left = deque(each for each in known if each[1] > since_ns)
        last_ns = tick_ns
        for row in readings:
            sample = Sample(*row)
            if last_ns and sample.time_ns - last_ns > DOWNTIME_NS:
                known += self._holes(last_ns, min(sample.time_ns, until_ns), signs_s, left)
            last_ns = sample.time_ns
            while not tick_ns and left and left[0][1] < sample.time_ns - DAY_NS:
                left.popleft()  # from before what was kept
            tick_ns = self._rebuild_to(tick_ns, min(sample.time_ns, until_ns), summarised_ns, left)
            self.engine.sample(sample)
        if last_ns and until_ns - last_ns > DOWNTIME_NS:
            known += self._holes(last_ns, until_ns, signs_s, left)
        self._rebuild_to(tick_ns, until_ns, summarised_ns, left)
        self._saved_ns = self.engine.learning.closed_ns
        self.engine.rebuilding = False
        return sorted(known)

    @staticmethod
    def _holes(from_ns: int, to_ns: int, signs_s: Sequence[int], left: deque[Downtime]) -> list[Downtime]:
        """Stretches between two readings in which the box did not watch, put where they belong in `left`.

        Where no sign of the box is kept any more, only a hole that no home has ever had is one.
        """
        signs = signs_s[bisect_right(signs_s, from_ns // NS_PER_S) : bisect_right(signs_s, to_ns // NS_PER_S)]
        longest_ns = DOWNTIME_NS if signs_s and signs_s[0] * NS_PER_S <= from_ns else UNHEARD_NS
        edges = [from_ns, *(each * NS_PER_S for each in signs), to_ns]
        noted = [each for each in left if each[0] < to_ns and each[1] > from_ns]
        found = [
            (a, b)
            for a, b in pairwise(edges)
            if b - a > longest_ns and not any(begin < b and end > a for begin, end in noted)
        ]
        ordered = sorted([*left, *found])
        left.clear()
        left.extend(ordered)
        return found

    def call_late(self, told_ns: Mapping[str, int], now_ns: int) -> list[Change]:
        """After `rebuild`: the calls for help of the last day that no alert was recorded for."""
        return self._gather(Output(changes=self.engine.call_late(told_ns, now_ns - DAY_NS, now_ns)))

    def _rebuild_to(self, tick_ns: int, time_ns: int, summarised_ns: int, left: deque[Downtime]) -> int:
        while left and left[0][1] <= time_ns:
            from_ns, to_ns = left.popleft()
            if from_ns >= tick_ns > 0:
                self._rebuild_ticks(tick_ns, from_ns, summarised_ns)
            self.engine.start(to_ns, after_downtime=True)
            tick_ns = next_minute_ns(to_ns)
        return self._rebuild_ticks(tick_ns or next_minute_ns(time_ns), time_ns, summarised_ns)

    def _rebuild_ticks(self, tick_ns: int, until_ns: int, summarised_ns: int) -> int:
        while tick_ns <= until_ns:
            output = self.engine.tick(tick_ns)
            if tick_ns > summarised_ns:
                self._gather(output)
                self._say_again(tick_ns)
                if tick_ns == self.engine.learning.closed_ns:
                    self._told.clear()
            self.tick_ns = tick_ns
            tick_ns += NS_PER_MINUTE
        return tick_ns

    def _say_again(self, time_ns: int) -> None:
        """What is said at fixed times: open alerts every hour, the priority every quarter of one."""
        if time_ns % HOUR_NS == 0:
            self.add_points(open_points(self.home.id, self.engine.book.open(), time_ns))
        if time_ns % QUARTER_NS == 0:
            self._say_priority(time_ns)
        if time_ns == self.engine.learning.closed_ns:
            self.add_points([day_told_point(self.home.id, len(self._told), time_ns)])

    def _say_priority(self, time_ns: int) -> None:
        learning, alerts = self.engine.learning, self.engine.book.open()
        found = caseload_priority(alerts, learning.evidence(time_ns), learning.day_coverage(), time_ns)
        answered = (alert.by for alert in alerts if alert.state is State.ACKNOWLEDGED and alert.by)
        held = Counter(by if by in self._roles else SOMEBODY for by in answered)
        self.add_points([caseload_point(self.home.id, found, self.engine.moved_ns(), time_ns)])
        self.add_points(holder_points(self.home.id, {**dict.fromkeys(self._holders, 0), **held}, time_ns))
        self._holders = set(held)

    def _gather(self, output: Output) -> list[Change]:
        self.add_points(output.points)
        self.add_points(changed_points(self.home.id, output.changes))
        told = [change.alert for change in output.changes if change.tell]
        self._told |= {alert.id for alert in told if alert.finding.kind is AlertKind.PERSONAL}
        if told:
            self._say_priority(max(change.time_ns for change in output.changes))
        return list(output.changes)
