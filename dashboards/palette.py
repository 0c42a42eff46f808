"""Colours and words that mean the same on every dashboard.

Okabe and Ito's colours, which people with any colour vision tell apart. Nothing is ever green: what is well is blue,
what is not known is grey. Words come from the tables of the program, so that screen, alert and book say the same.
"""

from dashboards.panels import Look, Steps, Word
from gateway.concern import VISIT, Reason
from rules.core.patterns import PATTERNS

WELL = "#56B4E9"  # sky blue
WATCH = "#E69F00"  # orange
ACT = "#D55E00"  # vermilion
UNKNOWN = "#8E8E8E"  # grey
USUAL = "#999999"
LINES = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8E6BBF", "#5F5F5F")

NOT_HEARD = Word(None, "Not heard: nothing is known", UNKNOWN)
UNKNOWN_WORD = Word(None, "not known", UNKNOWN)

_PATTERNS = {p.name.upper(): p.words.capitalize() for p in PATTERNS}
_SAID = {
    Reason.CALM: ("Nothing stands out", WELL),
    Reason.LEARNING: ("Still learning the routine", UNKNOWN),
    Reason.AWAY: ("Away from home", UNKNOWN),
    Reason.NOT_ASSESSED: ("Could not be assessed", UNKNOWN),
    Reason.LITTLE_SEEN: ("Little could be seen", UNKNOWN),
    Reason.BLIND: ("Kinlight may see nothing", UNKNOWN),
    Reason.ALERT: ("An alert is open", ACT),
    Reason.SOS: ("Help button pressed", ACT),
    Reason.NO_MOVEMENT: ("No movement for longer than usual", ACT),
    Reason.COLD_ROOM: ("A cold room", ACT),
    Reason.PATTERN: ("The routine has changed", WATCH),
}
REASONS = (
    *(Word(float(r), *_SAID.get(r, (_PATTERNS.get(r.name, r.name), WATCH))) for r in Reason),
    NOT_HEARD,
)

RULES = (
    Word("sos", "Help button pressed", ACT),
    Word("no_movement", "No movement for longer than usual", ACT),
    Word("cold_room", "A cold room", WATCH),
    Word("device_silent", "A sensor is not heard", UNKNOWN),
)
STATES = (
    Word("active", "people were told", ACT),
    Word("asking", "the person is asked", WATCH),
    Word("acknowledged", "somebody is on it", WATCH),
    Word("resolved", "over", WELL),
)
PRIORITIES = (
    Word("high", "high: act now", ACT),
    Word("medium", "medium: act today", WATCH),
    Word("low", "low: worth knowing", WELL),
)
PATTERN_WORDS = tuple(Word(p.name, p.words.capitalize(), WATCH) for p in PATTERNS)

CONCERN: Steps = ((None, WELL), (25.0, "#F0E442"), (VISIT, WATCH), (60.0, ACT))


def over(watch: float, act: float | None = None) -> Steps:
    """More is worse: well below `watch`."""
    return ((None, WELL), (watch, WATCH)) + (((act, ACT),) if act is not None else ())


def under(act: float, watch: float) -> Steps:
    """Less is worse: well from `watch` on."""
    return ((None, ACT), (act, WATCH), (watch, WELL))


def plain(unit: str, decimals: int | None = None) -> Look:
    """A number that is neither good nor bad."""
    return Look(unit, decimals, ((None, LINES[0]),), (UNKNOWN_WORD,))


def number(unit: str, steps: Steps, decimals: int | None = 0) -> Look:
    """A number whose colour says something; grey where it is not known."""
    return Look(unit, decimals, steps, (UNKNOWN_WORD,))
