"""`kinlight alerts`: whom an alert reached, who answers it, and where it stands, by the clock of the home."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.alerts.journal import AlertJournal, Attempt
from gateway.model.alert import Alert, Change, State
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests.cli.running import ran

SUMMER_NS = 1_783_245_600 * NS_PER_S  # 5 July 2026, 10:00 UTC: 11:00 in London
FINDING = Finding("sos", "lounge", AlertKind.PERSONAL, Priority.HIGH, "Pressed.", SUMMER_NS, "Call.", latching=True)
OPEN = Alert(1, FINDING, State.ACTIVE, SUMMER_NS, SUMMER_NS, tried_ns=SUMMER_NS)
PLAN = """
[[contact]]
name = "daughter"
notifier = "log"

[[contact]]
name = "installer"
notifier = "log"
kinds = ["technical"]
at_least = "medium"
"""


@pytest.fixture
def journal(home: Path) -> Iterator[AlertJournal]:
    """A home in London whose alert 1 is open."""
    home.write_text(home.read_text() + '\n[[notifier]]\nname = "log"\ntype = "log"\n')
    made = AlertJournal.open(home.parent / "state")
    made.record([Change(OPEN, SUMMER_NS, tell=True)])
    yield made
    made.close()


def shown(home: Path) -> list[str]:
    code, out, err = ran("alerts", "show", "1", "--config", home)
    assert code == 0, err
    return out


def test_a_delivery_that_failed_is_not_shown_as_told(home: Path, journal: AlertJournal) -> None:
    assert any(line.startswith("Told: nobody yet; last tried Sunday 5 July 2026 11:00") for line in shown(home))
    for attempt in (1, 2):
        journal.record_attempt(Attempt(1, 1, "log", attempt, SUMMER_NS + attempt * NS_PER_S, False, "no route"))
    out = shown(home)
    assert "Told: nobody yet; last tried Sunday 5 July 2026 11:00" in out
    assert "Failed to log: 2 times, last Sunday 5 July 2026 11:00: no route" in out
    journal.record_attempt(Attempt(1, 1, "log", 3, SUMMER_NS + 120 * NS_PER_S, True))
    out = shown(home)
    assert "Last told: Sunday 5 July 2026 11:02" in out
    assert "Delivered to log: Sunday 5 July 2026 11:02" in out


def test_an_alert_the_plan_sends_to_nobody_says_so(home: Path, journal: AlertJournal) -> None:
    plan = home.with_name("plan.toml")
    plan.write_text(PLAN)
    assert any("to daughter and installer by log" in line for line in shown(home))
    plan.write_text(PLAN.replace('notifier = "log"', 'notifier = "log"\nat_least = "high"', 1))
    low = replace(OPEN, finding=replace(FINDING, priority=Priority.LOW))
    journal.record([Change(low, SUMMER_NS, tell=True)])
    assert "Told: nobody; nobody in the plan is told of this" in shown(home)


def test_the_list_says_where_an_alert_stands_and_what_was_resolved_is_settled(
    home: Path, journal: AlertJournal
) -> None:
    def listed() -> str:
        return ran("alerts", "list", "--every", "--config", home)[1][0]

    assert listed() == "   1  2026-07-05 11:00  high    open, nobody is on it"
    later_ns = SUMMER_NS + 3600 * NS_PER_S
    answered = replace(OPEN, by="daughter", changed_ns=SUMMER_NS, answered_ns=SUMMER_NS, until_ns=later_ns)
    taken = replace(answered, state=State.ACKNOWLEDGED)
    for alert, words in (
        (taken, "daughter is on it until"),
        (answered, "open, nobody is on it"),
        (replace(taken, settled=True), "settled by daughter"),
        (replace(answered, state=State.RESOLVED), "over since"),
    ):
        journal.record([Change(alert, SUMMER_NS, tell=False)])
        assert words in listed()
    (row,) = json.loads(ran("alerts", "list", "--every", "--json", "--config", home)[1][0])
    assert (row["state"], row["by"], row["answered_ns"]) == ("resolved", "daughter", SUMMER_NS)


@pytest.mark.parametrize(("typed", "by"), [((), "somebody at the box"), (("--by", "daughter"), "daughter")])
def test_who_answers_is_a_role_or_a_name_and_not_the_user_of_the_machine(
    typed: tuple[str, ...], by: str, home: Path, journal: AlertJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    monkeypatch.setenv("LOGNAME", "pi")
    monkeypatch.setattr(
        "gateway.alerts.answer_files.submit", lambda _, answer: left.append(answer.by) or home.with_name("taken")
    )
    assert ran("alerts", "ack", "1", *typed, "--config", home)[0] == 0
    assert left == [by]
