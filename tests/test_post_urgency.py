"""What is urgent waits for nothing that failed, and what a service says stops nobody from writing it down."""

from pathlib import Path

import pytest

from gateway.alerts.journal import AlertJournal
from gateway.model.contracts import Message, NotifyError
from tests.integration.home import wait_for
from tests.test_post import Service, change, ids, posting


@pytest.fixture
def journal(tmp_path: Path) -> AlertJournal:
    return AlertJournal.open(tmp_path)


def test_a_new_alert_does_not_wait_until_what_failed_is_tried_again(
    journal: AlertJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (600.0, 600.0))
    service = Service(poison=1)
    with posting(journal, {"phone": service}) as post:
        post.changes([change(1)])
        wait_for(lambda: service.tried == [1], "the poison to fail")
        post.changes([change(2)])
        wait_for(lambda: ids(service) == [2], "the new one")
        post.changes([change(3)])
        wait_for(lambda: ids(service) == [2, 3], "the next")


def test_words_that_cannot_be_written_down_stop_no_record(journal: AlertJournal) -> None:
    class Rude(Service):
        def send(self, message: Message) -> None:
            super().send(message)
            if len(self.messages) == 1:
                raise NotifyError("no \udc80 \x9b at https://anna:PASS@service.example")

    service = Rude()
    with posting(journal, {"phone": service}) as post:
        post.changes([change(1)])
        wait_for(post.idle, "the post")
    assert [notice.reason for notice in journal.attempts(1)] == ["no at https://***@service.example", ""]
