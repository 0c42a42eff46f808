"""The person's own normal: robust level and day-to-day spread of every feature, from the person's own last 56 days.

The most recent seven days are left out (the guard), so that a change does not become normal while it is being noticed.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BASELINE_DAYS = 56
GUARD_DAYS = 7
RING_DAYS = BASELINE_DAYS + GUARD_DAYS
LEAST_DAYS = 7  # days beyond the guard before a feature is judged: usable from day 14
PRIOR_DAYS = 5.0  # the typical spread of other people counts as five days of one's own
TRIMMED = 0.1  # of the days at either end when the level is averaged
OUTLIER = 2.5  # spreads beyond which a day counts no more than that
LEVEL_VARIANCE = 2.5  # variance of the mean of n days in units of spread²/n: days resemble the day before (r = .35)


def levels(days: Array, prior_scale: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Level, spread and number of days of each feature: (F, H) each, from days (D, F, H) with NaN where not learned.

    The level is the 10 % trimmed mean, NaN under seven days. The spread is never 0: it is shrunk towards
    `prior_scale` (F,), and widened by the uncertainty of the level.
    """
    rows = np.sort(days, axis=0)  # NaN last
    n = np.isfinite(rows).sum(axis=0)
    middle = _median(rows, n)
    prior = PRIOR_DAYS * (prior_scale * prior_scale)[:, None]
    distance = np.sort(np.abs(rows - middle), axis=0)
    mad = 1.4826 * _median(distance, n)
    first = np.floor(TRIMMED * n)
    last = n - first
    limit = OUTLIER * np.sqrt((n * (mad * mad) + prior) / (n + PRIOR_DAYS))
    rank = np.arange(len(rows))[:, None, None]
    inside = (rank >= first) & (rank < last)
    off = np.minimum(np.where(rank < n, np.abs(rows - middle), 0.0), limit)
    clipped = summed(off * off)
    total = summed(np.where(inside, rows, 0.0))
    variance = (n * (clipped / np.maximum(n - 1, 1)) + prior) / (n + PRIOR_DAYS)
    spread = np.sqrt(variance * (1.0 + LEVEL_VARIANCE / np.maximum(n, 1)))
    return np.where(n >= LEAST_DAYS, total / np.maximum(last - first, 1.0), np.nan), spread, n


def summed(rows: Array) -> Array:
    """Sum along the first axis from first to last: the same bits whatever the number of homes, which np.sum is not."""
    return np.asarray(np.add.accumulate(rows, axis=0)[-1])


def _median(rows: Array, n: NDArray[np.intp]) -> Array:
    """Median along the sorted first axis over its first `n` entries; 0 where there is none."""
    low = np.take_along_axis(rows, np.maximum((n - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(rows, np.minimum(n // 2, len(rows) - 1)[None], axis=0)[0]
    return np.where(n > 0, 0.5 * (low + high), 0.0)
