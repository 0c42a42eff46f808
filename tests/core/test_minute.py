"""The minute tier: equal to the slow reference, and the same bits whatever the blocking, tiling and saving."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.calendar import offset_minutes
from rules.core.minute import MinuteTier
from rules.core.numeric import MISSING, quantise
from tests.naive import NaiveSeries

LONDON = ZoneInfo("Europe/London")
BEFORE_SPRING = 1_774_137_600 // 60  # 2026-03-22T00:00Z, a week before the clocks go forward
BEFORE_AUTUMN = 1_792_281_600 // 60  # 2026-10-18T00:00Z, a week before they go back
SEEDS = st.integers(0, 2**32 - 1)


def history(seed, days=25, minutes=70, start=BEFORE_SPRING):
    """Every kind of trouble at once: (minute, offset, steps). The first `minutes` of each day are sent."""
    rng = np.random.default_rng(seed)
    minute = (start + np.arange(days)[:, None] * 1440 + np.arange(minutes)).ravel()
    minute = minute[rng.random(minute.size) > 0.02]
    value = rng.normal(20, 3, (minute.size, 6))
    value[:, 0] = rng.poisson(0.3, minute.size)
    value[:, 1] = 0  # never a firing
    value[:, 2] = 21.5  # constant
    value[minute.size // 2 :, 3] = value[minute.size // 2, 3]  # stuck
    value[rng.random(value.shape) < 0.3] = np.nan
    value[rng.random(value.shape) < 0.01] = np.inf
    value[(minute > start + 8 * 1440) & (minute < start + 18 * 1440), 4] = np.nan  # ten days gone
    back = rng.integers(0, minute.size)
    minute[back:] -= rng.integers(0, 40)  # a clock step backwards: some rows are not later
    return minute, offset_minutes(LONDON, minute), quantise(value, np.array([1 / 256, 1 / 256, 0.01, 0.01, 0.01, 0.5]))


def ticks(tier, minute, offset, x):
    z = np.empty(x.shape, np.float32)
    closed = [tier.tick(int(minute[i]), int(offset[i]), x[i], z[i]) for i in range(minute.size)]
    return z, [c for c in closed if c is not None]


def same(a, b):
    return a.tobytes() == b.tobytes()


@settings(max_examples=6)
@given(SEEDS, st.sampled_from([BEFORE_SPRING, BEFORE_AUTUMN]))
def test_equals_the_slow_reference(seed, start):
    minute, offset, x = history(seed, start=start)
    z, closed = ticks(MinuteTier(x.shape[1]), minute, offset, x)
    for column in range(x.shape[1]):
        naive = NaiveSeries()
        steps = [naive.tick(*row) for row in zip(minute.tolist(), offset.tolist(), x[:, column].tolist(), strict=True)]
        expected = [c for _, c in steps if c is not None]
        np.testing.assert_array_equal(z[:, column], np.array([s for s, _ in steps], np.float32))
        assert [int(c.slot[0]) for c in closed] == [c[0] for c in expected]
        np.testing.assert_array_equal([c.level[0, column] for c in closed], [c[1] for c in expected])
        np.testing.assert_array_equal([c.z[0, column] for c in closed], [c[2] for c in expected])
    assert np.isfinite(z).any()


@settings(max_examples=12)
@given(SEEDS, st.sampled_from([1, 3, 4, 6]))
def test_blocks_tiles_and_saves_leave_no_trace(seed, tile):
    minute, offset, x = history(seed, days=11, minutes=1440)
    rng = np.random.default_rng(seed)
    whole = MinuteTier(x.shape[1])
    z, closed = ticks(whole, minute, offset, x)
    columns = []
    for left in range(0, x.shape[1], tile):
        part = x[:, left : left + tile]
        tier, mine = MinuteTier(part.shape[1]), np.empty(part.shape, np.float32)
        at, levels = 0, []
        while at < minute.size:
            rows = slice(at, at + int(rng.choice([1, 7, 60, 1440, 5000])))
            levels.append(tier.run(minute[rows], offset[rows], part[rows], mine[rows]).level)
            at = rows.stop
            if rng.random() < 0.3:
                tier = MinuteTier.load(tier.save())
        columns.append((mine, np.concatenate(levels), tier))
    assert same(z, np.hstack([c[0] for c in columns]))
    assert same(np.concatenate([c.level for c in closed]), np.hstack([c[1] for c in columns]))
    for name in ("mean", "dev", "learned"):
        assert same(
            getattr(whole.profile, name), np.concatenate([getattr(c[2].profile, name) for c in columns], axis=2)
        )
    if tile == x.shape[1]:
        assert columns[0][2].save() == whole.save()


@settings(max_examples=10)
@given(SEEDS, st.integers(1, 11 * 1440 - 1))
def test_the_future_changes_nothing_before_it(seed, cut):
    minute, offset, x = history(seed, days=11, minutes=1440)
    cut = min(cut, minute.size)
    z, before = np.empty(x.shape, np.float32), np.empty((cut, x.shape[1]), np.float32)
    MinuteTier(x.shape[1]).run(minute, offset, x, z)
    MinuteTier(x.shape[1]).run(minute[:cut], offset[:cut], x[:cut], before)
    assert same(z[:cut], before)


@pytest.mark.parametrize(("start", "slots"), [(BEFORE_SPRING + 7 * 1440, 92), (BEFORE_AUTUMN + 7 * 1440 - 60, 100)])
def test_a_day_of_23_or_25_hours_closes_its_own_number_of_slots(start, slots):
    minute = np.arange(start, start + slots * 15 + 1)
    tier = MinuteTier(1)
    closed = tier.run(minute, offset_minutes(LONDON, minute), np.ones((minute.size, 1), np.int16))
    assert closed.slot.size == slots
    assert set((closed.slot // 96).tolist()) == {int(closed.slot[0]) // 96}
    assert int(tier.profile.learned.sum()) == slots


def test_rows_that_are_not_later_are_refused_and_change_nothing():
    tier, clean = MinuteTier(2), MinuteTier(2)
    minute = np.array([100, 101, 101, 99, 102])
    x = np.arange(10, dtype=np.int16).reshape(5, 2)
    z = np.zeros((5, 2), np.float32)
    tier.run(minute, np.zeros_like(minute), x, z)
    clean.run(minute[[0, 1, 4]], np.zeros(3, np.int64), x[[0, 1, 4]])
    assert tier.refused == 2
    tier.refused = 0
    assert tier.save() == clean.save()
    assert np.isnan(z).all()


def test_a_block_with_nothing_new_in_it():
    tier = MinuteTier(1)
    minute, x = np.arange(100), np.ones((100, 1), np.int16)
    tier.run(minute, minute * 0, x)
    before = tier.profile.mean.tobytes()
    assert tier.run(minute[:0], minute[:0], x[:0]).slot.size == 0
    assert tier.run(minute, minute * 0, x).slot.size == 0
    assert tier.refused == 100
    assert tier.profile.mean.tobytes() == before


def test_a_slot_ends_with_the_minute_after_it():
    tier = MinuteTier(1)
    minute = np.arange(45)
    assert tier.run(minute, minute * 0, np.ones((45, 1), np.int16)).slot.tolist() == [0, 1]
    assert tier.rows == 15
    closed = tier.tick(45, 0, np.ones(1, np.int16), np.empty(1, np.float32))
    assert closed is not None
    assert closed.slot.tolist() == [2]


def test_unknown_minutes_are_neither_learned_nor_scored():
    minute = np.arange(20 * 1440)
    tier = MinuteTier(1)
    z = np.empty((minute.size, 1), np.float32)
    closed = tier.run(minute, np.zeros_like(minute), np.full((minute.size, 1), MISSING, np.int16), z)
    assert np.isnan(z).all()
    assert np.isnan(closed.level).all()
    assert np.isnan(closed.z).all()
    assert not tier.profile.learned.any()


def test_a_constant_scores_zero_and_its_first_change_is_seen():
    minute = np.arange(20 * 1440)
    x = np.full((minute.size, 1), 500, np.int16)
    x[-3] = 600
    z = np.empty((minute.size, 1), np.float32)
    MinuteTier(1, floor=10.0).run(minute, np.zeros_like(minute), x, z)
    assert np.isnan(z[0])
    assert z[-4] == 0
    assert z[-3] == 100 / 10


def test_a_frozen_series_is_tested_and_not_learned():
    minute = np.arange(40 * 1440)
    x = np.random.default_rng(0).normal(50, 5, (minute.size, 2)).astype(np.int16)
    tier = MinuteTier(2)
    half = minute.size // 2
    tier.run(minute[:half], np.zeros(half, np.int64), x[:half])
    tier.freeze(np.array([True, False]))
    before = tier.profile.mean.copy()
    z = np.empty((half, 2), np.float32)
    tier.run(minute[half:], np.zeros(half, np.int64), x[half:], z)
    assert same(tier.profile.mean[:, :, 0], before[:, :, 0])
    assert not same(tier.profile.mean[:, :, 1], before[:, :, 1])
    assert np.isfinite(z[-1]).all()


def test_taken_back_it_is_as_if_the_days_since_had_not_been():
    minute = np.arange(30 * 1440)
    x = np.random.default_rng(0).normal(50, 5, (minute.size, 2)).astype(np.int16)
    tier, half = MinuteTier(2), minute.size // 2
    tier.run(minute[:half], np.zeros(half, np.int64), x[:half])
    kept = tier.profile.kept()
    tier.run(minute[half : half + 1445], np.zeros(1445, np.int64), x[half : half + 1445])
    tier.take_back(kept)
    resumed, again = minute[half + 1445 :], MinuteTier(2)
    again.run(minute[:half], np.zeros(half, np.int64), x[:half])
    again.take_back(kept)  # lets go of the open slot here, too
    for each in (tier, again):
        each.run(resumed, np.zeros(resumed.size, np.int64), x[half + 1445 :])
    for name in ("mean", "dev", "learned"):
        assert same(getattr(tier.profile, name), getattr(again.profile, name))
    assert not same(tier.profile.mean, kept.mean)


def test_when_each_series_was_last_heard_and_last_active():
    tier = MinuteTier(3)
    x = np.full((3000, 3), MISSING, np.int16)
    x[:, 0] = 0
    x[5, 0] = x[2990, 1] = 1
    tier.run(np.arange(3000), np.zeros(3000, np.int64), x)
    assert tier.seen.tolist()[:2] == [2999, 2990]
    assert tier.active.tolist()[:2] == [5, 2990]
    assert tier.seen[2] < 0 > tier.active[2]


def test_memory_stays_the_same():
    tier = MinuteTier(40)
    size = len(tier.save())
    for day in range(60):
        minute = np.arange(day * 1440, (day + 1) * 1440)
        tier.run(minute, np.zeros(1440, np.int64), np.ones((1440, 40), np.int16))
    assert abs(len(tier.save()) - size) < 40  # the digits of a few numbers
    assert size < 100_000


def test_no_series_at_all_is_a_home_that_says_nothing():
    minute, offset, x = history(1, days=2, minutes=1440)
    none = x[:, :0]
    tier = MinuteTier(0)
    closed = tier.run(minute, offset, none)
    assert closed.level.shape == (closed.slot.size, 0)
    assert closed.slot.size > 0
    one_by_one = MinuteTier(0)
    _, each = ticks(one_by_one, minute, offset, none)
    assert [int(c.slot[0]) for c in each] == closed.slot.tolist()
    assert one_by_one.save() == tier.save() == MinuteTier.load(tier.save()).save()


@pytest.mark.parametrize("floor", [0.0, -1.0, np.nan, np.inf, [1.0, 0.0], [1.0, 1.0, 1.0]])
def test_a_floor_that_is_none_is_refused(floor):
    with pytest.raises(ValueError, match=r"floor|shape"):
        MinuteTier(2, floor=np.array(floor))


def test_fewer_than_no_series_are_refused():
    with pytest.raises(ValueError, match="not negative"):
        MinuteTier(-1)


@pytest.mark.parametrize("step", [0, -0.5, np.nan, np.inf, np.array([0.1, 0.0])])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(ValueError, match="step"):
        quantise(np.array([[1.0, 2.0]]), step)
