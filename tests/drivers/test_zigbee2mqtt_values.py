"""Numbers and yes or no from zigbee2mqtt: units, what a quantity is of, and values that cannot be."""

import pytest

from tests.drivers.zigbee_bridge import Bridge, readings, refused, values


def test_voltage_is_of_the_battery_or_of_the_mains() -> None:
    bridge = Bridge()
    assert values(bridge.say("pir", {"battery": 90, "voltage": 2990}))["battery_voltage_v"] == 2.99
    assert values(bridge.say("pir", {"voltage": 2985})) == {"battery_voltage_v": 2.985}
    assert values(bridge.say("smoke", {"voltage": 3000})) == {"battery_voltage_v": 3}
    assert values(bridge.say("plug", {"power": 3, "voltage": 241}))["voltage_v"] == 241
    assert values(bridge.say("plug/voltage", "240")) == {"voltage_v": 240}


@pytest.mark.parametrize("key", ["contact", "water_leak", "vibration", "smoke"])
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


def test_a_device_of_several_parts_has_an_address_for_each() -> None:
    bridge = Bridge()
    state = {"contact_left": False, "contact_right": True, "battery": 80, "last_seen": 1e308}
    found = [(r.device, r.quantity, r.value) for r in readings(bridge.say("window", state))]
    assert set(found) == {
        ("window/left", "contact_open", 1), ("window/right", "contact_open", 0), ("window", "battery_percent", 80),
    }  # fmt: skip
    assert [r.device for r in readings(bridge.say("window/state_l1", "ON"))] == ["window/l1"]


def test_either_of_two_alarms_is_the_alarm() -> None:
    for message, yes in (
        ({"smoke_alarm_1": False, "smoke_alarm_2": True}, 1),
        ({"smoke_alarm_2": False, "smoke_alarm_1": True}, 1),
        ({"smoke_alarm_1": False, "smoke_alarm_2": False}, 0),
        ({"smoke_alarm_2": True}, 1),
    ):
        assert [(r.quantity, r.value) for r in readings(Bridge().say("a", message))] == [("smoke", yes)]


def test_fields_nobody_placed_are_shown_and_a_device_s_own_matters_are_not() -> None:
    message = {
        "pm10": 7, "valve": True, "valve_word": "open", "text": "a: b", "list": [1], "pulse_bpm": 70, "empty": "",
        "null": None, "child_lock": "LOCK", "motion_sensitivity": "high", "update": {"state": "idle"}, "\n": 1,
    }  # fmt: skip
    assert values(Bridge().say("a", message)) == {
        "pm10": 7, "valve": 1, "valve_word=open": 1, "text=…": 1, "list=…": 1, "pulse_bpm=…": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "given"),
    [
        ({"action": "emergency", "last_seen": 1e308}, {"sos": 1}),
        ({"action": "emergency", "last_seen": -1e308}, {"sos": 1}),
        ({"vibration": True, "action": []}, {"vibration": 1}),
        ({"vibration": True, "action": {}}, {"vibration": 1}),
        ({"sos": True, "x": {"y": {}}}, {"sos": 1, "x=…": 1}),
    ],
)
def test_a_field_of_the_wrong_kind_costs_no_other(message: dict[str, object], given: dict[str, float]) -> None:
    assert values(Bridge().say("a", message)) == given


def test_a_call_in_a_deeply_nested_report_is_heard() -> None:
    assert values(Bridge().say("a", '{"sos":true,"x":' + "[" * 900 + "]" * 900 + "}"))["sos"] == 1
