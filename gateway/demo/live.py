"""The demo's live phase.

The live part of the demo: the player on one side of the wires, the real daemon on the other.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from drivers.kit.contract import Frame
from gateway.demo.scene import Telling
from gateway.demo.show import Show
from gateway.demo.story import Story
from gateway.service.build import Setup
from gateway.service.daemon import Daemon
from gateway.simulate.broker import Broker
from gateway.simulate.play import BrokerSettings, play
from gateway.system.clock import SimulatedClock
from gateway.system.worker import Fault, Stop, Worker

log = logging.getLogger(__name__)

GREETING: Final = 200  # frames among which what the broker remembers is found


class Frames:
    """The frames of a life, taken in two parts: history, and what comes after it."""

    def __init__(self, story: Story, stop: Stop) -> None:
        first = list(islice(life := story.frames(), GREETING))
        self.greeting = [frame for frame in first if frame.retain]
        self.count = 0
        self._story = story
        self._stop = stop
        self._rest: Iterator[Frame] = chain(first, life)

    def history(self) -> Iterator[Frame]:
        """Up to the end of history, or to a stop."""
        yield from self._until(self._story.live_ns)

    def skip(self, time_ns: int) -> None:
        """Pass over what was taken in before."""
        for _ in self._until(time_ns):
            pass

    def live(self) -> Iterator[Frame]:
        """Everything that is left."""
        return self._rest

    def _until(self, time_ns: int) -> Iterator[Frame]:
        for frame in self._rest:
            if frame.time_ns >= time_ns or self._stop.is_set():
                self._rest = chain([frame], self._rest)
                return
            self.count += 1
            yield frame


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands while the demo is live."""

    setup: Setup
    directory: Path
    broker: Broker
    ends: Mapping[str, int]  # our ends of the serial ports


@dataclass(frozen=True, slots=True)
class Watching:
    """Who watches, and how long."""

    telling: Telling
    show: Show
    stop: Stop
    seconds: float  # 0: until stopped


def watch(stage: Stage, frames: Frames, clock: SimulatedClock, watching: Watching) -> None:
    """Play what is left of `frames` into a daemon until `watching.stop`; everything is committed when it returns."""
    stop = watching.stop
    settings = BrokerSettings(stage.broker.host, stage.broker.port, stage.broker.username, stage.broker.password)
    play(frames.greeting, 0, {}, settings, stop=stop, clock=clock)

    def work(beat: Callable[[], None]) -> None:
        def on_time() -> Iterator[Frame]:
            for number, frame in enumerate(frames.live()):
                if not number:
                    clock.begin(frame.time_ns)
                beat()
                yield frame

        play(on_time(), clock.speed, stage.ends, settings, stop=stop, clock=clock)
        stop.wait()  # the simulated year is over

    player = Worker("simulated home", work, stop, _note)
    daemon = _Watched(stage, clock, watching, player)
    try:
        daemon.run()
    finally:
        stop.set()
        if daemon.playing:
            player.join(10.0)


class _Watched(Daemon):
    """The daemon, with somebody looking over its shoulder after each step."""

    def __init__(self, stage: Stage, clock: SimulatedClock, watching: Watching, player: Worker) -> None:
        super().__init__(stage.setup, clock, watching.stop, stage.directory)
        self.playing = False
        self._player = player
        self._watching = watching
        self._until_s = clock.monotonic_s() + watching.seconds if watching.seconds else float("inf")

    def turn(self) -> None:
        """One step of thinking, then a look."""
        super().turn()
        if not self.playing and self.pipeline.intake.tally.frames:
            self.playing = True  # we have what the broker remembers, so we hear it
            self._player.start()
        if self.clock.monotonic_s() > self._until_s:
            self.stop.set()
        if not self.stop.is_set():
            self._watching.show.turn(self, self._watching.telling)
            return
        self._watching.show.close()
        self._watching.show.say("Stopping …")


def _note(fault: Fault) -> None:
    log.warning("%s: %s", fault.worker, fault.reason or "works again")
