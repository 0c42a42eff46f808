"""A sensor that fires like a machine: a loose contact, a dying battery, a movement sensor beside a heater.

A person pauses. In 24 real homes no sensor went on for longer than seven hours without ten quiet minutes
(`benchmarks.chatter`); sleep, another room or an outing see to that. A role that does so for most of a day, and far
beyond its own busiest day, was not heard that day: unknown, not more. A sensor that has not paused for a whole day and
night is no sign of life until it does.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, ROLES, DayEvents
from rules.core.state import fill, pack, unpack
from rules.terms.time import moved

PAUSE_S = 600.0  # somebody who moves about leaves a sensor alone for as long, again and again
RUN_S = 10 * 3600.0  # without such a pause: seven hours were the most in real homes
RUN_UNKNOWN_S = 20 * 3600.0  # the same while the role's busiest day is not known yet
FAR = 2.0  # times the firings of its own busiest day
MEMORY_DAYS, LEAST_DAYS = 28, 7
NIGHT_AND_DAY_NS = 24 * 3600 * 10**9
VERSION = 1

Flags = NDArray[np.bool_]


def longest_run_s(time_s: NDArray[np.float64]) -> float:
    """The longest stretch of ascending firing times without a pause of ten minutes, in seconds; 0 for none."""
    if not time_s.size:
        return 0.0
    edges = np.flatnonzero(np.diff(time_s) > PAUSE_S)
    begins, ends = np.concatenate(([0], edges + 1)), np.concatenate((edges, [time_s.size - 1]))
    return float((time_s[ends] - time_s[begins]).max())


def chattering(day: DayEvents, busiest: NDArray[np.float64]) -> Flags:
    """(ROLES,) which roles fired like a machine on `day`; `busiest` (ROLES,): firings of their busiest day, or NaN."""
    found = np.zeros(ROLES, np.bool_)
    for role in range(ROLES):
        time_s = np.sort(day.time_s[day.role == role])
        known = bool(np.isfinite(busiest[role]))
        far = not known or time_s.size > FAR * busiest[role]
        found[role] = far and longest_run_s(time_s) >= (RUN_S if known else RUN_UNKNOWN_S)
    return found


def without(day: DayEvents, roles: Flags) -> DayEvents:
    """`day` as if these roles (ROLES,) had not been heard. Of two outside doors one alone cannot tell who went out."""
    if not roles.any():
        return day
    gone = roles.copy()
    gone[list(OUTSIDE_DOORS)] |= roles[list(OUTSIDE_DOORS)].any()
    stays = ~roles[np.clip(day.role, 0, ROLES - 1)]
    return replace(day, time_s=day.time_s[stays], role=day.role[stays], heard=day.heard & ~gone)


class Busiest:
    """How often each role fired on its busiest day of the last 28 on which it was heard and did not chatter."""

    def __init__(self) -> None:
        self.ring = np.zeros((MEMORY_DAYS, ROLES), np.int64)
        self.days = np.zeros(ROLES, np.int64)

    def most(self) -> NDArray[np.float64]:
        """(ROLES,) firings; NaN before a week of days."""
        return np.where(self.days >= LEAST_DAYS, self.ring.max(axis=0), np.nan)

    def judge(self, day: DayEvents, *, learn_from: bool = True) -> Flags:
        """(ROLES,) which roles chattered on `day`, which is learned from for the others where it may be."""
        found = chattering(day, self.most())
        if not learn_from:
            return found
        learn = np.flatnonzero(day.heard & ~found)
        firings = np.bincount(day.role[(day.role >= 0) & (day.role < ROLES)], minlength=ROLES)
        self.ring[self.days[learn] % MEMORY_DAYS, learn] = firings[learn]
        self.days[learn] += 1
        return found

    def save(self) -> bytes:
        """The whole state."""
        return pack("busiest days", VERSION, {}, {"ring": self.ring, "days": self.days})

    @classmethod
    def load(cls, raw: bytes) -> "Busiest":
        """Raises StateError for bytes that are not such a state of this version."""
        fresh = cls()
        fill({"ring": fresh.ring, "days": fresh.days}, unpack(raw, "busiest days", VERSION)[1])
        return fresh


class Pauses:
    """Since when each channel has gone on without a pause. Times are UTC nanoseconds."""

    def __init__(self) -> None:
        self.held: dict[int, tuple[int, int]] = {}  # channel -> since when, and when last

    def fired(self, channel: int, time_ns: int) -> bool:
        """The channel fired: whether that may be a sign of life, as it may until it goes on for a day and a night."""
        since_ns, last_ns = self.held.get(channel, (time_ns, time_ns))
        if time_ns - last_ns > PAUSE_S * 1e9:
            since_ns = time_ns
        self.held[channel] = since_ns, max(last_ns, time_ns)
        return time_ns - since_ns < NIGHT_AND_DAY_NS

    def chattering(self, time_ns: int) -> dict[int, int]:
        """The channels that are no sign of life at `time_ns`, and since when each has not paused."""
        return {
            channel: since_ns
            for channel, (since_ns, last_ns) in self.held.items()
            if last_ns - since_ns >= NIGHT_AND_DAY_NS and time_ns - last_ns <= PAUSE_S * 1e9
        }

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off."""
        self.held = {
            channel: (moved(a, delta_ns, since_ns), moved(b, delta_ns, since_ns))
            for channel, (a, b) in self.held.items()
        }
