"""The minute tier in one home: what it learns from and what not, and the same bits whatever the blocks and stops."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.learning.routine import Routine
from rules.core.day import OUTSIDE_DOORS, ROLES, Role
from rules.core.hazard import Hazard
from rules.core.minute import MinuteTier
from rules.core.numeric import MISSING
from rules.core.state import StateError

START = 29_535_840 + 3 * 1440 + 360  # Monday 2026-03-02 06:00 UTC
ALL = np.ones(ROLES, np.bool_)
HOME = np.zeros(1, np.bool_)
SEEDS = st.integers(0, 2**32 - 1)


def live(
    routine: Routine,
    minute: int,
    events: dict[Role, int],
    seen: np.ndarray = ALL,
    away: bool = False,
) -> None:
    """One minute."""
    for role, times in events.items():
        for _ in range(times):
            routine.event(role)
    routine.minute(seen)
    routine.run(np.array([minute]), np.zeros(1, np.int64), np.array([away]))


def day(routine: Routine, number: int, events: dict[int, dict[Role, int]], **how: object) -> None:
    """A care day: minute after 06:00 -> how often each role."""
    for m in range(1440):
        live(routine, START + number * 1440 + m, events.get(m, {}), **how)  # type: ignore[arg-type]


def at(number: int, m: int) -> datetime:
    return datetime.fromtimestamp((START + number * 1440 + m) * 60, UTC)


CARER = {1410: {Role.FRONT_DOOR: 2, Role.HALLWAY: 3}}  # 05:30


def test_a_carer_who_comes_every_day_is_usual_at_that_time_only() -> None:
    routine = Routine()
    for n in range(10):
        assert np.isnan(routine.usual.times(Role.FRONT_DOOR, at(n, 1410)))
        day(routine, n, CARER)
        routine.close_day(False, ())
    assert routine.usual.times(Role.FRONT_DOOR, at(10, 1410)) == pytest.approx(1.0), "twice in the minute is one use"
    assert routine.usual.times(Role.FRONT_DOOR, at(10, 1440)) == pytest.approx(1.0), "half an hour late is near enough"
    assert routine.usual.times(Role.FRONT_DOOR, at(10, 1260)) == 0.0
    assert routine.usual.times(Role.HALLWAY, at(10, 1410)) == pytest.approx(3.0), "movement counts every time"
    assert np.isnan(routine.usual.times(Role.FRONT_DOOR, at(4, 1410 + 1440))), "a weekend of seven closings comes later"


def test_a_door_counts_once_in_a_quarter_of_an_hour() -> None:
    routine = Routine()
    for m, events in ((0, 1), (5, 2), (14, 1), (15, 1), (29, 1), (31, 1)):
        live(routine, START + m, {Role.BACK_DOOR: events, Role.FRIDGE: events})
    assert int(routine.tier.active[Role.BACK_DOOR]) == START + 31
    live(routine, START + 45, {})
    assert (routine.tier.profile.mean[0, 24:27, Role.BACK_DOOR] * 15).tolist() == [0, 0, 0], "too few minutes to learn"
    dense = Routine()
    for m in range(60):
        live(dense, START + m, {Role.BACK_DOOR: 1, Role.FRIDGE: 1})
    sums = dense.tier.profile.mean[0, 24:27, [Role.BACK_DOOR, Role.FRIDGE]] * 15
    assert np.round(sums).tolist() == [[1, 1, 1], [15, 15, 15]]


def test_what_could_not_be_heard_and_what_nobody_was_in_for_is_unknown() -> None:
    routine = Routine()
    seen = ALL.copy()
    seen[Role.KITCHEN] = False
    day(routine, 0, {}, seen=seen)
    assert not routine.tier.profile.learned[:, :, Role.KITCHEN].any()
    assert routine.tier.profile.learned[0, :, Role.LOUNGE].any()
    before = routine.tier.profile.learned.copy()
    day(routine, 1, CARER, away=True)
    live(routine, START + 2 * 1440, {})  # closes the last quarter of the day
    moved = np.flatnonzero((routine.tier.profile.learned != before).any(axis=(0, 2)))
    assert moved.tolist() == [23], "but for the quarter that was open when they left"


def test_what_a_flagged_day_taught_is_taken_back() -> None:
    routine = Routine()
    for n in range(8):
        day(routine, n, CARER)
        routine.close_day(False, ())
    usual = routine.usual
    day(routine, 8, {m: {Role.LOUNGE: 20} for m in range(0, 1440, 2)})
    assert routine.tier.profile.mean.tobytes() != usual.profile.mean.tobytes()
    routine.close_day(True, ())
    live(routine, START + 9 * 1440, {})
    assert routine.usual is usual
    for name in ("mean", "dev", "learned"):
        np.testing.assert_array_equal(getattr(routine.tier.profile, name), getattr(usual.profile, name))


def test_roles_of_an_open_episode_are_not_learned_until_it_is_over() -> None:
    routine = Routine()
    routine.close_day(False, {Role.KITCHEN})
    day(routine, 0, {600: {Role.KITCHEN: 5, Role.LOUNGE: 5}})
    assert not routine.tier.profile.learned[:, :, Role.KITCHEN].any()
    assert routine.tier.profile.learned[:, :, Role.LOUNGE].any()
    routine.close_day(False, ())
    day(routine, 1, {600: {Role.KITCHEN: 5}})
    assert routine.tier.profile.learned[:, :, Role.KITCHEN].any()


def test_a_night_is_judged_by_one_routine() -> None:
    routine = Routine()
    usual = routine.usual
    day(routine, 0, CARER)
    assert routine.usual is usual
    with pytest.raises(ValueError, match="read-only"):
        usual.profile.mean[0, 0, 0] = 1.0


def life(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(minute, offset, events, seen): outings, dead sensors, lost minutes, a clock set back, the clocks changed."""
    rng = np.random.default_rng(seed)
    minute = START + np.arange(3 * 1440)
    events = rng.poisson(0.05, (minute.size, ROLES))
    for leave in rng.integers(0, minute.size, 4).tolist():
        events[leave, Role.FRONT_DOOR] = 1
        events[leave + 1 : leave + int(rng.integers(5, 400))] = 0
    seen = rng.random(events.shape) > 0.02
    seen[:, Role.KETTLE] = False
    back = int(rng.integers(0, minute.size))
    minute[back:] -= int(rng.integers(0, 40))
    offset = np.where(np.arange(minute.size) < minute.size // 2, 0, 60)
    kept = rng.random(minute.size) > 0.01
    return minute[kept], offset[kept], events[kept], seen[kept]


@settings(max_examples=8)
@given(SEEDS)
def test_blocks_and_stops_leave_no_trace(seed: int) -> None:
    """As the daemon wires it: the hazard says who was out, in blocks of any length; loaded whenever no row waits."""
    minute, offset, events, seen = life(seed)
    rng = np.random.default_rng(seed)
    saved = []
    for lengths in ([1], [5], [1, 2, 5, 15, 60, 700]):
        hazard, routine, at = Hazard(1), Routine(), 0
        closing = 1440
        while at < minute.size:
            rows = slice(at, min(at + int(rng.choice(lengths)), closing, minute.size))
            for row, heard in zip(events[rows].tolist(), seen[rows], strict=True):
                for role, times in enumerate(row):
                    for _ in range(times):
                        routine.event(role)
                routine.minute(heard)
            moved = events[rows].any(axis=1)[:, None]
            door = events[rows][:, list(OUTSIDE_DOORS)].any(axis=1)[:, None]
            away = np.empty_like(moved)
            hazard.run(minute[rows], offset[rows], moved, door, seen[rows].any(axis=1)[:, None], away)
            routine.run(minute[rows], offset[rows], away[:, 0])
            at = rows.stop
            if at == closing:
                routine.close_day(seed % 3 == closing // 1440, {Role(seed % ROLES)})
                closing += 1440
                if len(lengths) > 1:
                    routine = Routine.load(routine.save())
                    hazard = Hazard.load(hazard.save())
        saved.append((routine.save(), routine.usual.profile.mean.tobytes()))
    assert saved[0] == saved[1] == saved[2]
    assert routine.tier.profile.learned.any()


def test_a_state_of_other_roles_or_none_is_refused() -> None:
    import base64

    other = base64.b64encode(MinuteTier(ROLES + 1).save()).decode()
    with pytest.raises(ValueError, match="roles"):
        Routine.load(other)
    with pytest.raises(StateError):
        Routine.load("AAAA")


def test_a_flood_of_events_in_one_minute_is_no_unknown_minute() -> None:
    routine = Routine()
    live(routine, START, {Role.LOUNGE: 40_000})
    assert int(routine.tier.total[Role.LOUNGE]) == -MISSING - 1


def test_it_stays_small() -> None:
    routine = Routine()
    day(routine, 0, CARER)
    assert len(routine.save()) < 30_000
