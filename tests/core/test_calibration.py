"""Gathered evidence as days that really pass between such evidence by chance."""

import numpy as np

from rules.core.calibration import AS_GATHERED_DAYS, days_of_chance
from rules.core.detector import close_day, shares
from rules.core.detector_state import new_state
from tests.core.feature_days import ordinary, run

MEASURED = {30: 30.3, 45: 36.9, 63: 47.7, 90: 60.4, 130: 66.7, 180: 83.3}
"""Gathered evidence -> days between alerts at it, on homes that nothing was chosen on."""


def test_it_says_what_was_measured_where_nothing_was_chosen_to_within_a_fifth() -> None:
    said = days_of_chance(np.array([float(each) for each in MEASURED]))
    ratio = said / np.array(list(MEASURED.values()))
    assert ratio.min() >= 0.8
    assert ratio.max() <= 1.2


def test_it_rises_and_leaves_alone_what_is_below_a_month() -> None:
    evidence = np.concatenate([np.linspace(0.0, 60.0, 601), np.geomspace(60.0, 1e9, 200)])
    days = days_of_chance(evidence)
    assert (np.diff(days) >= 0.0).all()
    np.testing.assert_array_equal(days[evidence <= AS_GATHERED_DAYS], evidence[evidence <= AS_GATHERED_DAYS])
    assert np.isfinite(days).all()


def test_who_asks_for_fewer_alerts_gets_fewer() -> None:
    told = []
    for c in (10.0, 30.0, 90.0):
        state = new_state(20)
        rows = ordinary(150, 20, 3)
        results = [close_day(state, day, row, np.zeros(20, np.int64), c) for day, row in enumerate(rows)]
        told.append(sum(int(result.alarm.sum()) for result in results))
    assert told[0] > told[1] > told[2]


def test_shares_are_parts_of_what_counts_beyond_a_month_too() -> None:
    state = new_state(3)
    run(state, ordinary(40, 3, 1))
    state.evidence[1:4] = 500.0
    share, total = shares(state)
    assert (total > AS_GATHERED_DAYS).all()
    np.testing.assert_allclose(share[:8].sum(axis=0), total, rtol=1e-9)
