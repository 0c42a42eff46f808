"""A part of the box that dies or hangs: the rest goes on, somebody is told once, and systemd is not deceived."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.model.alert import State
from gateway.model.contracts import Message
from gateway.service import daemon as daemon_module
from gateway.service.daemon import Daemon
from gateway.storage.journal import FILE
from gateway.storage.journal_reader import JournalReader
from gateway.system.clock import Clock
from gateway.system.worker import Fault, Stop
from gateway.thinking import engine as engine_module
from tests.integration.home import wait_for
from tests.living import Told, Wire, hears, living, wired


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        try:
            while True:
                self.heard.append(self._socket.recv(200).decode())
        except BlockingIOError:
            return self.heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    made = Systemd(path)
    yield made
    made.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (0.1, 0.4))
    monkeypatch.setattr("gateway.alerts.delivery.PATIENCE_S", 0.5)


def hold_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is told at once: two minutes are long for a test."""
    fault = engine_module.own_fault
    monkeypatch.setattr("gateway.service.fault_alerts.own_fault", lambda *args: replace(fault(*args), hold_s=0.0))


def told(daemon: Daemon) -> list[Message]:
    notifier = daemon.setup.notifiers["told"]
    assert isinstance(notifier, Told)
    return notifier.messages


def open_faults(daemon: Daemon) -> dict[str, State]:
    return {alert.finding.subject: alert.state for alert in daemon.opened.alerts.open_alerts()}


def test_systemd_hears_ready_once_then_signs_of_life_then_the_end(tmp_path: Path, wire: Wire, systemd: Systemd) -> None:
    with living(wired(tmp_path, wire)):
        wait_for(lambda: systemd.listen().count("WATCHDOG=1") >= 2, "signs of life")
    heard = systemd.listen()
    assert heard[0] == "READY=1"
    assert heard.count("READY=1") == heard.count("STOPPING=1") == 1
    assert heard[-1] == "STOPPING=1"


def test_nobody_listening_to_the_notify_socket_stops_nothing(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")


def test_a_notifier_that_dies_is_told_by_the_others_once_and_tried_again(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hold_none(monkeypatch)
    broken = threading.Event()
    broken.set()

    class Dying(Told):
        def send(self, message: Message) -> None:
            if broken.is_set():
                raise RuntimeError("a fault of the leaf")
            super().send(message)

    dying = Dying()
    setup = wired(tmp_path, wire)
    setup = replace(setup, notifiers={**setup.notifiers, "dying": dying})
    with caplog.at_level(logging.INFO), living(setup) as daemon:
        hears(daemon, wire, "sos=1")
        wait_for(lambda: "notifier dying" in open_faults(daemon), "the technical alert")
        wait_for(lambda: len(told(daemon)) >= 2, "the others to be told")
        faults = [message for message in told(daemon) if "notifier dying" in message.title + message.body]
        assert len(faults) == 1
        assert "RuntimeError: a fault of the leaf" in faults[0].body + faults[0].title
        broken.clear()
        wait_for(lambda: any("help button" in message.title.lower() for message in dying.messages), "the kept message")
        wait_for(lambda: "notifier dying" not in daemon.pipeline.engine.faults, "its return to be known")
    assert caplog.text.count("notifier dying stopped working") == 1
    assert caplog.text.count("notifier dying works again") == 1


def test_a_card_that_hangs_keeps_no_press_back_and_the_watchdog_is_not_fed(
    tmp_path: Path, wire: Wire, systemd: Systemd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gateway.system.worker.HUNG_S", 1.0)
    monkeypatch.setattr(daemon_module, "HUNG_S", 1.0)
    hang = threading.Event()

    def hanging(work: Callable[..., object]) -> Callable[..., object]:
        return lambda *args: (hang.wait(30), work(*args))[1]

    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")
        journal, alerts = daemon.opened.journal, daemon.opened.alerts
        monkeypatch.setattr(journal, "commit", hanging(journal.commit))
        monkeypatch.setattr(alerts, "record", hanging(alerts.record))
        wire.say("motion=0")
        wire.say("sos=1")
        wait_for(lambda: told(daemon), "the help button")
        wait_for(lambda: "no progress for 1 s: journal, alerts" in caplog.text, "the box to notice")
        fed = systemd.listen().count("WATCHDOG=1")
        looked_s = daemon._looked_s
        wait_for(lambda: daemon._looked_s > looked_s + 2.0, "two seconds more")
        assert systemd.listen().count("WATCHDOG=1") == fed
        assert caplog.text.count("no progress") == 1, "said once"
        hang.set()
        wait_for(lambda: systemd.listen().count("WATCHDOG=1") > fed, "it to be fed again")
        wait_for(
            lambda: [alert for alert in alerts.all_alerts() if alert.finding.rule == "sos"], "the alert to be recorded"
        )
    assert len(told(daemon)) == 1


def test_a_word_lost_in_a_full_inbox_is_noticed_all_the_same(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_none(monkeypatch)
    with living(wired(tmp_path, wire)) as daemon:
        worker = next(worker for worker in daemon.workers if worker.name == "port board")
        monkeypatch.setattr(worker, "_tell", lambda fault: None)  # nobody hears it
        wire.close()
        wait_for(lambda: open_faults(daemon).get("port board") is State.ACTIVE, "the technical alert")
        again = Wire()
        wire._ours, wire._theirs = again._ours, again._theirs


def test_what_happened_once_is_told_and_ends_by_itself(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_none(monkeypatch)
    monkeypatch.setattr("gateway.service.fault_alerts.HAPPENED_S", 1.5)
    with living(wired(tmp_path, wire)) as daemon:
        daemon.inbox.dropped += 7
        wait_for(lambda: open_faults(daemon).get("inbox") is State.ACTIVE, "the loss to be told")
        assert "7 messages came faster" in told(daemon)[0].title + told(daemon)[0].body
        wait_for(lambda: "inbox" not in daemon.pipeline.engine.faults, "it to end")


def test_a_fault_in_the_thinking_ends_the_process_with_everything_committed(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(wired(tmp_path, wire), Clock(), Stop())

    def fail(fault: Fault) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(daemon, "fault", fail)
    daemon.inbox.put(Frame(daemon.clock.now_ns(), "board", b"t=20.5\nt=21.5\n"), 1.0)
    daemon.inbox.put(Fault("nobody", "anything"), 1.0)
    daemon.inbox.put(Frame(daemon.clock.now_ns(), "board", b"t=22.5\n"), 1.0)
    with pytest.raises(ZeroDivisionError):
        daemon.run()
    assert not any(worker.join(0.0) is False for worker in daemon.workers)
    kept = JournalReader(tmp_path / "state" / FILE).readings(0)
    assert [row.value for row in kept] == [20.5, 21.5, 22.5]
