"""From alert changes to people: one thread records them, one thread for each notifier hands them over.

A change is committed before it is sent. When it cannot be committed it is sent all the same: a full disk must not keep
an alert from going out. What was recorded and not handed over goes out after the next start, marked as late.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.alert import Alert, Answer, Change
from gateway.alert_journal import AlertJournal, Notice
from gateway.inbox import Feed
from gateway.leaf import Message, Notifier, NotifyError
from gateway.plan import Plan
from gateway.taskline import TaskLine
from gateway.wording import message
from gateway.worker import Empty, Queue, Stop
from rules.base import NS_PER_S

RESUME_NS = 86_400 * NS_PER_S  # older than a day is told by the alert list, not by a late message


@dataclass(slots=True)
class Errand:
    """One message for one notifier, and the row of the alert journal it belongs to (0: it could not be recorded)."""

    message: Message
    change: int
    attempts: int = 0


class Teller:
    """The thread of one notifier: tries the message at hand until it is handed over, then takes the next."""

    def __init__(self, notifier: Notifier, notice: Callable[[Errand, str], None], stop: Stop) -> None:
        """`notice(errand, reason)` notes an attempt; the reason is "" when it was handed over."""
        self.errands: Queue[Errand] = Queue()
        self._notifier = notifier
        self._notice = notice
        self._stop = stop
        self._current: Errand | None = None

    def run(self, beat: Callable[[], None]) -> None:
        """Hand over until told to stop. Raises OSError when a message could not be handed over; it is kept."""
        while not self._stop.is_set():
            if self._current is None:
                try:
                    self._current = self.errands.get(timeout=0.2)
                except Empty:
                    beat()
                    continue
            self._current.attempts += 1
            try:
                self._notifier.send(self._current.message)
            except NotifyError as error:
                self._notice(self._current, str(error))
                raise OSError(f"could not hand over alert {self._current.message.alert_id}: {error}") from error
            self._notice(self._current, "")
            self._current = None
            beat()

    def idle(self) -> bool:
        """Whether everything was handed over."""
        return self._current is None and self.errands.empty()


class Post:
    """The alert journal's task line and the tellers behind it."""

    def __init__(
        self, journal: AlertJournal, notifiers: Mapping[str, Notifier], plan: Plan, zone: ZoneInfo, feed: Feed
    ) -> None:
        """`feed` gives the clock, and a stop that is set when the last change has been handed in."""
        stop = feed.stop
        self.tasks = TaskLine(journal, stop)
        self.tellers = {name: Teller(leaf, self._noticer(name), stop) for name, leaf in notifiers.items()}
        self._plan = plan
        self._zone = zone
        self._clock = feed.clock

    def changes(self, changes: Sequence[Change]) -> None:
        """Record changes, then tell those of them that are to be told."""
        if not changes:
            return
        told: list[bool] = []

        def task(journal: AlertJournal) -> None:
            numbers: Sequence[int] = [0] * len(changes)
            try:
                numbers = journal.record(changes)
            finally:
                if not told:  # once, whatever becomes of the row
                    told.append(True)
                    self._tell(changes, numbers)

        self.tasks.submit(task)

    def answered(self, answer: Answer, changes: Sequence[Change], done: Callable[[], None]) -> None:
        """Record an answer with what it changed, then call `done` (the answer's file may go)."""

        def task(journal: AlertJournal) -> None:
            journal.record_answer(answer)
            done()

        self.changes(changes)
        self.tasks.submit(task)

    def resume(self, now_ns: int) -> None:
        """After a start: what an earlier run recorded and somebody was not handed."""
        for unsent in self.tasks.subject.unsent(list(self.tellers), now_ns - RESUME_NS):
            if unsent.notifier in self._recipients(unsent.alert):
                told = message(Change(unsent.alert, unsent.time_ns, tell=True), self._zone, late=True)
                self.tellers[unsent.notifier].errands.put(Errand(told, unsent.change, unsent.attempts))

    def idle(self) -> bool:
        """Whether everything is recorded and handed over."""
        return self.tasks.idle() and all(teller.idle() for teller in self.tellers.values())

    def _tell(self, changes: Sequence[Change], numbers: Sequence[int]) -> None:
        for change, number in zip(changes, numbers, strict=True):
            if change.tell:
                for name in self._recipients(change.alert):
                    self.tellers[name].errands.put(Errand(message(change, self._zone), number))

    def _recipients(self, alert: Alert) -> tuple[str, ...]:
        return self._plan.notifiers(alert, tuple(self.tellers))

    def _noticer(self, name: str) -> Callable[[Errand, str], None]:
        def notice(errand: Errand, reason: str) -> None:
            if errand.change:
                now_ns, alert_id = self._clock.now_ns(), errand.message.alert_id
                row = Notice(errand.change, alert_id, name, errand.attempts, now_ns, not reason, reason)
                self.tasks.submit(lambda journal: journal.record_notice(row))

        return notice
