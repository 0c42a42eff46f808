"""From a change to a person, whatever the card, the service or the message is like."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.alerts import delivery as post_module
from gateway.alerts.delivery import Dispatcher
from gateway.alerts.journal import AlertJournal
from gateway.config.plan import Contact, Plan
from gateway.ingest.inbox import Feed
from gateway.model.alert import Alert, Answer, Change, State
from gateway.model.contracts import Message, NotifyError
from gateway.model.delivery_outcome import AttemptReport, DeliveryOutcome
from gateway.storage.sqlite import JournalFull
from gateway.system.clock import Clock
from gateway.system.worker import Fault, Stop, Worker
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests.integration.home import wait_for

UTC = ZoneInfo("UTC")
NOW_NS = 1_795_000_000 * NS_PER_S


@dataclass
class Service:
    """A way to people that can be down, and that may refuse one message for ever."""

    messages: list[Message] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    down: bool = False
    poison: int = 0

    def send(self, message: Message) -> None:
        self.tried.append(message.alert_id)
        if self.down or message.alert_id == self.poison:
            raise NotifyError("the service says no")
        self.messages.append(message)

    def close(self) -> None:
        """Nothing is held."""


def change(number: int, *, tell: bool = True, kind: AlertKind = AlertKind.PERSONAL, at_ns: int = NOW_NS) -> Change:
    finding = Finding("sos", "lounge", kind, Priority.HIGH, "The help button was pressed.", at_ns, "Call them.")
    return Change(Alert(number, finding, State.ACTIVE, at_ns, at_ns, tried_ns=at_ns), at_ns, tell)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (0.02, 0.05))
    monkeypatch.setattr(post_module, "PATIENCE_S", 0.3)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[AlertJournal]:
    opened = AlertJournal.open(tmp_path)
    yield opened
    opened.close()


@contextmanager
def posting(
    journal: AlertJournal, services: dict[str, Service], plan: Plan | None = None, heard: list[object] | None = None
) -> Iterator[Dispatcher]:
    """The post with its threads; the test plays the thread that thinks, and hears what they report."""
    stop = Stop()
    said: list[object] = [] if heard is None else heard
    feed = Feed(lambda item, wait_s: said.append(item) is None, Clock(), stop)
    dispatcher = Dispatcher(journal, services, plan or Plan(), UTC, feed)
    told: list[Fault] = []
    work = {"alerts": dispatcher.tasks.run} | {name: worker.run for name, worker in dispatcher.workers.items()}
    news = {name: worker.news for name, worker in dispatcher.workers.items()}
    workers = [Worker(name, each, stop, told.append, news=news.get(name, lambda: False)) for name, each in work.items()]
    for worker in workers:
        worker.start()
    try:
        yield dispatcher
    finally:
        stop.set()
        assert all(worker.join(5) for worker in workers)


def ids(service: Service) -> list[int]:
    return [message.alert_id for message in service.messages]


def test_a_change_is_recorded_told_and_noted(journal: AlertJournal) -> None:
    service = Service()
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.changes([change(1), change(2, tell=False)])
        wait_for(dispatcher.idle, "the dispatcher")
    assert ids(service) == [1]
    assert [notice.handed_over for notice in journal.attempts(1)] == [True]
    assert len(journal.all_alerts()) == 2


def test_what_could_not_be_recorded_is_told_all_the_same_and_once(
    journal: AlertJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, full = Service(), threading.Event()
    full.set()
    record = journal.record

    def failing(changes: list[Change]) -> list[int]:
        if full.is_set():
            raise JournalFull("alerts.sqlite: database or disk is full")
        return record(changes)

    monkeypatch.setattr(journal, "record", failing)
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.changes([change(1)])
        wait_for(lambda: ids(service) == [1], "the first alert")
        dispatcher.changes([change(2)])  # waits behind the first one, which cannot be recorded
        wait_for(lambda: dispatcher.send_overdue() or ids(service) == [1, 2], "the second alert")
        full.clear()
        wait_for(lambda: len(journal.all_alerts()) == 2, "both to be recorded")
        wait_for(dispatcher.idle, "the dispatcher")
        dispatcher.send_overdue()
    assert ids(service) == [1, 2]


def test_a_card_that_hangs_keeps_no_alert_back(journal: AlertJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    service, hang = Service(), threading.Event()
    record = journal.record
    monkeypatch.setattr(journal, "record", lambda changes: (hang.wait(10), record(changes))[1])
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.changes([change(1)])
        wait_for(lambda: dispatcher.send_overdue() or ids(service) == [1], "the alert")
        assert journal.all_alerts() == []
        hang.set()
        wait_for(journal.all_alerts, "the record")
        wait_for(dispatcher.idle, "the dispatcher")
    assert ids(service) == [1], "told once"


def test_a_message_the_service_never_takes_keeps_no_other_back(journal: AlertJournal) -> None:
    service = Service(poison=1)
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.changes([change(1), change(2)])
        dispatcher.changes([change(3)])
        wait_for(lambda: ids(service) == [2, 3], "the others")
        wait_for(lambda: service.tried.count(1) > 3, "it to be tried again")
        service.poison = 0
        wait_for(dispatcher.idle, "the dispatcher")
    assert ids(service) == [2, 3, 1]
    attempts = [(notice.attempt, notice.handed_over) for notice in journal.attempts(1)]
    assert attempts == [(1, False), (service.tried.count(1), True)], "the tries between them failed for the same reason"


def test_after_an_outage_each_alert_is_told_as_it_stands_and_not_as_often_as_it_was_repeated(
    journal: AlertJournal,
) -> None:
    service = Service(down=True)
    with posting(journal, {"phone": service}) as dispatcher:
        for minute in range(50):
            dispatcher.changes([change(1, at_ns=NOW_NS + minute * 600 * NS_PER_S)])
        dispatcher.changes([change(2)])
        wait_for(lambda: journal.all_alerts() and journal.history(2), "all to be recorded")
        tried = len(service.tried)
        wait_for(lambda: len(service.tried) > tried + 2, "the outage to go on")
        service.down = False
        wait_for(dispatcher.idle, "the dispatcher")
    assert sorted(ids(service)) == [1, 2]
    assert max(message.time_ns for message in service.messages) == NOW_NS + 49 * 600 * NS_PER_S


def test_what_was_recorded_and_not_handed_over_goes_out_late_after_a_start(journal: AlertJournal) -> None:
    numbers = journal.record([change(1), change(2), change(3, tell=False)])
    from gateway.alerts.journal import Attempt

    journal.record_attempt(Attempt(numbers[0], 1, "phone", 1, NOW_NS, handed_over=True))
    service = Service()
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.resume(NOW_NS + NS_PER_S)
        wait_for(dispatcher.idle, "the dispatcher")
    assert [(message.alert_id, message.late) for message in service.messages] == [(2, True)]


def test_the_plan_decides_who_is_told(journal: AlertJournal) -> None:
    family, installer = Service(), Service()
    contacts = (
        Contact(name="daughter", notifier="family"),
        Contact(name="installer", notifier="installer", kinds=(AlertKind.TECHNICAL,)),
    )
    with posting(journal, {"family": family, "installer": installer}, Plan(contact=contacts)) as dispatcher:
        dispatcher.changes([change(1)])
        wait_for(dispatcher.idle, "the dispatcher")
    assert (ids(family), ids(installer)) == ([1], [])


def test_what_was_told_before_it_was_recorded_is_not_told_again_after_the_next_start(
    journal: AlertJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, hang = Service(), threading.Event()
    record = journal.record
    monkeypatch.setattr(journal, "record", lambda changes: (hang.wait(10), record(changes))[1])
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.changes([change(1)])
        wait_for(lambda: dispatcher.send_overdue() or ids(service) == [1], "the alert")
        hang.set()
        wait_for(dispatcher.idle, "the dispatcher")
    assert [notice.handed_over for notice in journal.attempts(1)] == [True]
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.resume(NOW_NS + NS_PER_S)
        wait_for(dispatcher.idle, "the dispatcher")
    assert ids(service) == [1]


def test_an_alert_that_cannot_be_put_into_words_is_told_plainly_and_recorded_once(journal: AlertJournal) -> None:
    service, heard = Service(), list[object]()
    good = change(1)
    beyond = replace(good, alert=replace(good.alert, finding=replace(good.alert.finding, since_ns=2**70)))
    with posting(journal, {"phone": service}, heard=heard) as dispatcher:
        dispatcher.changes([beyond, change(2)])
        wait_for(dispatcher.idle, "the dispatcher")
    assert ids(service) == [1, 2]
    assert service.messages[0].title == "The help button was pressed"
    assert "could not be put into words: The help button was pressed." in service.messages[0].body
    assert "What to do: Call them." in service.messages[0].body
    assert len(journal.history(1)) == 1
    assert [item.worker for item in heard if isinstance(item, Fault)] == ["wording"]


def test_an_answer_is_recorded_before_its_file_may_go(journal: AlertJournal) -> None:
    gone: list[int] = []
    with posting(journal, {}) as dispatcher:
        dispatcher.answered(
            Answer(1, "ack", "daughter", NOW_NS), [change(1)], lambda: gone.append(len(journal.answers(1)))
        )
        wait_for(lambda: gone, "the answer")
    assert gone == [1]


def test_an_answer_no_database_takes_does_not_keep_others_back(
    journal: AlertJournal, caplog: pytest.LogCaptureFixture
) -> None:
    gone: list[str] = []
    with posting(journal, {}) as dispatcher:
        dispatcher.answered(Answer(1, "ack", "a", NOW_NS, minutes=10**30), [], lambda: gone.append("bad"))
        dispatcher.answered(Answer(1, "ack", "b", NOW_NS), [], lambda: gone.append("good"))
        wait_for(lambda: len(gone) == 2, "both")
    assert [answer.by for answer in journal.answers(1)] == ["b"]
    assert "cannot be recorded" in caplog.text


def outcomes(heard: list[object]) -> list[tuple[str, DeliveryOutcome]]:
    return [(item.notifier, item.outcome) for item in heard if isinstance(item, AttemptReport)]


def test_what_became_of_an_attempt_is_reported(journal: AlertJournal) -> None:
    service, heard = Service(down=True), list[object]()
    with posting(journal, {"phone": service}, heard=heard) as dispatcher:
        dispatcher.changes([change(1)])
        wait_for(lambda: outcomes(heard), "the first attempt")
        assert outcomes(heard)[0] == ("phone", DeliveryOutcome.FAILED)
        service.down = False
        wait_for(dispatcher.idle, "the dispatcher")
    assert outcomes(heard)[-1] == ("phone", DeliveryOutcome.DELIVERED)


def test_an_alert_that_the_plan_sends_to_nobody_is_not_silent(
    journal: AlertJournal, caplog: pytest.LogCaptureFixture
) -> None:
    service, heard = Service(), list[object]()
    contact = Contact(name="installer", notifier="phone", kinds=(AlertKind.TECHNICAL,))
    with posting(journal, {"phone": service}, Plan(contact=(contact,)), heard) as dispatcher:
        dispatcher.changes([change(1), change(2, tell=False)])
        wait_for(dispatcher.idle, "the dispatcher")
    assert outcomes(heard) == [("nobody", DeliveryOutcome.NOBODY)]
    assert "alert 1: nobody in the plan is told of this" in caplog.text


def test_what_is_over_in_part_is_so_after_a_start_too(journal: AlertJournal) -> None:
    over = change(1)
    journal.record([change(2)])
    journal.record([replace(over, alert=replace(over.alert, state=State.RESOLVED))])
    service = Service()
    with posting(journal, {"phone": service}) as dispatcher:
        dispatcher.resume(NOW_NS + NS_PER_S)
        wait_for(dispatcher.idle, "the dispatcher")
    assert any("Still open: The help button was pressed." in message.body for message in service.messages)
