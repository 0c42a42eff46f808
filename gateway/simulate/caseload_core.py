"""Homes that cannot be judged, as the real core sees them: new ones, empty ones, and those that are hardly heard.

Their days go through the core of the box and come out as its points, so that a dashboard shows of them what it will
show of a real home: no usual yet, nothing assessed, no coverage that was never measured.
"""

from typing import Final

import numpy as np

from gateway.model.point import Point
from gateway.points.alert_points import day_told_point
from gateway.points.caseload_priority import DayCoverage, Evidence
from gateway.points.day_points import day_coverage, day_points, pattern_evidence
from gateway.simulate.caseload_days import FEATURES as USUAL
from rules.core.confounders import Flag
from rules.core.day import OUTSIDE_DOORS, ROLES, ROOMS, DayEvents
from rules.core.detector import ONE_IN_30_DAYS, close_day
from rules.core.detector_state import new_state
from rules.core.explain import status
from rules.core.features import FEATURES, day_features, transform
from rules.terms.time import NS_PER_S

STORIES: Final = ("new", "away", "dim")
_DAY_S: Final = 86_400
_LIKE: Final = 8.0  # of a figure that the caseload has no typical value for, as the core takes it
_DIMMED: Final = frozenset((*ROOMS, *OUTSIDE_DOORS))  # what the silent sensors of `caseload_minutes` tell about
_TYPICAL: Final = np.array([transform(f.unit, USUAL[f.name][0]) if f.name in USUAL else _LIKE for f in FEATURES])
_SCALE: Final = np.array([f.scale for f in FEATURES])
_NO_VITALS: Final = np.array([not f.roles for f in FEATURES])
_UNSEEN: Final = np.array([bool(_DIMMED & set(f.roles)) for f in FEATURES])


class Unjudged:
    """The core of one such home."""

    def __init__(self, home: str, story: str, rng: np.random.Generator, onset_days: float) -> None:
        """`onset_days`: how long ago it was left, or its sensors fell silent."""
        self._home = home
        self._story = story
        self._rng = rng
        self._onset_days = onset_days
        self._state = new_state(1)

    def close(self, age: int, close_s: int, told: int) -> tuple[list[Point], list[Evidence], DayCoverage]:
        """The rows of the care day that closes then, `age` days before the end, and what the core makes of it."""
        begun = age < self._onset_days
        figures = _TYPICAL + 0.7 * _SCALE * self._rng.standard_normal(len(FEATURES))
        figures[_NO_VITALS] = np.nan
        flag = Flag.NONE
        if begun and self._story == "away":
            figures, flag = day_features(_nobody()), Flag.AWAY
        elif begun and self._story == "dim":
            figures[_UNSEEN] = np.nan
        result = close_day(self._state, close_s // _DAY_S, figures[None], np.array([int(flag)]))
        now = status(self._state, 0)
        rows = day_points(self._home, self._state, result, close_s * NS_PER_S, now)
        rows.append(day_told_point(self._home, told, close_s * NS_PER_S))
        return rows, pattern_evidence(self._state, ONE_IN_30_DAYS, 0.0), day_coverage(self._state, now)


def _nobody() -> DayEvents:
    return DayEvents(np.empty(0), np.empty(0, np.int8), np.ones(ROLES, dtype=np.bool_))
