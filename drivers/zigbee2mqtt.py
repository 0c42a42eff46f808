"""Zigbee sensors, buttons and plugs behind the zigbee2mqtt bridge, version 1 and 2.

    <base>/<name>                {"battery":100,"voltage":3055,"illuminance":7,"linkquality":26,"occupancy":true}
    <base>/<name>/<attribute>    true            output: attribute, alone or as a second copy
    <base>/<name>/availability   {"state":"online"}, before 2.0 plain: online
    <base>/bridge/state          the same, of the bridge itself: device "bridge", quantity "online"
    <base>/bridge/event          {"type":"device_leave","data":{"friendly_name":"my_bulb"}}: online 0 of that device

A device is called by its friendly name: any Unicode, a leading space and "/" included. An empty retained payload means
that the name is gone (removed or renamed): online 0, and online 1 when it speaks again. `/set`, `/get` and everything
else of the bridge say nothing.

Facts of the field, each with a test:
- null is "not heard since the restart", not no. contact:false is open. The action of a button is null or "" afterwards.
- zigbee2mqtt repeats what it remembers in every report. A second occupancy:true is therefore stale. Only from a device
  that never says false, a repeat is news once its blind time is over and nothing else in the report has changed.
- One press arrives as JSON, as /action and as the older /click: what comes on another way within 5 s is stale, and on
  the same way within 0.1 s. An SOS within 5 s of an SOS is stale on any way. A pendant that is held says sos:true every
  few seconds: one press, until it has paused for a minute.
- Locks, displays and keypads say actions that no hand did: only words of a hand are presses, others are shown.
- A device of several parts (contact_left, state_l1) speaks for each under <name>/<part>.
- When zigbee2mqtt starts it sends all it remembers, not retained: motion within 10 s of that is stale.
- voltage is mV from a battery, V from the mains. temperature is the chip's on doors, leaks, smoke, buttons and plugs.
- last_seen, where switched on, is the time of a message that waited at the broker. An SOS or a fall counts from its
  arrival.
"""

from dataclasses import dataclass
from typing import Any

from drivers.kit.bulkhead import OneField
from drivers.kit.contract import Decoded, DecodeError, Decoder, ErrorKind, Frame, Reading
from drivers.kit.strict import NotJsonError, is_name, json_value
from drivers.zigbee2mqtt_keys import PLAIN, READ, Device, Report, read_others

LINK = "mqtt"
TITLE = "Zigbee sensors, buttons and plugs through zigbee2mqtt"

MAX_PAYLOAD_BYTES = 2 << 20
"""Of bridge/devices, which lists all of them with their definitions; 40 devices fill 130 kB."""
MAX_REPORT_BYTES = 8192
MAX_DEVICES = 500
MAX_TOPIC_CHARS = 512
_START_NS = 10_000_000_000
_NUMBERS = (int, float)
_LONG = ("bridge/devices",)


@dataclass(frozen=True, slots=True)
class Options:
    """Where the bridge publishes."""

    base: str = ""  # its base topic; "" subscribes to "zigbee2mqtt" and decodes under any first level

    def __post_init__(self) -> None:
        if self.base.strip("/") != self.base or not {"+", "#", "\0"}.isdisjoint(self.base):
            raise ValueError("base: it must be a plain topic without wildcards, as in 'zigbee2mqtt'")


