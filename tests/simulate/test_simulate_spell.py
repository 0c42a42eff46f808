"""A week away and two days in bed: what the sensors say of it, and that every other day stays as it was."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drivers.kit.contract import Frame
from gateway.simulate import Spell, simulate

ZONE = ZoneInfo("Europe/London")
START, DAYS, FIRST = date(2026, 3, 2), 8, 3


def lived(spell: Spell | None) -> list[Frame]:
    return list(simulate(7, START, DAYS, spell=spell, dropout=0.0))


def at(day: int, hour: int) -> int:
    return (
        int(datetime.combine(START + timedelta(days=day), datetime.min.time(), ZONE).timestamp() + hour * 3600) * 10**9
    )


def motions(frames: list[Frame], first_ns: int, last_ns: int) -> int:
    return sum(b'"occupancy":true' in f.payload and first_ns <= f.time_ns < last_ns for f in frames)


@pytest.mark.parametrize("kind", ["away", "in_bed"])
def test_days_before_are_the_same_bytes(kind: str) -> None:
    before = [frame for frame in lived(None) if frame.time_ns < at(FIRST, 5)]
    assert [frame for frame in lived(Spell(kind, FIRST, 2)) if frame.time_ns < at(FIRST, 5)] == before


def test_somebody_away_leaves_by_the_door_and_sensors_go_on_reporting() -> None:
    frames = lived(Spell("away", FIRST, 2))
    assert motions(frames, at(FIRST, 6), at(FIRST, 10)) > 5
    assert motions(frames, at(FIRST, 11), at(FIRST + 2, 5)) == 0
    assert motions(frames, at(FIRST + 2, 8), at(FIRST + 2, 20)) > 5
    doors = [f.time_ns for f in frames if f.topic.endswith("front_door") and b'"contact":false' in f.payload]
    away = [time_ns for time_ns in doors if at(FIRST, 10) <= time_ns < at(FIRST + 2, 5)]
    assert len(away) == 1, "out, and not back before the day after the last"
    assert sum(f.topic.endswith("kitchen_motion") for f in frames if at(FIRST, 11) <= f.time_ns < at(FIRST + 2, 5)) > 40


def test_somebody_ill_lies_in_bed_by_day_and_breathes() -> None:
    usual, ill = lived(None), lived(Spell("in_bed", FIRST, 2))
    for day in (FIRST, FIRST + 1):
        assert motions(ill, at(day, 9), at(day, 17)) < motions(usual, at(day, 9), at(day, 17)) / 4
        breaths = [f for f in ill if b'"resp"' in f.payload and at(day, 9) <= f.time_ns < at(day, 17)]
        assert len(breaths) > 80
    assert motions(ill, at(FIRST + 2, 9), at(FIRST + 2, 17)) > 10


def test_a_spell_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of away, in_bed"):
        Spell("asleep", 1, 1)
