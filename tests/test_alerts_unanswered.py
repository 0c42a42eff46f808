"""Alerts that nobody answers, what comes after them, and what is said once somebody has answered."""

from dataclasses import replace
from itertools import pairwise

import pytest

from gateway.model.alert import State
from rules.terms.finding import Priority
from tests.alert_life import COLD, MINUTE, PRESS, STILL, Home, S, tells

DAY = 24 * 60  # minutes


def test_a_lie_in_that_nobody_answers_is_a_handful_of_messages_and_closes_itself() -> None:
    home = Home()
    home.minutes(12, STILL)
    home.minutes(31 * DAY)
    assert tells(home.said) == [0, 10, 17, 12 + DAY], "told, reminded, movement is back, and that nobody answered"
    assert home.book.open() == ()
    assert home.said[-1].alert.unanswered


def test_two_days_of_quiet_that_nobody_answers_stay_within_twelve_messages() -> None:
    home = Home()
    home.minutes(2 * DAY, STILL)
    home.minutes(29 * DAY)
    assert tells(home.said)[:8] == [0, 10, 30, 70, 130, 190, 250, 310]
    assert len(tells(home.said)) <= 12


def test_a_call_for_help_that_nobody_answers_is_told_every_day_and_never_closes_itself() -> None:
    home = Home()
    home.minutes(30, PRESS)
    home.minutes(31 * DAY)
    told = tells(home.said)
    assert told[:8] == [0, 10, 30, 70, 130, 190, 250, 310]
    assert {later - earlier for earlier, later in pairwise(told[7:])} == {DAY}
    assert told[-1] >= 30 * DAY
    assert home.state() is State.ACTIVE


def test_a_reminder_that_falls_into_the_minutes_in_which_movement_is_made_sure_of_is_not_sent() -> None:
    home = Home()
    home.minutes(8, STILL)
    assert tells(home.minutes(60)) == [13]


def test_what_gets_worse_begins_its_reminders_anew() -> None:
    home = Home()
    home.minutes(8 * 60, replace(STILL, priority=Priority.MEDIUM))
    assert tells(home.minutes(35, STILL)) == [480, 490, 510]


def test_a_new_quiet_after_movement_is_a_new_alert_told_at_once() -> None:
    home = Home()
    home.minutes(3, STILL)
    home.minutes(300)
    fell = replace(STILL, since_ns=home.now - 120 * MINUTE)
    closed, raised = home.minutes(1, fell)
    assert (closed.alert.id, closed.tell, closed.alert.unanswered) == (1, False, True)
    assert closed.time_ns // S < raised.time_ns // S, "a store asks which of the two came last"
    assert (raised.alert.id, raised.tell, raised.alert.raised_ns) == (2, True, raised.time_ns)
    assert tells(home.minutes(40, fell)) == [313, 333]


def test_the_same_quiet_seen_again_is_the_same_alert() -> None:
    """A sensor that was not heard for a while is no movement of the person."""
    home = Home()
    home.minutes(3, STILL)
    home.minutes(30)
    (back,) = home.minutes(1, STILL)
    assert (back.alert.id, back.tell) == (1, True)


def test_a_press_a_day_after_another_is_a_new_call_though_nobody_answered_the_first() -> None:
    home = Home()
    home.minutes(30, PRESS)
    home.minutes(1500)
    pressed = replace(PRESS, since_ns=home.now, again_ns=home.now)
    assert [(c.alert.id, c.tell) for c in home.minutes(1, pressed)] == [(1, False), (2, True)]


def test_an_answer_to_what_was_dealt_with_is_told_to_nobody() -> None:
    home = Home()
    home.minutes(3, PRESS)
    assert tells(home.answer("resolve")) == [3]
    assert tells(home.answer("ack")) == []


@pytest.mark.parametrize("action", ["ack", "resolve"])
def test_what_was_answered_and_ended_does_not_stay_open(action: str) -> None:
    home = Home()
    home.minutes(3, STILL)
    home.answer(action)
    home.minutes(60)
    assert home.book.open() == ()
    assert (home.said[-1].alert.by, home.said[-1].alert.unanswered) == ("Anna", False)


def test_what_is_over_says_what_of_its_kind_is_not() -> None:
    home = Home()
    hall = replace(COLD, subject="hall", what="Hall is cold", priority=Priority.MEDIUM)
    home.minutes(3, hall, COLD)
    (over,) = [c for c in home.minutes(10, COLD) if c.alert.state is State.RESOLVED]
    assert over.still_open == ("Bedroom is cold",)
    (last,) = [c for c in home.minutes(10) if c.alert.state is State.RESOLVED]
    assert last.still_open == ()


def test_two_that_end_together_do_not_keep_each_other_open() -> None:
    home = Home()
    home.minutes(3, replace(COLD, subject="hall"), COLD)
    over = [c for c in home.minutes(10) if c.alert.state is State.RESOLVED]
    assert [c.still_open for c in over] == [(), ()]
