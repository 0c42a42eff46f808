"""Who lives there: a routine of their own, drawn once from the seed.

Everything random comes from generators made of (seed, day, subject), so a longer run starts like a shorter one, and a
run with a decline is identical to the run without it until the decline begins.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

WAKING: Final = 0  # subjects: one stream of random numbers each
LIVING: Final = 1
BODY: Final = 2
VISITOR: Final = 3
BRIDGE: Final = 4
WIRE: Final = 5
BED: Final = 6
SPLIT: Final = 7
SENSOR: Final = 10  # the sensors count up from here
_WHOLE_LIFE: Final = 100_000  # in place of a day


def stream(seed: int, day: int, subject: int) -> np.random.Generator:
    """The random numbers of one subject on one day; day -1 is the evening before the first."""
    return np.random.default_rng([seed, day + 1, subject])


@dataclass(frozen=True, slots=True)
class Person:
    """Habits and body of one person. Times are minutes after local midnight."""

    seed: int
    zone: ZoneInfo
    wake_min: float
    weekend_later_min: float
    bed_min: float
    lunch_min: float
    supper_min: float
    toilet_gap_h: float  # between visits at night
    toilets_per_h: float  # by day
    shop_weekday: int  # 0 is Monday
    club_weekday: int
    family_weekday: int
    carer_weekdays: tuple[int, ...]
    carer_min: float
    weight_kg: float
    systolic_mmhg: float
    diastolic_mmhg: float
    pulse_bpm: float
    spo2_percent: float
    temperature_c: float
    respiration_per_min: float


def person(seed: int, zone: ZoneInfo) -> Person:
    """The person of this seed."""
    rng = stream(seed, _WHOLE_LIFE, LIVING)
    shop, club = (int(day) for day in rng.permutation([1, 3, 5])[:2])
    return Person(
        seed=seed,
        zone=zone,
        wake_min=rng.uniform(395, 455),
        weekend_later_min=rng.uniform(10, 35),
        bed_min=rng.uniform(1310, 1355),
        lunch_min=rng.uniform(740, 775),
        supper_min=rng.uniform(1045, 1090),
        toilet_gap_h=rng.uniform(2.7, 3.3),
        toilets_per_h=rng.uniform(0.4, 0.6),
        shop_weekday=shop,
        club_weekday=club,
        family_weekday=6,
        carer_weekdays=(0, 2, 4),
        carer_min=rng.uniform(540, 570),
        weight_kg=rng.uniform(56, 84),
        systolic_mmhg=rng.uniform(124, 148),
        diastolic_mmhg=rng.uniform(68, 84),
        pulse_bpm=rng.uniform(62, 78),
        spo2_percent=rng.uniform(95.6, 97.4),
        temperature_c=rng.uniform(36.2, 36.6),
        respiration_per_min=rng.uniform(13.0, 16.5),
    )


def wall_s(day: date, minutes: float, zone: ZoneInfo) -> float:
    """UTC seconds of a wall-clock time, `minutes` after local midnight of `day` (may be beyond the day).

    The clock is what people live by, so a day of 23 or 25 hours comes out right; a time that exists twice is the
    first of the two.
    """
    whole, rest = divmod(minutes * 60, 86_400)
    midnight = datetime(day.year, day.month, day.day) + timedelta(days=whole)  # noqa: DTZ001  wall time, zone below
    return (midnight + timedelta(seconds=rest)).replace(tzinfo=zone).timestamp()
