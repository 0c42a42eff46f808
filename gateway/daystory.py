"""A closed care day as points: day features beside their usual band, and the evidence of each pattern.

day,home=,feature=      value, usual_low, usual_high (in plain units), z
pattern,home=,pattern=  score, evidence (days between chance alerts), coverage, assessed, alarm, baseline_days,
                        threshold
home,home=              state_learning, state_away, state_assessed, coverage
"""

import math

import numpy as np

from gateway.point import Point
from rules.base import NS_PER_S
from rules.core.confounders import Flag
from rules.core.detector import DAYS_PER_EVIDENCE, ONE_IN_30_DAYS, DayResult, factor, own_normal
from rules.core.detector_state import NEVER, DayState
from rules.core.explain import DayStatus
from rules.core.features import FEATURES, plain
from rules.core.patterns import PATTERNS

Fields = tuple[tuple[str, float], ...]

BAND_SD = 1.5  # a usual day lies in the band about seven times of eight


def day_points(  # noqa: PLR0917
    home: str,
    state: DayState,
    result: DayResult,
    end_ns: int,
    status: DayStatus | None,
    days_between: float = ONE_IN_30_DAYS,
) -> list[Point]:
    """All points of the care day that ended at `end_ns`, for home 0 of `state`; `days_between` alerts by chance."""
    time_s = end_ns // NS_PER_S
    level, spread, days = own_normal(state)
    today = state.ring[-1, :, 0].astype(np.float64)
    points: list[Point] = []
    fields: Fields
    for f, feature in enumerate(FEATURES):
        at, sd = float(level[f, 0]), float(spread[f, 0])
        if math.isnan(today[f]):
            continue  # not assessed: absent, never 0
        fields = (
            ("value", plain(feature.unit, float(today[f]))),
            ("usual_low", plain(feature.unit, at - BAND_SD * sd)),
            ("usual_high", plain(feature.unit, at + BAND_SD * sd)),
            ("z", float(result.z[f, 0])),
        )
        points.append(Point("day", (("home", home), ("feature", feature.name)), fields, time_s))
    needed = factor(state)
    for p, pattern in enumerate(PATTERNS):
        score = float(result.score[p, 0])
        open_now = int(state.episode[p, 0]) != NEVER
        fields = (
            ("score", score),
            ("evidence", DAYS_PER_EVIDENCE * float(result.evidence[p, 0])),
            ("coverage", float(result.coverage[p, 0])),
            ("assessed", float(not math.isnan(score))),
            ("alarm", float(open_now)),
            ("baseline_days", float(np.median(days))),
            ("threshold", days_between * float(needed[p, 0])),
            ("since_days", float(state.day - int(state.onset[p, 0])) if open_now else math.nan),
        )
        points.append(Point("pattern", (("home", home), ("pattern", pattern.name)), fields, time_s))
    if status is not None:
        fields = (
            ("state_learning", float(status.learning_days_left > 0)),
            ("state_away", float(bool(status.flags & Flag.AWAY))),
            ("state_assessed", float(not status.flags and status.learning_days_left == 0)),
            ("coverage", float(np.mean(state.coverage[:, 0]))),
        )
        points.append(Point("home", (("home", home),), fields, time_s))
    return points
