"""The rows that a simulated home makes once a care day, at its close."""

import math
from typing import Final, NamedTuple

import numpy as np

from gateway.model.point import Point
from gateway.points.caseload_priority import DayCoverage, Evidence
from gateway.points.day_points import state_fields
from gateway.simulate.caseload_minutes import hash_of
from rules.core.detector import ONE_IN_30_DAYS as THRESHOLD
from rules.core.patterns import PATTERN_NAMES, PATTERNS

USUAL_FROM_DAYS: Final = 7  # before that there is no usual to compare with
RAMP_DAYS: Final = 3.0

FEATURES: Final = {  # typical value and day-to-day spread, in the person's units
    "night_bathroom_visits": (2.0, 0.9),
    "bathroom_visits": (6.0, 1.5),
    "night_rest": (220.0, 45.0),
    "night_active_blocks": (9.0, 3.0),
    "first_activity": (78.0, 24.0),
    "last_activity": (984.0, 30.0),
    "kitchen_visits": (14.0, 3.0),
    "fridge_openings": (8.0, 2.2),
    "kettle_uses": (5.0, 1.3),
    "room_changes": (62.0, 11.0),
    "door_uses": (3.0, 1.6),
    "out_minutes": (70.0, 40.0),
    "longest_still": (95.0, 25.0),
    "active_blocks": (88.0, 12.0),
}
_MOVES: Final = {name: p.weights | p.optional for name, p in zip(PATTERN_NAMES, PATTERNS, strict=True)}
VITALS: Final = {
    "systolic_mmhg": (132.0, 9.0),
    "diastolic_mmhg": (76.0, 6.0),
    "pulse_bpm": (72.0, 5.0),
    "spo2_percent": (96.0, 0.8),
    "body_temperature_c": (36.6, 0.2),
    "respiration_per_min": (16.0, 1.2),
    "weight_kg": (68.0, 0.5),
}


class Begun(NamedTuple):
    """How far a story has gone."""

    story: str
    level: float  # in alarm levels
    since_days: float  # NaN before it began
    odds: float = math.nan  # evidence at which an alert of it opened; NaN before
    opens: bool = False  # on this very day
    told: int = 0  # alerts about the person on this day


def ramp(level: float, onset_days: float, age: int) -> float:
    """How far a story has gone `age` days before the end."""
    return level * float(np.clip((onset_days - age) / RAMP_DAYS, 0.0, 1.0))


def care_day(
    home: str, rng: np.random.Generator, begun: Begun, *, known_days: int, close_s: int
) -> tuple[list[Point], list[Evidence]]:
    """The rows of one care day that closes at `close_s`, and its evidence."""
    story = begun.story
    learning = known_days < USUAL_FROM_DAYS
    seen = math.nan if learning else 0.9 + 0.1 * rng.random()
    rows = _features(home, rng, story, begun.level, known_days=known_days, close_s=close_s)
    own: tuple[tuple[str, float], ...] = (
        *state_fields(DayCoverage(seen, learning=learning)),
        ("alerts", float(begun.told)),
    )
    if learning:
        return [Point("home", (("home", home),), own, close_s), *rows], []
    evidence = [_evidence(rng, name, begun) for name in PATTERN_NAMES]
    for each in evidence:
        fields = (
            ("score", float(rng.normal(0.0, 0.7)) + (4.0 * begun.level if each.pattern == story else 0.0)),
            ("evidence", each.evidence),
            ("coverage", seen),
            ("assessed", 1.0),
            ("alarm", float(math.isfinite(each.odds))),
            ("odds", each.odds),
            ("baseline_days", float(known_days)),
            ("threshold", THRESHOLD),
            ("since_days", each.since_days if math.isfinite(each.odds) else math.nan),
        )
        rows.append(Point("pattern", (("home", home), ("pattern", each.pattern)), fields, close_s))
    total = math.fsum(each.evidence for each in evidence if math.isfinite(each.evidence))
    days = known_days - USUAL_FROM_DAYS + 1
    own = (
        *own,
        ("evidence", total),
        ("threshold", THRESHOLD),
        ("assessed_days", float(days)),
        ("change_alerts", float((days + hash_of(home) % 40) // 40 + math.isfinite(begun.odds))),
        ("chance_alerts", days / THRESHOLD),
    )
    return [Point("home", (("home", home),), own, close_s), *rows], evidence


def _evidence(rng: np.random.Generator, pattern: str, begun: Begun) -> Evidence:
    """What a pattern says: a little by chance, and what the story has gathered until an alert of it opened."""
    little = float(np.exp(rng.normal(-1.3, 0.9)))
    if pattern != begun.story:
        return Evidence(pattern, little, THRESHOLD)
    if begun.opens or math.isnan(begun.odds):
        found = begun.odds if begun.opens else min(little + gathered(begun.level), 0.7 * THRESHOLD)
        return Evidence(pattern, found, THRESHOLD, begun.since_days, odds=begun.odds)
    return Evidence(pattern, math.nan, THRESHOLD, begun.since_days, odds=begun.odds)


def gathered(level: float) -> float:
    """Evidence of a story that has gone so far."""
    return math.expm1(level * math.log1p(THRESHOLD))


def _features(
    home: str, rng: np.random.Generator, story: str, level: float, *, known_days: int, close_s: int
) -> list[Point]:
    moves = _MOVES.get(story, {})
    rows = []
    for name, (usual, spread) in FEATURES.items():
        z = float(rng.normal()) * 0.7 + 2.2 * level * moves.get(name, 0.0)
        value = max(0.0, usual + z * spread)
        band = (("usual_low", max(0.0, usual - 1.3 * spread)), ("usual_high", usual + 1.3 * spread), ("z", z))
        fields = (("value", value), *(band if known_days >= USUAL_FROM_DAYS else ()))
        rows.append(Point("day", (("home", home), ("feature", name)), fields, close_s))
    return rows


def vitals(home: str, rng: np.random.Generator, age: int, close_s: int) -> list[Point]:
    """Spot checks three times a week, and what is due."""
    rows = []
    measured = age % 7 in (0, 2, 4)
    late = rng.random() < 0.1
    for name, (usual, spread) in VITALS.items():
        tags = (("home", home), ("quantity", name))
        fields = [("due", float(late and not measured))]
        if measured:
            value = usual + float(rng.normal()) * spread
            fields += [("value", value), ("usual_low", usual - 2 * spread), ("usual_high", usual + 2 * spread)]
            fields.append(("outside", 1.0 if value < fields[-2][1] else 2.0 if value > fields[-1][1] else 0.0))
        rows.append(Point("vital", tags, tuple(fields), close_s))
    if measured:
        rows.append(news2_set(home, rng, close_s))
    return rows


def news2_set(home: str, rng: np.random.Generator, time_s: int) -> Point:
    """A set of readings; three in ten are partial and have no score."""
    complete = rng.random() < 0.7
    score = float(rng.choice([0, 1, 2, 3, 5], p=[0.4, 0.3, 0.15, 0.1, 0.05]))
    fields = (
        ("score", score if complete else float("nan")),
        ("points_partial", score),
        ("missing", 0.0 if complete else 2.0),
        ("red", 0.0),
        ("complete", float(complete)),
    )
    return Point("news2", (("home", home),), fields, time_s)
