"""Motion, buttons, SOS, vibration and falls from zigbee2mqtt: each event is told once, and history is none."""

import pytest

from drivers.kit.news import BLIND_NS, COPY_NS
from tests.drivers.zigbee_bridge import START, Bridge, S, readings, values

# motion


def test_motion_repeated_with_each_light_report_counts_once() -> None:
    bridge = Bridge()
    assert bridge.news("hall", {"occupancy": True, "illuminance": 7})["motion"] == 1
    assert "motion" not in bridge.news("hall", {"occupancy": True, "illuminance": 9}, after_s=300)
    assert bridge.news("hall", {"occupancy": False, "illuminance": 9})["motion"] == 0
    assert bridge.news("hall", {"occupancy": True, "illuminance": 9})["motion"] == 1


def test_device_that_says_false_counts_rising_edges_only() -> None:
    bridge = Bridge()
    bridge.say("hall", {"occupancy": False})
    assert bridge.news("hall", {"occupancy": True}) == {"motion": 1}
    assert bridge.news("hall", {"occupancy": True}, after_s=3600) == {}


def test_device_that_never_says_false_is_heard_again_after_its_blind_time() -> None:
    bridge = Bridge()
    message = {"occupancy": True, "battery": 97, "linkquality": 20}
    assert "motion" in bridge.news("hall", message)
    assert "motion" not in bridge.news("hall", message | {"linkquality": 30}, after_s=BLIND_NS / S - 1)
    assert "motion" in bridge.news("hall", message | {"linkquality": 31}, after_s=2)
    assert "motion" not in bridge.news("hall", message | {"battery": 96}, after_s=3600)


def test_broker_and_bridge_restart_make_no_event() -> None:
    bridge = Bridge()
    state = {"occupancy": True, "vibration": True, "action": "emergency", "contact": False}
    assert bridge.news("hall", state, retain=True) == {}
    assert bridge.news("hall", {"occupancy": True, "vibration": True}) == {}
    bridge.say("bridge/state", {"state": "online"})
    assert bridge.news("stairs", {"occupancy": True}) == {}
    assert bridge.news("bath", {"occupancy": True}, after_s=10) == {"motion": 1}


# buttons and SOS


def test_press_on_three_ways_is_one_press() -> None:
    bridge = Bridge()
    assert bridge.news("key", {"action": "single", "click": "single"}) == {"button_press": 1}
    assert bridge.news("key/action", "single", after_s=0.01) == {}
    assert bridge.news("key/click", "single", after_s=0.01) == {}
    assert bridge.news("key", {"action": ""}, after_s=0.01) == {}
    assert bridge.news("key", {"action": "single", "click": "single"}, after_s=0.5) == {"button_press": 1}
    assert bridge.news("key/action", "single", after_s=0.01) == {}


def test_sos_is_told_once_in_five_seconds_and_again_later() -> None:
    bridge = Bridge()
    assert bridge.news("key", {"action": "emergency"}) == {"sos": 1}
    assert bridge.news("key/action", "emergency", after_s=0.01) == {}
    assert bridge.news("key", {"action": "emergency"}, after_s=2) == {}
    assert bridge.news("key", {"action": "emergency"}, after_s=COPY_NS / S) == {"sos": 1}


def test_retained_sos_is_history_and_hides_no_real_one() -> None:
    bridge = Bridge()
    (sos,) = readings(bridge.say("key", {"action": "emergency"}, retain=True))
    assert (sos.quantity, sos.value, sos.stale) == ("sos", 1, True)
    assert bridge.news("key", {"action": "emergency"}) == {"sos": 1}


def test_sos_is_told_after_the_clock_stepped_back() -> None:
    bridge = Bridge()
    bridge.say("key", {"action": "emergency"})
    assert bridge.news("key", {"action": "emergency"}, after_s=-86_400) == {"sos": 1}


def test_older_pendant_that_never_takes_sos_back() -> None:
    bridge = Bridge()
    assert bridge.news("key", {"sos": True, "battery": 90})["sos"] == 1
    assert "sos" not in bridge.news("key", {"sos": True, "battery": 89}, after_s=3600)  # a battery report
    assert bridge.news("key", {"sos": True, "battery": 89}, after_s=3600)["sos"] == 1


def test_older_pendant_with_a_lower_battery_is_heard_a_month_later() -> None:
    bridge, month_s = Bridge(), 30 * 86_400
    assert "sos" in bridge.news("key", {"sos": True, "battery": 90, "linkquality": 60})
    assert "sos" in bridge.news("key", {"sos": True, "battery": 80, "linkquality": 50}, after_s=month_s)
    assert "sos" not in bridge.news("key", {"sos": True, "battery": 79, "linkquality": 50}, after_s=3600)
    for percent in range(78, 48, -1):  # it reports its battery every 18 hours, and with it what it remembers
        assert "sos" not in bridge.news("key", {"sos": True, "battery": percent}, after_s=65_000)
    assert "sos" in bridge.news("key", {"sos": True, "battery": 40}, after_s=month_s)


