"""What devices said that came out wrong: presses no hand did, falls in other words, fields that vanished."""

import json

import pytest

from tests.drivers.zigbee_bridge import Bridge, readings
from tests.trials import cases


@pytest.mark.parametrize(
    "case",
    [
        "action-auto_lock", "action-W100_PMTSD_request", "action-1_min_inactivity",
        "action-non_access_user_operational_event", "action-unknown", "action-error_jammed", "action-identify",
        "action-screen_sleep", "action-exit_delay", "action-N/A",
    ],
)  # fmt: skip
def test_what_a_device_does_by_itself_is_no_press_and_is_shown(case: str) -> None:
    word = case.removeprefix("action-")
    assert cases.readings(case) == [(f"action={word}", 1), ("battery_percent", 90)]


def test_let_go_is_no_press() -> None:
    assert cases.readings("hold-released") == [("button_press", n) for n in (9, 0, 0, 0)]


def test_message_that_is_published_twice_is_one_press() -> None:
    assert cases.readings("same-json-twice") == [("button_press", 1)]


FALLS = {
    "fall-hs2fd": [("motion", 1), ("fall", 1), ("sensor_status=activity", 1), ("fall", 1), ("fall", 0)],
    "fall-fds315": [
        ("fall", 1), ("presence", 1), ("in_bed", 0), ("respiration_per_min", 14),
        ("fall", 0), ("presence", 1), ("in_bed", 1), ("respiration_per_min", 15),
        ("fall", 0), ("presence", 0), ("in_bed", 0),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", FALLS)
def test_fall_in_other_words(case: str) -> None:
    assert cases.readings(case) == FALLS[case]


def test_warning_of_a_fall_is_doubtful() -> None:
    (fall,) = readings(Bridge().say("x", {"fall_status": "fall_warning"}))
    assert (fall.quantity, fall.value, fall.suspect) == ("fall", 1, True)


@pytest.mark.parametrize("words", [("fall_warning", "fall_alarm"), ("maybe_fall", "fall")])
def test_fall_that_follows_its_warning_is_news(words: tuple[str, str]) -> None:
    key, bridge = "fall_status" if "fall_alarm" in words else "fall_down_status", Bridge()
    assert bridge.news("x", {key: words[0]}) == {"fall": 1}
    (fall,) = readings(bridge.say("x", {key: words[1]}))
    assert (fall.suspect, fall.stale) == (False, False)
    assert bridge.news("x", {key: words[1], "battery": 9}) == {"battery_percent": 9}


def test_call_for_help_under_another_key() -> None:
    assert cases.readings("sos-alarm-key") == [("sos", 1)], "three keys of one device within seconds are one call"


@pytest.mark.parametrize("key", ["sos_alarm", "panic", "emergency"])
def test_another_key_that_says_no_does_not_make_a_remembered_call_news(key: str) -> None:
    bridge = Bridge()
    report = {key: True, "sos": False}
    assert {(r.value, r.stale) for r in readings(bridge.say("x", report))} == {(1, False), (0, False)}
    assert bridge.news("x", report | {"battery": 50}, after_s=600) == {"sos": 0, "battery_percent": 50}


PLACED = {
    "multi-endpoint-contact": [("x/left", "contact_open", 1), ("x/right", "contact_open", 0)],
    "multi-endpoint-occupancy": [("x/in", "motion", 1), ("x/out", "motion", 0), ("x/or", "motion", 1)],
    "multi-endpoint-state": [("x/l1", "switch_on", 1), ("x/l2", "switch_on", 0)],
    "radar-state-word": [("x", "presence", 1), ("x", "target_distance", 1.2)],
    "radar-presence-state": [("x", "presence", 1)],
    "motion-key": [("x", "motion", 1)],
    "tilt-bool": [("x", "vibration", 1)],
    "opening-state": [("x", "contact_open", 1)],
    "thermostat": [("x", "room_temperature_c", 15.5), ("x", "running_state=idle", 1)],
    "smoke-state": [("x", "smoke", 1)],
}


@pytest.mark.parametrize("case", PLACED)
def test_field_becomes_a_reading_of_its_meaning_or_shows_itself(case: str) -> None:
    (message,) = cases.inputs()[case]["input"]
    given = readings(Bridge().say("x", message["text"]))
    assert [(r.device, r.quantity, r.value) for r in given] == PLACED[case]


SAID = {  # of the payloads as zigbee2mqtt sends them; what only the device's definition can tell is shown
    "hue": [("", "motion", 1), ("", "motion", 0), *[("", "room_temperature_c", t) for t in (14.2, 14.2, 14.1)]],
    "owon": [("", "fall", 1), ("", "in_bed", 1), ("", "respiration_per_min", 14)],
    "heiman-fall": [("", "fall", 1), ("", "motion", 1)],
    "daewoo": [("", "sos", 1)],
    "hs1eb": [("", "button_press", 1)],
    "hs1eb2": [("", "button_press", 1)],
    "trv": [("", "room_temperature_c", 12.5)],
    "efekta": [("", "pressure_hpa", 1013)],
    "p100": [("", "action=movement", 1)],
    "p100b": [("", "action=static", 1)],
    "lock": [("", "action=auto_lock", 1), ("", "lock_state=locked", 1)],
    "lock4": [("", "lock_state=unlocked", 1)],
    "shelly": [("/1", "presence", 1)],
    "tuyasw": [("", "presence", 1)],
    "bed": [("", "presence", 1)],
    "co": [("", "carbon_monoxide", 1)],
    "contact": [],
    "sock": [("/l1", "switch_on", 1), ("/l1", "power_w", 1900), ("/l2", "switch_on", 0)],
    "adeo": [("", "water_leak", 1)],
    "feibit": [("", "alarm_1", 1)],
    "imou": [("", "gas", 1)],
}


@pytest.mark.parametrize("name", SAID)
def test_payload_of_today_s_bridge(name: str) -> None:
    lines = [json.loads(line) for line in (cases.HERE / "z2m_cases.jsonl").read_text(encoding="utf-8").splitlines()]
    bridge, given = Bridge(), []
    for line in lines:
        if line["topic"] == f"zigbee2mqtt/{name}":
            given += bridge.say(name, line["text"])
    found = {(r.device.removeprefix(name), r.quantity, r.value) for r in readings(given)}
    assert found >= set(SAID[name])
    assert given, "nothing of it vanishes"
    if name in ("p100", "p100b", "lock", "lock4"):
        assert "button_press" not in {quantity for _, quantity, _ in found}
