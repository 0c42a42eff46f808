"""What a nurse sees first: the order of a caseload."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.alert import Alert, State
from gateway.points.caseload_priority import (
    NOT_HEARD,
    UNKNOWN,
    VISIT,
    CaseloadPriority,
    DayCoverage,
    Evidence,
    Judged,
    Reason,
    caseload_priority,
)
from rules.core.patterns import PATTERN_NAMES
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S

NOW_NS = 1_790_000_000 * NS_PER_S
SEEN = DayCoverage(coverage=1.0)


def alert(
    priority: Priority,
    state: State = State.ACTIVE,
    kind: AlertKind = AlertKind.PERSONAL,
    *,
    rule: str = "no_movement",
    subject: str = "home",
    since_ns: int = NOW_NS - 7200 * NS_PER_S,
) -> Alert:
    raised_ns = NOW_NS - 7200 * NS_PER_S
    finding = Finding(rule, subject, kind, priority, "worth checking", since_ns, "call")
    tried_ns = 0 if state is State.PENDING else raised_ns
    return Alert(1, finding, state, raised_ns, raised_ns, tried_ns=tried_ns)


def ended(priority: Priority = Priority.HIGH, state: State = State.ACTIVE) -> Alert:
    """An alert whose finding was gone an hour ago; only a person ends it."""
    raised = alert(priority, state)
    return replace(raised, finding=replace(raised.finding, latching=True), ended_ns=NOW_NS - 3600 * NS_PER_S)


def of(*alerts: Alert, patterns: tuple[Evidence, ...] = (), sight: DayCoverage = SEEN) -> CaseloadPriority:
    return caseload_priority(alerts, patterns, sight, NOW_NS)


def test_the_order_in_which_homes_are_visited() -> None:
    homes = [
        of(alert(Priority.HIGH)).concern,
        of(alert(Priority.HIGH, State.ACKNOWLEDGED)).concern,
        of(alert(Priority.MEDIUM)).concern,
        of(alert(Priority.MEDIUM, State.ACKNOWLEDGED)).concern,
        of(patterns=(Evidence("urinary", 0, 30, odds=900),)).concern,
        NOT_HEARD,
        of(alert(Priority.HIGH, kind=AlertKind.TECHNICAL)).concern,
        of(alert(Priority.LOW, rule="deterioration", subject="withdrawing")).concern,
        of(sight=DayCoverage(0.9, assessed=False)).concern,
        of(alert(Priority.LOW, rule="cold_room")).concern,
        of(alert(Priority.LOW, State.ACKNOWLEDGED, rule="cold_room")).concern,
        of(ended()).concern,
        of(patterns=(Evidence("urinary", 18, 30),)).concern,
        of(sight=DayCoverage(0.2)).concern,
        of(sight=DayCoverage(0.9, learning=True)).concern,
        of(sight=DayCoverage(0.9, away=True)).concern,
        of().concern,
    ]
    assert homes == sorted(homes, reverse=True)
    assert len(set(homes)) == len(homes)
    assert homes[7] >= VISIT > homes[8]


def test_the_reason_is_that_of_the_largest_part_and_says_since_when() -> None:
    found = of(alert(Priority.HIGH, rule="sos"), patterns=(Evidence("urinary", 900, 30, since_days=4),))
    assert (found.reason, found.since_h, found.open_alerts, found.unanswered) == (Reason.SOS, 2.0, 1, 1)
    found = of(alert(Priority.LOW), patterns=(Evidence("urinary", 40, 30, since_days=4),))
    assert (found.reason, found.since_h) == (Reason.URINARY, 96.0)


@pytest.mark.parametrize("name", PATTERN_NAMES)
@pytest.mark.parametrize("priority", [Priority.LOW, Priority.MEDIUM])
@pytest.mark.parametrize("state", [State.ACTIVE, State.ACKNOWLEDGED])
def test_an_alert_about_a_change_is_named_by_its_pattern_since_it_began_and_asks_for_a_visit(
    name: str, priority: Priority, state: State
) -> None:
    found = of(alert(priority, state, rule="deterioration", subject=name, since_ns=NOW_NS - 5 * 86_400 * NS_PER_S))
    assert (found.reason.name, found.since_h) == (name.upper(), 120.0)
    assert found.concern >= VISIT


def test_a_change_that_is_open_asks_for_a_visit_whatever_gathers_beside_it() -> None:
    open_now = Evidence("restless_nights", 0.0, 30, since_days=6, odds=31)
    assert VISIT <= of(patterns=(open_now,)).concern < VISIT + 1
    found = of(patterns=(open_now, Evidence("urinary", 8, 30, since_days=2)))
    assert (found.reason, found.since_h) == (Reason.RESTLESS_NIGHTS, 144.0)
    learning = of(patterns=(open_now,), sight=DayCoverage(1.0, learning=True, assessed=False))
    assert learning.concern >= VISIT


def test_patterns_count_together_as_they_do_in_the_detector_and_the_largest_gives_its_name() -> None:
    several = (Evidence("urinary", 12, 30), Evidence("strain", 13, 30, since_days=3), Evidence("general", 9, 30))
    found = of(patterns=several)
    assert (found.reason, found.since_h) == (Reason.STRAIN, 72.0)
    assert found.concern > VISIT, "34 of 30 days"
    assert all(of(patterns=(each,)).concern < VISIT for each in several)
    assert of(patterns=(*several, Evidence("withdrawing", math.nan, 30))) == found


def test_an_alert_that_was_taken_is_open_and_answered() -> None:
    found = of(alert(Priority.MEDIUM, State.ACKNOWLEDGED), alert(Priority.LOW))
    assert (found.open_alerts, found.unanswered) == (2, 1)


@pytest.mark.parametrize("state", [State.PENDING, State.RESOLVED])
def test_an_alert_nobody_was_told_of_or_that_is_over_counts_for_nothing(state: State) -> None:
    assert of(alert(Priority.HIGH, state)).concern == 0.0


def test_an_alert_of_a_rule_that_came_later_has_a_reason_too() -> None:
    assert of(alert(Priority.HIGH, rule="a_rule_of_tomorrow")).reason is Reason.ALERT
    assert of(patterns=(Evidence("a_pattern_of_tomorrow", 900, 30),)).reason is Reason.PATTERN


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_every_pattern_has_a_reason_of_its_own(name: str) -> None:
    assert of(patterns=(Evidence(name, 900, 30),)).reason.name == name.upper()


def test_what_is_being_learned_is_not_judged_and_what_was_not_seen_is_not_calm() -> None:
    learning = of(patterns=(Evidence("urinary", 900, 30),), sight=DayCoverage(1.0, learning=True, assessed=False))
    assert learning.reason is Reason.LEARNING
    assert of(sight=DayCoverage(0.2)).reason is Reason.LITTLE_SEEN
    assert of(sight=DayCoverage(assessed=False)).reason is Reason.NOT_ASSESSED


def test_a_home_that_is_learned_or_empty_is_not_one_of_which_little_is_seen() -> None:
    """The core compares nothing on such a day, so nothing of it was seen that way."""
    assert of(sight=DayCoverage(0.0, learning=True, assessed=False)).reason is Reason.LEARNING
    empty = DayCoverage(0.0, away=True, assessed=False)
    assert of(sight=empty).reason is Reason.AWAY
    assert of(sight=empty, patterns=(Evidence("urinary", 1, 30),)).reason is Reason.AWAY, "what is left is not calm"


def test_the_day_of_learning_is_said() -> None:
    found = of(sight=DayCoverage(learning=True, assessed=False, learning_day=6))
    assert (found.reason, found.why, dict(found.fields())["learning_day"]) == (Reason.LEARNING, 1006, 6.0)
    assert math.isnan(dict(of().fields())["learning_day"])


@pytest.mark.parametrize(
    ("sight", "judged"),
    [
        (DayCoverage(1.0), Judged.YES),
        (DayCoverage(learning=True, assessed=False), Judged.LEARNING),
        (DayCoverage(away=True, assessed=False), Judged.AWAY),
        (DayCoverage(0.0, assessed=False, blind=True), Judged.BLIND),
        (DayCoverage(0.2), Judged.NO_PATTERN),
        (DayCoverage(assessed=False), Judged.NOT_THEIR_OWN),
    ],
)
def test_why_a_day_was_not_compared_has_a_number_of_its_own(sight: DayCoverage, judged: Judged) -> None:
    assert dict(of(sight=sight).fields())["judged"] == judged


def test_what_is_not_known_has_numbers_that_nothing_else_has() -> None:
    unknown = [
        of(sight=DayCoverage(learning=True)),
        of(sight=DayCoverage(away=True, assessed=False)),
        of(sight=DayCoverage(0.0, assessed=False, blind=True)),
        of(sight=DayCoverage(0.2)),
        of(alert(Priority.HIGH, kind=AlertKind.TECHNICAL)),
    ]
    assert {each.reason: each.concern for each in unknown} == UNKNOWN
    known = [of(alert(p, s)) for p in Priority for s in (State.ACTIVE, State.ACKNOWLEDGED)] + [of(ended()), of()]
    assert not {each.concern for each in known} & {*UNKNOWN.values(), NOT_HEARD}


def test_an_alert_that_ended_and_nobody_answered_is_below_every_one_that_goes_on() -> None:
    found = of(ended())
    assert (found.concern, found.reason, found.since_h, found.unanswered) == (35.0, Reason.UNANSWERED, 1.0, 1)
    assert of(ended(), alert(Priority.LOW, rule="cold_room")).reason is Reason.COLD_ROOM
    assert of(ended(state=State.ACKNOWLEDGED)).concern == 0.0, "somebody took it, and it is over"


def test_a_call_for_help_is_not_over_because_it_was_long_ago() -> None:
    pressed = alert(Priority.HIGH, rule="sos")
    pressed = replace(pressed, finding=replace(pressed.finding, latching=True, again_ns=1), ended_ns=NOW_NS - 1)
    assert (of(pressed).concern, of(pressed).reason) == (100.0, Reason.SOS)


def test_not_back_is_no_quiet_and_the_colour_follows_the_number() -> None:
    found = of(alert(Priority.MEDIUM, subject="out"))
    assert (found.reason, found.why) == (Reason.NOT_BACK, 200 + Reason.NOT_BACK)
    assert of(alert(Priority.HIGH)).why == 300 + Reason.NO_MOVEMENT
    assert of(alert(Priority.LOW, rule="cold_room")).why == 100 + Reason.COLD_ROOM
    assert of(patterns=(Evidence("urinary", 18, 30),)).why == 100 + Reason.URINARY
    assert of().why == 0


def test_small_evidence_is_calm() -> None:
    found = of(patterns=(Evidence("urinary", 5, 30),))
    assert found.reason is Reason.CALM
    assert math.isnan(found.since_h)


@given(
    st.lists(st.sampled_from([alert(p, s) for p in Priority for s in State]), max_size=4),
    st.lists(st.builds(Evidence, st.sampled_from(PATTERN_NAMES), *[st.floats()] * 4), max_size=4),
    st.builds(DayCoverage, st.floats(0, 1) | st.just(math.nan), st.booleans(), st.booleans(), st.booleans()),
)
def test_it_is_always_a_number_from_0_to_100_and_more_reasons_never_make_it_less(
    alerts: list[Alert], patterns: list[Evidence], sight: DayCoverage
) -> None:
    found = caseload_priority(alerts, patterns, sight, NOW_NS)
    assert 0.0 <= found.concern <= 100.0
    assert caseload_priority([*alerts, alert(Priority.MEDIUM)], patterns, sight, NOW_NS).concern >= found.concern
    assert [name for name, _ in found.fields()] == [
        "concern",
        "reason",
        "why",
        "since_h",
        "open_alerts",
        "unanswered",
        "learning_day",
        "judged",
    ]


def test_a_plan_that_cannot_be_right_is_no_reason_to_visit() -> None:
    found = of(alert(Priority.LOW, rule="deterioration", subject="plan"))
    assert (found.concern < VISIT, found.reason) == (True, Reason.PLAN_DATE)


def test_a_change_waits_while_nobody_is_at_home() -> None:
    change = alert(Priority.LOW, State.ACKNOWLEDGED, rule="deterioration", subject="urinary")
    episode = Evidence("urinary", math.nan, 30, odds=45)
    assert of(change, patterns=(episode,)).concern >= VISIT
    assert of(change, patterns=(episode,), sight=DayCoverage(1.0, away=True)).concern < VISIT
