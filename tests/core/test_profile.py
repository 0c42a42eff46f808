"""The routine profile: learns what is usual, is not carried away, and says nothing before it knows."""

import numpy as np

from rules.core.profile import WARM_UP, Ended, Profile

NOBODY = np.zeros(1, np.bool_)


def close(profile, level, valid=15):
    """One closing of weekday slot 0 at `level`; its score."""
    rows = profile.rows(0, 0)
    out, z = np.empty(1, np.float32), np.empty(1, np.float32)
    known = np.full(1, valid, np.float32)
    profile.close(rows, Ended(np.float32(level) * known, known, profile.inverse_spread(rows), NOBODY), out, z)
    return float(z[0])


def learned(days, seed=0, sd=2.0):
    profile = Profile(np.ones(1, np.float32))
    rng = np.random.default_rng(seed)
    return profile, [close(profile, rng.normal(50, sd)) for _ in range(days)]


def test_scores_are_about_standard_normal_once_learned():
    _, scores = learned(2000)
    assert np.isnan(scores[:WARM_UP]).all()
    assert 0.8 < np.std(scores[60:]) < 1.2
    assert abs(np.mean(scores[60:])) < 0.1


def test_one_wild_day_moves_the_mean_by_little():
    profile, _ = learned(100)
    before = float(profile.mean[0, 0, 0])
    assert close(profile, 5000) > 100
    assert abs(float(profile.mean[0, 0, 0]) - before) < 0.5


def test_a_new_routine_becomes_usual_in_time():
    profile, _ = learned(100)
    rng = np.random.default_rng(1)
    scores = [close(profile, rng.normal(60, 2)) for _ in range(150)]
    assert scores[0] > 3
    assert abs(np.mean(scores[-20:])) < 0.7


def test_too_few_minutes_are_neither_judged_nor_learned():
    profile, _ = learned(20)
    before = profile.mean.copy()
    assert np.isnan(close(profile, 80, valid=7))
    assert profile.mean.tobytes() == before.tobytes()


def test_a_floor_keeps_a_steady_series_from_crying_wolf():
    profile = Profile(np.full(1, 10, np.float32))
    for _ in range(30):
        close(profile, 50)
    assert close(profile, 60) == 1.0
