"""Care days: bounds on the days the clocks change, and roles read from names."""

from zoneinfo import ZoneInfo

import pytest

from rules.core.day import Role, care_day, care_day_bounds_ns, role_of
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(("year", "month", "day", "hours"), [(2025, 3, 29, 23), (2025, 10, 25, 25), (2025, 6, 1, 24)])
def test_a_care_day_has_23_24_or_25_hours(year: int, month: int, day: int, hours: int) -> None:
    from datetime import date

    number = date(year, month, day).toordinal()
    start, end = care_day_bounds_ns(number, LONDON)
    assert (end - start) / NS_PER_S == hours * 3600
    assert care_day(start, LONDON) == number
    assert care_day(end - 1, LONDON) == number
    assert care_day(end, LONDON) == number + 1


@pytest.mark.parametrize(
    ("sensor", "room", "quantity", "role"),
    [
        ("motion-3", "Main bathroom", "motion", Role.BATHROOM),
        ("fridge", "kitchen", "contact_open", Role.FRIDGE),
        ("front-door", "hall", "contact_open", Role.FRONT_DOOR),
        ("kettle-plug", "kitchen", "power_w", Role.KETTLE),
        ("bed", "bedroom", "in_bed", Role.BED),
        ("cupboard", "kitchen", "contact_open", None),
        ("attic", "attic", "motion", None),
        ("contact-1", "back door", "contact_open", Role.BACK_DOOR),
        ("cupboard", "front room", "contact_open", None),
        ("back-window", "kitchen", "contact_open", None),
    ],
)
def test_roles_come_from_names(sensor: str, room: str, quantity: str, role: Role | None) -> None:
    assert role_of(Channel(sensor, room, quantity, "event"), {}) is role


def test_the_configuration_has_the_last_word() -> None:
    channel = Channel("attic", "attic", "motion", "event")
    assert role_of(channel, {"attic": Role.BEDROOM}) is Role.BEDROOM


def test_the_battery_of_a_door_is_no_door() -> None:
    assert role_of(Channel("porch", "porch", "battery_percent", "gauge"), {"porch": Role.FRONT_DOOR}) is None
    assert role_of(Channel("porch", "porch", "contact_open", "state"), {"porch": Role.FRONT_DOOR}) is Role.FRONT_DOOR
