"""Signs of life in the window.

What shows that somebody moves, what of it tells nothing, and who else it may have been. Shared by rules.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rules.core.day import care_day
from rules.core.declared import Kind, Period
from rules.kit.contract import Window
from rules.terms.channel import Channel
from rules.terms.finding import Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import listed, plain

SEEING = ("motion", "presence", "contact_open", "vibration", "in_bed", "zone_enter", "zone_leave")
"""Quantities that show somebody moving without being asked to."""
SIGNS = (*SEEING, "bed_load_kg", "button_press", "sos")
"""Everything whose change means that somebody lives and moves; the same as `drivers.kit.quantity.SIGNS_OF_LIFE`."""
IN_BED_KG = 20.0
"""A load cell under a bed: more is a person, less is bedding and a cat."""
LIVE_NS = 30 * NS_PER_MINUTE
"""A gauge says how it is now for so long: those of beds report every few minutes."""


def eyes(channels: Sequence[Channel], doors: Collection[str]) -> list[int]:
    """Columns that could see somebody move about; `doors`: sensors on the doors that lead out.

    A bed sees only who lies in it, and a door who passes: they are eyes where there is nothing else.
    """
    seeing = [i for i, c in enumerate(channels) if c.quantity in SEEING]
    inside = [i for i in seeing if channels[i].quantity != "contact_open" or channels[i].sensor not in doors]
    return [i for i in inside if channels[i].quantity != "in_bed"] or inside or seeing


def unseeing(window: Window, columns: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of the columns cannot be heard."""
    found: NDArray[np.bool_] = window.silent[columns] | (window.last_ns[columns] == 0)
    return found


def in_bed(window: Window) -> list[int]:
    """Columns that say, now, that somebody lies in a bed: it is occupied, bears a person, or feels one breathe."""
    beds = {window.channels[i].sensor for i in window.where("in_bed", "bed_load_kg").tolist()}
    found = []
    for i in window.where("in_bed", "bed_load_kg", "respiration_per_min", "pulse_bpm").tolist():
        channel, value = window.channels[i], float(window.last_value[i])
        if window.silent[i] or not math.isfinite(value) or channel.sensor not in beds:
            continue
        fresh = channel.quantity == "in_bed" or window.time_ns - window.last_ns[i] <= LIVE_NS
        if fresh and value > (IN_BED_KG if channel.quantity == "bed_load_kg" else 0.0):
            found.append(i)
    return found


def beds_words(window: Window) -> str:
    """Whether the bed is occupied, as far as that is known."""
    if in_bed(window):
        return "Somebody is in the bed"
    beds = window.where("in_bed", "bed_load_kg")
    empty = len(beds) and not window.silent[beds].any() and np.isfinite(window.last_value[beds]).all()
    return "The bed is empty" if empty else ""


def unheard(window: Window, blind: NDArray[np.intp], of: int) -> str:
    """Which of `of` movement sensors could not be heard, by their columns; "" where all could."""
    if not len(blind):
        return ""
    names = listed(sorted({plain(window.channels[i].sensor) for i in blind}))
    return f"not heard: {names} ({len(blind)} of {of} movement sensors)"


def chattering_columns(window: Window) -> NDArray[np.bool_]:
    """(N,) channels that have fired for a day and a night without a pause: no sign of anybody."""
    held = window.learned.chattering if window.learned else {}
    if not held:  # nearly always, and this is asked every minute
        return np.zeros(len(window.channels), dtype=np.bool_)
    return np.array([channel.id in held for channel in window.channels], dtype=np.bool_)


def chattering_words(window: Window, columns: NDArray[np.intp]) -> str:
    """Which sensors chatter, by their columns; "" for none."""
    names = sorted({plain(window.channels[i].sensor) for i in columns.tolist()})
    return f"fires like a machine, so it tells nothing: {listed(names, 3)}" if names else ""


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
