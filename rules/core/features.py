"""The features of one care day: about fifty numbers, each one a sentence a family understands.

`day_features` returns them transformed, so that a day's noise is about the same size whatever the level:
counts as 2√(x+⅜) (Anscombe), durations as √minutes, clock times as minutes/45 after the start of the care day,
vital signs as they are. Only + − × ÷ √ are used: the same bits on every processor.
"""

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, ROLES, ROOMS, DayEvents, Role
from rules.core.visits import DOOR_GAP_S, STEP_MOST_S, VISIT_GAP_S, Seconds, gaps, room_changes, visit_starts
from rules.core.vitals import vital_features

BLOCK_S = 300.0  # blocks of five minutes: active or not
EVENING_S = 10 * 3600.0  # 16:00: the last movement of the evening is looked for from here
TOGETHER_S = 2.0  # two rooms within two seconds: faster than one person walks


BATHROOM_WALK_S = 180.0  # what is seen on the way to the bathroom and back
DAY_S = 17 * 3600.0  # 06:00 to 23:00
AT_HOME_LEAST_S = 4 * 3600.0  # a day with less at home is flagged as away; here it is only kept from dividing by 0
PER_DAY_AT_HOME = (
    "bathroom_visits",
    "bathroom_firings",
    "kitchen_visits",
    "kitchen_firings",
    "kitchen_hours",
    "bedroom_visits",
    "bedroom_firings",
    "lounge_visits",
    "lounge_firings",
    "hallway_visits",
    "hallway_firings",
    "active_blocks",
    "room_changes",
    "fridge_openings",
)
"""Counts by day that are given for a whole day at home: nobody opens the fridge while out."""


class Unit(StrEnum):
    """What a feature is measured in, and so how it is transformed."""

    COUNT = "times"
    MINUTES = "minutes"
    CLOCK = "o'clock"  # minutes after 06:00
    PLAIN = ""


class Feature(NamedTuple):
    """One row of the table."""

    name: str
    label: str  # what a family reads
    unit: Unit
    scale: (
        float  # typical day-to-day SD after the transform, measured on the shared TIHM homes; the prior of `detector`
    )
    roles: tuple[Role, ...] = ()  # any of these must have been heard; none: see `vitals`, the bed, the whole home
    suffix: str = ""  # unit of PLAIN values


_B, _K, _R, _L, _H = ROOMS
_D = OUTSIDE_DOORS
COUNT, MINUTES, CLOCK, PLAIN = Unit.COUNT, Unit.MINUTES, Unit.CLOCK, Unit.PLAIN

