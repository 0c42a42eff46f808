"""What people are told, who looks after it, and what has changed: for a family and for a nurse alike."""

from dashboards.palette import OUTCOMES, PATTERN_WORDS, PLAIN, RULES
from dashboards.panels import Look, Panel, Target, Word
from dashboards.query import DAY, RANGE, Scaled, Series

TOLD = Panel(
    "What was told, and to whom?",
    "table",
    "The last four weeks, which is as long as an alert about the days may stand open: the latest message of each kind "
    "for everybody, and the latest that failed. Delivered means that the message service took it. To say that you are "
    "on it, somebody types it at the box in the home; until that is done the others do not know, so ring each other.",
    (
        Target(
            "When",
            Scaled(Series("told", "time_s", by=("rule", "contact", "outcome"), window=RANGE), 1000.0),
            Look("dateTimeFromNow", width=115),
        ),
    ),
    empty="No message is known of in these four weeks",
    width=24,
    height=6,
    last="28d",
    sort="When",
    tags=(
        ("rule", Look(words=RULES, least=85), "What"),
        ("contact", Look(words=(Word("nobody", "nobody", PLAIN),), width=70), "To"),
        ("outcome", Look(words=OUTCOMES, cell="fill", width=72), "Result"),
    ),
)

HOLDER = Panel(
    "Who is on it?",
    "table",
    "Who has said that they look after an open alert.",
    (Target("Alerts", Series("holder", "held", by=("contact",), at_least=1), Look(hidden=True)),),
    empty="Nobody we know of",
    width=5,
    height=3,
    heads=False,
    tags=(("contact", Look(), "Who"),),
)

CHANGED = Panel(
    "What has changed?",
    "table",
    "Changes of the days that people were told of and that are not over. By chance: if nothing had changed at all, so "
    "much evidence would come about once in so many days; more is surer. For: how long it has lasted, as far as can be "
    "told. What was seen, not its cause.",
    (
        Target(
            "By chance",
            Series("pattern", "odds", by=("pattern",), window=DAY),
            Look("suffix: days", 0, width=85),
        ),
        Target(
            "For",
            Series("pattern", "since_days", by=("pattern",), window=DAY),
            Look("suffix: days", 0, words=(Word(None, "not known", PLAIN),), width=75),
        ),
    ),
    empty="No change of the days is known of",
    width=8,
    height=5,
    sort="By chance",
    tags=(("pattern", Look(words=PATTERN_WORDS, cell="fill", least=150), "What"),),
)
