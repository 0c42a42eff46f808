"""F10 and F11: an adapter that is pulled out and comes back under another name, and a line full of garbage."""

import os
import random
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from drivers.serial_lines import Options, decoder
from gateway.ingest.inbox import Feed, Inbox
from gateway.ingest.intake import Intake
from gateway.model.home import Home, Sensor
from gateway.sources.serial import SerialSource
from gateway.system.clock import Clock
from gateway.system.worker import PORT_WAIT_S, Stop, Worker
from tests.faults.conftest import Note, times
from tests.faults.ledger import Ledger
from tests.integration.home import wait_for

GARBAGE_BYTES = 3000
GOOD_LINES = 3  # after each burst of garbage; the first of them may have become part of it


@contextmanager
def plugged_in(link: Path) -> Iterator[int]:
    """An adapter behind `link`, as udev makes one; what is written to it is what the device says."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    link.symlink_to(os.ttyname(theirs))
    os.close(theirs)
    try:
        yield ours
    finally:
        link.unlink()
        os.close(ours)


@contextmanager
def working(link: Path, inbox: Inbox, wait_s: float = PORT_WAIT_S) -> Iterator[Worker]:
    """The source of the port in a supervised worker, as the daemon has it."""
    stop = Stop()
    source = SerialSource("board", str(link), Feed(inbox.put, Clock(), stop), baud=115200)
    worker = Worker("port board", source.run, stop, lambda _: None, longest_wait_s=wait_s)
    worker.start()
    try:
        yield worker
    finally:
        stop.set()
        assert worker.join(10)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def opened(inbox: Inbox) -> bool:
    item = inbox.get(0.02)
    return isinstance(item, Frame) and not item.payload


def test_an_adapter_that_was_away_for_long_is_read_soon_after_it_is_back(tmp_path: Path, note: Note) -> None:
    inbox, link, took_s = Inbox(), tmp_path / "usb-board", list[float]()
    with working(link, inbox) as worker:
        for _ in range(times(1, 20)):
            tried = worker.restarts
            wait_for(lambda tried=tried: worker.restarts >= tried + 4, "the longest pause between two tries")
            with plugged_in(link):
                back_s = time.monotonic()
                wait_for(lambda: opened(inbox), "the opened port")
                took_s.append(time.monotonic() - back_s)
    note("faults.F10.recovery_s", round(max(took_s), 2), "s after replug", floor=10)


def test_a_thousand_replugs_leak_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Note) -> None:
    monkeypatch.setattr("gateway.system.worker.BACKOFF_S", (0.001, 0.001))
    inbox, link = Inbox(), tmp_path / "usb-board"
    files = open_files()
    cycles = times(20, 1000)
    with working(link, inbox, wait_s=0.01):
        for _ in range(cycles):
            with plugged_in(link):
                wait_for(lambda: opened(inbox), "the opened port")
    note("faults.F10.leaked", open_files() - files, f"files after {cycles} replugs", floor=0)


def test_after_garbage_the_next_lines_are_read_and_nothing_is_invented(tmp_path: Path, note: Note) -> None:
    chance, ledger, inbox, link = random.Random(11), Ledger(), Inbox(), tmp_path / "usb-board"
    decode = decoder(Options(format="json", fields={"kwh": "energy_kwh"}))
    home = Home("test", [Sensor("board", "kitchen", "board")])
    intake, found, most_kept = Intake(home, {"board": decode}, {"board": 4096}), list[float](), 0
    rounds = times(200, 20_000)
    with plugged_in(link) as line, working(link, inbox):
        wait_for(lambda: opened(inbox), "the opened port")
        for _ in range(rounds):
            sent = garbage(chance)
            numbers = [ledger.invoke() for _ in range(GOOD_LINES)]
            ledger.acknowledge(*numbers[1:])
            sent += b"".join(b'{"kwh":%d}\r\n' % number for number in numbers)
            while sent or not found or found[-1] < numbers[-1]:
                with suppress(BlockingIOError):  # the port is full: what is in it is read first
                    sent = sent[os.write(line, sent[:1024]) :] if sent else sent
                item = inbox.get(0.01)
                if isinstance(item, Frame):
                    found += [sample.value for sample in intake.take(item)]
                    most_kept = max(most_kept, len(decode.lines._tail))  # type: ignore[attr-defined]
    verdict = ledger.check(int(value) for value in found)
    note("faults.F11.lost", len(verdict.lost), f"lines behind the next one after {rounds} bursts of garbage", floor=0)
    note("faults.F11.invented", len(verdict.invented) + len(verdict.doubled), "readings", floor=0)
    note("faults.F11.kept", most_kept, "bytes of a line without an end", floor=512)


def garbage(chance: random.Random) -> bytes:
    """Noise, half a record, a line without end, or a record in another baud rate's bytes."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randrange(GARBAGE_BYTES))
    if kind == 1:
        return b'{"kwh":7'[: chance.randrange(1, 8)]
    if kind == 2:
        return b"x" * chance.randrange(GARBAGE_BYTES)
    return bytes(byte ^ 0xA5 for byte in b'{"kwh":7}\r\n' * chance.randrange(50))
