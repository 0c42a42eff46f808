"""Days that say nothing about the person's health: away, not watched, visitors. Neither tested nor learned from."""

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, ROLES, DayEvents
from rules.core.features import INDEX, NAMES, Unit, transform
from rules.core.visits import Seconds, gaps
from rules.core.vitals import BODY

AWAY_S = 8 * 3600.0  # out of the house for most of the day (06:00 to 23:00)
SILENT_DAY_S = 8 * 3600.0  # nothing heard from anywhere for as long by day
SILENT_S = 14 * 3600.0  # or by day and night
ALIVE_S = 3 * 3600.0  # battery sensors that are well report about once an hour
GRACE_DAYS = 1  # after two days away or more; three, as planned, cost more illness than it saved false alarms
VISITOR_TOGETHER_Z = 3.0  # two rooms at once far more than usual ...
VISITOR_FIRINGS_Z = 1.5  # ... while the whole home is busier than usual


Bools = NDArray[np.bool_]

_ROOM_VISITS = [INDEX[f"{room}_visits"] for room in ("bathroom", "kitchen", "bedroom", "lounge", "hallway")]
_FRIDGE, _KITCHEN = INDEX["fridge_openings"], INDEX["kitchen_visits"]
_IS_FRIDGE = np.isin(NAMES, "fridge_openings")
_COUNT_0, _FRIDGE_USUAL = transform(Unit.COUNT, 0.0) + 1e-6, transform(Unit.COUNT, 4.0)  # of four, none is 2 % chance
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
    if not day.heard.any() and not day.time_s.size and _measured(day):
        return Flag.NONE  # no movement is followed: what was measured can be assessed
    good = np.isfinite(day.time_s) & (day.time_s >= 0) & (day.time_s < day.length_s)
    good &= (day.role >= 0) & (day.role < ROLES)
    time_s, role = day.time_s[good], day.role[good]
    order = np.argsort(time_s, kind="stable")
    time_s, role = time_s[order], role[order]
    if not day.heard.any() or not time_s.size:
        return Flag.NOT_WATCHED
    at_door = np.isin(role, OUTSIDE_DOORS)
    by_day = gaps(time_s, time_s[at_door], 0.0, day.night_from_s)
    if float(by_day[1][by_day[2]].sum()) >= AWAY_S:
        return Flag.AWAY
    whole = gaps(time_s, time_s[at_door], 0.0, day.length_s)
    for (begins, length, out), most in ((by_day, SILENT_DAY_S), (whole, SILENT_S)):
        if (~_lain_still(day, time_s[at_door], begins, length, out) & (length >= most)).any():
            return Flag.NOT_WATCHED
    return Flag.NONE


def _lain_still(day: DayEvents, doors_s: Seconds, begins: Seconds, length: Seconds, out: Bools) -> Bools:
    """Which silences were somebody at home who did not move: a day in bed is the illest of all, not an unwatched one.

    The movement sensors spoke all through it, of their batteries or whatever else they measure, and an outside door
    that could be heard neither began nor ended it.
    """
    if not day.alive_s.size or not day.heard[list(OUTSIDE_DOORS)].any():
        return np.zeros(begins.shape, np.bool_)
    ends = begins + length
    through = [np.diff(_within(day.alive_s, *span)).max() for span in zip(begins, ends, strict=True)]
    nearest = np.concatenate(([-np.inf], doors_s, [np.inf]))
    came_home = nearest[np.searchsorted(nearest, ends - 1e-3)] - ends < 1e-3
    return np.asarray(~out & ~came_home & (np.array(through) < ALIVE_S))


def _within(time_s: Seconds, begin_s: float, end_s: float) -> Seconds:
    inside = np.sort(time_s[(time_s > begin_s) & (time_s < end_s)])
    return np.concatenate(([begin_s], inside, [end_s]))


def _measured(day: DayEvents) -> bool:
    """Somebody's vital signs were taken."""
    taken = np.isfinite(day.vital) & np.isfinite(day.vital_s) & (day.vital_s >= 0) & (day.vital_s < day.length_s)
    return bool(np.isin(day.vital_kind[taken], list(BODY)).any())


def half_blind(y: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features (F, H) that can be believed: unknown is not less.

    Without those of the whole home where a room that is usually heard was not. And without the fridge where it was
    never opened, as it hardly ever happens here, by somebody who was in the kitchen no less than half as often as
    usual: a magnet that has come loose is not somebody who does not eat.
    """
    gone = (np.isfinite(level[_ROOM_VISITS]) & ~np.isfinite(y[_ROOM_VISITS])).any(axis=0)
    loose = (
        (y[_FRIDGE] <= _COUNT_0) & (level[_FRIDGE] >= _FRIDGE_USUAL) & (y[_KITCHEN] >= level[_KITCHEN] / np.sqrt(2.0))
    )
    return np.where((_WHOLE_HOME[:, None] & gone) | (_IS_FRIDGE[:, None] & loose), np.nan, y)


def visitors(z: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Homes (H,) with more people in than usual, from the features' z (F, H): NaN is no sign of a visitor."""
    together, firings = z[INDEX["together"]], z[INDEX["firings"]]
    busier = np.nan_to_num(firings, nan=0.0) >= VISITOR_FIRINGS_Z
    return np.asarray((np.nan_to_num(together, nan=0.0) >= VISITOR_TOGETHER_Z) & busier)
