"""Colours and words that mean the same on every dashboard.

After Okabe and Ito's hues, which people with any colour vision tell apart, and each fill of another lightness, the
more urgent the darker, so that they differ in grey-scale and on paper, too; a word or number stands wherever one is.
Grafana writes dark on the light ones, white on the dark ones, at 4.5 to 1 and more; lines reach 3 to 1 on white and on
black. Nothing is ever green: what is well is blue, what is not known is grey. Words come from the tables of the
program, so that screen, alert and book say the same.
"""

from collections.abc import Callable

from dashboards.panels import Look, Steps, Word
from gateway.model.delivery_outcome import DeliveryOutcome
from gateway.points.caseload_priority import LEARNING_DAY, URGENT, VISIT, Judged, Reason
from gateway.points.caseload_priority import NOT_HEARD as DARK
from gateway.points.caseload_priority import UNKNOWN as NOT_KNOWN
from rules.core.explain import LEARNING_DAYS
from rules.core.patterns import PATTERNS

WELL = "#D9EDF9"  # pale blue
WATCH = "#F5B335"  # orange
ACT = "#7F2600"  # dark vermilion
UNKNOWN = "#6E6E6E"  # grey
OPEN = "#B34700"  # vermilion: an alert that is open, seen at the width of an hour in a strip of weeks
NONE = "–"  # there is none, which is known; what is not known is grey
NOT_YET, NOT_RATED = "not yet", "not rated"  # known, too
PLAIN = "transparent"  # neither good nor bad: as the page is
USUAL = "#8A8A8A"
MARK = "#D55E00"  # where a line or a mark says "worth checking"
LINES = ("#0072B2", "#B8860B", "#A0522D", "#9A7D0A", "#6E6E6E", "#2E86C1", "#C24E8C", MARK)
PLAIN_LINES = 4  # the others are dashed: so many colours alone nobody tells apart

NOT_HEARD = Word(None, "Not heard: nothing is known", UNKNOWN)
UNKNOWN_WORD = Word(None, "not known", UNKNOWN)

_FEW_WORDS = {
    Reason.URINARY: "Up to the bathroom more",
    Reason.SLOWING_DOWN: "Moving less, up later",
    Reason.WITHDRAWING: "From room to room less",
    Reason.EATING_DRINKING: "Fewer signs of eating",
    Reason.RESTLESS_NIGHTS: "Restless nights",
    Reason.STRAIN: "Up at night, less by day",
    Reason.GOING_OUT_LESS: "Going out less",
    Reason.GENERAL: "Several things changed",
    Reason.VITAL_SIGNS: "Vital signs changed",
}
"""The patterns' words as a phone has room for them beside the name of a home."""
_SAID = {
    Reason.CALM: "Nothing stands out",
    Reason.LEARNING: "Still learning",
    Reason.AWAY: "Away from home",
    Reason.NOT_ASSESSED: "Could not be assessed",
    Reason.LITTLE_SEEN: "Little could be seen",
    Reason.BLIND: "Kinlight may see nothing",
    Reason.ALERT: "An alert is open",
    Reason.SOS: "Help button pressed",
    Reason.NO_MOVEMENT: "No movement for long",
    Reason.COLD_ROOM: "A cold room",
    Reason.NIGHT_DOOR: "Outside door at night",
    Reason.NOT_BACK: "Went out, not back",
    Reason.PLAN_DATE: "A date in the plan is wrong",
    Reason.UNANSWERED: "Over, nobody answered",
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
        Word(float(Reason.CALM), _SAID[Reason.CALM], PLAIN),
        lambda reason, _: (_SAID | _FEW_WORDS)[reason],
    ),
    NOT_HEARD,
)
"""What `why` means, to a nurse."""

