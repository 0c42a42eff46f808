"""What the person lets leave the home is decided in one place."""

import pytest

from gateway.config.plan import Forward
from gateway.model.point import Point
from gateway.points.consent_filter import may_leave

NOTHING = Forward(summaries=False, days=False, vitals=False, alerts=False)


def point(measurement: str, **tags: str) -> Point:
    return Point(measurement, tuple(tags.items()), (("value", 1.0),), 1_800_000_000)


@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        (point("channel", quantity="motion"), "summaries"),
        (point("channel", quantity="pulse_bpm"), "vitals"),
        (point("vital", quantity="weight_kg"), "vitals"),
        (point("news2"), "vitals"),
        (point("day", feature="kitchen_visits"), "days"),
        (point("pattern", pattern="urinary"), "days"),
        (point("home"), "days"),
        (point("alert", rule="sos"), "alerts"),
    ],
)
def test_each_series_leaves_by_its_own_consent_and_no_other(what: Point, allowed: str) -> None:
    assert may_leave(what, Forward())
    assert not may_leave(what, NOTHING)
    assert may_leave(what, NOTHING.model_copy(update={allowed: True}))
    assert not may_leave(what, Forward(**{allowed: False}))


def test_the_boxs_own_health_always_leaves() -> None:
    assert may_leave(point("gateway"), NOTHING)
    assert may_leave(point("sensor", sensor="kitchen-motion"), NOTHING)


def test_a_series_or_quantity_nobody_described_stays_at_home() -> None:
    assert not may_leave(point("diary"), Forward())
    assert not may_leave(point("channel", quantity="voice"), Forward())
