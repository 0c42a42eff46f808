"""Both embedded brokers, started for real."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.simulate import broker as embedded
from gateway.simulate.play import BrokerSettings, PlayError, play
from gateway.system.clock import Clock
from gateway.system.worker import Stop

KINDS = ("mosquitto", "iotcore")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> embedded.Kind:
    if request.param not in embedded.available():
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return request.param  # type: ignore[no-any-return]


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def eventually(condition: Callable[[], bool], what: str) -> None:
    pause = Stop()
    for _ in range(200):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail(f"10 s passed and not: {what}")


def test_it_listens_here_only_and_leaves_nothing_behind(kind: embedded.Kind, tmp_path: Path) -> None:
    with embedded.broker(kind) as running:
        assert (running.kind, running.host) == (kind, "127.0.0.1")
        assert listens(running.port)
        assert len(list(tmp_path.iterdir())) == 1
        assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.glob("*")), "others could read the password"
    assert not listens(running.port)
    assert not list(tmp_path.iterdir())


def test_it_asks_for_the_password(kind: embedded.Kind) -> None:
    with embedded.broker(kind) as first:
        for name, password in ((first.username, "wrong"), ("", ""), ("other", first.password)):
            settings = BrokerSettings(first.host, first.port, name, password)
            with pytest.raises(PlayError, match="refuses us"):
                play([], 0, {}, settings, stop=Stop(), clock=Clock())
        settings = BrokerSettings(first.host, first.port, first.username, first.password)
        assert play([], 0, {}, settings, stop=Stop(), clock=Clock()).messages == 0


def test_two_run_side_by_side_with_their_own_passwords(kind: embedded.Kind) -> None:
    with embedded.broker(kind) as one, embedded.broker(kind) as other:
        assert one.port != other.port
        assert one.password != other.password


def test_it_ends_with_us_even_when_we_are_killed(kind: embedded.Kind, tmp_path: Path) -> None:
    code = (
        "import sys; from gateway.simulate.broker import broker\n"
        f"with broker({kind!r}) as running: print(running.port, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert select.select([process.stdout], [], [], 30)[0], "it did not start"
        port = int(process.stdout.readline())
        assert listens(port)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()
    eventually(lambda: not listens(port) and not list(tmp_path.iterdir()), "the broker is gone with its files")


def test_where_there_is_none_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "available", list)
    with pytest.raises(embedded.BrokerError, match="install mosquitto"), embedded.broker():
        pass
    with pytest.raises(embedded.BrokerError, match="iotcore is not installed"), embedded.broker("iotcore"):
        pass


def test_one_that_does_not_start_says_why(kind: embedded.Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody can use the port, nobody answers on it
        monkeypatch.setattr(embedded, "_free_port", lambda: taken.getsockname()[1])
        monkeypatch.setattr(embedded, "_START_TRIES", 20)
        with pytest.raises(embedded.BrokerError, match="did not start on port"), embedded.broker(kind):
            pass
    assert not list(tmp_path.iterdir())
