"""The life of an alert: who is told, when, how often, and what ends it."""

from dataclasses import replace

import pytest

from gateway.alerts.book import AlertBook
from gateway.model.alert import Answer, State
from rules.terms.finding import Priority
from tests.alert_life import COLD, MINUTE, PRESS, QUIET, STILL, T0, Home, S, tells


def test_told_at_once_and_again_until_answered() -> None:
    home = Home()
    assert tells(home.minutes(35, STILL)) == [0, 10, 30]
    (answered,) = home.answer("ack")
    assert (answered.alert.state, answered.alert.by, answered.tell) == (State.ACKNOWLEDGED, "Anna", True)
    assert tells(home.minutes(30, STILL)) == []
    assert tells(home.minutes(1, STILL)) == [65], "the half hour is over and it is still so"
    assert home.state() is State.ACTIVE


def test_only_a_person_ends_a_latching_alert_and_people_hear_that_movement_is_back() -> None:
    home = Home()
    home.minutes(3, STILL)
    assert tells(home.minutes(200)) == [8], "five quiet minutes to be sure"
    assert home.state() is State.ACTIVE
    assert home.book.open()[0].ended_ns == T0 + 3 * MINUTE
    (over,) = home.answer("resolve")
    assert over.alert.state is State.RESOLVED
    assert home.book.open() == ()


def test_somebody_is_on_it_and_movement_is_back() -> None:
    home = Home()
    home.minutes(3, STILL)
    home.answer("ack")
    assert tells(home.minutes(600)) == [8], "one update; nobody is called again for what is over"
    assert home.book.open() == (), "somebody was on it, and when their time was up it was over"
    (again,) = home.minutes(1, STILL)
    assert (again.tell, again.alert.id) == (True, 2), "still again: a new reason to call"


def test_still_again_while_somebody_is_on_it() -> None:
    home = Home()
    home.minutes(3, STILL)
    home.answer("ack", minutes=24 * 60)
    home.minutes(10)
    assert tells(home.minutes(5, STILL)) == [13], (
        "movement came back and stopped again: the answer was to the first time"
    )


def test_numbers_are_never_given_twice() -> None:
    book = AlertBook([], last_id=41)
    (change,) = book.observe([STILL], T0, {"no_movement"})
    assert change.alert.id == 42


def test_movement_that_comes_and_goes_within_five_minutes_is_not_told() -> None:
    home = Home()
    home.minutes(1, STILL)
    for _ in range(4):
        home.minutes(1)
        home.minutes(1, STILL)
    assert tells(home.said) == [0]


def test_what_clears_by_itself_ends_after_five_minutes_of_it() -> None:
    home = Home()
    cold = replace(COLD, priority=Priority.MEDIUM)
    assert tells(home.minutes(60, cold)) == [0], "a medium alert is told once"
    assert home.minutes(5)[-1].alert.state is State.ACTIVE
    (over,) = home.minutes(1)
    assert (over.alert.state, over.tell, over.alert.by) == (State.RESOLVED, True, "")
    home = Home()
    home.minutes(1, COLD)
    assert [(c.alert.state, c.tell) for c in home.minutes(6)][-1] == (State.RESOLVED, False), "low: nobody is bothered"


def test_a_rule_that_did_not_speak_ends_nothing() -> None:
    home = Home()
    home.minutes(1, COLD)
    assert home.minutes(60, only=frozenset({"sos"})) == []
    assert home.state() is State.ACTIVE


def test_a_hold_runs_while_it_is_true_and_is_forgotten_when_not() -> None:
    home = Home()
    assert tells(home.minutes(60, QUIET)) == []
    assert home.state() is State.PENDING
    assert tells(home.minutes(1, QUIET)) == [60]
    home = Home()
    home.minutes(59, QUIET)
    assert [(c.alert.state, c.tell) for c in home.minutes(1)] == [(State.RESOLVED, False)]
    assert tells(home.minutes(60, QUIET)) == []


def test_worse_is_told_better_is_not() -> None:
    home = Home()
    home.minutes(2, COLD)
    assert tells(home.minutes(1, replace(COLD, priority=Priority.MEDIUM))) == [2]
    (better,) = home.minutes(1, COLD)
    assert not better.tell
    home.answer("ack")
    (worse,) = home.minutes(1, replace(COLD, priority=Priority.HIGH))
    assert (worse.tell, worse.alert.state) == (True, State.ACTIVE), "an acknowledgement covers what was known then"


