"""The keys of a zigbee2mqtt report and what each means as a reading. `drivers.zigbee2mqtt` tells the whole story."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.base import Decoded, DecodeError, ErrorKind, Frame, Reading
from drivers.news import News
from drivers.quantity import QUANTITIES
from drivers.strict import number

_WAITED_NS = 120_000_000_000  # older than this it waited at the broker; zigbee2mqtt's own timers publish later too

# key -> (quantity, what it says when it means yes)
_FLAGS = {
    "occupancy": ("motion", True),
    "presence": ("presence", True),
    "contact": ("contact_open", False),
    "vibration": ("vibration", True),
    "sos": ("sos", True),
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
    "pressure": "pressure_hpa",
    "co2": "co2_ppm",
    "pm25": "pm2_5_ugm3",
    "soil_moisture": "soil_moisture_percent",
    "power": "power_w",
    "current": "current_a",
    "energy": "energy_kwh",
}
_SIGNED = frozenset({"temperature", "power", "current"})  # a plug that feeds in, or is wired the other way round
_MAINS = frozenset({"power", "current", "energy", "state"})
_WARM_CASE = _MAINS | _FLAGS.keys() - {"battery_low", "tamper"} | {"action", "soil_moisture"}
"""Beside one of these a temperature is the chip's, the plug's or the soil's, unless humidity is measured too."""

_SOS = frozenset({"emergency", "panic", "sos"})
_SHAKEN = frozenset({"vibration", "tilt", "drop"})
_OVER = frozenset({"release", "stop"})
_PASSING = frozenset({"none", "enter", "leave", "occupied", "unoccupied"})
_PRESSES = {"double": 2.0, "triple": 3.0, "tripple": 3.0, "quadruple": 4.0, "many": 5.0, "hold": 9.0, "long": 9.0}
_FALLS = {"none": 0.0, "maybe_fall": 1.0, "fall": 1.0}
_REGION = re.compile(r"region_([0-9]{1,2})_(enter|leave)")
_ALWAYS_NEW = frozenset({"linkquality", "last_seen", "elapsed", "update", "update_available", "device"})
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
        time_ns = self.frame.time_ns if quantity == "sos" and not retain else self.time_ns
        suspect = suspect or not low <= value <= high
        self.found.append(Reading(time_ns, self.name, quantity, value, suspect, stale or retain))

    def refuse(self, key: str, why: str) -> None:
        """Takes down that a field makes no sense."""
        self.found.append(DecodeError(self.frame.time_ns, self.name, ErrorKind.VALUE, f"{key} {why}"))

    def is_repeat(self, quantity: str, yes: bool) -> bool:
        """Whether this yes is the memory of the bridge."""
        news, rest = self.device.news, 0
        if yes and self.way == "json" and (quantity == "sos" or not news.takes_back(quantity)):
            rest = hash(str([item for item in self.message.items() if item[0] not in _ALWAYS_NEW]))
        return news.is_repeat(quantity, yes, self.frame.time_ns, rest, starting=self.starting)

    def is_copy(self, quantity: str, word: str) -> bool:
        """Whether this press is known already; a retained one is history and hides no new one."""
        return self.frame.retain or self.device.news.is_copy(quantity, word, self.way, self.frame.time_ns)


def _flag(report: Report, key: str, raw: object) -> None:
    quantity, meaning_yes = _FLAGS[key]
    if not isinstance(raw, bool):
        report.refuse(key, "is not true or false")
        return
    yes = raw is meaning_yes
    stale = False
    if quantity in ("motion", "vibration", "sos"):
        stale = report.is_repeat(quantity, yes)
        if quantity == "sos" and yes:
            stale = stale or report.is_copy(quantity, key)
        elif yes and quantity == "vibration":
            stale = stale or report.message.get("action") in _SHAKEN
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


def _state(report: Report, _key: str, raw: object) -> None:
    if raw in ("ON", "OFF"):  # covers and locks have other words here
        report.add("switch_on", float(raw == "ON"))


def _fall(report: Report, key: str, raw: object) -> None:
    value = _FALLS.get(raw) if isinstance(raw, str) else None
    if value is None:
        report.refuse(key, "is not a known word")
    else:
        report.add("fall", value, suspect=raw == "maybe_fall", stale=report.is_repeat("fall", value > 0))


def _action(report: Report, key: str, raw: object) -> None:
    if raw == "" or (key == "click" and report.message.get("action")):
        return
    if not isinstance(raw, str) or len(raw) > 64:
        report.refuse(key, "is not a word")
        return
    meaning = _meaning(raw)
    if meaning is not None:
        report.add(*meaning, stale=report.is_copy(meaning[0], raw))


def _meaning(action: str) -> tuple[str, float] | None:
    """What an action is: (quantity, value), None for nothing to tell. A press is 1, 2, 3 … times, 9 for long."""
    words = frozenset(action.lower().replace("-", "_").split("_"))
    if words & _SOS:
        return "sos", 1.0
    if action in _SHAKEN:
        return "vibration", 1.0
    region = _REGION.fullmatch(action)
    if region:
        return f"zone_{region[2]}", float(region[1])
    if words & _PASSING:
        return None
    if words & _OVER:
        return "button_press", 0.0
    return "button_press", max(_PRESSES.get(word, 1.0) for word in words)


READ: dict[str, Callable[[Report, str, Any], None]] = {
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_LEVELS, _level),
    "voltage": _voltage,
    "state": _state,
    "fall_down_status": _fall,
    "action": _action,
    "click": _action,
}

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
        if milliseconds is None:
            return frame.time_ns
        heard_ns = int(milliseconds * 1_000_000)
    return heard_ns if 0 < heard_ns < frame.time_ns - _WAITED_NS else frame.time_ns
