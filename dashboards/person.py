"""Person, for a nurse: how has this person been, against their own usual?"""

from dashboards.caseload import SINCE, SORTED
from dashboards.palette import (
    BLANK,
    CONCERN,
    CONCERN_WORDS,
    JUDGED,
    NONE,
    OPEN,
    OPEN_WORDS,
    PATTERN_WORDS,
    PRIORITIES,
    RULES,
    STATES,
    SUBJECTS,
    VERDICTS,
    WATCH,
    WELL,
    WHY,
    number,
    over,
    plain,
    under,
)
from dashboards.panels import Dashboard, Look, Panel, Row, Target, Word
from dashboards.query import DAY, RANGE, Only, Place, Query, Ratio, Scaled, Series, Where
from dashboards.told import TOLD
from dashboards.usual import FEATURES, NIGHTS, VITALS, beside_usual


def _stat(
    title: str, description: str, query: Query, look: Look, width: int, *, height: int = 4, empty: str = "Not known"
) -> Panel:
    return Panel(title, "stat", description, (Target(title, query, look),), look, empty, width, height)


_NOW = (
    Panel(
        "Concern",
        "stat",
        "0 to 100, to sort visits by; not a measure of illness. From 40 on: worth a visit or a call.",
        (Target("Concern", SORTED),),
        Look("none", 0, CONCERN, CONCERN_WORDS),
        width=3,
        height=4,
    ),
    _stat(
        "Why",
        "The first reason.",
        Series("home", "why"),
        Look(words=WHY),
        9,
        empty="Not heard: nothing is known",
    ),
    _stat("Since", "For how long the reason has held.", SINCE, plain("dateTimeFromNow"), 4, empty=NONE),
    _stat(
        "Seen on the last day",
        "The part of the last care day that the sensors could see.",
        Series("home", "coverage", window=DAY),
        number("percentunit", under(0.5, 0.8)),
        4,
    ),
    _stat(
        "Days known",
        "Days the usual routine was learned from; below 14 it is a guess.",
        Series("pattern", "baseline_days", outer="min", window=DAY),
        number("none", under(14, 28)),
        4,
    ),
    _stat(
        "Could the last day be held against their usual?",
        "Where it could not, nothing gathers in the evidence below, and that says nothing about the person.",
        Series("home", "judged"),
        Look(words=JUDGED),
        24,
        height=3,
        empty="Not heard: nothing is known",
    ),
)

TOGETHER = Look(colour="text", thick=True)


def _of_threshold(field: str) -> Ratio:
    by = ("pattern",)
    return Ratio(Series("pattern", field, by=by), Series("pattern", "threshold", by=by))


_EVIDENCE = Panel(
    "What has changed over the weeks, and how sure is it?",
    "lines",
    "Evidence that days have changed, day by day, on a scale of powers of ten. Each thin line is the share of one kind "
    "of change; the thick line is all of them together, and when that reaches the dashed line (1) people are told. A "
    "broad line: an alert of that change is open, drawn at the evidence it was found with; while it is open no more is "
    "gathered, which is not the same as over. A gap: that day could not be assessed. Names say what was seen, not its "
    "cause.",
    (
        Target("all together", Ratio(Series("home", "evidence", by=()), Series("home", "threshold", by=())), TOGETHER),
        Target("{{pattern}}", _of_threshold("evidence")),
        Target(f"{{{{pattern}}}}{OPEN}", _of_threshold("odds"), Look(broad=True)),
    ),
    Look("none", 2, low=0.01, words=(*PATTERN_WORDS, *OPEN_WORDS)),
    empty="Nothing to draw: the line above says whether the last day could be held against the usual, and why not",
    width=24,
    height=9,
    every="1d",
    level=1.0,
    log=True,
)

