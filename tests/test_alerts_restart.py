"""An alert book that is started again from its committed rows goes on as if it had not been, whatever happens."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.alerts.book import AlertBook, Settings
from gateway.model.alert import Alert, Answer, Change, State, called
from rules.terms.finding import AlertKind, Finding, Priority
from tests.alert_life import COLD, MINUTE, PRESS, QUIET, STILL, T0, S


class Twins(RuleBasedStateMachine):
    """Two books live through the same; one is started again from its committed rows whenever chance says so."""

    def __init__(self) -> None:
        super().__init__()
        self.steady, self.restarted = AlertBook(), AlertBook()
        self.rows: dict[int, Alert] = {}
        self.now = T0
        self.true: dict[str, Finding] = {}
        self.resolved: set[int] = set()
        self.told: dict[int, int] = {}

    @initialize()
    def begin(self) -> None:
        self.true = {}

    def take(self, mine: list[Change], other: list[Change], during: str) -> None:
        assert [_row(c) for c in mine] == [_row(c) for c in other], "a restart changes nothing"
        for change in other:
            alert, before = change.alert, self.rows.get(change.alert.id)
            assert before is None or before.state is not State.RESOLVED, "over is over"
            assert not (change.tell and alert.state is State.PENDING)
            if alert.state is State.RESOLVED and before and before.state is not State.PENDING:
                answered = not alert.finding.latching or alert.id in self.resolved
                assert answered or before.ended_ns, "what is still true only a person ends"
                assert answered or not called(before.finding) or self.newer(alert), "and a call for help always"
            if change.tell:
                self.told[alert.id] = change.time_ns
                self.justified(before, change, during)
            self.rows[alert.id] = alert

    def newer(self, alert: Alert) -> bool:
        """Whether another alert took the place of this one at once."""
        return any((a.finding.rule, a.raised_ns) == (alert.finding.rule, self.now) for a in self.steady.open())

    def justified(self, before: Alert | None, change: Change, during: str) -> None:
        """Every message has a reason a person would accept."""
        after = change.alert
        urgent = after.finding.priority is Priority.HIGH and after.finding.kind is AlertKind.PERSONAL
        if before is None or before.state is State.PENDING or during == "answer":
            return
        waited = change.time_ns - before.tried_ns
        ack_ended = before.state is State.ACKNOWLEDGED and after.state is State.ACTIVE
        over = after.state is State.RESOLVED and after.finding.priority is not Priority.LOW
        worse = after.finding.priority != before.finding.priority
        news = after.finding.again_ns != before.finding.again_ns or before.ended_ns or after.ended_ns
        assert ack_ended or over or worse or news or (urgent and waited >= 600 * S)

    @rule(which=st.sampled_from((STILL, COLD, PRESS, QUIET)), priority=st.sampled_from(Priority))
    def becomes_true(self, which: Finding, priority: Priority) -> None:
        again = self.now if which.again_ns else 0
        self.true[which.rule] = replace(which, since_ns=self.now, again_ns=again, priority=priority)

    @rule(name=st.sampled_from(("no_movement", "cold_room", "sos", "device_silent")))
    def becomes_false(self, name: str) -> None:
        self.true.pop(name, None)

    @rule(minutes=st.sampled_from((1, 1, 2, 7, 61, 800, 3000)))
    def tick(self, minutes: int) -> None:
        rules = frozenset({"no_movement", "cold_room", "sos", "device_silent"})
        for _ in range(min(minutes, 12)):
            self.now += MINUTE * (minutes // min(minutes, 12))
            self.look(list(self.true.values()), rules)

    @rule(name=st.sampled_from(("no_movement", "cold_room", "sos", "device_silent")), seconds=st.integers(0, 59))
    def wake(self, name: str, seconds: int) -> None:
        self.now += seconds * S
        self.look([f for f in self.true.values() if f.rule == name], frozenset({name}))

    def look(self, true: list[Finding], rules: frozenset[str]) -> None:
        self.take(self.steady.observe(true, self.now, rules), self.restarted.observe(true, self.now, rules), "look")

    @precondition(lambda self: any(a.state is not State.PENDING for a in self.steady.open()))
    @rule(pick=st.integers(0, 9), action=st.sampled_from(("ack", "resolve")), minutes=st.integers(1, 1440))
    def person(self, pick: int, action: str, minutes: int) -> None:
        told = [a for a in self.steady.open() if a.state is not State.PENDING]
        answer = Answer(told[pick % len(told)].id, action, "Anna", self.now, minutes)
        if action == "resolve":
            self.resolved.add(answer.alert_id)
        else:
            self.resolved.discard(answer.alert_id)
        self.take(self.steady.answer(answer), self.restarted.answer(answer), "answer")

    @rule(hours=st.integers(-5, 5))
    def clock_step(self, hours: int) -> None:
        delta = hours * 60 * MINUTE
        mine, other = self.steady.shift(delta), self.restarted.shift(delta)
        assert not any(row.tell for row in mine)
        self.take([replace(c, time_ns=self.now) for c in mine], [replace(c, time_ns=self.now) for c in other], "shift")
        self.now += delta
        self.true = {
            name: replace(f, since_ns=f.since_ns + delta, again_ns=f.again_ns and f.again_ns + delta)
            for name, f in self.true.items()
        }
        self.told = {number: t + delta for number, t in self.told.items()}

    @rule()
    def restart(self) -> None:
        open_rows = [alert for alert in self.rows.values() if alert.state is not State.RESOLVED]
        self.restarted = AlertBook(open_rows, max(self.rows, default=0))

    @invariant()
    def one_open_alert_each(self) -> None:
        identities = [(a.finding.rule, a.finding.subject) for a in self.restarted.open()]
        assert len(identities) == len(set(identities))

    @invariant()
    def journal_and_book_agree(self) -> None:
        open_rows = {number: a for number, a in self.rows.items() if a.state is not State.RESOLVED}
        assert {a.id: (a.state, a.until_ns, a.ended_ns) for a in self.restarted.open()} == {
            number: (a.state, a.until_ns, a.ended_ns) for number, a in open_rows.items()
        }

    @invariant()
    def nobody_is_left_untold(self) -> None:
        for alert in self.restarted.open():
            assert alert.state is State.PENDING or alert.id in self.told
            urgent = alert.finding.priority is Priority.HIGH and alert.finding.kind is AlertKind.PERSONAL
            if alert.state is State.ACTIVE and urgent and not alert.ended_ns:
                step = 250 * MINUTE  # the longest step of `tick`
                wait_s = Settings().reminders_s[min(alert.reminders, len(Settings().reminders_s) - 1)]
                assert self.now - self.told[alert.id] <= wait_s * S + step


def _row(change: Change) -> tuple[object, ...]:
    a = change.alert
    times = (a.raised_ns, a.changed_ns, a.until_ns, a.tried_ns, a.ended_ns, change.time_ns)
    return (a.id, a.state, *times, a.reminders, change.tell)


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=60, stateful_step_count=40)
