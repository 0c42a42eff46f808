"""The delivery of alerts: recorded, worded, and dispatched to the worker of each notifier.

From alert changes to people: one thread records them, one thread for each notifier hands them over.

A change is committed before it is sent. When it cannot be committed, or not soon, it is sent all the same: a card that
is full, broken or hangs must not keep an alert from going out. What was recorded and not handed over goes out after the
next start, marked as late.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from gateway.alerts.book import still_open
from gateway.alerts.delivery_worker import Delivery, DeliveryWorker, Row
from gateway.alerts.journal import AlertJournal, Attempt
from gateway.alerts.wording import UNWORDABLE, message, unworded
from gateway.config.plan import Plan
from gateway.ingest.inbox import Feed
from gateway.model.alert import Alert, Answer, Change
from gateway.model.contracts import Message, Notifier
from gateway.model.delivery_outcome import NOBODY, AttemptReport, DeliveryOutcome
from gateway.storage.sqlite import JournalCorrupt, JournalError
from gateway.storage.write_queue import WriteQueue
from gateway.system.log_limit import LogLimit
from gateway.system.worker import Fault
from rules.terms.time import NS_PER_S

log = logging.getLogger(__name__)

RESUME_NS = 86_400 * NS_PER_S  # older than a day is told by the alert list, not by a late message
PATIENCE_S = 1.0  # a commit takes milliseconds; a card that takes longer than this is not waited for


class _Recording:
    """Changes on their way into the alert journal: told by whoever takes them first, the journal's thread or ours."""

    def __init__(self, changes: Sequence[Change], since_s: float) -> None:
        self.since_s = since_s
        self.rows = [Row() for _ in changes]
        self._untold = deque([changes])

    def take(self) -> Sequence[Change]:
        """The changes, once; nothing afterwards."""
        try:
            return self._untold.pop()
        except IndexError:
            return ()


