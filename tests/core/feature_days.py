"""Days as the day tier gets them, ordinary and messy, and how it is run over them."""

import functools

import numpy as np

from rules.core.confounders import Flag
from rules.core.detector import DayResult, close_day
from rules.core.detector_state import DayState, F
from rules.core.features import FEATURES, INDEX

SCALE = np.array([f.scale for f in FEATURES])


def ordinary(days: int, homes: int, seed: int) -> np.ndarray:
    """Features (days, homes, F) of days on which nothing changes."""
    rng = np.random.default_rng(seed)
    return 10.0 + SCALE * rng.standard_normal((days, homes, F))


def run(state: DayState, features: np.ndarray, flags: np.ndarray | None = None, first: int = 0) -> list[DayResult]:
    flags = np.zeros(features.shape[:2], np.int64) if flags is None else flags
    return [close_day(state, first + d, row, flag) for d, (row, flag) in enumerate(zip(features, flags, strict=True))]


@functools.cache
def messy() -> tuple[np.ndarray, np.ndarray]:
    """150 days of 6 homes: clean, 30 % missing, an outage, a constant and a zero home, one that deteriorates twice."""
    features = ordinary(150, 6, 3)
    rng = np.random.default_rng(4)
    features[:, 1][rng.random((150, F)) < 0.3] = np.nan
    features[60:70, 2] = np.nan
    features[:, 3] = 7.0
    features[:, 4] = 0.0
    for name in ("night_bathroom_visits", "night_bathroom_firings", "bathroom_visits"):
        features[90:110, 5, INDEX[name]] += 2.0 * SCALE[INDEX[name]]
        features[130:, 5, INDEX[name]] += 3.0 * SCALE[INDEX[name]]
    flags = np.zeros((150, 6), np.int64)
    flags[60:70, 2] = Flag.AWAY
    flags[rng.random((150, 6)) < 0.03] = Flag.NOT_WATCHED
    return features, flags
