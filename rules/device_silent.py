"""A sensor has not been heard for longer than it ever is quiet. About the equipment, never about the person.

One cause gives one message: when every sensor is silent, the box lost its stick, its broker or its power; when all that
see movement are silent, they are told together. A sensor is silent only if all it ever sends is. One that fires day and
night without a pause tells as little.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rules.base import AlertKind, Finding, Priority, Window
from rules.signs import SEEING
from rules.words import counted, listed, on, plain

TITLE = "A sensor is no longer heard"

GUARDS = frozenset({"sos", "fall", "smoke", "carbon_monoxide", "water_leak"})
"""Somebody relies on these at once: silence is worth a day's attention."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    hold_minutes: float = 60.0
    """One silent sensor waits this long, so that a cause they share shows first. Proposal."""
    home_hold_minutes: float = 5.0
    """The whole home waits this long: a stick or broker that restarts is back by then. Proposal."""
    ignore_sensors: tuple[str, ...] = ()
    """Sensors that may be away: a pendant, a set of scales used on holiday."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.home_hold_minutes <= 24 * 60 or not 0 <= self.hold_minutes <= 7 * 24 * 60:
            raise ValueError("home_hold_minutes must be 0 to 1440 and hold_minutes 0 to 10080")

    def check(self, window: Window) -> list[Finding]:
        """The home, or all movement sensors, or each silent sensor."""
        heard = {c.sensor for c, silent in zip(window.channels, window.silent.tolist(), strict=True) if not silent}
        silent = {c.sensor for c in window.channels}.difference(heard, self.ignore_sensors)
        chatter = self._chatter(window)
        if not silent:
            return chatter
        columns: dict[str, list[int]] = {}
        for column, channel in enumerate(window.channels):
            if channel.sensor not in self.ignore_sensors:
                columns.setdefault(channel.sensor, []).append(column)
        if len(silent) == len(columns):
            return [self._home(window, columns)]
        seeing = {c.sensor for c in window.channels if c.quantity in SEEING}.difference(self.ignore_sensors)
        together = seeing if len(seeing) > 1 and seeing <= silent else set()
        found = [self._movement(window, {s: columns[s] for s in sorted(together)})] if together else []
        return found + chatter + [self._one(window, s, columns[s], seeing) for s in sorted(silent - together)]

    def _chatter(self, window: Window) -> list[Finding]:
        """Sensors that fire day and night without a pause: they tell nothing, and hide that."""
        held = window.learned.chattering if window.learned else {}
        if not held:  # nearly always, and this is asked every minute
            return []
        found = {c.sensor: (c.id, held[c.id]) for c in window.channels if c.id in held}
        return [
            Finding(
                rule="device_silent",
                subject=f"{sensor} chatter",
                kind=AlertKind.TECHNICAL,
                priority=Priority.LOW,
                what=f"Fires without a pause: {plain(sensor)}",
                since_ns=since_ns,
                next_step="Look for warm air, sun, a loose contact or a weak battery; move it, mend it or replace it.",
                usual="A sensor that sees a person has quiet times",
                now=f"No pause of ten minutes since {on(window.local(since_ns), window.local(window.time_ns))}",
                sensors=(channel,),
                missing=f"what {plain(sensor)} would show: it counts as not heard",
                clears=f"{plain(sensor)} pauses for ten minutes",
            )
            for sensor, (channel, since_ns) in sorted(found.items())
            if sensor not in self.ignore_sensors
        ]

    def _home(self, window: Window, columns: dict[str, list[int]]) -> Finding:
        heard_ns, since = _heard(window, (i for at in columns.values() for i in at))
        return Finding(
            rule="device_silent",
            subject="home",
            kind=AlertKind.TECHNICAL,
            priority=Priority.HIGH,
            what="Nothing heard from any sensor",
            since_ns=heard_ns,
            next_step="Check the box's power, its stick or cable, and the broker: it is one cause, not many sensors.",
            now=f"{counted(len(columns), 'sensor')}, none heard since {since}",
            missing="everything: nothing can be said about the person",
            clears="a sensor is heard again",
            hold_s=self.home_hold_minutes * 60,
        )

    def _movement(self, window: Window, columns: dict[str, list[int]]) -> Finding:
        heard_ns, since = _heard(window, (i for at in columns.values() for i in at))
        return Finding(
            rule="device_silent",
            subject="movement sensors",
            kind=AlertKind.TECHNICAL,
            priority=Priority.MEDIUM,
            what="No movement sensor is heard any more",
            since_ns=heard_ns,
            next_step="Walk past one of them. If it stays silent, check its battery and the stick they all talk to.",
            now=f"{listed(plain(s) for s in columns)}: none heard since {since}",
            missing="movement: a quiet home cannot be told from silent sensors",
            clears="a movement sensor is heard again",
            hold_s=self.home_hold_minutes * 60,
        )

    def _one(self, window: Window, sensor: str, columns: list[int], seeing: set[str]) -> Finding:
        heard_ns, since = _heard(window, columns)
        guards = any(window.channels[i].quantity in GUARDS for i in columns)
        only_eye = seeing == {sensor}
        return Finding(
            rule="device_silent",
            subject=sensor,
            kind=AlertKind.TECHNICAL,
            priority=Priority.MEDIUM if guards or only_eye else Priority.LOW,
            what=f"Not heard any more: {plain(sensor)}",
            since_ns=heard_ns,
            next_step="Check its battery and that it is still in its place; press its button once if it has one.",
            now=f"Last heard {since}",
            sensors=tuple(window.channels[i].id for i in columns),
            missing=f"what {plain(sensor)} would show{': it is the only one that sees movement' if only_eye else ''}",
            clears=f"{plain(sensor)} is heard again",
            hold_s=self.hold_minutes * 60,
        )


def _heard(window: Window, columns: Iterable[int]) -> tuple[int, str]:
    """When the last of the columns was heard (or the watch began), as a time and in words."""
    last_ns = max(int(window.last_ns[i]) for i in columns)
    heard_ns = min(last_ns or window.watching_since_ns, window.time_ns)
    return heard_ns, on(window.local(heard_ns), window.local(window.time_ns))
