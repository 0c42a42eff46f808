"""The scoring of the Numenta Anomaly Benchmark 1.1 (Lavin and Ahmad, 2015), from its published formula.

    python -m benchmarks.nab DIR [--json FILE]

DIR is laid out as the corpus is: data/<kind>/<file>.csv with a head line, time and value, and
labels/combined_windows.json with the first and last time of each window of each file. It is not part of this
repository, and nothing was chosen on it.

A detection in a labelled window is worth 2 / (1 + e^(5 y)) - 1 at y = -(right - i + 1) / width, the best one counts,
divided by its maximum; outside it costs as much of the same curve, by the distance to the window before. The first
15 % of a file, 750 rows at most, are not scored. One threshold for the whole corpus, the best for each profile.
"""

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, arguments, write
from rules.core import score_stream

F8 = NDArray[np.float64]
FULL = 0.98661
PROFILES = {"standard": (0.11, 1.0), "low-FP": (0.22, 1.0), "low-FN": (0.11, 2.0)}  # cost of a false alarm, of a miss


@dataclass(frozen=True)
class Series:
    """A labelled series: windows are first and last row, inclusive, ascending."""

    kind: str
    values: F8
    windows: tuple[tuple[int, int], ...]


def _curve(y: F8) -> F8:
    return 2 / (1 + np.exp(5 * y)) - 1


def _contributions(series: Series) -> tuple[F8, NDArray[np.int64]]:
    """What a detection at each row (T,) is worth, and the window it lies in, -1 for none."""
    row = np.arange(series.values.size)
    worth = np.full(row.size, -1.0)
    inside = np.full(row.size, -1)
    for left, right in series.windows:
        after = row > right
        distance = (row[after] - right) / max(right - left, 1)
        worth[after] = np.where(distance > 3, -1.0, _curve(distance))
    for number, (left, right) in enumerate(series.windows):
        here = slice(left, right + 1)
        worth[here] = _curve(-(right - row[here] + 1) / (right - left + 1)) / FULL
        inside[here] = number
    return worth, inside


def nab_score(corpus: Sequence[Series], scores: Sequence[F8], profile: str = "standard") -> float:
    """0 is no detection at all, 100 is every window at its first row and nothing else."""
    false_cost, miss_cost = PROFILES[profile]
    parts: list[tuple[F8, F8, NDArray[np.int64]]] = []
    count = 0
    for series, score in zip(corpus, scores, strict=True):
        worth, inside = _contributions(series)
        kept = np.arange(worth.size) >= min(int(0.15 * worth.size), 750)
        parts.append((score[kept], worth[kept], np.where(inside >= 0, inside + count, -1)[kept]))
        count += len(series.windows)
    score, worth, inside = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(-score, kind="stable")
    score, worth, inside = score[order], worth[order], inside[order]
    gain = np.where(inside < 0, worth * false_cost, 0.0)
    for window in range(count):
        rows = np.flatnonzero(inside == window)
        best = np.maximum.accumulate(worth[rows])
        gain[rows] = np.diff(best, prepend=-miss_cost)
    total = np.cumsum(gain) - count * miss_cost
    ends = np.append(np.diff(score) != 0, True)  # equal scores are detected together
    best_total = max(float(total[ends].max()), -count * miss_cost)
    return 100 * (best_total + count * miss_cost) / (count + count * miss_cost)


def load(directory: Path) -> list[Series]:
    """The corpus, every labelled file in the order of its name. ValueError where a window holds no row."""
    labels: dict[str, list[list[str]]] = json.loads((directory / "labels/combined_windows.json").read_text("utf-8"))
    found = []
    for name in sorted(labels):
        with (directory / "data" / name).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))[1:]
        when = np.array([row[0] for row in rows], "datetime64[us]")
        windows = []
        for first, last in np.array(labels[name], "datetime64[us]").reshape(-1, 2):
            inside = np.flatnonzero((when >= first) & (when <= last))
            if not inside.size:
                raise ValueError(f"{name}: no row from {first} to {last}")
            windows.append((int(inside[0]), int(inside[-1])))
        values = np.array([float(row[1]) for row in rows])
        found.append(Series(name.partition("/")[0], values, tuple(sorted(windows))))
    return found


def main() -> None:
    """Score the whole corpus by each profile."""
    parser = arguments(__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="the corpus, as it lays itself out")
    chosen = parser.parse_args()
    corpus = load(chosen.directory)
    start = time.process_time()
    scores = [score_stream(series.values) for series in corpus]
    cost_us = (time.process_time() - start) / max(1, sum(series.values.size for series in corpus)) * 1e6
    ids = {"standard": "nab.standard", "low-FP": "nab.low_fp", "low-FN": "nab.low_fn"}
    must = {"standard": 60.0, "low-FP": 48.0, "low-FN": None}
    figures = [Figure(ids[p], nab_score(corpus, scores, p), "of 100", must[p], "higher") for p in PROFILES]
    figures.append(Figure("nab.us_per_value", cost_us, "us", 30.0, "lower"))
    windows = sum(len(series.windows) for series in corpus)
    write(figures, f"NAB: {len(corpus)} series, {windows} windows", chosen.json)


if __name__ == "__main__":
    main()
