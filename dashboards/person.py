"""Person, for a nurse: how has this person been, against their own usual?"""

from dashboards.caseload import SORTED
from dashboards.palette import (
    CONCERN,
    PATTERN_WORDS,
    PRIORITIES,
    REASONS,
    RULES,
    STATES,
    UNKNOWN_WORD,
    USUAL,
    WATCH,
    number,
    over,
    plain,
    under,
)
from dashboards.panels import Dashboard, Look, Panel, Row, Target, Word
from dashboards.query import DAY, RANGE, Only, Query, Ratio, Scaled, Series, Where

FEATURES = (
    ("night_bathroom_visits", "Bathroom at night", "visits a night"),
    ("night_rest", "Longest quiet stretch of the night", "minutes"),
    ("night_active_blocks", "Movement at night", "five-minute blocks with movement"),
    ("first_activity", "First up", "hour of the day"),
    ("kitchen_visits", "Kitchen", "visits a day"),
    ("fridge_openings", "Fridge", "openings a day"),
    ("room_changes", "Going from room to room", "changes a day"),
    ("door_uses", "Outside door", "uses a day"),
    ("longest_still", "Longest still time by day", "minutes"),
)
CLOCKS = ("first_activity", "last_activity")  # in minutes after 06:00, the start of the care day
NIGHTS = FEATURES[:3]
VITALS = (
    ("systolic_mmhg", "Blood pressure, upper", "mmHg"),
    ("pulse_bpm", "Pulse", "per minute"),
    ("spo2_percent", "Oxygen saturation", "%"),
    ("body_temperature_c", "Body temperature", "°C"),
    ("respiration_per_min", "Breathing rate", "per minute"),
    ("weight_kg", "Weight", "kg"),
)


def beside_usual(
    title: str, measurement: str, tag: str, value: str, unit: str, *, kind: str = "lines", width: int = 8
) -> Panel:
    """One small multiple: each day's value over the band of this person's usual."""

    def field(name: str) -> Query:
        series = Series(measurement, name, by=(), where=(Where(tag, value),))
        return Scaled(series, 1 / 60, 6.0) if value in CLOCKS else series

    return Panel(
        title,
        "bars" if kind == "bars" else "lines",
        f"Line: each day, in {unit}. Band: what is usual for this person. "
        "Outside the band now and then is ordinary; day after day is worth checking.",
        (
            Target("usual, upper", field("usual_high"), Look(dashed=True, colour=USUAL, band="usual, lower")),
            Target("usual, lower", field("usual_low"), Look(dashed=True, colour=USUAL)),
            Target("this person", field("value")),
        ),
        Look(f"suffix: {unit}" if len(unit) <= 4 else "none", low=0 if kind == "bars" else None),
        empty="Not known",
        width=width,
        height=5,
        every="1d",
        legend=False,
    )


def _stat(
    title: str, description: str, query: Query, look: Look, width: int, *, height: int = 3, empty: str = "Not known"
) -> Panel:
    return Panel(title, "stat", description, (Target(title, query, look),), look, empty, width, height)


_STATE = "Whether the last day could be compared with the usual one."
_NOW = (
    Panel(
        "Concern",
        "stat",
        "0 to 100, to sort visits by; not a measure of illness. From 40 on: worth a visit or a call.",
        (Target("Concern", SORTED),),
        Look("none", 0, CONCERN, (UNKNOWN_WORD,)),
        width=3,
        height=3,
    ),
    _stat(
        "Why",
        "The first reason.",
        Series("home", "reason"),
        Look(words=REASONS),
        7,
        empty="Not heard: nothing is known",
    ),
    _stat("Since", "For how long the reason has held.", Series("home", "since_h"), plain("h", 1), 3, empty="–"),
    _stat(
        "Seen on the last day",
        "The part of the last care day that the sensors could see.",
        Series("home", "coverage", window=DAY),
        number("percentunit", under(0.5, 0.8)),
        4,
    ),
    _stat(
        "Days the usual rests on",
        "Days the usual routine was learned from; below 14 it is a guess.",
        Series("pattern", "baseline_days", outer="min", window=DAY),
        number("none", under(14, 28)),
        4,
    ),
    _stat(
        "The last day",
        _STATE,
        Series("home", "state_assessed", window=DAY),
        Look(words=(Word(1.0, "assessed", "#56B4E9"), Word(0.0, "not assessed", "#8E8E8E"), UNKNOWN_WORD)),
        3,
    ),
)

_EVIDENCE = Panel(
    "What has changed over the weeks, and how sure is it?",
    "lines",
    "Evidence of each pattern beside its own alarm level, day by day, on a scale of powers of ten. From the dashed "
    "line (1) on it is worth checking. A gap: that day could not be assessed. Names say what was seen, not its cause.",
    (
        Target(
            "{{pattern}}",
            Ratio(Series("pattern", "evidence", by=("pattern",)), Series("pattern", "threshold", by=("pattern",))),
        ),
    ),
    Look("none", 2, words=PATTERN_WORDS),
    empty="Not assessed yet: the usual routine is still being learned",
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
        Look(words=(Word(0.0, "over", "#56B4E9"), Word(1.0, "open", "#D55E00"), *RULES)),
        empty="No alert in this time",
        width=24,
        height=6,
        every="1h",
    ),
    Panel(
        "Alerts and answers",
        "table",
        "Every alert of this time and how far it came. Age: how old it was at that step.",
        (Target("Age", Series("alert", "age_s", by=("rule", "subject", "priority", "state"), window=RANGE)),),
        Look("s", 0),
        empty="No alert in this time",
        width=14,
        height=7,
        tags=(
            ("rule", Look(words=RULES, width=265), "What"),
            ("subject", Look(width=110), "Where"),
            ("priority", Look(words=PRIORITIES, width=165), "How urgent"),
            ("state", Look(words=STATES, cell="fill", width=150), "Step"),
        ),
        sort="Age",
    ),
    Panel(
        "How soon were alerts answered?",
        "table",
        "From the first message to somebody's answer, the slowest in this time.",
        (Target("Answered after", Series("alert", "answer_s", inner="max", by=("rule",), window=RANGE)),),
        Look("s", 0, over(900, 3600)),
        empty="No alert was answered in this time",
        width=10,
        height=7,
        tags=(("rule", Look(words=RULES), "What"),),
        sort="Answered after",
    ),
)

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
        (Target("Now", Series("sensor", "silent", by=("room", "sensor"), at_least=1)),),
        Look(words=(Word(1.0, "not heard", WATCH),), cell="text"),
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
        *(beside_usual(title, "day", "feature", name, unit) for name, title, unit in FEATURES[3:]),
        Row("Nights: bars are this person, the band is what is usual for them"),
        *(beside_usual(title, "day", "feature", name, unit, kind="bars") for name, title, unit in NIGHTS),
        Row("Vital signs: the band is what is usual for this person"),
        *_NEWS2,
        *(beside_usual(title, "vital", "quantity", name, unit) for name, title, unit in VITALS),
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
