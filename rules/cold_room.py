"""A room that stays colder than is good for an older person.

UKHSA (blog of 2014; the same figures stand in NHS surgery tables): heat rooms in use to at least 18 °C; below 16 °C
breathing is at risk, below 12 °C heart and circulation, after more than 2 hours. The text gives the advice, not the
illness.

The mean is over time: a sensor that reports only changes is in between where it was. A silent sensor says nothing.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.kit.contract import Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import hours, listed, plain

TITLE = "A room is too cold"

ROUNDING_C = 1e-6  # a mean of minutes differs from them by less


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    cool_c: float = 18.0
    """Low priority below this (UKHSA: rooms in use at 18 °C or more)."""
    cold_c: float = 16.0
    """Medium priority below this (UKHSA)."""
    very_cold_c: float = 12.0
    """High priority below this (UKHSA)."""
    over_hours: float = 2.0
    """The mean of this long counts (UKHSA: more than 2 hours)."""
    back_c: float = 0.5
    """Over once the mean is this far above the limit, so that it does not come and go. Proposal."""
    coverage: float = 0.5
    """At least this share of the time must be known: a sensor that reports hourly always reaches half. Proposal."""
    ignore_rooms: tuple[str, ...] = ()
    """Rooms that may be cold: a porch, a larder."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not -30 < self.very_cold_c <= self.cold_c <= self.cool_c < 40:
            raise ValueError("very_cold_c, cold_c and cool_c must rise, between -30 and 40")
        if not 0.25 <= self.over_hours <= 24 or not 0 <= self.back_c <= 5 or not 0 < self.coverage <= 1:
            raise ValueError("over_hours must be 0.25 to 24, back_c 0 to 5, coverage above 0 and at most 1")

    def check(self, window: Window) -> list[Finding]:
        """One finding for each cold room."""
        columns = window.where("room_temperature_c")
        columns = columns[~window.silent[columns] & np.isfinite(window.last_value[columns])]
        rooms: dict[str, list[int]] = {}
        for column in columns:
            rooms.setdefault(window.channels[column].room, []).append(int(column))
        found = (self._room(window, room, at) for room, at in sorted(rooms.items()) if room not in self.ignore_rooms)
        return [finding for finding in found if finding is not None]

    def _room(self, window: Window, room: str, columns: list[int]) -> Finding | None:
        span = max(1, round(self.over_hours * 60))
        held = _held(window, columns)
        if np.fmin.reduce(held[-span:]) > self.cool_c + self.back_c + ROUNDING_C:
            return None  # as most rooms are most of the time: the mean is above every limit, whatever came before
        means, known = _rolling(held, span)
        means = np.where(known >= self.coverage, means, np.nan)
        if not len(means) or np.isnan(means[-1]):
            return None
        bands = ((self.very_cold_c, Priority.HIGH), (self.cold_c, Priority.MEDIUM), (self.cool_c, Priority.LOW))
        for limit_c, priority in bands:
            since = _since(means, limit_c, self.back_c)
            if since >= 0:
                since_ns = max(0, window.time_ns - (len(means) - 1 - since) * NS_PER_MINUTE)
                cold = _Cold(float(means[-1]), float(known[-1]), priority, since_ns)
                return self._finding(window, room, columns, cold)
        return None

    def _finding(self, window: Window, room: str, columns: list[int], cold: "_Cold") -> Finding:
        name = plain(room) or "room"
        silent = [i for i in window.where("room_temperature_c") if window.channels[i].room == room and window.silent[i]]
        gaps = [f"{100 * (1 - cold.known):.0f} % of that time is not known"] if cold.known < 0.995 else []
        if silent:
            gaps.append(f"silent: {listed(plain(window.channels[i].sensor) for i in silent)}")
        return Finding(
            rule="cold_room",
            subject=room,
            kind=AlertKind.PERSONAL,
            priority=cold.priority,
            what=f"{name[0].upper()}{name[1:]} is cold: {cold.mean_c:.1f} °C",
            since_ns=cold.since_ns,
            next_step="Ring and ask: is the heating on, is a window open, is somebody using this room?",
            usual=f"{self.cool_c:g} °C or more is advised for rooms in use",
            now=f"{cold.mean_c:.1f} °C on average over {hours(self.over_hours)}",
            sensors=tuple(window.channels[i].id for i in columns),
            missing="; ".join(gaps),
            clears=f"{name} back above {self.cool_c + self.back_c:g} °C",
        )


class _Cold(NamedTuple):
    """What was found in a room."""

    mean_c: float
    known: float  # share of the time with a reading
    priority: Priority
    since_ns: int


def _held(window: Window, columns: list[int]) -> NDArray[np.float64]:
    """(M,) the room's temperature minute by minute: each sensor keeps its value until the next, the sensors' mean."""
    minutes = len(window.value)
    begin_ns = window.time_ns - minutes * NS_PER_MINUTE
    held = np.full((minutes, len(columns)), np.nan)
    for at, column in enumerate(columns):
        value = window.value[:, column]
        heard = np.flatnonzero(np.isfinite(value))
        if len(heard):
            held[heard[0] :, at] = np.repeat(value[heard], np.diff(heard, append=minutes))
        elif 0 < window.last_ns[column] <= begin_ns:  # alive, and unchanged since before the window
            held[:, at] = window.last_value[column]
    if len(columns) == 1:
        return held[:, 0]
    known = ~np.isnan(held)
    count = known.sum(axis=1)
    total = np.where(known, held, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _rolling(minutes: NDArray[np.float64], span: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(M,) mean over the `span` minutes up to each, and the share of them that is known."""
    known = np.isfinite(minutes)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, minutes, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    begin = np.maximum(np.arange(len(minutes)) + 1 - span, 0)
    n = count[1:] - count[begin]
    means = np.where(n > 0, (total[1:] - total[begin]) / np.maximum(n, 1), np.nan)
    return means, n / span


def _since(means: NDArray[np.float64], limit_c: float, back_c: float) -> int:
    """The row from which the mean has counted as below `limit_c`, or -1: once below, until `back_c` above it."""
    above = np.flatnonzero(means >= limit_c + back_c)
    start = int(above[-1]) + 1 if len(above) else 0
    below = np.flatnonzero(means[start:] < limit_c)
    return start + int(below[0]) if len(below) else -1
