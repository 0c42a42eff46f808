"""A machine is told from a person, and a person is never taken for one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.chatter import LEAST_DAYS, Busiest, Pauses, chattering, longest_run_s, without
from rules.core.day import ROLES, S_PER_DAY, DayEvents, Role
from rules.core.features import INDEX, day_features
from rules.core.state import StateError

HOUR_S = 3600.0
S_NS = 10**9
UNKNOWN = np.full(ROLES, np.nan)


def day(time_s: np.ndarray, role: Role = Role.LOUNGE, more: DayEvents | None = None) -> DayEvents:
    """A day on which one sensor fired so, beside all of another day."""
    time_s, kind = np.asarray(time_s, float), np.full(np.size(time_s), role, np.int8)
    if more is not None:
        time_s, kind = np.concatenate([more.time_s, time_s]), np.concatenate([more.role, kind])
    return DayEvents(time_s=time_s, role=kind, heard=np.ones(ROLES, np.bool_))


def lived(seed: int) -> DayEvents:
    """A person's day: bursts in one room after another from 07 to 22 h, some of them long."""
    rng = np.random.default_rng(seed)
    at, time_s, role = HOUR_S, [], []
    while at < 16 * HOUR_S:
        stay = rng.exponential(1500.0)
        fired = at + np.cumsum(rng.exponential(100.0, int(stay / 100) + 1))
        time_s.append(fired)
        role.append(np.full(fired.size, rng.integers(0, 5), np.int8))
        at = float(fired[-1]) + rng.exponential(400.0)
    return DayEvents(time_s=np.concatenate(time_s), role=np.concatenate(role), heard=np.ones(ROLES, np.bool_))


def known(role: Role, most: float) -> np.ndarray:
    busiest = np.full(ROLES, 50.0)
    busiest[role] = most
    return busiest


EVERY_20_S = np.arange(0.0, S_PER_DAY, 20.0)
RANDOM = np.sort(np.random.default_rng(0).uniform(0.0, S_PER_DAY, 3000))
HEARTBEAT = np.arange(0.0, S_PER_DAY, 590.0)


@pytest.mark.parametrize("fired", [EVERY_20_S, RANDOM, HEARTBEAT, EVERY_20_S[EVERY_20_S > 13 * HOUR_S]])
@pytest.mark.parametrize("role", [Role.LOUNGE, Role.FRONT_DOOR])
def test_a_machine_is_told_whatever_its_beat_and_whichever_the_sensor(fired: np.ndarray, role: Role) -> None:
    assert np.flatnonzero(chattering(day(fired, role), known(role, 60.0))).tolist() == [role]


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_person_who_moves_around_is_never_a_machine_even_on_their_busiest_day(seed: int) -> None:
    assert not chattering(lived(seed), np.zeros(ROLES)).any()


def test_nine_hours_in_one_room_without_a_pause_are_still_a_person() -> None:
    party = np.arange(6 * HOUR_S, 15 * HOUR_S, 20.0)
    assert not chattering(day(party), known(Role.LOUNGE, 60.0)).any()


def test_a_sensor_that_is_always_so_busy_is_its_own_usual() -> None:
    assert not chattering(day(EVERY_20_S), known(Role.LOUNGE, 4000.0)).any()


def test_before_a_week_is_known_only_a_whole_day_and_night_counts() -> None:
    assert chattering(day(EVERY_20_S), UNKNOWN)[Role.LOUNGE]
    assert not chattering(day(EVERY_20_S[EVERY_20_S > 6 * HOUR_S]), UNKNOWN).any()


def test_the_busiest_day_is_learned_from_days_that_are_the_persons_own() -> None:
    own = Busiest()
    for n in range(LEAST_DAYS):
        assert np.isnan(own.most()).all()
        own.judge(lived(n))
    most = own.most()
    assert own.judge(day(EVERY_20_S, Role.HALLWAY))[Role.HALLWAY]
    own.judge(day(np.arange(900.0)), learn_from=False)
    np.testing.assert_array_equal(own.most()[[Role.HALLWAY, Role.KITCHEN]], most[[Role.HALLWAY, Role.KITCHEN]])
    again = Busiest.load(own.save())
    assert again.save() == own.save()
    with pytest.raises(StateError):
        Busiest.load(own.save()[:-1])


def test_what_chatters_is_unknown_and_neither_more_nor_less() -> None:
    person = lived(3)
    kept = without(day(EVERY_20_S, Role.KITCHEN, more=person), np.arange(ROLES) == Role.KITCHEN)
    features = day_features(kept)
    assert np.isnan(features[INDEX["kitchen_visits"]])
    assert features[INDEX["lounge_visits"]] == day_features(person)[INDEX["lounge_visits"]]
    assert not (kept.role == Role.KITCHEN).any()
    assert without(person, np.zeros(ROLES, np.bool_)) is person


def test_with_one_outside_door_unknown_nobody_can_tell_how_often_somebody_went_out() -> None:
    person = day([9 * HOUR_S, 11 * HOUR_S], Role.BACK_DOOR, more=lived(4))
    features = day_features(without(day(EVERY_20_S, Role.FRONT_DOOR, more=person), np.arange(ROLES) == Role.FRONT_DOOR))
    assert np.isnan([features[INDEX[name]] for name in ("door_uses", "out_minutes", "night_door_uses")]).all()


def test_no_firing_and_one_firing_have_no_run() -> None:
    assert longest_run_s(np.empty(0)) == 0.0
    assert longest_run_s(np.array([5.0])) == 0.0


def test_a_sensor_that_never_pauses_is_a_sign_of_life_for_a_day_and_a_night_and_then_not() -> None:
    pauses = Pauses()
    signs = [pauses.fired(3, t * S_NS) for t in range(0, 30 * 3600, 20)]
    assert signs.index(False) * 20 == 24 * 3600
    assert not any(signs[signs.index(False) :])
    assert pauses.chattering(30 * 3600 * S_NS - 20 * S_NS) == {3: 0}
    later_ns = (30 * 3600 + 601) * S_NS
    assert pauses.chattering(later_ns) == {}
    assert pauses.fired(3, later_ns), "after a pause it may be a person again"


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_somebody_who_sleeps_is_a_sign_of_life_for_ever(seed: int) -> None:
    pauses = Pauses()
    for number in range(4):
        each = lived(seed + number)
        assert all(
            pauses.fired(int(r), int((number * S_PER_DAY + t) * S_NS))
            for t, r in zip(each.time_s, each.role, strict=True)
        )


def test_a_clock_that_was_wrong_moves_everything() -> None:
    pauses = Pauses()
    for t in range(300, 25 * 3600 + 300, 300):
        pauses.fired(1, t * S_NS)
    pauses.shift(10**15)
    assert pauses.chattering(10**15 + 25 * 3600 * S_NS) == {1: 10**15 + 300 * S_NS}
