"""Tasks of the one thread that may write: in order, none lost, one that fails stays first."""

import threading

import pytest

from gateway.storage.write_queue import TRIES, WriteQueue
from gateway.system.worker import Stop
from tests.integration.home import wait_for


def test_tasks_run_in_order_and_those_that_wait_are_done_before_the_end() -> None:
    stop, done = Stop(), []
    line: WriteQueue[list[int]] = WriteQueue(done, stop)
    for n in range(100):
        line.submit(lambda subject, n=n: subject.append(n))
    stop.set()
    line.run(lambda: None)
    assert done == list(range(100))
    assert line.idle()


def test_a_task_that_is_being_done_has_not_failed() -> None:
    stop, seen = Stop(), []
    line: WriteQueue[list[bool]] = WriteQueue(seen, stop)
    line.submit(lambda subject: subject.append(line.failing))
    stop.set()
    line.run(lambda: None)
    assert seen == [False]


def test_a_task_that_fails_stays_first_and_is_tried_again() -> None:
    stop, done = Stop(), []
    line: WriteQueue[list[str]] = WriteQueue(done, stop)
    full = [True, True]

    def task(subject: list[str]) -> None:
        if full:
            full.pop()
            raise OSError("disk full")
        subject.append("first")

    line.submit(task)
    line.submit(lambda subject: subject.append("second"))
    stop.set()
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            line.run(lambda: None)
        assert line.failing
        assert done == []
    line.run(lambda: None)
    assert done == ["first", "second"]
    assert not line.failing


def test_a_machine_without_memory_costs_no_task() -> None:
    """SQLite says so too, by Python's own error; it passes, and what could not be written is written then."""
    stop, done, dropped = Stop(), [], []
    line: WriteQueue[list[str]] = WriteQueue(done, stop, dropped=dropped.append)
    short = [True] * 2 * TRIES

    def task(subject: list[str]) -> None:
        if short:
            short.pop()
            raise MemoryError
        subject.append("kept")

    line.submit(task)
    stop.set()
    for _ in range(2 * TRIES):
        with pytest.raises(MemoryError):
            line.run(lambda: None)
    line.run(lambda: None)
    assert (done, dropped) == (["kept"], [])


def test_a_task_at_fault_is_dropped_after_three_tries_and_told_while_one_the_disk_is_at_fault_for_is_kept() -> None:
    stop, done, dropped = Stop(), [], []
    line: WriteQueue[list[str]] = WriteQueue(done, stop, dropped=dropped.append)

    def hopeless(_: list[str]) -> None:
        "\udc80".encode()

    full = [True] * 10

    def task(subject: list[str]) -> None:
        if full:
            full.pop()
            raise OSError("disk full")
        subject.append("kept")

    line.submit(hopeless)
    line.submit(task)
    stop.set()
    for _ in range(TRIES):
        with pytest.raises(UnicodeEncodeError):
            line.run(lambda: None)
    for _ in range(10):
        with pytest.raises(OSError, match="disk full"):
            line.run(lambda: None)
        assert line.failing
    line.run(lambda: None)
    assert done == ["kept"]
    assert dropped == ["something could not be written down in 3 tries and was left out"]


def test_there_is_room_until_the_limit_and_nothing_submitted_is_ever_dropped() -> None:
    stop, done = Stop(), []
    line: WriteQueue[list[int]] = WriteQueue(done, stop, limit=3)
    for n in range(5):
        assert line.has_room() is (n < 3)
        line.submit(lambda subject, n=n: subject.append(n))
    stop.set()
    line.run(lambda: None)
    assert done == [0, 1, 2, 3, 4]
    assert line.has_room()


def test_an_idle_line_beats() -> None:
    stop, beats = Stop(), []
    line: WriteQueue[None] = WriteQueue(None, stop)
    thread = threading.Thread(target=line.run, args=(lambda: beats.append(1),))
    thread.start()
    wait_for(lambda: len(beats) > 1, "two beats")
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
