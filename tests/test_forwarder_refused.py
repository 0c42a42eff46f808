"""Lines a store will not take: found one by one and put aside, but only while it takes others."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.contracts import Outcome, Verdict
from gateway.service.forwarder import BATCH_LINES, HOLD_S
from gateway.storage.journal_reader import Backlog
from tests.forwarder_world import Outbox, Store, World


@given(st.sets(st.integers(0, 299), max_size=12))
@settings(max_examples=50)
def test_bad_lines_are_put_aside_and_nothing_else(bad: set[int]) -> None:
    outbox = Outbox()
    outbox.add(300)
    lines = frozenset(outbox.lines[i] for i in bad)
    world = World(Store(bad=lines), outbox)
    world.run(200)
    assert set(world.store.kept) == set(outbox.lines) - lines
    assert sorted(world.refused) == sorted(lines)
    assert world.forwarder.status.refused == len(bad)


@given(st.sets(st.integers(0, 299), max_size=300))
@settings(max_examples=50)
def test_lines_that_are_bad_together_are_put_aside_together_and_nothing_else(bad: set[int]) -> None:
    outbox = Outbox()
    outbox.add(310)  # there is always a good one: the newest
    lines = frozenset(outbox.lines[i] for i in bad)
    world = World(Store(bad=lines, counts=True), outbox)
    world.run(400)
    assert set(world.store.kept) == set(outbox.lines) - lines
    assert world.forwarder.status.refused == len(bad)
    assert set(world.refused) <= lines


def test_a_backlog_older_than_the_store_keeps_is_passed_by_batches() -> None:
    old = 180_000
    world = World(Store(bad=frozenset(b"line %d" % i for i in range(old)), counts=True))
    world.outbox.add(old + 10)
    world.run(10)
    assert len(world.store.kept) == 10
    assert world.forwarder.status.refused == old
    assert len(world.refused) == old // BATCH_LINES
    assert len(world.store.writes) <= 3 * old // BATCH_LINES


def test_one_bad_line_costs_few_requests() -> None:
    world = World(Store(bad=frozenset([b"line 3210"])))
    world.outbox.add(BATCH_LINES)
    world.run(10)
    assert world.refused == [b"line 3210"]
    assert len(world.store.writes) <= 25


def test_a_long_run_of_bad_lines_is_passed_while_newer_ones_are_taken() -> None:
    world = World(Store(bad=frozenset(b"line %d" % i for i in range(200))))  # older than the store keeps
    world.outbox.add(400)
    world.run(60)
    assert len(world.refused) == 200
    assert len(world.store.kept) == 200


def test_a_server_that_refuses_everything_gets_nothing_put_aside_for_ever() -> None:
    world = World(Store(verdict=Verdict(Outcome.REFUSED, "invalid request")))
    world.outbox.add(1000)
    world.run(3600)
    assert world.refused == []
    assert world.forwarder.status.outcome is Outcome.HOLD
    mend = "check the sink's url, token and bucket"
    assert world.forwarder.status.reason == f"the store refuses every line: {mend} (invalid request)"
    world.store.verdict = None
    world.run(HOLD_S * 1.2)
    assert list(world.store.kept) == world.outbox.lines


def test_a_store_that_begins_to_refuse_everything_gets_nothing_put_aside_either() -> None:
    world = World(Store(bad=frozenset([b"line 5"])))
    world.outbox.add(100)
    world.run(60)
    assert world.refused == [b"line 5"]
    world.store.verdict = Verdict(Outcome.REFUSED, "cannot find the token")  # revoked, while lines go on
    for _ in range(20):
        world.outbox.add(10)
        world.run(60)
    assert world.refused == [b"line 5"]
    assert world.forwarder.status.backlog.lines >= 150
    world.store.verdict = None
    world.run(HOLD_S * 1.2)
    assert set(world.store.kept) == set(world.outbox.lines) - {b"line 5"}


def test_the_only_line_is_kept_until_the_store_has_taken_another() -> None:
    world = World(Store(bad=frozenset([b"line 0"])))
    world.outbox.add(1)
    world.run(1000)
    assert world.refused == []
    assert world.forwarder.status.outcome is Outcome.HOLD
    world.outbox.add(1)
    world.run(HOLD_S * 1.2)
    assert world.refused == [b"line 0"]
    assert list(world.store.kept) == [b"line 1"]


def test_a_store_that_goes_away_in_the_middle_of_the_search_is_no_proof() -> None:
    store = Store(bad=frozenset([b"line 0"]))
    world = World(store)
    world.outbox.add(2)
    world.forwarder.step(0.0)  # both
    store.fails_after = 1
    world.forwarder.step(1.0)  # the first alone; then nobody answers for the other
    assert world.refused == []
    assert world.forwarder.status.outcome is Outcome.LATER
    store.fails_after = None
    store.down = False
    world.next_s = 2.0
    world.run(400)
    assert world.refused == [b"line 0"]


def test_while_a_bad_line_is_looked_for_what_waits_is_told() -> None:
    world = World(Store(bad=frozenset([b"line 0"])))
    world.outbox.add(1000)
    world.forwarder.step(0.0)
    assert world.forwarder.status.backlog == Backlog(1000, 0)
