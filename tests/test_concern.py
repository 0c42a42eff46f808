"""What a nurse sees first: the order of a caseload."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alert import Alert, State
from gateway.concern import NOT_HEARD, VISIT, Concern, Evidence, Reason, Sight, concern
from rules.base import NS_PER_S, AlertKind, Finding, Priority
from rules.core.patterns import PATTERN_NAMES

NOW_NS = 1_790_000_000 * NS_PER_S
SEEN = Sight(coverage=1.0)


def alert(
    priority: Priority, state: State = State.ACTIVE, kind: AlertKind = AlertKind.PERSONAL, rule: str = "no_movement"
) -> Alert:
    raised_ns = NOW_NS - 7200 * NS_PER_S
    finding = Finding(rule, "home", kind, priority, "worth checking", raised_ns, "call")
    told_ns = 0 if state is State.PENDING else raised_ns
    return Alert(1, finding, state, raised_ns, raised_ns, told_ns=told_ns)


def of(*alerts: Alert, patterns: tuple[Evidence, ...] = (), sight: Sight = SEEN) -> Concern:
    return concern(alerts, patterns, sight, NOW_NS)


def test_the_order_in_which_homes_are_visited() -> None:
    homes = [
        of(alert(Priority.HIGH)).concern,
        of(alert(Priority.HIGH, State.ACKNOWLEDGED)).concern,
        of(alert(Priority.MEDIUM)).concern,
        of(alert(Priority.MEDIUM, State.ACKNOWLEDGED)).concern,
        of(patterns=(Evidence("urinary", 900, 30),)).concern,
        NOT_HEARD,
        of(alert(Priority.HIGH, kind=AlertKind.TECHNICAL)).concern,
        of(patterns=(Evidence("urinary", 30, 30),)).concern,
        of(sight=Sight(0.9, assessed=False)).concern,
        of(patterns=(Evidence("urinary", 18, 30),)).concern,
        of(sight=Sight(0.9, learning=True)).concern,
        of(sight=Sight(0.9, away=True)).concern,
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
    learning = of(patterns=(Evidence("urinary", 900, 30),), sight=Sight(1.0, learning=True, assessed=False))
    assert learning.reason is Reason.LEARNING
    assert of(sight=Sight(0.2)).reason is Reason.LITTLE_SEEN
    assert of(sight=Sight(assessed=False)).reason is Reason.NOT_ASSESSED


def test_small_evidence_is_calm() -> None:
    found = of(patterns=(Evidence("urinary", 5, 30),))
    assert found.reason is Reason.CALM
    assert math.isnan(found.since_h)


@given(
    st.lists(st.sampled_from([alert(p, s) for p in Priority for s in State]), max_size=4),
    st.lists(st.builds(Evidence, st.sampled_from(PATTERN_NAMES), st.floats(), st.floats()), max_size=4),
    st.builds(Sight, st.floats(0, 1) | st.just(math.nan), st.booleans(), st.booleans(), st.booleans()),
)
def test_it_is_always_a_number_from_0_to_100_and_more_reasons_never_make_it_less(
    alerts: list[Alert], patterns: list[Evidence], sight: Sight
) -> None:
    found = concern(alerts, patterns, sight, NOW_NS)
    assert 0.0 <= found.concern <= 100.0
    assert concern([*alerts, alert(Priority.MEDIUM)], patterns, sight, NOW_NS).concern >= found.concern
    assert [name for name, _ in found.fields()] == ["concern", "reason", "since_h", "open_alerts", "unanswered"]
