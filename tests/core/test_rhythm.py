"""What fires by the clock is told from a hand, and no hand is ever taken for a clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.rhythm import BEATS, KEPT, MOST_S, Rhythm

S_NS = 10**9
HOUR_S = 3600
DAY_S = 24 * HOUR_S


def fed(times_s: list[int], rhythm: Rhythm | None = None) -> list[bool]:
    """Whether each firing may be a sign of life."""
    rhythm = rhythm or Rhythm()
    return [rhythm.fired(0, t * S_NS) for t in times_s]


@pytest.mark.parametrize("every_s", [50 * 60, HOUR_S, 20 * 60, 11 * 60, MOST_S])
def test_a_clock_is_no_sign_of_life_after_a_day_and_a_night(every_s: int) -> None:
    times = [7 + n * every_s for n in range(4 * DAY_S // every_s)]
    signs = fed(times)
    first = signs.index(False)
    assert times[first] - times[0] == max(DAY_S, -(-DAY_S // every_s) * every_s, BEATS * every_s)
    assert not any(signs[first:])


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_clock_that_loses_messages_wavers_and_is_pressed_in_between_is_still_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beats = [n * HOUR_S + int(rng.integers(-8, 9)) for n in range(1, 96)]
    lost = set(range(7, 96, 25))
    pressed = rng.integers(0, 96 * HOUR_S, 40).tolist()
    times = sorted({t for n, t in enumerate(beats) if n not in lost} | set(pressed))
    assert not any(fed(times)[-20:])


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), a_day=st.sampled_from([1, 4, 12, 40, 100, 400]), asleep=st.booleans())
def test_random_presses_are_never_a_clock(seed: int, a_day: int, asleep: bool) -> None:
    rng = np.random.default_rng(seed)
    hours = 16 if asleep else 24
    times: list[int] = []
    for day in range(20):
        times += (day * DAY_S + 7 * HOUR_S + rng.uniform(0, hours * HOUR_S, rng.poisson(a_day))).astype(int).tolist()
    assert all(fed(sorted(set(times))))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), late_s=st.sampled_from([0, 60, 600]))
def test_somebody_punctual_is_never_a_clock(seed: int, late_s: int) -> None:
    """Tablets at eight, lunch at twelve, tea at four, tablets again at eight, for a month: but at night one sleeps."""
    rng = np.random.default_rng(seed)
    times = [d * DAY_S + h * HOUR_S + int(rng.integers(0, late_s + 1)) for d in range(30) for h in (8, 12, 16, 20)]
    assert all(fed(times))


def test_the_beat_is_said_and_ends_when_it_does() -> None:
    rhythm = Rhythm()
    fed([n * HOUR_S for n in range(1, 40)], rhythm)
    beat = rhythm.chattering(39 * HOUR_S * S_NS)[0]
    assert (beat.interval_s, beat.since_s) == (HOUR_S, HOUR_S)
    assert rhythm.chattering(42 * HOUR_S * S_NS) == {}
    assert rhythm.fired(0, 43 * HOUR_S * S_NS), "what comes after it may be a hand again"


def test_what_is_kept_is_bounded_and_moves_with_the_clock() -> None:
    rhythm = Rhythm()
    fed([n * 60 for n in range(1, 5000)], rhythm)
    assert len(rhythm.held[0]) == KEPT
    rhythm = Rhythm()
    fed([n * HOUR_S for n in range(1, 40)], rhythm)
    rhythm.shift(10**6 * S_NS)
    assert rhythm.chattering((39 * HOUR_S + 10**6) * S_NS)[0].since_s == HOUR_S + 10**6
    assert not rhythm.fired(0, (40 * HOUR_S + 10**6) * S_NS)
