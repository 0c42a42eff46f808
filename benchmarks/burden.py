"""Alert burden: how many alerts and messages a home gives when nobody answers, and how soon a decline is told.

Simulated homes through the whole program (decode, intake, engine, every rule each minute, alert book), with the
defaults of a new installation and one contact who is told everything. Six weeks as usual, then the scenario:

    healthy    as before
    blind      20 hours without any Zigbee message, a week later three of five movement sensors dead for three days,
               a week later the Zigbee stick dead for two days
    absent     a week away that the plan does not mention
    ill_in_bed two days in bed from 9:00 to 17:00, breathing
    uti, slowing, heart, fall   see `gateway.simulate.decline`; a fall ends all movement and nobody comes

    python -m benchmarks.burden [--days 90] [--seeds 4] [--json FILE]

A home-week is seven days of one home from its first day on; in scenarios only the days from the onset on count. A
message is one telling of one alert to the one contact. The first alert about the person that is raised in a decline
gives the delay, from midnight of the onset day; a home that is not told of has none, and the note says how many are.
"""

import math
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.report import Figure, arguments, write
from drivers.kit.contract import Frame
from gateway.alerts.book import AlertBook
from gateway.model.alert import Change
from gateway.service.build import build
from gateway.simulate import Decline, Spell, describe, simulate
from gateway.sources.replay import with_ticks
from gateway.thinking.pipeline import Pipeline
from rules.terms.finding import AlertKind
from rules.terms.time import NS_PER_S

ZONE = "Europe/London"
START = date(2026, 2, 16)
ONSET = 44
DAY_NS = 86_400 * NS_PER_S
DECLINES = ("uti", "slowing", "heart", "fall")
SCENARIOS = ("healthy", "blind", "absent", "ill_in_bed", *DECLINES)
DEAD = ("kitchen_motion", "hallway_motion", "lounge_motion")
HARVEST_ROWS = 20_000


class Cut(NamedTuple):
    """Hours from 10:00 of the onset day in which messages are lost: of these sensors, or of all Zigbee ones."""

    first_h: int
    hours: int
    sensors: tuple[str, ...] = ()


CUTS = (Cut(0, 20), Cut(7 * 24, 72, DEAD), Cut(14 * 24, 48))


@dataclass(slots=True)
class Told:
    """What one home gave from the onset on."""

    scenario: str
    weeks: float
    personal: int = 0  # alerts that somebody was told of
    technical: int = 0
    messages: int = 0
    delay_d: float = math.nan  # from the onset to the first alert about the person
    what: str = ""


def lived(scenario: str, seed: int, days: int) -> Iterator[Frame]:
    """What the gateway of the home receives."""
    decline = Decline(scenario, ONSET) if scenario in DECLINES else None
    spell = {"absent": Spell("away", ONSET, 7), "ill_in_bed": Spell("in_bed", ONSET, 2)}.get(scenario)
    frames = simulate(seed, START, days, ZONE, decline=decline, spell=spell)
    return (frame for frame in frames if not lost(frame)) if scenario == "blind" else frames


def lost(frame: Frame) -> bool:
    """Whether a cut swallows the message."""
    hours = (frame.time_ns - onset_ns(hour=10)) / (3600 * NS_PER_S)
    name = frame.topic.partition("/")[2]
    return frame.device == "zigbee" and any(
        cut.first_h <= hours < cut.first_h + cut.hours and (not cut.sensors or name in cut.sensors) for cut in CUTS
    )


@cache
def onset_ns(hour: int = 0) -> int:
    """Local time of the onset day."""
    moment = datetime.combine(START + timedelta(days=ONSET), time(hour), ZoneInfo(ZONE))
    return int(moment.timestamp()) * NS_PER_S