class Dispatcher:
    """The alert journal's write queue and the delivery workers behind it."""

    def __init__(
        self, journal: AlertJournal, notifiers: Mapping[str, Notifier], plan: Plan, zone: ZoneInfo, feed: Feed
    ) -> None:
        """`feed` gives the clock, and a stop that is set when the last change has been handed in."""
        stop = feed.stop
        self.tasks = WriteQueue(journal, stop, dropped=self._dropped)
        self.workers = {name: DeliveryWorker(leaf, self._reporter(name), stop) for name, leaf in notifiers.items()}
        self._plan = plan
        self._zone = zone
        self._clock = feed.clock
        self._put = feed.put
        self._recordings: deque[_Recording] = deque()
        self.broken: JournalCorrupt | None = None  # set by the alerts' thread

    def submit(self, task: Callable[[AlertJournal], object]) -> None:
        """Queue a task for the alerts' thread."""

        def noticing(journal: AlertJournal) -> None:
            try:
                task(journal)
            except JournalCorrupt as error:
                self.broken = error
                raise

        self.tasks.submit(noticing)

    def changes(self, changes: Sequence[Change]) -> None:
        """Record changes, then tell those of them that are to be told."""
        if not changes:
            return
        recording = _Recording(changes, self._clock.monotonic_s())
        self._recordings.append(recording)

        def task(journal: AlertJournal) -> None:
            try:
                for row, number in zip(recording.rows, journal.record(changes), strict=True):
                    row.number = number
            except ValueError:  # trying again would never help, and must not keep back those behind it
                log.exception("%d changes of alerts cannot be recorded", len(changes))
            finally:
                self._tell(recording.take(), recording.rows)

        self.submit(task)

    def send_overdue(self) -> None:
        """Tell what could not be recorded in time. Called by the thread that thinks, often."""
        now_s = self._clock.monotonic_s()
        while self._recordings and now_s - self._recordings[0].since_s > PATIENCE_S:
            recording = self._recordings.popleft()
            if changes := recording.take():
                log.error("alerts are told before they are recorded: the card does not answer")
                self._tell(changes, recording.rows)

    def answered(self, answer: Answer, changes: Sequence[Change], done: Callable[[], None]) -> None:
        """Record an answer with what it changed, then call `done` (the answer's file may go)."""

        def task(journal: AlertJournal) -> None:
            try:
                journal.record_answer(answer)
            except ValueError:
                log.exception("an answer to alert %d cannot be recorded", answer.alert_id)
            done()

        self.changes(changes)
        self.submit(task)

    def resume(self, now_ns: int) -> None:
        """After a start: what an earlier run recorded and somebody was not handed."""
        try:
            unsent = self.tasks.subject.unsent(list(self.workers), now_ns - RESUME_NS)
            open_alerts = self.tasks.subject.open_alerts()
        except JournalError as error:  # a box that does not start watches nobody
            self._put(Fault("alerts file", f"what was not told before the start cannot be read: {error}"), 1.0)
            return
        for each in unsent:
            if each.notifier in self._recipients(each.alert):
                others = still_open(each.alert, open_alerts)
                change = Change(each.alert, each.time_ns, tell=True, still_open=others, late=True)
                self.workers[each.notifier].deliveries.put(
                    Delivery(self._worded(change), Row(each.change), each.alert.finding.rule, each.attempts)
                )

    def _dropped(self, reason: str) -> None:
        self._put(Fault("alerts file", reason), 1.0)

    def news(self) -> bool:
        """Whether something waits to be recorded, or to be tried for the first time."""
        return not self.tasks.idle() or any(worker.news() for worker in self.workers.values())

    def idle(self) -> bool:
        """Whether everything is recorded and handed over."""
        return self.tasks.idle() and all(worker.idle() for worker in self.workers.values())

    def _tell(self, changes: Sequence[Change], rows: Sequence[Row]) -> None:
        for change, row in zip(changes, rows, strict=False):
            recipients = self._recipients(change.alert) if change.tell else ()
            for name in recipients:
                self.workers[name].deliveries.put(Delivery(self._worded(change), row, change.alert.finding.rule))
            if change.tell and not recipients:
                log.warning("alert %d: nobody in the plan is told of this", change.alert.id)
                rule, now_ns = change.alert.finding.rule, self._clock.now_ns()
                self._put(AttemptReport(rule, NOBODY, change.alert.id, now_ns, DeliveryOutcome.NOBODY), 1.0)

    def _worded(self, change: Change) -> Message:
        """The message; where no words can be made, one that says so: an alert is never dropped for its words."""
        try:
            return message(change, self._zone)
        except UNWORDABLE as error:
            log.exception("alert %d could not be put into words", change.alert.id)
            reason = f"alert {change.alert.id} could not be put into words: {type(error).__name__}: {error}"
            self._put(Fault("wording", reason), 1.0)
            return unworded(change)

    def _recipients(self, alert: Alert) -> tuple[str, ...]:
        return self._plan.notifiers(alert, tuple(self.workers))

    def _reporter(self, name: str) -> Callable[[Delivery, str], None]:
        log_limit, noted = LogLimit(), LogLimit()
        failed = ""  # why the attempt before this one did; the log has it once

        def report(delivery: Delivery, reason: str) -> None:
            nonlocal failed
            now_ns, alert_id = self._clock.now_ns(), delivery.message.alert_id
            outcome = DeliveryOutcome.FAILED if reason else DeliveryOutcome.DELIVERED
            if not reason or (not failed and log_limit.may_say(name, self._clock.monotonic_s())):
                log.info("alert %d: %s by %s", alert_id, outcome.value, name)
            failed = reason
            self._put(AttemptReport(delivery.rule, name, alert_id, now_ns, outcome), 1.0)
            attempt = delivery.attempts
            again = reason and not noted.may_say(f"{alert_id}: {reason}", self._clock.monotonic_s())
            if again and attempt > 1:  # a service that stays down for months would fill the file, a row for each try
                return

            def task(journal: AlertJournal) -> None:  # behind the one that records the change, so its number is known
                if delivery.row.number:
                    row = Attempt(delivery.row.number, alert_id, name, attempt, now_ns, not reason, reason)
                    journal.record_attempt(row)

            self.submit(task)

        return report
