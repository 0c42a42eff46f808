"""Online learning of one home.

The anomaly-and-trend core at work in one home: gathers the care day, closes it at 06:00 local, watches the quiet.

The core is arrays over homes; this is the one home of this box (H = 1). Everything here follows from the samples and
ticks it was fed, so it is rebuilt from the journal like the rest of the engine. It is saved whenever a care day has
closed, when no day is half gathered.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

import numpy as np

from drivers.kit.quantity import SIGNS_OF_LIFE
from gateway.learning.bed_and_appliance_use import BedAndApplianceUse
from gateway.learning.care_day import CareDay
from gateway.learning.channel_roles import ChannelRoles
from gateway.learning.exclusions import Exclusions
from gateway.learning.hourly_movement import HourlyMovement
from gateway.learning.routine import Routine
from gateway.learning.sensing_coverage import SensingCoverage
from gateway.model.home import Home, Sample
from gateway.model.point import Point
from gateway.model.rating import Rating
from gateway.points.caseload_priority import DayCoverage, Evidence
from gateway.points.day_points import day_coverage, day_points, pattern_evidence
from gateway.points.vital_points import ENTERED, TAKEN, news2_point, vital_points
from rules.core.calendar import offset_minutes
from rules.core.confounders import Flag
from rules.core.day import OUTSIDE_DOORS, Role, care_day, care_day_bounds_ns
from rules.core.declared import NOTHING_DECLARED, Declared
from rules.core.detector import ONE_IN_30_DAYS, adapt, close_day
from rules.core.detector_state import DayState, new_state
from rules.core.explain import Explanation, explain, open_patterns, status
from rules.core.features import day_features
from rules.core.hazard import Hazard
from rules.core.learned import Learned
from rules.core.patterns import PATTERN_NAMES
from rules.core.vitals import VITAL_INDEX
from rules.terms.time import NS_PER_MINUTE, NS_PER_S, moved

QUARTER_NS = 15 * NS_PER_MINUTE
QUIET_BLOCK = 5  # minutes; a quiet of hours need not be looked at every minute


class Learning:
    """The core's state for this home."""

    def __init__(
        self,
        home: Home,
        zone: tzinfo,
        roles: Mapping[str, Role],
        declared: Declared = NOTHING_DECLARED,
        days_between: float = ONE_IN_30_DAYS,
    ) -> None:
        """`roles`: what the configuration declares of a sensor; the names of rooms and doors say the rest.

        `declared`: what the family's plan says of the home; `days_between`: days between two alerts by chance.
        """
        self.home = home
        self.zone = zone
        self.days_between = days_between
        self.closed_ns = 0  # the end of the care day last closed
        self._now_ns = 0  # the end of the latest minute
        self._channels = 0  # whose roles the rules have been told
        self.state: DayState = new_state(1)
        self.hazard = Hazard(1)
        self.routine = Routine()
        self.learned = Learned(self.hazard.quiet(), declared=declared)
        self._exclusions = Exclusions(declared, zone)
        self._roles = ChannelRoles(home, roles)
        self._sensing = SensingCoverage(home, self._roles)
        self._day: CareDay | None = None
        self._use = BedAndApplianceUse()
        self._vital: dict[str, tuple[int, float]] = {}  # the latest reading of each vital sign
        self._taken = False  # somebody measured since NEWS2 was last said
        self._hours = HourlyMovement()
        self._moved = self._door = False
        self._quiet: list[tuple[int, bool, bool, bool]] = []  # minutes the hazard has not been given yet

    def sample(self, sample: Sample, happened: bool) -> None:
        """Take in a fresh, plausible sample. `happened`: it was an event, or a state that changed."""
        channel = self.home.channels[sample.channel]
        role = self._roles.of(sample.channel)
        if self._sensing.heard(sample) and self._day is not None:
            self._day.alive(sample.time_ns)
        signs = happened and channel.quantity in SIGNS_OF_LIFE
        if signs and self._exclusions.fired(sample.channel, sample.time_ns):
            if channel.quantity == "motion":
                self._hours.moved()
            self._moved = True
            self._door |= role in OUTSIDE_DOORS
        if self._day is None:
            return
        if channel.quantity in VITAL_INDEX:
            self._day.vital_ns.append(sample.time_ns)
            self._day.vital_kind.append(VITAL_INDEX[channel.quantity])
            self._day.vital.append(sample.value)
        if channel.quantity in VITAL_INDEX or channel.quantity in ENTERED:
            self._vital[channel.quantity] = (sample.time_ns, sample.value)
            self._taken |= channel.quantity in TAKEN
        elif role == Role.BED:
            got_in, was_in_ns = self._use.bed(sample, channel)
            if got_in:
                self.routine.event(Role.BED)
            if was_in_ns:
                self._day.slept(was_in_ns, sample.time_ns)
        elif role >= 0 and self._use.is_event(sample, channel, happened):
            self._day.event_ns.append(sample.time_ns)
            self._day.event_role.append(role)
            self.routine.event(role)

    def minute(self, end_ns: int, silent: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Point]:
        """A minute ended: the quiet goes on or not, and at 06:00 local the care day closes. Points of a closed day."""
        points: list[Point] = []
        self._now_ns = end_ns
        start_ns = end_ns - NS_PER_MINUTE
        if self._day is not None and start_ns >= self._day.end_ns:  # nobody watched when it ended
            points = self._close(self._day)
            self._day = None
        day = self._day or self._open(start_ns)
        seen = self._roles.seen(silent)
        if len(silent) != self._channels:
            self._channels = len(silent)
            self.learned = replace(self.learned, sensors=self._roles.sensors())
        day.minutes += 1
        day.unseen_minutes += ~seen
        sees = self._sensing.minute(end_ns, silent, self._exclusions.chattering(end_ns))
        watched = sees and self._exclusions.at_home(day.day)
        self.routine.minute(seen)
        if (self._sensing.blind_ns, self._sensing.partly_ns) != (self.learned.blind_ns, self.learned.partly_ns):
            self.learned = replace(self.learned, blind_ns=self._sensing.blind_ns, partly_ns=self._sensing.partly_ns)
        self._quiet.append((start_ns // NS_PER_MINUTE, self._moved, self._door, watched))
        if len(self._quiet) >= QUIET_BLOCK or (self._moved and self.learned.quiet.over):
            self._run_hazard()
        self._moved = self._door = False
        local = datetime.fromtimestamp(start_ns / NS_PER_S, tz=self.zone)
        own = not self._exclusions.declared.flag(day.day)
        points += self._hours.minute(self.home.id, end_ns, local.hour, local.minute == 59, bool(seen.any()), own=own)
        if self._taken and end_ns % QUARTER_NS == 0:  # a round of measurements takes some minutes
            points.append(news2_point(self.home.id, self._vital, end_ns, self.learned.declared.spo2_scale))
            self._taken = False
        if end_ns == day.end_ns:  # what is said from now on belongs to the next day
            points += self._close(day)
            self._open(end_ns)
        return points

    def _run_hazard(self) -> None:
        """The minutes that wait, in one call: the same bits as one by one, at a fraction of the cost."""
        if self._quiet:
            minute, *flags = (np.array(column) for column in zip(*self._quiet, strict=True))
            moved, door, watched = (flag[:, None] for flag in flags)
            offset, away = offset_minutes(self.zone, minute), np.empty_like(moved)
            self.hazard.run(minute, offset, moved, door, watched, away)
            self.routine.run(minute, offset, away[:, 0])
            self._quiet.clear()
        at_ns, channels = (self.hazard.minute + 1) * NS_PER_MINUTE, self.home.channels
        self.learned = replace(
            self.learned,
            quiet=self.hazard.quiet(),
            chattering={channels[c].id: since_ns for c, since_ns in self._exclusions.chattering(at_ns).items()},
            beat_s={channels[c].id: beat.interval_s for c, beat in self._exclusions.beats(at_ns).items()},
        )

    def rate(self, rating: Rating) -> None:
        """Ask for more or less evidence of a pattern from now on; a pattern that is none is left alone."""
        if rating.pattern in PATTERN_NAMES:
            adapt(self.state, 0, PATTERN_NAMES.index(rating.pattern), rating.rating, undo=rating.undo)

    def evidence(self, time_ns: int) -> list[Evidence]:
        """What has gathered for each pattern, beside what it takes to tell somebody, and since when."""
        since_close_days = (time_ns - self.closed_ns) / NS_PER_S / 86_400
        return pattern_evidence(self.state, self.days_between, since_close_days)

    def day_coverage(self) -> DayCoverage:
        """What could be seen on the care day last closed."""
        return day_coverage(self.state, self.learned.status)

    def save(self) -> dict[str, Any]:
        """Everything, as JSON values; only when a care day has just closed."""
        self._run_hazard()
        return {
            "day": base64.b64encode(self.state.to_bytes()).decode(),
            "hazard": base64.b64encode(self.hazard.save()).decode(),
            "routine": self.routine.save(),
            "closed_ns": self.closed_ns,
            "on": {str(channel): on for channel, on in self._use.on.items()},
            "bed_since_ns": self._use.bed_since_ns,
            "vital": self._vital,
            "taken": self._taken,
            "hours": self._hours.save(),
            "eyes": self._sensing.save(),
            "doubts": self._exclusions.save(self.state.day, self.days_between),
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave. Raises ValueError for another version's: rebuild from history then."""
        routine = Routine.load(saved["routine"])
        state = DayState.from_bytes(base64.b64decode(saved["day"]))
        self._exclusions.restore(saved["doubts"], state.day, self.days_between)
        self.state = state
        self.hazard = Hazard.load(base64.b64decode(saved["hazard"]))
        self.routine = routine
        self.closed_ns = saved["closed_ns"]
        self._use.on = {int(channel): on for channel, on in saved["on"].items()}
        self._use.bed_since_ns = saved["bed_since_ns"]
        self._vital = {name: (int(time_ns), float(value)) for name, (time_ns, value) in saved["vital"].items()}
        self._taken = saved.get("taken", False)
        self._hours.restore(saved["hours"])
        self._sensing.restore(saved.get("eyes", (0, 0, 0, 0)))
        self._now_ns = self.closed_ns
        self._open(self.closed_ns)
        self._tell()

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off since `since_ns`: what is learned or waits moves along, the open day is not assessed."""
        self._run_hazard()
        minutes = round(delta_ns / NS_PER_MINUTE)
        self._now_ns += minutes * NS_PER_MINUTE if self._now_ns else 0
        now_minute = np.array([self._now_ns // NS_PER_MINUTE])
        self.hazard.shift(minutes, int(offset_minutes(self.zone, now_minute)[0]), torn=since_ns > 0)
        self.routine.shift(minutes)
        today = care_day(self._now_ns, self.zone)
        if self.state.day > today:
            self.state.back_to(today - 1)
            self.closed_ns = care_day_bounds_ns(self.state.day, self.zone)[1]
        if self._day is not None:
            self._open(self._now_ns)
        self._use.bed_since_ns = moved(self._use.bed_since_ns, delta_ns, since_ns)
        self._vital = {name: (moved(at_ns, delta_ns, since_ns), value) for name, (at_ns, value) in self._vital.items()}
        self._exclusions.shift(delta_ns, since_ns)
        self._sensing.shift(delta_ns, since_ns)

    def _open(self, time_ns: int) -> CareDay:
        self._day = CareDay(care_day(time_ns, self.zone), self.zone)
        return self._day

    def _close(self, day: CareDay) -> list[Point]:
        """The care day is over: features, evidence, and what is worth checking. One that was closed before stays so."""
        self._run_hazard()
        if day.day == self.state.day:  # the clock went back across 06:00
            return []
        bed_ns = self._use.bed_since_ns
        since_s = max(0.0, (bed_ns - day.start_ns) / NS_PER_S) if bed_ns else -1.0
        events, flag, teaches_quiet = self._exclusions.judge(day.day, day.events(self._roles.fitted(), since_s))
        result = close_day(self.state, day.day, day_features(events)[None, :], np.array([int(flag)]), self.days_between)
        if not teaches_quiet or result.flags[0] & Flag.VISITORS:
            self.hazard.forget_day()
        self.closed_ns = day.end_ns
        doubtful = {role for each in self._explanations() for role in each.roles}
        self.routine.close_day(bool(self.state.flags[0]) or not teaches_quiet, doubtful)
        self._tell()
        told = self.learned.status
        points = day_points(self.home.id, self.state, result, day.end_ns, told, days_between=self.days_between)
        scale = self.learned.declared.spo2_scale
        return points + vital_points(self.home.id, self.state, self._vital, day.start_ns, day.end_ns, scale=scale)

    def _tell(self) -> None:
        self.learned = replace(
            self.learned,
            quiet=self.hazard.quiet(),
            status=status(self.state, 0),
            day=self.state.day,
            day_end_ns=self.closed_ns,
            explanations=self._explanations(),
            sensors=self._roles.sensors(),
            usual=self.routine.usual,
            lived_days=self._exclusions.lived_days,
        )

    def _explanations(self) -> tuple[Explanation, ...]:
        return tuple(explain(self.state, 0, pattern) for pattern in open_patterns(self.state, 0)[:1])
