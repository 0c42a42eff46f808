"""Since when? The day on which a change is most likely to have begun, once an alert has opened."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def days_since_onset(surprises: NDArray[np.float32]) -> NDArray[np.int32]:
    """How many days ago the change began (0: today), (…), from calibrated scores (D, …), oldest first.

    Generalised likelihood ratio for a lasting rise of unknown size: the start k with the largest (Σ u)²/n over the
    known days from k to today, among starts with a positive sum. Days without a score are passed over.
    """
    days = len(surprises)
    shape = surprises.shape[1:]
    total, known = np.zeros(shape), np.zeros(shape)
    best, ago = np.zeros(shape), np.zeros(shape, np.int32)
    for back in range(days):
        row = surprises[days - 1 - back].astype(np.float64)
        there = np.isfinite(row)
        total = total + np.where(there, row, 0.0)
        known = known + there
        ratio = np.where(there & (total > 0.0), total * total / np.maximum(known, 1.0), 0.0)
        better = ratio > best
        best = np.where(better, ratio, best)
        ago = np.where(better, back, ago).astype(np.int32)
    return ago