class _Zigbee2mqtt:
    def __init__(self, options: Options) -> None:
        self._base = options.base + "/" if options.base else ""
        self._devices: dict[str, Device] = {}
        self._listed: frozenset[str] = frozenset()
        self._started_ns = -_START_NS

    def __call__(self, frame: Frame) -> Decoded:
        base, slash, rest = frame.topic.partition("/")
        if self._base:
            base, slash, rest = frame.topic.partition(self._base)
        if (self._base and base) or not slash or not rest:
            return [_error(frame, ErrorKind.NOT_OURS, "the topic is not below the base topic")]
        if len(frame.topic) > MAX_TOPIC_CHARS:
            return [_error(frame, ErrorKind.LENGTH, "the topic is too long")]
        head, _, last = rest.rpartition("/")
        if head and (last in ("set", "get") or head.endswith(("/set", "/get"))):
            return []
        if len(frame.payload) > MAX_REPORT_BYTES and rest not in _LONG:
            if rest.startswith("bridge/"):  # bridge/info and its like, which say nothing of a home
                return []
            return [_error(frame, ErrorKind.LENGTH, "the payload is too long")]
        try:
            text = frame.payload.decode()
        except UnicodeDecodeError:
            return [_error(frame, ErrorKind.FORMAT, "the payload is not UTF-8 text")]
        if rest.startswith("bridge/"):
            return self._bridge(frame, rest[7:], text)
        if head and last == "availability":
            return self._availability(frame, head, text)
        if not text:
            return self._emptied(frame, rest)
        return self._message(frame, rest, head, last, text)

    def _message(self, frame: Frame, rest: str, head: str, last: str, text: str) -> Decoded:
        if text[0] == "{":
            try:
                message = json_value(text)
            except NotJsonError:
                message = None
            if isinstance(message, dict):
                return self._report(frame, rest, message, "json")
        elif head and not self._knows(rest):
            value = {"true": True, "false": False}.get(text, text)
            return self._report(frame, head, {last: value}, last)
        return [_error(frame, ErrorKind.FORMAT, "the payload is not a JSON object")]

    def _report(self, frame: Frame, name: str, message: dict[str, Any], way: str) -> Decoded:
        device = self._device(name)
        device.learn(message)
        report = Report(frame, name, device, message, way)
        report.starting = abs(frame.time_ns - self._started_ns) < _START_NS
        if device.gone and not frame.retain:
            device.gone = False
            report.add("online", 1.0)
        time_ns, retain, found, others = report.time_ns, frame.retain, report.found, []
        for key, raw in message.items():
            plain = PLAIN.get(key)
            if plain is not None and type(raw) in _NUMBERS and plain.low <= raw <= plain.high:
                found.append(Reading(time_ns, name, plain.name, float(raw), False, retain))
            elif raw is not None:
                if key in READ:
                    with OneField(found, frame, key):
                        READ[key](report, key, raw)
                else:
                    others.append(key)
        for part, said in read_others(report, others).items() if others else ():
            if "last_seen" in message:
                said["last_seen"] = message["last_seen"]
            found += self._report(frame, f"{name}/{part}", said, way)
        return found

    def _bridge(self, frame: Frame, topic: str, text: str) -> Decoded:
        if topic == "state":
            online = _online(text)
            if online and not frame.retain:
                self._started_ns = frame.time_ns
            return self._availability(frame, "bridge", text)
        if topic not in ("event", "log", "devices"):
            return []
        try:
            message = json_value(text)
        except NotJsonError:
            return [_error(frame, ErrorKind.FORMAT, "the payload is not JSON")]
        if topic == "devices":
            self._listed = frozenset(_names(message))
            return []
        return self._network(frame, message)

    def _network(self, frame: Frame, message: object) -> Decoded:
        """A device that joins, speaks up or leaves: `bridge/event`, and `bridge/log` of version 1."""
        told = message if isinstance(message, dict) else {}
        device = told.get("data", told.get("meta"))
        name = device.get("friendly_name") if isinstance(device, dict) else None
        if not isinstance(name, str) or not is_name(name):
            return []
        if told.get("type") == "device_leave" or told.get("message") == "left_network":
            return self._gone(frame, name)
        if told.get("type") in ("device_joined", "device_announce") and name in self._devices:
            return self._report(frame, name, {}, "json")
        return []

    def _availability(self, frame: Frame, name: str, text: str) -> Decoded:
        online = _online(text)
        if online is None:
            return [] if not text else [_error(frame, ErrorKind.FORMAT, "neither online nor offline")]
        if name != "bridge":
            self._device(name)
        return [Reading(frame.time_ns, name, "online", float(online), False, frame.retain)]

    def _emptied(self, frame: Frame, rest: str) -> Decoded:
        """An empty payload: the retained state of a name taken away, or a null in attribute mode."""
        return [] if "/" in rest and not self._knows(rest) else self._gone(frame, rest)

    def _gone(self, frame: Frame, name: str) -> Decoded:
        self._device(name).gone = True
        return [Reading(frame.time_ns, name, "online", 0.0, False, frame.retain)]

    def _knows(self, name: str) -> bool:
        return name in self._devices or name in self._listed

    def _device(self, name: str) -> Device:
        """The device of that name, now the latest heard; the longest silent one makes room."""
        device = self._devices.pop(name, None) or Device()
        self._devices[name] = device
        if len(self._devices) > MAX_DEVICES:
            del self._devices[next(iter(self._devices))]
        return device


def _online(text: str) -> bool | None:
    if text.startswith("{"):
        try:
            message = json_value(text)
        except NotJsonError:
            return None
        word = message.get("state") if isinstance(message, dict) else None
    else:
        word = text
    return {"online": True, "offline": False}.get(word) if isinstance(word, str) else None


def _names(devices: object) -> list[str]:
    listed = devices if isinstance(devices, list) else []
    names = [device.get("friendly_name") for device in listed[:MAX_DEVICES] if isinstance(device, dict)]
    return [name for name in names if isinstance(name, str) and is_name(name)]


def _error(frame: Frame, kind: ErrorKind, reason: str) -> DecodeError:
    return DecodeError(frame.time_ns, frame.device, kind, reason)


def topics(options: Options) -> tuple[str, ...]:
    """Everything below the base topic."""
    return (f"{options.base or 'zigbee2mqtt'}/#",)


def decoder(options: Options) -> Decoder:
    """A decoder for one bridge and all devices behind it."""
    return _Zigbee2mqtt(options)
