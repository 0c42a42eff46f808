"""F18, F21, F24: a store, a name server or a service that hangs is told, holds nobody up and stops nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model.contracts import Message, Sink
from gateway.service.daemon import Daemon
from gateway.sinks import influx
from gateway.system.worker import Worker
from tests.faults.conftest import WHOLE, Note
from tests.faults.hostile import WAYS, hostile
from tests.faults.test_worker_death import Systemd, hold_none, open_faults, told
from tests.integration.home import wait_for
from tests.living import Kept, Told, Wire, hears, living, wired

STOP_S = 10.0
SOS_S = 2.0


class Hanging(Told, Kept):
    """A fake leaf that answers nothing, whatever it is asked, until the test is over."""

    def __init__(self, over: threading.Event) -> None:
        super().__init__()
        self._over = over
        self.closed = False

    def send(self, message: Message) -> None:
        del message
        self._over.wait()

    def incarnation(self) -> str:
        self._over.wait()
        return ""

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def over() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    made = Systemd(tmp_path / "notify")
    yield made
    made.close()


def press_s(daemon: Daemon, wire: Wire) -> float:
    """Seconds from a press of the help button until somebody is told."""
    began_s, before = time.monotonic(), len(told(daemon))
    wire.say("sos=1")
    wait_for(
        lambda: any("help button" in message.title.lower() for message in told(daemon)[before:]), "the help button"
    )
    return time.monotonic() - began_s


def hung(daemon: Daemon, name: str) -> Worker:
    worker = next(worker for worker in daemon.workers if worker.name == name)
    wait_for(worker.hung, f"{name} to hang")
    return worker


@pytest.mark.parametrize("part", ["sink store", "notifier other"])
def test_a_leaf_that_hangs_is_told_and_the_box_lives_on(
    *,
    part: str,
    tmp_path: Path,
    wire: Wire,
    systemd: Systemd,
    over: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    note: Note,
) -> None:
    hold_none(monkeypatch)
    setup, hanging = wired(tmp_path, wire), Hanging(over)
    if part == "sink store":
        setup = replace(setup, sinks={"store": hanging})
    else:
        setup = replace(setup, notifiers={**setup.notifiers, "other": hanging})
    with living(setup) as daemon:
        hears(daemon, wire, "motion=1")
        sos_s = press_s(daemon, wire)
        monkeypatch.setattr("gateway.system.worker.HUNG_S", 2.0)
        hung(daemon, part)
        wait_for(lambda: part in open_faults(daemon), "the technical alert")
        fed = systemd.listen().count("WATCHDOG=1")
        wait_for(lambda: systemd.listen().count("WATCHDOG=1") > fed + 1, "signs of life")
        began_s = time.monotonic()
    row = f"faults.F21.{part.partition(' ')[0]}"
    note(f"{row}.sos_s", sos_s, "s", floor=SOS_S)
    note(f"{row}.stop_s", time.monotonic() - began_s, "s", floor=STOP_S)
    assert daemon.hung == {part}
    assert not hanging.closed, "a leaf is used by one thread, and that one is still in it"


def test_a_name_server_that_swallows_holds_up_the_forwarder_alone(
    *,
    tmp_path: Path,
    wire: Wire,
    systemd: Systemd,
    over: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    note: Note,
) -> None:
    """A fake: a look-up of the C library is asked nothing while it waits, and neither is this one."""
    honest, asked = socket.getaddrinfo, threading.Event()

    def swallowed(host: str | None, *args: object, **options: object) -> object:
        if host == "store.example":
            asked.set()
            over.wait()
        return honest(host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", swallowed)
    sink: Sink = influx.create(influx.Options(url="http://store.example:8086"))
    with living(replace(wired(tmp_path, wire), sinks={"store": sink})) as daemon:
        hears(daemon, wire, "motion=1")
        wait_for(asked.is_set, "the look-up")
        note("faults.F18.sos_s", press_s(daemon, wire), "s", floor=SOS_S)
        monkeypatch.setattr("gateway.system.worker.HUNG_S", 2.0)
        hung(daemon, "sink store")
        fed = systemd.listen().count("WATCHDOG=1")
        wait_for(lambda: systemd.listen().count("WATCHDOG=1") > fed + 1, "signs of life")
        began_s = time.monotonic()
    note("faults.F18.stop_s", time.monotonic() - began_s, "s", floor=STOP_S)


def test_a_card_that_stalls_keeps_no_press_back(
    tmp_path: Path, wire: Wire, over: threading.Event, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    """F7: an fsync of half a minute, in the journal and in the alerts file."""
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")
        for file, method in ((daemon.opened.journal, "commit"), (daemon.opened.alerts, "record")):
            real = getattr(file, method)
            monkeypatch.setattr(file, method, lambda *args, real=real: (over.wait(30), real(*args))[1])
        wire.say("motion=0")
        note("faults.F7.sos_s", press_s(daemon, wire), "s", floor=SOS_S)
        over.set()
        wait_for(daemon.opened.alerts.all_alerts, "the record")
    assert len(told(daemon)) == 1


@pytest.mark.parametrize("way", WAYS if WHOLE else ["trickles its body"])
def test_a_hostile_store_does_not_hold_up_the_end(tmp_path: Path, wire: Wire, way: str, note: Note) -> None:
    with hostile(WAYS[way]) as port:
        sink: Sink = influx.create(influx.Options(url=f"http://127.0.0.1:{port}", timeout_s=60))
        with living(replace(wired(tmp_path, wire), sinks={"store": sink})) as daemon:
            hears(daemon, wire, "kwh=7")
            sos_s = press_s(daemon, wire)
            began_s = time.monotonic()
        note(f"faults.F24.{way.replace(' ', '_')}.stop_s", time.monotonic() - began_s, "s", floor=STOP_S)
        note(f"faults.F24.{way.replace(' ', '_')}.sos_s", sos_s, "s", floor=SOS_S)
