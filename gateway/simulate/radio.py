"""A Zigbee device as zigbee2mqtt shows it: one JSON object that repeats everything it remembers.

Shapes, units and traps as in recorded messages: battery voltage in mV, `last_seen` as local time, the cached state
sent again with every report, `water_leak: null` until the device has spoken, retained availability.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from drivers.kit.contract import Frame
from gateway.simulate.battery import Flat

BASE_TOPIC: Final = "zigbee2mqtt"
DEVICE: Final = "zigbee"  # the configured device all of them arrive through
Fields = dict[str, float | bool | str | None]


def time_ns(time_s: float) -> int:
    """UTC nanoseconds, at the microsecond a float of seconds can hold."""
    return round(time_s * 1e6) * 1000


class Radio:
    """One device on the air."""

    def __init__(self, name: str, zone: ZoneInfo, rng: np.random.Generator, remembered: Fields) -> None:
        self.name = name
        self.zone = zone
        self.remembered = remembered
        self.battery_powered = "battery" in remembered
        self.full_percent = float(rng.uniform(72, 100))
        self.percent_per_day = float(rng.uniform(0.02, 0.12))
        self.link = float(rng.uniform(45, 190))
        self.flat: Flat | None = None

    def report(self, time_s: float, age_days: float, rng: np.random.Generator, **fresh: float | bool | str) -> Frame:
        """The device spoke: what it said joins what is remembered, and all of it is published."""
        self.remembered.update(fresh)
        self.remembered["linkquality"] = int(min(255, max(3, self.link + rng.normal(0, 9))))
        self.remembered["last_seen"] = datetime.fromtimestamp(int(time_s), self.zone).isoformat()
        if self.battery_powered:
            percent = max(1.0, self.full_percent - self.percent_per_day * age_days)
            percent = self.flat.percent(percent, age_days) if self.flat else percent
            self.remembered["battery"] = round(percent)
            self.remembered["voltage"] = round((2750 + 3.1 * percent + rng.normal(0, 4)) / 5) * 5
        return self.repeat(time_s + float(rng.uniform(0.02, 0.35)))

    def repeat(self, time_s: float, **changed: float | bool) -> Frame:
        """Publish what is remembered, without the device having spoken; `changed` is the software's own doing."""
        self.remembered.update(changed)
        text = json.dumps(self.remembered, separators=(",", ":"), sort_keys=True)
        return Frame(time_ns(time_s), DEVICE, text.encode(), f"{BASE_TOPIC}/{self.name}")


def state_frame(time_s: float, name: str, online: bool, retain: bool = False) -> Frame:
    """Availability of a device, or with name "bridge" the state of zigbee2mqtt itself."""
    topic = f"{BASE_TOPIC}/bridge/state" if name == "bridge" else f"{BASE_TOPIC}/{name}/availability"
    payload = b'{"state":"online"}' if online else b'{"state":"offline"}'
    return Frame(time_ns(time_s), DEVICE, payload, topic, retain)


def every(start_s: float, end_s: float, period_s: float, rng: np.random.Generator) -> Iterator[float]:
    """Times of regular reports, each with its jitter of a tenth."""
    time_s = start_s + float(rng.uniform(0, period_s))
    while time_s < end_s:
        yield time_s
        time_s += period_s * float(rng.uniform(0.9, 1.1))
