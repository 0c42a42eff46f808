"""Slots of the routine: 96 quarter hours of the home's own clock, on weekdays and at weekends.

Time in the core is a whole minute: UTC minutes since 1970, with the offset of local time in minutes beside it. A day of
23 or 25 hours is then nothing special: the clock jumps over four slots, or passes them twice.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import overload

import numpy as np
from numpy.typing import NDArray

SLOT_MINUTES = 15
SLOTS = 96
KINDS = 2  # weekday, weekend
MINUTES_PER_DAY = 1440

Minutes = NDArray[np.int64]


@overload
def kind_of(slot: int) -> int: ...
@overload
def kind_of(slot: Minutes) -> Minutes: ...
def kind_of(slot: int | Minutes) -> int | Minutes:
    """0 on weekdays, 1 at weekends, of local slots counted since 1970 (a Thursday)."""
    return ((slot // SLOTS + 3) % 7) // 5


def offset_minutes(zone: tzinfo, minute: Minutes) -> Minutes:
    """Local minus UTC time, in minutes, at each UTC minute (T,), ascending. Exact to the minute of a clock change."""
    offset = np.empty(minute.shape, dtype=np.int64)
    start = 0
    while start < minute.size:
        here = _offset(zone, int(minute[start]))
        stop = min(int(np.searchsorted(minute, minute[start] + MINUTES_PER_DAY)), minute.size)
        if _offset(zone, int(minute[stop - 1])) != here:  # the clock changes within this day: find the row
            low, high = start, stop - 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, int(minute[middle])) == here else (low, middle)
            stop = high
        offset[start:stop] = here
        start = stop
    return offset


def _offset(zone: tzinfo, minute: int) -> int:
    moment = datetime.fromtimestamp(minute * 60, tz=UTC).astimezone(zone)
    return (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
