"""What an alert is: a life cycle with one row for each change, not a message.

`gateway.alerts` decides the changes, `gateway.alert_journal` keeps them, `gateway.wording` puts them into words.
"""

from dataclasses import dataclass
from enum import StrEnum

from rules.base import Finding


class State(StrEnum):
    """Where an alert stands. Only a human answer stops escalation."""

    PENDING = "pending"  # true, but not yet for long enough to tell anybody
    ASKING = "asking"  # the person at home is asked first
    ACTIVE = "active"  # people are being told
    ACKNOWLEDGED = "acknowledged"  # somebody is on it, until a time
    RESOLVED = "resolved"  # over: answered, or the rule's own clearing condition came true


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands after its latest change."""

    id: int  # counts up from 1 in each home; what people type
    finding: Finding  # the latest evidence
    state: State
    raised_ns: int  # when the finding was first true
    changed_ns: int  # when `state` last changed
    by: str = ""  # who acknowledged or resolved it; "" when the rule cleared it
    until_ns: int = 0  # ACKNOWLEDGED: when it returns if nobody resolves it
    note: str = ""
    told_ns: int = 0  # when people were last told of it
    ended_ns: int = 0  # since when its rule no longer says so, though it is still open; 0 while it does
    settled: bool = False  # ACKNOWLEDGED by "resolve" while still true: it ends when that does


@dataclass(frozen=True, slots=True)
class Change:
    """One committed row: the alert after the change, and whether people are to be told of it."""

    alert: Alert
    time_ns: int
    tell: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to an alert."""

    alert_id: int
    action: str  # "ack" or "resolve"
    by: str
    time_ns: int
    minutes: int = 30  # "ack": for how long
    note: str = ""
