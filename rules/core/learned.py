"""The core's read model for rules.

What the core has learned of the person so far, as the rules see it beside the minutes of the window.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from rules.core.calendar import SLOT_MINUTES, SLOTS, kind_of
from rules.core.day import Role
from rules.core.declared import NOTHING_DECLARED, Declared
from rules.core.explain import DayStatus, Explanation
from rules.core.hazard import Quiet
from rules.core.profile import WARM_UP, Rows

AROUND = 2  # quarter hours before and after: nobody is on time to the minute
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """The routine of the home as it was when the last care day closed: a night is judged by one and the same."""

    profile: Rows  # (2, 96, ROLES), events a minute, copies

    def times(self, role: Role, local: datetime) -> float:
        """How often `role` is usually active in the 75 minutes around a local time, on such a day (weekday or weekend).

        NaN until each of the five quarter hours has been learned 7 times.
        """
        slot = (local.toordinal() - _EPOCH) * SLOTS + (local.hour * 60 + local.minute) // SLOT_MINUTES
        total = 0.0
        for each in range(slot - AROUND, slot + AROUND + 1):
            at = (kind_of(each), each % SLOTS, role)
            if self.profile.learned[at] < WARM_UP:
                return math.nan
            total += float(self.profile.mean[at])
        return SLOT_MINUTES * total


@dataclass(frozen=True, slots=True)
class Learned:
    """Replaced whole: `quiet` every minute, `sensors` with a new one, the rest at the close of a care day (06:00)."""

    quiet: Quiet  # the silence that is open now, against the person's own
    status: DayStatus | None = None  # None before the first care day has closed
    day: int = 0  # the care day last closed
    day_end_ns: int = 0
    explanations: tuple[Explanation, ...] = ()  # the open episode, if there is one
    sensors: Mapping[Role, Sequence[str]] = field(default_factory=dict)  # channel ids behind each role
    usual: Usual | None = None  # how often each role is active at a time of day; None where nothing is learned
    declared: Declared = NOTHING_DECLARED  # what the family's plan says of the home
    lived_days: int = 0  # care days in a row that were lived in the home though the plan says that nobody is there
    chattering: Mapping[str, int] = field(default_factory=dict)  # what fires like a machine, and since when (UTC ns)
    beat_s: Mapping[str, float] = field(default_factory=dict)  # what of it fires by the clock, and how often
    partly_ns: int = 0  # when not every movement sensor could be heard last (UTC ns)
    blind_ns: tuple[int, int] = (0, 0)  # when nobody could be seen last (UTC ns); the end is 0 while it lasts
