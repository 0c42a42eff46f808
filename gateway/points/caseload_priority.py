"""The caseload priority of a home.

How much a home concerns a nurse now: one number to sort a caseload by, with its first reason. Pure.

The number is the largest of what can be said (docs/data.md has the table): open alerts about the person come first,
then changes of routine that were found and are not over, then what could not be seen, then evidence that still
gathers. It orders visits and is no measure of illness. What cannot be assessed is never calm: it has a number of its
own.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from gateway.model.alert import Alert, State
from rules.terms.finding import AlertKind, Priority
from rules.terms.time import NS_PER_S

NOT_HEARD = 50.0
"""What the caseload gives a home that has sent nothing for a while: the home itself cannot say so."""

CLOSE = 25.0
"""From here on a pattern is named."""

VISIT = 40.0
"""From here on a home is worth a visit or a call."""

URGENT = 80.0
"""From here on somebody is needed now."""

CHANGED = "deterioration"
"""The rule whose alerts are about a pattern: their subject is its name."""

MOST_DAYS = 1e9  # more is not surer
LITTLE = 0.5  # a day of which less was seen


class Reason(IntEnum):
    """Why, as a number that every store keeps; dashboards turn it into words. Only ever appended to."""

    CALM = 0
    LEARNING = 1
    AWAY = 2
    NOT_ASSESSED = 3
    LITTLE_SEEN = 4
    BLIND = 5
    ALERT = 10
    SOS = 11
    NO_MOVEMENT = 12
    COLD_ROOM = 13
    NIGHT_DOOR = 14
    NOT_BACK = 15
    PLAN_DATE = 16
    UNANSWERED = 17
    PATTERN = 20
    URINARY = 21
    SLOWING_DOWN = 22
    WITHDRAWING = 23
    EATING_DRINKING = 24
    RESTLESS_NIGHTS = 25
    STRAIN = 26
    GOING_OUT_LESS = 27
    GENERAL = 28
    VITAL_SIGNS = 29


UNKNOWN = {
    Reason.LEARNING: 10.0,
    Reason.AWAY: 5.0,
    Reason.NOT_ASSESSED: 38.0,
    Reason.LITTLE_SEEN: 30.0,
    Reason.BLIND: 45.0,
}
"""The numbers of what cannot be assessed. Nothing else has them, so they can be shown as what they are: not known."""

LEARNING_DAY = 1000
"""What is added to the day of learning to make `why` of it."""


class Judged(IntEnum):
    """Whether the last care day could be held against the usual, and why not. Only ever appended to."""

    YES = 0
    LEARNING = 1
    AWAY = 2
    BLIND = 3
    NO_PATTERN = 4
    NOT_THEIR_OWN = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one pattern says today, in days between such evidence by chance.

    `evidence` is its share: the sum over patterns opens an episode when it reaches `threshold`. NaN is not known.
    """

    pattern: str
    evidence: float
    threshold: float
    since_days: float = math.nan  # for how long it has lasted; NaN while no beginning can be told
    alone: bool = False  # it is no part of that sum, and opens one by itself
    odds: float = math.nan  # while its episode is open: the evidence at which that opened


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What could be seen on the last care day."""

    coverage: float = math.nan  # 0 to 1; NaN where nothing can be said
    learning: bool = False
    away: bool = False
    assessed: bool = True
    learning_day: int = 0  # while it is learning: the how manieth day that is; 0 where unknown
    blind: bool = False  # not assessed because too little was heard

    @property
    def judged(self) -> Judged:
        """Whether that day could be compared."""
        if self.learning:
            return Judged.LEARNING
        if self.away:
            return Judged.AWAY
        if not self.assessed:
            return Judged.BLIND if self.blind else Judged.NOT_THEIR_OWN
        return Judged.NO_PATTERN if self.coverage < LITTLE else Judged.YES


@dataclass(frozen=True, slots=True)
class CaseloadPriority:
    """The number and its first reason."""

    concern: float  # 0 to 100
    reason: Reason
    since_h: float  # how long that reason has held; NaN where unknown

    open_alerts: int  # about the person, and not over
    unanswered: int  # of these, those nobody has taken
    day_coverage: DayCoverage

    @property
    def why(self) -> int:
        """Reason and urgency in one number, for a page that says the one in the colour of the other."""
        if self.reason is Reason.LEARNING and self.day_coverage.learning_day:
            return LEARNING_DAY + self.day_coverage.learning_day
        return self.reason + 100 * urgency(self.concern) * (self.reason >= Reason.ALERT)

    def fields(self) -> tuple[tuple[str, float], ...]:
        """The fields of the `home` series that say it."""
        return (
            ("concern", self.concern),
            ("reason", float(self.reason)),
            ("why", float(self.why)),
            ("since_h", self.since_h),
            ("open_alerts", float(self.open_alerts)),
            ("unanswered", float(self.unanswered)),
            ("learning_day", float(self.day_coverage.learning_day) if self.day_coverage.learning else math.nan),
            ("judged", float(self.day_coverage.judged)),
        )


def urgency(number: float) -> int:
    """0: nothing; 1: worth knowing; 2: worth a visit or a call; 3: somebody is needed now."""
    return sum(number >= least for least in (CLOSE, VISIT, URGENT))


_Candidate = tuple[float, Reason, float]
_ALERT = {  # (nobody has it yet, somebody has it)
    Priority.HIGH: (100.0, 80.0),
    Priority.MEDIUM: (70.0, 62.0),
    Priority.LOW: (37.0, 36.0),
}
_ENDED = 35.0  # below every alert that goes on
_NAMED = {("no_movement", "out"): Reason.NOT_BACK, ("deterioration", "plan"): Reason.PLAN_DATE}


def caseload_priority(
    alerts: Iterable[Alert], patterns: Iterable[Evidence], day_coverage: DayCoverage, time_ns: int
) -> CaseloadPriority:
    """The priority at `time_ns`. Alerts that are not yet sure to last, and alerts that are over, count for nothing."""
    raised = [a for a in alerts if a.state not in (State.PENDING, State.RESOLVED)]
    personal = [a for a in raised if a.finding.kind is AlertKind.PERSONAL]
    candidates = _unseen(day_coverage)
    known = list(patterns)
    candidates += [_episode(p) for p in known if math.isfinite(p.odds) and not day_coverage.away]
    candidates += [_gathering(known)] if known and not (day_coverage.learning or day_coverage.away) else []
    candidates += [
        _alert(a, time_ns, day_coverage) for a in raised if a in personal or a.finding.priority is Priority.HIGH
    ]
    number, reason, since_h = max(candidates, key=lambda found: (found[0], found[1]))
    waiting = sum(a.state is not State.ACKNOWLEDGED for a in personal)
    return CaseloadPriority(number, reason, since_h, len(personal), waiting, day_coverage)


def _alert(alert: Alert, time_ns: int, day_coverage: DayCoverage) -> _Candidate:
    """Since when is when it began, where that is known, not when somebody was told of it.

    A change of the days is worth a visit while it lasts, but not in a home that nobody is in.
    """
    finding = alert.finding
    since_ns = min(finding.since_ns or alert.raised_ns, alert.raised_ns)
    since_h = max(0.0, (time_ns - since_ns) / NS_PER_S / 3600.0)
    if finding.kind is AlertKind.TECHNICAL:
        return UNKNOWN[Reason.BLIND], Reason.BLIND, since_h
    if alert.ended:
        ended_h = max(0.0, (time_ns - alert.ended_ns) / NS_PER_S / 3600.0)
        return (_ENDED, Reason.UNANSWERED, ended_h) if alert.state is State.ACTIVE else (0.0, Reason.CALM, math.nan)
    waiting, held = _ALERT[finding.priority]
    number = held if alert.state is State.ACKNOWLEDGED else waiting
    if finding.rule == CHANGED and finding.subject.upper() in Reason.__members__:  # what a nurse wants to read
        return max(number, 0.0 if day_coverage.away else VISIT), _reason(finding.subject, Reason.PATTERN), since_h
    named = _NAMED.get((finding.rule, finding.subject))
    return number, named or _reason(finding.rule, Reason.ALERT), since_h


def _episode(pattern: Evidence) -> _Candidate:
    """A change that was found and is not over, by what it was found with: telling people makes it no smaller."""
    number = max(VISIT, _number(pattern.odds, pattern.threshold))
    return number, _reason(pattern.pattern, Reason.PATTERN), 24.0 * pattern.since_days


def _gathering(patterns: list[Evidence]) -> _Candidate:
    """What gathers in all patterns together or in one that stands alone, named after the largest once well on its way.

    Something is always a little different.
    """
    known = [p for p in patterns if math.isfinite(p.evidence) and p.evidence > 0]
    if not known:
        return 0.0, Reason.CALM, math.nan
    summed, alone = [p for p in known if not p.alone], [p for p in known if p.alone]
    together = math.fsum(min(p.evidence, MOST_DAYS) for p in summed)
    found = [(p.evidence, [p]) for p in alone] + ([(together, summed)] if summed else [])
    days, group = max(found, key=lambda each: each[0])
    largest = max(group, key=lambda p: p.evidence)
    number = _number(days, largest.threshold)
    if number < CLOSE:
        return number, Reason.CALM, math.nan
    return number, _reason(largest.pattern, Reason.PATTERN), 24.0 * largest.since_days


def _number(days: float, threshold: float) -> float:
    """Below the threshold up to 35, from there on 40 to 60 at its square: days by chance are a log scale."""
    known = threshold > 0 and days > 0
    level = math.log1p(days) / math.log1p(threshold) if known else 0.0
    return 35.0 * level if level < 1.0 else VISIT + 20.0 * min(1.0, level - 1.0)


def _unseen(day_coverage: DayCoverage) -> list[_Candidate]:
    found = {
        Judged.YES: Reason.CALM,
        Judged.LEARNING: Reason.LEARNING,
        Judged.AWAY: Reason.AWAY,
        Judged.BLIND: Reason.NOT_ASSESSED,
        Judged.NOT_THEIR_OWN: Reason.NOT_ASSESSED,
        Judged.NO_PATTERN: Reason.LITTLE_SEEN,
    }[day_coverage.judged]
    return [(UNKNOWN.get(found, 0.0), found, math.nan)]


def _reason(name: str, otherwise: Reason) -> Reason:
    """The reason called like a rule or a pattern."""
    return Reason.__members__.get(name.upper(), otherwise)
