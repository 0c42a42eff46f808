"""Deterioration put into real days at the level of events: whole visits dropped or added, mornings shifted.

Bursts, gaps and the person's own noise stay real. Effects are those of research 5.1 and 6.4. `progress` runs from 0 at
the onset to 1 when the ramp is over. Every random choice comes from the generator that is handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, ROOMS, DayEvents, Role
from rules.core.visits import VISIT_GAP_S, visit_starts

Rng = np.random.Generator
WITH_S = 120.0  # what is seen on the way to a night visit and back belongs to it
MORNING_BLOCK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Excursion:
    """What was seen around one night visit: seconds after its start, and roles."""

    offset_s: NDArray[np.float64]
    role: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Habits:
    """What injection needs of a home's days before the onset."""

    to_bathroom: list[Excursion]  # own night visits to the bathroom
    bathroom_by_day: list[Excursion]
    stirring: list[Excursion]  # own night visits to any room
    night_visits: float  # mean per night
    day_visits: float
    stirrings: float
    uses: dict[Role, float]  # visits per day
    days: list[DayEvents]  # assessed days to borrow events from


def habits(days: list[DayEvents]) -> Habits:
    """Learn the pools of visits from assessed days."""
    toilet, by_day, stirring = [], [], []
    for day in days:
        toilet += _excursions(day, (Role.BATHROOM,), night=True)
        by_day += _excursions(day, (Role.BATHROOM,), night=False)
        stirring += _excursions(day, ROOMS, night=True)
    n = max(len(days), 1)
    uses = {r: sum(visit_starts(d.time_s[d.role == r], VISIT_GAP_S).size for d in days) / n for r in Role}
    return Habits(toilet, by_day, stirring, len(toilet) / n, len(by_day) / n, len(stirring) / n, uses, days)


def _excursions(day: DayEvents, roles: tuple[Role, ...], *, night: bool) -> list[Excursion]:
    of = np.isin(day.role, roles)
    starts = visit_starts(day.time_s[of], VISIT_GAP_S)
    starts = starts[(starts >= day.night_from_s) == night]
    found = []
    for start in starts:
        if night:
            near = (day.time_s >= start - WITH_S) & (day.time_s < start + VISIT_GAP_S)
        else:
            near = of & (day.time_s >= start) & (day.time_s < start + VISIT_GAP_S)
        found.append(Excursion(day.time_s[near] - start, day.role[near]))
    return found


def add(day: DayEvents, pool: list[Excursion], mean: float, window: tuple[float, float], rng: Rng) -> DayEvents:
    """`day` with Poisson(mean) visits of the person's own kind at even chance within `window`."""
    count = int(rng.poisson(mean)) if pool else 0
    if not count:
        return day
    chosen = [pool[i] for i in rng.integers(len(pool), size=count)]
    at = rng.uniform(*window, size=count)
    time_s = np.concatenate([day.time_s, *(c.offset_s + t for c, t in zip(chosen, at, strict=True))])
    return ordered(day, time_s, np.concatenate([day.role, *(c.role for c in chosen)]))


def drop(day: DayEvents, roles: tuple[Role, ...], share: float, window: tuple[float, float], rng: Rng) -> DayEvents:
    """`day` without each whole visit to `roles` within `window`, with probability `share`."""
    keep = np.ones(day.time_s.size, np.bool_)
    for role in roles:
        of = np.flatnonzero((day.role == role) & (day.time_s >= window[0]) & (day.time_s < window[1]))
        if of.size:
            visit = np.concatenate(([0], np.cumsum(np.diff(day.time_s[of]) > VISIT_GAP_S)))
            keep[of] = rng.random(visit[-1] + 1)[visit] >= share
    return replace(day, time_s=day.time_s[keep], role=day.role[keep])


def later_morning(day: DayEvents, minutes: float) -> DayEvents:
    """`day` with the first hour of movement delayed."""
    in_room = day.role <= Role.HALLWAY
    if not in_room.any():
        return day
    first = day.time_s[in_room][0]
    block = (day.time_s >= first) & (day.time_s < first + MORNING_BLOCK_S)
    return ordered(day, np.where(block, day.time_s + minutes * 60.0, day.time_s), day.role)


