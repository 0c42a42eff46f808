"""Four findings, and a home that lives minute by minute with an alert book."""

from dataclasses import replace

from gateway.alerts.book import AlertBook
from gateway.model.alert import Answer, Change, State
from rules.terms.finding import AlertKind, Finding, Priority

S = 10**9
MINUTE = 60 * S
T0 = 1_772_000_000 * S

STILL = Finding(
    rule="no_movement",
    subject="home",
    kind=AlertKind.PERSONAL,
    priority=Priority.HIGH,
    what="No movement for 9 hours",
    since_ns=T0 - 9 * 60 * MINUTE,
    next_step="Ring now.",
    clears="movement seen in the home again",
    latching=True,
)
COLD = replace(STILL, rule="cold_room", subject="bed", priority=Priority.LOW, latching=False, what="Bedroom is cold")
PRESS = replace(STILL, rule="sos", subject="button/sos", what="Help button pressed", again_ns=T0)
QUIET = replace(
    COLD, rule="device_silent", subject="hall", kind=AlertKind.TECHNICAL, priority=Priority.MEDIUM, hold_s=3600.0
)


class Home:
    """A book, its clock, and everything it said."""

    def __init__(self) -> None:
        self.book = AlertBook()
        self.now = T0
        self.said: list[Change] = []

    def minutes(self, count: int, *true: Finding, only: frozenset[str] | None = None) -> list[Change]:
        """Tick `count` times with what is true; the changes of this stretch."""
        rules = only if only is not None else frozenset({"no_movement", "cold_room", "sos", "device_silent"})
        begin = len(self.said)
        for _ in range(count):
            self.said += self.book.observe(true, self.now, rules)
            self.now += MINUTE
        return self.said[begin:]

    def answer(self, action: str, alert_id: int = 1, minutes: int = 30) -> list[Change]:
        changes = self.book.answer(Answer(alert_id, action, "Anna", self.now, minutes=minutes))
        self.said += changes
        return changes

    def state(self) -> State:
        (alert,) = self.book.open()
        return alert.state


def tells(changes: list[Change]) -> list[int]:
    """At which minute people were told."""
    return [(change.time_ns - T0) // MINUTE for change in changes if change.tell]
