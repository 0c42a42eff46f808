"""The keys of a zigbee2mqtt report and what each means as a reading. `drivers.zigbee2mqtt` tells the whole story."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.kit.bulkhead import OneField
from drivers.kit.contract import Decoded, DecodeError, ErrorKind, Frame, Reading
from drivers.kit.news import News
from drivers.kit.quantity import CALLS, QUANTITIES
from drivers.kit.strict import number
from drivers.kit.unplaced import unplaced
from drivers.zigbee2mqtt_words import WORDS, action, is_own_matter, is_shaken

_LAST_MS = 4e12  # a century from now
_WAITED_NS = 120_000_000_000  # older than this it waited at the broker; zigbee2mqtt's own timers publish later too

# key -> (quantity, what it says when it means yes)
_FLAGS = {
    "occupancy": ("motion", True),
    "motion": ("motion", True),
    "presence": ("presence", True),
    "contact": ("contact_open", False),
    "vibration": ("vibration", True),
    "moving": ("vibration", True),
    "tilt": ("vibration", True),
    "in_bed": ("in_bed", True),
    "fall": ("fall", True),
    "sos": ("sos", True),
    "panic": ("sos", True),
    "emergency": ("sos", True),
    "water_leak": ("water_leak", True),
    "smoke": ("smoke", True),
    "carbon_monoxide": ("carbon_monoxide", True),
    "gas": ("gas", True),
    "tamper": ("tamper", True),
    "battery_low": ("battery_low", True),
}
_LEVELS = {
    "battery": "battery_percent",
    "linkquality": "linkquality",
    "humidity": "humidity_percent",
    "illuminance": "illuminance_lx",
    "illuminance_lux": "illuminance_lx",
    "temperature": "room_temperature_c",
    "local_temperature": "room_temperature_c",
    "pressure": "pressure_hpa",
    "co2": "co2_ppm",
    "pm25": "pm2_5_ugm3",
    "soil_moisture": "soil_moisture_percent",
    "power": "power_w",
    "current": "current_a",
    "energy": "energy_kwh",
    "breathing_rate": "respiration_per_min",
}
_EVENTS = frozenset({"motion", "vibration", "sos", "fall"})
_SIGNED = frozenset({"temperature", "local_temperature", "power", "current"})
"""A plug that feeds in, or is wired the other way round; a frozen pipe."""
_MAINS = frozenset({"power", "current", "energy", "state"})
_WARM_CASE = _MAINS | {
    "contact",
    "vibration",
    "water_leak",
    "smoke",
    "carbon_monoxide",
    "gas",
    "action",
    "soil_moisture",
}
"""Beside one of these a temperature is the chip's, the plug's or the soil's, unless humidity is measured too.

