"""What is put into real days: whole visits, within the window, in the share that was asked for, and nothing else."""

import numpy as np
import pytest

from benchmarks.inject import SCENARIOS, add, drop, habits, later_morning
from benchmarks.inject_nulls import NULLS
from rules.core.day import ROLES, DayEvents, Role
from rules.core.features import raw_features
from rules.core.visits import VISIT_GAP_S, visit_starts


def lively(seed: int) -> DayEvents:
    """Visits of three firings to every room, through the day and twice to the bathroom at night."""
    rng = np.random.default_rng(seed)
    starts = np.concatenate([np.sort(rng.uniform(3600, 60_000, 60)), [65_000.0, 75_000.0]])
    role = np.concatenate([rng.integers(0, 8, 60), [Role.BATHROOM] * 2]).astype(np.int8)
    time_s = np.sort((starts[:, None] + [0.0, 20.0, 40.0]).ravel())
    return DayEvents(time_s=time_s, role=np.repeat(role, 3)[np.argsort(time_s)], heard=np.ones(ROLES, np.bool_))


def test_dropping_takes_whole_visits_and_leaves_other_rooms_and_hours() -> None:
    day = lively(0)
    rng = np.random.default_rng(1)
    night = (day.night_from_s, day.length_s)
    less = drop(day, (Role.KITCHEN,), 0.5, (0.0, day.night_from_s), rng)
    for role in Role:
        if role is not Role.KITCHEN:
            np.testing.assert_array_equal(less.time_s[less.role == role], day.time_s[day.role == role])
    before = set(visit_starts(day.time_s[day.role == Role.KITCHEN], VISIT_GAP_S))
    after = set(visit_starts(less.time_s[less.role == Role.KITCHEN], VISIT_GAP_S))
    assert after < before
    assert drop(day, (Role.BATHROOM,), 1.0, night, rng).time_s.size < day.time_s.size


def test_adding_resamples_the_persons_own_visits() -> None:
    days = [lively(s) for s in range(10)]
    own = habits(days)
    assert own.night_visits == 2.0
    more = [
        add(days[0], own.to_bathroom, 3.0, (days[0].night_from_s, days[0].length_s), np.random.default_rng(s))
        for s in range(60)
    ]
    gained = [raw_features(d)["night_bathroom_firings"] - 6 for d in more]
    assert np.mean(gained) / 3 == pytest.approx(3.0, rel=0.25)
    assert all(np.all(np.diff(d.time_s) >= 0) for d in more)


def test_a_later_morning_moves_the_first_hour_only() -> None:
    day = lively(2)
    later = later_morning(day, 40.0)
    first = [d.time_s[d.role <= Role.HALLWAY][0] for d in (day, later)]
    assert first[1] > first[0] + 60.0
    np.testing.assert_array_equal(later.time_s[later.time_s > 25_000], day.time_s[day.time_s > 25_000])


@pytest.mark.parametrize("name", [*SCENARIOS, *NULLS])
def test_every_change_gives_a_day_that_is_one(name: str) -> None:
    days = [lively(s) for s in range(10)]
    own, rng = habits(days[:5]), np.random.default_rng(0)
    for since, day in enumerate(days):
        if name in SCENARIOS:
            changed = SCENARIOS[name][0](day, own, min(since / 5, 1.0), rng)
        else:
            changed = NULLS[name](day, own, since, rng)
        assert changed.time_s.shape == changed.role.shape
        assert np.all((changed.time_s >= 0) & (changed.time_s < changed.length_s))
