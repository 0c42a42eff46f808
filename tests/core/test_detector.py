"""The day tier against a slow obvious one, and what it promises: exactness, no look ahead, defined answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core import detector
from rules.core.confounders import Flag
from rules.core.detector import adapt, close_day, shares
from rules.core.detector_state import F, new_state
from rules.core.features import FEATURES, INDEX, NAMES
from rules.core.patterns import ALONE, PATTERN_NAMES, SUMMED
from tests import naive_day
from tests.core.feature_days import SCALE, messy, ordinary, run

ALWAYS = [i for i, f in enumerate(FEATURES) if f.roles]


def test_it_agrees_with_the_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "EVERY_DAYS", 10**9)  # the slow channel and the time away have tests of their own
    features, _ = messy()
    days, homes = 150, (1, 5)
    state = new_state(len(homes))
    slow = [naive_day.Home(detector.ONE_IN_30_DAYS, dict(zip(NAMES, SCALE.tolist(), strict=True))) for _ in homes]
    alarms = 0
    for day in range(1, days):
        rows = features[day, list(homes)].astype(np.float32).astype(np.float64)  # the ring keeps float32
        result = close_day(state, day, rows, np.zeros(len(homes), np.int64))
        for h, home in enumerate(slow):
            skip = bool(result.flags[h])
            alarm, surprises = home.close(dict(zip(NAMES, rows[h].tolist(), strict=True)), skip=skip)
            np.testing.assert_allclose(result.surprise[:, h], surprises, atol=2e-4)
            assert (int(result.pattern[h]) if result.alarm[h] else None) == alarm
            alarms += alarm is not None
    assert alarms >= 1


def test_a_change_is_found_named_dated_and_explained_by_evidence() -> None:
    features, flags = messy()
    state = new_state(6)
    results = run(state, features[:110], flags[:110])
    found = [d for d in range(90, 104) if results[d].alarm[5]]
    assert found
    assert PATTERN_NAMES[results[found[0]].pattern[5]] == "urinary"
    assert abs(int(state.onset[PATTERN_NAMES.index("urinary"), 5]) - 90) <= 3


def test_an_episode_opens_when_the_shares_together_reach_the_threshold_and_only_then() -> None:
    """What is published is what decides: no pattern has a line of its own that means something else."""
    features, flags = messy()
    state = new_state(6)
    adapt(state, 5, PATTERN_NAMES.index("strain"), "nothing found")
    alarms = 0
    for day, (row, flag) in enumerate(zip(features, flags, strict=True)):
        free = state.refractory <= 1  # one day passes before it is asked
        result = close_day(state, day, row, flag)
        alone = np.where(ALONE, result.evidence, 0.0)
        larger = np.maximum((result.evidence - alone).sum(axis=0), alone.max(axis=0))
        np.testing.assert_allclose(larger, result.total, rtol=1e-12)
        over = free & np.isfinite(result.score).any(axis=0) & (result.total >= detector.ONE_IN_30_DAYS)
        np.testing.assert_array_equal(result.alarm & ~result.slow, over)
        assert (result.alarm | ~free | (result.evidence < detector.ONE_IN_30_DAYS).all(axis=0)).all()
        alarms += int(over.sum())
    assert alarms >= 2


def test_more_evidence_that_is_asked_of_a_pattern_makes_its_share_smaller_and_no_other() -> None:
    state = new_state(1)
    run(state, ordinary(40, 1, 2))
    before, total = shares(state)
    adapt(state, 0, 3, "nothing found")
    after, less = shares(state)
    np.testing.assert_allclose(after[3], before[3] / 1.5)
    np.testing.assert_array_equal(np.delete(after, 3, axis=0), np.delete(before, 3, axis=0))
    assert before[3] > 0
    assert less < total


def test_quiet_homes_stay_quiet() -> None:
    """Independent days are kinder than real ones: real rates are measured by benchmarks.deterioration."""
    results = run(new_state(40), ordinary(120, 40, 11))
    alerts = sum(int(r.alarm.sum()) for r in results[21:])
    assert alerts / (40 * 99) * 30 < 1.0
    assert not any(r.alarm[3:5].any() for r in run(new_state(6), *messy()))  # constant and zero homes


def test_the_future_changes_nothing_before_it() -> None:
    features, flags = messy()
    short, long = run(new_state(6), features[:100], flags[:100]), run(new_state(6), features, flags)
    for a, b in zip(short, long, strict=False):
        np.testing.assert_array_equal(a.evidence, b.evidence)
        np.testing.assert_array_equal(a.alarm, b.alarm)


def test_skipped_days_are_days_not_watched_and_a_closed_day_stays_closed() -> None:
    features, flags = messy()
    jumped, filled = new_state(6), new_state(6)
    run(jumped, features[:40], flags[:40])
    run(filled, features[:40], flags[:40])
    gap = np.full((10, 6, F), np.nan)
    run(filled, gap, np.full((10, 6), int(Flag.NOT_WATCHED)), first=40)
    close_day(jumped, 50, features[50], flags[50])
    close_day(filled, 50, features[50], flags[50])
    assert jumped.to_bytes() == filled.to_bytes()
    before = jumped.to_bytes()
    again = close_day(jumped, 50, features[51], flags[51])
    assert np.isnan(again.score).all()
    assert not again.alarm.any()
    assert jumped.to_bytes() == before


@settings(max_examples=8)
@given(
    bad=st.lists(
        st.tuples(
            st.integers(0, 59),
            st.sampled_from(ALWAYS),
            st.sampled_from([np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0]),
        ),
        max_size=80,
    )
)
def test_bad_values_never_raise_and_leave_finite_evidence(bad: list[tuple[int, int, float]]) -> None:
    features = ordinary(60, 2, 5)
    for day, feature, value in bad:
        features[day, 0, feature] = value
    state = new_state(2)
    results = run(state, features)
    assert np.isfinite(state.evidence).all()
    assert all(np.isfinite(r.surprise[np.isfinite(r.score)]).all() for r in results)
    alone = new_state(1)
    run(alone, features[:, 1:])
    assert alone.to_bytes() == state.take(np.array([1])).to_bytes()


def test_no_homes_one_day_and_wrong_shapes_are_defined() -> None:
    assert close_day(new_state(0), 1, np.empty((0, F)), np.empty(0, np.int64)).alarm.shape == (0,)
    result = close_day(new_state(1), 1, ordinary(1, 1, 0)[0], np.zeros(1, np.int64))
    assert np.isnan(result.score).all()
    with pytest.raises(ValueError, match="expected features"):
        close_day(new_state(1), 1, np.zeros((1, F + 1)), np.zeros(1, np.int64))


def test_days_away_are_neither_judged_nor_learned_and_home_coming_has_its_grace() -> None:
    features = ordinary(60, 1, 9)
    flags = np.zeros((60, 1), np.int64)
    flags[40:45] = Flag.AWAY
    features[40:45] = 50.0
    state = new_state(1)
    results = run(state, features, flags)
    assert all(np.isnan(results[d].score).all() for d in range(40, 46))
    assert results[45].flags[0] == Flag.GRACE
    assert np.isfinite(results[46].score).any()
    assert not state.learn[-20:-14].any()


def test_visitors_are_noticed_by_the_homes_own_habits() -> None:
    features = ordinary(40, 1, 2)
    for name in ("together", "firings"):
        features[39, 0, INDEX[name]] += 6 * SCALE[INDEX[name]]
    assert run(new_state(1), features)[39].flags[0] == Flag.VISITORS


def test_half_the_weight_must_be_seen() -> None:
    features = ordinary(40, 1, 2)
    for name in ("night_bathroom_visits", "night_bathroom_firings", "bathroom_visits"):
        features[39, 0, INDEX[name]] = np.nan
    result = run(new_state(1), features)[39]
    assert np.isnan(result.score[PATTERN_NAMES.index("urinary"), 0])
    assert np.isfinite(result.score[PATTERN_NAMES.index("slowing_down"), 0])


def test_three_readings_a_week_neither_crash_nor_mute() -> None:
    features = ordinary(80, 1, 6)
    vitals = [i for i, f in enumerate(FEATURES) if not f.roles]
    features[np.ix_([d for d in range(80) if d % 7 not in (0, 2, 4)], [0], vitals)] = np.nan
    result = run(new_state(1), features)
    assert all(np.isfinite(r.score[SUMMED]).all() for r in result[20:])
