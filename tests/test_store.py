"""The minute grid against a slow computation of the same, and what a rule must never see."""

import math
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.home import MAX_CHANNELS, Home, Sample, Sensor
from gateway.thinking.window_store import MINUTES, WindowStore
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import START_NS

UTC = ZoneInfo("UTC")
QUANTITIES = ("room_temperature_c", "motion", "contact_open")
GAUGE, EVENT, STATE = range(3)
HEARD = np.zeros(3, dtype=np.bool_)


def store(quantities: tuple[str, ...] = QUANTITIES) -> WindowStore:
    home = Home("test", [Sensor("thing", "hall", "board")])
    for quantity in quantities:
        home.channel("board", "board", quantity)
    return WindowStore(home, UTC)


said = st.tuples(st.integers(0, 2), st.floats(0, 600), st.sampled_from([0.0, 1.0, 2.5]))


@settings(max_examples=60)
@given(st.lists(said, max_size=60))
def test_the_grid_is_what_a_slow_computation_gives(rows: list[tuple[int, float, float]]) -> None:
    made = store()
    samples = sorted(
        Sample(START_NS + int(second * NS_PER_S), channel, min(value, 1.0) if channel else value)
        for channel, second, value in rows
    )
    waiting = list(samples)
    for minute in range(1, 11):
        end_ns = START_NS + minute * NS_PER_MINUTE
        while waiting and waiting[0].time_ns < end_ns:
            made.add(waiting.pop(0))
        made.close_minute(end_ns, HEARD)
    grid = made.latest(10)
    counts = made.window(START_NS + 10 * NS_PER_MINUTE, HEARD).count[-10:]
    for minute in range(10):
        start_ns = START_NS + minute * NS_PER_MINUTE
        here = [s for s in samples if start_ns <= s.time_ns < start_ns + NS_PER_MINUTE]
        for channel in range(grid.shape[1]):
            own = [s.value for s in here if s.channel == channel and not (channel == EVENT and s.value <= 0)]
            assert counts[minute, channel] == len(own)
            if channel == STATE:
                expected = share(samples, start_ns)
            elif channel == EVENT:
                expected = 1.0 if own else math.nan
            else:
                expected = sum(own) / len(own) if own else math.nan
            assert grid[minute, channel] == pytest.approx(expected, abs=1e-6, nan_ok=True)


def share(samples: list[Sample], start_ns: int) -> float:
    """The share of a minute that the door was open, by adding up its pieces."""
    end_ns = start_ns + NS_PER_MINUTE
    states = [s for s in samples if s.channel == STATE and s.time_ns < end_ns]
    if not states:
        return math.nan
    borders = [*(s.time_ns for s in states), end_ns]
    open_ns = sum(
        max(0, until - max(since, start_ns))
        for s, since, until in zip(states, borders, borders[1:], strict=False)
        if s.value > 0
    )
    return open_ns / NS_PER_MINUTE


def test_minutes_nobody_watched_are_unknown() -> None:
    made = store()
    for channel in range(3):
        made.add(Sample(START_NS + 1, channel, 1.0))
    made.close_minute(START_NS + NS_PER_MINUTE, HEARD)
    made.close_minute(START_NS + 11 * NS_PER_MINUTE, HEARD)
    assert np.isnan(made.latest(10)[:-1]).all()
    assert made.latest(11)[0].tolist() == [1.0, 1.0, pytest.approx(1.0)]


def test_a_hole_longer_than_the_ring_leaves_nothing_known() -> None:
    made = store()
    made.add(Sample(START_NS + 1, GAUGE, 20.0))
    made.close_minute(START_NS + NS_PER_MINUTE, HEARD)
    made.close_minute(START_NS + (MINUTES + 500) * NS_PER_MINUTE, HEARD)
    window = made.window(START_NS, HEARD)
    assert np.isnan(window.value).all()
    assert not window.count.any()


def test_a_silent_sensors_state_is_unknown_and_not_what_it_was() -> None:
    made = store()
    made.add(Sample(START_NS + 1, STATE, 1.0))
    made.close_minute(START_NS + NS_PER_MINUTE, np.ones(3, dtype=np.bool_))
    assert math.isnan(made.latest(1)[0, STATE])


def test_a_remembered_state_is_known_and_is_no_event() -> None:
    made = store()
    made.suppose(Sample(START_NS + 1, STATE, 1.0, 2))
    made.suppose(Sample(START_NS + 1, GAUGE, 20.0, 2))
    made.close_minute(START_NS + NS_PER_MINUTE, HEARD)
    window = made.window(START_NS + NS_PER_MINUTE, HEARD)
    assert window.last_value[STATE] == 1.0
    assert math.isnan(window.last_value[GAUGE]), "an old temperature is no temperature"
    assert window.event_ns.tolist() == window.last_ns.tolist() == [0, 0, 0]
    made.add(Sample(START_NS + 90 * NS_PER_S, STATE, 0.0))
    made.suppose(Sample(START_NS + 91 * NS_PER_S, STATE, 1.0, 2))
    assert made.last_value[STATE] == 0.0, "news stands over memory"


