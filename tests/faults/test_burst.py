"""F14: a press behind 20,000 messages, and F23: memory that stays where it is."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.system.memory_use import rss_mb
from rules.kit import catalogue
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.faults.conftest import Note, times
from tests.faults.test_hanging import SOS_S, told
from tests.integration.home import wait_for
from tests.living import Wire, hears, living, wired
from tests.thinking import START_NS, Box, says, setup

BURST = 20_000


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def test_a_press_behind_a_burst_is_told_in_time(tmp_path: Path, wire: Wire, note: Note) -> None:
    """The inbox keeps the order and is bounded, so what stands before a press is thought through within a second."""
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")

        def say(text: str) -> None:
            assert daemon.inbox.put(Frame(daemon.clock.now_ns(), "board", text.encode()), 30.0)

        def burst() -> None:
            for number in range(BURST):
                say(f"kwh={number}\n")

        talking = threading.Thread(target=burst)
        talking.start()
        talking.join(60)
        began_s = time.monotonic()
        say("sos=1\n")
        wait_for(lambda: told(daemon), "the help button")
        note("faults.F14.sos_s", time.monotonic() - began_s, "s", floor=SOS_S)
        note("faults.F14.dropped", daemon.inbox.dropped, "messages", floor=0)


def test_memory_is_flat_over_compressed_time(tmp_path: Path, note: Note) -> None:
    """Four readings a minute for days, twice: what is held after the second time is what was after the first."""
    minutes = times(2, 14) * 1440
    box = Box(setup(tmp_path, rules={"sos": catalogue.build("sos", {})}), START_NS)
    pipeline, at_mb = box.opened.pipeline, [0.0, 0.0]
    for minute in range(1, 2 * minutes + 1):
        end_ns = START_NS + minute * NS_PER_MINUTE
        for n in range(4):
            pipeline.frame(says(end_ns - (60 - 15 * n) * NS_PER_S, "climate", "room_temperature_c", 20 + n / 10))
        pipeline.tick(end_ns)
        pipeline.harvest()
        if minute in (minutes, 2 * minutes):
            at_mb[minute // minutes - 1] = rss_mb()
    box.opened.close()
    note("faults.F23.grown_mb", at_mb[1] - at_mb[0], f"MB in {4 * minutes} events", floor=2)
    note("faults.F23.rss_mb", at_mb[1], "MB, the whole test run's")
