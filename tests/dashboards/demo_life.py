"""The life of the demo home, lived by the demo itself: weeks of history, then live until its alert is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from gateway import sinks
from gateway.alerts.answer_files import submit
from gateway.config import plugins
from gateway.demo.app import Wish, run
from gateway.demo.folder import CONFIG
from gateway.demo.scene import Telling
from gateway.demo.show import Reached
from gateway.demo.story import ZONE, Story
from gateway.model.alert import Alert, Answer, State
from gateway.model.contracts import Outcome
from gateway.service.build import build
from gateway.service.daemon import Daemon
from gateway.service.replay import forward
from gateway.service.startup import open_home
from gateway.simulate.person import wall_s
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from rules.terms.time import NS_PER_S
from tests import servers

STORY: Final = Story("uti", 7, 5, "2026-02-16")
SPEED: Final = 600.0
PATIENCE_S: Final = 60.0
QUARTER_S: Final = 900

LOW = "the day before a battery ran flat"
SILENT = "while its sensor was not heard"
MEASURED = "an hour after the carer measured"
UNANSWERED = "while nobody had answered"
TAKEN = "while somebody looked after it"
OVER = "when the alert was over"
OFF = "an hour after the box was switched off"


@dataclass(frozen=True)
class Life:
    """Where its journals are, and the moments at which somebody might look: name -> UTC seconds."""

    directory: Path
    moments: dict[str, int]


class Carer:
    """A show that answers the help button: takes it, and when the quarter of an hour is over says that all is well."""

    def __init__(self, directory: Path, stop: Stop) -> None:
        self.moments: dict[str, int] = {}
        self._directory = directory
        self._stop = stop
        self._taken_s = 0  # when the box knew that somebody is on it

    def say(self, text: str) -> None:
        """Nobody listens."""

    @contextmanager
    def history(self, story: Story) -> Iterator[Reached]:
        """Nobody watches."""
        yield lambda _time_ns, _rate: None

    def turn(self, daemon: Daemon, telling: Telling) -> None:
        """Look at the help button's alert, and do what comes next."""
        now_s = daemon.pipeline.tick_ns // NS_PER_S
        found = daemon.pipeline.engine.book.open()
        alert = next((each for each in found if each.finding.rule == "sos"), None)
        if alert and UNANSWERED not in self.moments:
            told = now_s > alert.tried_ns / NS_PER_S
            self._reached(UNANSWERED, now_s, told, alert, "ack")
            for other in (each for each in found if told and each.finding.rule == "deterioration"):
                self._reached(UNANSWERED, now_s, told, other, "resolve")
        elif alert and TAKEN not in self.moments and alert.state is State.ACKNOWLEDGED:
            self._taken_s = self._taken_s or now_s
            said = now_s // QUARTER_S > self._taken_s // QUARTER_S
            self._reached(TAKEN, now_s, said, alert, "resolve", "rate")
        elif not alert and TAKEN in self.moments and OVER not in self.moments:
            self.moments[OVER] = now_s + QUARTER_S
        elif now_s >= self.moments.get(OVER, now_s + 1):
            self._stop.set()

    def close(self) -> None:
        """Nothing is held."""

    def _reached(self, moment: str, now_s: int, reached: bool, alert: Alert, *actions: str) -> None:
        if reached:
            self.moments[moment] = now_s
            for action in actions:
                note = "right" if action == "rate" else ""
                submit(self._directory, Answer(alert.id, action, "daughter", Clock().now_ns(), 30, note))


def live(directory: Path) -> Life:
    """The whole life, in `directory`."""
    stop = Stop()
    carer = Carer(directory, stop)
    run(Wish(STORY, SPEED, PATIENCE_S, directory), carer, stop)
    assert OVER in carer.moments, f"in {PATIENCE_S:.0f} s it came no further than {[*carer.moments]}"
    assert STORY.flat is not None
    friday = STORY.weeks * 7 - 3
    moments = {
        LOW: _at(STORY.flat.day - 1, 12),
        SILENT: _at(STORY.flat.day, 20),
        MEASURED: _at(friday, 10.5),
        **carer.moments,
        OFF: carer.moments[OVER] + 3600,
    }
    return Life(directory, moments)


def send(life: Life, store: servers.Store) -> None:
    """Forward the whole outbox, as the box does."""
    setup = build(life.directory / CONFIG)
    opened = open_home(setup, life.directory)
    sink = plugins.build(sinks, "influx", {"url": store.url, "bucket": store.bucket})
    try:
        status = forward(opened, store.url, sink, Clock(), Stop())
    finally:
        sink.close()
        opened.close()
        setup.close()
    assert (status.outcome, status.backlog.lines, status.refused) == (Outcome.STORED, 0, 0), status


def _at(day: int, hour: float) -> int:
    """UTC seconds of an hour by the clock of the home."""
    return int(wall_s(date.fromisoformat(STORY.start) + timedelta(days=day), hour * 60, ZONE))
