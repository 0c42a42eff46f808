"""Movement by the hour beside what is usual in that hour."""

import json
import math

from gateway.learning.hourly_movement import DAYS, LEAST_DAYS, HourlyMovement
from gateway.model.point import Point

HOUR_NS = 3600 * 10**9


def live(hours: HourlyMovement, days: int, movements: int, *, seen: bool = True, own: bool = True) -> list[Point]:
    """Days with so many movements in each hour."""
    said = []
    for hour in range(24 * days):
        for _ in range(movements):
            hours.moved()
        for minute in range(60):
            end_ns = hour * HOUR_NS + (minute + 1) * HOUR_NS // 60
            said += hours.minute("h", end_ns, hour % 24, minute == 59, seen, own=own)
    return said


def fields(point: Point) -> dict[str, float]:
    return dict(point.fields)


def test_each_hour_is_counted_and_the_usual_waits_for_a_week() -> None:
    said = live(HourlyMovement(), LEAST_DAYS + 1, 5)
    assert len(said) == 24 * (LEAST_DAYS + 1)
    assert {fields(point)["movements"] for point in said} == {5.0}
    assert math.isnan(fields(said[24 * LEAST_DAYS - 1])["usual_low"])
    assert (fields(said[-1])["usual_low"], fields(said[-1])["usual_high"]) == (5.0, 5.0)


def test_an_hour_that_was_not_seen_is_unknown_and_not_learned_from() -> None:
    hours = HourlyMovement()
    live(hours, DAYS, 4)
    blind = live(hours, 1, 0, seen=False)
    assert all(math.isnan(fields(point)["movements"]) for point in blind)
    assert fields(live(hours, 1, 4)[0])["usual_low"] == 4.0


def test_hours_of_a_day_that_is_not_the_persons_own_are_shown_and_not_learned_from() -> None:
    hours = HourlyMovement()
    live(hours, DAYS, 4)
    visit = live(hours, DAYS + 1, 40, own=False)
    assert {fields(point)["movements"] for point in visit} == {40.0}
    assert fields(live(hours, 1, 4)[0])["usual_high"] == 4.0


def test_saved_and_restored_it_goes_on_the_same() -> None:
    hours, again = HourlyMovement(), HourlyMovement()
    live(hours, 9, 3)
    hours.moved()
    again.restore(json.loads(json.dumps(hours.save())))
    assert [point.fields for point in live(again, 2, 2)] == [point.fields for point in live(hours, 2, 2)]
