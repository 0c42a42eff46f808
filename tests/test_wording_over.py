"""What people read when it is over, in part over, or over without an answer; and where an alert stands, in a list."""

from dataclasses import replace

import pytest

from gateway.alerts.wording import message, rated, standing
from gateway.model.alert import Change, State
from rules.terms.finding import Priority
from tests.test_wording import AT, LONDON, MINUTE, still, told

HOUR = 60 * MINUTE


def test_nobody_answered_and_it_closes() -> None:
    closed = replace(still(), state=State.RESOLVED, changed_ns=AT + 25 * HOUR, ended_ns=AT + HOUR)
    title, lines = told(closed, AT + 25 * HOUR)
    assert title == "Nobody answered: No movement for 12 hours 35 minutes"
    assert lines[:3] == [
        "This is over, since 11:35 yesterday. Nobody has answered, and this is the last message about it.",
        "It is about: No movement for 12 hours 35 minutes, since Tuesday 22:00.",
        "If nobody has spoken to them yet, a call is still worth it.",
    ]
    assert message(Change(closed, AT + 25 * HOUR, True), LONDON).priority is Priority.LOW


def test_a_part_of_a_decline_that_looks_usual_again_is_no_all_clear() -> None:
    finding = replace(still().finding, rule="deterioration", what="Fewer signs of eating", latching=False)
    over = replace(still(), finding=finding, state=State.RESOLVED, changed_ns=AT, ended_ns=AT - 5 * MINUTE)
    said = message(Change(over, AT, True, still_open=("Moving less", "Restless nights.")), LONDON)
    assert said.title == "Partly over: Fewer signs of eating"
    assert said.body.splitlines()[:2] == [
        "That part looks usual again.",
        "Still open: Moving less; Restless nights.",
    ]
    assert told(over)[0] == "Over: Fewer signs of eating"
    cold = replace(over, finding=replace(finding, rule="cold_room", what="Hall is cold"))
    said = message(Change(cold, AT, True, still_open=("Lounge is cold",)), LONDON)
    assert said.body.splitlines()[:2] == ["This is over, since 10:30 today.", "Still open: Lounge is cold."]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "open, nobody is on it"),
        ({"by": "daughter"}, "open, nobody is on it"),
        ({"ended_ns": 7}, "over since 7, nobody has answered"),
        ({"state": State.ACKNOWLEDGED, "by": "daughter", "until_ns": 9}, "daughter is on it until 9"),
        (
            {"state": State.ACKNOWLEDGED, "by": "daughter", "until_ns": 9, "settled": True},
            "settled by daughter; told again if it is still so 9",
        ),
        ({"state": State.RESOLVED, "changed_ns": 8, "by": "daughter"}, "over since 8, answered by daughter"),
        ({"state": State.RESOLVED, "changed_ns": 8, "ended_ns": 7}, "over since 7, nobody answered"),
    ],
)
def test_where_an_alert_stands(changed: dict[str, object], words: str) -> None:
    assert standing(replace(still(), **changed), str) == words


def test_what_ends_by_itself_says_so() -> None:
    over = replace(still(), state=State.RESOLVED, changed_ns=8)
    assert standing(replace(over, finding=replace(over.finding, latching=False)), str) == "over since 8, by itself"


def test_a_rating_is_explained_without_a_factor() -> None:
    assert " ".join(rated(3, "slowing_down", 1.0, 0.8165, "right")[:-1]).endswith(
        "now tells sooner, and need not be so sure: it asks for 18 % less evidence than before anybody answered."
    )
    assert " ".join(rated(3, "slowing_down", 1.5, 1.0, "")).endswith("as much evidence as before anybody answered.")


def test_days_that_changed_have_one_since_and_no_hour() -> None:
    finding = replace(
        still().finding, rule="deterioration", what="Restless nights", since="about 2 March", latching=False
    )
    assert "Since: about 2 March" in told(replace(still(), finding=finding))[1]
    dated = replace(finding, what="Restless nights, since about 2 March")
    lines = told(replace(still(), finding=dated))[1]
    assert [line for line in lines if "since" in line.lower()] == [
        "Worth checking now: Restless nights, since about 2 March."
    ]
    over = told(replace(still(), finding=dated, state=State.RESOLVED, changed_ns=AT))[1]
    assert "It is about: Restless nights, since about 2 March." in over


def test_a_press_that_another_one_followed_is_not_said_to_be_over() -> None:
    finding = replace(still().finding, rule="sos", what="Help button pressed", again_ns=AT)
    lines = told(replace(still(), finding=finding, state=State.RESOLVED, changed_ns=AT, ended_ns=AT))[1]
    assert lines[0] == "Nobody has answered, and this is the last message about it."