FEATURES = (
    Feature("night_bathroom_visits", "visits to the bathroom at night", COUNT, 0.9, (_B,)),
    Feature("bathroom_visits", "visits to the bathroom by day", COUNT, 0.9, (_B,)),
    Feature("night_bathroom_firings", "movements in the bathroom at night", COUNT, 1.0, (_B,)),
    Feature("bathroom_firings", "movements in the bathroom by day", COUNT, 1.3, (_B,)),
    Feature("kitchen_visits", "visits to the kitchen", COUNT, 1.2, (_K,)),
    Feature("kitchen_firings", "movements in the kitchen", COUNT, 2.4, (_K,)),
    Feature("kitchen_hours", "hours with something done in the kitchen", COUNT, 0.5, (_K,)),
    Feature("bedroom_visits", "visits to the bedroom by day", COUNT, 1.0, (_R,)),
    Feature("bedroom_firings", "movements in the bedroom by day", COUNT, 1.6, (_R,)),
    Feature("night_bedroom_firings", "movements in the bedroom at night", COUNT, 1.3, (_R,)),
    Feature("lounge_visits", "visits to the lounge", COUNT, 1.2, (_L,)),
    Feature("lounge_firings", "movements in the lounge", COUNT, 2.6, (_L,)),
    Feature("hallway_visits", "passages through the hallway", COUNT, 1.2, (_H,)),
    Feature("hallway_firings", "movements in the hallway", COUNT, 2.4, (_H,)),
    Feature("night_active_blocks", "five-minute blocks with movement at night", COUNT, 1.2, ROOMS),
    Feature("night_firings", "movements at night", COUNT, 1.9, ROOMS),
    Feature("night_room_changes", "changes of room at night", COUNT, 1.7, ROOMS),
    Feature("night_stirring", "five-minute blocks with movement at night, not to the bathroom", COUNT, 1.2, ROOMS),
    Feature("night_rest", "longest quiet stretch of the night", MINUTES, 2.1, ROOMS),
    Feature("active_blocks", "five-minute blocks with movement by day", COUNT, 1.8, ROOMS),
    Feature("room_changes", "changes of room by day", COUNT, 3.3, ROOMS),
    Feature("firings", "movements in the whole day", COUNT, 3.4, ROOMS),
    Feature("busiest_hour", "movements in the busiest hour", COUNT, 1.2, ROOMS),
    Feature("longest_still", "longest still time by day", MINUTES, 1.7, ROOMS),
    Feature("first_activity", "first movement in the morning", CLOCK, 1.0, ROOMS),
    Feature("last_activity", "last movement in the evening", CLOCK, 1.1, ROOMS),
    Feature("step_seconds", "seconds to walk from room to room", PLAIN, 1.4, ROOMS, "s"),
    Feature("fridge_openings", "openings of the fridge", COUNT, 1.3, (Role.FRIDGE,)),
    Feature("kettle_uses", "uses of the kettle", COUNT, 0.9, (Role.KETTLE,)),
    Feature("door_uses", "uses of an outside door", COUNT, 1.7, _D),
    Feature("night_door_uses", "uses of an outside door at night", COUNT, 0.6, _D),
    Feature("out_minutes", "time out of the house", MINUTES, 5.0, _D),
    Feature("together", "movement in two rooms at once", COUNT, 1.4, ROOMS),
    Feature("bed_minutes", "time in bed at night", MINUTES, 1.5, (Role.BED,)),
    Feature("bed_exits", "times out of bed at night", COUNT, 0.9, (Role.BED,)),
    Feature("day_bed_minutes", "time in bed by day", MINUTES, 3.0, (Role.BED,)),
    Feature("day_pulse", "pulse by day", PLAIN, 6.0, (), "/min"),
    Feature("night_pulse", "pulse at night", PLAIN, 4.0, (), "/min"),
    Feature("respiration", "breathing rate", PLAIN, 1.5, (), "/min"),
    Feature("spo2_median", "oxygen saturation", PLAIN, 1.0, (), "%"),
    Feature("spo2_low", "lowest oxygen saturation", PLAIN, 2.0, (), "%"),
    Feature("systolic", "upper blood pressure", PLAIN, 11.0, (), "mmHg"),
    Feature("diastolic", "lower blood pressure", PLAIN, 7.0, (), "mmHg"),
    Feature("body_temperature", "highest body temperature", PLAIN, 0.3, (), "°C"),
    Feature("weight", "weight", PLAIN, 0.6, (), "kg"),
    Feature("body_water", "body water", PLAIN, 0.8, (), "%"),
    Feature("glucose", "blood sugar", PLAIN, 1.2, (), "mmol/L"),
    Feature("room_cold", "coldest room temperature", PLAIN, 1.0, (), "°C"),
    Feature("room_warm", "warmest room temperature", PLAIN, 1.0, (), "°C"),
)
NAMES = tuple(f.name for f in FEATURES)
OF_THE_BODY = np.array([not f.roles and not f.name.startswith("room_") for f in FEATURES])[:, None]
"""(F, 1) vital signs: measured, so they hold whoever else is in and whatever else could be heard."""
INDEX = {name: i for i, name in enumerate(NAMES)}


def day_features(day: DayEvents) -> NDArray[np.float64]:
    """The features of one care day, (F,), transformed; NaN where the sensor is not fitted, dead, or had nothing to say.

    A day with no event at all still counts zeros for sensors that could be heard; whether such a day may be learned
    from or tested is for `confounders.day_flag` to say. Never raises on what a sensor can send.
    """
    raw = raw_features(day)
    return np.array([transform(f.unit, raw[f.name]) for f in FEATURES])


def transform(unit: Unit, value: float) -> float:
    """A value in the person's units on the scale of the detector; NaN stays NaN."""
    if unit is Unit.COUNT:
        return 2.0 * math.sqrt(value + 0.375)
    if unit is Unit.MINUTES:
        return math.sqrt(value)
    return value / 45.0 if unit is Unit.CLOCK else value


def plain(unit: Unit, value: float) -> float:
    """The inverse of `transform`."""
    if unit is Unit.COUNT:
        return max(value * value / 4.0 - 0.375, 0.0)
    if unit is Unit.MINUTES:
        return value * value
    return value * 45.0 if unit is Unit.CLOCK else value


def raw_features(day: DayEvents) -> dict[str, float]:
    """The features of one care day in the person's own units."""
    good = np.isfinite(day.time_s) & (day.time_s >= 0) & (day.time_s < day.length_s)
    good &= (day.role >= 0) & (day.role < ROLES)
    time_s, role = day.time_s[good], day.role[good]
    order = np.argsort(time_s, kind="stable")
    time_s, role = time_s[order], role[order]
    found = _visits(day, time_s, role) | _movement(day, time_s, role) | _bed(day) | vital_features(day)
    at_home = DAY_S / max(day.night_from_s - 60.0 * found["out_minutes"], AT_HOME_LEAST_S)
    for name in PER_DAY_AT_HOME:
        found[name] *= at_home
    for feature in FEATURES:
        if feature.roles and not any(day.heard[r] for r in feature.roles):
            found[feature.name] = math.nan
    return found


