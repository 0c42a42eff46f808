"""Who was told of what, and did it reach them? For a family and for a nurse alike."""

from dashboards.palette import OUTCOMES, PLAIN, RULES
from dashboards.panels import Look, Panel, Target, Word
from dashboards.query import RANGE, Scaled, Series

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
            Look("dateTimeFromNow", width=125),
        ),
    ),
    empty="No message is known of in these four weeks",
    width=24,
    height=7,
    last="28d",
    sort="When",
    tags=(
        ("rule", Look(words=RULES), "What"),
        ("contact", Look(words=(Word("nobody", "nobody", PLAIN),), width=95), "To"),
        ("outcome", Look(words=OUTCOMES, cell="fill", width=150), "How it went"),
    ),
)
