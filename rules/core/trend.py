"""The slow channel: a drift over six weeks and more, too slow for evidence that is gathered day by day.

Once a week each pattern's features, pooled, are looked at over the last 42 and 63 days: Theil-Sen slope for the size,
Mann-Kendall for whether it is more than chance. Neither minds a few wild days or gaps.
"""

import numpy as np
from numpy.typing import NDArray

from rules.core.calibration import upper_tail

Array = NDArray[np.float64]

WINDOWS = (42, 63)  # days
EVERY_DAYS = 7
LEAST_SHARE = 0.7  # of the days of the window must be known
P_MOST = 0.002  # a week's test finds so little by chance: once in ten years a pattern
CHANGE_LEAST = 1.0  # over the window, in day-to-day SD of the pooled score
SERIAL = 2.1  # variance of Mann-Kendall's S on real days over that of independent ones: lag-1 correlation .35


def slow_rise(series: Array, p_most: Array | float = P_MOST) -> tuple[NDArray[np.bool_], Array, Array]:
    """Which of the pooled series (D, N), oldest first, rise slowly; with Theil-Sen slope per day and chance p, (N,).

    `p_most`: the chance below which a rise counts, one number or one for each series (N,).

    NaN days are passed over. A series with too few known days has slope 0 and p 1.
    """
    days, n = series.shape
    known = np.isfinite(series)
    slopes = np.full((days * (days - 1) // 2, n), np.nan)
    s = np.zeros(n, np.int64)
    at = 0
    for lag in range(1, days):
        difference = series[lag:] - series[:-lag]
        s += np.nan_to_num(np.sign(difference)).astype(np.int64).sum(axis=0)
        slopes[at : at + days - lag] = difference / lag
        at += days - lag
    slopes.sort(axis=0)
    pairs = np.isfinite(slopes).sum(axis=0)
    middle = np.take_along_axis(slopes, np.maximum((pairs - 1) // 2, 0)[None], axis=0)[0]
    m = known.sum(axis=0).astype(np.float64)
    enough = m >= LEAST_SHARE * days
    spread = np.sqrt(SERIAL * m * (m - 1.0) * (2.0 * m + 5.0) / 18.0 + 1e-9)
    p = np.where(enough, upper_tail((s - 1) / spread), 1.0)
    slope = np.where(enough, middle, 0.0)
    return enough & (p < p_most) & (slope * days >= CHANGE_LEAST), slope, p
