"""The hourly movement profile.

How much movement each hour of the day has here, and has usually: what a family sees as "today beside a usual day".

    hour,home=    movements, usual_low, usual_high      every hour of the home's own clock

The usual is what six of eight of the last 28 days had in that hour; it is not said before there are a week of them.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gateway.model.point import Point
from rules.terms.time import NS_PER_S

DAYS = 28
LEAST_DAYS = 7
LOW, HIGH = 0.125, 0.875


class HourlyMovement:
    """Counts of movement by local hour, the last 28 of each."""

    def __init__(self) -> None:
        self._ring = np.full((24, DAYS), np.nan)
        self._next = [0] * 24
        self._count = 0
        self._minutes = 0

    def moved(self) -> None:
        """A movement sensor fired."""
        self._count += 1

    def minute(
        self, home: str, end_ns: int, local_hour: int, last_of_hour: bool, seen: bool, *, own: bool = True
    ) -> list[Point]:
        """A minute ended; the hour's point when it was the last of the hour. An hour not wholly seen is unknown.

        `own` is false on days that are declared not to be the person's own: they are shown and not learned from.
        """
        self._minutes += seen
        if not last_of_hour:
            return []
        count = float(self._count) if self._minutes >= 60 else math.nan
        past = self._ring[local_hour]
        known = past[~np.isnan(past)]
        low, high = np.quantile(known, (LOW, HIGH)) if known.size >= LEAST_DAYS else (math.nan, math.nan)
        if own:
            past[self._next[local_hour] % DAYS] = count
            self._next[local_hour] += 1
        self._count = self._minutes = 0
        fields = (("movements", count), ("usual_low", float(low)), ("usual_high", float(high)))
        return [Point("hour", (("home", home),), fields, end_ns // NS_PER_S)]

    def save(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        ring = [[None if math.isnan(value) else value for value in row] for row in self._ring.tolist()]
        return {"ring": ring, "next": self._next, "count": self._count, "minutes": self._minutes}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave."""
        rows = [[math.nan if value is None else value for value in row] for row in saved["ring"]]
        self._ring = np.array(rows, dtype=np.float64)
        self._next, self._count, self._minutes = list(saved["next"]), saved["count"], saved["minutes"]
