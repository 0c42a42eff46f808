"""Supervised threads: what fails is tried again and told once, what comes and goes is not well, what hangs shows."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from gateway.system import worker as worker_module
from gateway.system.worker import Fault, Stop, Worker
from tests.integration.home import wait_for

Beat = Callable[[], None]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BACKOFF_S", (0.02, 0.08))


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.set()


def started(work: Callable[[Beat], None], stop: Stop, told: list[Fault]) -> Worker:
    worker = Worker("thing", work, stop, told.append)
    worker.start()
    return worker


def test_what_fails_is_tried_again_and_told_once_when_it_goes_and_once_when_it_returns(
    stop: Stop, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Fault] = []
    broken = threading.Event()
    broken.set()

    def work(beat: Beat) -> None:
        while not stop.is_set():
            if broken.is_set():
                raise OSError("no such port")
            beat()
            stop.wait(0.005)

    with caplog.at_level(logging.INFO, "gateway.system.worker"):
        worker = started(work, stop, told)
        wait_for(lambda: worker.restarts >= 5, "five tries")
        assert worker.fault == "no such port"
        broken.clear()
        wait_for(lambda: not worker.fault, "its return")
        stop.set()
        assert worker.join(5)
    assert told == [Fault("thing", "no such port"), Fault("thing", "")]
    assert [record.message for record in caplog.records] == [
        "thing stopped working: no such port; trying again",
        "thing works again",
    ]


def test_what_works_for_a_moment_between_two_failures_is_not_well(stop: Stop) -> None:
    """Two gateways with one client id throw each other out of the broker for ever: somebody must be told."""
    told: list[Fault] = []

    def work(beat: Beat) -> None:
        beat()
        raise OSError("connection lost")

    worker = started(work, stop, told)
    wait_for(lambda: worker.restarts >= 8, "eight tries")
    stop.set()
    assert worker.join(5)
    assert told == [Fault("thing", "connection lost")]


def test_a_fault_of_the_program_is_logged_with_where_it_happened(stop: Stop, caplog: pytest.LogCaptureFixture) -> None:
    told: list[Fault] = []

    def work(beat: Beat) -> None:
        raise KeyError("leaf")

    worker = started(work, stop, told)
    wait_for(lambda: told, "the word")
    stop.set()
    assert worker.join(5)
    assert told[0] == Fault("thing", "KeyError: 'leaf'")
    assert caplog.records[0].exc_info


def test_work_that_just_ends_has_failed(stop: Stop) -> None:
    told: list[Fault] = []
    worker = started(lambda beat: None, stop, told)
    wait_for(lambda: worker.restarts >= 2, "two tries")
    stop.set()
    assert worker.join(5)
    assert told == [Fault("thing", "ended")]


def test_waits_grow_to_a_bound_and_shrink_after_a_healthy_run(stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(worker_module, "BACKOFF_S", (1.0, 30.0))
    monkeypatch.setattr(Worker, "_pause", lambda self, seconds: waits.append(seconds))
    monkeypatch.setattr(worker_module.random, "uniform", lambda low, high: high)
    runs = 0

    def work(beat: Beat) -> None:
        nonlocal runs
        runs += 1
        if runs == 10:
            monkeypatch.setattr(worker_module, "HEALTHY_S", -1.0)  # this run lasted
        if runs == 11:
            monkeypatch.setattr(worker_module, "HEALTHY_S", 60.0)
        if runs > 12:
            stop.set()
        raise OSError("down")

    worker = started(work, stop, [])
    wait_for(stop.is_set, "thirteen runs")
    assert worker.join(5)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30, 1, 2, 4]


def test_what_hangs_shows_and_what_waits_to_try_again_does_not(stop: Stop) -> None:
    hang = threading.Event()

    def work(beat: Beat) -> None:
        beat()
        hang.wait()

    worker = started(work, stop, [])
    wait_for(lambda: worker.stale_s() > 0.2, "it to show")
    assert not worker.join(0.05)
    stop.set()
    hang.set()
    assert worker.join(5)


def test_a_failure_while_stopping_is_not_swallowed(stop: Stop, caplog: pytest.LogCaptureFixture) -> None:
    def work(beat: Beat) -> None:
        stop.wait()
        raise OSError("the last batch could not be written")

    worker = started(work, stop, [])
    stop.set()
    assert worker.join(5)
    assert "failed while stopping: the last batch could not be written" in caplog.text
