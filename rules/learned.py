"""What the core has learned of the person so far, as the rules see it beside the minutes of the window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules.core.day import Role
from rules.core.declared import NOTHING_DECLARED, Declared
from rules.core.explain import DayStatus, Explanation
from rules.core.hazard import Quiet


@dataclass(frozen=True, slots=True)
class Learned:
    """Replaced whole: `quiet` every minute, the rest at the close of a care day (06:00 local)."""

    quiet: Quiet  # the silence that is open now, against the person's own
    status: DayStatus | None = None  # None before the first care day has closed
    day: int = 0  # the care day last closed
    day_end_ns: int = 0
    explanations: tuple[Explanation, ...] = ()  # open patterns
    sensors: Mapping[Role, Sequence[str]] = field(default_factory=dict)  # channel ids behind each role
    declared: Declared = NOTHING_DECLARED  # what the family's plan says of the home
    lived_days: int = 0  # care days in a row that were lived in the home though the plan says that nobody is there
    chattering: Mapping[str, int] = field(default_factory=dict)  # channels that never pause, and since when (UTC ns)