A motion sensor's chip is `device_temperature`; its `temperature` is a thermistor that looks at the room.
"""
_KPA_BELOW = 200.0  # some barometers send kPa: no place on earth has so few hPa
_ALWAYS_NEW = frozenset({"linkquality", "last_seen", "elapsed", "update", "update_available", "device"})
_ALARM = re.compile(r"([a-z_]+)_alarm(?:_[12])?")
_PART = re.compile(r"([a-z_]+)_(left|right|center|top|bottom|in|out|or|l?[0-9]|[abc])")
_RANGES = {row.name: (row.low, row.high) for row in QUANTITIES.values()}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Device:
    """What must be remembered of one device to read its next report."""

    __slots__ = ("battery", "climate", "gone", "news", "warm_case")

    def __init__(self) -> None:
        self.battery = self.climate = self.gone = self.warm_case = False
        self.news = News()

    def learn(self, message: dict[str, object]) -> None:
        """Notes what kind of device says this; a later report may hold one key alone."""
        self.battery = self.battery or "battery" in message or "battery_low" in message
        self.climate = self.climate or "humidity" in message
        self.warm_case = self.warm_case or not _WARM_CASE.isdisjoint(message)


class Report:
    """One message of one device on its way to readings."""

    __slots__ = ("device", "found", "frame", "message", "name", "starting", "time_ns", "way")

    def __init__(self, frame: Frame, name: str, device: Device, message: dict[str, object], way: str) -> None:
        self.frame, self.name, self.device, self.message, self.way = frame, name, device, message, way
        self.starting = False
        last_seen = message.get("last_seen")
        self.time_ns = frame.time_ns if last_seen is None else _heard_ns(frame, last_seen)
        self.found: Decoded = []

    def add(self, quantity: str, value: float, *, suspect: bool = False, stale: bool = False) -> None:
        """Takes a reading down; outside the plausible range it is suspect, retained it is stale."""
        low, high = _RANGES[quantity]
        retain = self.frame.retain
        time_ns = self.frame.time_ns if quantity in CALLS and not retain else self.time_ns
        suspect = suspect or not low <= value <= high
        self.found.append(Reading(time_ns, self.name, quantity, value, suspect, stale or retain))

    def refuse(self, key: str, why: str) -> None:
        """Takes down that a field makes no sense."""
        self.found.append(DecodeError(self.frame.time_ns, self.name, ErrorKind.VALUE, f"{key} {why}"))

    def show(self, key: str, raw: object) -> None:
        """Takes down a field nobody has placed, for the installer to see."""
        said = unplaced(key, raw)
        if said:
            self.found.append(Reading(self.time_ns, self.name, *said, stale=self.frame.retain))

    def is_repeat(self, key: str, quantity: str, yes: bool) -> bool:
        """Whether this yes is the memory of the bridge."""
        news, call, rest = self.device.news, quantity == "sos", 0
        if yes and self.way == "json" and (call or not news.takes_back(key)):
            said = (i for i in self.message.items() if i[0] not in _ALWAYS_NEW and not isinstance(i[1], dict | list))
            rest = hash(str(list(said)))
        if call and self.frame.retain:
            news.remember(key, yes, self.frame.time_ns, rest)
            return yes
        return news.is_repeat(key, yes, self.frame.time_ns, rest, call=call, starting=self.starting)

    def is_copy(self, quantity: str, word: str) -> bool:
        """Whether this press is known already; a retained one is history and hides no new one."""
        return self.frame.retain or self.device.news.is_copy(quantity, word, self.way, self.frame.time_ns)


def _flag(report: Report, key: str, raw: object, field: str = "") -> None:
    """`field`: what the device itself calls the key."""
    quantity, meaning_yes = _FLAGS[key]
    if meaning_yes and raw in ("ON", "OFF"):
        raw = raw == "ON"
    if not isinstance(raw, bool):
        report.refuse(field or key, "is not true or false")
        return
    yes = raw is meaning_yes
    stale = False
    if quantity in _EVENTS:
        stale = report.is_repeat(field or key, quantity, yes)
        if quantity == "sos" and yes:
            stale = stale or report.is_copy(quantity, key)
        elif yes and quantity == "vibration":
            stale = stale or is_shaken(report.message.get("action"))
    report.add(quantity, float(yes), stale=stale)


def _level(report: Report, key: str, raw: object) -> None:
    message, device = report.message, report.device
    if key == "illuminance" and message.get("illuminance_lux") is not None:
        return  # version 1: illuminance is the sensor's raw figure, illuminance_lux the light
    value = number(raw)
    if value is None:
        report.refuse(key, "is not a number")
    elif value < 0 and key not in _SIGNED:
        report.refuse(key, "is below zero")
    elif key in ("power", "current"):
        report.add(_LEVELS[key], value, suspect=_is_doubtful(key, value, message))
    elif key == "pressure":
        report.add(_LEVELS[key], value * 10 if value < _KPA_BELOW else value)
    elif key != "temperature" or device.climate or not device.warm_case:
        report.add(_LEVELS[key], value)
        if key == "battery" and value == 0 and message.get("battery_low") is None:
            report.add("battery_low", 1.0)


def _is_doubtful(key: str, value: float, message: dict[str, object]) -> bool:
    """Faults of plugs: power kept after switching off, and mA sent as A (30 times the power, standby left aside)."""
    if key == "power":
        return value > 5 and message.get("state") == "OFF"
    volts, watts = number(message.get("voltage")), number(message.get("power"))
    return volts is not None and watts is not None and volts * value > 30 * max(watts, 5.0)


def _voltage(report: Report, key: str, raw: object) -> None:
    value = number(raw)
    if value is None:
        report.refuse(key, "is not a number")
    elif value < 0:
        report.refuse(key, "is below zero")
    elif report.device.battery or (value > 480 and _MAINS.isdisjoint(report.message)):
        report.add("battery_voltage_v", value / 1000 if value > 15 else value)
    else:
        report.add("voltage_v", value)


def _word(report: Report, key: str, raw: object) -> None:
    known = WORDS[key]
    meanings = known.get(raw, known.get(raw.lower())) if isinstance(raw, str) else None
    if meanings is None:  # other devices say other things under this key
        report.show(key, raw)
    for quantity, value, suspect in meanings or ():
        stale = False
        if quantity in _EVENTS:  # what follows a warning of it is news
            doubt = report.is_repeat(f"{key}?", quantity, suspect)
            stale = doubt if suspect else report.is_repeat(key, quantity, value > 0)
        report.add(quantity, value, suspect=suspect, stale=stale)


def _action(report: Report, key: str, raw: object) -> None:
    if raw == "" or (key == "click" and report.message.get("action")):
        return
    if not isinstance(raw, str) or len(raw) > 64:
        report.refuse(key, "is not a word")
        return
    meanings = action(raw)
    if meanings is None:
        report.show(key, raw)
    for quantity, value, _ in meanings or ():
        report.add(quantity, value, stale=report.is_copy(quantity, raw))


READ: dict[str, Callable[[Report, str, Any], None]] = {
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_LEVELS, _level),
    **dict.fromkeys(WORDS, _word),
    "voltage": _voltage,
    "action": _action,
    "click": _action,
}


def read_others(report: Report, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Keys that are in no table: an alarm, or a field for the installer to see.

    What belongs to one of several like parts of the device is given back by that part: {"left": {"contact": false}}.
    """
    parts: dict[str, dict[str, Any]] = {}
    for key in keys:
        with OneField(report.found, report.frame, key):
            _read_other(report, key, report.message[key], parts)
    return parts


