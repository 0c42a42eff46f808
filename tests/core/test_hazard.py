"""The no-movement hazard: equal to the slow reference, exact, and calm about doors and dead sensors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.hazard import FALLBACK_MINUTES, LEAST_MINUTES, QUIET_MINUTES, YOUNG_DAYS, Hazard
from tests.naive import NaiveHazard

SEEDS = st.integers(0, 2**32 - 1)
START = 29_535_840  # 2026-02-27T00:00Z


def life(seed, days=20, homes=2):
    """(minute, offset, moved, door, watched): nights asleep, outings, dead sensors, a clock change, lost rows."""
    rng = np.random.default_rng(seed)
    minute = START + np.arange(days * 1440)
    awake = (minute % 1440 > 420) & (minute % 1440 < 1320)
    moved = rng.random((minute.size, homes)) < np.where(awake, 0.08, 0.004)[:, None]
    door = moved & (rng.random(moved.shape) < 0.03)
    for home in range(homes):
        for at in np.flatnonzero(door[:, home])[::2].tolist():
            moved[at + 1 : at + int(rng.integers(10, 400)), home] = False
    watched = np.ones_like(moved)
    for _ in range(4):
        at = int(rng.integers(0, minute.size))
        gone = slice(at, at + int(rng.integers(1, 900)))
        watched[gone, rng.integers(0, homes)] = False
    still_day = int(rng.integers(15, 18)) * 1440
    moved[still_day : still_day + 1800, 0] = False  # thirty hours without a sign of life
    moved &= watched
    door &= moved
    offset = np.where(np.arange(minute.size) < minute.size // 2, 0, 60)
    back = int(rng.integers(0, minute.size))
    minute[back:] -= int(rng.integers(0, 30))
    kept = rng.random(minute.size) > 0.0003
    return minute[kept], offset[kept], moved[kept], door[kept], watched[kept]


@settings(max_examples=6)
@given(SEEDS, st.sampled_from([300, 2**31]))
def test_equals_the_slow_reference(seed, most):
    minute, offset, moved, door, watched = life(seed)
    core = Hazard(2, most)
    away = np.ones_like(moved)
    over = core.run(minute, offset, moved, door, watched, away)
    assert away.any()
    for home in range(2):
        naive = NaiveHazard(most)
        rows = zip(
            *(a.tolist() for a in (minute, offset, moved[:, home], door[:, home], watched[:, home])), strict=True
        )
        expected = []
        for row in rows:
            later = row[0] > naive.minute
            expected.append((naive.tick(*row), later and naive.out and naive.age >= QUIET_MINUTES))
        assert list(zip(over[:, home].tolist(), away[:, home].tolist(), strict=True)) == expected
        quiet = core.quiet(home)
        assert quiet.minutes == naive.age
        assert quiet.possibly_out == naive.out
        assert quiet.learned_days == naive.learned
        hour = int(minute[-1] + offset[-1]) // 60 % 24
        here = [day[hour] for day in naive.known]
        assert (quiet.known_days, quiet.longest_minutes) == (len(here), max(here, default=0))
        assert quiet.as_long_days == sum(each >= naive.age for each in here)
        assert quiet.longest_out_minutes == max((day[24] for day in naive.known), default=0)
        assert quiet.missed == (0 if naive.out else naive.missed / 2**20)
        assert quiet.limit == (naive.limits[0] / 2**20 if naive.learned >= YOUNG_DAYS else np.inf)


@settings(max_examples=10)
@given(SEEDS)
def test_blocks_homes_and_saves_leave_no_trace(seed):
    minute, offset, moved, door, watched = life(seed)
    rng = np.random.default_rng(seed)
    whole, away, mine = Hazard(2), np.empty_like(moved), np.ones_like(moved)
    over = whole.run(minute, offset, moved, door, watched, away)
    cut = Hazard(2)
    at = 0
    while at < minute.size:
        rows = slice(at, at + int(rng.choice([1, 1, 60, 700, 5000])))
        part = cut.run(minute[rows], offset[rows], moved[rows], door[rows], watched[rows], mine[rows])
        assert part.tobytes() == over[rows].tobytes()
        at = rows.stop
        if rng.random() < 0.3:
            cut = Hazard.load(cut.save())
    assert cut.save() == whole.save()
    assert mine.tobytes() == away.tobytes()
    single = Hazard(1)
    alone = single.run(minute, offset, moved[:, 1:], door[:, 1:], watched[:, 1:])
    assert alone[:, 0].tolist() == over[:, 1].tolist()
    assert single.quiet() == whole.quiet(1)


@settings(max_examples=10)
@given(SEEDS, st.integers(1, 20 * 1440))
def test_the_future_changes_nothing_before_it(seed, cut):
    history = life(seed)
    full = Hazard(2).run(*history)
    before = Hazard(2).run(*(a[:cut] for a in history))
    assert before.tobytes() == full[:cut].tobytes()


def routine(days, rate=0.05, seed=0):
    """A quiet plain life: active from 07 to 22 h, no door."""
    minute = START + np.arange(days * 1440)
    awake = (minute % 1440 > 420) & (minute % 1440 < 1320)
    moved = ((np.random.default_rng(seed).random(minute.size) < rate) & awake)[:, None]
    return minute, np.zeros_like(minute), moved, np.zeros_like(moved), np.ones_like(moved)


def still(core, minutes, moved=False, door=False, watched=True):
    """Go on for `minutes` after the last one; the answers."""
    minute = max(core.minute + 1, START) + np.arange(minutes)
    flags = [np.full((minutes, 1), flag) for flag in (moved, door, watched)]
    return core.run(minute, np.zeros_like(minute), *flags)[:, 0]


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_one_sensor_or_twenty_a_stop_in_the_afternoon_is_seen_within_hours(rate):
    core = Hazard(1)
    core.run(*routine(30, rate))
    still(core, 14 * 60, moved=True)
    alert = still(core, 12 * 60)
    assert alert.any()
    assert 30 < int(np.argmax(alert)) < 5 * 60
    assert core.quiet().over
    assert core.quiet().missed >= core.quiet().limit


def test_half_an_hour_of_quiet_in_the_busiest_evening_is_not_told():
    """Somebody who is seen every five minutes from 07 to 22 h and at night not at all, and then stops at ten to six."""
    told = []
    for least in (LEAST_MINUTES, 0):
        core = Hazard(1, least_minutes=least)
        core.run(*routine(30, rate=0.2))
        still(core, 17 * 60 + 50, moved=True)
        told.append(int(np.argmax(still(core, 24 * 60))) + 1)
    assert told[0] == LEAST_MINUTES == 120
    assert told[1] < 90, "the learned limit alone is far lower here"


def test_it_holds_until_the_next_sign_of_life():
    core = Hazard(1)
    core.run(*routine(30))
    assert still(core, 2000)[-1]
    assert not still(core, 1, moved=True)[0]
    assert not core.quiet().over


def test_it_holds_when_the_limit_changes_at_the_close_of_the_day():
    core = Hazard(1)
    core.run(*routine(YOUNG_DAYS - 1, rate=0.01))
    assert core.quiet().limit == np.inf
    still(core, 16 * 60, moved=True)
    alert = still(core, 20 * 60)
    assert core.quiet().limit > core.quiet().missed
    assert alert[FALLBACK_MINUTES - 1 :].all()


def test_a_dead_sensor_is_not_a_quiet_person():
    core = Hazard(1)
    core.run(*routine(30))
    still(core, 14 * 60, moved=True)
    assert not still(core, 3 * 1440, watched=False).any()
    assert core.quiet().missed == 0


def test_a_silence_that_begins_at_the_door_is_possibly_out():
    core = Hazard(1)
    core.run(*routine(30))
    still(core, 14 * 60, moved=True)
    still(core, 1, moved=True, door=True)
    assert not still(core, 1440).any()
    quiet = core.quiet()
    assert quiet.possibly_out
    assert quiet.out_over
    assert quiet.missed == 0
    still(core, 30, moved=True)
    assert still(core, 1440).any()


def test_before_anything_is_learned_only_hours_hold():
    core = Hazard(1)
    still(core, 1, moved=True)
    alert = still(core, FALLBACK_MINUTES + 5)
    assert int(np.argmax(alert)) == FALLBACK_MINUTES - 1
    assert core.quiet().limit == np.inf
    strict = Hazard(1, most_minutes=200)
    still(strict, 1, moved=True)
    assert int(np.argmax(still(strict, 300))) == 199


def test_the_configured_hours_hold_when_the_own_limit_is_longer():
    core = Hazard(1, most_minutes=60)
    core.run(*routine(30))
    still(core, 14 * 60, moved=True)
    assert int(np.argmax(still(core, 1440))) == 59


def test_a_silence_that_goes_on_does_not_raise_its_own_limit():
    core = Hazard(1)
    core.run(*routine(30))
    still(core, 14 * 60, moved=True)
    still(core, 60)
    before = core.quiet().limit
    still(core, 5 * 1440)
    assert core.quiet().limit == before
    still(core, 1, moved=True)
    still(core, 1440)
    assert core.quiet().limit < before * 1.5


def test_rows_that_are_not_later_are_refused():
    core, clean = Hazard(1), Hazard(1)
    minute, offset, moved, door, watched = (a[:10] for a in routine(1))
    clean.run(minute, offset, moved, door, watched)
    core.run(minute, offset, moved, door, watched)
    assert not core.run(minute, offset, ~moved, door, watched).any()
    assert core.refused == 10
    core.refused = 0
    assert core.save() == clean.save()


def test_an_empty_home_and_an_empty_block():
    core = Hazard(1)
    minute = np.empty(0, np.int64)
    none = np.empty((0, 1), np.bool_)
    assert core.run(minute, minute, none, none, none).shape == (0, 1)
    assert core.quiet().learned_days == 0
    size = len(core.save())
    core.run(*routine(40, rate=0.0))
    assert core.quiet().learned_days == 0
    assert abs(len(core.save()) - size) < 40


def test_a_day_that_is_not_the_persons_own_teaches_nothing_and_the_open_quiet_goes_on():
    history = routine(31)
    taught, forgot = Hazard(1), Hazard(1)
    for core in (taught, forgot):
        core.run(*(a[: 30 * 1440] for a in history))
        still(core, 6 * 60)
    for core, moved in ((taught, True), (forgot, True)):
        still(core, 12 * 60, moved=moved)
        still(core, 3 * 60)
    forgot.forget_day()
    assert forgot.quiet() == taught.quiet()
    before = forgot.learned.copy(), forgot.ring.copy(), forgot.starts.copy()
    for core in (taught, forgot):
        still(core, 12 * 60)
    assert (forgot.learned, taught.learned) == (before[0], before[0] + 1)
    assert forgot.ring.tobytes() == before[1].tobytes()
    assert forgot.starts.tobytes() == before[2].tobytes()
