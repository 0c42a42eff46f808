"""The forwarder against a store that is killed, forgets and comes back, in simulated time."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.contracts import Outcome, Verdict
from gateway.service.forwarder import HOLD_BACK_S, HOLD_S, IDLE_S
from gateway.storage.journal import Batch, Journal
from gateway.storage.journal_reader import Backlog
from tests.faults.forwarding import through
from tests.forwarder_world import Store, World


def test_everything_arrives_in_order() -> None:
    world = World(Store())
    world.outbox.add(12_000)
    world.run(1)
    assert list(world.store.kept) == world.outbox.lines
    assert world.store.writes == [5000, 5000, 2000]
    assert world.forwarder.status.backlog == Backlog(0, 0)
    assert world.saved == 0  # stored, but not for long enough to be safe
    world.run(3 * HOLD_BACK_S)
    assert world.saved == 12_000


def test_an_hour_without_the_store_then_everything_at_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World(Store())
    world.outbox.add(10)
    world.run(10)
    world.store.down = True
    for _ in range(60):
        world.outbox.add(100)
        world.run(60)
    tries = len(world.store.writes) - 1
    assert 12 <= tries <= 60  # a few quick ones, then one in some minutes
    assert world.forwarder.status.outcome is Outcome.LATER
    assert world.forwarder.status.backlog.lines >= 5400  # as of the last try, at most five minutes ago
    world.store.down = False
    world.run(301)
    assert list(world.store.kept) == world.outbox.lines
    messages = [record.message for record in caplog.records]
    assert messages == ["store: connection refused; everything is kept and sent later", "store takes lines again"]


@pytest.mark.parametrize("tells_life", [True, False])
def test_what_a_killed_server_forgot_is_sent_again(tells_life: bool) -> None:
    world = World(Store(tells_life))
    for _ in range(30):
        world.outbox.add(10)
        world.run(10)
    world.store.kill()
    assert len(world.store.kept) < 300
    world.run(3)
    world.outbox.add(1)
    world.run(20)
    world.store.start()
    world.run(600)
    assert set(world.store.kept) == set(world.outbox.lines)


def test_a_restart_between_two_batches_is_noticed() -> None:
    world = World(Store())
    world.outbox.add(10)
    world.run(10)
    world.store.kill()
    world.store.start()
    assert world.store.kept == {}
    world.run(200)
    assert set(world.store.kept) == set(world.outbox.lines)


def test_our_own_death_sends_the_unsafe_again() -> None:
    world = World(Store())
    world.outbox.add(10)
    world.run(10)
    world.store.kill()
    world.store.start()
    world.restart()
    world.run(10)
    assert set(world.store.kept) == set(world.outbox.lines)


def test_what_needs_a_person_is_tried_rarely_and_said() -> None:
    world = World(Store(verdict=Verdict(Outcome.HOLD, "put a valid token into the sink")))
    world.outbox.add(10)
    world.run(3600)
    assert 11 <= len(world.store.writes) <= 15
    assert world.forwarder.status.reason == "put a valid token into the sink"
    assert world.refused == []
    world.store.verdict = None
    world.run(HOLD_S * 1.2)
    assert len(world.store.kept) == 10


def test_the_wait_a_server_asks_for_is_kept_but_not_for_ever() -> None:
    world = World(Store(verdict=Verdict(Outcome.LATER, "busy", after_s=120)))
    world.outbox.add(1)
    world.run(119)
    assert len(world.store.writes) == 1
    world.run(2)
    assert len(world.store.writes) == 2
    world.store.verdict = Verdict(Outcome.LATER, "busy", after_s=1e9)
    world.run(121)
    world.store.verdict = None
    world.run(3601)
    assert len(world.store.kept) == 1


def test_a_way_that_breaks_every_half_minute_still_gets_somewhere() -> None:
    world = World(Store(tells_life=False))
    for _ in range(60):
        world.outbox.add(10)
        world.run(25)
        world.store.down = True
        world.run(5)
        world.store.down = False
    assert world.saved > 450


def test_nothing_leaves_while_the_clock_is_not_trusted() -> None:
    world = World(Store())
    world.outbox.add(10)
    world.forwarder.paused = True
    world.run(100)
    assert world.store.writes == []
    assert world.forwarder.status.paused
    world.forwarder.paused = False
    world.run(IDLE_S)
    assert len(world.store.kept) == 10
    assert not world.forwarder.status.paused


def test_an_unreadable_outbox_is_tried_again() -> None:
    world = World(Store())
    world.outbox.add(10)
    world.outbox.broken = True
    world.run(100)
    assert "cannot be used: disk I/O error" in world.forwarder.status.reason
    world.outbox.broken = False
    world.run(400)
    assert len(world.store.kept) == 10
    assert world.forwarder.status.outcome is Outcome.STORED


EVENT = st.sampled_from(["add", "kill", "start", "down", "up", "restart", "busy", "well", "wait", "quick"])


@given(st.lists(EVENT, max_size=60), st.sets(st.integers(0, 200), max_size=5))
@settings(max_examples=150)
def test_whatever_happens_nothing_is_lost_and_nothing_invented(events: list[str], bad: set[int]) -> None:
    store = Store(bad=frozenset(b"line %d" % i for i in bad))
    world = World(store)
    killed = False
    for event in events:
        if event == "add":
            world.outbox.add(7)
        elif event == "kill":
            store.kill()
            killed = True
        elif event == "start":
            store.start()
            killed = False
        elif event == "down":
            store.down = True
        elif event == "up" and not killed:  # the way to it is there again
            store.down = False
        elif event == "restart":
            world.restart()
        elif event in ("busy", "well"):
            store.verdict = Verdict(Outcome.LATER, "busy", after_s=3) if event == "busy" else None
        world.run({"wait": 90.0, "quick": 0.3}.get(event, 7.0))
        safe = world.outbox.lines[: world.saved]
        assert set(safe) - store.bad <= store.kept.keys(), "what is called safe must be there"
    store.verdict = None
    store.start()
    world.run(1000)
    assert store.kept.keys() == set(world.outbox.lines) - store.bad
    assert set(world.refused) == set(world.outbox.lines) & store.bad


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


def test_with_a_real_journal_the_cursor_and_the_refused_survive(journal: Journal) -> None:
    journal.keep_cursors(["store"])
    journal.commit(Batch(points=[(i, b"line %d" % i) for i in range(50)]))
    store = Store(bad=frozenset([b"line 7"]))
    forwarder = through(store, journal)
    now_s = 0.0
    while now_s < 200:
        now_s += max(0.01, forwarder.step(now_s))
    assert len(store.kept) == 49
    assert journal.cursor("store") == 50
    assert [(row.seq, row.line, row.reason) for row in journal.refused()] == [(8, b"line 7", "field type conflict")]
