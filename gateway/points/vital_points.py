"""Vital-sign and NEWS2 series.

Vital signs as points: the latest reading beside the person's own usual, whether one is due, and NEWS2.

    vital,home=,quantity=   value (of the day, absent where nothing was measured), usual_low, usual_high, due (0 or 1),
                            outside (0 the value is within the usual, 1 below, 2 above; absent where one is not known)
                            once a care day
    news2,home=             complete (0 or 1), missing (how many), red (how many), points_partial (of what is there),
                            score (only where complete)
                            once a care day, and at the quarter of an hour after somebody measured

NEWS2 needs seven observations, two of which no sensor gives: air or oxygen, and consciousness. Whoever takes the others
enters them at the same device. What is incomplete says how much is missing and never shows a number.
"""

import math
from collections.abc import Mapping

from gateway.model.point import Point
from rules.core.detector import own_normal
from rules.core.detector_state import DayState
from rules.core.explain import BAND_SD
from rules.core.features import INDEX
from rules.core.news2 import Consciousness, Observations, Scale, Timed, score
from rules.terms.time import NS_PER_S

FEATURE = {
    "pulse_bpm": "day_pulse",
    "respiration_per_min": "respiration",
    "spo2_percent": "spo2_median",
    "systolic_mmhg": "systolic",
    "diastolic_mmhg": "diastolic",
    "body_temperature_c": "body_temperature",
    "weight_kg": "weight",
    "glucose_mmol_l": "glucose",
}
"""Quantities of the body that are followed, and the feature that knows the person's usual."""

ENTERED = frozenset({"oxygen_l_per_min", "acvpu_level"})
"""What a carer enters beside what is measured. Consciousness is its place in the letters ACVPU."""

TAKEN = ENTERED | {"spo2_percent", "systolic_mmhg", "body_temperature_c"}
"""Readings that somebody takes. Pulse and breathing a bed may count all night."""

DUE_DAYS = 3.0  # three readings a week are what people keep up at home
S_PER_DAY = 86_400

Latest = Mapping[str, tuple[int, float]]
"""Quantity -> time (UTC ns) and value of its latest reading."""


def vital_points(
    home: str, state: DayState, latest: Latest, start_ns: int, end_ns: int, *, scale: Scale = 1
) -> list[Point]:
    """The points of the care day from `start_ns` to `end_ns`; none where nothing was ever measured."""
    time_s = end_ns // NS_PER_S
    level, spread, _ = own_normal(state)
    points = []
    for quantity, feature in FEATURE.items():
        if quantity not in latest:
            continue
        taken_ns, value = latest[quantity]
        at, sd = float(level[INDEX[feature], 0]), float(spread[INDEX[feature], 0])
        fields = (
            ("value", value if taken_ns >= start_ns else math.nan),
            ("usual_low", at - BAND_SD * sd),
            ("usual_high", at + BAND_SD * sd),
            ("outside", outside(value, at, BAND_SD * sd) if taken_ns >= start_ns else math.nan),
            ("due", float((end_ns - taken_ns) / NS_PER_S > DUE_DAYS * S_PER_DAY)),
        )
        points.append(Point("vital", (("home", home), ("quantity", quantity)), fields, time_s))
    return [*points, news2_point(home, latest, end_ns, scale)] if points else []


def outside(value: float, usual: float, half_band: float) -> float:
    """0 within the band, 1 below it, 2 above it; NaN where there is none."""
    if math.isnan(usual + half_band):
        return math.nan
    return 1.0 if value < usual - half_band else 2.0 if value > usual + half_band else 0.0


def news2_point(home: str, latest: Latest, end_ns: int, scale: Scale = 1) -> Point:
    """NEWS2 as it stands at `end_ns`, with the SpO2 scale that the plan sets."""

    def of(quantity: str) -> Timed[float] | None:
        taken = latest.get(quantity)
        return Timed(taken[1], taken[0]) if taken else None

    oxygen, level = of("oxygen_l_per_min"), of("acvpu_level")
    observed = Observations(
        respiration_per_min=of("respiration_per_min"),
        spo2_percent=of("spo2_percent"),
        oxygen=Timed(oxygen.value > 0, oxygen.time_ns) if oxygen else None,
        systolic_mmhg=of("systolic_mmhg"),
        pulse_bpm=of("pulse_bpm"),
        consciousness=Timed(tuple(Consciousness)[round(level.value)], level.time_ns) if level else None,
        body_temperature_c=of("body_temperature_c"),
    )
    found = score(observed, end_ns, scale)
    fields = (
        ("complete", float(not found.partial)),
        ("missing", float(len(found.missing))),
        ("red", float(len(found.red))),
        ("points_partial", float(sum(points for points in found.points.values() if points is not None))),
        ("scale", float(scale)),
        ("score", math.nan if found.total is None else float(found.total)),
    )
    return Point("news2", (("home", home),), fields, end_ns // NS_PER_S)
