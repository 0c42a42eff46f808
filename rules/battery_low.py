"""Batteries that run low: one message for the home, worth one visit, before a sensor falls silent.

A battery's figure is rough: it steps, it falls in the cold and comes back. So a sensor counts from `low_percent` until
it is `back_percent` above it, or where it says itself that it is low. The list may grow while the message is open; told
again is only what got worse: a nearly empty battery, or one that somebody's help button depends on.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from rules.device_silent import GUARDS
from rules.kit.contract import Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import listed, plain

TITLE = "Batteries are low"

MAINS = ("power_w", "current_a", "voltage_v", "energy_kwh", "switch_on")
"""What a plug measures: its battery is none, though some say 0 %."""
NAMED = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    low_percent: float = 20.0
    """Low from here on: weeks are left on most sensors. Proposal."""
    empty_percent: float = 10.0
    """Medium from here on, and where the sensor says itself that it is low: days may be left. Proposal."""
    back_percent: float = 10.0
    """A battery this far above is a new one, not a warm day. Proposal."""
    hold_hours: float = 6.0
    """Those that run low on one day are one message. Proposal."""
    ignore_sensors: tuple[str, ...] = ()
    """Sensors whose figure means nothing."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.empty_percent <= self.low_percent <= 90 or not 0 < self.back_percent <= 90:
            raise ValueError("empty_percent and low_percent must rise, from 0 to 90, and back_percent be above 0")
        if not 0 <= self.hold_hours <= 7 * 24:
            raise ValueError("hold_hours must be 0 to 168")

    def check(self, window: Window) -> list[Finding]:
        """One finding for the home, the lowest battery first."""
        mains = {window.channels[i].sensor for i in window.where(*MAINS)}
        low: dict[str, _Battery] = {}
        for column in window.where("battery_percent", "battery_low"):
            battery = self._battery(window, int(column))
            sensor = window.channels[column].sensor
            if battery and sensor not in mains and sensor not in self.ignore_sensors:
                low[sensor] = battery.beside(low.get(sensor))
        return [self._finding(window, low)] if low else []

    def _battery(self, window: Window, column: int) -> "_Battery | None":
        """The battery behind a column where it is low."""
        last, channel = float(window.last_value[column]), window.channels[column]
        said_ns = min(int(window.event_ns[column] or window.last_ns[column]) or window.time_ns, window.time_ns)
        if channel.quantity == "battery_low":
            return _Battery(np.inf, True, said_ns, (channel.id,)) if last == 1 else None
        new = self.low_percent + self.back_percent
        if not 0 <= last < new:
            return None
        said = window.value[:, column]
        renewed = np.flatnonzero(said >= new)
        start = int(renewed[-1]) + 1 if len(renewed) else 0
        low = np.flatnonzero(said[start:] <= self.low_percent)
        if not len(low):
            return _Battery(last, False, said_ns, (channel.id,)) if last <= self.low_percent else None
        since_ns = window.time_ns - (len(said) - start - int(low[0])) * NS_PER_MINUTE
        return _Battery(last, False, max(0, min(since_ns, said_ns)), (channel.id,))

    def _finding(self, window: Window, low: dict[str, "_Battery"]) -> Finding:
        order = sorted(low, key=lambda sensor: (not low[sensor].says_so, low[sensor].percent, sensor))
        guards = {c.sensor for c in window.channels if c.quantity in GUARDS}
        worst = any(b.says_so or b.percent <= self.empty_percent for b in low.values()) or not guards.isdisjoint(low)
        first = plain(order[0])
        many = len(order) > 1
        return Finding(
            rule="battery_low",
            subject="batteries",
            kind=AlertKind.TECHNICAL,
            priority=Priority.MEDIUM if worst else Priority.LOW,
            what=f"{len(order)} batteries are low, {first} first" if many else f"Battery low: {first}",
            since_ns=min(battery.since_ns for battery in low.values()),
            next_step=f"Change {'them on one visit' if many else 'it'} before {first} falls silent; the old battery"
            " says what size it is.",
            now=listed((f"{plain(sensor)} {low[sensor].said()}" for sensor in order), NAMED),
            sensors=tuple(name for sensor in order for name in low[sensor].channels),
            clears="every one of them says that its battery is full again",
            hold_s=self.hold_hours * 3600,
        )


class _Battery(NamedTuple):
    """A low battery of one sensor."""

    percent: float  # infinite where only the sensor's own word is known
    says_so: bool
    since_ns: int
    channels: tuple[str, ...]

    def beside(self, other: "_Battery | None") -> "_Battery":
        """The two channels of one sensor taken together."""
        if other is None:
            return self
        return _Battery(
            min(self.percent, other.percent),
            self.says_so or other.says_so,
            min(self.since_ns, other.since_ns),
            (*other.channels, *self.channels),
        )

    def said(self) -> str:
        """What the sensor says of it."""
        return f"{self.percent:.0f} %" if self.percent < np.inf else "says so itself"