def test_figures_that_move_every_minute_make_no_rows_but_are_shown() -> None:
    home = Home()
    home.minutes(1, COLD)
    assert home.minutes(1, replace(COLD, what="Bedroom is cold: 15.1 °C")) == []
    assert home.book.open()[0].finding.what == "Bedroom is cold: 15.1 °C"
    (row,) = home.minutes(1, replace(COLD, missing="the other sensor is silent"))
    assert not row.tell


def test_each_press_counts_even_when_somebody_is_on_it() -> None:
    home = Home()
    home.minutes(1, PRESS)
    second = replace(PRESS, again_ns=T0 + 3 * MINUTE)
    assert tells(home.minutes(1, second)) == [1]
    for second_of_minute in range(10):
        frantic = replace(PRESS, again_ns=T0 + MINUTE + second_of_minute * S)
        changes = home.book.observe([frantic], T0 + MINUTE + second_of_minute * S, {"sos"})
        assert not any(change.tell for change in changes), "ten presses in a minute are one message"
    home.answer("ack")
    (row,) = home.minutes(1, replace(PRESS, again_ns=T0 + 90 * MINUTE))
    assert (row.tell, row.alert.state) == (True, State.ACTIVE)


def test_an_answered_press_does_not_come_back_by_itself_but_a_new_one_does() -> None:
    home = Home()
    home.minutes(1, PRESS)
    home.answer("resolve")
    assert tells(home.minutes(29, PRESS)) == [], "the rule still sees it for half an hour"
    assert [c.alert.state for c in home.minutes(6)] == [State.ACKNOWLEDGED, State.RESOLVED]
    assert tells(home.minutes(1, replace(PRESS, again_ns=home.now))) == [36]
    assert home.book.open()[0].id == 2


def test_an_unanswered_press_is_repeated_long_after_the_rule_has_forgotten_it() -> None:
    home = Home()
    home.minutes(1, PRESS)
    assert tells(home.minutes(100)) == [10, 30, 70]


def test_resolved_while_still_true_stays_quiet_until_it_is_worse_or_for_half_a_day() -> None:
    home = Home()
    home.minutes(1, STILL)
    (settled,) = home.answer("resolve")
    assert (settled.alert.state, settled.alert.settled) == (State.ACKNOWLEDGED, True)
    assert tells(home.minutes(12 * 60, STILL)) == []
    assert tells(home.minutes(1, STILL)) == [1 + 12 * 60]
    home.answer("resolve")
    assert [c.alert.state for c in home.minutes(6)][-1] is State.RESOLVED
    assert home.book.open() == ()


def test_the_worst_of_two_findings_with_one_identity_stands() -> None:
    home = Home()
    home.minutes(1, COLD, replace(COLD, priority=Priority.HIGH), COLD)
    (alert,) = home.book.open()
    assert alert.finding.priority is Priority.HIGH


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(7, "ack", "Anna", T0), "Alert 7 has never been; open now: 1"),
        (Answer(0, "ack", "Anna", T0), "Alert 0 has never been"),
        (Answer(1, "fine", "Anna", T0), "'fine' is not an answer; say 'ack'"),
        (Answer(1, "ack", "Anna", T0, minutes=0), "from 1 to 1440"),
        (Answer(1, "ack", "Anna", T0, minutes=10**9), "from 1 to 1440"),
        (Answer(2, "ack", "Anna", T0), "not been told to anybody yet"),
    ],
)
def test_an_answer_that_cannot_be_taken_says_why_and_changes_nothing(answer: Answer, text: str) -> None:
    home = Home()
    home.minutes(1, STILL, QUIET)
    before = home.book.open()
    with pytest.raises(ValueError, match=text):
        home.book.answer(answer)
    assert home.book.open() == before


def test_an_answer_to_what_is_over_says_so() -> None:
    home = Home()
    home.minutes(1, COLD)
    home.minutes(6)
    with pytest.raises(ValueError, match="Alert 1 is already over; no alert is open now"):
        home.answer("ack")


def test_a_clock_step_ends_no_hold_and_no_answer() -> None:
    for step in (3 * 60 * MINUTE, -3 * 60 * MINUTE):
        home = Home()
        home.minutes(30, STILL, QUIET)
        home.answer("ack")
        rows = home.book.shift(step)
        assert [row.tell for row in rows] == [False, False]
        home.now += step
        moved = replace(STILL, since_ns=STILL.since_ns + step)
        quiet = replace(QUIET, since_ns=QUIET.since_ns + step)
        first = len(home.said)
        home.minutes(105, moved, quiet)
        told = [(c.alert.id, (c.time_ns - step - T0) // MINUTE) for c in home.said[first:] if c.tell]
        assert told == [(1, 60), (2, 60), (1, 70), (1, 90), (1, 130)]
