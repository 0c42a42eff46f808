"""Early deterioration: the person's days have changed, in a way that is worth checking.

What the core finds at the close of each care day (`rules.core.detector`) becomes a finding for as long as the episode
is open, with the latest figures. Its thresholds are days between chance alerts; people's answers move them.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from rules.base import NS_PER_S, AlertKind, Finding, Priority, Window
from rules.core.explain import DayStatus, Explanation
from rules.learned import Learned

TITLE: Final = "Early deterioration: the person's days have changed"

MEDIUM: Final = frozenset({"urinary", "strain", "eating_drinking", "slowing_down"})
"""Patterns that can be an illness on its way: act today. The others are worth knowing this week."""

NS_PER_DAY = 86_400 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def check(self, window: Window) -> list[Finding]:
        """One finding for each open pattern."""
        learned = window.learned
        return [_finding(each, learned) for each in learned.explanations] if learned else []


def _finding(e: Explanation, learned: Learned) -> Finding:
    since_ns = learned.day_end_ns - (learned.day - e.since_day + 1) * NS_PER_DAY
    began = date.fromordinal(e.since_day)
    return Finding(
        rule="deterioration",
        subject=e.pattern,
        kind=AlertKind.PERSONAL,
        priority=Priority.MEDIUM if e.pattern in MEDIUM else Priority.LOW,
        what=f"{e.words[0].upper()}{e.words[1:]}, since about {began.day} {began:%B}",
        since_ns=since_ns,
        next_step=e.next_step,
        changes=e.changes + e.also,
        sensors=tuple(s for role in e.roles for s in learned.sensors.get(role, ())),
        missing=_missing(e),
        chance=" ".join((e.chance, *_so_far(learned.status), f"The usual is made of {e.baseline_days} days.")),
        clears=e.clears,
    )


def _so_far(status: DayStatus | None) -> tuple[str, ...]:
    """How often it really happened here, beside how often chance alone would."""
    if status is None or not status.alerts:
        return ()
    times = "once" if status.alerts == 1 else f"{status.alerts} times"
    return (f"Here such an alert came {times} in {status.assessed_days} days.",)


def _missing(e: Explanation) -> str:
    unseen = round(100.0 * (1.0 - e.coverage))
    return f"{unseen} % of what this rests on could not be seen on the last day." if unseen else ""
