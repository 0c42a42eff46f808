"""Which features a family is shown, and how: what was usual beside what it is now, in one short line each.

Shown is what somebody could have seen for themselves, and vital signs that were measured and left their usual band. Not
shown are counts of sensors' firings, which mean nothing outside the detector.
"""

from rules.core.day import CARE_DAY_START_H
from rules.core.features import Feature, Unit
from rules.terms.words import counted, duration

BLOCK_MINUTES = 5
FINE_MINUTES, COARSE_MINUTES = 5, 15  # to which a time is rounded, below and from an hour and a half on

TOLD = {
    "night_bathroom_visits": "Up to the bathroom at night",
    "bathroom_visits": "To the bathroom by day",
    "kitchen_visits": "In the kitchen",
    "kitchen_hours": "Hours of the day with something done in the kitchen",
    "bedroom_visits": "In the bedroom by day",
    "lounge_visits": "In the lounge",
    "hallway_visits": "Through the hallway",
    "night_stirring": "About at night, not to the bathroom",
    "night_active_blocks": "Up and about at night",
    "night_rest": "Longest quiet stretch of the night",
    "active_blocks": "Up and about by day",
    "room_changes": "From room to room by day",
    "longest_still": "Longest still time by day",
    "first_activity": "Up in the morning",
    "last_activity": "Last about in the evening",
    "fridge_openings": "At the fridge",
    "kettle_uses": "Kettle put on",
    "door_uses": "In or out of the house",
    "night_door_uses": "Outside door at night",
    "out_minutes": "Out of the house",
    "bed_minutes": "In bed at night",
    "bed_exits": "Out of bed at night",
    "day_bed_minutes": "In bed by day",
}
VITALS_TOLD = (
    "weight",
    "night_pulse",
    "day_pulse",
    "respiration",
    "body_temperature",
    "spo2_median",
    "systolic",
    "diastolic",
    "body_water",
    "glucose",
)
_BLOCKS = ("night_stirring", "night_active_blocks", "active_blocks")


def told(feature: Feature, usual: float, now: float) -> str:
    """«Up to the bathroom at night: usually 2 times, now 4 times»; "" where it is not shown or looks the same.

    `usual` and `now` in the person's units.
    """
    if feature.name not in TOLD:
        return ""
    before, after = _said(feature, usual), _said(feature, now)
    return f"{TOLD[feature.name]}: usually {before}, now {after}" if before != after else ""


def vital_told(feature: Feature, usual: float, now: float) -> str:
    """«Weight: usually 68.0 kg, now 70.2 kg»."""
    gap = " " if feature.suffix[0].isalpha() or feature.suffix[0] == "°" else ""
    digits = 1 if feature.scale < 2 else 0
    before, after = (f"{value:.{digits}f}{gap}{feature.suffix}" for value in (usual, now))
    return f"{feature.label.capitalize()}: usually {before}, now {after}"


def _said(feature: Feature, value: float) -> str:
    if feature.name == "kitchen_hours":
        return f"{round(value)}"
    if feature.name in _BLOCKS:
        return _time(value * BLOCK_MINUTES)
    if feature.unit is Unit.MINUTES:
        return _time(value)
    if feature.unit is Unit.CLOCK:
        minutes = (_rounded(value, COARSE_MINUTES) + CARE_DAY_START_H * 60) % 1440
        return f"about {minutes // 60:02d}:{minutes % 60:02d}"
    return ("not at all", "once")[round(value)] if round(value) < 2 else counted(round(value), "time")


def _time(minutes: float) -> str:
    whole = _rounded(minutes, FINE_MINUTES if minutes < 90 else COARSE_MINUTES)
    return duration(60.0 * whole) if whole else "hardly at all"


def _rounded(value: float, to: int) -> int:
    return round(value / to) * to