_NOT_SEEN = "We could not see enough to say"
_CAME_UP = (
    "Something small came up: see below",
    "Something came up: worth a call today",
    "Something came up: worth a call now",
)
_PLAINLY = {
    Reason.COLD_ROOM: ("A room is cool: see below", "A room is cold: worth a call", "A room is very cold: call now"),
    Reason.PLAN_DATE: ("The plan wants a look: see below", *_CAME_UP[1:]),
    Reason.UNANSWERED: ("It is over, but nobody has answered", *_CAME_UP[1:]),
}
_CHANGED = ("Perhaps a change; nothing to do yet", *2 * ("Days have changed: worth a call",))
PLAIN_WHY = _why(
    {
        Reason.LEARNING: "Still learning the days",
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
    Word(float(Judged.LEARNING), "No: still learning", UNKNOWN),
    Word(float(Judged.AWAY), "No: nobody was at home", UNKNOWN),
    Word(float(Judged.BLIND), "No: too little was heard", UNKNOWN),
    Word(float(Judged.NO_PATTERN), "Hardly: too little is seen", UNKNOWN),
    Word(float(Judged.NOT_THEIR_OWN), "No: visitors, or just back", UNKNOWN),
    NOT_HEARD,
)

RULES = (
    Word("sos", "Help button", ACT),
    Word("no_movement", "Nobody seen", ACT),
    Word("night_door", "Door at night", ACT),
    Word("cold_room", "Cold room", WATCH),
    Word("deterioration", "Days changed", WATCH),
    Word("device_silent", "Sensor silent", UNKNOWN),
    Word("battery_low", "Battery low", UNKNOWN),
    Word("kinlight", "Box fault", UNKNOWN),
)
STATES = (
    Word("active", "open", ACT),
    Word("asking", "asked", WATCH),
    Word("acknowledged", "taken", WATCH),
    Word("resolved", "over", WELL),
)
PRIORITIES = (
    Word("high", "high: act now", ACT),
    Word("medium", "medium: act today", WATCH),
    Word("low", "low: worth knowing", WELL),
)
BLANK = Word(None, "", PLAIN)
VERDICTS = (
    Word(1.0, "yes", WELL),
    Word(0.0, "nothing found", WATCH),
    Word(-1.0, "taken back", UNKNOWN),
    BLANK,
)
OUTCOMES = (
    Word(DeliveryOutcome.DELIVERED.value, "delivered", PLAIN),
    Word(DeliveryOutcome.FAILED.value, "failed", ACT),
    Word(DeliveryOutcome.NOBODY.value, "nobody named", WATCH),
)
VITAL_WORDS = tuple(
    Word(name, text, PLAIN)
    for name, text in {
        "systolic_mmhg": "Upper pressure",
        "diastolic_mmhg": "Lower pressure",
        "pulse_bpm": "Pulse",
        "spo2_percent": "Oxygen",
        "body_temperature_c": "Temperature",
        "respiration_per_min": "Breathing",
        "weight_kg": "Weight",
        "glucose_mmol_l": "Sugar",
    }.items()
)
PLACES = (
    Word(0.0, "as usual", PLAIN),
    Word(1.0, "below usual", WATCH),
    Word(2.0, "above usual", WATCH),
    Word(None, "not measured", UNKNOWN),
)
"""Where the latest vital sign lies, of which the usual is known."""
PATTERN_WORDS = tuple(Word(p.name, p.words.capitalize(), WATCH) for p in PATTERNS)
IS_OPEN = ": alert open"
OPEN_WORDS = tuple(Word(f"{p.name}{IS_OPEN}", f"{p.words.capitalize()}{IS_OPEN}", WATCH) for p in PATTERNS)
_ABOUT = {"home": "the whole home", "plan": "the plan", "out": "out, not back", "view": "nothing can be seen"}
SUBJECTS = (*PATTERN_WORDS, *(Word(name, text, PLAIN) for name, text in _ABOUT.items()))
"""What an alert is about: a pattern, the home, or else a room or a sensor by its own name."""

CONCERN: Steps = ((None, PLAIN), (VISIT, WATCH), (URGENT, ACT))
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
    none = Word(None, unknown, PLAIN if unknown in (NONE, NOT_YET, NOT_RATED) else UNKNOWN)
    return Look(unit, decimals, _quiet(steps), (none,), cell="fill", width=width)


def plain(unit: str, decimals: int | None = None) -> Look:
    """A number that is neither good nor bad."""
    return Look(unit, decimals, ((None, PLAIN),), (UNKNOWN_WORD,))


def number(unit: str, steps: Steps, decimals: int | None = 0) -> Look:
    """A number that is filled where it is worth a look; grey where it is not known."""
    return Look(unit, decimals, _quiet(steps), (UNKNOWN_WORD,))


def _quiet(steps: Steps) -> Steps:
    return tuple((value, PLAIN if colour == WELL else colour) for value, colour in steps)
