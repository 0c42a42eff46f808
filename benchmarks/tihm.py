"""Reads a directory in the format of TIHM 1.5 (Palermo et al., Scientific Data 10:606, 2023, CC BY 4.0).

Acknowledge Surrey and Borders Partnership NHS Foundation Trust and Howz in anything that shows a result on it.
Times are local wall-clock seconds since 1970-01-01T00:00 on the home's own clock, int64, ascending. Ids are strings
even where they look like numbers ("9e213").
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

S_PER_DAY = 86_400
DOORS = ("Front Door", "Back Door")

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Home:
    """One home as it was recorded; a place or device it does not have is not a key."""

    id: str
    events: dict[str, Times]  # place -> time of each firing, repeats kept
    physiology: dict[str, tuple[Times, NDArray[np.float64]]] = field(default_factory=dict)  # device type -> time, value
    labels: dict[str, Times] = field(default_factory=dict)  # event type -> when a clinical team confirmed one
    demographics: dict[str, str] = field(default_factory=dict)  # "age", "sex"

    @property
    def days(self) -> tuple[int, int]:
        """First and last calendar day with an event, as days since 1970-01-01; (0, -1) for an empty home."""
        if not any(t.size for t in self.events.values()):
            return 0, -1
        first = min(int(t[0]) for t in self.events.values() if t.size)
        last = max(int(t[-1]) for t in self.events.values() if t.size)
        return first // S_PER_DAY, last // S_PER_DAY

    def merged(self, *places: str) -> Times:
        """Firings of `places` (all where none is named) in one ascending array."""
        chosen = [self.events[p] for p in (places or tuple(sorted(self.events))) if p in self.events]
        return np.sort(np.concatenate(chosen), kind="stable") if chosen else np.empty(0, np.int64)


def load(directory: str | Path) -> list[Home]:
    """Every home of `directory`, in order of its id. Files of the set that are missing leave their part empty."""
    root = Path(directory)
    events = _by_home(root, "Activity", "location_name", "")
    physiology = _by_home(root, "Physiology", "device_type", "value")
    labels = _by_home(root, "Labels", "type", "")
    people = {row["patient_id"]: {"age": row["age"], "sex": row["sex"]} for row in _rows(root, "Demographics")}
    return [
        Home(
            id=home,
            events={place: t for place, (t, _) in events.get(home, {}).items()},
            physiology=physiology.get(home, {}),
            labels={kind: t for kind, (t, _) in labels.get(home, {}).items()},
            demographics=people.get(home, {}),
        )
        for home in sorted(events.keys() | physiology.keys())
    ]


def _rows(root: Path, name: str) -> Iterator[dict[str, str]]:
    plain, packed = root / f"{name}.csv", root / f"{name}.csv.gz"
    if packed.exists():
        with gzip.open(packed, "rt", newline="") as stream:
            yield from csv.DictReader(stream)
    elif plain.exists():
        with plain.open(newline="") as stream:
            yield from csv.DictReader(stream)


def _by_home(root: Path, name: str, key: str, value: str) -> dict[str, dict[str, tuple[Times, NDArray[np.float64]]]]:
    gathered: dict[tuple[str, str], tuple[list[str], list[float]]] = {}
    for row in _rows(root, name):
        times, values = gathered.setdefault((row["patient_id"], row[key]), ([], []))
        times.append(row["date"])
        values.append(float(row[value]) if value else 1.0)
    homes: dict[str, dict[str, tuple[Times, NDArray[np.float64]]]] = {}
    for (home, column), (times, values) in sorted(gathered.items()):
        seconds = np.array(times, dtype="datetime64[s]").astype(np.int64)
        order = np.argsort(seconds, kind="stable")
        homes.setdefault(home, {})[column] = (seconds[order], np.array(values)[order])
    return homes