def ordered(day: DayEvents, time_s: NDArray[np.float64], role: NDArray[np.int8]) -> DayEvents:
    """`day` with these events, those within the day, in order of time."""
    inside = (time_s >= 0) & (time_s < day.length_s)
    time_s, role = time_s[inside], role[inside]
    order = np.argsort(time_s, kind="stable")
    return replace(day, time_s=time_s[order], role=role[order])


def _night(day: DayEvents) -> tuple[float, float]:
    return day.night_from_s, day.length_s


def _day(day: DayEvents) -> tuple[float, float]:
    return 0.0, day.night_from_s


INDOORS = (*ROOMS, Role.FRIDGE)


def uti(day: DayEvents, own: Habits, progress: float, rng: Rng) -> DayEvents:
    """Bathroom at night +80 %, by day +35 %, stirring at night +40 %."""
    toilet = 0.80 * own.night_visits
    day = add(day, own.to_bathroom, progress * toilet, _night(day), rng)
    day = add(day, own.stirring, progress * max(0.40 * own.stirrings - toilet, 0.0), _night(day), rng)
    return add(day, own.bathroom_by_day, 0.35 * progress * own.day_visits, _day(day), rng)


def decline(day: DayEvents, _own: Habits, progress: float, rng: Rng) -> DayEvents:
    """A quarter of the day's visits gone, up 40 minutes later."""
    return later_morning(drop(day, (*INDOORS, *OUTSIDE_DOORS), 0.25 * progress, _day(day), rng), 40.0 * progress)


def heart_failure(day: DayEvents, own: Habits, progress: float, rng: Rng) -> DayEvents:
    """Bathroom at night +50 %, stirring at night +60 %, a fifth of the day's visits gone."""
    day = drop(day, (*INDOORS, *OUTSIDE_DOORS), 0.20 * progress, _day(day), rng)
    toilet = 0.50 * own.night_visits
    day = add(day, own.to_bathroom, progress * toilet, _night(day), rng)
    return add(day, own.stirring, progress * max(0.60 * own.stirrings - toilet, 0.0), _night(day), rng)


def slow(day: DayEvents, _own: Habits, progress: float, rng: Rng) -> DayEvents:
    """A fifth of the day's visits gone, over three weeks."""
    return drop(day, (*INDOORS, *OUTSIDE_DOORS), 0.20 * progress, _day(day), rng)


def isolation(day: DayEvents, _own: Habits, progress: float, rng: Rng) -> DayEvents:
    """Outside doors -60 %."""
    return drop(day, OUTSIDE_DOORS, 0.60 * progress, (0.0, day.length_s), rng)


def not_drinking(day: DayEvents, _own: Habits, progress: float, rng: Rng) -> DayEvents:
    """Kettle and fridge -50 %, kitchen -25 %."""
    day = drop(day, (Role.KETTLE, Role.FRIDGE), 0.50 * progress, (0.0, day.length_s), rng)
    return drop(day, (Role.KITCHEN,), 0.25 * progress, (0.0, day.length_s), rng)


Change = Callable[[DayEvents, Habits, float, Rng], DayEvents]

SCENARIOS: dict[str, tuple[Change, int]] = {
    "uti": (uti, 3),
    "decline": (decline, 7),
    "heart_failure": (heart_failure, 10),
    "slow": (slow, 21),
    "isolation": (isolation, 7),
    "not_drinking": (not_drinking, 7),
}
"""Scenario -> how a day changes, and the days of its ramp."""

RESTS_ON: dict[str, tuple[Role, ...]] = {
    "uti": (Role.BATHROOM,),
    "isolation": OUTSIDE_DOORS,
    "not_drinking": (Role.FRIDGE, Role.KETTLE),
}
"""What a home must see at least once a day for the scenario to be one it can record."""


def applies(name: str, own: Habits) -> bool:
    """Whether the home measures what the scenario changes."""
    return name not in RESTS_ON or any(own.uses[role] >= 1.0 for role in RESTS_ON[name])
