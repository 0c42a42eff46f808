"""The routine of each series: usual level and usual deviation of every slot of the day, learned robustly.

Arrays are slot-major, (2, 96, N): weekday or weekend, quarter hour, series. Levels are in steps (see `numeric`).

Each time a slot closes with mean x, for series that are seen and not frozen:

    r = x - mean,  held within 3 spreads once the slot has been learned 7 times
    mean += a r,   dev += a (|r| - dev),   a = max(1 / (n + 1), 1 / 28)      (the first time, dev stays 0)

A spread is 1.2533 mean absolute deviations, the standard deviation of a normal, and never under the series' floor.
Until 7 closings nothing is known and scores are NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.calendar import KINDS, SLOTS
from rules.core.numeric import MISSING

F4 = NDArray[np.float32]

WARM_UP = 7  # closings of a slot before it may judge
MEMORY = np.float32(1 / 28)  # four weeks of weekdays
CLIP = np.float32(3)
MAD_TO_SD = np.float32(1.2533141)
MIN_VALID = 8  # minutes of a slot that must be known for it to be learned from
NAN = np.float32(np.nan)
ONE = np.float32(1)


class Rows(NamedTuple):
    """The profile at the slots concerned, (S, N) or (N,): views, or a copy of it all."""

    mean: F4
    dev: F4
    learned: NDArray[np.uint16]


class Ended(NamedTuple):
    """Slots that ended, (S, N) or (N,)."""

    total: F4  # sum of their known minutes, steps
    valid: F4  # how many were known
    inverse: F4  # 1 / spread they are judged by
    frozen: NDArray[np.bool_]  # (N,) series not to learn


class Profile:
    """Usual level (`mean`), mean absolute deviation (`dev`), and closings learned from (`learned`)."""

    def __init__(self, floor: F4) -> None:
        shape = (KINDS, SLOTS, floor.size)
        self.floor = floor
        self.mean = np.zeros(shape, np.float32)
        self.dev = np.zeros(shape, np.float32)
        self.learned = np.zeros(shape, np.uint16)

    def rows(self, kind: int, slot: int | slice) -> Rows:
        """The part of the profile for slots of one kind of day, as views."""
        return Rows(self.mean[kind, slot], self.dev[kind, slot], self.learned[kind, slot])

    def kept(self) -> Rows:
        """A copy of the whole routine, (2, 96, N) and read-only; `MinuteTier.take_back` returns to one."""
        copies = Rows(self.mean.copy(), self.dev.copy(), self.learned.copy())
        for copy in copies:
            copy.flags.writeable = False
        return copies

    def inverse_spread(self, rows: Rows) -> F4:
        """1 / spread of the rows; NaN where too little has been learned."""
        spread = rows.dev * MAD_TO_SD
        np.maximum(spread, self.floor, out=spread)
        np.divide(ONE, spread, out=spread)
        np.copyto(spread, NAN, where=rows.learned < WARM_UP)
        return spread

    def close(self, rows: Rows, ended: Ended, level: F4, z: F4) -> None:
        """Judge slots that ended, then learn from them.

        Fills `level`, the mean of the known minutes in steps (NaN where there was none), and `z`, how many spreads it
        lies from the usual level (NaN while learning, or where fewer than 8 minutes were known).
        """
        total, valid, inverse, frozen = ended
        np.maximum(valid, ONE, out=level)
        np.divide(total, level, out=level)
        r = level - rows.mean
        np.multiply(r, inverse, out=z)
        enough = valid >= MIN_VALID
        rate = rows.learned.astype(np.float32)
        rate += ONE
        np.divide(ONE, rate, out=rate)
        np.maximum(rate, MEMORY, out=rate)
        learn = enough & ~frozen
        rate *= learn
        limit = CLIP / inverse  # NaN while learning: fmin and fmax then leave r alone
        np.fmin(r, limit, out=r)
        np.negative(limit, out=limit)
        np.fmax(r, limit, out=r)
        np.multiply(rate, r, out=limit)
        np.add(rows.mean, limit, out=rows.mean)
        np.abs(r, out=r)
        first = rows.learned == 0
        if first.any():  # the first closing has nothing to deviate from
            np.copyto(r, 0, where=first)
        r -= rows.dev
        r *= rate
        np.add(rows.dev, r, out=rows.dev)
        np.add(rows.learned, learn, out=rows.learned)
        if not enough.all():
            np.copyto(z, NAN, where=~enough)
            np.copyto(level, NAN, where=valid == 0)


def known_total(total: F4, missing: F4) -> F4:
    """The sum of the known minutes, from a sum in which each unknown one was counted as MISSING. Exact: under 2^24."""
    return total - missing * np.float32(MISSING)