class Living:
    """One home through the whole program, without journal; alerts that were told are counted."""

    def __init__(self, directory: Path) -> None:
        """A new installation in the simulated home, with one contact who is told everything."""
        config = directory / "gateway.toml"
        config.write_text(describe(ZONE) + '\n[[notifier]]\nname = "log"\ntype = "log"\n', encoding="utf-8")
        setup = build(config)
        home = setup.home()
        self.pipeline = Pipeline(home, setup.intake(home), setup.engine(home, AlertBook()), setup.plan)
        self.since_ns = 0  # the newest frame
        self._known: set[int] = set()

    def live(self, frames: Iterable[Frame], told: Told) -> None:
        """Go on with `frames`; what was lived before is left out of them."""
        engine = self.pipeline.engine
        for item in with_ticks(frame for frame in frames if frame.time_ns > self.since_ns):
            if isinstance(item, int):
                if not engine.store.watching_since_ns:
                    engine.start(item, after_downtime=True)
                self._count(self.pipeline.tick(item), told)
            else:
                self.since_ns = item.time_ns
                self._count(self.pipeline.frame(item), told)
            if self.pipeline.pending() > HARVEST_ROWS:
                self.pipeline.harvest()

    def _count(self, changes: Iterable[Change], told: Told) -> None:
        for change in changes:
            if not change.tell:
                continue
            finding, new = change.alert.finding, change.alert.id not in self._known
            self._known.add(change.alert.id)
            personal = finding.kind is AlertKind.PERSONAL
            told.messages += 1
            told.personal += new and personal
            told.technical += new and not personal
            if new and personal and not told.what:
                told.delay_d, told.what = (change.time_ns - onset_ns()) / DAY_NS, finding.what


_usual: Living  # the home that the scenarios of one seed have in common, as their processes inherit it


def home_of(seed: int, days: int, scenarios: Sequence[str]) -> list[Told]:
    """Live the weeks before the onset once, and go on from there with each scenario in a process of its own."""
    global _usual  # noqa: PLW0603 - a forked process gets the home as it is; decoders cannot be pickled
    found = []
    with tempfile.TemporaryDirectory() as directory:
        _usual = Living(Path(directory))
        before = Told("healthy", days / 7)
        usual = lived("healthy", seed, days)
        _usual.live(takewhile(lambda frame: frame.time_ns < onset_ns(), usual), before)
        for scenario in scenarios:
            told = before if scenario == "healthy" else Told(scenario, (days - ONSET) / 7)
            with ProcessPoolExecutor(1, get_context("fork")) as child:
                found.append(child.submit(_go_on, scenario, seed, days, told).result())
    return found


def _go_on(scenario: str, seed: int, days: int, told: Told) -> Told:
    _usual.live(lived(scenario, seed, days), told)
    return told


def figures(homes: list[Told]) -> list[Figure]:
    """The rows of one scenario."""
    scenario, weeks = homes[0].scenario, sum(home.weeks for home in homes)
    count = f"{len(homes)} homes, {weeks:.0f} home-weeks"
    quiet = scenario in ("healthy", "blind")  # nothing is the matter with the person
    found = [
        Figure(
            f"burden.{scenario}.personal_week",
            sum(home.personal for home in homes) / weeks,
            "alerts/home-week",
            1.0 if quiet else None,
            note=count,
        ),
        Figure(f"burden.{scenario}.technical_week", sum(home.technical for home in homes) / weeks, "alerts/home-week"),
        Figure(f"burden.{scenario}.messages_week", sum(home.messages for home in homes) / weeks, "messages/home-week"),
    ]
    if scenario in DECLINES:
        delays = [home.delay_d for home in homes if not math.isnan(home.delay_d)]
        names = ", ".join(f"{home.what or 'nothing'} ({home.delay_d:.1f} d)" for home in homes)
        middle = statistics.median(delays) if delays else None
        note = f"{len(delays)} of {len(homes)} told: {names}"
        found.append(Figure(f"burden.{scenario}.delay_d", middle, "days", note=note))
    return found


def main() -> None:
    """Live all homes, two at a time, and print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seeds", type=int, default=4, help="homes a scenario")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="this scenario; may be given several times")
    options = parser.parse_args()
    if options.days <= ONSET + 21:
        parser.error(f"the scenarios need more than {ONSET + 21} days")
    wanted = [each for each in SCENARIOS if not options.only or each in options.only]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with ProcessPoolExecutor() as pool:
        running = [pool.submit(home_of, seed, options.days, wanted) for seed in seeds]
        scenarios = zip(*(home.result() for home in running), strict=True)
        rows = [row for homes in scenarios for row in figures(list(homes))]
    write(
        rows,
        f"Alert burden, nobody answers: {options.days} days, seeds {seeds.start} to {seeds.stop - 1}",
        options.json,
    )


if __name__ == "__main__":
    main()
