"""Person, for a nurse: how has this person been, against their own usual?"""

from dataclasses import replace

from dashboards.caseload import SINCE, SORTED
from dashboards.palette import (
    BLANK,
    CONCERN,
    CONCERN_WORDS,
    JUDGED,
    NONE,
    OPEN,
    PLACES,
    PLAIN,
    PRIORITIES,
    RULES,
    STATES,
    SUBJECTS,
    UNKNOWN,
    UNKNOWN_WORD,
    VERDICTS,
    VITAL_WORDS,
    WELL,
    WHY,
    number,
    plain,
    under,
)
from dashboards.panels import Dashboard, Look, Panel, Row, Target, Word
from dashboards.person_details import ANSWERED, EVIDENCE, NEWS2, QUALITY, stat
from dashboards.query import DAY, Place, Scaled, Series, Where
from dashboards.told import CHANGED, HOLDER, TOLD
from dashboards.usual import FEATURES, NIGHTS, VITALS, beside_usual

ANSWERS = "Alerts and answers"


def _sign(field: str, window: str) -> Series:
    return Series("vital", field, by=("quantity",), window=window)


_FIRST = (
    replace(
        stat(
            "Why",
            "The first reason why this home stands where it does on the caseload.",
            Series("home", "why"),
            Look(words=WHY),
            6,
            height=5,
            empty="Not heard: nothing is known",
        ),
        link=ANSWERS,
    ),
    CHANGED,
    Panel(
        "Vital signs and their usual",
        "table",
        "The latest reading of the last seven days of each vital sign, those outside this person's own usual on top. "
        "Low and high: between them lie seven days of eight.",
        (
            Target("Reading", _sign("outside", "7d"), Look(words=PLACES, cell="fill", width=110)),
            Target("Value", _sign("value", "7d"), Look("none", 1, width=60)),
            Target("Low", _sign("usual_low", DAY), Look("none", 1, width=60)),
            Target("High", _sign("usual_high", DAY), Look("none", 1, width=60)),
        ),
        empty="No vital sign is known",
        width=10,
        height=5,
        sort="Reading",
        tags=(("quantity", Look(words=VITAL_WORDS, least=105), "Sign"),),
    ),
)
_NOW = (
    stat(
        "Concern",
        "0 to 100, to sort visits by; not a measure of illness. From 40 on: worth a visit or a call.",
        SORTED,
        Look("none", 0, CONCERN, CONCERN_WORDS),
        4,
    ),
    stat("Since", "For how long the reason has held.", SINCE, plain("dateTimeFromNow"), 5, empty=NONE),
    HOLDER,
    stat(
        "Seen, last day",
        "The part of the last care day that the sensors could see.",
        Series("home", "coverage", window=DAY),
        number("percentunit", under(0.5, 0.8)),
        5,
    ),
    stat(
        "Days known",
        "Days the usual routine was learned from; below 14 it is a guess.",
        Series("pattern", "baseline_days", outer="min", window=DAY),
        Look("none", 0, ((None, UNKNOWN), (14, PLAIN)), (UNKNOWN_WORD,)),
        5,
    ),
    stat(
        "Could the last day be compared?",
        "Where it could not, nothing gathers in the evidence, and that says nothing about the person.",
        Series("home", "judged"),
        Look(words=JUDGED),
        24,
        empty="Not heard: nothing is known",
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
        Look(words=(Word(0.0, "over", WELL), Word(1.0, "open", OPEN), *RULES)),
        empty="No alert is known of in this time",
        width=24,
        height=5,
        every="1h",
        link=ANSWERS,
    ),
    Panel(
        ANSWERS,
        "log",
        "Every step of every alert of this time, the newest on top: that it was open, that somebody took it, that "
        "it was over, and whether it helped, as far as somebody has said so. When: the hour in which it was. Two of "
        "one kind within the same hour stand on one line.",
        (
            Target("First seen", Scaled(_STEPS, 1000.0), Look("time:ddd D MMM, HH:mm", words=(BLANK,), width=148)),
            Target(
                "Did it help?",
                Series("rating", "verdict", by=("rule", "subject")),
                Look(words=VERDICTS, cell="fill", width=115),
            ),
            Target("Order", Place(_STEPS, "state", tuple(str(s.value) for s in reversed(STATES))), Look(hidden=True)),
        ),
        empty="No alert is known of in this time",
        width=24,
        height=8,
        every="1h",
        sort="Order",
        tags=(
            ("state", Look(words=(*STATES, BLANK), cell="fill", width=80), "Step"),
            ("rule", Look(words=RULES, least=110), "What"),
            ("subject", Look(words=SUBJECTS, least=150), "About"),
            ("priority", Look(words=(*PRIORITIES, BLANK), width=145), "How urgent"),
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="kinlight-person",
    title="Person: how have they been, against their own usual?",
    description="One home over weeks. Print it for a review with the browser's print command.",
    panels=(
        *_FIRST,
        *_NOW,
        *_ALERTS,
        TOLD,
        Row("Days: the band is this person's usual"),
        *(beside_usual(each) for each in FEATURES),
        Row("Nights: the band is this person's usual"),
        *(beside_usual(each, kind="bars") for each in NIGHTS),
        Row("Vital signs over time, and NEWS2", closed=True),
        *NEWS2,
        *(beside_usual(each, "vital") for each in VITALS),
        Row("How sure is it, how good is what we know?", closed=True),
        EVIDENCE,
        *QUALITY,
        ANSWERED,
    ),
    since="now-42d",
    home="one",
    marks="kind",
    story=ANSWERS,
    links=(
        ("All homes", "kinlight-caseload"),
        ("For the family", "kinlight-family"),
        ("For paper", "kinlight-person?theme=light&kiosk"),
    ),
)
