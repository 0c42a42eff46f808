"""Features of one care day: defined for everything a home can send, and right on days counted by hand."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.confounders import Flag, day_flag
from rules.core.day import ROLES, DayEvents, Role
from rules.core.features import FEATURES, INDEX, NAMES, Unit, day_features, plain, raw_features, transform
from rules.core.vitals import VITALS

HOUR = 3600.0
ALL = np.ones(ROLES, np.bool_)


def day_of(*events: tuple[float, Role], heard: np.ndarray = ALL, length_s: float = 86_400.0) -> DayEvents:
    """A care day with events at hours after 06:00."""
    return DayEvents(
        time_s=np.array([h * HOUR for h, _ in events]),
        role=np.array([r for _, r in events], np.int8),
        heard=heard,
        length_s=length_s,
    )


def test_visits_are_bouts_and_firings_are_all() -> None:
    burst = [(2 + k / 60, Role.KITCHEN) for k in range(4)]  # a minute apart: one visit
    raw = raw_features(day_of(*burst, (3.0, Role.KITCHEN), (18.0, Role.BATHROOM), (18.01, Role.BATHROOM)))
    assert raw["kitchen_visits"] == 2
    assert raw["kitchen_firings"] == 5
    assert raw["night_bathroom_visits"] == 1
    assert raw["night_bathroom_firings"] == 2
    assert raw["bathroom_visits"] == 0


def test_time_out_is_split_off_and_counts_are_for_a_day_at_home() -> None:
    at_home = [(h / 4, Role.KITCHEN) for h in range(0, 68, 2)]
    gone = [e for e in at_home if not 4.0 < e[0] < 8.6] + [(4.1, Role.FRONT_DOOR), (8.6, Role.FRONT_DOOR)]
    raw = raw_features(day_of(*gone))
    assert raw["out_minutes"] == pytest.approx(270, abs=30)
    assert raw["longest_still"] < 60
    assert raw["kitchen_visits"] == pytest.approx(raw_features(day_of(*at_home))["kitchen_visits"], rel=0.06)


def test_stirring_at_night_leaves_out_the_way_to_the_bathroom() -> None:
    to_bathroom = [(19.0, Role.BEDROOM), (19.02, Role.BATHROOM), (19.06, Role.HALLWAY)]
    raw = raw_features(day_of(*to_bathroom, (21.0, Role.BEDROOM)))
    assert raw["night_stirring"] == 1
    assert raw["night_active_blocks"] == 2


@pytest.mark.parametrize("length_s", [23 * HOUR, 24 * HOUR, 25 * HOUR])
def test_the_night_is_seven_hours_when_the_clocks_change(length_s: float) -> None:
    day = day_of((length_s / HOUR - 6.9, Role.BATHROOM), (length_s / HOUR - 7.1, Role.BATHROOM), length_s=length_s)
    raw = raw_features(day)
    assert raw["night_bathroom_visits"] == 1
    assert raw["bathroom_visits"] == pytest.approx(17 / (length_s / HOUR - 7))  # counts by day are for 17 hours


def test_a_sensor_that_was_not_heard_is_unknown_and_one_that_was_is_zero() -> None:
    heard = ALL.copy()
    heard[Role.KITCHEN] = False
    raw = raw_features(day_of((1.0, Role.BATHROOM), heard=heard))
    assert math.isnan(raw["kitchen_visits"])
    assert raw["fridge_openings"] == 0
    assert math.isnan(raw["weight"])


def test_vital_signs_are_split_into_day_and_night() -> None:
    day = dataclasses.replace(
        day_of((1.0, Role.KITCHEN)),
        vital_s=np.array([HOUR, 2 * HOUR, 20 * HOUR, 3 * HOUR, np.nan]),
        vital_kind=np.array([VITALS.index("pulse_bpm")] * 3 + [VITALS.index("spo2_percent")] * 2, np.int8),
        vital=np.array([70.0, 74.0, 60.0, np.inf, 97.0]),
    )
    raw = raw_features(day)
    assert (raw["day_pulse"], raw["night_pulse"]) == (72.0, 60.0)
    assert math.isnan(raw["spo2_median"])


def test_an_empty_day_is_not_watched_and_a_day_out_is_away() -> None:
    assert day_flag(day_of()) is Flag.NOT_WATCHED
    out = [(0.2 * k, Role.KITCHEN) for k in range(10)] + [(2.0, Role.FRONT_DOOR), (11.5, Role.FRONT_DOOR)]
    evening = [(11.6 + 0.2 * k, Role.LOUNGE) for k in range(40)]
    assert day_flag(day_of(*out, *evening)) is Flag.AWAY
    assert day_flag(day_of(*[(0.5 * k, Role.LOUNGE) for k in range(40)])) is Flag.NONE


def test_transforms_are_undone_in_the_persons_units() -> None:
    for unit in Unit:
        assert plain(unit, transform(unit, 37.0)) == pytest.approx(37.0)


numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=60)
@given(
    time_s=st.lists(numbers | st.floats(0, 86_400), max_size=60),
    role=st.integers(-128, 127),
    vital=st.lists(numbers, max_size=6),
    bed=st.lists(st.tuples(numbers, numbers), max_size=4),
    length_s=st.sampled_from([82_800.0, 86_400.0, 90_000.0]),
    seed=st.integers(0, 9),
)
def test_anything_gives_features_and_order_does_not_matter(
    *, time_s: list[float], role: int, vital: list[float], bed: list[tuple[float, float]], length_s: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n, v = len(time_s), len(vital)
    roles = rng.integers(0, ROLES, n).astype(np.int8)
    roles[: n // 4] = role
    day = DayEvents(
        time_s=np.array(time_s, np.float64),
        role=roles,
        heard=rng.random(ROLES) < 0.8,
        length_s=length_s,
        bed_s=np.array(bed, np.float64).reshape(-1, 2),
        vital_s=rng.uniform(-10, 90_000, v),
        vital_kind=rng.integers(-1, len(VITALS) + 1, v).astype(np.int8),
        vital=np.array(vital, np.float64),
    )
    features = day_features(day)
    assert features.shape == (len(FEATURES),)
    assert not np.isinf(features).any()
    distinct = len(np.unique(day.time_s)) == n
    if distinct:
        order = rng.permutation(n)
        shuffled = dataclasses.replace(day, time_s=day.time_s[order], role=day.role[order])
        np.testing.assert_array_equal(day_features(shuffled), features)
    assert isinstance(day_flag(day), Flag)


def test_names_are_one_of_each() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(INDEX)