def _read_other(report: Report, key: str, raw: object, parts: dict[str, dict[str, Any]]) -> None:
    alarm, part = _ALARM.fullmatch(key), _PART.fullmatch(key)
    if alarm and alarm[1] in _FLAGS and alarm[1] != "contact":  # which of the two is an open door differs
        _alarm(report, key, alarm[1], raw)
    elif part and (part[1] in _FLAGS or part[1] in _LEVELS or part[1] in ("state", "voltage")):
        zone = part[1] == "occupancy" and part[2].isdecimal()  # a radar's zone, and somebody is in it
        parts.setdefault(part[2], {})["presence" if zone else part[1]] = raw
    elif not is_own_matter(key):
        report.show(key, raw)


def _alarm(report: Report, key: str, flag: str, raw: object) -> None:
    """The two alarms of one device are one reading: either will do."""
    first, second = (report.message.get(f"{flag}_alarm_{number}") for number in (1, 2))
    if key.endswith("_2") and first is not None:
        return
    either = key.endswith("_1") and isinstance(raw, bool) and second is True
    _flag(report, flag, True if either else raw, key)


PLAIN = {key: QUANTITIES[_LEVELS[key]] for key in ("linkquality", "humidity", "illuminance_lux", "co2", "energy")}
"""Keys whose number, where it is in range, is the reading: most of what arrives takes this short way."""


def _heard_ns(frame: Frame, last_seen: object) -> int:
    """When the device said it: on arrival, or by `last_seen` where the message has waited at the broker."""
    if isinstance(last_seen, str) and not last_seen.isdecimal():
        try:
            heard = datetime.fromisoformat(last_seen)
        except ValueError:
            return frame.time_ns
        if heard.tzinfo is None:
            return frame.time_ns
        heard_ns = (heard - _EPOCH) // timedelta(microseconds=1) * 1000
    else:
        milliseconds = number(last_seen)
        if milliseconds is None or not 0 < milliseconds < _LAST_MS:
            return frame.time_ns
        heard_ns = int(milliseconds * 1_000_000)
    return heard_ns if 0 < heard_ns < frame.time_ns - _WAITED_NS else frame.time_ns
