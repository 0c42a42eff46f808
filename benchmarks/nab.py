"""The scoring of the Numenta Anomaly Benchmark 1.1 (Lavin and Ahmad, 2015), from its published formula.

A detection in a labelled window is worth 2 / (1 + e^(5 y)) - 1 at y = -(right - i + 1) / width, the best one counts,
divided by its maximum; outside it costs as much of the same curve, by the distance to the window before. The first
15 % of a file, 750 rows at most, are not scored. One threshold for the whole corpus, the best for each profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
