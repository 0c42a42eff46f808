"""What shows that somebody moves, what of it tells nothing, and who else it may have been. Shared by rules."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rules.base import Finding, Priority, Window
from rules.core.day import care_day
from rules.core.declared import Kind, Period
from rules.words import listed, plain

SEEING = ("motion", "presence", "contact_open", "vibration", "in_bed", "zone_enter", "zone_leave")
"""Quantities that show somebody moving without being asked to."""
SIGNS = (*SEEING, "button_press", "sos")
"""Everything that means somebody is up and about; the same as `drivers.quantity.SIGNS_OF_LIFE`."""


def unheard(window: Window, blind: NDArray[np.intp], of: int) -> str:
    """Which of `of` movement sensors could not be heard, by their columns; "" where all could."""
    if not len(blind):
        return ""
    names = listed(sorted({plain(window.channels[i].sensor) for i in blind}))
    return f"not heard: {names} ({len(blind)} of {of} movement sensors)"


def never_pauses(window: Window) -> NDArray[np.bool_]:
    """(N,) channels that have fired for a day and a night without a pause: no sign of anybody."""
    held = window.learned.chattering if window.learned else {}
    if not held:  # nearly always, and this is asked every minute
        return np.zeros(len(window.channels), dtype=np.bool_)
    return np.array([channel.id in held for channel in window.channels], dtype=np.bool_)


def stuck_words(window: Window, columns: NDArray[np.intp]) -> str:
    """Which sensors are stuck, by their columns; "" for none."""
    names = sorted({plain(window.channels[i].sensor) for i in columns.tolist()})
    return f"fires without a pause, so it tells nothing: {listed(names, 3)}" if names else ""


def absence(window: Window, time_ns: int) -> Period | None:
    """The absence the plan declares for the care day of `time_ns`."""
    if not window.learned or not window.learned.declared.periods:
        return None
    return window.learned.declared.absence(care_day(time_ns, window.zone))


def carer_there(window: Window, time_ns: int) -> bool:
    """Whether a carer is usually in at that time, as declared."""
    return bool(window.learned and time_ns and window.learned.declared.carer_there(window.local(time_ns)))


def household_words(window: Window, day_ns: int, sign_ns: int, at: str) -> str:
    """Who else may have moved, as declared: on the care day of `day_ns`, and a carer at `sign_ns`, told as `at`."""
    if not window.learned:
        return ""
    declared = window.learned.declared
    today = declared.period(care_day(day_ns, window.zone)) if declared.periods else None
    visitors = today.words if today and today.kind is Kind.VISITORS else ""
    carer = f"a carer is usually there at {at}" if carer_there(window, sign_ns) else ""
    return joined(declared.household, visitors, carer)


def contradicted(finding: Finding, away: Period, seen: str, next_step: str) -> Finding:
    """The plan says that nobody is at home, and the sensors that somebody was: milder, and what to do about both."""
    missing = joined(f"the plan says {away.words}, and {seen}", finding.missing)
    return replace(finding, priority=Priority.MEDIUM, next_step=next_step, missing=missing)


def joined(*missing: str) -> str:
    """All that could not be seen or told apart, in one line."""
    return "; ".join(filter(None, missing))
