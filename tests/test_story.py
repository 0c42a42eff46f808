"""What a store hears of an alert: its steps once each, who answered when, and what became of each attempt to tell."""

import math
from dataclasses import replace

from gateway.config.plan import Plan
from gateway.model.alert import Change, State
from gateway.model.delivery_outcome import NOBODY, AttemptReport, DeliveryOutcome
from gateway.model.point import Point, line
from gateway.points.alert_points import attempt_points, changed_points, open_points
from rules.terms.time import NS_PER_S
from tests.alert_life import PRESS, STILL, T0, Home


def fields(point: Point) -> dict[str, float]:
    return {name: value for name, value in point.fields if not math.isnan(value)}


def test_a_row_that_is_no_step_does_not_say_once_more_that_it_was_raised() -> None:
    home = Home()
    home.minutes(12, STILL)
    home.minutes(10)
    points = changed_points("home", home.said)
    assert len(points) > 3, "raised, reminded, gone, and that it is sure"
    assert ["raised_s" in fields(point) for point in points] == [True, *[False] * (len(points) - 1)]


def test_an_answer_is_counted_once_though_the_alert_goes_on_and_ends_later() -> None:
    home = Home()
    home.minutes(5, STILL)
    home.answer("ack")
    home.minutes(40, STILL)
    home.answer("ack")
    home.minutes(60)
    rows = {(point.tags, point.time_s): fields(point) for point in changed_points("home", home.said)}
    said = [row["answer_s"] for row in rows.values() if "answer_s" in row]
    assert [round(each / 60) for each in said] == [5, 45]
    assert home.said[-1].alert.state is State.RESOLVED


def test_what_is_only_pending_is_not_said() -> None:
    home = Home()
    home.minutes(2, replace(STILL, hold_s=3600.0))
    assert changed_points("home", home.said) == []
    assert open_points("home", home.book.open(), home.now) == []


def test_each_outcome_of_telling_is_a_series_of_its_own() -> None:
    told = [
        AttemptReport("sos", "phone", 3, T0, outcome) for outcome in (DeliveryOutcome.FAILED, DeliveryOutcome.DELIVERED)
    ]
    lines = [line(point) for each in told for point in attempt_points("home", each, ["daughter"])]
    when = f"time_s={T0 // NS_PER_S}.0 {T0 // NS_PER_S}".encode()
    tags = b"told,home=home,rule=sos,contact=daughter,outcome="
    assert lines == [tags + b"failed id=3.0,delivered=0.0," + when, tags + b"delivered id=3.0,delivered=1.0," + when]


def test_an_alert_that_reaches_nobody_is_a_row_too() -> None:
    (point,) = attempt_points(
        "home", AttemptReport("sos", NOBODY, 3, T0, DeliveryOutcome.NOBODY), Plan().contacts(NOBODY)
    )
    assert {("contact", "nobody"), ("outcome", "nobody")} <= set(point.tags)
    assert fields(point)["delivered"] == 0.0


def test_a_clock_step_is_no_step_of_an_alert() -> None:
    home = Home()
    home.minutes(2, PRESS)
    moved = [Change(each.alert, each.time_ns, tell=False) for each in home.book.shift(-3 * 3600 * NS_PER_S)]
    assert ["raised_s" in fields(point) for point in changed_points("home", moved)] == [False]
