"""The slow channel and the dating of a change, on series whose answer is known."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.calibration import surprise, upper_quantile, upper_tail
from rules.core.detector import adapt, close_day
from rules.core.detector_state import F, P, new_state
from rules.core.features import FEATURES, INDEX
from rules.core.onset import days_since_onset
from rules.core.trend import slow_rise


def test_a_drift_is_found_through_gaps_and_wild_days_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    series = rng.standard_normal((42, 400))
    series[:, :200] += np.linspace(0.0, 4.5, 42)[:, None]
    series[rng.random(series.shape) < 0.1] = np.nan
    series[7] = 50.0
    found, slope, p = slow_rise(series)
    assert found[:200].mean() > 0.8
    assert found[200:].mean() < 0.01
    assert abs(float(np.median(slope[:200])) - 4.5 / 42) < 0.02
    assert ((p >= 0) & (p <= 1)).all()


def test_too_few_days_say_nothing() -> None:
    series = np.full((42, 2), np.nan)
    series[:20, 0] = np.arange(20.0)
    found, slope, p = slow_rise(series)
    assert not found.any()
    assert slope.tolist() == [0.0, 0.0]
    assert p.tolist() == [1.0, 1.0]


def test_a_drift_too_slow_for_daily_evidence_opens_an_episode() -> None:
    rng = np.random.default_rng(5)
    scale = np.array([f.scale for f in FEATURES])
    rows = 20.0 + 0.7 * scale * rng.standard_normal((130, 1, F))
    for name in ("fridge_openings", "kitchen_visits", "kitchen_firings", "kitchen_hours"):
        rows[60:, 0, INDEX[name]] -= scale[INDEX[name]] * np.linspace(0.0, 1.6, 70)
    state = new_state(1)
    results = [close_day(state, day, row, np.zeros(1, np.int64), c=1e8) for day, row in enumerate(rows)]
    assert any(r.slow[0] for r in results[60:])
    assert not any(r.alarm[0] for r in results[:60])


def test_people_who_found_nothing_are_heard_by_the_slow_channel_too() -> None:
    """The same drift: found as it is, and later or not at all where that pattern was answered "nothing found"."""

    def first_day(answers: int, rating: str) -> int:
        rng = np.random.default_rng(5)
        scale = np.array([f.scale for f in FEATURES])
        rows = 20.0 + 0.7 * scale * rng.standard_normal((130, 1, F))
        for name in ("fridge_openings", "kitchen_visits", "kitchen_firings", "kitchen_hours"):
            rows[60:, 0, INDEX[name]] -= scale[INDEX[name]] * np.linspace(0.0, 1.6, 70)
        state = new_state(1)
        for pattern in range(P):
            for _ in range(answers):
                adapt(state, 0, pattern, rating)
        results = [close_day(state, day, row, np.zeros(1, np.int64), c=1e8) for day, row in enumerate(rows)]
        return next((day for day, result in enumerate(results) if result.slow[0]), 999)

    assert first_day(4, "nothing found") > first_day(0, "right") >= first_day(2, "right")


def test_each_series_has_its_own_chance() -> None:
    rng = np.random.default_rng(0)
    series = rng.standard_normal((42, 1)) + np.linspace(0.0, 3.0, 42)[:, None]
    _, _, p = slow_rise(series)
    found, _, _ = slow_rise(np.repeat(series, 2, axis=1), np.array([p[0] / 2, p[0] * 2]))
    assert found.tolist() == [False, True]


@settings(max_examples=20)
@given(start=st.integers(2, 30), size=st.floats(1.5, 3.0), seed=st.integers(0, 99))
def test_a_lasting_rise_is_dated_and_gaps_are_passed_over(start: int, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = (0.3 * rng.standard_normal((42, 1)) - 0.2).astype(np.float32)
    u[42 - start :] += size
    u[20] = np.nan
    assert abs(int(days_since_onset(u)[0]) - (start - 1)) <= 1


def test_nothing_known_is_dated_today() -> None:
    assert days_since_onset(np.full((42, 2), np.nan, np.float32)).tolist() == [0, 0]


@given(x=st.floats(-6.0, 6.0))
def test_tail_and_quantile_undo_each_other(x: float) -> None:
    p = upper_tail(np.array([x]))
    assert abs(float(upper_quantile(p)[0]) - x) < 1e-4 * max(1.0, abs(x)) + 1e-5 * np.exp(x * x / 2 if x < 0 else 0.0)


def test_surprise_rises_with_the_score_and_has_no_answer_without_one() -> None:
    past = np.random.default_rng(1).standard_normal((100, 5))
    scores = np.array([-2.0, 0.0, 1.0, 3.0, np.nan])
    u = surprise(scores, past[:, :1] * np.ones(5))
    assert np.all(np.diff(u[:4]) > 0)
    assert np.isnan(u[4])
