"""The minute tier: every series of a home (or of a thousand) against its own routine, one minute or one year at a time.

`tick` takes a minute; `run` takes any block of them and gives the same bits: values are integers, sums are exact, and
all else is + - x / on each series by itself, so neither the blocking nor the tiling of series shows in the result.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.calendar import MINUTES_PER_DAY, SLOT_MINUTES, SLOTS, Minutes, kind_of
from rules.core.numeric import MISSING
from rules.core.profile import F4, NAN, Ended, Profile, Rows, known_total
from rules.core.state import Array, fill, pack, unpack

NEVER = -(2**31)
BLOCK_POINTS = 150_000  # worked on at once: 0.6 MB of float32, so that it stays in a core's own cache
VERSION = 1
_NUMBERS = ("minute", "offset", "slot", "rows", "refused")
_ARRAYS = ("total", "missing", "seen", "active", "frozen")
Steps = NDArray[np.int16]


class Closed(NamedTuple):
    """S slots that ended, in order."""

    slot: Minutes  # (S,) local quarter hours counted since 1970
    level: F4  # (S, N) mean of the known minutes, steps; NaN where there was none
    z: F4  # (S, N) distance of the level from usual in spreads; NaN while learning or under 8 known minutes


class MinuteTier:
    """State of N series: the routine, the slot that is open, and when each was last heard and last active.

    A row must be later than the row before it; one that is not is counted in `refused` and changes nothing (its score
    is NaN). Minutes nobody saw may be left out or sent as MISSING: both are unknown. Series that are silent, away or
    declared doubtful are sent as MISSING: neither learned from nor tested. `frozen` series are tested and not learned.
    """

    def __init__(self, series: int, floor: F4 | float = 1.0) -> None:
        """`floor`: the least spread that matters, steps above 0, one number or one for each series (N,).

        No series at all is allowed: every minute is then taken in and says nothing. Raises ValueError for a negative
        number of series, and for a floor that is not finite and above 0 or has another shape.
        """
        least = np.asarray(floor, np.float32)
        if series < 0 or not (np.isfinite(least) & (least > 0)).all():
            raise ValueError("a floor must be finite and above 0, and the number of series not negative")
        self.profile = Profile(np.broadcast_to(least, (series,)).copy())
        self.total = np.zeros(series, np.int32)  # of the open slot, MISSING counted as its number
        self.missing = np.zeros(series, np.int32)
        self.seen = np.full(series, NEVER, np.int32)  # last minute with a value
        self.active = np.full(series, NEVER, np.int32)  # last minute with a value above 0
        self.frozen = np.zeros(series, np.bool_)
        self.minute = NEVER  # the last row accepted
        self.offset = 0
        self.slot = NEVER  # the open slot, local, counted since 1970
        self.rows = 0  # minutes in it so far
        self.refused = 0
        self._open()

    @property
    def series(self) -> int:
        """N."""
        return self.total.size

    def tick(self, minute: int, offset: int, x: Steps, z: F4) -> Closed | None:
        """One minute: steps x (N,) in, distance from usual in spreads out in z (N,).

        Returns the slot it closed (S = 1), where one was open.
        """
        if minute <= self.minute:
            self.refused += 1
            z.fill(NAN)
            return None
        closed: Closed | None = None
        slot = (minute + offset) // SLOT_MINUTES
        if slot != self.slot or offset != self.offset:
            closed = _room(1, self.series)
            if not self._turn(slot, offset, closed, 0):
                closed = None
        self.minute = minute
        self.rows += 1
        np.subtract(x, self._usual, out=z)
        np.multiply(z, self._inverse, out=z)
        gone = self._gone
        np.equal(x, MISSING, out=gone)
        np.copyto(z, NAN, where=gone)
        np.add(self.total, x, out=self.total)
        np.add(self.missing, gone, out=self.missing)
        np.logical_not(gone, out=gone)
        np.copyto(self.seen, minute, where=gone)
        np.greater(x, 0, out=gone)
        np.copyto(self.active, minute, where=gone)
        return closed

    def run(self, minute: Minutes, offset: Minutes, x: Steps, z: F4 | None = None) -> Closed:
        """A block of minutes (T,) with the offset of each, steps x (T, N); scores into z (T, N) where it is given.

        The same state, scores and closings as T ticks, bit for bit.
        """
        if minute.size == 0 or (minute[0] > self.minute and bool((minute[1:] > minute[:-1]).all())):
            return self._run(minute, offset, x, z)
        latest = np.maximum.accumulate(np.concatenate(([self.minute], minute)))
        good = minute > latest[:-1]
        self.refused += int(np.count_nonzero(~good))
        kept = np.empty((np.count_nonzero(good), self.series), np.float32)
        closed = self._run(minute[good], offset[good], x[good], kept)
        if z is not None:
            z.fill(NAN)
            z[good] = kept
        return closed

    def _run(self, minute: Minutes, offset: Minutes, x: Steps, z: F4 | None) -> Closed:
        most = max(BLOCK_POINTS // (SLOT_MINUTES * max(self.series, 1)), 1) * SLOT_MINUTES
        spans = _spans(minute, offset, most)
        work, gone = np.empty((most, self.series), np.float32), np.empty((most, self.series), np.bool_)
        room = 1 + sum((stop - start) // SLOT_MINUTES if whole else 1 for start, stop, whole in spans)
        closed = _room(room, self.series)
        count = 0
        for start, stop, whole in spans:
            slot = int(minute[start] + offset[start]) // SLOT_MINUTES
            if slot != self.slot or int(offset[start]) != self.offset:
                count += self._turn(slot, int(offset[start]), closed, count)
            rows = stop - start
            mine = work[:rows]
            out = mine if z is None else z[start:stop]
            if whole:
                done = slice(count, count + rows // SLOT_MINUTES)
                closed.slot[done] = np.arange(slot, slot + rows // SLOT_MINUTES)
                part = Closed(closed.slot[done], closed.level[done], closed.z[done])
                self._slots(x[start:stop], mine, gone[:rows], out, part)
                count = done.stop
                self.slot = NEVER
            else:
                self._part(x[start:stop], gone[:rows], out)
            self.minute = int(minute[stop - 1])
        if minute.size:
            _last(minute, x, MISSING, self.seen)
            _last(minute, x, 0, self.active)
        return Closed(closed.slot[:count], closed.level[:count], closed.z[:count])

    def _slots(self, x: Steps, work: F4, gone: NDArray[np.bool_], out: F4, closed: Closed) -> None:
        """Whole slots of one day, one after the other: x (15 S, N)."""
        count = x.shape[0] // SLOT_MINUTES
        shape = (count, SLOT_MINUTES, self.series)
        slot = int(closed.slot[0])
        rows = self.profile.rows(kind_of(slot), slice(slot % SLOTS, slot % SLOTS + count))
        inverse = self.profile.inverse_spread(rows)
        np.copyto(work, x)
        deep = work.reshape(shape)
        total = np.add.reduce(deep, axis=1)
        valid = np.full(total.shape, SLOT_MINUTES, np.float32)
        np.subtract(deep, rows.mean[:, None], out=deep)
        np.equal(x, MISSING, out=gone)
        if gone.any():
            missing = _count_rows(gone.reshape(shape))
            total = known_total(total, missing)
            valid -= missing
            np.copyto(work, NAN, where=gone)
        np.multiply(deep, inverse[:, None], out=deep)
        if out is not work:
            np.copyto(out, work)  # a straight copy to memory costs half of what computing into it does
        self.profile.close(rows, Ended(total, valid, inverse, self.frozen), closed.level, closed.z)

    def _part(self, x: Steps, gone: NDArray[np.bool_], out: F4) -> None:
        """Some minutes of the open slot: x (R, N), R <= 15."""
        np.equal(x, MISSING, out=gone)
        np.subtract(x, self._usual, out=out)
        np.multiply(out, self._inverse, out=out)
        np.copyto(out, NAN, where=gone)
        self.total += np.add.reduce(x, axis=0, dtype=np.int32)
        self.missing += np.add.reduce(gone, axis=0, dtype=np.int32)
        self.rows += x.shape[0]

    def save(self) -> bytes:
        """The whole state; `load` gives an object that goes on with the same bits."""
        numbers = {name: int(getattr(self, name)) for name in _NUMBERS}
        return pack("minute", VERSION, {"series": self.series, **numbers}, self._arrays())

    @classmethod
    def load(cls, raw: bytes) -> "MinuteTier":
        """Raises StateError for bytes that are not a saved minute tier of this version."""
        numbers, arrays = unpack(raw, "minute", VERSION)
        fresh = cls(numbers.pop("series"))
        fill(fresh._arrays(), arrays)
        for name in _NUMBERS:
            setattr(fresh, name, numbers[name])
        fresh._open()
        return fresh

    def freeze(self, frozen: NDArray[np.bool_]) -> None:
        """From the next slot that closes on, do not learn these series (N,): an episode is open on them."""
        np.copyto(self.frozen, frozen)

    def shift(self, minutes: int) -> None:
        """The clock was off by so many minutes: the open slot, which belongs to no time of day, is let go of."""
        if self.minute != NEVER and minutes:
            self.minute += minutes
            for last in (self.seen, self.active):
                last[last != NEVER] += minutes
            self.slot = NEVER
            self._let_go()

    def take_back(self, kept: Rows) -> None:
        """Go back to the routine `kept` and let go of the open slot: what was seen since then is not to be learned."""
        np.copyto(self.profile.mean, kept.mean)
        np.copyto(self.profile.dev, kept.dev)
        np.copyto(self.profile.learned, kept.learned)
        self._let_go()

    def _let_go(self) -> None:
        self.total.fill(0)
        self.missing.fill(0)
        self.rows = 0
        self._open()

    def _arrays(self) -> dict[str, Array]:
        held = {name: getattr(self, name) for name in _ARRAYS}
        return held | {name: getattr(self.profile, name) for name in ("floor", "mean", "dev", "learned")}

    def _turn(self, slot: int, offset: int, closed: Closed, at: int) -> int:
        """Close the open slot into row `at` of `closed` and open `slot`; how many were closed, 0 or 1."""
        held = int(self.rows > 0)
        if held:
            missing = self.missing.astype(np.float32)
            total = known_total(self.total.astype(np.float32), missing)
            valid = np.float32(self.rows) - missing
            closed.slot[at] = self.slot
            self.profile.close(
                self._at, Ended(total, valid, self._inverse, self.frozen), closed.level[at], closed.z[at]
            )
            self.total.fill(0)
            self.missing.fill(0)
            self.rows = 0
        self.slot = slot
        self.offset = offset
        self._open()
        return held

    def _open(self) -> None:
        """What the open slot is judged by; derived, so it is not part of the saved state."""
        self._gone = np.empty(self.series, np.bool_)
        self._at = self.profile.rows(kind_of(self.slot), self.slot % SLOTS)
        self._inverse = self.profile.inverse_spread(self._at)
        self._usual = self._at.mean.copy()


def _count_rows(flags: NDArray[np.bool_]) -> F4:
    """How many are set, over axis 1 of (S, 15, N). Four or eight columns are added at a time: no byte can overflow."""
    width = flags.shape[-1]
    lanes = np.uint64 if width % 8 == 0 else np.uint32 if width % 4 == 0 else np.uint8
    counts: NDArray[np.uint8] = np.add.reduce(flags.view(lanes), axis=1, dtype=lanes).view(np.uint8)
    return counts.astype(np.float32)


def _room(slots: int, series: int) -> Closed:
    wide = (slots, series)
    return Closed(np.empty(slots, np.int64), np.empty(wide, np.float32), np.empty(wide, np.float32))


def _spans(minute: Minutes, offset: Minutes, most: int) -> list[tuple[int, int, bool]]:
    """Rows [start, stop) to take together, and whether they are whole slots, at most `most` rows, of one local day.

    The last slot is never whole: only the row after it says that it is over.
    """
    if not minute.size:
        return []
    slot = (minute + offset) // SLOT_MINUTES
    edges = np.flatnonzero((np.diff(slot) != 0) | (np.diff(offset) != 0)) + 1
    start = np.concatenate(([0], edges))
    length = np.diff(np.append(start, minute.size))
    whole = length == SLOT_MINUTES
    whole[-1] = False
    first, day = slot[start], slot[start] // SLOTS
    joins = whole[1:] & whole[:-1] & (np.diff(first) == 1) & (np.diff(day) == 0)
    heads = np.flatnonzero(~np.concatenate(([False], joins)))
    tails = np.append(heads[1:], start.size)
    spans: list[tuple[int, int, bool]] = []
    for head, tail in zip(heads.tolist(), tails.tolist(), strict=True):
        begin, end = int(start[head]), int(start[tail - 1] + length[tail - 1])
        spans += [(at, min(at + most, end), bool(whole[head])) for at in range(begin, end, most)]
    return spans


def _last(minute: Minutes, x: Steps, above: int, when: NDArray[np.int32]) -> None:
    """Set `when` (N,) to the last minute with x > `above`, for the series that have one; looks back a day at a time."""
    open_ = np.ones(when.size, np.bool_)
    for stop in range(x.shape[0], 0, -MINUTES_PER_DAY):
        slab = x[max(stop - MINUTES_PER_DAY, 0) : stop]
        hit = np.flatnonzero(open_ & (np.maximum.reduce(slab, axis=0) > above))
        back = np.argmax(slab[::-1, hit] > above, axis=0)
        when[hit] = minute[stop - 1 - back]
        open_[hit] = False
        if not open_.any():
            return
