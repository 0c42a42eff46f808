"""Daily series of the care day: features, patterns, learning.

A closed care day as points: day features beside their usual band, and the evidence of each pattern.

day,home=,feature=      value, usual_low, usual_high (in plain units), z
pattern,home=,pattern=  score, evidence (its share, in days of chance), threshold (of all shares together), coverage,
                        assessed, alarm, odds (at which the open episode opened), baseline_days, since_days
home,home=              state_learning, state_away, state_assessed, coverage, evidence (all shares together), threshold,
                        assessed_days, change_alerts, chance_alerts (as many by chance alone)
"""

import math

import numpy as np

from gateway.model.point import Point
from gateway.points.caseload_priority import DayCoverage, Evidence
from rules.core.confounders import Flag
from rules.core.detector import ONE_IN_30_DAYS, DayResult, begun, own_normal, shares
from rules.core.detector_state import NEVER, DayState
from rules.core.explain import BAND_SD, LEARNING_DAYS, DayStatus
from rules.core.features import FEATURES, plain
from rules.core.patterns import PATTERN_NAMES, PATTERNS, SUMMED
from rules.terms.time import NS_PER_S

Fields = tuple[tuple[str, float], ...]


def day_points(
    home: str,
    state: DayState,
    result: DayResult,
    end_ns: int,
    status: DayStatus | None,
    *,
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
    began = begun(state)
    for p, pattern in enumerate(PATTERNS):
        score = float(result.score[p, 0])
        open_now = int(state.episode[p, 0]) != NEVER
        fields = (
            ("score", score),
            ("evidence", _gathered(float(result.evidence[p, 0]), not math.isnan(score))),
            ("coverage", float(result.coverage[p, 0])),
            ("assessed", float(not math.isnan(score))),
            ("alarm", float(open_now)),
            ("baseline_days", float(np.median(days))),
            ("odds", float(state.odds[p, 0]) if open_now else math.nan),
            ("threshold", days_between),
            ("since_days", float(state.day - int(began[p, 0]) + 1) if open_now else math.nan),
        )
        points.append(Point("pattern", (("home", home), ("pattern", pattern.name)), fields, time_s))
    if status is not None:
        fields = (
            *state_fields(day_coverage(state, status)),
            ("evidence", _gathered(float(result.total[0]), bool(np.isfinite(result.score).any()))),
            ("threshold", days_between),
            *_rate(status, days_between),
        )
        points.append(Point("home", (("home", home),), fields, time_s))
    return points


def pattern_evidence(state: DayState, days_between: float, since_close_days: float) -> list[Evidence]:
    """What has gathered for each pattern, so long after the care day closed."""
    share, began = shares(state)[0][:, 0], begun(state)[:, 0]
    return [
        Evidence(
            name,
            float(share[p]),
            days_between,
            since_days=state.day - int(began[p]) + 1 + since_close_days,
            alone=PATTERNS[p].alone,
            odds=float(state.odds[p, 0]) if state.episode[p, 0] != NEVER else math.nan,
        )
        for p, name in enumerate(PATTERN_NAMES)
    ]


def day_coverage(state: DayState, status: DayStatus | None) -> DayCoverage:
    """What could be seen on the care day last closed; `status` is None before the first."""
    if status is None:
        return DayCoverage(learning=True, assessed=False, learning_day=1)
    left, blind = status.learning_days_left, bool(status.flags & Flag.NOT_WATCHED)
    away = bool(status.flags & Flag.AWAY)
    compared = not left and not away and (blind or not status.flags)  # else nothing was compared, whatever was heard
    return DayCoverage(
        coverage=float(np.mean(state.coverage[SUMMED, 0])) if compared else math.nan,
        learning=left > 0,
        away=away,
        assessed=not status.flags,
        learning_day=LEARNING_DAYS - left + 1 if left else 0,
        blind=blind,
    )


def state_fields(seen: DayCoverage) -> Fields:
    """The fields of the `home` series that say whether the day could be compared."""
    return (
        ("state_learning", float(seen.learning)),
        ("state_away", float(seen.away)),
        ("state_assessed", float(seen.assessed and not seen.learning)),
        ("coverage", seen.coverage),
    )


def _gathered(days: float, assessed: bool) -> float:
    """Evidence as it leaves: nothing for a day that was not assessed, nor where none gathers (an open episode)."""
    return days if assessed and days > 0.0 else math.nan


def _rate(status: DayStatus, days_between: float) -> Fields:
    """Alerts so far beside as many as chance alone would give in as many days; absent before the first such day."""
    if not status.assessed_days:
        return ()
    chance = status.assessed_days / days_between
    return (
        ("assessed_days", float(status.assessed_days)),
        ("change_alerts", float(status.alerts)),
        ("chance_alerts", chance),
    )
