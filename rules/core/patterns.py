"""The named patterns: which features a kind of deterioration moves, and which way.

Directions are the clinical ones (research 1.2 to 1.4). Sizes are 1 for what defines the pattern and a half for what
goes with it; which is which was revised a few times on the shared TIHM homes (docs/detection.md).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.core.features import FEATURES, INDEX, NAMES


class Pattern(NamedTuple):
    """One row of the table."""

    name: str
    words: str  # "worth checking: ..."
    weights: dict[str, float]  # feature -> signed weight; + where more (or later) is worse
    optional: dict[str, float]  # the same for what few homes measure: adds when present, is not missed when absent
    next_step: str
    counts: float = 1.0  # for so much when the evidence of all patterns is added up
    alone: bool = False  # its evidence opens an episode by itself: it is no part of the sum of the others
    names: bool = True  # an episode is called after it; else only where nothing else has risen at all


PATTERNS = (
    Pattern(
        "urinary",
        "up to the bathroom more than usual",
        {
            "night_bathroom_visits": 1.0,
            "night_bathroom_firings": 1.0,
            "bathroom_visits": 1.0,
            "bathroom_firings": 0.5,
        },
        {"body_temperature": 0.5, "bed_exits": 0.5},
        "Ask about pain or burning, new confusion and how much is drunk; a GP or pharmacist can test a urine sample.",
        counts=2.0,  # alone for its illness, where most others show in several patterns at once (correlation .9)
    ),
    Pattern(
        "slowing_down",
        "moving less, and starting the day later",
        {
            "bathroom_visits": -1.0,
            "kitchen_visits": -1.0,
            "bedroom_visits": -1.0,
            "lounge_visits": -1.0,
            "hallway_visits": -1.0,
            "room_changes": -1.0,
            "firings": -0.5,
            "longest_still": 0.5,
            "first_activity": 1.0,
            "fridge_openings": -0.5,
        },
        {"day_bed_minutes": 1.0, "step_seconds": 0.5},
        "Ask how they feel on their legs, about pain, sleep, appetite and any new medicine.",
    ),
    Pattern(
        "withdrawing",
        "going from room to room less",
        {
            "room_changes": -1.0,
            "lounge_visits": -1.0,
            "kitchen_visits": -1.0,
            "hallway_visits": -1.0,
            "door_uses": -1.0,
        },
        {},
        "A visit or a call: ask about mood, company, and whether anything hurts.",
    ),
    Pattern(
        "eating_drinking",
        "fewer signs of eating and drinking",
        {"fridge_openings": -1.0, "kitchen_visits": -1.0, "kitchen_firings": -0.5, "kitchen_hours": -0.5},
        {"kettle_uses": -1.0, "weight": -0.5, "body_water": -0.5},
        "Look in the fridge and at the cups: is food eaten, are drinks finished? Offer a drink.",
    ),
    Pattern(
        "restless_nights",
        "restless nights",
        {
            "night_stirring": 1.0,
            "night_rest": -0.5,
            "night_active_blocks": 0.5,
            "night_bedroom_firings": 0.5,
        },
        {"bed_exits": 1.0, "bed_minutes": -0.5, "night_pulse": 0.5},
        "Ask about pain, breathlessness lying flat, worries at night, and late tea or tablets.",
    ),
    Pattern(
        "strain",
        "up more at night and doing less by day",
        {
            "night_active_blocks": 1.0,
            "night_bathroom_visits": 0.5,
            "night_firings": 0.5,
            "night_room_changes": 0.5,
            "night_bedroom_firings": 0.5,
            "bathroom_visits": -0.5,
            "kitchen_visits": -0.5,
            "bedroom_visits": -0.5,
            "lounge_visits": -0.5,
            "hallway_visits": -0.5,
            "room_changes": -0.5,
            "door_uses": -0.5,
        },
        {
            "respiration": 1.0,
            "night_pulse": 0.5,
            "day_pulse": 0.5,
            "weight": 0.5,
            "spo2_median": -1.0,
            "spo2_low": -0.5,
        },
        "Ask about breathlessness, swollen ankles and extra pillows; weigh them, and call the GP if it is so.",
    ),
    Pattern(
        "going_out_less",
        "going out less",
        {"door_uses": -1.0, "out_minutes": -1.0},
        {},
        "Ask whether anything keeps them in: pain, weather, worry, or nobody to go with.",
    ),
    Pattern(
        "general",
        "several things different from usual",
        {
            "bathroom_visits": -0.5,
            "kitchen_visits": -0.5,
            "bedroom_visits": -0.5,
            "lounge_visits": -0.5,
            "hallway_visits": -0.5,
            "night_bathroom_visits": 0.5,
            "night_active_blocks": 0.5,
            "room_changes": -0.5,
            "fridge_openings": -0.5,
            "door_uses": -0.5,
            "longest_still": 0.5,
            "first_activity": 0.5,
        },
        {},
        "Have a good look at how they are, and ask what has changed.",
        names=False,
    ),
    Pattern(
        "vital_signs",
        "vital signs away from their usual",
        {},
        {
            "night_pulse": 1.0,  # at rest; by day it is what one does
            "day_pulse": 0.5,
            "respiration": 1.0,
            "body_temperature": 1.0,
            "spo2_median": -1.0,
            "weight": 0.5,
        },
        "Measure again, at rest. Ask how they feel; if they feel ill or a number worries you, call the GP.",
        alone=True,
    ),
)
PATTERN_NAMES = tuple(p.name for p in PATTERNS)


def weights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The tables as arrays (P, F): the weights everybody has, and the optional ones."""
    tables = np.zeros((2, len(PATTERNS), len(NAMES)))
    for p, pattern in enumerate(PATTERNS):
        for kind, table in enumerate((pattern.weights, pattern.optional)):
            for name, weight in table.items():
                tables[kind, p, INDEX[name]] = weight
    return tables[0], tables[1]


