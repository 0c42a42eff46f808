"""When a sensor is quiet for longer than it ever is, and when that means nothing."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.thinking.silence import BINS, FLOOR_S, UNLEARNED_S, Silence

S = 1_000_000_000
DAY_NS = 86_400 * S
START_NS = 20_000 * DAY_NS
HOUR_NS = 3600 * S


def learned(gaps_s: list[float], days: int = 20) -> Silence:
    """One sensor that spoke in these gaps, over and over."""
    silence = Silence([0.0])
    silence.start(START_NS, after_downtime=True)
    time_ns, n = START_NS, 0
    while time_ns < START_NS + days * DAY_NS:
        time_ns += int(gaps_s[n % len(gaps_s)] * S)
        silence.tick(time_ns)
        silence.heard(0, time_ns)
        n += 1
    return silence


@pytest.mark.parametrize(
    ("gaps_s", "low_s", "high_s"),
    [
        ([60.0], FLOOR_S, FLOOR_S),  # a chatty plug: never under a quarter of an hour
        ([3600.0], 2 * 3600, 2.4 * 3600),  # hourly: twice its gap, and the width of a bin
        ([60.0] * 200 + [6 * 3600.0], 12 * 3600, 14.3 * 3600),  # a motion sensor whose longest gap is the night
    ],
)
def test_the_limit_is_twice_the_longest_usual_gap(gaps_s: list[float], low_s: float, high_s: float) -> None:
    silence = learned(gaps_s)
    assert low_s <= silence.limit_s(0) <= high_s


def test_few_gaps_say_little_about_the_longest_usual_one() -> None:
    silence = learned([7 * 3600.0], days=10)  # 34 gaps
    assert silence.limit_s(0) == UNLEARNED_S
    young = learned([600.0], days=2)
    assert young.limit_s(0) == UNLEARNED_S
    assert young.limit_s(young.home) == UNLEARNED_S, "the home's first night is not silence"


def test_a_week_away_is_no_sensors_own_silence() -> None:
    silence = Silence([0.0, 0.0])
    days = [day for day in range(20) if not 6 <= day < 13]
    for day in days:
        for hour in range(24):
            time_ns = START_NS + day * DAY_NS + hour * HOUR_NS
            silence.tick(time_ns)
            silence.heard(0, time_ns)
            silence.heard(1, time_ns + S)
    assert silence.limit_s(0) < 3 * HOUR_NS / S, "the week nobody was there taught nothing"
    assert silence.limit_s(silence.home) > DAY_NS / S, "the home as a whole may be left again"


def test_a_dead_sensor_shows_after_its_limit_while_the_home_lives() -> None:
    silence = Silence([0.0, 0.0])
    for n in range(20 * 24 * 6):
        time_ns = START_NS + n * 600 * S
        silence.tick(time_ns)
        silence.heard(0, time_ns)
        silence.heard(1, time_ns + S)
    last_ns = time_ns + S
    for n in range(1, 7):
        silence.heard(0, last_ns + n * 600 * S)
    now_ns = last_ns + 6 * 600 * S
    assert silence.silent(now_ns).tolist() == [False, True, False]
    assert silence.silent(last_ns + int(silence.limit_s(1) * S)).tolist()[1] is False


def test_when_nothing_at_all_is_heard_the_home_is_silent() -> None:
    silence = learned([300.0])
    now_ns = silence.heard_ns(silence.home)
    assert not silence.silent(now_ns + 14 * 60 * S)[silence.home]
    assert silence.silent(now_ns + 16 * 60 * S)[silence.home]


def test_what_cannot_be_reached_is_silent_at_once_and_until_it_speaks() -> None:
    silence = learned([300.0])
    now_ns = silence.heard_ns(0) + S
    silence.reachable(0, False)
    assert silence.silent(now_ns)[0]
    silence.reachable(0, True)
    assert not silence.silent(now_ns)[0]
    silence.reachable(0, False)
    silence.heard(0, now_ns)
    assert not silence.silent(now_ns)[0]


def test_a_break_of_ours_is_nobodys_silence() -> None:
    silence = learned([300.0])
    limit_s = silence.limit_s(0)
    later_ns = silence.heard_ns(0) + 30 * HOUR_NS
    assert silence.silent(later_ns).all()
    silence.start(later_ns, after_downtime=True)
    assert not silence.silent(later_ns).any()
    silence.heard(0, later_ns + S)
    silence.tick(later_ns + DAY_NS)
    assert silence.limit_s(0) == limit_s, "the thirty hours were not learned"


def test_a_sensor_that_was_never_heard_has_been_quiet_since_the_watch_began() -> None:
    silence = Silence([0.0, 3600.0, float("inf")])
    silence.start(START_NS, after_downtime=True)
    assert not silence.silent(START_NS + HOUR_NS).any()
    assert silence.silent(START_NS + HOUR_NS + 1).tolist() == [False, True, False, False]
    assert silence.silent(START_NS + 27 * HOUR_NS).tolist() == [True, True, False, True]


def test_the_installers_limit_stands_over_what_was_learned() -> None:
    silence = Silence([1800.0])
    for n in range(1000):
        silence.tick(START_NS + n * 600 * S)
        silence.heard(0, START_NS + n * 600 * S)
    assert silence.limit_s(0) == 1800


def test_what_was_learned_follows_a_change_of_habits_in_weeks() -> None:
    silence = learned([60.0] * 200 + [6 * 3600.0], days=28)
    before_s = silence.limit_s(0)
    time_ns = silence.heard_ns(0)
    for _ in range(200 * 24 * 6):
        time_ns += 600 * S
        silence.tick(time_ns)
        silence.heard(0, time_ns)
    assert silence.limit_s(0) < before_s / 2


def test_asking_changes_nothing() -> None:
    silence = learned([300.0], days=5)
    before = json.dumps(silence.save(["a"]))
    silence.silent(silence.heard_ns(0) + 40 * DAY_NS)
    assert json.dumps(silence.save(["a"])) == before


def test_a_shift_of_the_clock_changes_no_duration() -> None:
    silence = learned([300.0])
    now_ns = silence.heard_ns(0) + 10 * 60 * S
    before = silence.silent(now_ns).tolist()
    silence.shift(-5 * HOUR_NS)
    assert silence.silent(now_ns - 5 * HOUR_NS).tolist() == before
    silence.tick(now_ns - 5 * HOUR_NS)
    assert silence.limit_s(0) < UNLEARNED_S


moment = st.tuples(
    st.sampled_from(["hear", "tick", "down", "up", "start", "shift"]), st.integers(0, 2), st.floats(0, 1e6)
)


@settings(max_examples=60)
@given(st.lists(moment, max_size=80))
def test_whatever_happens_limits_stay_in_bounds_and_what_is_saved_goes_on_bit_for_bit(
    moments: list[tuple[str, int, float]],
) -> None:
    names = ["a", "b"]
    silence = Silence([0.0, 0.0])
    time_ns = START_NS
    silence.start(time_ns, after_downtime=True)
    for what, row, seconds in moments:
        time_ns += int(seconds * S)
        match what:
            case "hear":
                silence.heard(row % 2, time_ns - row * S)
            case "tick":
                silence.tick(time_ns)
            case "start":
                silence.start(time_ns, after_downtime=bool(row))
            case "shift":
                silence.shift((row - 1) * HOUR_NS)
                time_ns += (row - 1) * HOUR_NS
            case _:
                silence.reachable(row % 2, what == "up")
        assert silence.silent(time_ns).shape == (3,)
        assert all(FLOOR_S <= silence.limit_s(row) < 1e9 for row in range(3))
    assert (silence._gaps >= 0).all()
    assert silence._gaps.shape == (3, BINS)
    again = Silence([0.0, 0.0])
    again.restore(names, json.loads(json.dumps(silence.save(names))))
    for each in (silence, again):
        each.heard(0, time_ns + 90 * S)
        each.tick(time_ns + 2 * DAY_NS)
    np.testing.assert_array_equal(again._gaps, silence._gaps)
    assert again.save(names) == silence.save(names)


def test_a_new_sensor_is_unlearned_and_a_removed_one_forgotten() -> None:
    silence = Silence([0.0, 0.0])
    for n in range(2000):
        silence.tick(START_NS + n * 600 * S)
        silence.heard(0, START_NS + n * 600 * S)
        silence.heard(1, START_NS + n * 600 * S + S)
    again = Silence([0.0, 0.0])
    again.restore(["new", "b"], silence.save(["a", "b"]))
    assert (again.limit_s(0), again.limit_s(1)) == (UNLEARNED_S, silence.limit_s(1))
    assert again.heard_ns(0) == 0


def test_what_was_never_heard_is_silent_within_a_day_unless_it_was_set_otherwise() -> None:
    silence = Silence([0.0, 7 * 86_400.0])
    silence.start(START_NS, after_downtime=True)
    assert not silence.silent(START_NS + 21 * HOUR_NS).any()
    assert silence.silent(START_NS + 23 * HOUR_NS).tolist() == [True, False, True]
    silence.heard(0, START_NS + 23 * HOUR_NS)
    assert not silence.silent(START_NS + 48 * HOUR_NS)[0], "heard once, it has the usual 26 hours"
