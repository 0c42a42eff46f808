"""The longest quiets of the latest days, in whole minutes, as people are told them: nothing estimated, nothing clipped.

At home for each hour of the day that a quiet reached, and out. Arrays over homes, fed by `rules.core.hazard`.
"""

import numpy as np
from numpy.typing import NDArray

from rules.core.state import Array

HOURS = 24
OUT = HOURS  # the row of absences, after the hours of the day
RING_DAYS = 64
MOST_MINUTES = np.iinfo(np.uint16).max

Counts = NDArray[np.int64]


class Longest:
    """Of H homes that share a clock."""

    def __init__(self, homes: int) -> None:
        self.day = np.zeros((HOURS + 1, homes), np.uint16)
        self.ring = np.zeros((RING_DAYS, HOURS + 1, homes), np.uint16)

    def seen(self, hour: Counts, quiet: Counts, out: Counts) -> None:
        """Consecutive minutes: the hour of each (M,), the quiet at home so far (M, H), the longest absence (H,)."""
        edges = np.flatnonzero(np.diff(hour, prepend=-1))
        most = np.minimum(np.maximum.reduceat(quiet, edges, axis=0), MOST_MINUTES).astype(np.uint16)
        np.maximum.at(self.day, hour[edges], most)
        self.day[OUT] = np.maximum(self.day[OUT], np.minimum(out, MOST_MINUTES).astype(np.uint16))

    def close_day(self, row: Counts, home: Counts) -> None:
        """The day of these homes counts, as row `row` of the ring."""
        self.ring[row, :, home] = self.day[:, home].T
        self.day.fill(0)

    def arrays(self) -> dict[str, Array]:
        """The state, by name."""
        return {"longest_day": self.day, "longest_ring": self.ring}

    def at(self, days: int, home: int, hour: int) -> Counts:
        """(known,) minutes at home in that hour of the day, of the latest of `days` days; `OUT` for absences."""
        return self.ring[: min(days, RING_DAYS), hour, home].astype(np.int64)
