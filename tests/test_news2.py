"""NEWS2 against the chart: both sides of every band edge, both SpO2 scales, and what is missing."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.kit.quantity import QUANTITIES
from rules.core.news2 import (
    EMERGENCY,
    NS_PER_S,
    NURSE,
    PARAMETERS,
    POSSIBLE,
    RED,
    ROUTINE,
    URGENT,
    VALID_S,
    Consciousness,
    Observations,
    Scale,
    Timed,
    score,
)

NOW = 1_800_000_000 * NS_PER_S
WELL = Observations(
    respiration_per_min=Timed(16.0, NOW),
    spo2_percent=Timed(97.0, NOW),
    oxygen=Timed(False, NOW),
    systolic_mmhg=Timed(130.0, NOW),
    pulse_bpm=Timed(70.0, NOW),
    consciousness=Timed(Consciousness.ALERT, NOW),
    body_temperature_c=Timed(36.8, NOW),
)

# The chart as it is printed: (parameter, value, points), the two values at each edge.
CHART = [
    *[("respiration_per_min", v, p) for v, p in [(5, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2)]],
    ("respiration_per_min", 25, 3),
    ("respiration_per_min", 60, 3),
    *[("spo2_percent", v, p) for v, p in [(50, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)]],
    *[
        ("systolic_mmhg", v, p)
        for v, p in [(60, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0)]
    ],
    ("systolic_mmhg", 220, 3),
    ("systolic_mmhg", 260, 3),
    *[("pulse_bpm", v, p) for v, p in [(25, 3), (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1)]],
    *[("pulse_bpm", v, p) for v, p in [(111, 2), (130, 2), (131, 3), (250, 3)]],
    *[("body_temperature_c", v, p) for v, p in [(30, 3), (35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0)]],
    *[("body_temperature_c", v, p) for v, p in [(38.1, 1), (39.0, 1), (39.1, 2), (44, 2)]],
]

SCALE_2 = [
    *[
        (v, oxygen, p)
        for v, p in [(50, 3), (83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0)]
        for oxygen in (0, 1)
    ],
    *[(v, False, 0) for v in (93, 94, 95, 96, 97, 100)],
    *[(v, True, p) for v, p in [(93, 1), (94, 1), (95, 2), (96, 2), (97, 3), (100, 3)]],
]

# Half up, never to even, and never by the binary fraction behind the printed one.
ROUNDING = [
    ("spo2_percent", 91.5, 2),
    ("spo2_percent", 91.49, 3),
    ("spo2_percent", 95.5, 0),
    ("pulse_bpm", 90.5, 1),
    ("pulse_bpm", 90.4999, 0),
    ("systolic_mmhg", 110.5, 0),
    ("respiration_per_min", 24.5, 3),
    ("respiration_per_min", 8.5, 1),
    ("body_temperature_c", 38.05, 1),
    ("body_temperature_c", 38.04999, 0),
    ("body_temperature_c", 35.05, 1),
    ("body_temperature_c", 39.05, 2),
]


@pytest.mark.parametrize(("parameter", "value", "points"), CHART + ROUNDING)
def test_points_are_those_of_the_chart(parameter: str, value: float, points: int) -> None:
    result = score(replace(WELL, **{parameter: Timed(value, NOW)}), NOW)
    assert result.points[parameter] == points
    assert result.total == points
    assert not result.partial
    assert result.red == ((parameter,) if points == 3 else ())


@pytest.mark.parametrize(("percent", "oxygen", "points"), SCALE_2)
def test_scale_2_depends_on_oxygen_above_the_target(percent: float, oxygen: bool, points: int) -> None:
    observed = replace(WELL, spo2_percent=Timed(percent, NOW), oxygen=Timed(bool(oxygen), NOW))
    result = score(observed, NOW, scale=2)
    assert result.points["spo2_percent"] == points
    assert result.total == points + (2 if oxygen else 0)


@pytest.mark.parametrize("scale", [1, 2])
def test_oxygen_scores_two(scale: Scale) -> None:
    observed = replace(WELL, oxygen=Timed(True, NOW), spo2_percent=Timed(96.0 if scale == 1 else 90.0, NOW))
    result = score(observed, NOW, scale)
    assert (result.points["oxygen"], result.points["spo2_percent"], result.total) == (2, 0, 2)


@pytest.mark.parametrize("state", [c for c in Consciousness if c is not Consciousness.ALERT])
def test_anything_but_alert_scores_three(state: Consciousness) -> None:
    result = score(replace(WELL, consciousness=Timed(state, NOW)), NOW)
    assert (result.total, result.red, result.response) == (3, ("consciousness",), RED)


@pytest.mark.parametrize(
    ("changes", "total", "response"),
    [
        ({}, 0, ROUTINE),
        ({"pulse_bpm": 91}, 1, NURSE),
        ({"pulse_bpm": 111, "respiration_per_min": 21}, 4, NURSE),
        ({"pulse_bpm": 131}, 3, RED),
        ({"pulse_bpm": 131, "spo2_percent": 95}, 4, RED),
        ({"pulse_bpm": 111, "respiration_per_min": 21, "spo2_percent": 95}, 5, URGENT),
        ({"pulse_bpm": 131, "respiration_per_min": 25}, 6, URGENT),
        ({"pulse_bpm": 131, "respiration_per_min": 25, "spo2_percent": 95}, 7, EMERGENCY),
    ],
)
def test_response_follows_the_total_and_the_single_red(changes: dict[str, float], total: int, response: object) -> None:
    observed = replace(WELL, **{name: Timed(float(value), NOW) for name, value in changes.items()})
    result = score(observed, NOW)
    assert result.total == total
    assert result.response == response
    assert result.label == f"NEWS2 {total}"


def test_the_worst_set_scores_twenty() -> None:
    worst = Observations(
        Timed(30.0, NOW), Timed(80.0, NOW), Timed(True, NOW), Timed(80.0, NOW), Timed(140.0, NOW),
        Timed(Consciousness.PAIN, NOW), Timed(34.0, NOW),
    )  # fmt: skip
    assert score(worst, NOW).total == 20


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_set_with_one_parameter_missing_has_no_score(parameter: str) -> None:
    result = score(replace(WELL, **{parameter: None}), NOW)
    assert result.partial
    assert result.total is None
    assert result.missing == (parameter,)
    assert result.points[parameter] is None
    assert result.response is None
    assert result.label.startswith("NEWS2 partial, no score: missing ")
    assert not any(character.isdigit() for character in result.label.removeprefix("NEWS2"))


def test_a_red_parameter_is_said_even_of_a_partial_set() -> None:
    result = score(replace(WELL, pulse_bpm=Timed(135.0, NOW), consciousness=None), NOW)
    assert result.total is None
    assert result.response == RED
    assert result.label == "NEWS2 partial, no score: missing consciousness; pulse alone scores 3"


def test_scale_2_above_the_target_says_nothing_without_knowing_of_oxygen() -> None:
    result = score(replace(WELL, oxygen=None), NOW, scale=2)
    assert result.points["spo2_percent"] is None
    assert result.missing == ("oxygen",)
    assert score(replace(WELL, oxygen=None, spo2_percent=Timed(83.0, NOW)), NOW, scale=2).red == ("spo2_percent",)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_reading_stands_for_its_window_and_not_a_nanosecond_longer(parameter: str) -> None:
    value = getattr(WELL, parameter).value

    def at(time_ns: int, valid_s: dict[str, float] | None = None) -> bool:
        return score(replace(WELL, **{parameter: Timed(value, time_ns)}), NOW, valid_s=valid_s).partial

    edge = NOW - int(VALID_S) * NS_PER_S
    assert not at(edge)
    assert at(edge - 1)
    assert at(NOW + 1)  # a reading from the future is a wrong clock
    assert at(NOW - 61 * NS_PER_S, {parameter: 60.0})
    assert not at(edge - 1, {parameter: 2 * VALID_S})


@pytest.mark.parametrize("parameter", POSSIBLE)
@pytest.mark.parametrize("side", [0, 1])
def test_an_impossible_value_is_missing_not_an_emergency(parameter: str, side: int) -> None:
    beyond = POSSIBLE[parameter][side] + (1 if side else -1)
    for value in (beyond, math.nan, math.inf, -math.inf):
        assert score(replace(WELL, **{parameter: Timed(value, NOW)}), NOW).missing == (parameter,)


def test_possible_values_are_the_vocabulary_s() -> None:
    assert dict(POSSIBLE) == {name: (QUANTITIES[name].low, QUANTITIES[name].high) for name in POSSIBLE}


def test_a_wrong_scale_or_window_is_refused() -> None:
    with pytest.raises(ValueError, match="scale 3"):
        score(WELL, NOW, scale=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no such parameter: weight_kg"):
        score(WELL, NOW, valid_s={"weight_kg": 1.0})


@given(
    values=st.tuples(*[st.none() | st.floats(low, high) for low, high in POSSIBLE.values()]),
    oxygen=st.none() | st.booleans(),
    state=st.none() | st.sampled_from(Consciousness),
    scale=st.sampled_from([1, 2]),
)
def test_a_total_exists_exactly_when_nothing_is_missing(
    values: tuple[float | None, ...], oxygen: bool | None, state: Consciousness | None, scale: Scale
) -> None:
    known = dict(zip(POSSIBLE, values, strict=True)) | {"oxygen": oxygen, "consciousness": state}
    observed = Observations(**{name: None if value is None else Timed(value, NOW) for name, value in known.items()})  # type: ignore[arg-type]
    result = score(observed, NOW, scale)
    assert result.missing == tuple(name for name in PARAMETERS if known[name] is None)
    assert result.partial == bool(result.missing)
    if result.partial:
        assert result.total is None
    else:
        assert result.total == sum(p for p in result.points.values() if p is not None)
        assert 0 <= (result.total or 0) <= 20
