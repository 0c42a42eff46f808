"""A help button."""

from dataclasses import replace

import numpy as np

from rules import sos
from rules.terms.finding import AlertKind, Priority
from tests.rules.windows import local_ns, window


def test_one_press_is_told_at_once_and_kept_until_answered() -> None:
    seen = window("2026-03-03 14:02", {"bedside-button/sos": "2026-03-03 14:02", "hall/motion": "2026-03-03 13:00"})
    (finding,) = sos.Rule().check(seen)
    assert (finding.kind, finding.priority) == (AlertKind.PERSONAL, Priority.HIGH)
    assert (finding.hold_s, finding.latching) == (0.0, True)
    assert finding.what == "Help button pressed: bedside button"
    assert finding.times == 1
    assert finding.since_ns == finding.again_ns == local_ns("2026-03-03 14:02")
    assert finding.missing == ""


def test_presses_are_counted_from_the_first() -> None:
    def pressed(arrays: dict[str, np.ndarray]) -> None:
        arrays["count"][-10, 0] = 2  # two in the minute from 13:52
        arrays["event_ns"][0] += 20 * 10**9  # and one 20 s ago, in the minute under way

    seen = window("2026-03-03 14:02", {"bedside-button/sos": "2026-03-03 14:02"}, change=pressed)
    seen = replace(seen, time_ns=seen.time_ns + 40 * 10**9)
    (finding,) = sos.Rule().check(seen)
    assert finding.times == 3
    assert finding.since_ns == local_ns("2026-03-03 13:52")
    assert finding.again_ns == local_ns("2026-03-03 14:02") + 20 * 10**9


def test_a_call_is_counted_from_its_beginning_as_long_as_its_last_press_counts() -> None:
    def pressed(arrays: dict[str, np.ndarray]) -> None:
        arrays["count"][[-33, -32, -31, -30, -29, -28], 0] = 1  # six, a minute apart
        arrays["count"][-90, 0] = 1  # and one by itself, an hour before

    seen = window("2026-03-03 12:33", {"button/sos": "2026-03-03 12:05"}, change=pressed)
    (finding,) = sos.Rule().check(seen)
    assert (finding.times, finding.since_ns) == (6, local_ns("2026-03-03 12:00"))


def test_it_wakes_on_the_button_and_knows_nothing_of_old_presses() -> None:
    assert {"sos", "fall"} <= sos.Rule.wakes_on
    assert sos.Rule().check(window("2026-03-03 14:33", {"bedside-button/sos": "2026-03-03 14:02"})) == []
    assert sos.Rule().check(window("2026-03-03 14:33", {"bedside-button/sos": ""})) == []


def test_a_low_battery_of_that_button_is_told() -> None:
    channels = {"b/sos": "2026-03-03 14:02", "b/battery_percent": "", "c/battery_percent": ""}
    low = window("2026-03-03 14:02", channels, last_value={"b/battery_percent": 12.0, "c/battery_percent": 3.0})
    assert "battery of b is low (12 %)" in sos.Rule().check(low)[0].missing
    fine = window("2026-03-03 14:02", channels, last_value={"b/battery_percent": 80.0, "c/battery_percent": 3.0})
    assert sos.Rule().check(fine)[0].missing == ""


def test_a_button_and_a_fall_sensor_in_one_device_are_two_alerts() -> None:
    seen = window("2026-03-03 14:02", {"band/sos": "2026-03-03 14:02", "band/fall": "2026-03-03 14:01"})
    assert [f.what for f in sos.Rule().check(seen)] == ["Help button pressed: band", "Possible fall reported: band"]
