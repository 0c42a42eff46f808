"""The alert and its changes.

What an alert is: a life cycle with one row for each change, not a message.

`gateway.alerts.book` decides the changes, `gateway.alerts.journal` keeps them, `gateway.alerts.wording` puts them into
words.
"""

from dataclasses import dataclass
from enum import StrEnum

from rules.terms.finding import Finding, Priority


class State(StrEnum):
    """Where an alert stands. Only a human answer stops escalation."""

    PENDING = "pending"  # true, but not yet for long enough to tell anybody
    ASKING = "asking"  # the person at home is asked first
    ACTIVE = "active"  # people are being told
    ACKNOWLEDGED = "acknowledged"  # somebody is on it, until a time
    RESOLVED = "resolved"  # over: answered, the rule's own clearing condition came true, or nobody answered


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands after its latest change."""

    id: int  # counts up from 1 in each home; what people type
    finding: Finding  # the latest evidence
    state: State
    raised_ns: int  # when the finding was first true
    changed_ns: int  # when `state` last changed
    by: str = ""  # who acknowledged or resolved it; "" when nobody did
    answered_ns: int = 0  # when they did
    until_ns: int = 0  # ACKNOWLEDGED: when it returns if nobody resolves it
    note: str = ""
    tried_ns: int = 0  # when the box last set out to tell people; whether it reached anybody stands in the attempts
    ended_ns: int = 0  # since when its rule no longer says so, though it is still open; 0 while it does
    settled: bool = False  # ACKNOWLEDGED by "resolve" while still true: it ends when that does
    reminders: int = 0  # how often it was told again since there was last news of it

    @property
    def ended(self) -> bool:
        """The rule no longer says so, and only a person's word is missing."""
        return self.finding.latching and self.ended_ns > 0 and not called(self.finding)

    @property
    def unanswered(self) -> bool:
        """Over, though only a person could have ended it, and nobody did."""
        return self.state is State.RESOLVED and self.finding.latching and not self.by


@dataclass(frozen=True, slots=True)
class Change:
    """One committed row: the alert after the change, and whether people are to be told of it."""

    alert: Alert
    time_ns: int
    tell: bool
    still_open: tuple[str, ...] = ()  # where it is over: what the same rule says that is not
    late: bool = False  # it could not be told when it happened


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to an alert."""

    alert_id: int
    action: str  # "ack" or "resolve"
    by: str
    time_ns: int
    minutes: int = 30  # "ack": for how long
    note: str = ""


def called(finding: Finding) -> bool:
    """Whether somebody called for help: that is not over because it was long ago."""
    return finding.latching and finding.again_ns > 0 and finding.priority is Priority.HIGH
