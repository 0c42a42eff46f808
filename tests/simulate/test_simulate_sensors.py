"""House, radio and wire: every frame has the shape a real device sends, and our own drivers understand it."""

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.kit import catalogue
from drivers.kit.contract import DecodeError, ErrorKind, Frame, Reading
from drivers.kit.quantity import QUANTITIES
from gateway.config.settings import load
from gateway.simulate import Flat, describe, simulate
from gateway.simulate.house import PIR_BLIND_S, PIR_OFF_S
from tests.simulate.seen import START, local

DAYS = 25
KEYS = {
    "motion": {"battery", "voltage", "linkquality", "last_seen", "occupancy", "illuminance"},
    "door": {"battery", "voltage", "linkquality", "last_seen", "contact"},
    "climate": {"battery", "voltage", "linkquality", "last_seen", "temperature", "humidity", "pressure"},
    "button": {"battery", "voltage", "linkquality", "last_seen", "action"},
    "leak": {"battery", "voltage", "linkquality", "last_seen", "battery_low", "water_leak"},
    "kettle": {"linkquality", "last_seen", "state", "power", "current", "energy", "voltage"},
}


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(simulate(11, START, DAYS))


@pytest.fixture(scope="module")
def messages(frames: list[Frame]) -> dict[str, list[tuple[datetime, dict[str, object]]]]:
    """Device -> what it said, in order."""
    found = defaultdict(list)
    for frame in frames:
        if frame.topic.count("/") == 1:
            found[frame.topic.split("/")[1]].append((local(frame), json.loads(frame.payload)))
    return found


def test_every_message_has_the_keys_of_its_device(
    messages: dict[str, list[tuple[datetime, dict[str, object]]]],
) -> None:
    assert len(messages) == 12
    for name, said in messages.items():
        for _, message in said:
            assert set(message) == KEYS[name.rpartition("_")[2]], name


def test_batteries_run_down_and_their_voltage_is_in_millivolts(
    messages: dict[str, list[tuple[datetime, dict[str, object]]]],
) -> None:
    dropped = 0
    for name, said in messages.items():
        if name != "kettle":
            percents = [int(str(message["battery"])) for _, message in said]
            assert percents == sorted(percents, reverse=True), f"{name} was charged"
            assert all(2700 < int(str(message["voltage"])) < 3150 for _, message in said)
            dropped += percents[0] > percents[-1]
    assert dropped > 6


def test_a_battery_that_runs_flat_is_low_first_then_silent_until_it_is_changed() -> None:
    flat = Flat("bathroom_leak", 14)
    frames = list(simulate(11, START, 20, flat=flat))
    said = [(local(f), json.loads(f.payload)) for f in frames if f.topic == "zigbee2mqtt/bathroom_leak"]
    fresh = [(time, message) for time, message in said if message["water_leak"] is not None]
    (last, first), *others = [(a, b) for (a, _), (b, _) in pairwise(fresh) if b - a > timedelta(hours=3)]
    assert not others, "heard all the time but for one gap"
    assert (last.date() - START).days == 14, "a simulated day begins as the person gets up"
    assert timedelta(hours=46) < first - last < timedelta(hours=51)
    percents = {(time.date() - START).days: message["battery"] for time, message in fresh}
    assert percents[3] > 50
    assert [percents[day] for day in range(4, 14)] == list(range(20, 0, -2))
    assert percents[16] > 50, "a new battery"
    unchanged = [f for f in frames if not f.topic.startswith("zigbee2mqtt/bathroom_leak")]
    usual = [f for f in simulate(11, START, 20) if not f.topic.startswith("zigbee2mqtt/bathroom_leak")]
    assert unchanged == usual, "no other device says anything else"


@pytest.mark.parametrize("name", ["kettle", "bathroom-leak"])
def test_only_a_sensor_with_a_battery_runs_flat(name: str) -> None:
    with pytest.raises(ValueError, match="no battery in"):
        next(simulate(11, START, 1, flat=Flat(name, 0)))


def test_motion_sensors_repeat_what_they_said_and_are_blind_for_a_minute(
    messages: dict[str, list[tuple[datetime, dict[str, object]]]],
) -> None:
    said = messages["lounge_motion"]
    repeats = [b["occupancy"] and a["occupancy"] for (_, a), (_, b) in pairwise(said)]
    assert sum(map(bool, repeats)) > 50, "a detection while still occupied, or the cached state with a heartbeat"
    began = [b for (_, a), (b, m) in pairwise(said) if m["occupancy"] and not a["occupancy"]]
    ended = [b for (_, a), (b, m) in pairwise(said) if a["occupancy"] and not m["occupancy"]]
    assert min(b - a for a, b in pairwise(began)) > timedelta(seconds=PIR_BLIND_S)
    lasted = [next(e - b for e in ended if e > b) for b in began[:200]]
    assert min(lasted) > timedelta(seconds=PIR_OFF_S - 1)


