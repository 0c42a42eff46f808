"""Equipment that fell silent: one cause, one message."""

from dataclasses import replace

from rules import device_silent
from rules.core.hazard import Quiet
from rules.core.learned import Learned
from rules.terms.finding import AlertKind, Finding, Priority
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
    """Somebody relies on it to call for help: whoever keeps the box has to hear of it, whatever they left out."""
    assert [f.priority for f in found("button")] == [Priority.HIGH]
    unpressed = {"pendant/battery_percent": "2026-03-02 08:00", "hall/motion": "2026-03-03 11:00"}
    (named,) = DEFAULT.check(window("2026-03-03 12:00", unpressed, silent=("pendant",)))
    assert named.priority is Priority.HIGH, "its name says it, though it was never pressed"
    seen = window("2026-03-03 12:00", {"b7/linkquality": "", "hall/motion": ""}, silent=("b7",))
    assert [f.priority for f in DEFAULT.check(seen)] == [Priority.LOW]
    declared = replace(seen, sensors=[s._replace(role=device_silent.HELP_BUTTON) for s in seen.sensors])
    assert [f.priority for f in DEFAULT.check(declared)] == [Priority.HIGH]


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


def test_a_dead_stick_is_one_cause_whatever_hangs_on_it() -> None:
    stick = dict.fromkeys(("kitchen-motion", "hall-motion", "climate", "leak", "button"), "zigbee")
    channels = HOME | {"leak/water_leak": "2026-03-02 09:00", "bed/in_bed": "2026-03-03 06:00"}
    silent = tuple(stick)
    (finding,) = DEFAULT.check(window("2026-03-03 12:00", channels, silent=silent, devices=stick))
    assert (finding.subject, finding.priority) == ("zigbee", Priority.HIGH), "a help button is among them"
    assert finding.what == "Nothing heard any more from what hangs on zigbee"
    assert (finding.since_ns, finding.hold_s) == (local_ns("2026-03-03 09:00"), 300)
    without = tuple(s for s in silent if s != "button")
    plain = {s: d for s, d in stick.items() if s != "button"}
    (finding,) = DEFAULT.check(window("2026-03-03 12:00", channels, silent=without, devices=plain))
    assert finding.priority is Priority.MEDIUM
    (finding,) = DEFAULT.check(window("2026-03-03 19:00", channels, silent=without, devices=plain))
    assert (finding.priority, finding.next_step) == (Priority.HIGH, device_silent.RING), "nobody seen for ten hours"


def test_a_sensor_may_have_the_name_of_the_stick_of_others() -> None:
    channels = HOME | {"leak/water_leak": "2026-03-02 09:00", "zigbee/in_bed": "2026-03-03 06:00"}
    stick = {"climate": "zigbee", "leak": "zigbee", "zigbee": "other"}
    found = DEFAULT.check(window("2026-03-03 12:00", channels, silent=("climate", "leak", "zigbee"), devices=stick))
    assert sorted(finding.subject for finding in found) == ["zigbee", "zigbee stick"], "two alerts, not one for both"


def test_what_was_never_heard_is_told_and_a_help_button_by_itself() -> None:
    seen = window("2026-03-03 12:00", HOME, never=("sos", "lounge-motion", "porch"), watching="2026-03-02 12:00")
    button, others = DEFAULT.check(seen)
    assert (button.subject, button.priority, button.what) == ("sos", Priority.HIGH, "Never heard: sos")
    assert (others.subject, others.priority) == ("never heard", Priority.MEDIUM)
    assert others.what == "Never heard: lounge motion and porch"
    assert others.since_ns == local_ns("2026-03-02 12:00")
    assert device_silent.Rule(ignore_sensors=("sos", "lounge-motion", "porch")).check(seen) == []


def test_a_home_in_which_nothing_sees_is_told_within_a_day() -> None:
    climate = {"kitchen/room_temperature_c": "2026-03-03 11:55"}
    (first,) = DEFAULT.check(window("2026-03-03 12:00", climate, never=("hall-motion",), watching="2026-03-02 15:00"))
    assert first.subject == "never heard"
    (view,) = DEFAULT.check(window("2026-03-03 13:00", climate, never=("hall-motion",), watching="2026-03-02 15:00"))
    assert (view.subject, view.priority) == ("view", Priority.HIGH)
    assert view.now == "No movement sensor was ever heard"
    assert view.missing == "never heard: hall motion; nothing can be said about the person"


def test_what_fires_by_the_clock_is_told_with_its_beat() -> None:
    began = local_ns("2026-03-02 06:00")
    quiet = Quiet(0, 0.0, 50.0, False, 600.0, 30, False, False)
    learned = Learned(quiet, chattering={"button/sos": began}, beat_s={"button/sos": 3600})
    (finding,) = DEFAULT.check(replace(window("2026-03-03 12:00", HOME), learned=learned))
    assert finding.what == "Fires by the clock: button"
    assert finding.now == "Every 1 hour, day and night, since 06:00 on Monday"


def test_a_bridge_that_says_it_is_offline_is_told_at_once() -> None:
    seen = window("2026-03-03 12:00", HOME, silent=("kitchen-motion", "hall-motion", "button", "climate"))
    off = replace(seen, sensors=[s._replace(reachable=False, device="zigbee") for s in seen.sensors])
    assert [(f.subject, f.hold_s) for f in DEFAULT.check(off)] == [("home", 0)]
    beside = replace(off, sensors=[*off.sensors, off.sensors[0]._replace(name="bed", device="board", silent=False)])
    assert [(f.subject, f.hold_s) for f in DEFAULT.check(beside)] == [("zigbee", 0)]
    assert [f.hold_s for f in DEFAULT.check(seen)] == [300], "it says nothing: it may be back in a moment"
    started = replace(off, watching_since_ns=local_ns("2026-03-03 11:58"))
    assert [f.hold_s for f in DEFAULT.check(started)] == [300], "zigbee2mqtt starts later than the box"
