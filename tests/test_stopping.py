"""A press in the moment in which the box is told to stop is told then: it may be off for days."""

import threading
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.alerts import delivery as post_module
from gateway.service import daemon as daemon_module
from gateway.service.daemon import Daemon
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.living import Wire, wired


def test_a_press_beside_the_order_to_stop_is_told_though_the_card_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_module, "END_S", 0.5)
    monkeypatch.setattr(post_module, "PATIENCE_S", 0.1)
    wire, release = Wire(), threading.Event()
    setup = wired(tmp_path, wire)
    daemon = Daemon(setup, Clock(), Stop(), tmp_path / "state")
    daemon._start()
    monkeypatch.setattr(daemon.opened.alerts, "record", lambda changes: release.wait(30) and list(changes) and [])
    daemon.inbox.put(Frame(daemon.clock.now_ns(), "board", b""), 1.0)
    daemon.inbox.put(Frame(daemon.clock.now_ns(), "board", b"sos=1\n"), 1.0)
    daemon._finish()
    release.set()
    assert [message.title for message in setup.notifiers["told"].messages] == ["Help button pressed: board"]
    assert all(worker.join(10) for worker in daemon.workers)
    daemon.opened.close()
    wire.close()
