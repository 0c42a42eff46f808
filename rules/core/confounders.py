"""Days that say nothing about the person's health: away, not watched, visitors. Neither tested nor learned from."""

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, ROLES, DayEvents
from rules.core.features import INDEX, NAMES
from rules.core.visits import gaps

AWAY_S = 8 * 3600.0  # out of the house for most of the day (06:00 to 23:00)
SILENT_DAY_S = 8 * 3600.0  # nothing heard from anywhere for as long by day
SILENT_S = 14 * 3600.0  # or by day and night
GRACE_DAYS = 1  # after two days away or more; three, as planned, cost more illness than it saved false alarms
VISITOR_TOGETHER_Z = 3.0  # two rooms at once far more than usual ...
VISITOR_FIRINGS_Z = 1.5  # ... while the whole home is busier than usual


_ROOM_VISITS = [INDEX[f"{room}_visits"] for room in ("bathroom", "kitchen", "bedroom", "lounge", "hallway")]
_WHOLE_HOME = np.isin(NAMES, ("active_blocks", "room_changes", "firings", "busiest_hour", "longest_still", "together"))


class Flag(IntFlag):
    """Why a day is not assessed. `VISITORS` is found by the core from the home's own habits, or declared."""

    NONE = 0
    AWAY = 1
    NOT_WATCHED = 2
    VISITORS = 4
    GRACE = 8


def day_flag(day: DayEvents) -> Flag:
    """What the events of one care day say about whether it can be assessed at all."""
    good = np.isfinite(day.time_s) & (day.time_s >= 0) & (day.time_s < day.length_s)
    good &= (day.role >= 0) & (day.role < ROLES)
    time_s, role = day.time_s[good], day.role[good]
    order = np.argsort(time_s, kind="stable")
    time_s, role = time_s[order], role[order]
    if not day.heard.any() or not time_s.size:
        return Flag.NOT_WATCHED
    doors = time_s[np.isin(role, OUTSIDE_DOORS)]
    _, length, out = gaps(time_s, doors, 0.0, day.night_from_s)
    _, whole, _ = gaps(time_s, doors, 0.0, day.length_s)
    if float(length[out].sum()) >= AWAY_S:
        return Flag.AWAY
    if float(length.max()) >= SILENT_DAY_S or float(whole.max()) >= SILENT_S:
        return Flag.NOT_WATCHED
    return Flag.NONE


def half_blind(y: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features (F, H) without those of the whole home where a room that is usually heard was not: unknown, not less."""
    gone = (np.isfinite(level[_ROOM_VISITS]) & ~np.isfinite(y[_ROOM_VISITS])).any(axis=0)
    return np.where(_WHOLE_HOME[:, None] & gone, np.nan, y)


def visitors(z: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Homes (H,) with more people in than usual, from the features' z (F, H): NaN is no sign of a visitor."""
    together, firings = z[INDEX["together"]], z[INDEX["firings"]]
    busier = np.nan_to_num(firings, nan=0.0) >= VISITOR_FIRINGS_Z
    return np.asarray((np.nan_to_num(together, nan=0.0) >= VISITOR_TOGETHER_Z) & busier)
