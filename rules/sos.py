"""Somebody pressed a help button, or a sensor reports a possible fall.

The trunk keeps old news away (retained and repeated messages never reach `event_ns`), so what is seen here happened.
Whether a fall was a fall is the sensor's own word: the best fall detectors are wrong about once in six person-weeks
at 80 % of falls found (AIDE-MOI, PMC6470846), so the text says "possible" and asks for a call.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rules.kit.contract import Window
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import plain

TITLE = "Help button and possible fall"

_SAID = {"sos": "Help button pressed", "fall": "Possible fall reported"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    together_minutes: int = 30
    """Presses no further apart are one call for help. 30 min: the usual length of an acknowledgement (PagerDuty)."""

    low_battery_percent: float = 15.0
    """Below this the text warns that the next press may not arrive. Proposal: devices stop between 10 and 0 %."""

    wakes_on: ClassVar[frozenset[str]] = frozenset(_SAID)

    def __post_init__(self) -> None:
        if not 1 <= self.together_minutes <= 24 * 60:
            raise ValueError(f"together_minutes must be from 1 to {24 * 60}")

    def check(self, window: Window) -> list[Finding]:
        """One finding for each button or fall sensor that spoke within `together_minutes`."""
        recent_ns = window.time_ns - self.together_minutes * NS_PER_MINUTE
        return [
            self._finding(window, int(column))
            for column in window.where(*_SAID)
            if window.event_ns[column] > 0 and window.event_ns[column] >= recent_ns
        ]

    def _finding(self, window: Window, column: int) -> Finding:
        channel = window.channels[column]
        times, since_ns = self._presses(window, column)
        return Finding(
            rule="sos",
            subject=channel.id,
            kind=AlertKind.PERSONAL,
            priority=Priority.HIGH,
            what=f"{_SAID[channel.quantity]}: {plain(channel.sensor)}",
            since_ns=since_ns,
            next_step="Ring now. If nobody answers, go there, or send somebody who is near.",
            sensors=(channel.id,),
            missing=self._battery(window, channel),
            clears="an answer from one of you",
            latching=True,
            again_ns=int(window.event_ns[column]),
            times=times,
        )

    def _presses(self, window: Window, column: int) -> tuple[int, int]:
        """How often in this call for help, and since when (to the minute). The minute under way counts as one."""
        edge_ns = window.time_ns - window.time_ns % NS_PER_MINUTE
        event_ns = min(int(window.event_ns[column]), window.time_ns)
        said = window.count[:, column]
        begun_ns = edge_ns - (len(said) - np.flatnonzero(said)) * NS_PER_MINUTE  # the minutes with presses, in order
        apart = np.diff(begun_ns, append=event_ns) > (self.together_minutes + 1) * NS_PER_MINUTE
        call = np.flatnonzero(said)[int(np.flatnonzero(apart)[-1]) + 1 if apart.any() else 0 :]
        times = int(said[call].sum(dtype=np.int64)) + (event_ns >= edge_ns)
        if times <= 1 or not len(call):
            return max(1, times), event_ns
        return times, max(0, min(int(begun_ns[-len(call)]), event_ns))

    def _battery(self, window: Window, channel: Channel) -> str:
        for column in window.where("battery_low", "battery_percent"):
            if window.channels[column].sensor != channel.sensor or not math.isfinite(window.last_value[column]):
                continue
            value = float(window.last_value[column])
            percent = window.channels[column].quantity == "battery_percent"
            if (percent and value < self.low_battery_percent) or (not percent and value > 0):
                level = f" ({value:.0f} %)" if percent else ""
                return f"the battery of {plain(channel.sensor)} is low{level}: a further press may not arrive"
        return ""
