"""No movement: how unlikely this silence is for this person, in this home, at this time of day.

The hazard of a quarter hour is how often activity starts there, per quiet minute at home, learned over about 28 days.
It is added up since the last sign of life: `missed` is the number of starts that would normally have been seen by now.
The limit is the level that the person's own longest silences reach once in RETURN_DAYS: median of the daily maxima,
plus an exponential tail; no silence shorter than LEAST_MINUTES is over it. Silences that begin within 15 minutes of an
outside door are "possibly out": they neither add up nor teach, and have a limit of their own. Nothing here knows how
many sensors there are.

All that is added up is whole numbers, so minutes, days and years in one call give the same bits.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.calendar import MINUTES_PER_DAY, SLOT_MINUTES, SLOTS, Minutes
from rules.core.longest import OUT, RING_DAYS, Longest
from rules.core.return_level import return_level
from rules.core.state import Array, fill, pack, unpack

ONE = 1 << 20  # one expected start, in fixed point
NEVER = -(2**31)
NO_LIMIT = 2**31
QUIET_MINUTES = 15  # shorter pauses are part of being active: not at risk, and their end is not a start
OUT_MINUTES = 15  # a silence that begins this soon after an outside door is "possibly out"
CARE_DAY_START = 360  # 06:00 local
KEEP = 27 / 28  # of what was learned, each day
PRIOR_STARTS, PRIOR_MINUTES = 1.0, 30.0
SPREAD_SLOTS = 2  # a slot learns from its neighbours within half an hour
YOUNG_DAYS = 14  # fewer learned days than this: only the configured hours hold
RETURN_DAYS = 50  # days of a life are not alike: measured, such a level is reached about once in 40
LEAST_MINUTES = 120  # of silence: in a busy evening half an hour can be unlikely, and is a bath or a film
FALLBACK_MINUTES = 720  # at home, while young and where no hours are configured
PRIOR_TAIL = 3 * ONE // 2
PRIOR_TAIL_OUT = 60  # minutes

VERSION = 3
_NUMBERS = ("most_minutes", "least_minutes", "return_days", "minute", "day", "refused", "hour")
_ARRAYS = ("starts", "at_risk", "day_starts", "day_at_risk", "day_events", "day_max", "ring", "learned")

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class Quiet(NamedTuple):
    """What a rule asks about one home now."""

    minutes: int  # since the last sign of life, or since watching began again
    missed: float  # starts of activity that would usually have been seen since
    limit: float  # what `missed` has to reach; inf while learning
    possibly_out: bool  # the silence began at an outside door
    out_limit_minutes: float  # longest usual absence; inf while learning
    learned_days: int
    over: bool  # longer than this person is ever quiet (at home), or than the configured hours
    out_over: bool  # out for longer than usual
    known_days: int = 0  # the latest days, of which the next three tell
    longest_minutes: int = 0  # the longest quiet at home that was reached in this hour of the day
    as_long_days: int = 0  # on how many of them it was as long as now
    longest_out_minutes: int = 0  # the longest absence


@dataclass(slots=True)
class Now:
    """The silence that is open in each home (H,)."""

    missed: Counts  # fixed point
    age: Counts  # minutes
    door: Counts  # the minute an outside door was last heard
    out: Flags
    over: Flags


class Hazard:
    """State of H homes that share a clock. Feed every minute once, in order."""

    def __init__(
        self,
        homes: int,
        most_minutes: int = NO_LIMIT,
        return_days: int = RETURN_DAYS,
        least_minutes: int = LEAST_MINUTES,
    ) -> None:
        """`most_minutes`: the configured maximum at home; `return_days`: days between false alerts to aim at;
        `least_minutes`: no shorter silence is over the learned limit.
        """
        self.most_minutes = most_minutes
        self.least_minutes = least_minutes
        self.return_days = return_days
        self.minute = NEVER
        self.day = NEVER
        self.refused = 0
        self.now = Now(
            np.zeros(homes, np.int64),
            np.zeros(homes, np.int64),
            np.full(homes, NEVER, np.int64),
            np.zeros(homes, np.bool_),
            np.zeros(homes, np.bool_),
        )
        self.starts = np.zeros((SLOTS, homes))
        self.at_risk = np.zeros((SLOTS, homes))
        self.day_starts = np.zeros((SLOTS, homes), np.int64)
        self.day_at_risk = np.zeros((SLOTS, homes), np.int64)
        self.day_events = np.zeros(homes, np.int64)
        self.day_max = np.zeros((2, homes), np.int64)  # longest silence that ended today: missed at home, minutes out
        self.hour = 0  # of the latest minute, local
        self.longest = Longest(homes)
        self.ring = np.zeros((RING_DAYS, 2, homes), np.int64)
        self.learned = np.zeros(homes, np.int64)  # days
        self.derive()

    @property
    def homes(self) -> int:
        """H."""
        return self.learned.size

    def derive(self) -> None:
        """What follows from the state: the rate of each slot (96, H) and both limits (2, H), in fixed point."""
        starts, minutes = np.full_like(self.starts, PRIOR_STARTS), np.full_like(self.starts, PRIOR_MINUTES)
        for shift in range(-SPREAD_SLOTS, SPREAD_SLOTS + 1):
            starts += np.roll(self.starts, shift, axis=0)
            minutes += np.roll(self.at_risk, shift, axis=0)
        self._rate = np.rint(starts / minutes * ONE).astype(np.int64)
        priors = zip((0, 1), (PRIOR_TAIL, PRIOR_TAIL_OUT), strict=True)
        levels = [return_level(self.ring[:, i], self.learned, prior, self.return_days) for i, prior in priors]
        self._limit = np.stack(levels)

    def run(  # noqa: PLR0917
        self, minute: Minutes, offset: Minutes, moved: Flags, door: Flags, watched: Flags, away: Flags | None = None
    ) -> Flags:
        """Minutes (T,) with the offset of local time; for each and each home (T, H): any sign of life, any outside
        door, and whether the home could be seen at all (a living sensor, nobody declared away).

        Returns over (T, H): the person is at home and has been quiet for longer than ever. It holds until the next sign
        of life. A minute nobody watched starts the count again: a dead sensor is not a quiet person. A row that is not
        later than the one before it is counted in `refused` and answered with False; a gap counts as not watched.
        `away` (T, H), where it is given, is set where a silence that began at a door has lasted for QUIET_MINUTES.
        """
        over = np.zeros(moved.shape, np.bool_)
        away = np.empty(moved.shape, np.bool_) if away is None else away
        away.fill(False)
        latest = np.maximum.accumulate(np.concatenate(([self.minute], minute)))
        rows = np.flatnonzero(minute > latest[:-1])
        self.refused += minute.size - rows.size
        days = (minute[rows] + offset[rows] - CARE_DAY_START) // MINUTES_PER_DAY
        torn = np.diff(minute[rows], prepend=self.minute) != 1
        for part in np.split(rows, np.flatnonzero((np.diff(days) != 0) | torn[1:]) + 1):
            if not part.size:
                continue
            first = int(part[0])
            day = int(minute[first] + offset[first] - CARE_DAY_START) // MINUTES_PER_DAY
            if day > self.day:  # a clock set back by hand does not open yesterday again
                self._close_day()
                self.day = day
            if minute[first] != self.minute + 1:
                self._restart()
            slot = (minute[part] + offset[part]) // SLOT_MINUTES % SLOTS
            over[part], away[part] = self._stretch(minute[part], slot, moved[part], door[part], watched[part])
            self.minute, self.hour = int(minute[part[-1]]), int(slot[-1]) * SLOT_MINUTES // 60
        return over

    def forget_day(self) -> None:
        """Nothing that the open care day has shown so far is to be learned: it is not a day of the person's own.

        The silence that is open goes on, and is judged as before.
        """
        for seen in (self.day_starts, self.day_at_risk, self.day_events, self.day_max, self.longest.day):
            seen.fill(0)

    def shift(self, minutes: int, offset: int, *, torn: bool) -> None:
        """The clock was off by so many minutes: the open silence keeps its length, the open day teaches nothing.

        `torn`: nobody knows how long the silence was before the time that moved, so its count begins again.
        """
        if torn:
            self._restart()
        if self.minute != NEVER and minutes:
            self.minute += minutes
            self.now.door[self.now.door != NEVER] += minutes
            today = (self.minute + offset - CARE_DAY_START) // MINUTES_PER_DAY
            self.day = min(self.day, today + 1)  # a step back over 06:00 does not open yesterday again
            self.forget_day()

    def save(self) -> bytes:
        """The whole state; `load` gives an object that goes on with the same bits."""
        numbers = {name: int(getattr(self, name)) for name in _NUMBERS}
        return pack("hazard", VERSION, {"homes": self.homes, **numbers}, self._arrays())

    @classmethod
    def load(cls, raw: bytes) -> "Hazard":
        """Raises StateError for bytes that are not a saved hazard of this version."""
        numbers, arrays = unpack(raw, "hazard", VERSION)
        fresh = cls(numbers.pop("homes"))
        fill(fresh._arrays(), arrays)
        for name in _NUMBERS:
            setattr(fresh, name, numbers[name])
        fresh.derive()
        return fresh

    def _arrays(self) -> dict[str, Array]:
        held = {name: getattr(self, name) for name in _ARRAYS}
        held |= self.longest.arrays()
        return held | {f"now_{name}": getattr(self.now, name) for name in Now.__slots__}

    def quiet(self, home: int = 0) -> Quiet:
        """The state of one home after the last minute."""
        now, learned = self.now, int(self.learned[home])
        young = learned < YOUNG_DAYS
        out = bool(now.out[home])
        age = int(now.age[home])
        out_limit = float("inf") if young else float(self._limit[1, home])
        here = self.longest.at(learned, home, self.hour)
        return Quiet(
            minutes=age,
            missed=0.0 if out else int(now.missed[home]) / ONE,
            limit=float("inf") if young else int(self._limit[0, home]) / ONE,
            possibly_out=out,
            out_limit_minutes=out_limit,
            learned_days=learned,
            over=bool(now.over[home]),
            out_over=out and age >= out_limit,
            known_days=here.size,
            longest_minutes=int(here.max(initial=0)),
            as_long_days=int((here >= age).sum()),
            longest_out_minutes=int(self.longest.at(learned, home, OUT).max(initial=0)),
        )

    def _stretch(
        self, minute: Minutes, slot: Minutes, moved: Flags, door: Flags, watched: Flags
    ) -> tuple[Flags, Flags]:
        """Consecutive minutes (M,) of one care day."""
        now = self.now
        index = np.arange(1, minute.size + 1)[:, None]
        reset = moved | ~watched
        last = np.maximum.accumulate(np.where(reset, index, 0), axis=0)  # row of the last reset, 0 for before
        age = np.where(last > 0, index - last, index + now.age)
        summed = now.missed + np.cumsum(self._rate[slot], axis=0)
        base = np.maximum.accumulate(np.where(reset, summed, 0), axis=0)
        missed = summed - base
        doors = np.maximum(np.maximum.accumulate(np.where(door, minute[:, None], NEVER), axis=0), now.door)
        begins_out = np.vstack([now.out, minute[:, None] - doors <= OUT_MINUTES])
        out = np.take_along_axis(begins_out, np.maximum.accumulate(np.where(moved, index, 0), axis=0), axis=0)
        over = ~out & ~reset & self._over(missed, age)
        over |= (last == 0) & now.over

        before_age, before_missed = np.vstack([now.age, age[:-1]]), np.vstack([now.missed, missed[:-1]])
        before_out = np.vstack([now.out, out[:-1]])
        ended = moved & watched & (before_age + 1 >= QUIET_MINUTES)
        self._count(self.day_starts, slot, ended & ~before_out)
        self._count(self.day_at_risk, slot, ~reset & ~out & (age >= QUIET_MINUTES))
        self.day_events += np.count_nonzero(moved, axis=0)
        longest = np.where(ended & ~before_out, before_missed, 0).max(axis=0)
        longest_out = np.where(ended & before_out, before_age + 1, 0).max(axis=0)
        np.maximum(self.day_max, np.stack([longest, longest_out]), out=self.day_max)
        self.longest.seen(slot * SLOT_MINUTES // 60, np.where(reset | out, 0, age), longest_out)
        self.now = Now(missed[-1], age[-1], doors[-1], out[-1], over[-1])
        return over, out & (age >= QUIET_MINUTES)

    def _over(self, missed: Counts, age: Counts) -> Flags:
        young = self.learned < YOUNG_DAYS
        hours = np.where(young, min(self.most_minutes, FALLBACK_MINUTES), self.most_minutes)
        own = (missed >= self._limit[0]) & (age >= self.least_minutes) & ~young
        over: Flags = own | (age >= hours)
        return over

    def _restart(self) -> None:
        """Minutes went by that nobody watched: count again, but somebody who was out may still be."""
        self.now.missed, self.now.age = np.zeros_like(self.now.missed), np.zeros_like(self.now.age)
        self.now.over = np.zeros_like(self.now.over)

    def _count(self, into: Counts, slot: Minutes, what: Flags) -> None:
        edges = np.flatnonzero(np.diff(slot, prepend=-1))
        np.add.at(into, slot[edges], np.add.reduceat(what, edges, axis=0, dtype=np.int64))

    def _close_day(self) -> None:
        """Learn a care day, of the homes that showed any sign of life in it."""
        lived = self.day_events > 0
        for kept, today in ((self.starts, self.day_starts), (self.at_risk, self.day_at_risk)):
            np.copyto(kept, kept * KEEP + today, where=lived)
            today.fill(0)
        # One day can at most double a limit: an outage that looked like silence must not teach that silence is usual.
        young = self.learned < YOUNG_DAYS
        most = np.where(young, np.iinfo(np.int64).max, 2 * self._limit)
        row = self.learned % RING_DAYS
        home = np.flatnonzero(lived)
        self.ring[row[home], :, home] = np.minimum(self.day_max, most)[:, home].T
        self.longest.close_day(row[home], home)
        self.learned += lived
        self.day_max.fill(0)
        self.day_events.fill(0)
        self.derive()
