"""F16: an outage of a week, and a store that changes its mind at every batch, leave room for others in the log."""

import logging
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from gateway.alerts.journal import AlertJournal
from gateway.model.contracts import Message, NotifyError, Outcome, Verdict
from gateway.service.forwarder import Forwarder
from gateway.storage.journal import Batch, Journal
from tests.faults.conftest import Note
from tests.faults.forwarding import written
from tests.integration.home import wait_for
from tests.test_post import Service, change, posting

HOUR_S = 3600
LINES = 100


class Moody:
    """A fake store that is another one whenever it is asked, and takes, refuses and fails in turn."""

    def __init__(self, moods: Sequence[Outcome]) -> None:
        self._moods = moods
        self.asked = 0

    def write(self, lines: Sequence[bytes]) -> Verdict:
        self.asked += 1
        return Verdict(self._moods[self.asked % len(self._moods)], f"words {self.asked}")

    def incarnation(self) -> str:
        self.asked += 1
        return str(self.asked) if len(self._moods) > 1 else ""

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(
    ("name", "hours", "moods", "most"),
    [
        ("away", 7 * 24, [Outcome.LATER], LINES),
        ("moody", 1, [Outcome.STORED, Outcome.LATER, Outcome.HOLD, Outcome.REFUSED, Outcome.STORED], 6),
    ],
)
def test_a_store_that_is_unwell(
    *,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    note: Note,
    name: str,
    hours: int,
    moods: list[Outcome],
    most: int,
) -> None:
    journal, sink = Journal.open(tmp_path), Moody(moods)
    forwarder = Forwarder(
        "store", journal, sink, cursor=0, save=lambda _: None, refuse=lambda *_: None, chance=Random(7)
    )
    now_s, lines = 0.0, 0
    caplog.set_level(logging.INFO)
    while now_s < hours * HOUR_S:
        if now_s >= lines * HOUR_S:
            journal.commit(Batch(points=[written("m", lines)]))
            lines += 1
        now_s += max(1.0, forwarder.step(now_s))
    journal.close()
    assert sink.asked > 40
    note(f"faults.F16.{name}.log_lines", len(caplog.records), f"lines in {hours} h", floor=most)


def test_a_service_that_is_away_with_ever_new_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    """2,000 tries, a day's at the longest wait."""

    class Away(Service):
        def send(self, message: Message) -> None:
            self.tried.append(message.alert_id)
            raise NotifyError(f"request {len(self.tried)} failed")

    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (0.0001, 0.0002))
    monkeypatch.setattr(AlertJournal, "record_attempt", lambda *_: None)
    caplog.set_level(logging.INFO)
    journal, service = AlertJournal.open(tmp_path), Away()
    with posting(journal, {"phone": service}) as dispatcher:
        for number in range(1, 50):
            dispatcher.changes([change(number)])
        wait_for(lambda: len(service.tried) > 2000, "2,000 tries")
    journal.close()
    note("faults.F19.log_lines", len(caplog.records), "lines in 2,000 tries", floor=LINES)
