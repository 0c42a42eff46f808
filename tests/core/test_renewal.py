"""A watched home is not left unjudged for more than 28 days in a row, whatever happens to it over the years."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rules.core.confounders import Flag
from rules.core.detector import adapt, close_day, own_normal
from rules.core.detector_state import NEVER, DayState, F, P, new_state
from rules.core.features import INDEX
from rules.core.patterns import COVERAGE_LEAST, SUMMED, pooled
from rules.core.renewal import COMPANY_MOST_DAYS, UNKNOWN_MOST_DAYS
from tests.core.feature_days import SCALE, ordinary

PROMISE_DAYS = 28
EATING = ("fridge_openings", "kitchen_visits", "kitchen_firings", "kitchen_hours")
BUSY = ("together", "firings")


def live(state: DayState, days: np.ndarray, flags: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Whether each of the days was judged, and whether it raised an alert: news of an open one is none."""
    judged, alarms = [], []
    for d, row in enumerate(days):
        flag = 0 if flags is None else int(flags[d])
        result = close_day(state, state.day + 1, row[None], np.array([flag]))
        judged.append(bool(np.isfinite(result.score[SUMMED]).any()))
        alarms.append(bool(result.alarm[0] and not result.news[0]))
    return np.array(judged), np.array(alarms)


def changed(days: np.ndarray, names: tuple[str, ...], by: float, first: int) -> np.ndarray:
    for name in names:
        days[first:, INDEX[name]] += by * SCALE[INDEX[name]]
    return days


def test_a_change_that_stays_is_the_usual_after_four_weeks() -> None:
    state = new_state(1)
    days = changed(ordinary(300, 1, 5)[:, 0], EATING, -4.0, first=100)
    judged, alarms = live(state, days)
    assert judged[20:].all()
    assert alarms[100:110].any()
    assert alarms[100:160].sum() <= 3
    assert alarms[160:].sum() <= 140 / 30, "no more often than by chance, once it is the usual"
    level, _, known = own_normal(state)
    fridge = INDEX["fridge_openings"]
    assert abs(level[fridge, 0] - (10.0 - 4.0 * SCALE[fridge])) < SCALE[fridge]
    assert known[fridge, 0] >= 28


def test_home_from_seven_weeks_in_hospital_with_an_episode_open_is_judged_after_two_weeks() -> None:
    state = new_state(1)
    days = changed(ordinary(200, 1, 6)[:, 0], EATING, -4.0, first=60)
    flags = np.zeros(200, np.int64)
    flags[70:130] = Flag.AWAY
    judged, alarms = live(state, days, flags)
    assert alarms[60:70].any(), "an episode was open when they left"
    back = np.flatnonzero(judged[130:])[0]
    assert back <= UNKNOWN_MOST_DAYS + 1  # and the day of coming home
    assert judged[130 + back :].all()
    assert (state.episode == NEVER).all()


def test_somebody_who_moves_in_and_is_not_declared_is_company_for_four_weeks_and_then_lives_there() -> None:
    state = new_state(1)
    judged, _ = live(state, changed(ordinary(200, 1, 8)[:, 0], BUSY, 9.0, first=80))
    assert not judged[80 : 80 + COMPANY_MOST_DAYS].any()
    assert judged[80 + COMPANY_MOST_DAYS :].all()


def test_sensors_that_are_dead_for_a_month_cost_nothing_that_was_known() -> None:
    state = new_state(1)
    days = ordinary(140, 1, 9)[:, 0]
    days[90:125, [i for i in range(F) if i != INDEX["fridge_openings"]]] = np.nan
    judged, _ = live(state, days)
    assert not judged[90:125].any()
    assert judged[125:].all(), "judged on the first day on which they are heard again"


def test_a_visit_of_three_weeks_does_not_become_the_usual() -> None:
    state = new_state(1)
    days = ordinary(140, 1, 10)[:, 0]
    for name in BUSY:
        days[80:101, INDEX[name]] += 9.0 * SCALE[INDEX[name]]
    judged, alarms = live(state, days)
    assert not judged[80:101].any()
    assert judged[101:].all()
    assert not alarms[101:].any()


SPELLS = st.lists(
    st.tuples(
        st.sampled_from(["usual", "changed", "company", "dead", "kitchen dead", "away", "unwatched", "declared"]),
        st.integers(1, 90),
        st.sampled_from([-6.0, -2.0, 2.0, 6.0]),
        st.lists(st.integers(0, F - 1), min_size=1, max_size=12),
    ),
    min_size=3,
    max_size=14,
)
ANSWERS = st.lists(
    st.tuples(st.integers(0, 1200), st.integers(0, P - 1), st.sampled_from(["right", "nothing found"])), max_size=30
)
FLAGS = {"away": Flag.AWAY, "unwatched": Flag.NOT_WATCHED, "declared": Flag.VISITORS}


@pytest.mark.timeout(300)
@settings(max_examples=12, phases=[Phase.reuse, Phase.generate])  # years take too long to shrink
@given(spells=SPELLS, answers=ANSWERS, seed=st.integers(0, 2**20))
def test_a_watched_home_is_never_unjudged_for_more_than_28_days(
    spells: list[tuple[str, int, float, list[int]]], answers: list[tuple[int, int, str]], seed: int
) -> None:
    """Changes, company, dead sensors, absences and answers in any order.

    Only days on which enough was seen count. A fortnight and more that was flagged, or on which too little was heard,
    has its own stated reason, and the count begins anew after it: what was usual before may be forgotten by then.
    """
    state, rng = new_state(1), np.random.default_rng(seed)
    asked: dict[int, list[tuple[int, str]]] = {}
    for day, pattern, rating in answers:
        asked.setdefault(day, []).append((pattern, rating))
    shift, unjudged, flagged = np.zeros(F), 0, 0
    for kind, length, by, features in [("usual", 30, 2.0, [0]), *spells]:
        if kind == "changed":
            shift[features] += by * SCALE[features]
        for _ in range(length):
            day = 10.0 + shift + SCALE * rng.standard_normal(F)
            if kind == "company":
                day[[INDEX[name] for name in BUSY]] += 9.0 * SCALE[[INDEX[name] for name in BUSY]]
            if kind in ("dead", "away", "unwatched"):
                day[:] = np.nan
            if kind == "kitchen dead":
                day[[INDEX[name] for name in EATING]] = np.nan
            flag = int(FLAGS.get(kind, Flag.NONE))
            result = close_day(state, state.day + 1, day[None], np.array([flag]))
            for pattern, rating in asked.get(state.day, ()):
                adapt(state, 0, pattern, rating)
            enough = bool((pooled(day[:, None])[1][SUMMED] >= COVERAGE_LEAST).any())
            flagged = flagged + 1 if flag or not enough else 0
            if np.isfinite(result.score[SUMMED]).any() or flagged >= 14:
                unjudged = 0
            elif not flag and enough and not result.flags[0] & Flag.GRACE:
                unjudged += 1
            assert unjudged <= PROMISE_DAYS, f"day {state.day}, {kind}"
