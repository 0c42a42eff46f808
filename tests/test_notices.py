"""What was tried to tell people is kept, and never costs the alerts their room: a dead token is tried for months."""

from pathlib import Path

import pytest

from gateway.alerts import journal as module
from gateway.alerts.delivery_text import delivery_lines
from gateway.alerts.journal import AlertJournal, Attempt
from gateway.model.alert import State
from tests.integration.home import wait_for
from tests.test_alert_journal import change
from tests.test_post import Service, posting
from tests.test_post import change as told

TRIES = 2000


def failed(attempt: int, notifier: str = "phone") -> Attempt:
    return Attempt(1, 1, notifier, attempt, attempt, handed_over=False, reason="the token is not valid any more" * 3)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlertJournal:
    """A file with room for some hundred rows."""
    monkeypatch.setattr(module, "QUOTA_BYTES", 300_000)
    return AlertJournal.open(tmp_path)


def test_a_file_full_of_failed_attempts_takes_the_next_alert(small: AlertJournal) -> None:
    small.record([change(1, State.ACTIVE, 1)])
    small.record_attempt(failed(1, "neighbour"))
    for attempt in range(1, TRIES + 1):
        small.record_attempt(failed(attempt))
    small.record([change(2, State.ACTIVE, 2)])
    assert [alert.id for alert in small.open_alerts()] == [1, 2]
    latest = {notice.notifier: notice.attempt for notice in small.attempts(1)}
    assert latest == {"neighbour": 1, "phone": TRIES}, "of each who was tried the latest is known"
    small.close()


def test_a_file_full_of_alerts_that_are_over_takes_the_next(
    small: AlertJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_WHEN_FULL", 100)
    for number in range(1, 1001):
        small.record([change(number, State.ACTIVE, number), change(number, State.RESOLVED, number)])
    assert [alert.id for alert in small.all_alerts(1)] == [1000]
    small.close()


def test_a_service_that_stays_down_writes_no_row_for_each_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (0.001, 0.001))
    journal, service = AlertJournal.open(tmp_path), Service(down=True)
    with posting(journal, {"phone": service}) as post:
        post.changes([told(1)])
        wait_for(lambda: len(service.tried) > 20, "it to be tried again and again")
        service.down = False
        wait_for(post.idle, "the post")
    first, last = journal.attempts(1)
    assert (first.attempt, first.handed_over) == (1, False)
    assert (last.attempt, last.handed_over) == (len(service.tried), True)
    journal.close()


def test_how_often_it_failed_is_known_though_not_each_time_was_noted() -> None:
    lines = delivery_lines(told(1).alert, [failed(1), failed(40)], {"phone": ("Anna",)}, str)
    assert "Failed to Anna by phone: 40 times, last 40" in lines[1]
