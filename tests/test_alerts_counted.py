"""An open alert goes on counting what its rule, which looks back only so far, has forgotten."""

from dataclasses import replace

from rules.terms.finding import Finding
from tests.alert_life import MINUTE, PRESS, T0, Home, tells


def presses(times: int, first: int, last: int) -> Finding:
    """So many presses from one minute to another, as the rule sees them."""
    return replace(PRESS, times=times, since_ns=T0 + first * MINUTE, again_ns=T0 + last * MINUTE)


def counted(home: Home) -> tuple[int, int, int]:
    (alert,) = home.book.open()
    found = alert.finding
    return found.times, (found.since_ns - T0) // MINUTE, (found.again_ns - T0) // MINUTE


def test_presses_an_hour_apart_are_added_up_while_the_alert_is_open() -> None:
    home = Home()
    home.minutes(1, presses(6, 0, 5))
    home.minutes(60)
    changes = home.minutes(1, presses(1, 61, 61))
    assert tells(changes) == [61]
    assert counted(home) == (7, 0, 61)
    home.minutes(1, presses(2, 61, 62))
    assert counted(home) == (8, 0, 62)


def test_the_same_presses_seen_again_are_counted_once() -> None:
    home = Home()
    home.minutes(5, presses(6, 0, 5))
    home.minutes(5, presses(1, 5, 5))
    assert counted(home) == (6, 0, 5)


def test_a_press_after_the_answer_is_a_new_alert_that_counts_from_one() -> None:
    home = Home()
    home.minutes(1, presses(6, 0, 5))
    home.minutes(10)
    home.answer("resolve")
    home.minutes(1, presses(1, 120, 120))
    assert counted(home) == (1, 120, 120)


def test_what_is_not_counted_is_taken_as_it_is() -> None:
    home = Home()
    door = replace(PRESS, again_ns=T0)
    home.minutes(1, door)
    home.minutes(1, replace(door, since_ns=T0 + MINUTE, again_ns=T0 + MINUTE))
    assert counted(home) == (0, 1, 1)
