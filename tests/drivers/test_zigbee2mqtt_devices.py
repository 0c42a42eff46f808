"""Devices of zigbee2mqtt: their names and topics, their coming and going, their time, and how many there may be."""

from typing import Any

import pytest

from drivers.kit.contract import DecodeError, ErrorKind, Frame
from drivers.zigbee2mqtt import MAX_DEVICES, Options, decoder, topics
from tests.drivers.zigbee_bridge import START, Bridge, S, readings, refused, values

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
