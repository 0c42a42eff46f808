"""The alerts file: every change survives, what could not be told is known after a restart, nothing hides anything."""

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.codec import decode, encode
from gateway.alerts.journal import FILE, AlertJournal, Attempt
from gateway.model.alert import Alert, Answer, Change, State
from rules.terms.finding import AlertKind, Finding, Priority
from tests.conftest import fill

FINDING = Finding(
    rule="no_movement",
    subject="home",
    kind=AlertKind.PERSONAL,
    priority=Priority.HIGH,
    what="No movement since 07:10. Worth checking.",
    since_ns=1_795_000_000_000_000_000,
    next_step="Ring, then go and look.",
    sensors=("kitchen-motion/motion", "bath-door/contact_open"),
    hold_s=600.0,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FINDINGS = st.builds(
    Finding,
    rule=TEXT,
    subject=TEXT,
    kind=st.sampled_from(AlertKind),
    priority=st.sampled_from(Priority),
    what=TEXT,
    since_ns=st.integers(0, 2**63 - 1),
    next_step=TEXT,
    sensors=st.lists(TEXT).map(tuple),
    hold_s=st.floats(0, 1e9),
    latching=st.booleans(),
)
ALERTS = st.builds(
    Alert,
    id=st.integers(1, 2**31),
    finding=FINDINGS,
    state=st.sampled_from(State),
    raised_ns=st.integers(0, 2**63 - 1),
    changed_ns=st.integers(0, 2**63 - 1),
    by=TEXT,
    until_ns=st.integers(0, 2**63 - 1),
    note=TEXT,
)


def change(alert_id: int, state: State, time_ns: int, tell: bool = True, **more: str) -> Change:
    return Change(Alert(alert_id, FINDING, state, 1, time_ns, **more), time_ns, tell)


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[AlertJournal]:
    opened = AlertJournal.open(tmp_path)
    yield opened
    opened.close()


def reopened(alerts: AlertJournal) -> AlertJournal:
    alerts.close()
    return AlertJournal.open(alerts.path.parent)


@given(ALERTS)
def test_an_alert_comes_back_as_it_was(alert: Alert) -> None:
    assert decode(encode(alert)) == alert


TREE = json.loads(encode(change(1, State.ACTIVE, 5).alert))


@pytest.mark.parametrize(
    "wrong",
    [
        {**TREE, "id": "1"},
        {**TREE, "id": 1.0},
        {**TREE, "id": True},
        {**TREE, "state": "asleep"},
        {**TREE, "note": None},
        {**TREE, "more": 1},
        {key: value for key, value in TREE.items() if key != "finding"},
        {**TREE, "finding": {**TREE["finding"], "sensors": "kitchen"}},
        {**TREE, "finding": {**TREE["finding"], "sensors": [1]}},
        {**TREE, "finding": {**TREE["finding"], "latching": 1}},
        {**TREE, "finding": []},
        [],
        None,
    ],
)
def test_what_is_not_an_alert_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"alert|State"):
        decode(json.dumps(wrong))


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, '{"hold_s": NaN}', "x" * 100_000])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


def test_a_number_no_json_knows_is_not_written() -> None:
    alert = change(1, State.ACTIVE, 5).alert
    with pytest.raises(ValueError, match="JSON compliant"):
        encode(replace(alert, finding=replace(FINDING, hold_s=float("inf"))))


def test_rows_from_before_a_field_existed_take_its_default() -> None:
    older = {**TREE, "finding": {key: value for key, value in TREE["finding"].items() if key != "latching"}}
    assert decode(json.dumps(older)).finding == FINDING


def test_open_alerts_survive_a_restart_as_they_stand(alerts: AlertJournal) -> None:
    alerts.record([change(1, State.PENDING, 1, tell=False), change(2, State.PENDING, 2, tell=False)])
    alerts.record([change(1, State.ACTIVE, 3)])
    alerts.record([change(2, State.RESOLVED, 4), change(3, State.ACKNOWLEDGED, 5, by="daughter")])
    again = reopened(alerts)
    assert [(alert.id, alert.state, alert.by) for alert in again.open_alerts()] == [
        (1, State.ACTIVE, ""),
        (3, State.ACKNOWLEDGED, "daughter"),
    ]
    assert [alert.id for alert in again.all_alerts()] == [3, 2, 1]
    assert [alert.id for alert in again.all_alerts(limit=2)] == [3, 2]
    assert [(c.alert.state, c.tell) for c in again.history(1)] == [(State.PENDING, False), (State.ACTIVE, True)]
    assert again.last_id() == 3
    again.close()


def test_changes_that_come_together_are_kept_together(alerts: AlertJournal) -> None:
    broken = replace(FINDING, hold_s=float("nan"))
    good = change(1, State.ACTIVE, 1)
    with pytest.raises(ValueError, match="JSON"):
        alerts.record([good, replace(good, alert=replace(good.alert, finding=broken))])
    assert alerts.all_alerts() == []


def test_numbers_of_numpy_are_numbers(alerts: AlertJournal) -> None:
    """What the bulkhead lets through can be kept: a rule looks at arrays."""
    finding = replace(FINDING, since_ns=np.int64(7), again_ns=np.int64(8), times=np.int64(2), hold_s=np.float64(1.5))
    alerts.record([Change(Alert(1, finding, State.ACTIVE, 1, 1), 1, tell=True)])
    (kept,) = alerts.open_alerts()
    assert kept.finding == finding


