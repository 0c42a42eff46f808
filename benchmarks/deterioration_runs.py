"""Runs the day tier over homes and over copies of them, all columns at once, and scores what it said."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.deterioration_days import NEEDED_DAYS, ONSETS, WARM_UP_DAYS, Copies, Homes
from rules.core.detector import close_day
from rules.core.detector_state import DayState, new_state
from rules.core.patterns import SUMMED

NOT_FOUND = 99
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Clean:
    """The homes as they were recorded: tellings, those that were news of an open episode, and assessed days (D, H), and
    the state before each onset."""

    alarm: Bools
    news: Bools
    assessed: Bools
    before: dict[int, DayState]


@dataclass(frozen=True, slots=True)
class Found:
    """What happened to N copies after their onset."""

    home: NDArray[np.intp]
    scenario: NDArray[np.str_]
    recorded: Bools  # as in `Copies`
    onset: NDArray[np.intp]
    twin: Bools  # the home itself, with nothing put in, told something in the same two weeks
    day: NDArray[np.intp]  # (N,) days from onset to the first alert, 0 for the day itself; NOT_FOUND
    pattern: NDArray[np.intp]  # (N,) named by that alert
    onset_error: NDArray[np.intp]  # (N,) days between the dated and the true onset
    alarms: NDArray[np.intp]  # (N,) tellings in the whole span, of which ...
    news: NDArray[np.intp]  # (N,) ... so many were news of an episode that was open
    assessed: NDArray[np.intp]  # (N,) days


def run_clean(homes: Homes, c: float) -> Clean:
    """The recorded days, one after the other, from a state that knows nobody."""
    state = new_state(len(homes.ids))
    alarm, news, assessed = (np.zeros(homes.flags.shape, np.bool_) for _ in range(3))
    before = {}
    everybody = np.arange(len(homes.ids))
    for day in range(len(homes.flags)):
        if day in ONSETS:
            before[day] = state.take(everybody)
        result = close_day(state, day, homes.features[day], homes.flags[day], c)
        alarm[day], news[day] = result.alarm, result.news
        assessed[day] = np.isfinite(result.score[SUMMED]).any(axis=0) & (day < homes.lengths)
    return Clean(alarm, news, assessed, before)


def run_copies(clean: Clean, copies: Copies, c: float) -> Found:
    """Each copy goes on from its home's own state on the morning of the onset."""
    state = clean.before[copies.onset].take(copies.home)
    n = len(copies.home)
    day_found, pattern = np.full(n, NOT_FOUND, np.intp), np.full(n, -1, np.intp)
    dated, alarms, news, assessed = (np.zeros(n, np.intp) for _ in range(4))
    for since in range(len(copies.flags)):
        day = copies.onset + since
        result = close_day(state, day, copies.features[since], copies.flags[since], c)
        first = result.alarm & (day_found == NOT_FOUND)
        day_found[first], pattern[first] = since, result.pattern[first]
        dated[first] = state.onset[result.pattern[first], np.flatnonzero(first)] - copies.onset
        alarms += result.alarm
        news += result.news
        assessed += np.isfinite(result.score[SUMMED]).any(axis=0) & (since < copies.watched)
    twin = clean.alarm[copies.onset : copies.onset + NEEDED_DAYS].any(axis=0)[copies.home]
    whose = copies.home, copies.scenario, copies.recorded, np.full(n, copies.onset), twin
    return Found(*whose, day_found, pattern, dated, alarms, news, assessed)


def joined(parts: list[Found]) -> Found:
    """The copies of several onsets together."""
    return Found(*(np.concatenate([getattr(p, name) for p in parts]) for name in Found.__dataclass_fields__))


def counted(clean: Clean) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Alerts and assessed days of each home after the warm-up, (H,)."""
    late = slice(WARM_UP_DAYS, None)
    return clean.alarm[late].sum(axis=0), clean.assessed[late].sum(axis=0)


def chance(clean: Clean, lengths: NDArray[np.intp], days: int) -> NDArray[np.float64]:
    """For each home (H,) the share of days after the warm-up that had an alert within `days` with nothing put in."""
    shares = []
    for h, length in enumerate(lengths):
        starts = range(WARM_UP_DAYS, int(length) - NEEDED_DAYS)
        shares.append(float(np.mean([clean.alarm[s : s + days, h].any() for s in starts])) if starts else np.nan)
    return np.array(shares)
