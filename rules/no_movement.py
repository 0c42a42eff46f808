"""No sign of life in the whole home for longer than this home is set to wait.

Every hour of quiet uses up a part of what is allowed: 1/10 by day, 1/14 by night. So a quiet that begins at bedtime is
told in the middle of the morning, and there is no jump at the edge of the night. A quiet that begins at an outside door
is most likely somebody who went out: it has its own, longer limit and a milder text.

Three things are kept apart. Still: somebody ought to be at home, and sensors that could see are alive. Not back: the
last sign was an outside door. Cannot see: every movement sensor is silent, so nothing is said about the person at all
(`rules.device_silent` tells it), and when one is heard again the count begins again.

Once the core knows the person's own quiet times (two weeks), it says when a quiet is longer than theirs ever is
(`rules.core.hazard`), hours earlier at equal false alarms; that holds while all eyes see and nobody lies in bed. What
is configured stays the most it waits.

Figures, measured on the homes of TIHM 1.5 (`benchmarks.no_movement`; docs/rules.md has the table): 10 h by day and
14 h by night as a cap over the person's own limit are reached by chance 0.8 times in 30 days, and told 3 h after a stop
(median). Once in 30 days is the ceiling we set; it is also what a published contactless system for homes gave (one in
four weeks).
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.day import care_day_bounds_ns
from rules.core.declared import Period
from rules.core.hazard import Quiet
from rules.kit.contract import Window
from rules.kit.signs import (
    SIGNS,
    absence,
    beds_words,
    chattering_columns,
    chattering_words,
    contradicted,
    eyes,
    household_words,
    in_bed,
    joined,
    unheard,
    unseeing,
)
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from rules.terms.words import counted, duration, hours, on, plain

TITLE = "No movement anywhere in the home"

NS_PER_HOUR = 60 * NS_PER_MINUTE
CONTRADICTED = "If somebody is at home, ring now. If nobody is, say that all is well; put the plan's dates right."
ABED = "Ring today to hear how they are: they are in the bed, and have been for long."


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    day_hours: float = 10.0
    """The most quiet allowed by day (figures above)."""
    night_hours: float = 14.0
    """The most quiet allowed by night (figures above)."""
    out_hours: float = 24.0
    """Quiet allowed after an outside door (figures above)."""
    night_from_hour: int = 22
    """Night begins, local time (the night the figures above were measured with)."""
    night_to_hour: int = 7
    """Night ends, local time (as above)."""
    outside_doors: tuple[str, ...] = ()
    """Sensors on doors that lead out, beside those whose role or name says front or back door (docs/rules.md)."""
    leaving_minutes: float = 15.0
    """A quiet that begins this soon after an outside door is "possibly out" (29 % of all minutes in TIHM)."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not 0 < self.day_hours <= self.night_hours <= 7 * 24:
            raise ValueError("day_hours must be above 0 and at most night_hours; night_hours at most 168")
        if not 0 < self.out_hours <= 31 * 24:
            raise ValueError("out_hours must be above 0 and at most 744")
        if not (0 <= self.night_from_hour <= 23 and 0 <= self.night_to_hour <= 23):
            raise ValueError("night_from_hour and night_to_hour must be from 0 to 23")

    def check(self, window: Window) -> list[Finding]:
        """At most one finding: still, or not back. Where nobody could be seen nothing is said of the person."""
        eyes = self._eyes(window)
        chattering = chattering_columns(window)
        blind = unseeing(window, eyes)
        if (blind | chattering[eyes]).all():
            return []
        latest, last_ns = _last_sign(window, chattering)
        blind_ns = window.learned.blind_ns if window.learned else (0, 0)
        since_ns = max(last_ns, window.watching_since_ns, blind_ns[1])
        quiet_ns = window.time_ns - since_ns
        if quiet_ns < NS_PER_MINUTE or since_ns <= 0:
            return []
        out = self._possibly_out(window, last_ns, chattering)
        away = absence(window, window.time_ns)
        if away is not None and self._gone(window, away, last_ns, out):
            return []  # nobody is at home, as the plan says
        abed = bool(in_bed(window)) and not out
        own = self._own(window, chattering, since_ns, abed or bool(blind.any()))
        if not self._due(window, since_ns, out, own):
            return []
        missing = joined(
            _rooms_seen(window, eyes, blind | chattering[eyes]),
            unheard(window, eyes[blind], len(eyes)),
            chattering_words(window, np.flatnonzero(chattering)),
            _blind_words(window, blind_ns) if since_ns == blind_ns[1] > last_ns else "",
            household_words(window, window.time_ns, last_ns, "the time of the last sign"),
        )
        seen = Seen(
            quiet_ns,
            since_ns,
            now=". ".join(filter(None, (self._last(window, latest, last_ns), beds_words(window)))),
            missing=missing,
            sensors=tuple(window.channels[i].id for i in eyes[~(blind | chattering[eyes])]),
        )
        finding = self._not_back(seen) if out else self._still(seen)
        if own is not None and (own.possibly_out and own.out_over if out else _over(own)):
            finding = replace(finding, usual=_own_usual(own), chance="")
        if abed:
            finding = replace(finding, priority=Priority.MEDIUM, next_step=ABED)
        if away is not None:
            finding = contradicted(finding, away, "movement was seen", CONTRADICTED)
        return [finding]

    def _own(self, window: Window, chattering: NDArray[np.bool_], since_ns: int, doubtful: bool) -> Quiet | None:
        """The person's own quiet times, where they hold.

        They were learned with all eyes: with fewer a home looks stiller than it is. Somebody who lies in bed may be ill
        and is not missing. Where a door does not pause, who went out cannot be told, and an outing would be a fall.
        """
        learned = window.learned
        if learned is None or doubtful or learned.partly_ns > since_ns or not math.isfinite(learned.quiet.limit):
            return None
        return None if any(chattering[i] for i in self._doors(window)) else learned.quiet

    def _due(self, window: Window, since_ns: int, out: bool, own: Quiet | None) -> bool:
        """Whether the quiet has lasted long enough to say so: by their own quiet times or by what is configured."""
        if out:
            quiet_hours = (window.time_ns - since_ns) / NS_PER_HOUR
            return quiet_hours >= self.out_hours or (own is not None and own.out_over)
        return (own is not None and _over(own)) or self._used(window, since_ns) >= 1.0

    def _eyes(self, window: Window) -> NDArray[np.intp]:
        """Columns that could see somebody move about inside."""
        return np.array(eyes(window.channels, self.outside_doors), dtype=np.intp)

    def _is_door(self, channel: Channel) -> bool:
        return channel.quantity == "contact_open" and channel.sensor in self.outside_doors

    def _doors(self, window: Window) -> list[int]:
        return [int(i) for i in window.where("contact_open") if self._is_door(window.channels[i])]

    def _gone(self, window: Window, away: Period, last_ns: int, out: bool) -> bool:
        """Whether nothing speaks against a declared absence: the last sign was a way out, or none was seen since.

        The day on which it begins may have signs of the person, who leaves in its course; a home that sees its outside
        doors would have seen them leave.
        """
        _, first_over_ns = care_day_bounds_ns(away.first, window.zone)
        return out or (last_ns < first_over_ns and not self._doors(window))

    def _possibly_out(self, window: Window, last_ns: int, chattering: NDArray[np.bool_]) -> bool:
        """The last sign followed an outside door closely, and nobody was seen inside once it was shut, nor is now."""
        doors = [i for i in self._doors(window) if not chattering[i]]
        door_ns = max((int(min(window.event_ns[i], window.time_ns)) for i in doors), default=0)
        if door_ns <= 0 or last_ns - door_ns > self.leaving_minutes * NS_PER_MINUTE:
            return False
        shut = all(window.last_value[i] == 0 and not window.silent[i] for i in doors)
        moving = [i for i in window.where("motion", "zone_enter").tolist() if not chattering[i]]
        if shut and any(window.event_ns[i] > door_ns + NS_PER_MINUTE for i in moving):
            return False
        there = window.where("presence")
        at_home = (window.last_value[there] > 0) & ~window.silent[there] & (window.last_ns[there] > door_ns)
        return not at_home.any() and not any(window.last_ns[i] > door_ns for i in in_bed(window))

    def _used(self, window: Window, since_ns: int) -> float:
        """The part of the allowance that the quiet since `since_ns` has used up; 1 is the limit."""
        quiet_ns = window.time_ns - since_ns
        if quiet_ns >= self.night_hours * NS_PER_HOUR:
            return 1.0
        night_ns = self._night_ns(window, since_ns)
        return ((quiet_ns - night_ns) / self.day_hours + night_ns / self.night_hours) / NS_PER_HOUR

    def _night_ns(self, window: Window, since_ns: int) -> int:
        """How much of the quiet fell into nights. Nights are local, so those of 8 and of 10 hours come out right."""
        day = window.local(since_ns).date() - timedelta(days=1)
        total = 0
        while day <= window.local(window.time_ns).date():
            later = timedelta(days=1 if self.night_to_hour <= self.night_from_hour else 0)
            begin = _utc_ns(datetime.combine(day, time(self.night_from_hour), window.zone))
            end = _utc_ns(datetime.combine(day + later, time(self.night_to_hour), window.zone))
            total += max(0, min(end, window.time_ns) - max(begin, since_ns))
            day += timedelta(days=1)
        return total

    def _last(self, window: Window, column: int, last_ns: int) -> str:
        if last_ns < window.watching_since_ns:
            return "Nothing seen since Kinlight began to watch"
        seen = on(window.local(last_ns), window.local(window.time_ns))
        return f"Last sign: {plain(window.channels[column].sensor)} at {seen}"

    def _still(self, seen: "Seen") -> Finding:
        return Finding(
            rule="no_movement",
            subject="home",
            kind=AlertKind.PERSONAL,
            priority=Priority.HIGH,
            what=f"No movement for {duration(seen.quiet_ns / NS_PER_S)}",
            since_ns=seen.since_ns,
            next_step="Ring now. If nobody answers, ask somebody near to knock.",
            usual=f"Set to tell you after {hours(self.day_hours)} by day or {hours(self.night_hours)} by night",
            now=seen.now,
            sensors=seen.sensors,
            missing=seen.missing,
            chance=self._chance("about once in ten weeks", (10.0, 14.0), (self.day_hours, self.night_hours)),
            clears="movement seen in the home again",
            latching=True,
        )

    def _not_back(self, seen: "Seen") -> Finding:
        return Finding(
            rule="no_movement",
            subject="out",
            kind=AlertKind.PERSONAL,
            priority=Priority.MEDIUM,
            what=f"Not back for {duration(seen.quiet_ns / NS_PER_S)}",
            since_ns=seen.since_ns,
            next_step="If you do not know where they are, ring. An outside door was the last thing that moved.",
            usual=f"Set to tell you {hours(self.out_hours)} after somebody may have gone out",
            now=seen.now,
            sensors=seen.sensors,
            missing=seen.missing,
            chance=self._chance("about once in ten weeks", (24.0,), (self.out_hours,)),
            clears="movement seen in the home again",
        )

    def _chance(self, often: str, measured: tuple[float, ...], limits: tuple[float, ...]) -> str:
        return f"{often} in the homes we tried, with nothing wrong" if limits == measured else ""


