"""Under Person's headings: how sure a change is, NEWS2 in full, and how good the data are."""

from dashboards.palette import IS_OPEN, OPEN_WORDS, PATTERN_WORDS, RULES, WATCH, number, over
from dashboards.panels import Look, Panel, Target, Word
from dashboards.query import DAY, RANGE, Only, Query, Ratio, Series


def stat(
    title: str, description: str, query: Query, look: Look, width: int, *, height: int = 3, empty: str = "Not known"
) -> Panel:
    """One number or word."""
    return Panel(title, "stat", description, (Target(title, query, look),), look, empty, width, height)


_TOGETHER = Look(colour="text", thick=True)


def _of_threshold(field: str) -> Ratio:
    by = ("pattern",)
    return Ratio(Series("pattern", field, by=by), Series("pattern", "threshold", by=by))


EVIDENCE = Panel(
    "What has changed, and how sure is it?",
    "lines",
    "Evidence that days have changed, day by day, on a scale of powers of ten. Each thin line is the share of one kind "
    "of change; the thick line is all of them together, and when that reaches the dashed line (1) people are told. A "
    "broad line: an alert of that change is open, drawn at the evidence it was found with; while it is open no more is "
    "gathered, which is not the same as over. A gap: that day could not be assessed. Names say what was seen, not its "
    "cause.",
    (
        Target("all together", Ratio(Series("home", "evidence", by=()), Series("home", "threshold", by=())), _TOGETHER),
        Target("{{pattern}}", _of_threshold("evidence")),
        Target(f"{{{{pattern}}}}{IS_OPEN}", _of_threshold("odds"), Look(broad=True)),
    ),
    Look("none", 2, low=0.01, words=(*PATTERN_WORDS, *OPEN_WORDS)),
    empty="Not known: whether the last day could be compared stands further up, and why not",
    width=24,
    height=9,
    every="1d",
    level=1.0,
    log=True,
)

NEWS2 = (
    stat(
        "NEWS2",
        "Only where all seven readings are there; a partial set has no score. Change from the person's own stable "
        "score says more than the number. An aid to judgement, never a diagnosis.",
        Only(Series("news2", "score", window="12h"), "complete"),
        number("none", over(1, 5)),
        6,
        empty="No full set is known",
    ),
    stat(
        "Readings missing",
        "How many of the seven are missing or older than 12 hours.",
        Series("news2", "missing", window="12h"),
        number("none", over(1)),
        6,
        empty="Not asked for",
    ),
    stat(
        "Readings of 3 alone",
        "How many single readings score 3 by themselves: a nurse looks even without a total.",
        Series("news2", "red", window="12h"),
        number("none", over(1, 1)),
        6,
        empty="Not asked for",
    ),
    stat(
        "Vital signs due",
        "Measurements that were asked for and have not come.",
        Series("vital", "due", outer="sum", window=DAY),
        number("none", over(1)),
        6,
        empty="Not asked for",
    ),
    Panel(
        "NEWS2, complete sets",
        "lines",
        "Each complete set. Partial sets are not drawn.",
        (Target("score", Series("news2", "score", by=())),),
        Look("none", 0, low=0, high=20),
        empty="No complete set is known in this time",
        width=24,
        height=5,
        every="1d",
        level=5.0,
    ),
)

_NOT_HEARD = Look(words=(Word(1.0, "not heard", WATCH),), cell="fill", width=110)
QUALITY = (
    Panel(
        "How much of each day was seen?",
        "bars",
        "The part of the day that the sensors could see. Low days say little; a gap says nothing at all.",
        (Target("seen", Series("home", "coverage", by=())),),
        Look("percentunit", 0, low=0, high=1),
        width=12,
        height=6,
        every="1d",
    ),
    Panel(
        "Which sensors are not heard now?",
        "table",
        "Sensors that have been quiet for longer than they ever are: flat battery, fallen off, or out of reach.",
        (Target("Now", Series("sensor", "silent", by=("room", "sensor"), at_least=1), _NOT_HEARD),),
        empty="None that is known of; of a home that is not heard nothing is",
        width=12,
        height=6,
        tags=(("sensor", Look(least=120), "Sensor"), ("room", Look(width=100), "Room")),
    ),
)

ANSWERED = Panel(
    "How soon were alerts answered?",
    "table",
    "From the first message to somebody's answer, the slowest in this time.",
    (Target("Answered after", Series("alert", "answer_s", inner="max", by=("rule",), window=RANGE)),),
    Look("dtdurations", 0, over(900, 3600), width=160),
    empty="No answer is known of in this time",
    width=24,
    height=6,
    tags=(("rule", Look(words=RULES), "What"),),
    sort="Answered after",
)