def test_answers_and_attempts_are_kept(alerts: AlertJournal) -> None:
    (number,) = alerts.record([change(1, State.ACTIVE, 1)])
    answer = Answer(1, "ack", "daughter", 5, minutes=45, note="on my way")
    attempts = [Attempt(number, 1, "phone", 1, 2, False, "no network"), Attempt(number, 1, "phone", 2, 3, True)]
    alerts.record_answer(answer)
    for attempt in attempts:
        alerts.record_attempt(attempt)
    again = reopened(alerts)
    assert again.answers(1) == [answer]
    assert again.attempts(1) == attempts
    again.close()


def test_what_could_not_be_told_is_known_after_a_restart(alerts: AlertJournal) -> None:
    first, second, old = alerts.record(
        [change(1, State.ACTIVE, 100), change(2, State.ACTIVE, 101), change(9, State.ACTIVE, 5)]
    )
    alerts.record_attempt(Attempt(first, 1, "daughter", 1, 110, True))
    alerts.record_attempt(Attempt(first, 1, "son", 1, 110, False, "no network"))
    alerts.record_attempt(Attempt(first, 1, "son", 2, 120, False, "no network"))
    alerts.record_attempt(Attempt(second, 2, "son", 1, 120, True))
    alerts.record([change(2, State.ACTIVE, 130, tell=False)])  # new evidence alone is not told again
    again = reopened(alerts)
    unsent = again.unsent(["daughter", "son"], since_ns=50)
    assert [(u.change, u.notifier, u.alert.id, u.attempts) for u in unsent] == [
        (first, "son", 1, 2),
        (second, "daughter", 2, 0),
    ]
    (third,) = again.record([change(1, State.RESOLVED, 200)])
    latest = [(u.change, u.notifier) for u in again.unsent(["daughter", "son"], since_ns=50)]
    assert latest == [(second, "daughter"), (third, "daughter"), (third, "son")]
    assert old not in {u.change for u in again.unsent(["daughter"], since_ns=50)}
    again.close()


def test_a_row_that_cannot_be_read_hides_neither_others_nor_its_own_past(
    alerts: AlertJournal, caplog: pytest.LogCaptureFixture
) -> None:
    alerts.record([change(1, State.ACTIVE, 1), change(2, State.ACTIVE, 2), change(1, State.ACKNOWLEDGED, 3)])
    alerts.close()
    with sqlite3.connect(alerts.path) as connection:
        connection.execute("UPDATE alert_change SET body = '{}' WHERE seq = 3")
    connection.close()
    again = AlertJournal.open(alerts.path.parent)
    assert [(alert.id, alert.state) for alert in again.open_alerts()] == [(1, State.ACTIVE), (2, State.ACTIVE)]
    assert "cannot be read" in caplog.text
    again.close()


def test_retention_forgets_whole_resolved_alerts_only(alerts: AlertJournal) -> None:
    for alert_id in range(1, 21):
        alerts.record([change(alert_id, State.ACTIVE, alert_id)])
        alerts.record_answer(Answer(alert_id, "ack", "son", alert_id))
        if alert_id != 4:
            alerts.record([change(alert_id, State.RESOLVED, alert_id)])
    assert alerts.prune(keep=10) == 14
    assert [alert.id for alert in alerts.all_alerts()] == [20, 19, 18, 17, 16, 4]
    assert len(alerts.history(16)) == 2
    assert alerts.answers(3) == []
    assert alerts.answers(4) != []
    assert alerts.prune(keep=0) == 4  # the newest stays: ids go on from it
    assert alerts.last_id() == 20
    assert alerts.prune(keep=0) == 0


def test_open_alerts_are_rescued_from_a_damaged_file(tmp_path: Path) -> None:
    alerts = AlertJournal.open(tmp_path)
    for alert_id in range(1, 301):
        alerts.record([change(alert_id, State.ACTIVE if alert_id > 290 else State.RESOLVED, alert_id)])
    alerts.close()
    content = bytearray((tmp_path / FILE).read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = random.Random(1).randbytes(4096)
    (tmp_path / FILE).write_bytes(content)
    alerts = AlertJournal.open(tmp_path)
    assert alerts.repaired.startswith("alerts.sqlite was damaged")
    assert [alert.id for alert in alerts.open_alerts()] == list(range(291, 301))
    assert alerts.last_id() == 300
    alerts.close()


def test_alerts_are_still_recorded_on_a_full_disk(small_disk: Path) -> None:
    alerts = AlertJournal.open(small_disk)
    fill(small_disk)
    for alert_id in range(1, 101):
        alerts.record([change(alert_id, State.ACTIVE, alert_id)])
        alerts.record_answer(Answer(alert_id, "resolve", "daughter", alert_id))
    assert not (small_disk / f"{FILE}.reserve").exists(), "the reserve was not needed, so this test shows nothing"
    again = reopened(alerts)
    assert again.repaired == ""
    assert [alert.id for alert in again.open_alerts()] == list(range(1, 101))
    again.close()


def test_a_row_of_before_that_called_the_attempt_told_can_still_be_read() -> None:
    alert = Alert(7, FINDING, State.ACTIVE, raised_ns=3, changed_ns=4, tried_ns=5)
    old = {name: value for name, value in json.loads(encode(alert)).items() if name not in ("reminders", "answered_ns")}
    old["told_ns"] = old.pop("tried_ns")
    assert decode(json.dumps(old)) == alert
