"""Equipment that fell silent: one cause, one message."""

from dataclasses import replace

from rules import device_silent
from rules.base import AlertKind, Finding, Priority
from rules.core.hazard import Quiet
from rules.learned import Learned
from tests.rules.windows import local_ns, window

HOME = {
    "kitchen-motion/motion": "2026-03-03 08:00",
    "kitchen-motion/battery_percent": "2026-03-03 07:00",
    "hall-motion/motion": "2026-03-02 21:40",
    "button/sos": "2026-03-01 08:00",
    "climate/room_temperature_c": "2026-03-03 09:00",
}


DEFAULT = device_silent.Rule()


def found(*silent: str, rule: device_silent.Rule = DEFAULT) -> list[Finding]:
    return rule.check(window("2026-03-03 12:00", HOME, silent=silent))


def test_all_heard() -> None:
    assert found() == []


def test_one_sensor() -> None:
    (finding,) = found("hall-motion")
    assert (finding.kind, finding.priority, finding.subject) == (AlertKind.TECHNICAL, Priority.LOW, "hall-motion")
    assert finding.now == "Last heard 21:40 on Monday"
    assert finding.hold_s == 3600


def test_a_help_button_matters_more() -> None:
    assert [f.priority for f in found("button")] == [Priority.MEDIUM]


def test_one_channel_that_still_speaks_keeps_the_sensor_alive() -> None:
    def battery_heard(arrays: dict) -> None:
        arrays["silent"][1] = False

    seen = window("2026-03-03 12:00", HOME, silent=("kitchen-motion",), change=battery_heard)
    assert device_silent.Rule().check(seen) == []


def test_all_that_see_movement_are_one_finding() -> None:
    (finding,) = found("kitchen-motion", "hall-motion")
    assert (finding.priority, finding.subject) == (Priority.MEDIUM, "movement sensors")
    assert finding.since_ns == local_ns("2026-03-03 08:00")
    assert [f.subject for f in found("kitchen-motion", "hall-motion", "button")] == ["movement sensors", "button"]


def test_the_whole_home_is_one_root_cause() -> None:
    (finding,) = found("kitchen-motion", "hall-motion", "button", "climate")
    assert (finding.priority, finding.subject) == (Priority.HIGH, "home")
    assert finding.now == "4 sensors, none heard since 09:00 on Tuesday"


def test_a_pendant_may_be_away() -> None:
    assert found("button", rule=device_silent.Rule(ignore_sensors=("button",))) == []


def test_the_only_sensor_of_a_home() -> None:
    seen = window("2026-03-03 12:00", {"hall/motion": "2026-03-03 02:00"}, silent=("hall",))
    (finding,) = device_silent.Rule().check(seen)
    assert (finding.subject, finding.now) == ("home", "1 sensor, none heard since 02:00 on Tuesday")


def test_a_sensor_that_never_pauses_is_told_to_those_who_can_mend_it() -> None:
    began = local_ns("2026-03-02 06:00")
    learned = Learned(Quiet(0, 0.0, 50.0, False, 600.0, 30, False, False), chattering={"hall-motion/motion": began})
    seen = replace(window("2026-03-03 12:00", HOME), learned=learned)
    (finding,) = DEFAULT.check(seen)
    assert (finding.kind, finding.priority) == (AlertKind.TECHNICAL, Priority.LOW)
    assert (finding.what, finding.since_ns) == ("Fires without a pause: hall motion", began)
    assert finding.now == "No pause of ten minutes since 06:00 on Monday"
    silent = replace(window("2026-03-03 12:00", HOME, silent=("button",)), learned=learned)
    assert {f.subject for f in DEFAULT.check(silent)} == {"hall-motion chatter", "button"}
    assert device_silent.Rule(ignore_sensors=("hall-motion",)).check(seen) == []
