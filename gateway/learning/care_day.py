"""The care day under way.

One care day while it is being lived: what it has given so far, for the day tier at its close.
"""

from datetime import tzinfo
from typing import Any

import numpy as np

from rules.core.day import ROLES, DayEvents, care_day_bounds_ns
from rules.terms.time import NS_PER_S

ALIVE_NS = 10 * 60 * NS_PER_S
UNSEEN_MINUTES = 60  # a role that could not be seen for longer in a day was not seen that day


class CareDay:
    """What one care day has given so far."""

    def __init__(self, day: int, zone: tzinfo) -> None:
        self.day = day
        self.start_ns, self.end_ns = care_day_bounds_ns(day, zone)
        self.event_ns: list[int] = []
        self.event_role: list[int] = []
        self.alive_ns: list[int] = []
        self.bed: list[tuple[float, float]] = []
        self.vital_ns: list[int] = []
        self.vital_kind: list[int] = []
        self.vital: list[float] = []
        self.unseen_minutes = np.zeros(ROLES, dtype=np.int64)
        self.minutes = 0

    def alive(self, time_ns: int) -> None:
        """A movement sensor spoke, of whatever it was; now and then is enough to know that it lives."""
        if not self.alive_ns or time_ns - self.alive_ns[-1] >= ALIVE_NS:
            self.alive_ns.append(time_ns)

    def slept(self, from_ns: int, to_ns: int) -> None:
        """Somebody was in bed; what was before this day belongs to the one before."""
        self.bed.append((max(0.0, (from_ns - self.start_ns) / NS_PER_S), (to_ns - self.start_ns) / NS_PER_S))

    def events(self, fitted: np.ndarray[Any, np.dtype[np.bool_]], in_bed_since_s: float) -> DayEvents:
        """The day as the core takes it."""
        length_s = (self.end_ns - self.start_ns) / NS_PER_S
        watched = self.minutes >= length_s / 60 - UNSEEN_MINUTES
        bed = [*self.bed, *([(in_bed_since_s, length_s)] if in_bed_since_s >= 0 else [])]
        return DayEvents(
            time_s=(np.array(self.event_ns, dtype=np.int64) - self.start_ns) / NS_PER_S,
            role=np.array(self.event_role, dtype=np.int8),
            heard=fitted & (self.unseen_minutes <= UNSEEN_MINUTES) & watched,
            length_s=length_s,
            alive_s=(np.array(self.alive_ns, dtype=np.int64) - self.start_ns) / NS_PER_S,
            bed_s=np.array(bed, dtype=np.float64).reshape(-1, 2),
            vital_s=(np.array(self.vital_ns, dtype=np.int64) - self.start_ns) / NS_PER_S,
            vital_kind=np.array(self.vital_kind, dtype=np.int8),
            vital=np.array(self.vital, dtype=np.float64),
        )
