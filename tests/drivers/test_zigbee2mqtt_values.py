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