class Seen(NamedTuple):
    """What the sensors say, for either finding."""

    quiet_ns: int
    since_ns: int
    now: str
    missing: str
    sensors: tuple[str, ...]


def _over(own: Quiet) -> bool:
    """Longer than ever. An absence, as the minutes had it, that turned out to be none has the limit of absences."""
    return own.over or (own.possibly_out and own.out_over)


def _own_usual(own: Quiet) -> str:
    """What is known of such quiets, exactly."""
    days = f"In the {own.known_days} days I know"
    if own.possibly_out:
        return f"{days}, the longest absence was {duration(60 * own.longest_out_minutes)}"
    if own.as_long_days:
        return f"{days}, it was quiet for as long at this hour on {counted(own.as_long_days, 'day')}"
    return f"{days}, the longest at this hour was {duration(60 * own.longest_minutes)}"


def _rooms_seen(window: Window, eyes: NDArray[np.intp], unseeing: NDArray[np.bool_]) -> str:
    """In how many rooms anybody can be seen, where not in all."""
    rooms = {window.channels[i].room for i in eyes}
    seen = {window.channels[i].room for i in eyes[~unseeing]}
    return f"I can see {len(seen)} of {counted(len(rooms), 'room')}" if seen != rooms else ""


def _blind_words(window: Window, blind_ns: tuple[int, int]) -> str:
    """When nobody could be seen: what was before it is not known to be quiet."""
    begin, end = (window.local(each) for each in blind_ns)
    now = window.local(window.time_ns)
    return f"I could not see from {on(begin, now)} to {on(end, now)}: the count begins again there"


def _last_sign(window: Window, chattering: NDArray[np.bool_]) -> tuple[int, int]:
    """The column of the last sign of life, and when it was; 0 for never. What does not pause was one until it began."""
    signs, held = window.where(*SIGNS), window.learned.chattering if window.learned else {}
    seen_ns = np.minimum(window.event_ns[signs], window.time_ns)
    if held:
        began_ns = np.array([held.get(window.channels[i].id, 0) for i in signs], dtype=np.int64)
        seen_ns = np.where(chattering[signs], began_ns, seen_ns)
    latest = int(np.argmax(seen_ns))
    return int(signs[latest]), int(seen_ns[latest])


def _utc_ns(local: datetime) -> int:
    return round(local.astimezone(UTC).timestamp()) * NS_PER_S
