"""Ten homes to look at, each in a state of its own, lived by the real pipeline from frames to rows.

Most share a past: it is lived once, and goes on in as many ways as there are homes. Named for trees, so that a picture
does not tell what its home is there to show.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from drivers.kit.contract import Frame
from gateway.alerts.book import AlertBook
from gateway.model.alert import Answer, Change
from gateway.model.delivery_outcome import AttemptReport, DeliveryOutcome
from gateway.model.minutes import next_minute_ns
from gateway.points.alert_points import attempt_points, rating_point
from gateway.service.build import build
from gateway.service.daemon import Daemon
from gateway.service.health import Health
from gateway.simulate import Decline, Spell, describe, simulate
from gateway.simulate.person import wall_s
from gateway.simulate.radio import BASE_TOPIC, DEVICE, time_ns
from gateway.simulate.wire import BED_DEVICE, STATION_DEVICE
from gateway.sources.replay import believable
from gateway.thinking.pipeline import Pipeline
from rules.terms.finding import AlertKind
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

DAYS: Final = 28  # the last of them is today
ZONE: Final = ZoneInfo("Europe/London")
TODAY_MIN: Final = 16 * 60  # the clock on the wall when everybody looks
CALM, RESTLESS = 11, 7  # seeds: of somebody in whom nothing stands out, and of somebody in whom changes show
HEARTBEAT_NS: Final = 5 * NS_PER_MINUTE
BLINDED: Final = (
    *("kitchen_motion", "hallway_motion", "bathroom_motion", "bedroom_motion", "lounge_motion", "front_door"),
    *("fridge_door", "kettle"),
)

STORIES: Final = {
    "ash": "healthy",
    "birch": "alert open",
    "cedar": "alert over",
    "elm": "answered",
    "fir": "dark",
    "hazel": "half blind",
    "linden": "learning",
    "maple": "away",
    "oak": "declining",
    "rowan": "no vitals",
}

_LEAVES = """
[[notifier]]
name = "phone"
type = "log"

[[notifier]]
name = "mail"
type = "log"
"""
_PLAN = """
[[contact]]
name = "daughter"
notifier = "phone"

[[contact]]
name = "installer"
notifier = "mail"
kinds = ["technical"]
"""
_AWAY = '\n[[period]]\nkind = "hospital"\nfirst_day = {first}\nlast_day = {last}\n'

Doing = tuple[int, Callable[["Life"], None]]


@dataclass
class Life:
    """One home: its pipeline, and every line that left it."""

    pipeline: Pipeline
    lines: list[str]
    contacts: dict[str, tuple[str, ...]]
    answered_ns: int = 0
    failing: bool = False  # nothing reaches anybody
    reached_ns: int = 0

    def on(self, frames: Iterable[Frame], until_ns: int, doings: Iterable[Doing] = ()) -> None:
        """Live on until a minute ends; `doings`: what people do, and when."""
        waiting = sorted(doings, key=lambda each: each[0])
        for frame in believable(frames, self.pipeline.intake.note_ahead):
            if frame.time_ns >= until_ns:
                break
            self._minutes(frame.time_ns, waiting)
            self._tell(self.pipeline.frame(frame))
        self._minutes(until_ns, waiting)
        self._gather()

    def _minutes(self, until_ns: int, waiting: list[Doing]) -> None:
        """End every minute up to a time."""
        if not self.reached_ns:
            self.reached_ns = next_minute_ns(until_ns) - NS_PER_MINUTE
            self.pipeline.engine.start(self.reached_ns, after_downtime=True)
        while self.reached_ns + NS_PER_MINUTE <= until_ns:
            self.reached_ns += NS_PER_MINUTE
            while waiting and waiting[0][0] <= self.reached_ns:
                waiting.pop(0)[1](self)
            self._tell(self.pipeline.tick(self.reached_ns))
            if self.reached_ns % HEARTBEAT_NS == 0:
                self.pipeline.add_points([self._heartbeat(self.reached_ns)])
                self._gather()

    def _gather(self) -> None:
        self.lines += [text.decode() for _, text in self.pipeline.harvest().points]

    def twin(self) -> "Life":
        """The same past, to go on otherwise."""
        return copy.deepcopy(self)

    def answer(self, action: str) -> None:
        """The daughter answers the call for help."""
        alert = next(each for each in self.pipeline.engine.book.open() if each.finding.rule == "sos")
        self.answered_ns = self.reached_ns
        self._tell(self.pipeline.answer(Answer(alert.id, action, "daughter", self.reached_ns, 600)))
        if action == "resolve":
            self.pipeline.add_points([rating_point(self.pipeline.home.id, alert, "", "right", self.reached_ns)])

    def _tell(self, changes: list[Change]) -> None:
        for change in (each for each in changes if each.tell):
            finding = change.alert.finding
            notifier = "phone" if finding.kind is AlertKind.PERSONAL else "mail"
            outcome = DeliveryOutcome.FAILED if self.failing else DeliveryOutcome.DELIVERED
            told = AttemptReport(finding.rule, notifier, change.alert.id, change.time_ns, outcome)
            self.pipeline.add_points(attempt_points(self.pipeline.home.id, told, self.contacts[notifier]))

    def _heartbeat(self, at_ns: int) -> Any:
        """The box's own point as the daemon makes it, of a box that is well."""
        box = SimpleNamespace(
            pipeline=self.pipeline,
            answering=SimpleNamespace(answered_ns=self.answered_ns),
            inbox=SimpleNamespace(depth=lambda: 0, dropped=0),
            commits=SimpleNamespace(lost=0),
            workers=(),
            forwarders={},
            held=False,
            directory=Path("/"),
            setup=SimpleNamespace(config=SimpleNamespace(home=SimpleNamespace(id=self.pipeline.home.id))),
        )
        return Health(cast("Daemon", box)).point(at_ns)


