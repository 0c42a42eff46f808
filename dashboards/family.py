"""Family: is everything all right? In plain words, on a phone, with nothing clinical and nothing to be afraid of."""

from dataclasses import replace

from dashboards.palette import LINES, OPEN, PLAIN_WHY, RULES, USUAL, WELL, over, plain
from dashboards.panels import Dashboard, Look, Panel, Target, Word
from dashboards.query import Ago, Scaled, Series, Where
from dashboards.told import CHANGED, HOLDER, TOLD
from dashboards.usual import HOURS, TIMES, Shown, beside_usual

WEEK = (
    Shown("first_activity", "Up in the morning", "none", 1 / 60, 6.0, clock=True),
    Shown("kitchen_visits", "In the kitchen, times a day", TIMES),
    Shown("door_uses", "In and out, times a day", TIMES),
    Shown("night_rest", "Longest quiet time at night", HOURS, 1 / 60),
)

UNSAID = "We cannot say just now"
_ANSWER = Panel(
    "Is everything all right?",
    "stat",
    "One answer from everything Kinlight can see. It sees movement and doors, never pictures or sound. "
    "If you are worried, call: you know them best.",
    (Target("Is everything all right?", Series("home", "why")),),
    Look(words=PLAIN_WHY),
    empty="Not seen just now: please call",  # a phone writes a longer sentence too small to read
    width=24,
    height=5,
    link=TOLD.title,
)

_NOW = (
    Panel(
        "Last sign of movement",
        "stat",
        "How long ago any sensor noticed somebody. Quiet hours at night are ordinary.",
        (
            Target(
                "Last sign of movement",
                Scaled(Ago(Series("home", "moved_s", window="30m")), 1000.0),
            ),
        ),
        plain("dateTimeFromNow"),
        empty=UNSAID,
        width=8,
        height=3,
    ),
    Panel(
        "Sensors we cannot hear",
        "stat",
        "A sensor that is quiet usually has a flat battery. The installer is told.",
        (Target("Sensors we cannot hear", Series("sensor", "silent", outer="sum")),),
        Look("none", 0, over(1), (Word(0.0, "all are heard", WELL),)),
        empty=UNSAID,
        width=8,
        height=3,
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
        Target("movement", Series("hour", "movements", by=()), Look(colour=LINES[0])),
    ),
    Look("none", 0, low=0),
    empty="Not known yet",
    width=24,
    height=8,
    every="1h",
    last="24h",
    legend=False,
)

_TELLING = Panel(
    "What this page is",
    "text",
    "What this page is and is not.",
    width=24,
    height=5,
    text="Kinlight notices when days change. It is **not an emergency service** and it does not know how somebody "
    "feels. Blue is as usual, orange is worth a call, dark red is worth one now, **grey means we do not know**.",
)

_ALERT = Panel(
    "Was there anything to look at this week?",
    "timeline",
    "Each line is one kind of message, with the times at which it stood open.",
    (Target("{{rule}}", Series("alert", "open", by=("rule",), where=(Where("kind", "personal"),))),),
    Look(words=(Word(0.0, "settled", WELL), Word(1.0, "open", OPEN), *RULES)),
    empty="Nothing is known of this week",
    width=24,
    height=5,
    every="1h",
    link=TOLD.title,
)

DASHBOARD = Dashboard(
    uid="kinlight-family",
    title="Family: is everything all right?",
    description="One home, in plain words. Made to be read on a phone.",
    panels=(
        _ANSWER,
        replace(HOLDER, width=8),
        *_NOW,
        replace(
            CHANGED,
            description="Changes of the days that people were told of and that are not over, and how long they last.",
            width=12,
            height=6,
            targets=(replace(CHANGED.targets[0], look=Look(hidden=True)), CHANGED.targets[1]),
        ),
        replace(TOLD, width=12),
        _TODAY,
        *(
            replace(
                beside_usual(each, kind="lines" if each.clock else "bars", width=12),
                description="Each day of the week. Band: what is usual.",
            )
            for each in WEEK
        ),
        _ALERT,
        _TELLING,
    ),
    since="now-7d",
    refresh="15m",
    home="one",
    marks="plain",
    story=TOLD.title,
)
