"""The one bounded queue: in order, never silent about what it could not take."""

import threading

from drivers.kit.contract import MAX_PAYLOAD_BYTES, Frame
from gateway.ingest.inbox import LONG, SIZE, Inbox, NewSession
from gateway.system.worker import Fault


def test_items_come_out_in_order_and_then_nothing() -> None:
    inbox = Inbox()
    items = [Frame(1, "a", b""), Fault("x", "y"), NewSession()]
    assert all(inbox.put(item, 0.0) for item in items)
    assert inbox.depth() == 3
    assert [inbox.get(0) for _ in range(4)] == [*items, None]
    assert inbox.get(0.01) is None


def test_what_does_not_fit_is_dropped_after_the_wait_and_counted() -> None:
    inbox = Inbox(size=2)
    assert [inbox.put(Frame(n, "a", b""), 0.01) for n in range(4)] == [True, True, False, False]
    assert inbox.dropped == 2
    assert [item.time_ns for item in (inbox.get(0), inbox.get(0)) if isinstance(item, Frame)] == [0, 1]


def test_a_producer_that_waits_is_served_when_there_is_room() -> None:
    inbox, put = Inbox(size=1), []
    inbox.put(Frame(1, "a", b""), 0.0)
    thread = threading.Thread(target=lambda: put.append(inbox.put(Frame(2, "a", b""), 10.0)))
    thread.start()
    assert inbox.get(1.0) == Frame(1, "a", b"")
    thread.join(10)
    assert put == [True]
    assert inbox.dropped == 0


def test_it_is_bounded_by_default() -> None:
    inbox = Inbox()
    taken = sum(inbox.put(Frame(n, "a", b""), 0.0001) for n in range(SIZE + 20))
    assert (taken, inbox.dropped) == (SIZE, 20)


def test_long_frames_are_few() -> None:
    inbox, long = Inbox(), Frame(1, "a", bytes(MAX_PAYLOAD_BYTES + 1))
    assert [inbox.put(long, 0.01) for _ in range(LONG + 2)] == [True] * LONG + [False, False]
    assert inbox.put(Frame(1, "a", bytes(MAX_PAYLOAD_BYTES)), 0.01)
    assert inbox.get(0) == long
    assert inbox.put(long, 0.01)
    assert inbox.dropped == 2


def test_who_brings_a_long_frame_waits_for_room_as_with_any_other() -> None:
    """A broker remembers more than a few long messages: refused at once, they came again with each new connection."""
    inbox, put, long = Inbox(), list[bool](), Frame(1, "a", bytes(MAX_PAYLOAD_BYTES + 1))
    assert all(inbox.put(long, 0.0) for _ in range(LONG))
    thread = threading.Thread(target=lambda: put.append(inbox.put(long, 10.0)))
    thread.start()
    assert inbox.get(1.0) == long
    thread.join(10)
    assert (put, inbox.dropped) == ([True], 0)


def test_a_long_frame_that_finds_no_place_takes_none_from_the_next() -> None:
    inbox, long = Inbox(size=1), Frame(1, "a", bytes(MAX_PAYLOAD_BYTES + 1))
    inbox.put(NewSession(), 0.0)
    assert not any(inbox.put(long, 0.0) for _ in range(LONG))
    assert inbox.get(0) == NewSession()
    assert inbox.put(long, 0.0)