class Street:
    """The ten homes, on one day."""

    def __init__(self, directory: Path, today: date) -> None:
        self.start = today - timedelta(days=DAYS - 1)
        self.end_ns = self.at(DAYS - 1, TODAY_MIN)
        self._directory = directory
        self._lives: dict[str, Life] = {}

    @property
    def end_s(self) -> int:
        """When everybody looks, in UTC seconds."""
        return self.end_ns // NS_PER_S

    def at(self, day: int, minute: float) -> int:
        """UTC ns of a minute of a day, counted from 0, by the clock of the homes."""
        return time_ns(wall_s(self.start + timedelta(days=day), minute, ZONE))

    def lines(self) -> Iterator[str]:
        """Every row of every home, in line protocol with times in seconds."""
        self._live()
        for name, life in self._lives.items():
            yield from (text.replace("home=demo", f"home={name}", 1) for text in life.lines)

    def _live(self) -> None:
        last = self.at(DAYS - 2, 0)
        past = self._new()
        past.on(self._frames(), last)
        today = list(self._frames(since_ns=last))
        soon, early = self.end_ns - 50 * NS_PER_MINUTE, self.end_ns - 300 * NS_PER_MINUTE
        ends: dict[str, tuple[list[Frame], int, list[Doing]]] = {
            "ash": (today, self.end_ns, []),
            "birch": (_pressed(today, soon), self.end_ns, []),
            "cedar": (_pressed(today, early), self.end_ns, _answers(early, 12, 95)),
            "elm": (_pressed(today, soon), self.end_ns, _answers(soon, 14)),
            "fir": (today, early, []),
            "hazel": ([frame for frame in today if not _of(frame, BLINDED)], self.end_ns, []),
        }
        for name, lived in ends.items():
            self._lives[name] = past.twin()
            self._lives[name].failing = name == "birch"
            self._lives[name].on(*lived)
        self._lives["linden"] = self._new()
        self._lives["linden"].on(self._frames(since_ns=self.at(DAYS - 6, 0)), self.end_ns)
        first, end = self.start + timedelta(days=DAYS - 4), self.start + timedelta(days=DAYS + 3)
        self._lives["maple"] = self._new(_AWAY.format(first=first, last=end))
        self._lives["maple"].on(self._frames(spell=Spell("away", DAYS - 4, 7)), self.end_ns)
        self._lives["oak"] = self._new()
        self._lives["oak"].on(self._frames(RESTLESS, Decline("uti", DAYS - 5)), self.end_ns)
        self._lives["rowan"] = self._new(without=(BED_DEVICE, STATION_DEVICE))
        self._lives["rowan"].on((f for f in self._frames() if f.device == DEVICE), self.end_ns)

    def _new(self, period: str = "", *, without: tuple[str, ...] = ()) -> Life:
        """A home that was just set up. `without`: devices that it does not have."""
        blocks = describe(str(ZONE)).split("\n\n")
        kept = [block for block in blocks if not any(f'"{device}"' in block for device in without)]
        (self._directory / "gateway.toml").write_text("\n\n".join(kept) + _LEAVES, encoding="utf-8")
        (self._directory / "plan.toml").write_text(_PLAN + period, encoding="utf-8")
        setup = build(self._directory / "gateway.toml")
        home = setup.home()
        pipeline = Pipeline(home, setup.intake(home), setup.engine(home, AlertBook()), setup.plan)
        return Life(pipeline, [], {name: setup.plan.contacts(name) for name in ("phone", "mail")})

    def _frames(
        self, seed: int = CALM, decline: Decline | None = None, *, since_ns: int = 0, spell: Spell | None = None
    ) -> Iterator[Frame]:
        life = simulate(seed, self.start, DAYS, str(ZONE), decline=decline, spell=spell)
        return (frame for frame in life if since_ns <= frame.time_ns < self.end_ns)


def _answers(pressed_ns: int, taken_min: int, over_min: int = 0) -> list[Doing]:
    taken = pressed_ns + taken_min * NS_PER_MINUTE, lambda life: life.answer("ack")
    over = pressed_ns + over_min * NS_PER_MINUTE, lambda life: life.answer("resolve")
    return [taken, over] if over_min else [taken]


def _pressed(frames: list[Frame], at_ns: int) -> list[Frame]:
    payload = b'{"action":"emergency","battery":89,"linkquality":164,"voltage":3030}'
    press = Frame(at_ns, DEVICE, payload, f"{BASE_TOPIC}/sos_button")
    return sorted([*frames, press], key=lambda frame: frame.time_ns)


def _of(frame: Frame, names: tuple[str, ...]) -> bool:
    return (frame.topic or "").removeprefix(f"{BASE_TOPIC}/") in names
