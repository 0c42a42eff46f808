"""Early deterioration: the person's days have changed, in a way that is worth checking.

What the core finds at the close of each care day (`rules.core.detector`) becomes one finding for as long as the episode
is open, with the latest figures: what rises while it is open is news of it, not another finding. How often chance alone
may speak is a setting; people's answers move it for a pattern.
"""

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import ClassVar, Final

from rules.core.confounders import Flag
from rules.core.day import care_day_bounds_ns
from rules.core.explain import DayStatus, Explanation
from rules.core.learned import Learned
from rules.core.patterns import PATTERNS
from rules.kit.contract import Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.words import MONTHS, listed

TITLE: Final = "Early deterioration: the person's days have changed"

MEDIUM: Final = frozenset({"urinary", "strain", "eating_drinking", "slowing_down", "vital_signs"})
"""Patterns that can be an illness on its way: act today. The others are worth knowing this week."""

LIVED_DAYS = 2  # one is the day of leaving, or a neighbour who waters the plants
LEAST_DAYS, MOST_DAYS = 10, 365  # beyond, the figure is a wish: days of a life are not alike
_FLAG_WORDS: Final = {Flag.AWAY: "away", Flag.VISITORS: "visitors", Flag.GRACE: "just back after days away"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings. The core takes them at the close of a care day."""

    days_between_false_alerts: float = 30.0
    """How often chance may raise an alert; up to 180 that is measured (docs/detection.md): 30 gives 0.9 in 30 days."""

    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not LEAST_DAYS <= self.days_between_false_alerts <= MOST_DAYS:
            raise ValueError(f"days_between_false_alerts must be from {LEAST_DAYS} to {MOST_DAYS}")

    def check(self, window: Window) -> list[Finding]:
        """One finding for the open episode; one where the plan says that nobody is there, and somebody is."""
        learned = window.learned
        if learned is None:
            return []
        return [_finding(each, learned, window.zone) for each in learned.explanations] + _lived_in(learned, window.zone)


def _finding(e: Explanation, learned: Learned, zone: tzinfo) -> Finding:
    began = date.fromordinal(e.since_day)
    joined = [p for name in e.joined for p in PATTERNS if p.name == name]
    now_also = f"; now also {listed([p.words for p in joined])}" if joined else ""
    return Finding(
        rule="deterioration",
        subject=e.pattern,
        kind=AlertKind.PERSONAL,
        priority=Priority.MEDIUM if MEDIUM & {e.pattern, *e.joined} else Priority.LOW,
        what=f"{e.words[0].upper()}{e.words[1:]}{now_also}",
        since=f"about {began.day} {MONTHS[began.month - 1]}",
        since_ns=care_day_bounds_ns(e.since_day, zone)[0],
        next_step=" ".join((e.next_step, *(p.next_step for p in joined))),
        changes=e.changes + e.vitals + e.also,
        sensors=tuple(s for role in e.roles for s in learned.sensors.get(role, ())),
        missing=_missing(e, learned),
        chance=" ".join((e.chance, *_so_far(learned.status), f"The usual is made of {e.baseline_days} days.")),
        clears=e.clears,
        again_ns=care_day_bounds_ns(e.told_day, zone)[1] if joined else 0,
    )


def _so_far(status: DayStatus | None) -> tuple[str, ...]:
    """How often it really happened here, beside how often chance alone would."""
    if status is None or not status.alerts:
        return ()
    times = "once" if status.alerts == 1 else f"{status.alerts} times"
    return (f"Here such an alert came {times} in {status.assessed_days} days.",)


def _lived_in(learned: Learned, zone: tzinfo) -> list[Finding]:
    """A forgotten last day would otherwise leave out every day from then on, and nobody would know."""
    period = learned.declared.absence(learned.day)
    if period is None or learned.lived_days < LIVED_DAYS:
        return []
    first = learned.day - learned.lived_days + 1
    began = date.fromordinal(first)
    return [
        Finding(
            rule="deterioration",
            subject="plan",
            kind=AlertKind.PERSONAL,
            priority=Priority.LOW,
            what=f"The plan says {period.words}, and somebody lives in the home",
            since=f"{began.day} {MONTHS[began.month - 1]}",
            since_ns=care_day_bounds_ns(first, zone)[0],
            next_step="If they are back, write the last day into the plan and restart the box.",
            now=f"{learned.lived_days} days in a row looked lived in",
            missing="; ".join(filter(None, ("days in the plan are not assessed", learned.declared.household))),
            clears="The period ends in the plan, or the home is quiet.",
        )
    ]


def _missing(e: Explanation, learned: Learned) -> str:
    flags = learned.status.flags if learned.status else Flag.NONE
    unseen = round(100.0 * (1.0 - e.coverage))
    period = learned.declared.period(learned.day)
    why = f"{period.words}, as the plan says" if period else _FLAG_WORDS.get(flags, "not enough was heard")
    last = f"{unseen} % of what this rests on could not be seen on the last day" if unseen else ""
    last = f"The last day was not assessed: {why}" if flags else last
    return "; ".join(filter(None, (last, learned.declared.household)))