def _visits(day: DayEvents, time_s: Seconds, role: NDArray[np.int8]) -> dict[str, float]:
    night_s = day.night_from_s
    found: dict[str, float] = {}
    for room, name in zip(ROOMS, ("bathroom", "kitchen", "bedroom", "lounge", "hallway"), strict=True):
        fired = time_s[role == room]
        starts = visit_starts(fired, VISIT_GAP_S)
        by_night, visits_by_night = int((fired >= night_s).sum()), int((starts >= night_s).sum())
        split = room in (Role.BATHROOM, Role.BEDROOM)
        found[f"{name}_visits"] = float(starts.size - (visits_by_night if split else 0))
        found[f"{name}_firings"] = float(fired.size - (by_night if split else 0))
        found[f"night_{name}_visits"], found[f"night_{name}_firings"] = float(visits_by_night), float(by_night)
        if room is Role.KITCHEN:
            found["kitchen_hours"] = float(np.unique(fired // 3600.0).size)
    fridge = visit_starts(time_s[role == Role.FRIDGE], DOOR_GAP_S)
    doors = visit_starts(time_s[(role == Role.FRONT_DOOR) | (role == Role.BACK_DOOR)], DOOR_GAP_S)
    found["fridge_openings"] = float(fridge.size)
    found["kettle_uses"] = float(visit_starts(time_s[role == Role.KETTLE], VISIT_GAP_S).size)
    found["night_door_uses"] = float((doors >= night_s).sum())
    found["door_uses"] = float(doors.size) - found["night_door_uses"]
    return found


def _movement(day: DayEvents, time_s: Seconds, role: NDArray[np.int8]) -> dict[str, float]:
    night_s = day.night_from_s
    in_room = role <= Role.HALLWAY
    moved, room = time_s[in_room], role[in_room]
    first_night = int(np.searchsorted(moved, night_s))
    by_day, by_night = moved[:first_night], moved[first_night:]
    doors = time_s[(role == Role.FRONT_DOOR) | (role == Role.BACK_DOOR)]
    changed, walked = room_changes(moved, room)
    steps = walked[(walked > TOGETHER_S) & (walked <= STEP_MOST_S)]
    _, still, out = gaps(time_s, doors, 0.0, night_s)
    quiet = np.diff(np.concatenate(([night_s], by_night, [day.length_s])))
    first = _first_kept(by_day)
    evening = moved[(moved >= EVENING_S)]
    return {
        "night_active_blocks": float(np.unique(by_night // BLOCK_S).size),
        "night_firings": float(by_night.size),
        "night_stirring": float(np.unique(_away_from(by_night, time_s[role == Role.BATHROOM]) // BLOCK_S).size),
        "night_room_changes": float((changed >= night_s).sum()),
        "night_rest": float(quiet.max()) / 60.0,
        "active_blocks": float(np.unique(by_day // BLOCK_S).size),
        "room_changes": float((changed < night_s).sum()),
        "firings": float(moved.size),
        "busiest_hour": float(np.bincount((moved // 3600.0).astype(np.intp)).max()) if moved.size else 0.0,
        "longest_still": float(still[~out].max(initial=0.0)) / 60.0,
        "out_minutes": float(still[out].sum()) / 60.0,
        "first_activity": first / 60.0,
        "last_activity": _last_kept(evening) / 60.0,
        "step_seconds": float(np.median(steps)) if steps.size >= 10 else math.nan,
        "together": float((walked[_alone(changed, day.company_s)] <= TOGETHER_S).sum()),
    }


def _alone(time_s: Seconds, company_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times are outside all intervals (C, 2): a carer who is expected is no visitor."""
    inside = (time_s[:, None] >= company_s[:, 0]) & (time_s[:, None] < company_s[:, 1])
    return np.asarray(~inside.any(axis=1))


def _away_from(moved: Seconds, bathroom: Seconds) -> Seconds:
    """The movements further than three minutes from any in the bathroom."""
    edges = np.concatenate(([-np.inf], bathroom, [np.inf]))
    after = np.searchsorted(edges, moved)
    return moved[np.minimum(moved - edges[after - 1], edges[after] - moved) > BATHROOM_WALK_S]


def _first_kept(by_day: Seconds) -> float:
    """The first movement that is followed by two more within half an hour: up, not only turned over."""
    if by_day.size < 3:
        return math.nan
    kept = np.flatnonzero(by_day[2:] - by_day[:-2] <= 1800.0)
    return float(by_day[kept[0]]) if kept.size else math.nan


def _last_kept(evening: Seconds) -> float:
    """The last movement before the night's first quiet hour."""
    if evening.size == 0:
        return math.nan
    late = evening[evening >= EVENING_S + 4 * 3600.0]  # from 20:00
    if late.size == 0:
        return float(evening[-1])
    rest = np.flatnonzero(np.diff(late) > 3600.0)
    return float(late[rest[0]]) if rest.size else float(late[-1])


def _bed(day: DayEvents) -> dict[str, float]:
    good = np.isfinite(day.bed_s).all(axis=1) & (day.bed_s[:, 1] > day.bed_s[:, 0])
    start, end = day.bed_s[good, 0], np.minimum(day.bed_s[good, 1], day.length_s)
    at_night = np.maximum(end - np.maximum(start, day.night_from_s), 0.0)
    by_day = np.maximum(np.minimum(end, day.night_from_s) - np.maximum(start, 0.0), 0.0)
    return {
        "bed_minutes": float(at_night.sum()) / 60.0,
        "bed_exits": float(((end >= day.night_from_s) & (end < day.length_s)).sum()),
        "day_bed_minutes": float(by_day.sum()) / 60.0,
    }
