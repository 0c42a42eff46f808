"""Homes as arrays of days, and copies of them with something put in: what `benchmarks.deterioration` runs on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import tihm
from benchmarks.inject import RESTS_ON, SCENARIOS, Habits, Rng, applies, habits
from benchmarks.inject_nulls import NULLS
from benchmarks.tihm_days import care_days
from rules.core.confounders import Flag, day_flag
from rules.core.day import DayEvents
from rules.core.features import NAMES, day_features

LEAST_DAYS = 42  # days with an event a home must have
ONSETS = (28, 42, 56)  # days of history before the change
SPAN_DAYS = 28  # days that are followed after it
NEEDED_DAYS = 14  # of them must be there
WARM_UP_DAYS = 21  # days before alerts are counted

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Homes:
    """H homes side by side from their own first day on: features (D, H, F) and flags (D, H), padded as not watched."""

    ids: list[str]
    days: list[list[DayEvents]]
    features: Array
    flags: NDArray[np.int64]
    lengths: NDArray[np.intp]  # (H,)


@dataclass(frozen=True, slots=True)
class Copies:
    """N copies of homes with a change from day `onset` on: features (28, N, F), flags (28, N)."""

    onset: int
    home: NDArray[np.intp]  # (N,) which home
    scenario: NDArray[np.str_]  # (N,)
    features: Array
    flags: NDArray[np.int64]
    watched: NDArray[np.intp]  # (N,) days that are real
    recorded: NDArray[np.bool_]  # (N,) the home could record what was put in: an episode. Null scenarios always are


def load(directory: Path) -> Homes:
    """The homes of `directory` with enough days."""
    kept = [c for c in map(care_days, tihm.load(directory)) if sum(d.time_s.size > 0 for d in c.days) >= LEAST_DAYS]
    lengths = np.array([len(c.days) for c in kept], np.intp)
    features, flags = _blank(int(lengths.max(initial=0)), len(kept))
    for h, home in enumerate(kept):
        for d, day in enumerate(home.days):
            features[d, h], flags[d, h] = day_features(day), int(day_flag(day))
    return Homes([c.id for c in kept], [c.days for c in kept], features, flags, lengths)


def copies(homes: Homes, onset: int, seeds: int) -> Copies:
    """Every scenario, null scenarios included, in every home that goes on for long enough after `onset`."""
    own = {int(h): _habits(homes, int(h), onset) for h in np.flatnonzero(homes.lengths >= onset + NEEDED_DAYS)}
    jobs = [
        (h, name, seed)
        for h in own
        for name in (*SCENARIOS, *NULLS)
        for seed in range(seeds if name in SCENARIOS else 1)
    ]
    features, flags = _blank(SPAN_DAYS, len(jobs))
    watched = np.zeros(len(jobs), np.intp)
    names = (*SCENARIOS, *NULLS)
    for n, (h, name, seed) in enumerate(jobs):
        rng = np.random.default_rng([seed, onset, h, names.index(name)])
        span = homes.days[h][onset : onset + SPAN_DAYS]
        watched[n] = len(span)
        for since, real in enumerate(span):
            day = _changed(name, real, own[h], since, rng)
            features[since, n], flags[since, n] = day_features(day), int(day_flag(day))
    home = np.array([j[0] for j in jobs], np.intp)
    recorded = np.array([_recorded(homes, h, name, onset, own[h]) for h, name, _ in jobs], np.bool_)
    return Copies(onset, home, np.array([j[1] for j in jobs]), features, flags, watched, recorded)


def _recorded(homes: Homes, home: int, name: str, onset: int, own: Habits) -> bool:
    """On half of the two weeks somebody was at home and the sensors that `name` rests on could be heard.

    A dead bathroom sensor records no visit, whatever happens: without this a copy is the home with nothing put in.
    """
    if name in NULLS:
        return True
    weeks = range(onset, onset + NEEDED_DAYS)
    heard = [name not in RESTS_ON or bool(homes.days[home][d].heard[list(RESTS_ON[name])].any()) for d in weeks]
    could = np.array(heard) & (homes.flags[onset : onset + NEEDED_DAYS, home] == 0)
    return applies(name, own) and int(could.sum()) >= NEEDED_DAYS // 2


def _changed(name: str, day: DayEvents, own: Habits, since: int, rng: Rng) -> DayEvents:
    if name in NULLS:
        return NULLS[name](day, own, since, rng)
    change, ramp_days = SCENARIOS[name]
    return change(day, own, min((since + 1) / ramp_days, 1.0), rng)


def _habits(homes: Homes, home: int, onset: int) -> Habits:
    assessed = homes.flags[:onset, home] == 0
    return habits([day for day, good in zip(homes.days[home][:onset], assessed, strict=True) if good])


def _blank(days: int, columns: int) -> tuple[Array, NDArray[np.int64]]:
    return np.full((days, columns, len(NAMES)), np.nan), np.full((days, columns), int(Flag.NOT_WATCHED))
