"""A cold room, for long enough, by a sensor that is alive."""

from collections.abc import Callable

import numpy as np
import pytest

from rules import cold_room
from rules.kit.contract import Window
from rules.terms.finding import Finding, Priority
from tests.rules.windows import local_ns, window


def room(
    celsius: Callable[[np.ndarray], np.ndarray] | float, every: int = 1, minutes: int = 1440, **more: object
) -> Window:
    """A living room whose temperature was `celsius` of the minute, reported every so many minutes."""

    def fill(arrays: dict[str, np.ndarray]) -> None:
        rows = np.arange(minutes)
        values = celsius(rows) if callable(celsius) else np.full(minutes, celsius)
        arrays["value"][rows % every == 0, 0] = values[rows % every == 0]
        arrays["count"][rows % every == 0, 0] = 1
        arrays["last_value"][0] = values[-1]

    channels = {"living_room-climate/room_temperature_c": ""}
    return window("2026-01-15 08:00", channels, minutes=minutes, change=fill, **more)  # type: ignore[arg-type]


DEFAULT = cold_room.Rule()


def found(seen: Window, rule: cold_room.Rule = DEFAULT) -> list[Finding]:
    return rule.check(seen)


@pytest.mark.parametrize(
    ("celsius", "priority"),
    [
        (17.9, Priority.LOW),
        (16.0, Priority.LOW),
        (15.9, Priority.MEDIUM),
        (12.0, Priority.MEDIUM),
        (11.9, Priority.HIGH),
    ],
)
def test_the_bands(celsius: float, priority: Priority) -> None:
    (finding,) = found(room(celsius))
    assert finding.priority is priority
    assert (finding.what, finding.missing) == (f"Living room is cold: {celsius:.1f} °C", "")
    assert not finding.latching


def test_warm_enough_says_nothing() -> None:
    assert found(room(18.0)) == []
    assert found(room(21.0)) == []


def test_an_open_window_for_an_hour_says_nothing() -> None:
    assert found(room(lambda m: np.where(m >= 1380, 15.0, 21.5))) == []


def test_it_begins_when_the_mean_does_and_does_not_come_and_go() -> None:
    dropped = room(lambda m: np.where(m >= 1200, 16.5, 18.2))
    (finding,) = found(dropped)
    assert local_ns("2026-01-15 04:00") < finding.since_ns < local_ns("2026-01-15 06:00")
    recovering = room(lambda m: np.where((m >= 600) & (m < 1000), 17.0, 18.3))
    assert len(found(recovering)) == 1, "18.3 is not yet half a degree above"
    assert found(room(lambda m: np.where((m >= 600) & (m < 1000), 17.0, 18.6))) == []


def test_a_sensor_that_reports_hourly_or_only_changes() -> None:
    assert found(room(15.0, every=60))[0].priority is Priority.MEDIUM

    def unheard(arrays: dict[str, np.ndarray]) -> None:
        arrays["last_value"][0] = 15.0
        arrays["last_ns"][0] = local_ns("2026-01-14 02:00")

    seen = window("2026-01-15 08:00", {"a/room_temperature_c": ""}, minutes=1440, change=unheard)
    assert found(seen)[0].priority is Priority.MEDIUM


def test_too_little_known_and_silent_sensors_say_nothing() -> None:
    assert found(room(10.0, minutes=30)) == []
    assert found(room(10.0, silent=("living_room-climate",))) == []
    (finding,) = found(room(10.0, minutes=90))
    assert finding.missing == "25 % of that time is not known"


def test_two_sensors_of_a_room_are_one_finding_and_a_porch_may_be_cold() -> None:
    def fill(arrays: dict[str, np.ndarray]) -> None:
        arrays["value"][:, :] = (14.0, 17.0, 5.0)
        arrays["last_value"][:] = (14.0, 17.0, 5.0)

    ids = {"bed-a/room_temperature_c": "", "bed-b/room_temperature_c": "", "porch-a/room_temperature_c": ""}
    seen = window("2026-01-15 08:00", ids, minutes=300, change=fill)
    assert [f.subject for f in found(seen)] == ["bed", "porch"]
    (finding,) = found(seen, cold_room.Rule(ignore_rooms=("porch",)))
    assert finding.what == "Bed is cold: 15.5 °C"
