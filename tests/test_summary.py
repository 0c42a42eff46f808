"""What leaves the home every five minutes, against a plain computation of the same."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.kit.quantity import QUANTITIES
from gateway.model.home import Home, Sample, Sensor
from gateway.model.minutes import interval_end_ns
from gateway.model.point import Point
from gateway.thinking.summary import BEGAN_ANEW, Summary
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

END_NS = 1_795_000_200 * NS_PER_S
LATER_NS = END_NS + 300 * NS_PER_S
UNKNOWN = np.full((5, 1), np.nan, dtype=np.float32)


def summary(quantity: str) -> Summary:
    home = Home("test", [Sensor("thing", "hall", "board")])
    assert home.channel("board", "board", quantity) == 0
    return Summary(home)


def closed(made: Summary, values: list[float], end_ns: int = END_NS, shares: np.ndarray = UNKNOWN) -> dict[str, float]:
    for n, value in enumerate(values):
        made.add(Sample(end_ns - 300 * NS_PER_S + n, 0, value))
    points = made.close(end_ns, shares)
    assert all(point.time_s == end_ns // NS_PER_S for point in points)
    return dict(points[0].fields) if points else {}


values = st.lists(st.floats(-1e6, 1e6), max_size=50)


@given(st.lists(values, min_size=1, max_size=5))
def test_gauges(intervals: list[list[float]]) -> None:
    made = summary("room_temperature_c")
    for n, said in enumerate(intervals):
        fields = closed(made, said, END_NS + n * 300 * NS_PER_S)
        if not said:
            assert fields == {}
            continue
        assert fields["mean"] == pytest.approx(math.fsum(said) / len(said), abs=1e-6)
        assert (fields["count"], fields["min"], fields["max"], fields["last"]) == (
            len(said),
            min(said),
            max(said),
            said[-1],
        )
        assert fields["min"] - 1e-6 <= fields["mean"] <= fields["max"] + 1e-6


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), max_size=20), min_size=1, max_size=4))
def test_events_count_what_happened_and_not_that_it_was_over(intervals: list[list[float]]) -> None:
    made = summary("motion")
    for n, said in enumerate(intervals):
        fields = closed(made, said, END_NS + n * 300 * NS_PER_S)
        assert fields == ({"count": sum(said)} if sum(said) else {})


@given(st.lists(st.lists(st.floats(0, 1e6), max_size=20), min_size=1, max_size=6))
def test_counters_lose_no_rise_between_two_intervals(intervals: list[list[float]]) -> None:
    made = summary("energy_kwh")
    risen = sum(
        fields.get("increase", 0.0)
        for fields in [closed(made, sorted(said), END_NS + n * 300 * NS_PER_S) for n, said in enumerate(intervals)]
    )
    top, below, expected = math.nan, 0, 0.0
    for value in itertools.chain.from_iterable(map(sorted, intervals)):
        below = below + 1 if value < top else 0
        if below == BEGAN_ANEW or math.isnan(top):
            top, below = value, 0
        expected += max(0.0, value - top)
        top = max(top, value)
    assert risen == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("said", "risen"),
    [
        ([10.0, 10.0, 10.5, 10.3, 10.5, 10.3, 10.6], 0.6),  # an old figure in between
        ([10.0, 0.0, 0.0, 10.1], 0.1),  # twice nothing after a power cut
        ([10.0, 0.0, 0.1, 0.2, 0.3], 0.1),  # a new plug: what it counted before it was believed is not known
        ([10.0, 9.0, 9.1, 9.2, 9.4], 0.2),
    ],
)
def test_a_counter_that_falls_back_for_a_moment_has_added_nothing(said: list[float], risen: float) -> None:
    assert closed(summary("energy_kwh"), said)["increase"] == pytest.approx(risen)


def test_a_meter_read_once_an_interval_still_rises() -> None:
    made = summary("energy_kwh")
    assert closed(made, [5.0])["increase"] == 0
    assert closed(made, [5.5], LATER_NS)["increase"] == 0.5
    assert closed(made, [0.25], LATER_NS + 300 * NS_PER_S)["increase"] == 0, "a new meter"


def test_states_say_their_share_and_an_unchanged_one_only_every_hour() -> None:
    made = summary("contact_open")
    half = np.array([[1.0], [1.0], [0.5], [0.0], [0.0]], dtype=np.float32)
    assert closed(made, [1.0, 0.0], END_NS, half) == {"share": 0.5, "count": 2, "last": 0.0}
    shut = np.zeros((5, 1), dtype=np.float32)
    assert closed(made, [], LATER_NS, shut)["share"] == 0.0
    assert closed(made, [], LATER_NS + 300 * NS_PER_S, shut) == {}
    hour_ns = -(-LATER_NS // (3600 * NS_PER_S)) * 3600 * NS_PER_S
    assert closed(made, [], hour_ns, shut)["share"] == 0.0
    assert closed(made, [], hour_ns + 300 * NS_PER_S) == {}, "unknown is no zero"
    partly = np.array([[np.nan], [np.nan], [np.nan], [1.0], [0.0]], dtype=np.float32)
    assert closed(made, [], hour_ns + 600 * NS_PER_S, partly)["share"] == 0.5, "of the time that is known"


def test_the_health_of_every_sensor() -> None:
    made = summary("motion")
    points = made.sensors(END_NS, np.array([True, False]), [END_NS - 90 * NS_PER_S], [900.0])
    tags = (("home", "test"), ("room", "hall"), ("sensor", "thing"))
    fields = (("silent", 1.0), ("age_s", 90.0), ("limit_s", 900.0))
    assert points == [Point("sensor", tags, fields, END_NS // NS_PER_S)]
    never = dict(made.sensors(END_NS, np.array([True, False]), [0], [900.0])[0].fields)
    assert math.isnan(never["age_s"])


@given(st.integers(0, 2**62))
def test_an_interval_ends_behind_everything_it_contains(time_ns: int) -> None:
    end_ns = interval_end_ns(time_ns)
    assert end_ns % (5 * NS_PER_MINUTE) == 0
    assert 0 < end_ns - time_ns <= 5 * NS_PER_MINUTE


def test_every_kind_of_quantity_is_summarised() -> None:
    for quantity in QUANTITIES:
        assert closed(summary(quantity), [1.0])["count"] == 1.0