def test_what_happened() -> None:
    made = store()
    assert not made.add(Sample(START_NS + 1, STATE, 1.0)), "a first report is the state it is in"
    assert not made.add(Sample(START_NS + 2, STATE, 1.0))
    assert made.add(Sample(START_NS + 3, STATE, 0.0))
    assert made.add(Sample(START_NS + 4, EVENT, 1.0))
    assert not made.add(Sample(START_NS + 5, EVENT, 0.0)), "that it is over is no event"
    assert not made.add(Sample(START_NS + 6, GAUGE, 20.0))
    assert made.event_ns == [0, START_NS + 4, START_NS + 3]


def test_rules_cannot_write_into_the_past() -> None:
    made = store()
    made.add(Sample(START_NS + 1, GAUGE, 20.0))
    made.close_minute(START_NS + NS_PER_MINUTE, HEARD)
    with pytest.raises(ValueError, match="read-only"):
        made.window(START_NS, HEARD).value[0, 0] = 1.0


def test_the_window_is_whole_at_every_turn_of_the_ring_and_memory_does_not_grow() -> None:
    made = store()
    sizes = set()
    for minute in range(1, MINUTES + 200):
        end_ns = START_NS + minute * NS_PER_MINUTE
        made.add(Sample(end_ns - 1, GAUGE, float(minute)))
        made.close_minute(end_ns, HEARD)
        if minute % 97 == 0 or minute > MINUTES:
            value = made.window(end_ns, HEARD).value[:, GAUGE]
            known = min(minute, MINUTES)
            assert value[-known:].tolist() == [float(n) for n in range(minute - known + 1, minute + 1)]
            sizes.add(made._value.nbytes)
    assert len(sizes) == 1


def test_a_channel_that_turns_up_later_does_not_disturb_the_others() -> None:
    home = Home("test", [Sensor(f"s{n}", "hall", "board", f"s{n}") for n in range(MAX_CHANNELS + 5)])
    made = WindowStore(home, UTC)
    for n in range(MAX_CHANNELS):
        channel = home.channel("board", f"s{n}", "room_temperature_c")
        assert channel == n
        if n in (0, 15, 16, 40, 300, MAX_CHANNELS - 1):
            made.add(Sample(START_NS + n, channel, float(n)))
    made.close_minute(START_NS + NS_PER_MINUTE, np.zeros(MAX_CHANNELS, dtype=np.bool_))
    row = made.latest(1)[0]
    assert [n for n in range(MAX_CHANNELS) if not math.isnan(row[n])] == [0, 15, 16, 40, 300, MAX_CHANNELS - 1]
    assert home.channel("board", f"s{MAX_CHANNELS}", "room_temperature_c") == -1, "more is a fault or an attack"
    assert home.channel("board", "s0", "no_such_quantity") == -1


def test_a_shift_of_the_clock_moves_every_time_and_no_value() -> None:
    made = store()
    made.add(Sample(START_NS + 1, STATE, 0.0))
    made.add(Sample(START_NS + 30 * NS_PER_S, STATE, 1.0))
    made.shift(7200 * NS_PER_S)
    end_ns = START_NS + NS_PER_MINUTE + 7200 * NS_PER_S
    made.close_minute(end_ns, HEARD)
    assert made.latest(1)[0, STATE] == pytest.approx(0.5)
    assert made.last_ns[STATE] == START_NS + 30 * NS_PER_S + 7200 * NS_PER_S
    made.shift(-3600 * NS_PER_S)
    made.close_minute(end_ns + NS_PER_MINUTE - 3600 * NS_PER_S, HEARD)
    assert made.latest(2)[:, STATE].tolist() == [pytest.approx(0.5), 1.0], "no minute was skipped or doubled"


def test_the_off_of_a_movement_sensor_dates_the_last_movement() -> None:
    """While somebody moves on, it says nothing new: what it says at the end proves movement after what came between."""
    made, minute = store(), NS_PER_MINUTE
    made.add(Sample(START_NS, EVENT, 1.0))
    assert not made.add(Sample(START_NS + 8 * minute, EVENT, 0.0)), "that is no movement now"
    assert made.event_ns[EVENT] == START_NS + 3 * minute
    made.add(Sample(START_NS + 20 * minute, EVENT, 0.0))
    assert made.event_ns[EVENT] == START_NS + 3 * minute, "a heartbeat that says so again proves nothing"
    made.add(Sample(START_NS + 30 * minute, EVENT, 1.0))
    made.add(Sample(START_NS + 31 * minute, EVENT, 0.0))
    assert made.event_ns[EVENT] == START_NS + 30 * minute
    made.add(Sample(START_NS + 40 * minute, EVENT, 1.0))
    made.add(Sample(START_NS + 240 * minute, EVENT, 0.0))
    assert made.event_ns[EVENT] == START_NS + 40 * minute, "an off that was lost and comes with the next heartbeat"


def test_getting_into_bed_and_out_of_it_is_a_sign_of_life() -> None:
    made = store(("bed_load_kg",))
    loads = [2.0, 61.0, 60.5, 3.0, 2.0]
    assert [made.add(Sample(START_NS + n * NS_PER_MINUTE, 0, kg)) for n, kg in enumerate(loads)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert made.event_ns[0] == START_NS + 3 * NS_PER_MINUTE
