"""The demo's composition and main loop.

`kinlight demo`: a simulated home on real ports and a real broker, watched by the real daemon.

Weeks of history go through the pipeline first, as fast as it goes; then the same life goes on at the chosen speed,
through pseudo-terminals and an MQTT broker of our own, into the daemon as it runs in a home. Only its clock differs.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Final

from gateway import sinks
from gateway.config import plugins
from gateway.demo.folder import COMPLETE, CONFIG, begin, folder
from gateway.demo.live import Frames, Stage, Watching, watch
from gateway.demo.scene import Telling
from gateway.demo.show import Reached, Show
from gateway.demo.story import SPEED, USUAL_SPEED, ZONE, Story
from gateway.service.build import Setup, build
from gateway.service.replay import replay
from gateway.service.startup import open_home
from gateway.simulate import describe
from gateway.simulate.broker import Broker, broker
from gateway.simulate.describe import PORTS
from gateway.simulate.play import serial_ports
from gateway.system.clock import Clock, SimulatedClock
from gateway.system.worker import Stop
from rules.terms.words import counted

TITLE: Final = "Kinlight demo: a simulated home"
LOG: Final = "demo.log"
RATE_S: Final = 1.0
_LEAVES: Final = '\n[[notifier]]\nname = "log"\ntype = "log"\n\n[store]\ndirectory = "{}"\ncommit_interval_s = 5\n'


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    story: Story
    speed: float = 0.0  # 0: what suits the story
    seconds: float = 0.0  # of watching live; 0: until stopped
    directory: Path | None = None  # None: one that goes when the demo ends
    store: Mapping[str, str] | None = None  # options of the sink "influx"
    program: str = "kinlight"  # how to call us in another terminal


def run(wish: Wish, show: Show, stop: Stop) -> None:
    """The whole demo; returns soon after `stop`. Raises DemoError, BrokerError, ConfigError, JournalError, OSError."""
    with ExitStack() as stack:
        stack.callback(show.close)
        directory = stack.enter_context(folder(wish.directory))
        story, known = begin(directory, wish.story)
        stack.enter_context(_logging_to(directory / LOG))
        ours = stack.enter_context(broker())
        ports = {device: directory / "ports" / device for device in PORTS}
        setup = _setup(directory, ours, ports, wish.store)
        frames = Frames(story, stop)
        if known:
            show.say(f"Going on with the demo in {directory} (scenario {story.kind}, seed {story.seed}).")
            since_ns = _newest_ns(setup, directory)
        else:
            since_ns = story.live_ns
            show.say(
                f"First, {counted(story.weeks, 'week')} of this home's past go through Kinlight. Then it goes on live."
            )
            with show.history(story) as reached:
                _history(setup, directory, frames, reached)
        if not stop.is_set():
            (directory / COMPLETE).touch()
            frames.skip(since_ns)
            ends = stack.enter_context(serial_ports(ports))
            command = f"{wish.program} alerts {{}} --directory {quote(str(directory))}"
            speed = wish.speed or SPEED.get(story.kind, USUAL_SPEED)
            telling = Telling(TITLE, speed, story.words(since_ns), command, ZONE)
            stage = Stage(setup, directory, ours, ends)
            watch(stage, frames, SimulatedClock(since_ns, speed), Watching(telling, show, stop, wish.seconds))
        else:
            setup.close()
    kept = f"Its journals are in {directory}." if wish.directory else "Its journals are gone with it."
    show.say(f"The demo has ended. {kept}")


def store_from(environment: Mapping[str, str]) -> dict[str, str] | None:
    """Options of the sink "influx" from INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET; None without a URL."""
    names = ("url", "token", "org", "bucket")
    given = {name: environment.get(f"INFLUX_{name.upper()}", "") for name in names}
    return {name: value for name, value in given.items() if value} if given["url"] else None


def _setup(directory: Path, ours: Broker, ports: Mapping[str, Path], store: Mapping[str, str] | None) -> Setup:
    """The home's configuration, as a file for the commands in another terminal; its secrets stay with us."""
    text = describe(
        str(ZONE), ours.host, ours.port, ours.username, {device: str(path) for device, path in ports.items()}
    )
    (directory / CONFIG).write_text(text + _LEAVES.format(directory), encoding="utf-8")
    setup = build(directory / CONFIG)
    mqtt = setup.config.mqtt
    assert mqtt is not None
    secret = mqtt.model_copy(update={"password": ours.password})
    setup = replace(setup, config=setup.config.model_copy(update={"mqtt": secret}))
    return replace(setup, sinks={"influx": plugins.build(sinks, "influx", store)}) if store else setup


def _history(setup: Setup, directory: Path, frames: Frames, reached: Reached) -> None:
    opened = open_home(setup, directory)
    clock = Clock()
    before_s, before = clock.monotonic_s(), 0
    rate = 0

    def progress(time_ns: int) -> None:
        nonlocal before_s, before, rate
        if (passed_s := clock.monotonic_s() - before_s) >= RATE_S:
            rate = int((frames.count - before) / passed_s)
            before_s, before = clock.monotonic_s(), frames.count
        reached(time_ns, rate)

    try:
        replay(opened, frames.history(), progress)
    finally:
        opened.close()


def _newest_ns(setup: Setup, directory: Path) -> int:
    opened = open_home(setup, directory)
    try:
        return opened.journal.newest_ns() + 1
    finally:
        opened.close()


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The log goes to a file: the terminal belongs to the view."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    to_file = logging.FileHandler(path, encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root.handlers[:] = [to_file]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        to_file.close()
