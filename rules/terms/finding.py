"""A finding: what a rule saw, with its evidence."""

from dataclasses import dataclass
from enum import StrEnum


class AlertKind(StrEnum):
    """Who is concerned: the person, or the people who keep the box seeing."""

    PERSONAL = "personal"
    TECHNICAL = "technical"


class Priority(StrEnum):
    """Severity of harm and time to act, in the words of alarm practice."""

    HIGH = "high"  # act now
    MEDIUM = "medium"  # act today
    LOW = "low"  # worth knowing this week


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw, with its evidence, in words a family reads. "Worth checking", never a diagnosis."""

    rule: str  # the rule's module name
    subject: str  # what it is about: a room, a sensor, "home"; (rule, subject) is the finding's identity
    kind: AlertKind
    priority: Priority
    what: str  # one sentence: what is worth checking
    since_ns: int  # since when
    next_step: str  # what to do
    since: str = ""  # the same in words, where a day is all that is known: "about 27 February"
    usual: str = ""
    now: str = ""
    changes: tuple[str, ...] = ()  # instead of the two where several things moved: usual and now of each, on one line
    sensors: tuple[str, ...] = ()  # channel ids it rests on
    missing: str = ""  # what could not be seen
    chance: str = ""  # how often such a level is reached by chance
    clears: str = ""  # what would end it
    hold_s: float = 0.0  # how long it must last before anybody is told
    latching: bool = False  # only a person may end it
    again_ns: int = 0  # for what happens rather than lasts: when it last happened; a new time is told again
    times: int = 0  # for what is counted: how often since `since_ns`; an open alert goes on counting
