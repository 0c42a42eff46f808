"""Vital signs as features of the day: sparse and irregular as they are at home.

A feature is NaN on a day without a reading. Nothing is carried over from one day to the next: a pattern is scored
from what is there, and three readings a week neither mute it nor stand in for the other four days.
"""

import numpy as np
from numpy.typing import NDArray

from rules.core.day import DayEvents

VITALS = (
    "pulse_bpm",
    "respiration_per_min",
    "spo2_percent",
    "systolic_mmhg",
    "diastolic_mmhg",
    "body_temperature_c",
    "weight_kg",
    "body_water_percent",
    "glucose_mmol_l",
    "room_temperature_c",
)
"""Quantities of `drivers.kit.quantity` the day tier reads, in the order of `DayEvents.vital_kind`."""

BODY = frozenset(range(len(VITALS))) - {VITALS.index("room_temperature_c")}
"""Kinds of reading that are of the person."""

VITAL_INDEX = {name: index for index, name in enumerate(VITALS)}


def vital_features(day: DayEvents) -> dict[str, float]:
    """Daily and nightly statistics of the readings of one day; NaN where there is none."""
    good = np.isfinite(day.vital) & np.isfinite(day.vital_s) & (day.vital_s >= 0) & (day.vital_s < day.length_s)
    time_s, kind, value = day.vital_s[good], day.vital_kind[good], day.vital[good]
    at_night = time_s >= day.night_from_s

    def of(name: str, night: bool | None = None) -> NDArray[np.float64]:
        chosen = kind == VITAL_INDEX[name]
        if night is not None:
            chosen = chosen & (at_night == night)
        return np.asarray(value[chosen])

    return {
        "day_pulse": _median(of("pulse_bpm", night=False)),
        "night_pulse": _median(of("pulse_bpm", night=True)),
        "respiration": _median(of("respiration_per_min")),
        "spo2_median": _median(of("spo2_percent")),
        "spo2_low": _smallest(of("spo2_percent")),
        "systolic": _median(of("systolic_mmhg")),
        "diastolic": _median(of("diastolic_mmhg")),
        "body_temperature": -_smallest(-of("body_temperature_c")),
        "weight": _median(of("weight_kg")),
        "body_water": _median(of("body_water_percent")),
        "glucose": _median(of("glucose_mmol_l")),
        "room_cold": _smallest(of("room_temperature_c")),
        "room_warm": -_smallest(-of("room_temperature_c")),
    }


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _smallest(values: NDArray[np.float64]) -> float:
    return float(values.min()) if values.size else float("nan")
