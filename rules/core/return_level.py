"""How high a level is that a person's own days reach once in so many."""

import math

import numpy as np
from numpy.typing import NDArray

from rules.core.longest import RING_DAYS

PRIOR_DAYS = 10  # weight of the usual tail before the own one is known

Counts = NDArray[np.int64]


def return_level(ring: Counts, learned: Counts, prior: int, days: int) -> Counts:
    """The level reached about once in `days` by values (64, H), of which the first `learned` rows (H,) count.

    Median plus an exponential tail whose mean is shrunk towards `prior`; in whole units of the values.
    """
    held = np.minimum(learned, RING_DAYS)
    counts = np.arange(RING_DAYS)[:, None] < held
    ordered = np.sort(np.where(counts, ring, np.iinfo(np.int64).max), axis=0)
    middle = np.where(held > 0, np.take_along_axis(ordered, np.maximum(held - 1, 0)[None] // 2, axis=0)[0], 0)
    above = counts & (ordered > middle)  # counts come first in order: what does not count is the largest number
    excess = np.where(above, ordered - middle, 0).sum(axis=0)
    tail = (excess + prior * PRIOR_DAYS) / (np.count_nonzero(above, axis=0) + PRIOR_DAYS)
    level: Counts = middle + np.rint(tail * math.log(days / 2)).astype(np.int64)
    return level
