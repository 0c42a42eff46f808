"""The learned routine by quarter hours.

The minute tier at work in one home: what every quarter hour usually has here, learned minute by minute.

One series for each `Role`, whatever is fitted: firings, openings or uses a minute, summed over the sensors of the role,
in whole events. An outside door counts once in a quarter of an hour, so that one restless night makes no habit.

What is not learned from:

    a role not fitted, or not heard in that minute   unknown: neither learned nor tested
    possibly out for a quarter of an hour or more    unknown; it cannot be told sooner, so the first minutes count
    a flagged care day (away, visitors, ...)         known only when it ends: what it taught is taken back then
    a role that an open episode rests on             tested, not learned, from the day it opened until it is over

All follows from the minutes it was fed: in whatever blocks they come, stopped and loaded or not, the bits are the same.
"""

import base64
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from rules.core.calendar import SLOT_MINUTES, Minutes
from rules.core.day import OUTSIDE_DOORS, ROLES, Role
from rules.core.learned import Usual
from rules.core.minute import MinuteTier
from rules.core.numeric import LARGEST, MISSING

LEAST_SPREAD = 1.0 / SLOT_MINUTES  # events a minute: one more or less in a quarter hour is nothing unusual


class Routine:
    """State of the home's minute tier; rows wait here until it is known whether somebody was possibly out."""

    def __init__(self) -> None:
        self.tier = MinuteTier(ROLES, LEAST_SPREAD)
        self.usual = Usual(self.tier.profile.kept())
        self._events = [0] * ROLES  # of the minute under way
        self._rows: list[NDArray[np.int16]] = []

    def event(self, role: int) -> None:
        """A movement sensor of this role fired, a door opened, an appliance was switched on, somebody got into bed."""
        self._events[role] += 1

    def minute(self, seen: NDArray[np.bool_]) -> None:
        """A minute ended; `seen` (ROLES,): a sensor of the role is fitted and could be heard in it."""
        row = np.minimum(self._events, LARGEST).astype(np.int16)
        row[~seen] = MISSING
        self._rows.append(row)
        self._events = [0] * ROLES

    def run(self, minute: Minutes, offset: Minutes, away: NDArray[np.bool_]) -> None:
        """The rows since the last call: the UTC minute and the offset of each, and whether the home was away, (T,)."""
        score = np.empty(ROLES, np.float32)
        for at, shift, out, row in zip(minute.tolist(), offset.tolist(), away.tolist(), self._rows, strict=True):
            for door in OUTSIDE_DOORS:
                if row[door] > 0:
                    row[door] = at - int(self.tier.active[door]) >= SLOT_MINUTES
            if out:
                row.fill(MISSING)
            self.tier.tick(at, shift, row, score)
        self._rows.clear()

    def shift(self, minutes: int) -> None:
        """The clock was off by so many minutes; no row waits."""
        self.tier.shift(minutes)

    def close_day(self, flagged: bool, doubtful: Collection[Role]) -> None:
        """A care day ended; `doubtful`: the roles that open episodes rest on."""
        if flagged:
            self.tier.take_back(self.usual.profile)
        else:
            self.usual = Usual(self.tier.profile.kept())
        frozen = np.zeros(ROLES, np.bool_)
        frozen[list(doubtful)] = True
        self.tier.freeze(frozen)

    def save(self) -> str:
        """Everything, as a JSON value; only when a care day has just closed and no row waits."""
        return base64.b64encode(self.tier.save()).decode()

    @classmethod
    def load(cls, saved: str) -> "Routine":
        """What `save` gave. Raises ValueError for another version's, or another number of roles."""
        fresh = cls()
        tier = MinuteTier.load(base64.b64decode(saved))
        if tier.series != ROLES:
            raise ValueError(f"the routine has {tier.series} roles, wanted {ROLES}")
        fresh.tier = tier
        fresh.usual = Usual(tier.profile.kept())
        return fresh
