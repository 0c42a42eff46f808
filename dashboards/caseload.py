"""Caseload, for a nurse: who do I visit first, and why?"""

from dataclasses import replace

from dashboards.palette import CONCERN, CONCERN_WORDS, MARK, NONE, PLAIN, USUAL, WHY, cell, number, over, plain, under
from dashboards.panels import Dashboard, Look, Panel, Target, Word
from dashboards.query import DAY, Ago, Count, Else, Scaled, Series, Top
from gateway.points.caseload_priority import NOT_HEARD, VISIT

KNOWN = Series("gateway", "up", window="7d")
NOW = Series("home", "concern", outer="max")
SORTED = Else(NOW, NOT_HEARD, replace(NOW, window="7d"))
SINCE = Scaled(Ago(Scaled(Series("home", "since_h"), 3600.0)), 1000.0)
PERSON = "/d/kinlight-person?var-home=${__value.raw}"

_HOLDER = Top(Series("holder", "held", by=("home", "contact"), at_least=1), "contact")
_COUNTS = (
    Target("Worth a visit", Count(SORTED, VISIT), number("none", over(1))),
    Target("Unanswered alerts", Series("home", "unanswered", outer="sum", by=()), number("none", over(1, 1))),
    Target("Not heard now", Count(Else(Series("gateway", "up"), 2.0, KNOWN), 2), number("none", over(1))),
    Target("Vital signs due", Series("vital", "due", outer="sum", by=(), window=DAY), number("none", over(1))),
    Target("Homes", Count(KNOWN, 0), plain("none", 0)),
)
_WHAT = (
    f"Homes whose concern is {VISIT:g} or more.",
    "Open alerts about a person that nobody has taken yet.",
    "Homes that sent something this week but nothing for 20 minutes: nothing is known of them now.",
    "Measurements that were asked for and have not come.",
    "Homes that sent anything in the last 7 days.",
)

_COLUMNS = (
    Target("Why", Series("home", "why"), Look(words=WHY, cell="fill", left=True, least=235)),
    Target("Concern", SORTED, Look("none", 0, CONCERN, CONCERN_WORDS, cell="fill", width=80)),
    Target("Since", SINCE, Look("dateTimeFromNow", words=(Word(None, NONE, PLAIN),), width=115)),
    Target("Unanswered", Series("home", "unanswered"), cell("none", over(1, 1), 105)),
    Target("Holder", _HOLDER, Look(hidden=True)),
    Target("Seen", Series("home", "coverage", window=DAY), cell("percentunit", under(0.5, 0.8), 90)),
    Target("Vitals due", Series("vital", "due", outer="sum", window=DAY), cell("none", over(1), 95, unknown=NONE)),
    Target("Last heard", Ago(Series("gateway", "clock_s", window="7d")), cell("dtdurations", over(1200, 3600), 105)),
)

DASHBOARD = Dashboard(
    uid="kinlight-caseload",
    title="Caseload: who first, and why?",
    description="Every home, the one that most needs a visit or a call on top, with the reason. Not a diagnosis.",
    panels=(
        Panel(
            "Who do I visit first, and why?",
            "table",
            "One line a home, the most concerning on top. Orange: worth a visit or a call; dark red: somebody is "
            "needed now; grey: not known, which is not well; no colour: nothing that needs you. Click on a home for "
            "its story. Since: for how long the reason has held. Held by: who has taken an open alert. Seen: the part "
            "of the last day that the sensors could see.",
            _COLUMNS,
            empty="No home is known to have sent anything this week",
            width=24,
            height=14,
            tags=(
                ("home", Look(link=PERSON, width=95), "Home"),
                ("contact", Look(words=(Word(None, NONE, PLAIN),), width=90), "Held by"),
            ),
            sort="Concern",
        ),
        *(
            Panel(t.name, "stat", text, (t,), t.look or plain("none"), width=5 if i < 4 else 4, height=3)
            for i, (t, text) in enumerate(zip(_COUNTS, _WHAT, strict=True))
        ),
        Panel(
            "How many homes ask for a visit, day by day",
            "bars",
            f"Homes whose concern reached {VISIT:g} on that day, among those that were heard.",
            (
                Target("worth a visit", Count(Series("home", "concern", "max"), VISIT), Look(colour=MARK)),
                Target("heard", Count(Series("gateway", "up", "max"), 0), Look(colour=USUAL, dashed=True)),
            ),
            Look("none", 0, low=0),
            width=24,
            height=6,
            every="1d",
        ),
    ),
)
