"""Colours and words that mean the same on every dashboard.

After Okabe and Ito's colours, which people with any colour vision tell apart. They fill; on the light ones Grafana
writes dark, on the dark ones white, at 4.5 to 1 and more. Nothing is ever green: what is well is blue, what is not
known is grey. Words come from the tables of the program, so that screen, alert and book say the same.
"""

from dashboards.panels import Look, Steps, Word
from gateway.concern import VISIT, Reason
from rules.core.patterns import PATTERNS

WELL = "#8CCBF0"  # sky blue
CALM = "#3A6A86"  # the same, quiet enough to fill a column with
WATCH = "#F5B335"  # orange
ACT = "#B34700"  # vermilion
UNKNOWN = "#BDBDBD"  # grey
NONE = "–"  # there is none, which is known; what is not known is grey
PLAIN = "transparent"  # neither good nor bad: as the page is
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
    Reason.COLD_ROOM: ("A cold room", WATCH),
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
_CAME_UP, _CHANGED = ("Something came up: see below", ACT), ("Days have changed: worth a call", WATCH)
_PLAINLY[Reason.COLD_ROOM] = ("A room is cold: worth a call", WATCH)
PLAIN_REASONS = tuple(Word(float(r), *_PLAINLY.get(r, _CAME_UP if r < Reason.PATTERN else _CHANGED)) for r in Reason)
"""The same for a family: no kind of trouble is named where it could be read without the story."""

RULES = (
    Word("sos", "Help button pressed", ACT),
    Word("no_movement", "No movement for longer than usual", ACT),
    Word("night_door", "Outside door at night, nobody seen since", ACT),
    Word("cold_room", "A cold room", WATCH),
    Word("deterioration", "The days have changed", WATCH),
    Word("device_silent", "A sensor is not heard", UNKNOWN),
    Word("battery_low", "Batteries are low", UNKNOWN),
    Word("kinlight", "Part of the box is not working", UNKNOWN),
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
BLANK = Word(None, "", PLAIN)
VERDICTS = (
    Word(1.0, "it was useful", WELL),
    Word(0.0, "nothing was found", WATCH),
    Word(-1.0, "rating taken back", UNKNOWN),
    BLANK,
)
PATTERN_WORDS = tuple(Word(p.name, p.words.capitalize(), WATCH) for p in PATTERNS)
OPEN = ": alert open"
OPEN_WORDS = tuple(Word(f"{p.name}{OPEN}", f"{p.words.capitalize()}{OPEN}", WATCH) for p in PATTERNS)
SUBJECTS = (*PATTERN_WORDS, Word("home", "the whole home", PLAIN), Word("plan", "the plan", PLAIN))
"""What an alert is about: a pattern, the home, or else a room or a sensor by its own name."""

CONCERN: Steps = ((None, WELL), (25.0, "#F0E442"), (VISIT, WATCH), (60.0, ACT))


def over(watch: float, act: float | None = None) -> Steps:
    """More is worse: well below `watch`."""
    return ((None, WELL), (watch, WATCH)) + (((act, ACT),) if act is not None else ())


def under(act: float, watch: float) -> Steps:
    """Less is worse: well from `watch` on."""
    return ((None, ACT), (act, WATCH), (watch, WELL))


def cell(unit: str, steps: Steps, width: int = 0, decimals: int | None = 0, *, unknown: str = "not known") -> Look:
    """A number in a table: filled only where it is worth a look, so that what is stands out."""
    none = Word(None, unknown, PLAIN if unknown == NONE else UNKNOWN)
    return Look(unit, decimals, _quiet(steps), (none,), cell="fill", width=width)


def plain(unit: str, decimals: int | None = None) -> Look:
    """A number that is neither good nor bad."""
    return Look(unit, decimals, ((None, PLAIN),), (UNKNOWN_WORD,))


def number(unit: str, steps: Steps, decimals: int | None = 0) -> Look:
    """A number that is filled where it is worth a look; grey where it is not known."""
    return Look(unit, decimals, _quiet(steps), (UNKNOWN_WORD,))


def _quiet(steps: Steps) -> Steps:
    return tuple((value, PLAIN if colour == WELL else colour) for value, colour in steps)
