"""The whole daemon inside the test, on a real pseudo-terminal, with a clock the test can set."""

import os
import threading
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.model.contracts import Message, Outcome, Verdict
from gateway.service.build import Setup, build
from gateway.service.daemon import Daemon
from gateway.system import clock as clock_module
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.integration.home import wait_for

NS_PER_S = 1_000_000_000


class SetTime:
    """The clocks of a machine that has just booted: the wall clock can be set, the monotonic one cannot.

    `synchronised` is what the kernel says of the wall clock: whether a time service keeps it right.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, directory: Path, wall_ns: int, *, synchronised: bool = False
    ) -> None:
        self._booted_ns = time.monotonic_ns() - 30 * NS_PER_S
        self.set(wall_ns, synchronised=synchronised)
        monkeypatch.setattr(clock_module, "time", self)
        monkeypatch.setattr(clock_module, "TIMESYNC", directory / "timesync")
        monkeypatch.setattr(clock_module, "kernel_synchronised", lambda: self.synchronised)

    def set(self, wall_ns: int, *, synchronised: bool) -> None:
        self._offset_ns = wall_ns - self.monotonic_ns()
        self.synchronised = synchronised

    def passes(self, seconds: float) -> None:
        """Both clocks go on."""
        self._booted_ns -= int(seconds * NS_PER_S)

    def time_ns(self) -> int:
        return self.monotonic_ns() + self._offset_ns

    def monotonic_ns(self) -> int:
        return time.monotonic_ns() - self._booted_ns

    def monotonic(self) -> float:
        return self.monotonic_ns() / NS_PER_S


@dataclass
class Told:
    """A notifier that remembers."""

    messages: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Kept:
    """A store that remembers."""

    lines: list[bytes] = field(default_factory=list)

    def write(self, lines: Sequence[bytes]) -> Verdict:
        self.lines += lines
        return Verdict(Outcome.STORED)

    def incarnation(self) -> str:
        return "one"

    def close(self) -> None:
        """Nothing is held."""


class Wire:
    """A serial line into the home."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)

    def say(self, text: str) -> None:
        os.write(self._ours, text.encode() + b"\n")

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


def wired(directory: Path, wire: Wire, extra: str = "") -> Setup:
    """A home with one board on one wire: it says motion=1, sos=1, t=20.5, kwh=7."""
    path = directory / "gateway.toml"
    path.write_text(f"""
[home]
id = "test"
[store]
directory = "{directory / "state"}"
commit_interval_s = 0.1
[[device]]
name = "board"
driver = "serial_lines"
port = "{wire.port}"
options = {{ fields = {{ motion = "motion", sos = "sos", t = "room_temperature_c", kwh = "energy_kwh" }} }}
[[sensor]]
name = "board"
room = "hallway"
device = "board"
{extra}""")
    return replace(build(path), sinks={"store": Kept()}, notifiers={"told": Told()})


@contextmanager
def living(setup: Setup, clock: Clock | None = None) -> Iterator[Daemon]:
    """The daemon in a thread of its own; stopped in the end, and what it died of is raised."""
    daemon = Daemon(setup, clock or Clock(), Stop())
    died: list[BaseException] = []

    def run() -> None:
        try:
            daemon.run()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            died.append(error)

    thread = threading.Thread(target=run, name="thinking")
    thread.start()
    try:
        wait_for(lambda: daemon.pipeline.intake.tally.frames or died, "the port to be opened")
        yield daemon
    finally:
        daemon.stop.set()
        thread.join(30)
    assert not thread.is_alive()
    if died:
        raise died[0]


def hears(daemon: Daemon, wire: Wire, text: str) -> None:
    """Say a line, and wait until it is committed."""
    before = sum(1 for _ in daemon.opened.journal.readings(0))
    wire.say(text)
    wait_for(lambda: sum(1 for _ in daemon.opened.journal.readings(0)) > before, f"{text} in the journal")
