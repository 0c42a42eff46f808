"""What a carer could read off the simulated home: the messages of a run as local times, without our drivers."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from drivers.kit.contract import Frame
from gateway.simulate import Decline, simulate

ZONE = ZoneInfo("Europe/London")
START = date(2025, 1, 6)  # a Monday
DAYS = 28
SEEDS = (1, 2, 3)


@dataclass
class Seen:
    """Times in local time, in order."""

    happened: dict[str, list[datetime]] = field(
        default_factory=lambda: defaultdict(list)
    )  # began: motion, open, boiling
    bed: list[tuple[datetime, float]] = field(default_factory=list)
    spot: dict[str, list[tuple[datetime, float]]] = field(default_factory=lambda: defaultdict(list))

    def moved(self) -> list[datetime]:
        return sorted(t for name, times in self.happened.items() if name.endswith("_motion") for t in times)

    def on(self, name: str, day: int) -> int:
        """How often on one day."""
        return sum(t.date() == START + timedelta(days=day) for t in self.happened[name])

    def from_day(self, name: str, day: int) -> int:
        """How often from a day on."""
        return sum(t.date() >= START + timedelta(days=day) for t in self.happened[name])


def local(frame: Frame) -> datetime:
    return datetime.fromtimestamp(frame.time_ns / 1e9, ZONE)


def look(frames: Iterable[Frame]) -> Seen:
    seen = Seen()
    active: dict[str, bool] = {}
    halves = {"bed": b"", "station": b""}
    for frame in frames:
        if frame.topic:
            name = frame.topic.split("/")[1]
            message = json.loads(frame.payload)
            now = message.get("occupancy") or message.get("contact") is False or message.get("power", 0) > 1000
            if now and not active.get(name):
                seen.happened[name].append(local(frame))
            active[name] = bool(now)
            continue
        *lines, halves[frame.device] = (halves[frame.device] + frame.payload).split(b"\n")
        for line in lines:
            if line.startswith(b'{"bed_kg"'):
                seen.bed.append((local(frame), json.loads(line)["bed_kg"]))
                if b"resp" in line:
                    seen.spot["resp"].append((local(frame), json.loads(line)["resp"]))
            elif b"=" in line:
                for pair in line.decode().split():
                    key, _, value = pair.partition("=")
                    seen.spot[key].append((local(frame), float(value)))
    return seen


@cache
def run(seed: int, kind: str = "") -> Seen:
    """Four weeks of one home, healthy or declining from the first day on."""
    return look(simulate(seed, START, DAYS, decline=Decline(kind, 0) if kind else None))
