"""NEWS2 from what was measured and what a carer entered beside it: complete, partial, too old, and when it is said."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from drivers.kit.quantity import QUANTITIES
from gateway.alerts.book import AlertBook
from gateway.config.plan import load_plan
from gateway.config.toml_file import ConfigError
from gateway.model.point import Point
from gateway.points.consent_filter import VITALS
from gateway.points.vital_points import ENTERED, TAKEN, news2_point, outside
from gateway.service.build import build
from gateway.simulate import describe
from gateway.sources.replay import with_ticks
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

NINE_NS = 1_772_442_000 * NS_PER_S  # Monday, 2 March 2026, 09:00 in London
HOUR_NS = 60 * NS_PER_MINUTE
WELL = {
    "respiration_per_min": 15.0,
    "spo2_percent": 97.0,
    "oxygen_l_per_min": 0.0,
    "systolic_mmhg": 130.0,
    "pulse_bpm": 70.0,
    "acvpu_level": 0.0,
    "body_temperature_c": 36.6,
}


def fields(values: Mapping[str, float], age_ns: int = 0) -> dict[str, float]:
    return dict(news2_point("home", {name: (NINE_NS - age_ns, v) for name, v in values.items()}, NINE_NS).fields)


@pytest.mark.parametrize(
    ("value", "usual", "half_band", "place"),
    [
        (120.0, 120.0, 10.0, 0.0),
        (130.0, 120.0, 10.0, 0.0),
        (130.1, 120.0, 10.0, 2.0),
        (110.0, 120.0, 10.0, 0.0),
        (109.9, 120.0, 10.0, 1.0),
        (120.0, math.nan, 10.0, math.nan),
        (120.0, 120.0, math.nan, math.nan),
    ],
)
def test_a_reading_lies_within_the_band_below_it_or_above_it(
    value: float, usual: float, half_band: float, place: float
) -> None:
    assert outside(value, usual, half_band) == pytest.approx(place, nan_ok=True)


def test_a_full_set_has_a_score() -> None:
    assert fields(WELL) == {
        "complete": 1.0,
        "missing": 0.0,
        "red": 0.0,
        "points_partial": 0.0,
        "scale": 1.0,
        "score": 0.0,
    }


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("oxygen_l_per_min", 0.5, 2),
        ("acvpu_level", 1.0, 3),
        ("acvpu_level", 4.0, 3),
        ("pulse_bpm", 95.0, 1),
    ],
)
def test_what_is_entered_and_what_is_measured_score_alike(name: str, value: float, points: float) -> None:
    found = fields({**WELL, name: value})
    assert (found["score"], found["red"]) == (points, float(points == 3))


@pytest.mark.parametrize("name", WELL)
def test_a_set_without_one_of_the_seven_has_no_score(name: str) -> None:
    found = fields({other: value for other, value in WELL.items() if other != name})
    assert (found["complete"], found["missing"]) == (0.0, 1.0)
    assert math.isnan(found["score"])


def test_a_set_of_yesterday_has_no_score() -> None:
    assert fields(WELL, 12 * HOUR_NS)["complete"] == 1.0
    assert fields(WELL, 12 * HOUR_NS + 1)["missing"] == 7.0


def test_what_is_entered_is_a_vital_sign_and_leaves_only_with_that_consent() -> None:
    assert "news2" in VITALS
    assert all(QUANTITIES[name].loinc for name in ENTERED | TAKEN)


def said(directory: Path, lines: list[tuple[int, str]]) -> list[Point]:
    """The NEWS2 rows of a home whose station prints `lines` at minutes after nine, until 10:30."""
    path = directory / "gateway.toml"
    path.write_text(describe())
    setup = build(path)
    home = setup.home()
    engine, intake = setup.engine(home, AlertBook()), setup.intake(home)
    frames = [Frame(NINE_NS + m * NS_PER_MINUTE, "station", f"{line}\r\n".encode()) for m, line in lines]
    points: list[Point] = []
    for item in with_ticks([Frame(NINE_NS - HOUR_NS, "station", b"room_c=20\r\n"), *frames]):
        if isinstance(item, int):
            intake.advance(item)
            points += engine.tick(item).points
        else:
            for sample in intake.take(item):
                engine.sample(sample)
    setup.close()
    return [point for point in points if point.measurement == "news2"]


def test_a_round_of_measurements_is_said_at_the_next_quarter_of_an_hour(tmp_path: Path) -> None:
    round_ = [(4, "sys=130 dia=80 pulse=70"), (5, "spo2=97 pulse=71"), (6, "temp=36.6"), (7, "o2=0 acvpu=0")]
    rows = said(tmp_path, [*round_, (89, "room_c=20"), (90, "room_c=20")])
    assert [(row.time_s - NINE_NS // NS_PER_S) // 60 for row in rows] == [15]
    assert dict(rows[0].fields)["missing"] == 1.0, "breathing is the bed's"


def test_breathing_and_pulse_alone_say_nothing_at_once(tmp_path: Path) -> None:
    assert said(tmp_path, [(4, "pulse=70"), (89, "room_c=20"), (90, "room_c=20")]) == []


def test_scale_2_counts_only_where_the_plan_sets_it(tmp_path: Path) -> None:
    latest = {name: (NINE_NS, value) for name, value in (WELL | {"spo2_percent": 90.0}).items()}
    assert dict(news2_point("home", latest, NINE_NS).fields)["score"] == 3.0
    assert dict(news2_point("home", latest, NINE_NS, 2).fields)["score"] == 0.0
    plan = tmp_path / "plan.toml"
    plan.write_text("[vitals]\nspo2_scale = 2\n")
    assert load_plan(plan, set()).declared().spo2_scale == 2
    plan.write_text("[vitals]\nspo2_scale = 3\n")
    with pytest.raises(ConfigError, match="spo2_scale"):
        load_plan(plan, set())
