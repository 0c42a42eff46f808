"""The life of an alert: who is told, when, how often, and what ends it."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.alert import Alert, Answer, Change, State
from gateway.alerts import AlertBook, Settings
from rules.base import AlertKind, Finding, Priority

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


def test_told_at_once_and_again_every_ten_minutes_until_answered() -> None:
    home = Home()
    assert tells(home.minutes(35, STILL)) == [0, 10, 20, 30]
    (answered,) = home.answer("ack")
    assert (answered.alert.state, answered.alert.by, answered.tell) == (State.ACKNOWLEDGED, "Anna", True)
    assert tells(home.minutes(30, STILL)) == []
    assert tells(home.minutes(1, STILL)) == [65], "the half hour is over and it is still so"
    assert home.state() is State.ACTIVE


def test_only_a_person_ends_a_latching_alert_and_people_hear_that_movement_is_back() -> None:
    home = Home()
    home.minutes(3, STILL)
    assert tells(home.minutes(200)) == [8, 68, 128, 188], "five quiet minutes to be sure, then hourly"
    assert home.state() is State.ACTIVE
    assert home.book.open()[0].ended_ns == T0 + 3 * MINUTE
    (over,) = home.answer("resolve")
    assert over.alert.state is State.RESOLVED
    assert home.book.open() == ()


def test_somebody_is_on_it_and_movement_is_back() -> None:
    home = Home()
    home.minutes(3, STILL)
    home.answer("ack")
    assert tells(home.minutes(600)) == [8], "one update; nobody is called again for what is over"
    assert home.state() is State.ACKNOWLEDGED
    assert tells(home.minutes(1, STILL)) == [603], "still again: a new reason to call"


def test_still_again_while_somebody_is_on_it() -> None:
    home = Home()
    home.minutes(3, STILL)
    home.answer("ack", minutes=24 * 60)
    home.minutes(10)
    assert tells(home.minutes(5, STILL)) == [13], (
        "movement came back and stopped again: the answer was to the first time"
    )


def test_numbers_are_never_given_twice() -> None:
    book = AlertBook([], last_id=41)
    (change,) = book.observe([STILL], T0, {"no_movement"})
    assert change.alert.id == 42


def test_movement_that_comes_and_goes_within_five_minutes_is_not_told() -> None:
    home = Home()
    home.minutes(1, STILL)
    for _ in range(4):
        home.minutes(1)
        home.minutes(1, STILL)
    assert tells(home.said) == [0]


def test_what_clears_by_itself_ends_after_five_minutes_of_it() -> None:
    home = Home()
    cold = replace(COLD, priority=Priority.MEDIUM)
    assert tells(home.minutes(60, cold)) == [0], "a medium alert is told once"
    assert home.minutes(5)[-1].alert.state is State.ACTIVE
    (over,) = home.minutes(1)
    assert (over.alert.state, over.tell, over.alert.by) == (State.RESOLVED, True, "")
    home = Home()
    home.minutes(1, COLD)
    assert [(c.alert.state, c.tell) for c in home.minutes(6)][-1] == (State.RESOLVED, False), "low: nobody is bothered"


def test_a_rule_that_did_not_speak_ends_nothing() -> None:
    home = Home()
    home.minutes(1, COLD)
    assert home.minutes(60, only=frozenset({"sos"})) == []
    assert home.state() is State.ACTIVE


def test_a_hold_runs_while_it_is_true_and_is_forgotten_when_not() -> None:
    home = Home()
    assert tells(home.minutes(60, QUIET)) == []
    assert home.state() is State.PENDING
    assert tells(home.minutes(1, QUIET)) == [60]
    home = Home()
    home.minutes(59, QUIET)
    assert [(c.alert.state, c.tell) for c in home.minutes(1)] == [(State.RESOLVED, False)]
    assert tells(home.minutes(60, QUIET)) == []


def test_worse_is_told_better_is_not() -> None:
    home = Home()
    home.minutes(2, COLD)
    assert tells(home.minutes(1, replace(COLD, priority=Priority.MEDIUM))) == [2]
    (better,) = home.minutes(1, COLD)
    assert not better.tell
    home.answer("ack")
    (worse,) = home.minutes(1, replace(COLD, priority=Priority.HIGH))
    assert (worse.tell, worse.alert.state) == (True, State.ACTIVE), "an acknowledgement covers what was known then"


def test_figures_that_move_every_minute_make_no_rows_but_are_shown() -> None:
    home = Home()
    home.minutes(1, COLD)
    assert home.minutes(1, replace(COLD, what="Bedroom is cold: 15.1 °C")) == []
    assert home.book.open()[0].finding.what == "Bedroom is cold: 15.1 °C"
    (row,) = home.minutes(1, replace(COLD, missing="the other sensor is silent"))
    assert not row.tell


def test_each_press_counts_even_when_somebody_is_on_it() -> None:
    home = Home()
    home.minutes(1, PRESS)
    second = replace(PRESS, again_ns=T0 + 3 * MINUTE)
    assert tells(home.minutes(1, second)) == [1]
    for second_of_minute in range(10):
        frantic = replace(PRESS, again_ns=T0 + MINUTE + second_of_minute * S)
        changes = home.book.observe([frantic], T0 + MINUTE + second_of_minute * S, {"sos"})
        assert not any(change.tell for change in changes), "ten presses in a minute are one message"
    home.answer("ack")
    (row,) = home.minutes(1, replace(PRESS, again_ns=T0 + 90 * MINUTE))
    assert (row.tell, row.alert.state) == (True, State.ACTIVE)


def test_an_answered_press_does_not_come_back_by_itself_but_a_new_one_does() -> None:
    home = Home()
    home.minutes(1, PRESS)
    home.answer("resolve")
    assert tells(home.minutes(29, PRESS)) == [], "the rule still sees it for half an hour"
    assert [c.alert.state for c in home.minutes(6)] == [State.ACKNOWLEDGED, State.RESOLVED]
    assert tells(home.minutes(1, replace(PRESS, again_ns=home.now))) == [36]
    assert home.book.open()[0].id == 2


def test_an_unanswered_press_is_repeated_long_after_the_rule_has_forgotten_it() -> None:
    home = Home()
    home.minutes(1, PRESS)
    assert tells(home.minutes(100)) == list(range(10, 101, 10))


def test_resolved_while_still_true_stays_quiet_until_it_is_worse_or_for_half_a_day() -> None:
    home = Home()
    home.minutes(1, STILL)
    (settled,) = home.answer("resolve")
    assert (settled.alert.state, settled.alert.settled) == (State.ACKNOWLEDGED, True)
    assert tells(home.minutes(12 * 60, STILL)) == []
    assert tells(home.minutes(1, STILL)) == [1 + 12 * 60]
    home.answer("resolve")
    assert [c.alert.state for c in home.minutes(6)][-1] is State.RESOLVED
    assert home.book.open() == ()


def test_the_worst_of_two_findings_with_one_identity_stands() -> None:
    home = Home()
    home.minutes(1, COLD, replace(COLD, priority=Priority.HIGH), COLD)
    (alert,) = home.book.open()
    assert alert.finding.priority is Priority.HIGH


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(7, "ack", "Anna", T0), "Alert 7 has never been; open now: 1"),
        (Answer(0, "ack", "Anna", T0), "Alert 0 has never been"),
        (Answer(1, "fine", "Anna", T0), "'fine' is not an answer; say 'ack'"),
        (Answer(1, "ack", "Anna", T0, minutes=0), "from 1 to 1440"),
        (Answer(1, "ack", "Anna", T0, minutes=10**9), "from 1 to 1440"),
        (Answer(2, "ack", "Anna", T0), "not been told to anybody yet"),
    ],
)
def test_an_answer_that_cannot_be_taken_says_why_and_changes_nothing(answer: Answer, text: str) -> None:
    home = Home()
    home.minutes(1, STILL, QUIET)
    before = home.book.open()
    with pytest.raises(ValueError, match=text):
        home.book.answer(answer)
    assert home.book.open() == before


def test_an_answer_to_what_is_over_says_so() -> None:
    home = Home()
    home.minutes(1, COLD)
    home.minutes(6)
    with pytest.raises(ValueError, match="Alert 1 is already over; no alert is open now"):
        home.answer("ack")


def test_a_clock_step_ends_no_hold_and_no_answer() -> None:
    for step in (3 * 60 * MINUTE, -3 * 60 * MINUTE):
        home = Home()
        home.minutes(30, STILL, QUIET)
        home.answer("ack")
        rows = home.book.shift(step)
        assert [row.tell for row in rows] == [False, False]
        home.now += step
        moved = replace(STILL, since_ns=STILL.since_ns + step)
        quiet = replace(QUIET, since_ns=QUIET.since_ns + step)
        first = len(home.said)
        home.minutes(90, moved, quiet)
        told = [(c.alert.id, (c.time_ns - step - T0) // MINUTE) for c in home.said[first:] if c.tell]
        assert told == [(1, 60), (2, 60), (1, 70), (1, 80), (1, 90), (1, 100), (1, 110)]


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
                assert not alert.finding.latching or alert.id in self.resolved, "only a person ends it"
            if change.tell:
                self.told[alert.id] = change.time_ns
                self.justified(before, change, during)
            self.rows[alert.id] = alert

    def justified(self, before: Alert | None, change: Change, during: str) -> None:
        """Every message has a reason a person would accept."""
        after = change.alert
        urgent = after.finding.priority is Priority.HIGH and after.finding.kind is AlertKind.PERSONAL
        if before is None or before.state is State.PENDING or during == "answer":
            return
        waited = change.time_ns - before.told_ns
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

    @rule(minutes=st.sampled_from((1, 1, 2, 7, 61, 800)))
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
                step = 67 * MINUTE  # the longest step of `tick`
                assert self.now - self.told[alert.id] <= Settings().repeat_s * S + step


def _row(change: Change) -> tuple[object, ...]:
    a = change.alert
    return (a.id, a.state, a.raised_ns, a.changed_ns, a.until_ns, a.told_ns, a.ended_ns, change.time_ns, change.tell)


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
