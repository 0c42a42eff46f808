"""What the field does to zigbee2mqtt messages, beyond the recordings."""

import json
from typing import Any

import pytest

from drivers.base import Decoded, DecodeError, ErrorKind, Frame, Reading
from drivers.news import BLIND_NS, COPY_NS
from drivers.zigbee2mqtt import MAX_DEVICES, Options, decoder, topics

S = 1_000_000_000
START = 1_800_000_000 * S


class Bridge:
    """One decoder and the time that goes by."""

    def __init__(self, base: str = "") -> None:
        self.decode = decoder(Options(base))
        self.time_ns = START

    def say(self, topic: str, payload: Any, *, after_s: float = 1.0, retain: bool = False) -> Decoded:
        self.time_ns += int(after_s * S)
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return self.decode(Frame(self.time_ns, "zigbee", text.encode(), f"zigbee2mqtt/{topic}", retain))

    def news(self, topic: str, payload: Any, **when: Any) -> dict[str, float]:
        return {r.quantity: r.value for r in readings(self.say(topic, payload, **when)) if not r.stale}


def readings(decoded: Decoded) -> list[Reading]:
    return [item for item in decoded if isinstance(item, Reading)]


def values(decoded: Decoded) -> dict[str, float]:
    return {reading.quantity: reading.value for reading in readings(decoded)}


def refused(decoded: Decoded) -> list[str]:
    return [item.reason for item in decoded if isinstance(item, DecodeError)]


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


# units


def test_voltage_is_of_the_battery_or_of_the_mains() -> None:
    bridge = Bridge()
    assert values(bridge.say("pir", {"battery": 90, "voltage": 2990}))["battery_voltage_v"] == 2.99
    assert values(bridge.say("pir", {"voltage": 2985})) == {"battery_voltage_v": 2.985}
    assert values(bridge.say("smoke", {"voltage": 3000})) == {"battery_voltage_v": 3}
    assert values(bridge.say("plug", {"power": 3, "voltage": 241}))["voltage_v"] == 241
    assert values(bridge.say("plug/voltage", "240")) == {"voltage_v": 240}


@pytest.mark.parametrize("key", ["occupancy", "contact", "water_leak", "presence", "vibration", "smoke"])
def test_temperature_of_a_chip_is_not_the_room_s(key: str) -> None:
    bridge = Bridge()
    assert "room_temperature_c" not in values(bridge.say("door", {key: False, "temperature": 31}))
    assert values(bridge.say("door", {"temperature": 31})) == {}


def test_temperature_of_a_climate_sensor_is_the_room_s() -> None:
    bridge = Bridge()
    assert values(bridge.say("a", {"temperature": 21.5})) == {"room_temperature_c": 21.5}
    assert values(bridge.say("b", {"presence": True, "temperature": -3, "humidity": 44}))["room_temperature_c"] == -3


def test_light_soil_air_and_dangers() -> None:
    assert values(Bridge().say("a", {"illuminance": 20000, "illuminance_lux": 99})) == {"illuminance_lx": 99}
    assert values(Bridge().say("a", {"illuminance": 99})) == {"illuminance_lx": 99}
    message = {"soil_moisture": 31, "temperature": 12, "co2": 800, "pm25": 4, "gas": True, "carbon_monoxide": False}
    assert values(Bridge().say("a", message | {"tamper": True, "battery_low": False})) == {
        "soil_moisture_percent": 31, "co2_ppm": 800, "pm2_5_ugm3": 4, "gas": 1, "carbon_monoxide": 0, "tamper": 1,
        "battery_low": 0,
    }  # fmt: skip


def suspects(message: dict[str, object]) -> set[str]:
    return {r.quantity for r in readings(Bridge().say("plug", message)) if r.suspect}


def test_faults_of_plugs_and_sentinels_are_suspect() -> None:
    assert suspects({"state": "OFF", "power": 1800}) == {"power_w"}
    assert suspects({"power": 24, "current": 104, "voltage": 230}) == {"current_a"}
    assert suspects({"power": 3, "current": 0.1, "voltage": 241, "state": "ON"}) == set()
    assert suspects({"humidity": 655.35, "temperature": -100, "battery": 200, "linkquality": 256, "co2": 0}) == {
        "humidity_percent", "room_temperature_c", "battery_percent", "linkquality", "co2_ppm",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["linkquality", "battery", "humidity", "illuminance", "co2", "energy", "voltage"])
@pytest.mark.parametrize("value", ["-3", '"x"', "true", "[1]", "{}", "1e400", "9" * 400, '"1_0"', '"١٢"'])
def test_impossible_number_costs_its_field_alone(key: str, value: str) -> None:
    decoded = Bridge().say("a", f'{{"{key}":{value},"water_leak":false}}')
    assert values(decoded) == {"water_leak": 0}
    assert [reason.split()[0] for reason in refused(decoded)] == [key]


@pytest.mark.parametrize("key", ["occupancy", "contact", "water_leak", "tamper", "sos"])
@pytest.mark.parametrize("value", ['"true"', '"false"', "1", "0", "[]", "{}"])
def test_yes_is_true_and_nothing_else(key: str, value: str) -> None:
    decoded = Bridge().say("a", f'{{"{key}":{value}}}')
    assert (values(decoded), len(refused(decoded))) == ({}, 1)


# names and topics


@pytest.mark.parametrize("name", [" Presence_DiningRoom", "kitchen/leak", "Küche Fenster", "a/b/c", "浴室", "set"])
def test_names_are_taken_as_they_are(name: str) -> None:
    bridge = Bridge()
    (reading,) = readings(bridge.say(name, {"water_leak": True}))
    assert reading.device == name
    (reading,) = readings(bridge.say(f"{name}/water_leak", "true"))
    assert (reading.device, reading.value) == (name, 1)
    (reading,) = readings(bridge.say(f"{name}/availability", "offline", retain=True))
    assert (reading.device, reading.quantity, reading.value, reading.stale) == (name, "online", 0, True)


