"""Family: is everything all right? In plain words, on a phone, with nothing clinical and nothing to be afraid of."""

from dataclasses import replace

from dashboards.palette import PLAIN_REASONS, RULES, UNKNOWN, USUAL, WATCH, WELL, over, plain
from dashboards.panels import Dashboard, Look, Panel, Target, Word
from dashboards.person import beside_usual
from dashboards.query import RANGE, Ago, Series, Where

WEEK = (
    ("first_activity", "Up in the morning", "hour of the day"),
    ("kitchen_visits", "In the kitchen", "times a day"),
    ("door_uses", "In and out of the house", "times a day"),
    ("night_rest", "Longest quiet time at night", "minutes"),
)
_CONTACTS = Look(width=95)

_ANSWER = Panel(
    "Is everything all right?",
    "stat",
    "One answer from everything Kinlight can see. It sees movement and doors, never pictures or sound. "
    "If you are worried, call: you know them best.",
    (Target("Is everything all right?", Series("home", "reason")),),
    Look(words=PLAIN_REASONS),
    empty="We cannot see the home just now. A call is worth more than a guess.",
    width=24,
    height=5,
)

_NOW = (
    Panel(
        "Last sign of movement",
        "stat",
        "How long ago any sensor noticed somebody. Quiet hours at night are ordinary.",
        (
            Target(
                "Last sign of movement",
                Series("home", "moved_s", window="30m"),
            ),
        ),
        replace(plain("s", 0)),
        empty="We cannot say just now",
        width=12,
        height=4,
    ),
    Panel(
        "Sensors we cannot hear",
        "stat",
        "A sensor that is quiet usually has a flat battery. The installer is told.",
        (Target("Sensors we cannot hear", Series("sensor", "silent", outer="sum")),),
        Look("none", 0, over(1), (Word(0.0, "all are heard", WELL),)),
        empty="We cannot say just now",
        width=12,
        height=4,
    ),
)

_TODAY = Panel(
    "The last day beside a usual day",
    "bars",
    "How much movement there was in each hour. Band: what is usual at that hour. More or less for an hour or two "
    "means nothing by itself.",
    (
        Target(
            "usual, upper", Series("hour", "usual_high", by=()), Look(dashed=True, colour=USUAL, band="usual, lower")
        ),
        Target("usual, lower", Series("hour", "usual_low", by=()), Look(dashed=True, colour=USUAL)),
        Target("movement", Series("hour", "movements", by=()), Look(colour=WELL)),
    ),
    Look("none", 0, low=0),
    empty="Not known yet",
    width=24,
    height=8,
    every="1h",
    last="24h",
    legend=False,
)

_TOLD = Panel(
    "What was told, and to whom?",
    "table",
    "Every message of this time. You can answer from the message itself.",
    (
        Target(
            "How long ago",
            Ago(Series("told", "time_s", by=("rule", "contact"), window=RANGE)),
            Look("s", 0, width=105),
        ),
    ),
    Look("s", 0),
    empty="Nobody had to be told anything",
    width=24,
    height=7,
    tags=(("rule", Look(words=RULES), "What"), ("contact", _CONTACTS, "Told")),
)

_TELLING = Panel(
    "Read this first",
    "text",
    "What this page is and is not.",
    width=24,
    height=4,
    text="Kinlight notices when days change. It is **not an emergency service** and it does not know how somebody "
    "feels. Blue is as usual, orange and red are worth a look, **grey means we do not know**.",
)

_ALERT = Panel(
    "Was there anything to look at this week?",
    "timeline",
    "Each line is one kind of message, with the times at which it stood open.",
    (Target("{{rule}}", Series("alert", "open", by=("rule",), where=(Where("kind", "personal"),))),),
    Look(words=(Word(0.0, "settled", WELL), Word(1.0, "open", WATCH), Word(None, "not known", UNKNOWN), *RULES)),
    empty="Nothing this week",
    width=24,
    height=5,
    every="1h",
)

DASHBOARD = Dashboard(
    uid="kinlight-family",
    title="Family: is everything all right?",
    description="One home, in plain words. Made to be read on a phone.",
    panels=(
        _ANSWER,
        *_NOW,
        _TODAY,
        *(
            replace(
                beside_usual(
                    title, "day", "feature", name, unit, kind="lines" if name == "first_activity" else "bars", width=12
                ),
                description=f"Each day of the week, in {unit}. Band: what is usual.",
            )
            for name, title, unit in WEEK
        ),
        _ALERT,
        _TOLD,
        _TELLING,
    ),
    since="now-7d",
    refresh="15m",
    home="one",
    marks="plain",
)
