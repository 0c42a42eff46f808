"""Why: an open episode in the person's own words and units. Worth checking, never a diagnosis."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.core.confounders import Flag
from rules.core.day import Role
from rules.core.detector import own_normal
from rules.core.detector_state import NEVER, DayState
from rules.core.features import FEATURES, plain
from rules.core.patterns import CORE, COVERAGE_LEAST, OPTIONAL, PATTERNS
from rules.core.telling import told

RECENT_DAYS = 7
SHOWN = 4  # features named in an explanation
SHOWN_BESIDE = 2
STANDS_OUT = 1.0  # by how many SD of a day the mean of the last week differs: about twice what chance gives it
LEARNING_DAYS = 14  # before that nothing is judged
_NEAT_DAYS = (10, 15, 20, 30, 45, 60, 90, 120, 180, 365, 730)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a person should see beside an alert of the day tier."""

    pattern: str  # its name in `patterns.PATTERNS`
    words: str  # "up to the bathroom more than usual"
    changes: tuple[str, ...]  # what a family is shown of it: usual and now, a line each
    also: tuple[str, ...]  # and what moved with it that the pattern does not look at: its name is often not the cause's
    since_day: int  # care day on which it is thought to have begun
    roles: tuple[Role, ...]  # the sensors it rests on
    coverage: float  # share of the pattern that could be seen on the last day
    baseline_days: int  # days the usual is made of
    evidence: float  # days between chance alerts at this level
    chance: str
    clears: str
    next_step: str


@dataclass(frozen=True, slots=True)
class DayStatus:
    """What the day tier can say of one home today; shown, not alerted."""

    learning_days_left: int  # 0 when every usual is known
    flags: Flag  # why the day was not assessed, NONE when it was
    not_assessed: tuple[str, ...]  # patterns with under half their sensors heard
    alerts: int  # so far ...
    assessed_days: int  # ... in so many days: the observed rate beside the nominal one

    @property
    def observed_days_between_alerts(self) -> float:
        """How many assessed days passed for each alert; infinite before the first."""
        return self.assessed_days / self.alerts if self.alerts else math.inf


def open_patterns(state: DayState, home: int) -> list[int]:
    """Patterns with an open episode in `home`, in the order of `PATTERNS`."""
    return [p for p in range(len(PATTERNS)) if int(state.episode[p, home]) != NEVER]


def explain(state: DayState, home: int, pattern: int) -> Explanation:
    """Why pattern number `pattern` is open in `home`. IndexError for a home or pattern that does not exist."""
    one = state.take(np.array([home], np.intp))
    level, spread, days = own_normal(one)
    recent = one.ring[-RECENT_DAYS:, :, 0].astype(np.float64)
    row = PATTERNS[pattern]
    weight = CORE[pattern] + OPTIONAL[pattern]
    used = np.flatnonzero((weight != 0.0) & np.isfinite(level[:, 0]) & np.isfinite(recent).any(axis=0))
    push = {int(f): float(weight[f]) * (_mean(recent[:, f]) - float(level[f, 0])) / float(spread[f, 0]) for f in used}
    first = sorted((f for f in push if push[f] > 0.0), key=lambda f: (-push[f], f))
    changes = tuple(filter(None, (_line(level, recent, f) for f in first)))
    also = _beside(level, spread, recent, set(push))
    roles = sorted({r for f in used for r in FEATURES[f].roles})
    return Explanation(
        pattern=row.name,
        words=row.words,
        changes=changes[:SHOWN],
        also=also[:SHOWN_BESIDE],
        since_day=int(state.onset[pattern, home]),
        roles=tuple(roles),
        coverage=float(state.coverage[pattern, home]),
        baseline_days=int(np.median(days[used, 0])) if used.size else 0,
        evidence=float(state.odds[pattern, home]),
        chance=chance_text(float(state.odds[pattern, home])),
        clears="It ends when the days look usual again for about a week, or after four weeks as the new usual.",
        next_step=row.next_step,
    )


def _line(level: NDArray[np.float64], recent: NDArray[np.float64], f: int) -> str:
    unit = FEATURES[f].unit
    return told(FEATURES[f], plain(unit, float(level[f, 0])), plain(unit, _mean(recent[:, f])))


def _beside(
    level: NDArray[np.float64], spread: NDArray[np.float64], recent: NDArray[np.float64], pattern: set[int]
) -> tuple[str, ...]:
    """What else moved the way that is worse for some pattern, the furthest first."""
    known = np.flatnonzero((CORE != 0.0).any(axis=0) & np.isfinite(level[:, 0]) & np.isfinite(recent).any(axis=0))
    moved = {int(f): (_mean(recent[:, f]) - float(level[f, 0])) / float(spread[f, 0]) for f in known}
    worse = [f for f in moved if f not in pattern and (CORE[:, f] * moved[f] > 0.0).any()]
    far = sorted((f for f in worse if abs(moved[f]) >= STANDS_OUT), key=lambda f: (-abs(moved[f]), f))
    return tuple(filter(None, (_line(level, recent, f) for f in far)))


def status(state: DayState, home: int) -> DayStatus:
    """What the day tier can say of `home` after the last closed care day."""
    lived = int(np.count_nonzero(state.learn[:, home]))
    unseen = tuple(p.name for i, p in enumerate(PATTERNS) if float(state.coverage[i, home]) < COVERAGE_LEAST)
    return DayStatus(
        learning_days_left=max(LEARNING_DAYS - lived, 0),
        flags=Flag(int(state.flags[home])),
        not_assessed=unseen,
        alerts=int(state.alerts[home]),
        assessed_days=int(state.assessed[home]),
    )


def chance_text(evidence_days: float) -> str:
    """How often so much evidence gathers with nothing the matter, in a neat number of days, rounded down."""
    below = [d for d in _NEAT_DAYS if d <= evidence_days] or [_NEAT_DAYS[0]]
    return f"A level like this is reached by chance about once in {below[-1]} days."


def _mean(values: NDArray[np.float64]) -> float:
    known = [float(v) for v in values if math.isfinite(v)]
    return math.fsum(known) / len(known)