def test_listed_device_with_a_slash_is_not_an_attribute() -> None:
    bridge = Bridge()
    bridge.say("bridge/devices", [{"friendly_name": "bath/leak"}, {"friendly_name": None}, 7], retain=True)
    assert refused(bridge.say("bath/leak", "unavailable")) == ["the payload is not a JSON object"]


@pytest.mark.parametrize(
    "topic",
    ["a/set", "a/get", "a/set/state", "a/get/state", "bridge/logging", "bridge/info", "bridge/health", "bridge/groups"],
)
def test_commands_and_the_bridge_s_own_matters_say_nothing(topic: str) -> None:
    assert Bridge().say(topic, {"state": "ON"}) == []


def test_topic_outside_the_base_is_not_ours() -> None:
    decode = decoder(Options("home/z2m"))
    assert values(decode(Frame(1, "zigbee", b'{"contact":true}', "home/z2m/door"))) == {"contact_open": 0}
    for topic in ("home/z2mx/door", "x/home/z2m/door", "home/z2m/", "door", ""):
        (error,) = decode(Frame(1, "zigbee", b"{}", topic))
        assert isinstance(error, DecodeError)
        assert error.kind is ErrorKind.NOT_OURS


def test_subscriptions() -> None:
    assert topics(Options()) == ("zigbee2mqtt/#",)
    assert topics(Options("home/z2m")) == ("home/z2m/#",)


@pytest.mark.parametrize(
    "payload", ["unavailable", "", "nul", "true", "[1]", '"x"', "{", '{"a":NaN}', "{} {}", "[" * 3000]
)
def test_what_is_no_object_is_no_report(payload: str) -> None:
    assert values(Bridge().say("a", payload)) in ({}, {"online": 0})
    assert len(Bridge().say("a", payload)) == 1


# coming and going


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("bridge/event", {"type": "device_leave", "data": {"friendly_name": "lamp", "ieee_address": "0x9"}}),
        ("bridge/log", {"type": "device_removed", "message": "left_network", "meta": {"friendly_name": "lamp"}}),
        ("lamp", ""),
    ],
)
def test_device_that_left_is_offline_until_it_speaks(topic: str, payload: Any) -> None:
    bridge = Bridge()
    bridge.say("lamp", {"state": "ON"})
    (reading,) = readings(bridge.say(topic, payload))
    assert (reading.device, reading.quantity, reading.value) == ("lamp", "online", 0)
    assert values(bridge.say("lamp", {"state": "ON"})) == {"online": 1, "switch_on": 1}
    assert values(bridge.say("lamp", {"state": "ON"})) == {"switch_on": 1}


def test_announcement_brings_it_back() -> None:
    bridge = Bridge()
    bridge.say("bridge/event", {"type": "device_leave", "data": {"friendly_name": "lamp"}})
    event = {"type": "device_announce", "data": {"friendly_name": "lamp"}}
    assert values(bridge.say("bridge/event", event)) == {"online": 1}
    assert values(bridge.say("bridge/event", event)) == {}


def test_null_in_attribute_mode_is_nothing() -> None:
    assert Bridge().say("leak/water_leak", "") == []


@pytest.mark.parametrize(
    "payload", ["7", "[]", '{"type":"device_leave"}', '{"type":"device_leave","data":{"friendly_name":"\\ud800"}}']
)
def test_odd_events_of_the_bridge_say_nothing(payload: str) -> None:
    assert Bridge().say("bridge/event", payload) == []


@pytest.mark.parametrize("payload", ["Offline", '{"state":"away"}', '{"state":1}', '{"online":true}', "{"])
def test_unclear_availability_is_refused(payload: str) -> None:
    assert len(refused(Bridge().say("a/availability", payload))) == 1


# time


@pytest.mark.parametrize(
    "last_seen", [(START - 3600 * S) // 1_000_000, "2027-01-15T07:00:00.000Z", "2027-01-15T08:00:00+01:00"]
)
def test_report_that_waited_at_the_broker_keeps_its_own_time(last_seen: object) -> None:
    (reading,) = readings(Bridge().say("a", {"contact": True, "last_seen": last_seen}))
    assert reading.time_ns == START - 3600 * S


@pytest.mark.parametrize(
    "last_seen", [START // 1_000_000, START // 1_000, -5, 1e300, "soon", "2027-01-15T07:00:00", True, []]
)
def test_arrival_is_the_time_of_everything_else(last_seen: object) -> None:
    (reading,) = readings(Bridge().say("a", {"contact": True, "last_seen": last_seen}))
    assert reading.time_ns == START + S


# limits


def test_invented_names_push_out_the_longest_silent_and_no_more() -> None:
    bridge = Bridge()
    bridge.say("hall", {"occupancy": False})
    for number in range(MAX_DEVICES * 2):
        bridge.say(f"x{number}", {"contact": True}, after_s=0)
        bridge.say("hall", {"occupancy": True}, after_s=0)
    assert len(bridge.decode._devices) == MAX_DEVICES  # type: ignore[attr-defined]
    assert bridge.news("hall", {"occupancy": True}) == {}


def test_too_long_is_refused_unread() -> None:
    bridge = Bridge()
    assert [e.kind for e in bridge.say("a", '{"a":"' + "x" * 9000 + '"}') if isinstance(e, DecodeError)] == ["length"]
    assert [e.kind for e in bridge.say("a" * 600, "{}") if isinstance(e, DecodeError)] == ["length"]