def test_daylight_and_season_show_in_the_light(
    messages: dict[str, list[tuple[datetime, dict[str, object]]]],
) -> None:
    light = [
        (t.hour, int(str(message["illuminance"]))) for t, message in messages["lounge_motion"] if message["occupancy"]
    ]
    noon = [lux for hour, lux in light if 11 <= hour < 14]
    night = [lux for hour, lux in light if hour < 5 or hour >= 21]
    assert sum(noon) / len(noon) > 1.5 * sum(night) / len(night)
    july = simulate(11, START.replace(month=7), 3)
    bright = [json.loads(f.payload)["illuminance"] for f in july if f.topic.endswith("/lounge_motion")]
    assert max(bright) > 1.5 * max(lux for _, lux in light)


def test_zigbee2mqtt_restarts_now_and_then_and_sends_everything_again() -> None:
    found = False
    for seed in range(4):
        recent: Counter[str] = Counter()
        up_ns = 0
        for frame in simulate(seed, START, DAYS):
            if frame.topic.endswith("bridge/state") and not frame.retain and b"online" in frame.payload:
                up_ns = frame.time_ns
            if up_ns and 0 < frame.time_ns - up_ns < 5e9 and frame.topic.count("/") == 1:
                recent[frame.topic] += 1
                found = found or (frame.topic.endswith("_leak") and json.loads(frame.payload)["water_leak"] is None)
        assert not up_ns or len(recent) >= 11, recent
    assert found, "no restart in a hundred days, or the leak sensor knew better than it can"


def test_the_broker_remembers_bridge_and_availability(frames: list[Frame]) -> None:
    retained = [frame for frame in frames if frame.retain]
    assert {frame.topic.rpartition("/")[2] for frame in retained} == {"state", "availability"}
    assert len(retained) == 13
    assert {frame.time_ns for frame in retained} == {frames[0].time_ns}


def test_wires_begin_with_a_boot_banner_and_split_some_lines(frames: list[Frame]) -> None:
    bed = [frame.payload for frame in frames if frame.device == "bed"]
    assert bed[0].startswith(b"\x00\xfeets ")
    whole = sum(read.startswith(b"{") and read.endswith(b"\n") for read in bed)
    halves = len(bed) - whole
    assert 0.04 < halves / 2 / whole < 0.065
    text = b"".join(bed).split(b"\n")
    assert all(line.startswith(b'{"bed_kg":') and line.endswith(b"}\r") for line in text[3:-1])


def readings(frames: list[Frame], tmp_path: Path) -> Iterator[Reading | DecodeError]:
    path = tmp_path / "gateway.toml"
    path.write_text(describe())
    config = load(path)
    decoders = {d.name: catalogue.load(d.driver).decoder(catalogue.options(d.driver, d.options)) for d in config.device}
    for frame in frames:
        yield from decoders[frame.device](frame)


def test_our_drivers_read_every_frame_as_described(frames: list[Frame], tmp_path: Path) -> None:
    found = list(readings(frames, tmp_path))
    errors = [item for item in found if isinstance(item, DecodeError)]
    assert {(error.device, error.kind) for error in errors} == {
        ("bed", ErrorKind.FORMAT),
        ("station", ErrorKind.FORMAT),
    }, "boot banners and the half line"
    assert len(errors) == 4
    good = [item for item in found if isinstance(item, Reading)]
    assert not [item for item in good if item.suspect]
    known = {sensor["address"] for sensor in tomllib.loads(describe())["sensor"]}
    assert {item.device for item in good} == known | {"bridge"}
    carried = {item.quantity for item in good} & QUANTITIES.keys()
    assert carried >= {"motion", "contact_open", "power_w", "room_temperature_c", "humidity_percent", "water_leak"}
    assert carried >= {"bed_load_kg", "respiration_per_min", "spo2_percent", "pulse_bpm", "systolic_mmhg", "weight_kg"}
    assert "sos" not in carried, "nobody pressed"


def test_described_ports_and_quotes_are_text_for_toml() -> None:
    parsed = tomllib.loads(describe("UTC", "broker.example", 1884, 'a"b\\', {"bed": "/dev/a b", "station": "/dev/c"}))
    assert parsed["mqtt"] == {"host": "broker.example", "port": 1884, "username": 'a"b\\'}
    assert [device.get("port") for device in parsed["device"]] == [None, "/dev/a b", "/dev/c"]
    assert parsed["home"]["timezone"] == "UTC"
