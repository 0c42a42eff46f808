"""Why: an open episode in the person's own words and units. Worth checking, never a diagnosis."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.core.confounders import Flag
from rules.core.day import Role
from rules.core.detector import own_normal
from rules.core.detector_state import NEVER, ONSET_DAYS, DayState, F
from rules.core.features import FEATURES, INDEX, plain
from rules.core.patterns import CORE, COVERAGE_LEAST, OPTIONAL, PATTERNS, SUMMED
from rules.core.telling import VITALS_TOLD, told, vital_told

RECENT_DAYS = 7
VITAL_DAYS = 3
BAND_SD = 1.5  # a usual day lies in the band about seven times of eight
SHOWN = 4  # features named in an explanation
SHOWN_BESIDE = 2
STANDS_OUT = 1.0  # by how many SD of a day the mean of the last week differs: about twice what chance gives it
LEARNING_DAYS = 14  # before that nothing is judged
_WEIGHT = CORE + OPTIONAL
Doubles = NDArray[np.float64]
_NEAT_DAYS = (10, 15, 20, 30, 45, 60, 90, 120, 180, 365, 730)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a person should see beside an alert of the day tier."""

    pattern: str  # the one that opened the episode: its name in `patterns.PATTERNS`
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
    vitals: tuple[str, ...] = ()  # vital signs that left their band in the last days
    joined: tuple[str, ...] = ()  # names of the patterns that rose since, in that order: news of the same episode
    told_day: int = NEVER  # care day on which the last of them did; NEVER where none has


@dataclass(frozen=True, slots=True)
class DayStatus:
    """What the day tier can say of one home today; shown, not alerted."""

    learning_days_left: int  # 0 when every usual is known
    flags: Flag  # why the day was not assessed, NONE when it was
    not_assessed: tuple[
        str, ...
    ]  # patterns with under half their sensors heard; vital signs nobody takes are not missed
    alerts: int  # so far ...
    assessed_days: int  # ... in so many days: the observed rate beside the nominal one

    @property
    def observed_days_between_alerts(self) -> float:
        """How many assessed days passed for each alert; infinite before the first."""
        return self.assessed_days / self.alerts if self.alerts else math.inf


def open_patterns(state: DayState, home: int) -> list[int]:
    """Patterns of the open episode of `home`: the one that opened it, and those that rose since, in that order."""
    age = state.episode[:, home].tolist()
    return sorted((p for p in range(len(PATTERNS)) if age[p] != NEVER), key=lambda p: -age[p])


def explain(state: DayState, home: int, pattern: int) -> Explanation:
    """Why the episode that pattern number `pattern` opened in `home` is open, and all that has joined it since.

    IndexError for a home or pattern that does not exist.
    """
    one = state.take(np.array([home], np.intp))
    level, spread, days = own_normal(one)
    recent = _recent(one)
    row = PATTERNS[pattern]
    joined = [p for p in open_patterns(state, home) if p != pattern]
    known = np.isfinite(level[:, 0]) & np.isfinite(recent).any(axis=0)
    moved = np.array([(_mean(recent[:, f]) - level[f, 0]) / spread[f, 0] if known[f] else 0.0 for f in range(F)])
    used = np.flatnonzero((_WEIGHT[[pattern, *joined]] != 0.0).any(axis=0) & known)
    shown = _furthest(_WEIGHT[pattern] * moved)[:SHOWN]
    for p in joined:
        shown += [f for f in _furthest(_WEIGHT[p] * moved)[:SHOWN_BESIDE] if f not in shown]
    beside = _beside(moved, used.tolist())
    return Explanation(
        pattern=row.name,
        words=row.words,
        changes=_lines(level, recent, shown),
        also=_lines(level, recent, beside)[:SHOWN_BESIDE],
        since_day=int(state.onset[pattern, home]),
        roles=tuple(sorted({r for f in used for r in FEATURES[f].roles})),
        coverage=float(state.coverage[pattern, home]),
        baseline_days=int(np.median(days[used, 0])) if used.size else 0,
        evidence=float(state.odds[pattern, home]),
        chance=chance_text(float(state.odds[pattern, home])),
        clears="It ends when the days look usual again for about a week, or after four weeks as the new usual.",
        next_step=row.next_step,
        vitals=_vitals(level, spread, one.ring[-VITAL_DAYS:, :, 0].astype(np.float64), row.alone),
        joined=tuple(PATTERNS[p].name for p in joined),
        told_day=int(state.told[home]) if joined else NEVER,
    )


def _recent(one: DayState) -> Doubles:
    """The days of the last week of a home on its own that were judged; where none was, the last ones that were.

    A day away is no day at home on which nothing was done.
    """
    judged = np.flatnonzero(np.asarray(np.isfinite(one.surprises[:, :, 0]).any(axis=1)))
    lately = judged[judged >= ONSET_DAYS - RECENT_DAYS]
    rows = lately if lately.size else judged[-RECENT_DAYS:]
    return one.ring[-ONSET_DAYS:, :, 0][rows].astype(np.float64)


def _vitals(level: Doubles, spread: Doubles, lately: Doubles, alone: bool) -> tuple[str, ...]:
    """What was measured in the last days and is, on average, outside its band; told is the latest reading.

    `alone`: the episode rests on vital signs and nothing else, so the one that is furthest off is told in any case.
    """
    off = {}
    for f in (INDEX[name] for name in VITALS_TOLD):
        known = lately[np.isfinite(lately[:, f]), f]
        if known.size and np.isfinite(level[f, 0]):
            off[f] = abs(_mean(known) - float(level[f, 0])) / float(spread[f, 0]), float(known[-1])
    least = min(BAND_SD, max((far for far, _ in off.values()), default=0.0)) if alone else BAND_SD
    return tuple(vital_told(FEATURES[f], float(level[f, 0]), now) for f, (far, now) in off.items() if far >= least)


def _furthest(push: Doubles) -> list[int]:
    """The features that push up, the furthest first."""
    return sorted((int(f) for f in np.flatnonzero(push > 0.0)), key=lambda f: (-push[f], f))


def _lines(level: Doubles, recent: Doubles, features: list[int]) -> tuple[str, ...]:
    return tuple(filter(None, (_line(level, recent, f) for f in features)))


def _line(level: Doubles, recent: Doubles, f: int) -> str:
    unit = FEATURES[f].unit
    return told(FEATURES[f], plain(unit, float(level[f, 0])), plain(unit, _mean(recent[:, f])))


def _beside(moved: Doubles, used: list[int]) -> list[int]:
    """What else moved the way that is worse for some pattern, the furthest first."""
    far = np.abs(moved) >= STANDS_OUT
    worse = (CORE * moved > 0.0).any(axis=0) & far
    worse[used] = False
    return _furthest(np.abs(moved) * worse)


def status(state: DayState, home: int) -> DayStatus:
    """What the day tier can say of `home` after the last closed care day."""
    lived = int(np.count_nonzero(state.learn[:, home]))
    unseen = tuple(PATTERNS[p].name for p in SUMMED if float(state.coverage[p, home]) < COVERAGE_LEAST)
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


def _mean(values: Doubles) -> float:
    known = [float(v) for v in values if math.isfinite(v)]
    return math.fsum(known) / len(known)
