"""Colours and words that mean the same on every dashboard.

Okabe and Ito's colours, which people with any colour vision tell apart. Nothing is ever green: what is well is blue,
what is not known is grey. Words come from the tables of the program, so that screen, alert and book say the same.
"""

from dashboards.panels import Look, Steps, Word
from gateway.concern import VISIT, Reason
from rules.core.patterns import PATTERNS

WELL = "#56B4E9"  # sky blue
CALM = "#3A6A86"  # the same, quiet enough to fill a column with
WATCH = "#E69F00"  # orange
ACT = "#D55E00"  # vermilion
UNKNOWN = "#8E8E8E"  # grey
USUAL = "#999999"
LINES = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8E6BBF", "#5F5F5F")

NOT_HEARD = Word(None, "Not heard: nothing is known", UNKNOWN)
UNKNOWN_WORD = Word(None, "not known", UNKNOWN)

_PATTERNS = {p.name.upper(): p.words.capitalize() for p in PATTERNS}
_SAID = {
    Reason.CALM: ("Nothing stands out", CALM),
    Reason.LEARNING: ("Still learning the routine", UNKNOWN),
    Reason.AWAY: ("Away from home", UNKNOWN),
    Reason.NOT_ASSESSED: ("Could not be assessed", UNKNOWN),
    Reason.LITTLE_SEEN: ("Little could be seen", UNKNOWN),
    Reason.BLIND: ("Kinlight may see nothing", UNKNOWN),
    Reason.ALERT: ("An alert is open", ACT),
    Reason.SOS: ("Help button pressed", ACT),
    Reason.NO_MOVEMENT: ("No movement for longer than usual", ACT),
    Reason.COLD_ROOM: ("A cold room", ACT),
    Reason.NIGHT_DOOR: ("Outside door at night, nobody seen since", ACT),
    Reason.PATTERN: ("The routine has changed", WATCH),
}
REASONS = (
    *(Word(float(r), *_SAID.get(r, (_PATTERNS.get(r.name, r.name), WATCH))) for r in Reason),
    NOT_HEARD,
)

_NOT_SEEN = ("We could not see enough to say", UNKNOWN)
_PLAINLY = {
    Reason.CALM: ("Nothing needs you now", WELL),
    Reason.LEARNING: ("Kinlight is still getting to know the days", UNKNOWN),
    Reason.AWAY: ("Nobody seems to be at home", UNKNOWN),
    Reason.NOT_ASSESSED: _NOT_SEEN,
    Reason.LITTLE_SEEN: _NOT_SEEN,
    Reason.BLIND: _NOT_SEEN,
}
_CAME_UP, _CHANGED = ("Something came up: see below", ACT), ("Days have changed a little: worth a call", WATCH)
PLAIN_REASONS = tuple(Word(float(r), *_PLAINLY.get(r, _CAME_UP if r < Reason.PATTERN else _CHANGED)) for r in Reason)
"""The same for a family: no kind of trouble is named where it could be read without the story."""

RULES = (
    Word("sos", "Help button pressed", ACT),
    Word("no_movement", "No movement for longer than usual", ACT),
    Word("night_door", "Outside door at night, nobody seen since", ACT),
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


def cell(unit: str, steps: Steps, width: int = 0, decimals: int | None = 0, *, unknown: str = "not known") -> Look:
    """A number in a table: coloured only where it is worth a look, so that what is stands out."""
    quiet = tuple((value, "text" if colour == WELL else colour) for value, colour in steps)
    return Look(unit, decimals, quiet, (Word(None, unknown, UNKNOWN),), cell="text", width=width)


def plain(unit: str, decimals: int | None = None) -> Look:
    """A number that is neither good nor bad."""
    return Look(unit, decimals, ((None, "text"),), (UNKNOWN_WORD,))


def number(unit: str, steps: Steps, decimals: int | None = 0) -> Look:
    """A number whose colour says something; grey where it is not known."""
    return Look(unit, decimals, steps, (UNKNOWN_WORD,))