def test_what_a_bridge_remembers_when_it_starts_is_no_press_a_month_later() -> None:
    bridge = Bridge()
    bridge.say("key", {"sos": True, "battery": 90})
    bridge.say("bridge/state", "online", after_s=30 * 86_400)
    assert "sos" not in bridge.news("key", {"sos": True, "battery": 80})


def test_pendant_that_is_held_repeats_itself_and_is_one_press() -> None:
    bridge = Bridge()
    message = {"sos": True, "battery": 90}
    told = [bridge.news("key", message | {"linkquality": n}, after_s=5.02) for n in range(100)]
    assert [press["sos"] for press in told if "sos" in press] == [1]
    assert "sos" in bridge.news("key", message, after_s=120), "two presses minutes apart are two"


def test_press_just_after_a_battery_report_is_told() -> None:
    bridge = Bridge()
    bridge.say("key", {"sos": True, "battery": 90})
    assert "sos" not in bridge.news("key", {"sos": True, "battery": 89}, after_s=3600)
    assert "sos" in bridge.news("key", {"sos": True, "battery": 89}, after_s=20)


def test_pendant_that_takes_it_back_may_press_again_at_once() -> None:
    bridge = Bridge()
    assert "sos" in bridge.news("key", {"sos": True})
    bridge.say("key", {"sos": False})
    assert bridge.news("key", {"sos": True}, after_s=10) == {"sos": 1}


def test_press_published_twice_is_one_and_two_quick_presses_are_two() -> None:
    bridge = Bridge()
    presses = [bridge.news("key", {"action": "single"}, after_s=after_s) for after_s in (1, 0.03, 0.2, 0.05)]
    assert [bool(press) for press in presses] == [True, False, True, False]


def test_sos_that_waited_at_the_broker_counts_from_its_arrival() -> None:
    bridge = Bridge()
    decoded = bridge.say("key", {"action": "panic", "battery": 80, "last_seen": (START - 3600 * S) // 1_000_000})
    assert {r.quantity: r.time_ns for r in readings(decoded)} == {"sos": START + S, "battery_percent": START - 3600 * S}


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        ("single", {"button_press": 1}), ("double_right", {"button_press": 2}), ("1_triple", {"button_press": 3}),
        ("many", {"button_press": 5}), ("hold", {"button_press": 9}), ("long_left", {"button_press": 9}),
        ("on-press", {"button_press": 1}), ("release", {"button_press": 0}), ("hold_release", {"button_press": 0}),
        ("brightness_stop", {"button_press": 0}), ("toggle", {"button_press": 1}), ("disarm", {"button_press": 1}),
        ("vibration", {"vibration": 1}), ("tilt", {"vibration": 1}), ("drop", {"vibration": 1}),
        ("panic", {"sos": 1}), ("sos", {"sos": 1}), ("region_10_leave", {"zone_leave": 10}),
        ("region_2_occupied", {}), ("region_1_unoccupied", {}), ("none", {}), ("", {}), (None, {}),
        ("fall", {"button_press": 1}),  # the cube that is turned over, not a person
        ("manual_lock_key_or_thumbturn", {"button_press": 1}), ("keypad_unlock", {"button_press": 1}),
        ("zigbee_unlock", {"action=zigbee_unlock": 1}), ("lock", {"action=lock": 1}),
        ("lock_failure_invalid_pin_or_id", {"action=lock_failure_invalid_pin_or_id": 1}),
        ("button_1_single_pressed", {"button_press": 1}), ("l1_single", {"button_press": 1}),
        ("dots_1_initial_press", {"button_press": 1}), ("brightness_move_to_level", {"button_press": 1}),
        ("arm_all_zones", {"button_press": 1}), ("800ms", {"action=800ms": 1}), ("moving", {"action=moving": 1}),
    ],
)  # fmt: skip
def test_actions(action: str | None, meaning: dict[str, float]) -> None:
    assert values(Bridge().say("key", {"action": action})) == meaning


def test_vibration_told_twice_in_one_report_is_one() -> None:
    assert [r.stale for r in readings(Bridge().say("box", {"action": "vibration", "vibration": True}))] == [False, True]


@pytest.mark.parametrize(("word", "reading"), [("fall", (1, False)), ("maybe_fall", (1, True)), ("none", (0, False))])
def test_radar_that_reports_a_fall(word: str, reading: tuple[float, bool]) -> None:
    (fall,) = readings(Bridge().say("radar", {"fall_down_status": word}))
    assert (fall.quantity, fall.value, fall.suspect) == ("fall", *reading)
