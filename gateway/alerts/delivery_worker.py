"""The delivery worker of one notifier: retries, order by urgency, one message an alert."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.model.contracts import Message, Notifier, NotifyError
from gateway.system.worker import Empty, Queue, Stop
from rules.terms.finding import Priority

URGENCY = list(Priority)  # the most urgent first


@dataclass(slots=True)
class Row:
    """The row of the alert journal a message belongs to: it may be told first and recorded later."""

    number: int = 0  # 0: not recorded


@dataclass(slots=True)
class Delivery:
    """One message for one notifier."""

    message: Message
    row: Row
    rule: str = ""
    attempts: int = 0


class DeliveryWorker:
    """The thread of one notifier: tries each message until it is handed over.

    What was not tried yet goes first, the most urgent of it before the rest, and does not wait until what failed is
    tried again. One that could not be handed over goes behind the others: a message the service will never take blocks
    nobody. Of several about one alert only the newest is told: it says what the earlier ones said.
    """

    def __init__(self, notifier: Notifier, report: Callable[[Delivery, str], None], stop: Stop) -> None:
        """`report(delivery, reason)` notes an attempt; the reason is "" when it was handed over."""
        self.deliveries: Queue[Delivery] = Queue()
        self._notifier = notifier
        self._report = report
        self._stop = stop
        self._waiting: dict[int, Delivery] = {}  # alert -> its message; in the order they will be tried

    def run(self, beat: Callable[[], None]) -> None:
        """Hand over until told to stop. Raises OSError when a message could not be handed over; it is kept."""
        while not self._stop.is_set():
            self._collect()
            if self._waiting:
                self._hand_over(self._next())
            beat()

    def news(self) -> bool:
        """Whether something waits that was not tried yet."""
        return not self.deliveries.empty() or any(not delivery.attempts for delivery in list(self._waiting.values()))

    def idle(self) -> bool:
        """Whether everything was handed over."""
        return self.deliveries.unfinished_tasks == 0

    def _collect(self) -> None:
        """Everything that was queued; waits a moment where there is nothing to do."""
        try:
            while True:
                delivery = self.deliveries.get(timeout=0.0 if self._waiting else 0.2)
                if self._waiting.pop(delivery.message.alert_id, None):
                    self.deliveries.task_done()
                self._waiting[delivery.message.alert_id] = delivery
        except Empty:
            return

    def _next(self) -> Delivery:
        untried = [delivery for delivery in self._waiting.values() if not delivery.attempts]
        candidates = untried or list(self._waiting.values())[:1]
        return min(candidates, key=lambda delivery: URGENCY.index(delivery.message.priority))

    def _hand_over(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        self._waiting[delivery.message.alert_id] = self._waiting.pop(delivery.message.alert_id)
        try:
            self._notifier.send(delivery.message)
        except NotifyError as error:
            self._report(delivery, str(error))
            raise OSError(f"could not hand over an alert: {error}") from error
        del self._waiting[delivery.message.alert_id]
        self._report(delivery, "")
        self.deliveries.task_done()
