"""A sensor has not been heard for longer than it ever is quiet. About the equipment, never about the person.

One cause gives one message: when every sensor is silent, the box lost its stick, its broker or its power; when all that
hang on one stick are, they are told together; then all that see movement. A sensor is silent only if all it ever sends
is. One that fires like a machine tells as little. One that was never heard since the box began to watch is told within
a day: a name that was typed wrong looks like that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rules.kit.contract import NEVER_HEARD_S, Sensor, Window
from rules.kit.signs import chattering_columns, eyes, unseeing
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from rules.terms.words import counted, duration, listed, on, plain

TITLE = "A sensor is no longer heard"

GUARDS = frozenset({"sos", "fall", "smoke", "carbon_monoxide", "water_leak"})
"""Somebody relies on these at once: silence is worth a day's attention."""
HELP_BUTTON = "help_button"
HELP_WORDS = frozenset({"sos", "help", "pendant", "panic", "emergency"})
"""A sensor whose name says so is a help button, whether or not it was ever pressed."""
HOME, MOVEMENT = "home", "movement sensors"
NOTHING = "nothing can be said about the person"
RING = "Ring to hear that all is well, then check the box, its stick and the sensors' batteries."


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    hold_minutes: float = 60.0
    """One silent sensor waits this long, so that a cause they share shows first. Proposal."""
    home_hold_minutes: float = 5.0
    """The whole home waits this long: a stick or broker that restarts is back by then. Proposal.

    A bridge that says it is offline does not wait, once the box has watched for so long.
    """
    blind_hours: float = 10.0
    """Nobody could be seen for so long: worth a call to the person. As long as `no_movement` waits by day."""
    ignore_sensors: tuple[str, ...] = ()
    """Sensors that may be away: a pendant, a set of scales used on holiday."""
    outside_doors: tuple[str, ...] = ()
    """Sensors on doors that lead out, beside those whose role or name says front or back door (docs/rules.md)."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.home_hold_minutes <= 24 * 60 or not 0 <= self.hold_minutes <= 7 * 24 * 60:
            raise ValueError("home_hold_minutes must be 0 to 1440 and hold_minutes 0 to 10080")
        if not 0 < self.blind_hours <= 7 * 24:
            raise ValueError("blind_hours must be above 0 and at most 168")

    def check(self, window: Window) -> list[Finding]:
        """The home, or a stick, or all movement sensors, or each silent sensor; then what was never heard."""
        watched = [s for s in window.sensors if s.name not in self.ignore_sensors]
        silent = [s for s in watched if s.silent]
        if silent and len(silent) == len(watched):
            return [self._together(window, HOME, silent, urgent=False)]
        seeing = {window.channels[i].sensor for i in eyes(window.channels, self.outside_doors)}
        found, told = self._machines(window), set[str]()
        for subject, sensors in _causes(watched, seeing):
            names = {s.name for s in sensors}
            urgent = bool(seeing) and seeing <= names and self._long(window, max(s.heard_ns for s in sensors))
            if len(sensors) > 1:
                found.append(self._together(window, subject, sensors, urgent=urgent))
            else:
                found.append(self._one(window, sensors[0], seeing, urgent=urgent))
            told |= names
        never = [s for s in silent if not s.heard_ns]
        found += [self._never(window, s.name, [s], Priority.HIGH) for s in never if is_help_button(window, s)]
        others = [s for s in never if not is_help_button(window, s)]
        if (not seeing or not seeing <= told) and (view := self._view(window, others)) is not None:
            found.append(view)  # which names the others
        elif others:
            found.append(self._never(window, "never heard", others, Priority.MEDIUM))
        return found

    def _long(self, window: Window, heard_ns: int) -> bool:
        return window.time_ns - heard_ns >= self.blind_hours * 3600 * NS_PER_S

    def _machines(self, window: Window) -> list[Finding]:
        """Sensors that fire day and night without a pause, or by the clock: they tell nothing, and hide that."""
        held = window.learned.chattering if window.learned else {}
        if not held or window.learned is None:  # nearly always, and this is asked every minute
            return []
        beats = window.learned.beat_s
        found = {c.sensor: (c.id, held[c.id]) for c in window.channels if c.id in held}
        return [
            Finding(
                rule="device_silent",
                subject=f"{sensor} chatter",
                kind=AlertKind.TECHNICAL,
                priority=Priority.LOW,
                what=f"Fires {'by the clock' if channel in beats else 'without a pause'}: {plain(sensor)}",
                since_ns=since_ns,
                next_step="Look for warm air, sun, a loose contact, a weak battery, or a setting by which it reports"
                " itself; mend it, move it or replace it.",
                usual="A sensor that sees or is pressed by a person has quiet times and keeps no beat",
                now=f"{_beat(beats.get(channel))} since {on(window.local(since_ns), window.local(window.time_ns))}",
                sensors=(channel,),
                missing=f"nothing is known from {plain(sensor)}: it counts as not heard",
                clears=f"{plain(sensor)} pauses or changes its beat",
            )
            for sensor, (channel, since_ns) in sorted(found.items())
            if sensor not in self.ignore_sensors
        ]

    def _together(self, window: Window, subject: str, sensors: Sequence[Sensor], *, urgent: bool) -> Finding:
        """Several sensors with one cause: the whole home, those of one stick, or all that see movement."""
        heard_ns, since = _heard(window, sensors)
        names, urgent_words = listed(plain(s.name) for s in sensors), f"; {NOTHING}" if urgent else ""
        what, next_step, missing, clears = {
            HOME: (
                "Nothing heard from any sensor",
                "Check the box's power, its stick or cable, and the broker: it is one cause, not many sensors.",
                f"everything: {NOTHING}",
                "a sensor is heard again",
            ),
            MOVEMENT: (
                "No movement sensor is heard any more",
                "Walk past one of them. If it stays silent, check its battery and the stick they all talk to.",
                f"movement: a quiet home cannot be told from silent sensors{urgent_words}",
                "a movement sensor is heard again",
            ),
        }.get(
            subject,
            (
                f"Nothing heard any more from what hangs on {plain(subject)}",
                f"Check the stick or cable of {plain(subject)}, and its program: it is one cause, not many sensors.",
                f"until then nothing is known from {names}{urgent_words}",
                "a sensor of it is heard again",
            ),
        )
        who = f"{counted(len(sensors), 'sensor')}," if subject == HOME else f"{names}:"
        high = urgent or subject == HOME or any(is_help_button(window, s) for s in sensors)
        return Finding(
            rule="device_silent",
            subject=subject,
            kind=AlertKind.TECHNICAL,
            priority=Priority.HIGH if high else Priority.MEDIUM,
            what=what,
            since_ns=heard_ns,
            next_step=RING if urgent else next_step,
            now=f"{who} none heard since {since}",
            missing=missing,
            clears=clears,
            hold_s=0.0 if self._is_off(window, sensors) else self.home_hold_minutes * 60,
        )

    def _is_off(self, window: Window, sensors: Sequence[Sensor]) -> bool:
        """Whether what they hang on says itself that it is off, and not because the whole box has just started."""
        watched_s = (window.time_ns - window.watching_since_ns) / NS_PER_S
        return watched_s >= self.home_hold_minutes * 60 and not any(s.reachable for s in sensors)

    def _one(self, window: Window, sensor: Sensor, seeing: set[str], *, urgent: bool) -> Finding:
        heard_ns, since = _heard(window, [sensor])
        only_eye = seeing == {sensor.name}
        of_it = [c for c in window.channels if c.sensor == sensor.name]
        priority = Priority.MEDIUM if only_eye or any(c.quantity in GUARDS for c in of_it) else Priority.LOW
        return Finding(
            rule="device_silent",
            subject=sensor.name,
            kind=AlertKind.TECHNICAL,
            priority=Priority.HIGH if urgent or is_help_button(window, sensor) else priority,
            what=f"Not heard any more: {plain(sensor.name)}",
            since_ns=heard_ns,
            next_step=RING
            if urgent
            else "Check its battery and that it is still in its place; press its button once if it has one.",
            now=f"Last heard {since}",
            sensors=tuple(c.id for c in of_it),
            missing=_unknown(window, [sensor]) + only_eye * ": it is the only one that sees movement",
            clears=f"{plain(sensor.name)} is heard again",
            hold_s=self.hold_minutes * 60,
        )

    def _never(self, window: Window, subject: str, sensors: Sequence[Sensor], priority: Priority) -> Finding:
        names = listed(plain(s.name) for s in sensors)
        return Finding(
            rule="device_silent",
            subject=subject,
            kind=AlertKind.TECHNICAL,
            priority=priority,
            what=f"Never heard: {names}",
            since_ns=min(window.watching_since_ns, window.time_ns),
            next_step="Press it or walk past it. If it stays so, compare its address in gateway.toml letter by letter"
            " with the device's own name, and pair it again.",
            now=f"Nothing heard of {names} since Kinlight began to watch",
            missing=_unknown(window, sensors),
            clears=f"{names} {'is' if len(sensors) == 1 else 'are'} heard",
            hold_s=self.hold_minutes * 60,
        )

    def _view(self, window: Window, never: Sequence[Sensor]) -> Finding | None:
        """Nobody can be seen, and no silent sensor explains it: none was ever heard, or those that are tell nothing."""
        columns = np.array(eyes(window.channels, self.outside_doors), dtype=np.intp)
        chattering = chattering_columns(window)[columns]
        if not window.sensors or not (unseeing(window, columns) | chattering).all():
            return None
        held = window.learned.chattering if window.learned else {}
        since_ns = max((held.get(window.channels[i].id, 0) for i in columns.tolist()), default=window.watching_since_ns)
        since_ns = min(since_ns, window.time_ns)
        if window.time_ns - since_ns < (NEVER_HEARD_S if not len(columns) else self.blind_hours * 3600) * NS_PER_S:
            return None
        names = listed(plain(s.name) for s in never)
        return Finding(
            rule="device_silent",
            subject="view",
            kind=AlertKind.TECHNICAL,
            priority=Priority.HIGH,
            what="Kinlight cannot see whether anybody moves",
            since_ns=since_ns,
            next_step=RING,
            usual="At least one movement sensor is heard",
            now="No movement sensor was ever heard"
            if not len(columns)
            else f"{counted(len(columns), 'movement sensor')}: not heard, or firing like a machine",
            missing="; ".join(filter(None, (f"never heard: {names}" if names else "", NOTHING))),
            clears="a movement sensor is heard",
        )


def is_help_button(window: Window, sensor: Sensor) -> bool:
    """Whether somebody relies on the sensor to call for help: declared, named so, or it was pressed for it."""
    words = plain(sensor.name).lower().split()
    pressed = any(c.sensor == sensor.name and c.quantity == "sos" for c in window.channels)
    return sensor.role == HELP_BUTTON or pressed or not HELP_WORDS.isdisjoint(words)


def _causes(watched: Sequence[Sensor], seeing: set[str]) -> list[tuple[str, list[Sensor]]]:
    """The sensors that fell silent, by what they share: a stick, that they see movement, or nothing."""
    found, gone = [], [s for s in watched if s.silent and s.heard_ns]
    for device in sorted({s.device for s in gone}):
        behind = [s for s in watched if s.device == device and s.heard_ns]
        if len(behind) > 1 and all(s.silent for s in behind):
            named_alike = any(s.name == device for s in watched)
            found.append((f"{device} stick" if named_alike else device, behind))
            gone = [s for s in gone if s.device != device]
    movement = [s for s in gone if s.name in seeing]
    if len(movement) > 1 and len(movement) == len(seeing):
        found.append((MOVEMENT, movement))
        gone = [s for s in gone if s not in movement]
    return found + [(s.name, [s]) for s in gone]


def _beat(interval_s: float | None) -> str:
    return "No pause of ten minutes" if interval_s is None else f"Every {duration(interval_s)}, day and night,"


def _heard(window: Window, sensors: Iterable[Sensor]) -> tuple[int, str]:
    """When the last of the sensors was heard (or the watch began), as a time and in words."""
    last_ns = max(s.heard_ns for s in sensors)
    heard_ns = min(last_ns or window.watching_since_ns, window.time_ns)
    return heard_ns, on(window.local(heard_ns), window.local(window.time_ns))


def _unknown(window: Window, sensors: Sequence[Sensor]) -> str:
    """What it means for the person that these are not heard."""
    names = listed(plain(s.name) for s in sensors)
    if all(is_help_button(window, s) for s in sensors):
        return f"until then a press of {names} reaches nobody"
    return f"until then nothing is known from {names}"
