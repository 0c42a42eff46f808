"""A serial port as it really is: a pseudo-terminal that is opened, closed, flooded and taken away."""

import errno
import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.ingest.inbox import Feed, Inbox
from gateway.sources import serial as source_module
from gateway.sources.serial import SerialSource, find_port, try_port
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.integration.home import wait_for


class Port:
    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.name = os.ttyname(self.theirs)

    def close(self) -> None:
        for end in (self.ours, self.theirs):
            os.close(end)


@pytest.fixture
def port() -> Iterator[Port]:
    made = Port()
    yield made
    made.close()


@contextmanager
def reading(name: str, inbox: Inbox) -> Iterator[list[BaseException]]:
    """The source in a thread of its own; what ended it."""
    stop, ended = Stop(), []
    source = SerialSource("board", name, Feed(inbox.put, Clock(), stop), baud=115200)

    def run() -> None:
        try:
            source.run(lambda: None)
        except OSError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def heard(inbox: Inbox) -> list[bytes]:
    found = []
    while isinstance(item := inbox.get(0), Frame):
        found.append(item.payload)
    return found


def test_every_byte_arrives_once_in_order_behind_a_mark_for_the_opening(port: Port) -> None:
    inbox, wanted = Inbox(), bytes(range(256)) * 400
    with reading(port.name, inbox):
        first = wait_for(lambda: inbox.get(0.1), "the opening")
        assert isinstance(first, Frame)
        assert first.payload == b""
        got = b""
        for start in range(0, len(wanted), 4096):
            piece = wanted[start : start + 4096]
            os.write(port.ours, piece)
            while len(got) < start + len(piece):
                got += b"".join(heard(inbox))
    assert got == wanted


def test_a_port_that_goes_away_ends_the_run_with_an_oserror() -> None:
    inbox, port = Inbox(), Port()
    with reading(port.name, inbox) as ended:
        wait_for(inbox.depth, "the opening")
        port.close()
        wait_for(lambda: ended, "the end")
    assert isinstance(ended[0], OSError)


def test_a_port_that_is_not_there_and_one_that_is_taken(port: Port, tmp_path: Path) -> None:
    with reading(str(tmp_path / "nothing"), Inbox()) as ended:
        wait_for(lambda: ended, "the end")
    assert "No such file" in str(ended[0])
    inbox = Inbox()
    with reading(port.name, inbox):
        wait_for(inbox.depth, "the opening")
        with reading(port.name, Inbox()) as ended:
            wait_for(lambda: ended, "the second to be refused")
    assert "lock" in str(ended[0])


def test_after_bytes_were_lost_what_follows_does_not_complete_what_came_before(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "t=2" + lost + "1.5" is not 21.5 degrees."""
    monkeypatch.setattr(source_module, "WAIT_S", 0.05)
    inbox = Inbox(size=2)
    with reading(port.name, inbox):
        wait_for(inbox.depth, "the opening")
        os.write(port.ours, b"t=2")
        wait_for(lambda: inbox.depth() == 2, "a full inbox")
        os.write(port.ours, b"0.5\nt=2")
        wait_for(lambda: inbox.dropped, "the loss")
        assert b"t=2".startswith(heard(inbox)[1])
        os.write(port.ours, b"1.5\n")
        got = [item.payload for item in (inbox.get(2.0), inbox.get(2.0)) if isinstance(item, Frame)]
    assert got == [b"", b"1.5\n"]


def test_a_usb_identity_that_is_not_plugged_in_says_what_is_there() -> None:
    with pytest.raises(OSError, match="usb:ffff:ffff is not plugged in; there is: "):
        find_port("usb:ffff:ffff")
    assert find_port("/dev/anything") == "/dev/anything"


def test_a_usb_adapter_is_found_under_whatever_name_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plugged:
        def __init__(self, device: str, vid: int | None, serial: str) -> None:
            self.device, self.vid, self.pid, self.serial_number = device, vid, 0xEA60, serial

    there = [
        Plugged("/dev/ttyS0", None, ""),
        Plugged("/dev/ttyUSB0", 0x10C4, "A"),
        Plugged("/dev/ttyUSB7", 0x10C4, "b"),
    ]
    monkeypatch.setattr(source_module.list_ports, "comports", lambda: there)
    assert find_port("usb:10c4:ea60") == "/dev/ttyUSB0"
    assert find_port("usb:10C4:EA60:B") == "/dev/ttyUSB7"
    with pytest.raises(OSError, match=r"there is: usb:10C4:EA60:A, usb:10C4:EA60:B$"):
        find_port("usb:1234:5678")


def test_trying_a_port_says_what_to_mend(port: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert try_port(port.name) == ""
    assert "there is no such port; there is: " in try_port(str(tmp_path / "nothing"))

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(source_module.serial, "Serial", denied)
    assert try_port(port.name) == "this user may not open it; add the user to the group dialout"
