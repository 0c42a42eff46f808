"""`kinlight status` and `kinlight alerts`: what they show, what a rating changes, and what they say without a box."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts.journal import AlertJournal
from gateway.cli.status_text import change_lines
from gateway.model.alert import Alert, Answer, Change, State
from gateway.service.health import changes_of
from rules.core.confounders import Flag
from rules.core.explain import DayStatus
from rules.terms.finding import AlertKind, Finding, Priority
from tests.cli.running import ran
from tests.thinking import START_NS


def test_status_without_a_box_and_with_a_damaged_file(home: Path) -> None:
    code, _, err = ran("status", "--config", home)
    assert code == 4
    assert "no running box left its status in" in err[0]
    assert "start it with `kinlight run`" in err[0]
    state = home.parent / "state"
    state.mkdir()
    (state / "status.json").write_text('{"time_ns": 1')
    code, _, err = ran("status", "--config", home)
    assert (code, len(err)) == (4, 1)
    assert "status.json is damaged" in err[0]


def test_alerts_without_a_journal_and_with_one(home: Path) -> None:
    code, _, err = ran("alerts", "list", "--config", home)
    assert code == 5
    assert "is it the right --directory?" in err[0]
    finding = Finding("sos", "lounge", AlertKind.PERSONAL, Priority.HIGH, "Pressed.", START_NS, "Call.")
    journal = AlertJournal.open(home.parent / "state")
    journal.record([Change(Alert(1, finding, State.ACTIVE, START_NS, START_NS, tried_ns=START_NS), START_NS, True)])
    journal.close()
    code, out, _ = ran("alerts", "list", "--config", home)
    assert code == 0
    assert out == ["   1  2026-11-18 00:00  high    open, nobody is on it", "      Pressed."]
    assert json.loads(ran("alerts", "list", "--json", "--config", home)[1][0])[0]["subject"] == "lounge"
    code, out, _ = ran("alerts", "show", "1", "--config", home)
    assert code == 0
    assert "Pressed." in out[0]
    for words in (("show", "9"), ("ack", "9")):
        code, _, err = ran("alerts", *words, "--config", home)
        assert code == 2
        assert "there is no alert 9" in err[0]
    assert ran("alerts", "ack", "1", "--minutes", "0", "--config", home)[0] == 2


@pytest.fixture
def changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AlertJournal]:
    """A journal with alert 1 about restless nights and alert 2 about a cold room; whatever is answered is taken."""
    monkeypatch.setattr("gateway.alerts.answer_files.submit", lambda *_: home / "taken")
    journal = AlertJournal.open(home.parent / "state")
    for number, (rule, subject) in enumerate((("deterioration", "restless_nights"), ("cold_room", "lounge")), start=1):
        finding = Finding(rule, subject, AlertKind.PERSONAL, Priority.LOW, "x", START_NS, "y")
        journal.record([Change(Alert(number, finding, State.ACTIVE, START_NS, START_NS, tried_ns=START_NS), 1, True)])
    yield journal
    journal.close()


def test_a_rating_says_what_it_changed_and_how_to_take_it_back(home: Path, changed: AlertJournal) -> None:
    def rate(*words: str) -> tuple[int, str, list[str]]:
        code, out, err = ran("alerts", "rate", *words, "--config", home)
        return code, " ".join(out), err

    code, said, _ = rate("1", "nothing-found")
    assert code == 0
    assert said == (
        'Alert 1: your rating is kept. Thank you. Of "restless nights" Kinlight now tells later, and has to be surer: '
        "it asks for 50 % more evidence than before anybody answered. "
        "To take it back: kinlight alerts rate 1 nothing-found --undo"
    )
    changed.record_answer(Answer(1, "rate", "ann", START_NS, 30, "nothing-found"))
    assert "now tells sooner" in rate("1", "nothing-found", "--undo")[1]
    assert "it asks for 18 % less evidence than before anybody answered." in rate("1", "right")[1]
    code, _, err = rate("1", "right", "--undo")
    assert (code, err) == (2, ["kinlight: alert 1 is not rated right: there is nothing to take back"])
    assert rate("2", "nothing-found")[1] == "Alert 2: your rating is kept. Thank you."
    assert rate("3", "right")[0] == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, ["Alerts about changed days: none; no day could be assessed yet."]),
        ((5, 0, 0), ["Alerts about changed days: none; the routine is still being learned, 5 days to go."]),
        (
            (0, 0, 40),
            [
                "Alerts about changed days: 0 in 40 assessed days.",
                "  By chance alone about one in 30 days is expected.",
            ],
        ),
        (
            (0, 2, 41),
            [
                "Alerts about changed days: 2 in 41 assessed days, one in 20 days.",
                "  By chance alone about one in 30 days is expected.",
            ],
        ),
    ],
)
def test_the_observed_rate_stands_beside_the_nominal_one(changes: tuple[int, int, int] | None, said: list[str]) -> None:
    now = DayStatus(changes[0], Flag.NONE, (), changes[1], changes[2]) if changes else None
    assert list(change_lines(json.loads(json.dumps(changes_of(now, 30.0))))) == said


def test_a_database_that_is_none_is_one_sentence(home: Path) -> None:
    state = home.parent / "state"
    state.mkdir()
    (state / "alerts.sqlite").write_bytes(b"no database" * 1000)
    code, _, err = ran("alerts", "list", "--config", home)
    assert (code, len(err)) == (5, 1)
    assert "alerts.sqlite: file is not a database" in err[0]


def test_an_open_alert_can_be_seen_and_answered_however_many_came_after_it(home: Path) -> None:
    finding = Finding("sos", "lounge", AlertKind.PERSONAL, Priority.HIGH, "Pressed.", START_NS, "Call.")
    journal = AlertJournal.open(home.parent / "state")
    for number in range(1, 252):
        state = State.ACTIVE if number == 1 else State.RESOLVED
        journal.record([Change(Alert(number, finding, state, START_NS, START_NS, tried_ns=START_NS), START_NS, True)])
    journal.close()
    assert [alert["id"] for alert in json.loads(ran("alerts", "list", "--config", home, "--json")[1][0])] == [1]
    every = json.loads(ran("alerts", "list", "--config", home, "--every", "--json")[1][0])
    assert [alert["id"] for alert in every] == list(range(251, 0, -1))
    assert ran("alerts", "show", "1", "--config", home)[0] == 0
    assert ran("alerts", "show", "252", "--config", home)[0] == 2