_NEWS2 = (
    _stat(
        "NEWS2",
        "Only where all seven readings are there; a partial set has no score. Change from the person's own stable "
        "score says more than the number. An aid to judgement, never a diagnosis.",
        Only(Series("news2", "score", window="12h"), "complete"),
        number("none", over(1, 5)),
        4,
        height=4,
        empty="Partial or no set: no score",
    ),
    _stat(
        "Readings missing",
        "How many of the seven are missing or older than 12 hours.",
        Series("news2", "missing", window="12h"),
        number("none", over(1)),
        4,
        height=4,
        empty="Not asked for",
    ),
    _stat(
        "Scores 3 alone",
        "How many single readings score 3: a nurse looks even without a total.",
        Series("news2", "red", window="12h"),
        number("none", over(1, 1)),
        4,
        height=4,
        empty="Not asked for",
    ),
    _stat(
        "Vital signs due",
        "Measurements that were asked for and have not come.",
        Series("vital", "due", outer="sum", window=DAY),
        number("none", over(1)),
        4,
        height=4,
        empty="Not asked for",
    ),
    Panel(
        "NEWS2, complete sets",
        "lines",
        "Each complete set. Partial sets are not drawn.",
        (Target("score", Series("news2", "score", by=())),),
        Look("none", 0, low=0, high=20),
        empty="No complete set in this time",
        width=8,
        height=4,
        every="1d",
        level=5.0,
    ),
)

_STEPS = Series("alert", "raised_s", by=("rule", "subject", "priority", "state"))
_ALERTS = (
    Panel(
        "When was an alert open?",
        "timeline",
        "Each line is one kind of alert about the person.",
        (
            Target(
                "{{rule}}",
                Series("alert", "open", by=("rule",), where=(Where("kind", "personal"),)),
            ),
        ),
        Look(words=(Word(0.0, "over", WELL), Word(1.0, "open", WATCH), *RULES)),
        empty="No alert is known of in this time",
        width=24,
        height=6,
        every="1h",
    ),
    Panel(
        "Alerts and answers",
        "log",
        "Every step of every alert of this time, the newest on top: that it was open, that somebody took it, that "
        "it was over, and whether it helped, as far as somebody has said so. When: the hour in which it was. Two of "
        "one kind within the same hour stand on one line.",
        (
            Target(
                "First seen",
                Scaled(_STEPS, 1000.0),
                Look("time:ddd D MMM, HH:mm", words=(BLANK,), width=140),
            ),
            Target(
                "Did it help?",
                Series("rating", "verdict", by=("rule", "subject")),
                Look(words=VERDICTS, cell="fill", width=170),
            ),
            Target("Order", Place(_STEPS, "state", tuple(str(s.value) for s in reversed(STATES))), Look(hidden=True)),
        ),
        empty="No alert is known of in this time",
        width=24,
        height=11,
        every="1h",
        sort="Order",
        tags=(
            ("rule", Look(words=RULES, width=270), "What"),
            ("subject", Look(words=SUBJECTS), "About"),
            ("priority", Look(words=(*PRIORITIES, BLANK), width=165), "How urgent"),
            ("state", Look(words=(*STATES, BLANK), cell="fill", width=165), "Step"),
        ),
    ),
    TOLD,
    Panel(
        "How soon were alerts answered?",
        "table",
        "From the first message to somebody's answer, the slowest in this time.",
        (Target("Answered after", Series("alert", "answer_s", inner="max", by=("rule",), window=RANGE)),),
        Look("s", 0, over(900, 3600)),
        empty="No alert was answered in this time",
        width=24,
        height=6,
        tags=(("rule", Look(words=RULES), "What"),),
        sort="Answered after",
    ),
)

NOT_HEARD = Look(words=(Word(1.0, "not heard", WATCH),), cell="fill", width=110)
_QUALITY = (
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
        (Target("Now", Series("sensor", "silent", by=("room", "sensor"), at_least=1), NOT_HEARD),),
        empty="None, if the home is heard",
        width=12,
        height=6,
        tags=(("room", Look(), "Room"), ("sensor", Look(), "Sensor")),
    ),
)

DASHBOARD = Dashboard(
    uid="kinlight-person",
    title="Person: how have they been, against their own usual?",
    description="One home over weeks. Print it for a review with the browser's print command.",
    panels=(
        *_NOW,
        _EVIDENCE,
        Row("Days: the line is this person, the band is what is usual for them"),
        *(beside_usual(each) for each in FEATURES),
        Row("Nights: bars are this person, the band is what is usual for them"),
        *(beside_usual(each, kind="bars") for each in NIGHTS),
        Row("Vital signs: the band is what is usual for this person"),
        *_NEWS2,
        *(beside_usual(each, "vital") for each in VITALS),
        Row("Alerts and answers"),
        *_ALERTS,
        Row("How good is what we know?"),
        *_QUALITY,
    ),
    since="now-42d",
    home="one",
    marks="kind",
    links=(("All homes", "kinlight-caseload"), ("For the family", "kinlight-family")),
)
