"""What is said of open patterns, of days that were not assessed, and of a plan that cannot be right."""

from dataclasses import replace
from datetime import date

from gateway.alerts.book import AlertBook
from gateway.model.alert import Alert, State
from rules.core.confounders import Flag
from rules.core.declared import Declared, Kind, Period
from rules.core.explain import DayStatus, Explanation
from rules.core.hazard import Quiet
from rules.core.learned import Learned
from rules.deterioration import LIVED_DAYS, Rule
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests.rules.windows import local_ns, window
from tests.test_wording import told

DAY = date(2026, 3, 2).toordinal()
OPEN = Explanation(
    pattern="general",
    words="a little less of everything",
    changes=(),
    also=(),
    since_day=DAY - 5,
    roles=(),
    coverage=0.75,
    baseline_days=40,
    evidence=45.0,
    chance="A level like this is reached by chance about once in 45 days.",
    clears="It ends.",
    next_step="Ask.",
)
AWAY = Declared(pets=1, periods=(Period(Kind.HOSPITAL, DAY - 3),))


LEARNED = Learned(
    Quiet(0, 0.0, 50.0, False, 600.0, 30, False, False),
    status=DayStatus(0, Flag.NONE, (), 0, 0),
    day=DAY,
    day_end_ns=local_ns("2026-03-03 06:00"),
)


def found(flags: Flag = Flag.NONE, **more: object) -> list[Finding]:
    learned = replace(LEARNED, status=DayStatus(0, flags, (), 0, 0))
    learned = replace(learned, **more)  # type: ignore[arg-type]
    return Rule().check(replace(window("2026-03-03 12:00", {}), learned=learned))


def missing(flags: Flag = Flag.NONE, **more: object) -> str:
    (finding,) = found(flags, explanations=(OPEN,), **more)
    return finding.missing


def test_one_since_and_it_is_a_day_whatever_the_clocks_did() -> None:
    """Of days only the day is known: no hour, and no second date beside it."""
    began = date(2026, 10, 24).toordinal()
    seen = replace(window("2026-10-28 12:00", {}), learned=replace(LEARNED, day=began + 3, day_end_ns=1))
    opened = replace(seen.learned or LEARNED, explanations=(replace(OPEN, since_day=began),))
    (finding,) = Rule().check(replace(seen, learned=opened))
    assert (finding.what, finding.since) == ("A little less of everything", "about 24 October")
    assert finding.since_ns == local_ns("2026-10-24 06:00")
    _, lines = told(Alert(1, finding, State.ACTIVE, 1, 1))
    assert [line for line in lines if "ince" in line] == ["Since: about 24 October"]


def test_what_rises_while_it_is_open_makes_the_one_finding_grow_and_is_told_again() -> None:
    (before,) = found(explanations=(OPEN,))
    joined = replace(OPEN, joined=("restless_nights", "strain"), told_day=DAY)
    (after,) = found(explanations=(joined,))
    assert (after.rule, after.subject) == (before.rule, before.subject)
    assert after.what == (
        "A little less of everything; now also restless nights and up more at night and doing less by day"
    )
    assert (before.priority, after.priority) == (Priority.LOW, Priority.MEDIUM)
    assert (before.again_ns, after.again_ns) == (0, local_ns("2026-03-03 06:00"))
    assert after.next_step.startswith("Ask. Ask about pain, breathlessness")
    book, minute = AlertBook(), 60 * NS_PER_S
    rules = frozenset({"deterioration"})
    (raised,) = book.observe([before], minute, rules)
    (grown,) = book.observe([after], 3 * minute, rules)
    assert raised.tell
    assert grown.tell
    assert grown.alert.id == raised.alert.id
    assert book.observe([after], 4 * minute, rules) == []


def test_what_was_missing_says_why_the_last_day_says_nothing() -> None:
    assert missing() == "25 % of what this rests on could not be seen on the last day"
    assert missing(Flag.VISITORS) == "The last day was not assessed: visitors"
    assert missing(Flag.NOT_WATCHED) == "The last day was not assessed: not enough was heard"
    assert missing(Flag.AWAY, declared=AWAY) == (
        "The last day was not assessed: hospital since 27 February, as the plan says; "
        "a pet moves about: movement is the household's, not one person's"
    )


def test_a_forgotten_last_day_does_not_leave_days_out_for_ever_unsaid() -> None:
    assert found(Flag.AWAY, declared=AWAY, lived_days=LIVED_DAYS - 1) == []
    (finding,) = found(Flag.AWAY, declared=AWAY, lived_days=LIVED_DAYS)
    assert (finding.kind, finding.priority, finding.subject) == (AlertKind.PERSONAL, Priority.LOW, "plan")
    assert finding.what == "The plan says hospital since 27 February, and somebody lives in the home"
    assert finding.since_ns == local_ns("2026-03-01 06:00")
    assert found(lived_days=LIVED_DAYS) == []
