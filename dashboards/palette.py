"""Colours and words that mean the same on every dashboard.

After Okabe and Ito's colours, which people with any colour vision tell apart. They fill; on the light ones Grafana
writes dark, on the dark ones white, at 4.5 to 1 and more. Nothing is ever green: what is well is blue, what is not
known is grey. Words come from the tables of the program, so that screen, alert and book say the same.
"""

from collections.abc import Callable

from dashboards.panels import Look, Steps, Word
from gateway.concern import CLOSE, LEARNING_DAY, URGENT, VISIT, Judged, Reason
from gateway.concern import NOT_HEARD as DARK
from gateway.concern import UNKNOWN as NOT_KNOWN
from gateway.story import Outcome
from rules.core.explain import LEARNING_DAYS
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
    Reason.CALM: "Nothing stands out",
    Reason.LEARNING: "Getting to know the days",
    Reason.AWAY: "Away from home",
    Reason.NOT_ASSESSED: "Could not be assessed",
    Reason.LITTLE_SEEN: "Little could be seen",
    Reason.BLIND: "Kinlight may see nothing",
    Reason.ALERT: "An alert is open",
    Reason.SOS: "Help button pressed",
    Reason.NO_MOVEMENT: "No movement for longer than usual",
    Reason.COLD_ROOM: "A cold room",
    Reason.NIGHT_DOOR: "Outside door at night, nobody seen since",
    Reason.NOT_BACK: "Went out, not back for longer than usual",
    Reason.PLAN_DATE: "A date in the plan cannot be right",
    Reason.UNANSWERED: "An alert is over, and nobody answered it",
    Reason.PATTERN: "The routine has changed",
}
_COLOURS = (PLAIN, WATCH, ACT)
"""Of what is worth knowing, worth a visit or a call, and needed now: whatever it is about."""


def _why(unknown: dict[Reason, str], calm: Word, said: Callable[[Reason, int], str]) -> tuple[Word, ...]:
    """Words for each `why`: what is not known in grey, the rest in the colour of its urgency."""
    days = range(1, LEARNING_DAYS + 1)
    learning = unknown[Reason.LEARNING]
    return (
        calm,
        *(Word(float(r), text, UNKNOWN) for r, text in unknown.items()),
        *(Word(float(LEARNING_DAY + n), f"{learning}: day {n} of {LEARNING_DAYS}", UNKNOWN) for n in days),
        *(
            Word(float(100 * urgency + r), said(r, urgency), colour)
            for r in Reason
            if r >= Reason.ALERT
            for urgency, colour in enumerate(_COLOURS, start=1)
        ),
    )


WHY = (
    *_why(
        {r: _SAID[r] for r in NOT_KNOWN},
        Word(float(Reason.CALM), _SAID[Reason.CALM], CALM),
        lambda reason, _: _SAID.get(reason) or _PATTERNS.get(reason.name, reason.name),
    ),
    NOT_HEARD,
)
"""What `why` means, to a nurse."""

_NOT_SEEN = "We could not see enough to say"
_CAME_UP = (
    "Something small came up: see below",
    "Something came up: worth a call today",
    "Something came up: see below",
)
_PLAINLY = {
    Reason.COLD_ROOM: ("A room is cool: see below", "A room is cold: worth a call", "A room is very cold: call now"),
    Reason.PLAN_DATE: ("The plan wants a look: see below", *_CAME_UP[1:]),
    Reason.UNANSWERED: ("Something came up and is over. Nobody has answered yet", *_CAME_UP[1:]),
}
_CHANGED = ("Something may be changing; nothing to do yet", *2 * ("Days have changed: worth a call",))
PLAIN_WHY = _why(
    {
        Reason.LEARNING: "Kinlight is getting to know the days",
        Reason.AWAY: "Nobody seems to be at home",
        Reason.NOT_ASSESSED: _NOT_SEEN,
        Reason.LITTLE_SEEN: _NOT_SEEN,
        Reason.BLIND: _NOT_SEEN,
    },
    Word(float(Reason.CALM), "Nothing needs you now", WELL),
    lambda reason, urgency: _PLAINLY.get(reason, _CAME_UP if reason < Reason.PATTERN else _CHANGED)[urgency - 1],
)
"""The same for a family: no kind of trouble is named where it could be read without the story."""

JUDGED = (
    Word(float(Judged.YES), "Yes", PLAIN),
    Word(float(Judged.LEARNING), "No: the usual is still being learned", UNKNOWN),
    Word(float(Judged.AWAY), "No: nobody was at home, by the plan or for most of the day", UNKNOWN),
    Word(float(Judged.BLIND), "No: too little was heard of the sensors", UNKNOWN),
    Word(float(Judged.NO_PATTERN), "Hardly: what is heard shows too little of any kind of change", UNKNOWN),
    Word(float(Judged.NOT_THEIR_OWN), "No: it was no day of their own (visitors, or just back home)", UNKNOWN),
    NOT_HEARD,
)

RULES = (
    Word("sos", "Help button pressed", ACT),
    Word("no_movement", "Nobody seen for longer than usual", ACT),
    Word("night_door", "Outside door at night, nobody seen since", ACT),
    Word("cold_room", "A cold room", WATCH),
    Word("deterioration", "The days have changed", WATCH),
    Word("device_silent", "A sensor is not heard", UNKNOWN),
    Word("battery_low", "Batteries are low", UNKNOWN),
    Word("kinlight", "Part of the box is not working", UNKNOWN),
)
STATES = (
    Word("active", "open", ACT),
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
OUTCOMES = (
    Word(Outcome.DELIVERED.value, "delivered", PLAIN),
    Word(Outcome.FAILED.value, "failed: not delivered", ACT),
    Word(Outcome.NOBODY.value, "nobody in the plan is told of this", WATCH),
)
PATTERN_WORDS = tuple(Word(p.name, p.words.capitalize(), WATCH) for p in PATTERNS)
OPEN = ": alert open"
OPEN_WORDS = tuple(Word(f"{p.name}{OPEN}", f"{p.words.capitalize()}{OPEN}", WATCH) for p in PATTERNS)
_ABOUT = {"home": "the whole home", "plan": "the plan", "out": "out, not back", "view": "nothing can be seen"}
SUBJECTS = (*PATTERN_WORDS, *(Word(name, text, PLAIN) for name, text in _ABOUT.items()))
"""What an alert is about: a pattern, the home, or else a room or a sensor by its own name."""

CONCERN: Steps = ((None, WELL), (CLOSE, "#F0E442"), (VISIT, WATCH), (URGENT, ACT))
CONCERN_WORDS = (*(Word(n, f"{n:g}", UNKNOWN) for n in (*NOT_KNOWN.values(), DARK)), UNKNOWN_WORD)
"""A concern that stands for what is not known has a number of its own, and is grey."""


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