CORE, OPTIONAL = weights()
_ALL = CORE + OPTIONAL
_CORE_TOTAL = np.maximum(np.abs(CORE).sum(axis=1), 0.5)[:, None]  # of halves: exact in any order
ALONE = np.array([p.alone for p in PATTERNS])[:, None]
SUMMED = np.flatnonzero(~ALONE[:, 0])
PRIOR = np.array([p.counts for p in PATTERNS])
NAMED = np.array([1.0 if p.names else 1e-9 for p in PATTERNS])[:, None]
TOGETHER = 0.4  # typical correlation of two features of one pattern, signed, on the shared homes
COVERAGE_LEAST = 0.5  # of a pattern's weight must be seen, or it is not assessed today


def pooled(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each pattern's score and coverage (P, H) from the features' z (F, H), NaN where unknown.

    score = Σ w·z / √(variance of that sum when features correlate by TOGETHER), over the known features; NaN
    where none is known. Coverage is the known weight over the weight of what everybody has, at most 1; a pattern of
    what few homes measure is covered by any of it.
    """
    shape = (len(PATTERNS), z.shape[1])
    top, size, square = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for feature, weight in _TERMS:  # a fixed order of sums: the same bits whatever the number of homes
        terms = z[feature]
        known = np.isfinite(terms)
        top = top + np.where(known, weight * terms, 0.0)
        size = size + known * np.abs(weight)
        square = square + known * (weight * weight)
    variance = (1.0 - TOGETHER) * square + TOGETHER * (size * size)
    score = np.where(size > 0.0, top / np.sqrt(np.maximum(variance, 1e-9)), np.nan)
    return score, np.minimum(size / _CORE_TOTAL, 1.0)


def _terms() -> list[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """For k = 0, 1, ...: the k-th feature of each pattern (P,) and its weight (P, 1), 0 where a pattern has fewer."""
    used = [np.flatnonzero(row) for row in _ALL]
    found = []
    for k in range(max(len(u) for u in used)):
        feature = np.array([u[k] if k < len(u) else u[0] for u in used], np.intp)
        weight = np.array([row[u[k]] if k < len(u) else 0.0 for row, u in zip(_ALL, used, strict=True)])
        found.append((feature, weight[:, None]))
    return found


_TERMS = _terms()


RESTLESS = ("firings", "room_changes", "busiest_hour")
_RESTLESS = [INDEX[name] for name in RESTLESS]
_RESTLESS_SCALE = np.array([FEATURES[i].scale for i in _RESTLESS])


def restlessness(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """How restless each day was (…) from its features (…, F): mean of three levels on the scale of a usual day's SD.

    Shown as a trend, never alerted: it says how much somebody moves, not whether that is unusual for them. Nothing but
    the day itself goes in. NaN where none of the three is known.
    """
    terms = features[..., _RESTLESS] / _RESTLESS_SCALE
    known = np.isfinite(terms)
    total, n = np.zeros(terms.shape[:-1]), np.zeros(terms.shape[:-1])
    for k in range(len(RESTLESS)):
        total = total + np.where(known[..., k], terms[..., k], 0.0)
        n = n + known[..., k]
    return np.where(n > 0.0, total / np.maximum(n, 1.0), np.nan)
