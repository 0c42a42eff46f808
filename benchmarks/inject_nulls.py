"""Changes that are no illness: none of them should raise more alerts than ordinary days do (research 6.4).

Each takes a real day, the home's habits, the number of days since it began, and a generator.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.inject import Habits, Rng, drop, ordered
from rules.core.chatter import Busiest, chattering, without
from rules.core.day import OUTSIDE_DOORS, ROLES, ROOMS, S_PER_DAY, DayEvents, Role
from rules.core.vitals import VITAL_INDEX

WEEK = 7
HOUR_S = 3600.0


def nothing(day: DayEvents, _own: Habits, _since: int, _rng: Rng) -> DayEvents:
    """The day as it was: what the others are compared with, over the same weeks of the same homes."""
    return day


def visitor_week(day: DayEvents, own: Habits, since: int, rng: Rng) -> DayEvents:
    """Somebody stays for a week: between 10 and 18 h the home also hears another of its own days."""
    if since >= WEEK or not own.days:
        return day
    other = own.days[int(rng.integers(len(own.days)))]
    stays = (other.time_s >= 4 * HOUR_S) & (other.time_s < 12 * HOUR_S)
    time_s = other.time_s[stays] + rng.uniform(-1800.0, 1800.0)
    return ordered(day, np.concatenate([day.time_s, time_s]), np.concatenate([day.role, other.role[stays]]))


def carer_change(day: DayEvents, _own: Habits, _since: int, _rng: Rng) -> DayEvents:
    """The morning visit moves: what follows the first use of a door for 40 minutes comes two hours later, for good."""
    doors = day.time_s[np.isin(day.role, OUTSIDE_DOORS) & (day.time_s < 6 * HOUR_S)]
    if not doors.size:
        return day
    visit = (day.time_s >= doors[0]) & (day.time_s < doors[0] + 2400.0)
    return ordered(day, np.where(visit, day.time_s + 2 * HOUR_S, day.time_s), day.role)


def holiday(day: DayEvents, _own: Habits, since: int, _rng: Rng) -> DayEvents:
    """Out of the door at 11 h, and back after a week."""
    if since >= WEEK:
        return day
    leaves = 5 * HOUR_S if since == 0 else -1.0
    stays = day.time_s < leaves
    time_s, role = day.time_s[stays], day.role[stays]
    if since == 0:
        time_s, role = np.append(time_s, leaves), np.append(role, np.int8(Role.FRONT_DOOR))
    return replace(day, time_s=time_s, role=role)


def sensor_dies(day: DayEvents, _own: Habits, since: int, rng: Rng) -> DayEvents:
    """The kitchen sensor falls silent at 15 h and stays so; its silence is noticed by the end of the day."""
    heard = day.heard.copy()
    heard[Role.KITCHEN] = False
    from_s = 9 * HOUR_S if since == 0 else 0.0
    return replace(drop(day, (Role.KITCHEN,), 1.0, (from_s, day.length_s), rng), heard=heard)


def clock_change(day: DayEvents, _own: Habits, since: int, _rng: Rng) -> DayEvents:
    """Clocks go forward in the first night; the body follows within six days."""
    if since == 0:
        keep = day.time_s < S_PER_DAY - HOUR_S
        return replace(day, time_s=day.time_s[keep], role=day.role[keep], length_s=S_PER_DAY - HOUR_S)
    late = max(1.0 - (since - 1) / 6.0, 0.0) * HOUR_S
    return ordered(day, day.time_s + late, day.role)


def heating_season(day: DayEvents, _own: Habits, since: int, rng: Rng) -> DayEvents:
    """Warm air moves: a few false firings by day in every room, and rooms half a degree warmer each week."""
    rooms = [r for r in ROOMS if day.heard[r]]
    if not rooms:
        return day
    count = int(rng.poisson(6))
    role = rng.choice(np.array(rooms, np.int8), size=count)
    warmer = ordered(
        day, np.concatenate([day.time_s, rng.uniform(0, 17 * HOUR_S, count)]), np.concatenate([day.role, role])
    )
    return replace(
        warmer,
        vital_s=np.append(day.vital_s, 12 * HOUR_S),
        vital_kind=np.append(day.vital_kind, np.int8(VITAL_INDEX["room_temperature_c"])),
        vital=np.append(day.vital, 19.0 + since / 14.0),
    )


def chatter(day: DayEvents, own: Habits, since: int, _rng: Rng) -> DayEvents:
    """One sensor fires every 20 s for a week, another in each home; the box looks at the day as it always does."""
    role = _chattering_role(own)
    if since >= WEEK or role is None:
        return day
    day = stuck(day, role)
    return without(day, chattering(day, busiest(own.days)))


def stuck(day: DayEvents, role: Role) -> DayEvents:
    """`day` with a sensor that fires every 20 s, day and night."""
    fired = np.arange(0.0, day.length_s, 20.0)
    return ordered(
        replace(day, heard=day.heard | (np.arange(ROLES) == role)),
        np.concatenate([day.time_s, fired]),
        np.concatenate([day.role, np.full(fired.size, role, np.int8)]),
    )


def busiest(days: list[DayEvents]) -> NDArray[np.float64]:
    """(ROLES,) what the box knows of the busiest day of each role after these days."""
    known = Busiest()
    for day in days:
        known.judge(day)
    return known.most()


def _chattering_role(own: Habits) -> Role | None:
    """Chosen by the home's own days, so that every sensor has its turn."""
    fitted = [role for role in Role if own.uses[role] > 0]
    return fitted[sum(day.time_s.size for day in own.days) % len(fitted)] if fitted else None


NULLS: dict[str, Callable[[DayEvents, Habits, int, Rng], DayEvents]] = {
    "nothing": nothing,
    "visitor_week": visitor_week,
    "carer_change": carer_change,
    "holiday": holiday,
    "sensor_dies": sensor_dies,
    "clock_change": clock_change,
    "heating_season": heating_season,
    "chatter": chatter,
}
