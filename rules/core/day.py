"""One care day of one home: what the day tier is fed, live and in a back-test alike.

A care day runs from 06:00 to 06:00 local time, so a night belongs to one day. Times are true seconds after its start;
`length_s` is 82,800 or 90,000 on the days the clocks change. Times of day are counted from the start, and the night is
the last seven true hours of the day, because the clocks change between them: no count needs a correction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

CARE_DAY_START_H = 6
S_PER_DAY = 86_400.0
NIGHT_S = 7 * 3600.0  # 23:00 to 06:00, counted back from the end of the day


class Role(IntEnum):
    """What a sensor tells about, whatever the house calls it. Rooms come first."""

    BATHROOM = 0
    KITCHEN = 1
    BEDROOM = 2
    LOUNGE = 3
    HALLWAY = 4
    FRIDGE = 5
    FRONT_DOOR = 6
    BACK_DOOR = 7
    KETTLE = 8  # any appliance that makes a drink or a meal
    BED = 9


ROOMS = (Role.BATHROOM, Role.KITCHEN, Role.BEDROOM, Role.LOUNGE, Role.HALLWAY)
OUTSIDE_DOORS = (Role.FRONT_DOOR, Role.BACK_DOOR)
ROLES = len(Role)

_WORDS = {
    Role.BATHROOM: ("bathroom", "toilet", "wc", "shower"),
    Role.KITCHEN: ("kitchen",),
    Role.BEDROOM: ("bedroom",),
    Role.LOUNGE: ("lounge", "living", "sitting", "dining"),
    Role.HALLWAY: ("hall", "landing", "corridor", "stairs"),
}
_MOTION = frozenset({"motion", "presence", "zone_enter", "vibration"})
_TELLING = _MOTION | {"contact_open", "in_bed", "bed_load_kg", "power_w", "switch_on"}


def role_of(channel: Channel, declared: Mapping[str, Role]) -> Role | None:
    """The role of a channel: what the configuration declares for its sensor, else what its names plainly say.

    None where nothing is declared and the names say nothing, and for what tells nothing of a day, such as the battery
    of a door: the channel then takes no part in the day tier.
    """
    if channel.sensor in declared and channel.quantity in _TELLING:
        return declared[channel.sensor]
    names = f"{channel.sensor} {channel.room}".lower()
    door = names if "door" in channel.room.lower() else channel.sensor.lower()  # a "front room" has no front door
    if channel.quantity == "in_bed":
        return Role.BED
    if channel.quantity == "contact_open" and "fridge" in names:
        return Role.FRIDGE
    if channel.quantity == "contact_open" and "window" not in door:
        for word, role in (("front", Role.FRONT_DOOR), ("back", Role.BACK_DOOR)):
            if word in door:
                return role
    if channel.quantity in ("power_w", "switch_on") and "kettle" in names:
        return Role.KETTLE
    if channel.quantity in _MOTION:
        for room, words in _WORDS.items():
            if any(word in channel.room.lower() for word in words):
                return room
    return None


def _none(columns: int = 0) -> NDArray[np.float64]:
    return np.empty((0, columns) if columns else 0)


@dataclass(frozen=True, slots=True, eq=False)
class DayEvents:
    """What was heard in one care day of one home. Order is free; what is not finite or not within the day is ignored.

    An event is a movement sensor that fired, a door that opened, an appliance that was switched on.
    """

    time_s: NDArray[np.float64]  # (E,) seconds after the start of the care day
    role: NDArray[np.int8]  # (E,) a `Role`
    heard: NDArray[np.bool_]  # (ROLES,) a sensor of this role is fitted and could be heard all day
    length_s: float = S_PER_DAY
    alive_s: NDArray[np.float64] = field(default_factory=_none)  # (A,) when a movement sensor said anything at all
    company_s: NDArray[np.float64] = field(default_factory=lambda: _none(2))  # (C, 2) a carer is usually in, from, to
    bed_s: NDArray[np.float64] = field(default_factory=lambda: _none(2))  # (B, 2) got in, got out
    vital_s: NDArray[np.float64] = field(default_factory=_none)  # (V,) when a reading was taken
    vital_kind: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))  # (V,) index in vitals.VITALS
    vital: NDArray[np.float64] = field(default_factory=_none)  # (V,) the reading, in the unit of its quantity

    @property
    def night_from_s(self) -> float:
        """23:00 by the wall clock."""
        return self.length_s - NIGHT_S


def care_day(time_ns: int, zone: tzinfo) -> int:
    """Number of the care day that holds `time_ns`: the proleptic ordinal of the date on which it started."""
    local = datetime.fromtimestamp(time_ns // NS_PER_S, tz=zone)
    return local.toordinal() - (local.hour < CARE_DAY_START_H)


def care_day_bounds_ns(day: int, zone: tzinfo) -> tuple[int, int]:
    """UTC nanoseconds of the start and end of care day `day`; 23 or 25 hours apart when the clocks change."""
    start = datetime.combine(datetime.fromordinal(day), time(CARE_DAY_START_H), tzinfo=zone)
    end = datetime.combine(datetime.fromordinal(day) + timedelta(days=1), time(CARE_DAY_START_H), tzinfo=zone)
    return int(start.timestamp()) * NS_PER_S, int(end.timestamp()) * NS_PER_S
